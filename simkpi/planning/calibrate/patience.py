"""Fits patience from waits of which most were cut short by an answer: Kaplan-Meier and the exponential estimator."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.crowd import Shortening, fit_shortening
from simkpi.planning.calibrate.observed import Floats
from simkpi.planning.calibrate.times import as_empirical, slice_mean
from simkpi.units import format_duration

#: Kaplan-Meier is used up to the longest wait that so many contacts reached.
AT_RISK = 20
#: Abandonments that a contact type needs for a law of its own.
ENOUGH = 100
#: Waits at which the surviving share is reported, seconds.
POINTS = (5.0, 10.0, 20.0, 30.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 600.0)
#: Half-widths of the 95 % interval that a simple law may lie away from Kaplan-Meier.
_BAND = 1.5
#: Spread of the logarithm beyond which a lognormal law says nothing about the mean.
_WIDEST = 2.0
#: Why the obvious figure is not the patience.
WHY_NOT_THE_MEAN = (
    "the mean wait of those who abandoned is not their patience: patient customers were answered first and are missing from it"
)


@dataclass(frozen=True)
class Parametric:
    """A simple law of patience, fitted by censored likelihood to those who did not leave at once.

    Parameters
    ----------
    law : dict
        As a scenario writes it.
    aic : float
        Twice the parameters less twice the log-likelihood: the smallest is the best.
    inside : bool
        Whether it stays near Kaplan-Meier, within 1.5 times the 95 % interval, at all the usual waits.
    """

    law: dict[str, Any]
    aic: float
    inside: bool

    @property
    def kind(self) -> str:
        """Name of the law."""
        return next(iter(self.law))


@dataclass(frozen=True)
class PatienceFit:
    """Patience of one contact type.

    Parameters
    ----------
    law : dict or None
        As a scenario writes it; None = nobody was seen to give up.
    abandoned, answered : int
        Waits that ended by giving up (events) and by an answer after queueing (censored).
    exponential_mean, exponential_error : float or None, seconds
        Total wait / abandonments, and its standard error.
    survival : tuple of (seconds, share, low, high)
        Kaplan-Meier share still waiting, with a 95 % interval, up to ``reach``.
    reach : float, seconds
        Longest wait that at least 20 contacts reached; beyond it the law is an exponential tail.
    naive_mean : float or None, seconds
        Mean wait of those who abandoned: shown only to say why it is not used.
    at_zero : float, fraction
        Share that left at once.
    at_least : float or None, seconds
        When nobody gave up: the mean patience is above this with 95 % confidence.
    balk : float, fraction
        Share that leaves at once beside the law: 0 for Kaplan-Meier, which holds it.
    pooled : bool
        The contact type had too few abandonments; the law is that of all contacts.
    parametric : tuple of Parametric
        Exponential, Weibull and lognormal, the best first; empty below 20 abandonments.
    shortening : Shortening
        What each contact that waits already takes off the patience. Then the law, *survival*, *reach* and *parametric* are
        those of customers who meet an empty queue, while the exponential estimator is that of all.
    """

    law: dict[str, Any] | None
    abandoned: int
    answered: int
    exponential_mean: float | None
    exponential_error: float | None
    survival: tuple[tuple[float, float, float, float], ...]
    reach: float
    naive_mean: float | None
    at_zero: float = 0.0
    at_least: float | None = None
    balk: float = 0.0
    pooled: bool = False
    parametric: tuple[Parametric, ...] = ()
    shortening: Shortening = field(default_factory=Shortening)

    def with_simple_law(self) -> PatienceFit:
        """Return the same fit with the best simple law that stays in the band of Kaplan-Meier, if there is one."""
        best = next((one for one in self.parametric if one.inside), None)
        if best is None or self.law is None:
            return self
        return replace(self, law=best.law, balk=self.at_zero)


def fit_patience(waits: Floats, abandoned: NDArray[np.bool_], crowd: Floats | None = None) -> PatienceFit:
    """Fit patience from queueing times.

    Parameters
    ----------
    waits : ndarray, shape (n,), seconds
        Time in the queue. Contacts answered without any wait had no occasion to leave: rows with wait 0 that were answered are
        ignored.
    abandoned : ndarray of bool, shape (n,)
        True where the customer gave up (the patience itself), False where an agent answered first (the patience is longer).
    crowd : ndarray, shape (n,), optional
        Contacts that waited already; see :func:`simkpi.planning.calibrate.crowd.fit_shortening`.

    Returns
    -------
    PatienceFit

    Notes
    -----
    The exponential estimator is total waiting time / abandonments. Source: L. Brown et al., Statistical analysis of a
    telephone call center, JASA 100 (2005), section 6; E. L. Kaplan and P. Meier, JASA 53 (1958). Laws with censored likelihood:
    ``scipy.stats.CensoredData``.
    """
    known = ~np.isnan(waits) & (abandoned | (waits > 0))
    shortening = Shortening() if crowd is None else fit_shortening(waits, abandoned, crowd)
    stretch = 1.0 if crowd is None else np.exp(shortening.scale * crowd[known])
    waits, abandoned = np.fmax(waits[known], 0.0), abandoned[known]
    events, total = int(abandoned.sum()), float(waits.sum())
    censored = len(waits) - events
    if events == 0:
        # With no event in a total exposure T, exp(-T / mean) >= 5 % is all that can be said.
        return PatienceFit(None, 0, censored, None, None, (), 0.0, None, at_least=total / 3 if total else None)
    mean = total / events
    alone = waits * stretch
    survival, reach, law = _kaplan_meier(alone, abandoned, float(alone.sum()) / events)
    return PatienceFit(
        law=law,
        abandoned=events,
        answered=censored,
        exponential_mean=mean,
        exponential_error=mean / np.sqrt(events),
        survival=survival,
        reach=reach,
        naive_mean=float(waits[abandoned].mean()),
        at_zero=float((waits[abandoned] <= 0).sum() / len(waits)),
        parametric=_parametric(alone, abandoned, survival),
        shortening=shortening,
    )


def _kaplan_meier(
    waits: Floats, abandoned: NDArray[np.bool_], mean: float
) -> tuple[tuple[tuple[float, float, float, float], ...], float, dict[str, Any]]:
    """Survival at the usual points, the longest well-observed wait, and the law."""
    from scipy.stats import CensoredData, ecdf

    ordered = np.sort(waits)
    reach = float(ordered[-min(AT_RISK, len(ordered))])
    law: dict[str, Any]
    if len(waits) < AT_RISK or reach <= 0 or int(abandoned.sum()) < AT_RISK:
        law = {"exponential": {"mean": format_duration(mean)}} if mean > 0 else {"fixed": 0}
        return (), reach, law
    curve = ecdf(CensoredData.right_censored(waits, ~abandoned)).sf
    with warnings.catch_warnings():  # undefined where nobody has left yet, or nobody is left
        warnings.simplefilter("ignore", RuntimeWarning)
        band = curve.confidence_interval(confidence_level=0.95, method="log-log")
    survival = tuple(
        _interval(point, [float(each.evaluate(point)) for each in (curve, band.low, band.high)], int((waits >= point).sum()))
        for point in POINTS
        if point <= reach
    )
    times, steps = np.asarray(curve.quantiles), np.asarray(curve.probabilities)
    inside = times <= reach
    law = {"empirical": _bins(times[inside], steps[inside], int(abandoned.sum()), _tail_mean(waits, abandoned, reach))}
    return survival, reach, law


def _interval(point: float, found: list[float], at_risk: int) -> tuple[float, float, float, float]:
    """Share still waiting at *point*, low and high; where nobody has left yet (or all have) the limits of a binomial share.

    Source: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934), limits for none of *at_risk*.
    """
    share, low, high = found
    limit = 0.025 ** (1 / max(at_risk, 1))
    if share >= 1:
        return point, share, limit, 1.0
    return (point, share, low, high) if np.isfinite(low + high) else (point, share, 0.0, 1 - limit)


def _parametric(
    waits: Floats, abandoned: NDArray[np.bool_], survival: tuple[tuple[float, float, float, float], ...]
) -> tuple[Parametric, ...]:
    """Fit the simple laws to the waits above zero; *survival* includes those who left at once."""
    stay = waits > 0
    left, waited = waits[stay & abandoned], waits[stay & ~abandoned]
    if len(left) < AT_RISK:
        return ()
    from scipy import special, stats

    at_zero = float((~stay).sum() / len(waits))
    data = stats.CensoredData(uncensored=left, right=waited)
    mean = float(waits.sum() / len(left))
    shape, _, scale = (float(each) for each in stats.weibull_min.fit(data, floc=0))
    sigma, _, median = (float(each) for each in stats.lognorm.fit(data, floc=0))
    weibull_median = format_duration(round(scale * np.log(2) ** (1 / shape), 1))
    laws: list[tuple[dict[str, Any], Any, int]] = [
        ({"exponential": {"mean": format_duration(round(mean, 1))}}, stats.expon(scale=mean), 1),
        ({"weibull": {"median": weibull_median, "shape": round(shape, 4)}}, stats.weibull_min(shape, scale=scale), 2),
    ]
    if sigma < _WIDEST:
        lognormal_mean = format_duration(round(median * float(np.exp(sigma**2 / 2)), 1))
        cv = round(float(np.sqrt(special.expm1(sigma**2))), 4)
        laws.append(({"lognormal": {"mean": lognormal_mean, "cv": cv}}, stats.lognorm(sigma, scale=median), 2))
    found = []
    for law, curve, parameters in laws:
        likelihood = float(curve.logpdf(left).sum() + curve.logsf(waited).sum())
        inside = all(_is_near((1 - at_zero) * curve.sf(point), *seen) for point, *seen in survival)
        found.append(Parametric(law, 2 * parameters - 2 * likelihood, inside and bool(survival)))
    return tuple(sorted(found, key=lambda one: one.aic))


def _is_near(value: float, share: float, low: float, high: float) -> bool:
    """Whether *value* lies within one and a half times the 95 % interval: many points are looked at together."""
    return share - _BAND * (share - low) <= value <= share + _BAND * (high - share)


def _tail_mean(waits: Floats, abandoned: NDArray[np.bool_], reach: float) -> float:
    """Mean further patience of those who still wait at *reach*: exponential, from the longest waits with enough abandonments."""
    for share in (0.05, 0.1, 0.2, 0.5, 1.0):
        start = float(np.quantile(waits, 1 - share)) if share < 1 else 0.0
        events = int((abandoned & (waits >= start)).sum())
        if events >= 3 * AT_RISK or share == 1.0:
            return max(float(np.fmax(waits - start, 0.0).sum()) / max(events, 1), 1.0)
    raise AssertionError("the last share is 1")


def _bins(times: Floats, survival: Floats, events: int, tail_mean: float) -> dict[str, Any]:
    """Patience as values with weights: those who leave at once, bins of equal probability, and an exponential tail.

    Each bin's value is the mean of the Kaplan-Meier curve over that bin.
    """
    drops = -np.diff(survival, prepend=1.0)
    happened = drops > 0
    times, drops = times[happened], drops[happened]
    zero = float(drops[times <= 0].sum())
    times, drops = times[times > 0], drops[times > 0]
    values, weights = ([0.0], [zero]) if zero > 0 else ([], [])
    size = 1 / max(10, min(100, events // AT_RISK))
    if len(times):
        place = np.minimum(((np.cumsum(drops) - drops / 2) / size).astype(np.intp), int(1 / size))
        for one in np.unique(place):
            mine = place == one
            weights.append(float(drops[mine].sum()))
            values.append(float((times[mine] * drops[mine]).sum() / weights[-1]))
    rest = max(0.0, 1.0 - sum(weights))
    pieces = int(np.ceil(rest / size - 1e-9))
    reach = float(times[-1]) if len(times) else 0.0
    for piece in range(pieces):
        values.append(reach + tail_mean * slice_mean(piece / pieces, (piece + 1) / pieces))
        weights.append(rest / pieces)
    return as_empirical(values, weights)
