"""Finds out whether customers who meet a long queue give up sooner: many centres announce the place in the queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.observed import Floats, Observed

#: Abandonments below which nothing is told from chance.
_ENOUGH = 100
#: Standard errors that the effect must differ from none.
_CLEAR = 3.0
#: Logarithms of the factor per waiting contact between which the answer is sought.
_LEAST, _MOST, _STEPS = -0.1, 0.7, 32
#: Shares below this are not worth a parameter.
_NOTICEABLE = 0.01


@dataclass(frozen=True)
class Shortening:
    """How much shorter each contact that already waits makes the patience.

    Parameters
    ----------
    share, error : float, fraction
        Taken off the patience per waiting contact, and its standard error; 0 where the log shows nothing.
    scale : float
        Logarithm of what a wait is worth more per contact: a wait of w behind k others is one of w exp(scale k) behind nobody.
    """

    share: float = 0.0
    error: float | None = None
    scale: float = 0.0


def waiting_before(observed: Observed) -> Floats:
    """Contacts of the same channel that waited when each contact entered the queue, shape (n_contacts,); NaN if it never did."""
    channel = np.array(observed.channels, dtype=object)[observed.contact_type]
    count = np.full(len(observed), np.nan)
    waits = observed.wait > 0
    for name in set(observed.channels):
        mine = (channel == name) & ~np.isnan(observed.queued)
        entered, left = np.sort(observed.queued[mine & waits]), np.sort(observed.left[mine & waits])
        moments = observed.queued[mine]
        count[mine] = np.searchsorted(entered, moments, "left") - np.searchsorted(left, moments, "right")
    return np.asarray(np.fmax(count, 0.0))


def fit_shortening(waits: Floats, abandoned: NDArray[np.bool_], crowd: Floats) -> Shortening:
    """Fit the factor per waiting contact, without any law of patience.

    Parameters
    ----------
    waits : ndarray, shape (n,), seconds
        Time in the queue of those who waited or gave up.
    abandoned : ndarray of bool, shape (n,)
        Who gave up; the others' patience is censored.
    crowd : ndarray, shape (n,)
        Contacts that waited already.

    Notes
    -----
    Accelerated failure time: patience = T (1 - s)^k with k waiting contacts. With the right s the rescaled waits say nothing
    about k any more: at each abandonment the k of who leaves is on average that of all who still wait (log-rank scores). The
    standard error is that of the score / its slope. Effects below three standard errors, or of less than 1 %, count as none.

    Source: A. A. Tsiatis, Estimating regression parameters using linear rank tests for censored data, Annals of Statistics 18
    (1990).
    """
    used = ~np.isnan(waits) & ~np.isnan(crowd) & (abandoned | (waits > 0))
    waits, abandoned, crowd = np.fmax(waits[used], 1e-3), abandoned[used], crowd[used]
    if int(abandoned.sum()) < _ENOUGH or np.ptp(crowd) == 0:
        return Shortening()

    def score(scale: float) -> tuple[float, float]:
        order = np.argsort(waits * np.exp(scale * crowd), kind="stable")
        k, left = crowd[order], abandoned[order]
        at_risk = np.arange(len(k), 0, -1)
        mean = np.cumsum(k[::-1])[::-1] / at_risk
        square = np.cumsum((k**2)[::-1])[::-1] / at_risk
        return float((k - mean)[left].sum()), float((square - mean**2)[left].sum())

    scale = _root(lambda value: score(value)[0])
    if scale is None:
        return Shortening()
    step = 0.02
    slope = (score(scale + step)[0] - score(scale - step)[0]) / (2 * step)
    if slope == 0:
        return Shortening()
    error = float(np.sqrt(score(scale)[1])) / abs(slope)
    share = float(-np.expm1(-scale))
    if scale < _CLEAR * error or share < _NOTICEABLE:
        return Shortening(0.0, error)
    return Shortening(share, error * (1 - share), scale)


def _root(function: Callable[[float], float]) -> float | None:
    """Where the falling step function changes its sign, by a coarse search and bisection; None if it does not."""
    grid = np.linspace(_LEAST, _MOST, _STEPS + 1)
    signs = [function(float(value)) > 0 for value in grid]
    place = next((n for n in range(_STEPS) if signs[n] and not signs[n + 1]), None)
    if place is None:
        return None
    low, high = float(grid[place]), float(grid[place + 1])
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return (low + high) / 2
