"""A figure with less chance in it: what is known exactly about the inputs of each replication corrects the outputs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from simkpi.experiment.confidence import Estimate, mean_interval
from simkpi.experiment.laws import student_t

#: Replications below which a slope is not worth its degree of freedom.
FEWEST = 5


@dataclass(frozen=True)
class Controlled:
    """A mean over replications, without and with a control variate.

    Parameters
    ----------
    plain, controlled : Estimate
        Without and with the control.
    slope : float
        What a unit of the control moves the figure by.
    correlation : float
        Between control and figure over the replications, as it came out.
    gain : float
        How many times as many replications the plain mean would need for the same interval; below 1 the control does harm.
    """

    plain: Estimate
    controlled: Estimate
    slope: float
    correlation: float
    gain: float


def controlled_mean(values: ArrayLike, control: ArrayLike, *, mean: float = 0.0, confidence: float = 0.95) -> Controlled | None:
    """Correct a mean over replications by a control whose expectation is known.

    Parameters
    ----------
    values : array_like, shape (n_replications,)
        The figure, one number per replication (pseudo-values of a ratio).
    control : array_like, shape (n_replications,)
        The control in the same replications.
    mean : float
        Its expectation.
    confidence : float, fraction
        Coverage of the intervals.

    Returns
    -------
    Controlled or None
        None below five replications, or if the control or the figure is always the same.

    Notes
    -----
    The slope is estimated from the same replications, hence one degree of freedom less and the term for the distance between
    the control's mean and its expectation; exact if both are jointly normal.

    Source: Lavenberg and Welch, A perspective on the use of control variables to increase the efficiency of Monte Carlo
    simulations, Management Science 27 (1981), eqs. (8) and (13) to (15).

    Examples
    --------
    >>> found = controlled_mean([12.1, 9.9, 14.0, 8.1, 11.0, 12.9], [2, 0, 4, -2, 1, 3], mean=0.0)
    >>> round(found.controlled.value, 2), found.gain > 100
    (10.02, True)
    """
    sample, known = np.asarray(values, dtype=float), np.asarray(control, dtype=float)
    n = len(sample)
    if n < FEWEST or not (np.isfinite(sample).all() and np.isfinite(known).all()):
        return None
    above, aside = sample - sample.sum() / n, known - known.sum() / n
    spread, spread_known = float((above**2).sum()), float((aside**2).sum())
    if spread <= 0 or spread_known <= 1e-24 * max(1.0, float((known**2).sum())):
        return None
    slope = float((above * aside).sum()) / spread_known
    off = float(known.sum()) / n - mean
    rest = max(0.0, spread - slope**2 * spread_known) / (n - 2)
    half = student_t(confidence, n - 2) * math.sqrt(rest * (1 / n + off**2 / spread_known))
    plain = mean_interval(sample, confidence=confidence)
    value = float(sample.sum()) / n - slope * off
    assert plain.half_width is not None
    gain = math.inf if half == 0 else (plain.half_width / half) ** 2
    estimate = Estimate(value, value - half, value + half, half, n)
    return Controlled(plain, estimate, slope, slope * math.sqrt(spread_known / spread), gain)
