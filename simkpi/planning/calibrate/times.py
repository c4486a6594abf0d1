"""Fits how long something takes: the simplest law that the recorded times do not contradict, else the recorded times in bins."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simkpi.planning.calibrate.observed import Floats
from simkpi.units import format_duration

#: Below this many observations no law is told from another: an exponential law with the observed mean is written.
FEW = 20
#: A law is kept if its largest distance to the observed distribution is below this, times 1 / sqrt(n) (Kolmogorov-Smirnov, 20 %).
_KEEP = 1.07
#: Observations that a bin of an empirical law needs.
_PER_BIN = 20
#: Bins that an empirical law has even if its observations are few.
_FEWEST_BINS = 10
#: Standard deviation of the logarithm from which lognormal and Weibull laws are not considered.
_WIDEST = 2.5


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
    """

    law: dict[str, Any]
    mean: float
    mean_error: float
    cv: float
    observations: int
    why: str

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
        ``fixed`` if all are equal; ``exponential`` for fewer than 20; else the best of exponential, lognormal, gamma and
        Weibull if its Kolmogorov-Smirnov distance is unsuspicious; else ``empirical``: bins of equal probability, each with
        its mean, which keeps the overall mean exactly and short or zero times as an atom of their own.

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
    limit = _KEEP / np.sqrt(n)
    distance, name, law = _simplest(_candidates(seen, mean, cv), limit)
    if distance < limit:
        return LawFit(law, mean, error, cv, n, f"{name} fits (distance {distance:.3f})")
    law = {"empirical": bin_times(seen)}
    why = f"no simple law fits (best: {name}, distance {distance:.3f})" if name else "an atom at zero"
    return LawFit(law, mean, error, cv, n, why)


def _simplest(candidates: list[tuple[float, str, dict[str, Any]]], limit: float) -> tuple[float, str, dict[str, Any]]:
    """Take the exponential law if it will do, else the nearest one."""
    if candidates and candidates[0][0] < limit:
        return candidates[0]
    return min(candidates, key=lambda candidate: candidate[0], default=(1.0, "", {}))


def _candidates(seen: Floats, mean: float, cv: float) -> list[tuple[float, str, dict[str, Any]]]:
    """(distance, name, law) of each simple law; none if some times are zero, since none of them has an atom there."""
    if seen.min() <= 0:
        return []
    from scipy import special, stats

    ordered = np.sort(seen)
    shape = float(stats.weibull_min.fit(ordered, floc=0)[0])
    sigma = float(np.log(ordered).std())
    text = format_duration(mean)
    laws: dict[str, tuple[Floats, dict[str, Any]]] = {
        "exponential": (-np.expm1(-ordered / mean), {"mean": text}),
        "gamma": (special.gammainc(cv**-2, ordered / (mean * cv**2)), {"mean": text, "cv": round(cv, 4)}),
    }
    if sigma < _WIDEST:  # beyond, a few extreme times decide about the mean
        cdf = special.ndtr((np.log(ordered / mean) + sigma**2 / 2) / sigma)
        laws["lognormal"] = cdf, {"mean": text, "cv": round(float(np.sqrt(np.expm1(sigma**2))), 4)}
        scale = mean / special.gamma(1 + 1 / shape)
        laws["weibull"] = -np.expm1(-((ordered / scale) ** shape)), {"mean": text, "shape": round(shape, 4)}
    return [(_distance(cdf), name, {name: parameters}) for name, (cdf, parameters) in laws.items()]


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
