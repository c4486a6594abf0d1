"""When the answers to deferrable contacts are promised: counted on the clock or in opening hours, from the arrival."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Ticks
from simkpi.scenario.days import days_of
from simkpi.scenario.deferred import Due
from simkpi.scenario.spec import Calendar, Spec
from simkpi.units import DAY, to_ticks

_DAY = to_ticks(DAY)


def due_moments(spec: Spec, contact_type: NDArray[np.int16], arrived: Ticks) -> Ticks | None:
    """Moment at which each contact is due; ``NEVER`` = no promise; None if no contact type has one.

    Parameters
    ----------
    spec : Spec
        Resolved.
    contact_type : ndarray of int16, shape (n_contacts,)
        Index of the contact type.
    arrived : ndarray of int64, shape (n_contacts,), ticks
        May lie before the horizon.
    """
    promises = [contact.due for contact in spec.contacts.values()]
    if not any(promises):
        return None
    due = np.full(len(arrived), NEVER)
    for kind, promise in enumerate(promises):
        rows = np.flatnonzero((contact_type == kind) & (arrived < NEVER))
        if promise is not None and len(rows):
            due[rows] = _after(promise, spec.calendar, arrived[rows])
    return due


def _after(promise: Due, calendar: Calendar, arrived: Ticks) -> Ticks:
    length = to_ticks(promise.time)
    if promise.clock == "calendar":
        return arrived + length
    first, last = int(arrived.min()) // _DAY - 1, int(arrived.max()) // _DAY + 8
    while True:
        opens, before = _openings(calendar, first, last)
        ends = before[1:]
        begun = np.maximum(np.searchsorted(opens[:, 0], arrived, "right") - 1, 0)
        # open time from the first day until the arrival, and until the promised moment
        inside = np.clip(arrived - opens[begun, 0], 0, opens[begun, 1] - opens[begun, 0]) if len(opens) else arrived
        wanted = before[begun] + inside + length
        if len(opens) and wanted.max() <= ends[-1]:
            span = np.searchsorted(ends, wanted, "left")
            return np.asarray(opens[span, 0] + wanted - before[span], dtype=np.int64)
        last += max(8, last - first)


def _openings(calendar: Calendar, first: int, last: int) -> tuple[Ticks, Ticks]:
    """Return the opening spans of days *first* to *last* (0 = the first simulated); open time before each and after all."""
    days = days_of(calendar.model_copy(update={"start": calendar.start + timedelta(days=first), "days": last - first + 1}))
    spans = [
        (day * _DAY + to_ticks(hours.start), day * _DAY + to_ticks(hours.end))
        for day, hours in enumerate(days.hours, start=first)
        if hours is not None
    ]
    opens = np.array(spans, dtype=np.int64).reshape(-1, 2)
    return opens, np.concatenate([[0], np.cumsum(opens[:, 1] - opens[:, 0])]).astype(np.int64)
