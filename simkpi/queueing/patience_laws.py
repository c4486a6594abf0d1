"""Laws of patience: how long a contact would wait, as the three functions that the M/M/n+G formulas need."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from simkpi.errors import InputError, Problem
from simkpi.queueing.erlang_a import exponential_partial_mean
from simkpi.queueing.poisson_tails import Floats


@runtime_checkable
class PatienceLaw(Protocol):
    """What a law of patience must answer; a user's own class with these four names serves as well as the ones below."""

    @property
    def mean(self) -> float:
        """Mean patience, seconds, balking contacts (patience 0) included."""

    @property
    def kinks(self) -> tuple[float, ...]:
        """Times above 0 at which the survival function jumps or bends, seconds."""

    def survival(self, t: Floats) -> Floats:
        """P(patience > t), for t at least 0."""

    def left(self, t: Floats) -> Floats:
        """P(patience <= t), exact where it is small."""

    def left_time(self, t: Floats) -> Floats:
        """Mean of patience where it is at most t and 0 elsewhere, seconds."""


def split_patience(patience: ArrayLike | PatienceLaw | None) -> tuple[PatienceLaw | None, ArrayLike]:
    """Tell a law from a mean: return the law or None, and the mean (infinite where there is none)."""
    if patience is None:
        return None, math.inf
    if isinstance(patience, float | int | np.ndarray):  # first: asking whether it is a law costs more than the formula
        return None, patience
    return (patience, math.inf) if isinstance(patience, PatienceLaw) else (None, patience)


@dataclass(frozen=True)
class Law:
    """A law among those who do not balk, and the share that balks (leaves at once when nobody is free)."""

    balking: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        problems = [
            Problem(f"must be finite and above 0, got {getattr(self, n)}", path=n) for n in self._positive() if not self._fits(n)
        ]
        if not 0 <= self.balking < 1:
            problems.append(Problem(f"must be at least 0 and below 1, got {self.balking}", path="balking"))
        if problems:
            raise InputError(problems)

    def _positive(self) -> tuple[str, ...]:
        return tuple(name for name in vars(self) if name not in {"balking", "mean_log"})

    def _fits(self, name: str) -> bool:
        values = getattr(self, name)
        return all(0 < value < math.inf for value in (values if isinstance(values, tuple) else (values,)))

    @property
    def mean(self) -> float:
        """Mean patience, seconds, balking contacts included."""
        return (1 - self.balking) * self._mean()

    @property
    def kinks(self) -> tuple[float, ...]:
        """Times above 0 at which the survival function jumps or bends, seconds."""
        return ()

    def survival(self, t: Floats) -> Floats:
        """P(patience > t)."""
        return (1 - self.balking) * self._survival(t)

    def left(self, t: Floats) -> Floats:
        """P(patience <= t)."""
        return self.balking + (1 - self.balking) * self._left(t)

    def left_time(self, t: Floats) -> Floats:
        """Mean of patience where it is at most t and 0 elsewhere, seconds."""
        return (1 - self.balking) * self._left_time(t)

    def _mean(self) -> float:
        raise NotImplementedError

    def _survival(self, t: Floats) -> Floats:
        raise NotImplementedError

    def _left(self, t: Floats) -> Floats:
        return 1 - self._survival(t)

    def _left_time(self, t: Floats) -> Floats:
        raise NotImplementedError


@dataclass(frozen=True)
class Exponential(Law):
    """Exponential patience of mean *average* seconds (balking apart)."""

    average: float

    def _mean(self) -> float:
        return self.average

    def _survival(self, t: Floats) -> Floats:
        return np.exp(-t / self.average)

    def _left(self, t: Floats) -> Floats:
        return -np.expm1(-t / self.average)

    def _left_time(self, t: Floats) -> Floats:
        return self.average * exponential_partial_mean(t / self.average)


@dataclass(frozen=True)
class Deterministic(Law):
    """Everybody leaves after exactly *value* seconds."""

    value: float

    @property
    def kinks(self) -> tuple[float, ...]:
        """Where all leave."""
        return (self.value,)

    def _mean(self) -> float:
        return self.value

    def _survival(self, t: Floats) -> Floats:
        return np.where(t < self.value, 1.0, 0.0)

    def _left_time(self, t: Floats) -> Floats:
        return np.where(t < self.value, 0.0, self.value)


@dataclass(frozen=True)
class Uniform(Law):
    """Patience uniform between *low* and *high* seconds."""

    low: float
    high: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.low < self.high:
            raise InputError(Problem(f"must be at least 0 and below high ({self.high}), got {self.low}", path="low"))

    def _positive(self) -> tuple[str, ...]:
        return ("high",)

    @property
    def kinks(self) -> tuple[float, ...]:
        """Both ends."""
        return (self.low, self.high) if self.low > 0 else (self.high,)

    def _mean(self) -> float:
        return (self.low + self.high) / 2

    def _survival(self, t: Floats) -> Floats:
        return np.clip((self.high - t) / (self.high - self.low), 0.0, 1.0)

    def _left(self, t: Floats) -> Floats:
        return np.clip((t - self.low) / (self.high - self.low), 0.0, 1.0)

    def _left_time(self, t: Floats) -> Floats:
        upto = np.clip(t, self.low, self.high)
        return (upto - self.low) * (upto + self.low) / (2 * (self.high - self.low))


@dataclass(frozen=True)
class Weibull(Law):
    """Weibull patience: survival ``exp(-(t/scale)**shape)``; *scale* in seconds."""

    shape: float
    scale: float

    def _mean(self) -> float:
        return self.scale * math.gamma(1 + 1 / self.shape)

    def _survival(self, t: Floats) -> Floats:
        return np.exp(-((t / self.scale) ** self.shape))

    def _left(self, t: Floats) -> Floats:
        return -np.expm1(-((t / self.scale) ** self.shape))

    def _left_time(self, t: Floats) -> Floats:
        from scipy.special import gammainc

        return np.asarray(self._mean() * gammainc(1 + 1 / self.shape, (t / self.scale) ** self.shape))


@dataclass(frozen=True)
class Lognormal(Law):
    """Lognormal patience; the logarithm of the seconds has mean *mean_log* and standard deviation *spread_log*."""

    mean_log: float
    spread_log: float

    @classmethod
    def from_mean(cls, average: float, cv: float, *, balking: float = 0.0) -> Lognormal:
        """Law with the given mean (seconds) and coefficient of variation, balking apart."""
        variance = math.log1p(cv * cv)
        return cls(mean_log=math.log(average) - variance / 2, spread_log=math.sqrt(variance), balking=balking)

    def _mean(self) -> float:
        return math.exp(self.mean_log + self.spread_log**2 / 2)

    def _survival(self, t: Floats) -> Floats:
        from scipy.special import ndtr

        return np.asarray(ndtr(-self._standard(t)))

    def _left(self, t: Floats) -> Floats:
        from scipy.special import ndtr

        return np.asarray(ndtr(self._standard(t)))

    def _left_time(self, t: Floats) -> Floats:
        from scipy.special import ndtr

        return np.asarray(self._mean() * ndtr(self._standard(t) - self.spread_log))

    def _standard(self, t: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.asarray((np.log(t) - self.mean_log) / self.spread_log)


@dataclass(frozen=True)
class Erlang(Law):
    """Sum of *phases* exponential phases (any positive number: the gamma law) with a mean of *average* seconds in all."""

    phases: float
    average: float

    def _mean(self) -> float:
        return self.average

    def _survival(self, t: Floats) -> Floats:
        from scipy.special import gammaincc

        return np.asarray(gammaincc(self.phases, self.phases * t / self.average))

    def _left(self, t: Floats) -> Floats:
        from scipy.special import gammainc

        return np.asarray(gammainc(self.phases, self.phases * t / self.average))

    def _left_time(self, t: Floats) -> Floats:
        from scipy.special import gammainc

        return np.asarray(self.average * gammainc(self.phases + 1, self.phases * t / self.average))


@dataclass(frozen=True)
class Hyperexponential(Law):
    """Mixture of exponential laws: with probability ``shares[i]`` the mean is ``means[i]`` seconds."""

    shares: tuple[float, ...]
    means: tuple[float, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.shares) != len(self.means) or abs(math.fsum(self.shares) - 1) > 1e-9:
            problem = f"needs one share above 0 per mean, and shares that add up to 1, got {self.shares}"
            raise InputError(Problem(problem, path="shares"))

    def _mean(self) -> float:
        return math.fsum(p * m for p, m in zip(self.shares, self.means, strict=True))

    def _parts(self) -> list[tuple[float, Exponential]]:
        return [(p, Exponential(m)) for p, m in zip(self.shares, self.means, strict=True)]

    def _survival(self, t: Floats) -> Floats:
        return np.asarray(sum(p * law.survival(t) for p, law in self._parts()))

    def _left(self, t: Floats) -> Floats:
        return np.asarray(sum(p * law.left(t) for p, law in self._parts()))

    def _left_time(self, t: Floats) -> Floats:
        return np.asarray(sum(p * law.left_time(t) for p, law in self._parts()))
