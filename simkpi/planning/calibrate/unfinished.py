"""Fits how long something takes when some of it still goes on where the log ends: lower bounds, not times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.observed import Floats
from simkpi.planning.calibrate.times import FEW, KEEP, WIDEST, LawFit, bin_times, fit_law
from simkpi.units import format_duration


def fit_unfinished(times: Floats, running: Floats) -> LawFit:
    """Choose a law for recorded times and for others that are only known to be longer.

    Parameters
    ----------
    times : ndarray, shape (n,), seconds
        Recorded times, zero or more; NaN is left out.
    running : ndarray, shape (m,), seconds
        How long those took so far that were still going on when the log ended; NaN is left out.

    Returns
    -------
    LawFit
        As :func:`simkpi.planning.calibrate.times.fit_law`, whose answer it is if nothing was going on. Else *mean* and *cv* are
        those of the chosen law: the mean of the finished times is too short, since long ones are the likeliest to be cut off.

    Notes
    -----
    Candidates are fitted by censored likelihood (``scipy.stats.CensoredData``) and kept if they stay as near to the Kaplan-Meier
    curve as they would have to stay to complete observations. If none does, the finished times are put into bins, and each
    running one adds its weight to those that are longer: B. Efron, The two sample problem with censored data, Proc. 5th Berkeley
    Symposium 4 (1967), redistribution to the right, which is Kaplan-Meier. What ran longest counts as finished.
    """
    seen, cut = (np.round(each[~np.isnan(each)], 3) for each in (times, running))
    cut = cut[cut > 0]
    if not len(cut) or not len(seen):
        return fit_law(times)
    told = f"; {len(cut)} still going on when the log ended count as lower bounds"
    if len(seen) < FEW:
        mean = float(seen.sum() + cut.sum()) / len(seen)
        law = {"exponential": {"mean": format_duration(mean)}}
        return LawFit(law, mean, mean / np.sqrt(len(seen)), 1.0, len(seen), f"only {len(seen)} observations{told}")
    values, weights = kaplan_meier(seen, cut)
    near = sorted((one for one in _candidates(seen, cut, values, weights) if one.is_near), key=lambda one: one.aic)
    if near and near[0].mean > 0:
        best = near[0]
        error = best.mean * best.cv / np.sqrt(len(seen))
        why = f"{best.name} by censored likelihood{told}"
        return LawFit(best.law, best.mean, error, best.cv, len(seen), why, best.cv / np.sqrt(2 * len(seen)))
    mean = float((values * weights).sum())
    sd = float(np.sqrt((weights * (values - mean) ** 2).sum()))
    law = {"empirical": _bins(values, weights, len(seen))}
    cv = sd / mean if mean > 0 else 0.0
    return LawFit(law, mean, sd / np.sqrt(len(seen)), cv, len(seen), f"no simple law fits{told}", cv / np.sqrt(2 * len(seen)))


def kaplan_meier(seen: Floats, cut: Floats) -> tuple[Floats, Floats]:
    """Finished times in increasing order with their share of all times; the longest one counts as finished.

    Examples
    --------
    >>> import numpy as np
    >>> values, weights = kaplan_meier(np.array([1.0, 3.0]), np.array([2.0]))
    >>> values.tolist(), weights.round(3).tolist()
    ([1.0, 3.0], [0.333, 0.667])
    """
    values = np.concatenate([seen, cut])
    ends = np.concatenate([np.ones(len(seen)), np.zeros(len(cut))])
    order = np.lexsort((-ends, values))  # what ends at a moment was still there when others are cut off
    values, ends = values[order], ends[order]
    ends[-1] = 1.0
    at_risk = np.arange(len(values), 0, -1)
    alive = np.cumprod(np.where(ends > 0, 1 - 1 / at_risk, 1.0))
    weights = -np.diff(alive, prepend=1.0)
    return values[weights > 0], weights[weights > 0]


@dataclass(frozen=True)
class _Candidate:
    name: str
    law: dict[str, Any]
    mean: float
    cv: float
    aic: float
    is_near: bool


def _candidates(seen: Floats, cut: Floats, values: Floats, weights: Floats) -> list[_Candidate]:
    """Fit the simple laws by censored likelihood; none if some times are zero, since none of them has an atom there."""
    if seen.min() <= 0:
        return []
    from scipy import stats

    data = stats.CensoredData(uncensored=seen, right=cut)
    families = {"exponential": stats.expon, "gamma": stats.gamma, "weibull": stats.weibull_min, "lognormal": stats.lognorm}
    if np.log(seen).std() >= WIDEST:  # a few extreme times would decide about the mean
        families = {name: families[name] for name in ("exponential", "gamma")}
    found = []
    for name, family in families.items():
        curve = family(*family.fit(data, floc=0))
        mean, sd = float(curve.mean()), float(curve.std())
        if not np.isfinite(mean + sd) or mean <= 0:
            continue
        second = {"gamma": {"cv": sd / mean}, "lognormal": {"cv": sd / mean}, "weibull": {"shape": curve.args[0]}}.get(name, {})
        parameters = {"mean": format_duration(mean), **{key: round(float(value), 4) for key, value in second.items()}}
        likelihood = float(curve.logpdf(seen).sum() + curve.logsf(cut).sum())
        near = _distance(curve.cdf(values), weights, _at_risk(values, seen, cut)) < KEEP / np.sqrt(len(seen))
        found.append(_Candidate(name, {name: parameters}, mean, sd / mean, 2 * len(parameters) - 2 * likelihood, near))
    return found


def _at_risk(values: Floats, seen: Floats, cut: Floats) -> NDArray[np.intp]:
    """How many times, finished or not, were as long as each of *values*."""
    every = np.sort(np.concatenate([seen, cut]))
    return np.asarray(len(every) - np.searchsorted(every, values, side="left"), dtype=np.intp)


def _distance(cdf: Floats, weights: Floats, at_risk: NDArray[np.intp]) -> float:
    """Kolmogorov-Smirnov distance to the Kaplan-Meier curve, as far as twenty contacts lasted: beyond, its steps are chance."""
    reached = np.cumsum(weights)
    apart = np.fmax(np.abs(cdf - reached), np.abs(cdf - (reached - weights)))
    return float(apart[at_risk >= FEW].max(initial=0.0))


def _bins(values: Floats, weights: Floats, events: int) -> dict[str, Any]:
    """Values and weights of an empirical law: as many equally likely times as were finished, in the usual bins."""
    levels = (np.arange(events) + 0.5) / events
    drawn = values[np.minimum(np.searchsorted(np.cumsum(weights), levels), len(values) - 1)]
    drawn *= float((values * weights).sum()) / max(float(drawn.mean()), 1e-9)
    return bin_times(drawn)
