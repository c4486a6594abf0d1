"""Fits how long something takes: the simplest law that the recorded times do not contradict, else the recorded times in bins."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from simkpi.planning.calibrate.observed import Floats
from simkpi.units import format_duration

#: Below this many observations no law is told from another: an exponential law with the observed mean is written.
FEW = 20
#: A law is kept if its largest distance to the observed distribution is below this, times 1 / sqrt(n) (Kolmogorov-Smirnov, 20 %).
KEEP = 1.07
#: Observations that a bin of an empirical law needs.
_PER_BIN = 20
#: Bins that an empirical law has even if its observations are few.
_FEWEST_BINS = 10
#: Standard deviation of the logarithm from which lognormal and Weibull laws are not considered.
WIDEST = 2.5
#: A time is short below this share of the median; so many short ones are said.
_SHORT, _MANY_SHORT = 0.1, 0.02


@dataclass(frozen=True)
class LawFit:
    """A fitted law of a time.

    Parameters
    ----------
    law : dict
        As a scenario writes it, e.g. ``{"lognormal": {"mean": "4m10s", "cv": 0.99}}``.
    mean, mean_error, cv : float
        Of the observations, seconds; standard error of the mean; standard deviation / mean.
    observations : int
        How many there were.
    why : str
        Why this law, in a few words.
    cv_error : float
        Standard error of *cv*.
    """

    law: dict[str, Any]
    mean: float
    mean_error: float
    cv: float
    observations: int
    why: str
    cv_error: float = 0.0

    @property
    def kind(self) -> str:
        """Name of the law."""
        return next(iter(self.law))


def fit_law(times: Floats) -> LawFit:
    """Choose a law for recorded times.

    Parameters
    ----------
    times : ndarray, shape (n,), seconds
        Recorded times, zero or more; NaN is left out.

    Returns
    -------
    LawFit
        ``fixed`` if all are equal; ``exponential`` for fewer than 20; else, of exponential, lognormal, gamma and Weibull, the
        one with the greatest likelihood (AIC) among those whose Kolmogorov-Smirnov distance is unsuspicious; else
        ``empirical``: bins of equal probability, each with its mean, which keeps the overall mean exactly and short or zero
        times as an atom of their own.

    Notes
    -----
    All candidates have the observed mean; their second parameter is fitted by maximum likelihood (lognormal, Weibull) or
    moments (gamma).
    """
    seen = np.round(times[~np.isnan(times)], 3)  # the clock's millisecond: less is no time at all
    n = len(seen)
    if n == 0:
        return LawFit({"fixed": 0}, 0.0, 0.0, 0.0, 0, "not recorded")
    mean, sd = float(seen.mean()), float(seen.std(ddof=1)) if n > 1 else 0.0
    error, cv = sd / np.sqrt(n), sd / mean if mean > 0 else 0.0
    if np.ptp(seen) < 0.001:
        return LawFit({"fixed": format_duration(mean) if mean > 0 else 0}, mean, 0.0, 0.0, n, "all equal")
    if n < FEW:
        law = {"exponential": {"mean": format_duration(mean)}}
        return LawFit(law, mean, error, cv, n, f"only {n} observations: the law is an assumption")
    limit = KEEP / np.sqrt(n)
    candidates = _candidates(seen, mean, cv)
    near = sorted((each for each in candidates if each.distance < limit), key=lambda each: each.aic)
    spread = cv_error(seen)
    if near:
        best = near[0]
        rival = f", {near[1].name} {near[1].aic - best.aic:.0f} behind" if len(near) > 1 else ""
        return LawFit(best.law, mean, error, cv, n, f"{best.name} by likelihood (distance {best.distance:.3f}{rival})", spread)
    law = {"empirical": bin_times(seen)}
    nearest = min(candidates, key=lambda each: each.distance, default=None)
    why = f"no simple law fits (best: {nearest.name}, distance {nearest.distance:.3f})" if nearest else "an atom at zero"
    return LawFit(law, mean, error, cv, n, why + _short_calls(seen), spread)


def _short_calls(seen: Floats) -> str:
    """Say how many times are much shorter than the rest: wrong numbers, calls hung up at once."""
    short = float((seen < _SHORT * np.median(seen)).mean())
    return f"; {100 * short:.1f} % are shorter than a tenth of the median" if short > _MANY_SHORT else ""


def cv_error(seen: Floats) -> float:
    """Return the standard error of the coefficient of variation of *seen*, by its moments up to the fourth (delta method).

    Examples
    --------
    >>> import numpy as np
    >>> round(cv_error(np.random.default_rng(1).exponential(60, 10_000)) * 100, 1)  # sqrt((9 - 1)/4 + 1 - 2) = 1
    1.0
    """
    mean, sd = float(seen.mean()), float(seen.std())
    if mean <= 0 or sd <= 0:
        return 0.0
    z = (seen - mean) / sd
    cv, skew, kurtosis = sd / mean, float((z**3).mean()), float((z**4).mean())
    return cv * math.sqrt(max(0.0, ((kurtosis - 1) / 4 + cv**2 - cv * skew) / len(seen)))


class Candidate(NamedTuple):
    """A simple law beside the observations: Kolmogorov-Smirnov distance, and twice its parameters less the log-likelihood."""

    distance: float
    aic: float
    name: str
    law: dict[str, Any]


def _candidates(seen: Floats, mean: float, cv: float) -> list[Candidate]:
    """Return simple laws with the observed mean; none if some times are zero, since none of them has an atom there."""
    if seen.min() <= 0:
        return []
    from scipy import special, stats

    ordered = np.sort(seen)
    shape = float(stats.weibull_min.fit(ordered, floc=0)[0])
    sigma = float(np.log(ordered).std())
    text = format_duration(mean)
    laws: dict[str, tuple[Any, dict[str, Any]]] = {
        "exponential": (stats.expon(scale=mean), {"mean": text}),
        "gamma": (stats.gamma(cv**-2, scale=mean * cv**2), {"mean": text, "cv": round(cv, 4)}),
    }
    if sigma < WIDEST:  # beyond, a few extreme times decide about the mean
        lognormal = stats.lognorm(sigma, scale=mean * np.exp(-(sigma**2) / 2))
        laws["lognormal"] = lognormal, {"mean": text, "cv": round(float(np.sqrt(np.expm1(sigma**2))), 4)}
        weibull = stats.weibull_min(shape, scale=mean / special.gamma(1 + 1 / shape))
        laws["weibull"] = weibull, {"mean": text, "shape": round(shape, 4)}
    return [
        Candidate(
            _distance(curve.cdf(ordered)), 2 * len(parameters) - 2 * float(curve.logpdf(ordered).sum()), name, {name: parameters}
        )
        for name, (curve, parameters) in laws.items()
    ]


def _distance(cdf: Floats) -> float:
    """Kolmogorov-Smirnov distance of a law to the ordered observations at which *cdf* is given."""
    steps = np.arange(len(cdf) + 1) / len(cdf)
    return float(max(np.abs(cdf - steps[1:]).max(), np.abs(cdf - steps[:-1]).max()))


def bin_times(seen: Floats, *, bins: int = 50) -> dict[str, Any]:
    """``values`` and ``weights`` of an empirical law with the mean of *seen*: zeros apart, then bins, finer in the upper tail."""
    ordered = np.sort(seen)
    zeros = int((ordered <= 0).sum())
    rest = ordered[zeros:]
    # few times are kept as they are: one mean in their place would have no spread at all
    bins = max(1, min(bins, max(len(rest) // _PER_BIN, min(len(rest), _FEWEST_BINS))))
    edges = [len(rest) * k // bins for k in range(bins + 1)]
    while edges[-1] - edges[-2] >= 2 * _PER_BIN:
        edges.insert(-1, (edges[-2] + edges[-1]) // 2)
    values = [0.0] if zeros else []
    weights = [float(zeros)] if zeros else []
    for low, high in itertools.pairwise(edges):
        if high > low:
            values.append(float(rest[low:high].mean()))
            weights.append(float(high - low))
    return as_empirical(values, weights)


def as_empirical(values: Sequence[float], weights: Sequence[float]) -> dict[str, Any]:
    """``values`` and ``weights`` as a scenario writes them: to a tenth of a second (below 10 s to a hundredth), shares of 100.

    Examples
    --------
    >>> as_empirical([0, 3.14159, 61.23], [1, 1, 2])
    {'values': [0, '3.14s', '1m1.2s'], 'weights': [25.0, 25.0, 50.0]}
    """
    total = math.fsum(weights)
    merged: dict[float, float] = {}
    for value, weight in zip(values, weights, strict=True):
        rounded = round(float(value), 1 if value >= 10 else 2)
        merged[rounded] = merged.get(rounded, 0.0) + weight
    return {
        "values": [format_duration(value) if value else 0 for value in merged],
        "weights": [round(100 * weight / total, 3) for weight in merged.values()],
    }


def slice_mean(low: float, high: float) -> float:
    """Mean of a unit exponential between its *low* and *high* quantile."""

    def part(u: float) -> float:  # integral of -log(1 - u)
        left = 1 - u
        return -left + left * float(np.log(left)) if left > 0 else 0.0

    return (part(high) - part(low)) / (high - low)
