"""Finds out whether handling takes longer at some hours: a scenario has one law per contact type, so capacity carries it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.observed import Floats, Observed

_HOURS = 24


def fit_pace(observed: Observed, chosen: NDArray[np.bool_], interval: float, own: Floats | None = None) -> Floats:
    """Handle time by hour of the day, relative to what the contact types of that hour take on average.

    Parameters
    ----------
    observed : Observed
        The log.
    chosen : ndarray of bool, shape (n_contacts,)
        Contacts of the team.
    interval : float, seconds
        Length of an interval.
    own : ndarray, shape (n_contacts,), optional
        Pace of the agent who handled each contact: what agents differ in is not the hour's.

    Returns
    -------
    ndarray, shape (n_intervals,)
        1 = as long as usual; 0.8 = a fifth shorter. Hours whose ratio is uncertain are drawn towards 1.

    Notes
    -----
    Each hour's ratio has a standard error from its own contacts; the spread of the true ratios is what the observed ones vary
    beyond that, and each ratio is shrunk by the share of its variance that is error. Source: R. DerSimonian, N. Laird,
    Meta-analysis in clinical trials, Controlled Clinical Trials 7 (1986), the moment estimator.
    """
    slots = int(np.ceil(86_400 / interval))
    effort = observed.talk + np.nan_to_num(observed.hold)
    known = chosen & observed.is_answered & ~np.isnan(effort) & ~np.isnan(observed.left)
    types = observed.contact_type[known]
    means = np.bincount(types, weights=effort[known]) / np.maximum(np.bincount(types), 1)
    hour = (observed.left[known] % 86_400 // 3600).astype(np.intp)
    usual = means[types] * (1.0 if own is None else own[known])
    expected = np.bincount(hour, weights=usual, minlength=_HOURS)
    squares = np.bincount(hour, weights=(effort[known] - usual) ** 2, minlength=_HOURS)
    seen = (np.bincount(hour, minlength=_HOURS) >= 2) & (expected > 0) & (squares > 0)
    pace = np.ones(_HOURS)
    if seen.sum() >= 2:
        ratio = np.bincount(hour, weights=effort[known], minlength=_HOURS)[seen] / expected[seen]
        pace[seen] = 1 + shrink(ratio - 1, squares[seen] / expected[seen] ** 2)
    starts = (np.arange(slots) * interval // 3600).astype(np.intp)
    return pace[starts]


def shrink(effect: Floats, variance: Floats) -> Floats:
    """Draw each effect towards 0 by the share of its variance that is error.

    Source: R. DerSimonian, N. Laird, Meta-analysis in clinical trials, Controlled Clinical Trials 7 (1986).
    """
    weight = 1 / variance
    between = max(0.0, excess(effect, variance) / float(weight.sum() - (weight**2).sum() / weight.sum()))
    return np.asarray(effect * between / (between + variance))


def excess(effect: Floats, variance: Floats) -> float:
    """How much more the effects vary around their mean than their errors: Cochran's Q less its degrees of freedom."""
    weight = 1 / variance
    centre = float((weight * effect).sum() / weight.sum())
    return float((weight * (effect - centre) ** 2).sum()) - (len(effect) - 1)
