"""Finds contact types that are served ahead of the others or after them, from how long they wait in the same half hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.observed import Floats, Observed

#: A contact type that waits less than half of what the others wait at the same time is taken as served first; more than twice:
#: last.
_TWICE = 2.0
_ENOUGH = 50


@dataclass(frozen=True)
class OrderFit:
    """How one contact type waits compared with the others.

    Parameters
    ----------
    ratio : float or None
        Its waits / the waits of the other types' contacts in the same half hours (answered contacts that waited); None if
        unknown.
    priority : int
        1 if it is served ahead, -1 if after the others, else 0.
    contacts : int
        Contacts compared.
    """

    ratio: float | None
    priority: int
    contacts: int


def fit_order(observed: Observed, contact_type: int) -> OrderFit:
    """Compare the waits of one contact type with those of all others of the same channel in the same half hours."""
    same = np.array([channel == observed.channels[contact_type] for channel in observed.channels])
    queueing = observed.is_answered & same[observed.contact_type] & ~np.isnan(observed.wait)
    slot = np.where(queueing, np.nan_to_num(observed.queued) // 1800, 0).astype(np.intp)
    mine = queueing & (observed.contact_type == contact_type)
    others = queueing & ~mine
    n_mine, wait_mine = _sums(slot, mine, observed.wait)
    n_others, wait_others = _sums(slot, others, observed.wait)
    both = (n_mine > 0) & (n_others > 0)
    contacts = int(n_mine[both].sum())
    expected = float((n_mine[both] * wait_others[both] / n_others[both]).sum())
    if contacts < _ENOUGH or expected <= 0:
        return OrderFit(None, 0, contacts)
    ratio = float(wait_mine[both].sum()) / expected
    return OrderFit(ratio, int(ratio < 1 / _TWICE) - int(ratio > _TWICE), contacts)


def _sums(slot: NDArray[np.intp], chosen: NDArray[np.bool_], wait: Floats) -> tuple[Floats, Floats]:
    """Contacts and their total wait per half hour."""
    size = int(slot.max()) + 1
    n = np.bincount(slot[chosen], minlength=size).astype(np.float64)
    return n, np.bincount(slot[chosen], weights=wait[chosen], minlength=size).astype(np.float64)
