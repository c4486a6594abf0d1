"""Which days of a log make up which row of a profile: weekdays (means over their days) or each day for itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.observed import Floats, Observed
from simkpi.planning.phrase import Phrase
from simkpi.planning.special_days import special_days
from simkpi.units import format_time_of_day

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Profile = Literal["weekday", "date"]
#: Contacts per interval above which an empty interval is no chance.
_BUSY = 10.0
#: Gaps and outages that are named one by one.
_SHOWN = 5


@dataclass(frozen=True)
class Days:
    """Rows of a profile.

    Parameters
    ----------
    profile : str
        ``weekday``: one row per weekday that the log holds; ``date``: one row per day.
    labels : tuple of str
        Name of each row: ``mon`` or ``1999-08-02``.
    row : ndarray of int, shape (n_days,)
        Row of each day; -1 for a day that is left out.
    holes : ndarray of bool, shape (n_days, n_intervals)
        Intervals in which the log is silent although its weekday is busy then: an outage, not a quiet hour.
    notes : tuple of str
        Gaps, holes, and weekdays with few days.
    """

    profile: Profile
    labels: tuple[str, ...]
    row: NDArray[np.intp]
    holes: NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    @property
    def sizes(self) -> NDArray[np.intp]:
        """Number of days behind each row, shape (n_rows,)."""
        return np.bincount(self.row[self.row >= 0], minlength=len(self.labels)).astype(np.intp)

    def fill(self, by_day: Floats) -> Floats:
        """Copy of *by_day*, shape (n_days, n_intervals), with the mean of the weekday's other days in each hole."""
        filled = by_day.copy()
        for day, slot in np.argwhere(self.holes):
            others = (self.row == self.row[day]) & ~self.holes[:, slot]
            filled[day, slot] = by_day[others, slot].mean()
        return filled

    def mean(self, by_day: Floats) -> Floats:
        """Mean over the days of each row; *by_day* has shape (n_days, ...), the result (n_rows, ...)."""
        total = np.zeros((len(self.labels), *by_day.shape[1:]))
        used = self.row >= 0
        np.add.at(total, self.row[used], by_day[used])
        sizes = self.sizes.reshape(-1, *[1] * (by_day.ndim - 1))
        return np.asarray(total / np.maximum(sizes, 1))


def split_days(observed: Observed, interval: float, profile: Profile = "weekday") -> Days:
    """Sort the days of the log into rows, and find where the log is silent.

    Parameters
    ----------
    observed : Observed
        The log.
    interval : float, seconds
        Length of an interval.
    profile : str
        ``weekday`` or ``date``.

    Notes
    -----
    A day without any contact is a gap if its weekday is busy otherwise, and a day far from its weekday's others is special (see
    :func:`simkpi.planning.special_days.special_days`): they are left out. An interval in which nobody queued is
    a hole if the weekday's other days have ten or more there on average (chance below e^-10 for Poisson counts): it is filled
    with their mean. With ``date`` every day stays as it was.
    """
    dates = [observed.start + timedelta(days=n) for n in range(observed.days)]
    offered = count_by_interval(observed, ~np.isnan(observed.queued), interval)
    if profile == "date":
        return Days("date", tuple(map(str, dates)), np.arange(observed.days, dtype=np.intp), np.zeros(offered.shape, dtype=bool))
    weekday = np.array([day.weekday() for day in dates])
    contacts = np.bincount(observed.day, minlength=observed.days)
    gaps = np.isin(weekday, weekday[contacts > 0]) & (contacts == 0)
    present = [name for n, name in enumerate(WEEKDAYS) if n in weekday]
    row = np.array([present.index(WEEKDAYS[n]) for n in weekday], dtype=np.intp)
    row[gaps] = -1
    special = special_days(contacts.astype(np.float64), weekday.astype(np.intp), row >= 0)
    row[special] = -1
    holes = _holes(offered, row)
    notes = _gaps([dates[n] for n in np.flatnonzero(gaps)])
    far = "{day}: {n} contacts, far from its weekday's other days: a special day, left out of the means"
    notes += [Phrase(far, day=dates[n], n=contacts[n]) for n in special]
    notes += _outages(holes, dates, interval)
    sizes = np.bincount(row[row >= 0], minlength=len(present))
    few = [Phrase("{weekday} {n}", weekday=Phrase(name), n=n) for name, n in zip(present, sizes, strict=True) if n < 4]
    if few:
        told = "few days behind a weekday's row, so its figures are uncertain (days: {few})"
        notes.append(Phrase(told, few=Phrase.joined(few)))
    if observed.days < 7:
        notes.append(Phrase("the log holds {n} day(s): weekdays that it lacks are not in the scenario", n=observed.days))
    return Days("weekday", tuple(present), row, holes, tuple(notes))


def _outages(holes: NDArray[np.bool_], dates: list[date], interval: float) -> Iterator[str]:
    """Name the days with intervals in which nobody queued, the first few of many."""
    out = np.flatnonzero(holes.any(axis=1))
    told = "nobody queued on {day} in the intervals from {slots}: taken as an outage, filled with the weekday's other days"
    for n in out[:_SHOWN]:
        slots = ", ".join(format_time_of_day(slot * interval) for slot in np.flatnonzero(holes[n]))
        yield Phrase(told, day=dates[n], slots=slots)
    if len(out) > _SHOWN:
        yield Phrase(
            "{n} further days have such outages; so many are none: is the log's clock the centre's (summer time,"
            " offsets), are opening hours different from week to week?",
            n=len(out) - _SHOWN,
        )


def _gaps(missing: list[date]) -> list[str]:
    """Name the days without contacts, the first few of many."""
    if len(missing) <= _SHOWN:
        return [Phrase("no contacts on {day}: taken as a gap of the log, left out of the means", day=day) for day in missing]
    named = ", ".join(map(str, missing[:_SHOWN]))
    told = "no contacts on {n} days ({named} ...): taken as gaps of the log, left out of the means"
    return [Phrase(told, n=len(missing), named=named)]


def _holes(offered: Floats, row: NDArray[np.intp]) -> NDArray[np.bool_]:
    holes = np.zeros(offered.shape, dtype=bool)
    for one in range(int(row.max()) + 1):
        mine = np.flatnonzero(row == one)
        for day in mine if len(mine) > 1 else ():
            others = offered[mine[mine != day]]
            holes[day] = (offered[day] == 0) & (others.mean(axis=0) >= _BUSY) & (others > 0).all(axis=0)
    return holes


def count_by_interval(observed: Observed, chosen: NDArray[np.bool_], interval: float) -> Floats:
    """Count the *chosen* contacts per interval of arrival, shape (n_days, n_intervals)."""
    n = int(np.ceil(86_400 / interval))
    place = observed.day * n + ((observed.arrived % 86_400) // interval).astype(np.intp)
    return np.bincount(place[chosen], minlength=observed.days * n).reshape(observed.days, n).astype(np.float64)
