"""The Poisson field that customers are points of: whom a rate, contacts per hour, lets in.

In each hour of the calendar (a *cell*) the customers that could ever come lie at random moments, at levels that grow like the
points of a Poisson process of one customer per unit of level. See docs/decisions/002-arrivals.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.elementary import Floats, log
from simkpi.demand.fused import drawing
from simkpi.demand.rows import Ticks
from simkpi.demand.streams import Addresses, Words, World
from simkpi.errors import InputError
from simkpi.scenario.spec import Volume
from simkpi.units import DAY, TICKS_PER_SECOND, to_ticks

Counts = NDArray[np.int64]

HOUR_TICKS = 3600 * TICKS_PER_SECOND
DAY_TICKS = int(DAY) * TICKS_PER_SECOND
#: Most contacts of one contact type that a replication may have.
MOST_CONTACTS = 100_000_000
#: Standard deviations beyond the expected number of points to which a cell or an exact count is first drawn.
MARGIN = 4.0
_HOURS = DAY_TICKS // HOUR_TICKS
#: Levels are whole multiples of this part of a contact per hour: sums of integers are exact in any order.
_LEVEL_STEP = 2.0**-32
#: Points worked on at a time.
_BATCH = 300_000
_32 = np.uint64(32)


@dataclass(frozen=True)
class Profile:
    """Expected contacts of a contact type: one row a day, one column an interval.

    Parameters
    ----------
    expected : ndarray, shape (n_days, n_intervals)
        Contacts.
    start, interval : int, ticks
        Where in the day the first interval starts, and how long each is.
    """

    expected: Floats
    start: int
    interval: int

    @classmethod
    def of(cls, volume: Volume) -> Profile:
        """Read the profile of a resolved *volume*.

        Raises
        ------
        InputError
            If there is no row of equal length per day, or the intervals run beyond the end of the day.
        """
        rows = volume.expected or ()
        if not rows or len({len(row) for row in rows}) != 1:
            raise InputError("volume.expected: must hold one row per day, all of one length; resolve the scenario first")
        profile = cls(np.array(rows, dtype=np.float64) * volume.scale, to_ticks(volume.start), to_ticks(volume.interval))
        if profile.start + profile.expected.shape[1] * profile.interval > DAY_TICKS:
            raise InputError(f"volume.expected: {profile.expected.shape[1]} intervals run beyond the end of the day")
        return profile

    def only(self, days: range) -> Profile:
        """Return the profile with no contacts on other days."""
        inside = np.isin(np.arange(len(self.expected)), days)
        return Profile(np.where(inside[:, None], self.expected, 0.0), self.start, self.interval)

    def per_hour(self, contacts: Floats) -> Floats:
        """Turn contacts per interval into contacts per hour."""
        return contacts * (HOUR_TICKS / self.interval)

    @property
    def starts(self) -> Ticks:
        """Ticks after midnight at which each interval starts, shape (n_intervals,)."""
        return self.start + self.interval * np.arange(self.expected.shape[1], dtype=np.int64)


@dataclass(frozen=True)
class Points:
    """Customers of the field: identity, moment and level, and the row and column of the profile they fall in.

    Parameters
    ----------
    customer : ndarray of uint64
        ``cell << 32 | k``: the k-th customer, by level, of the cell (hours since the horizon's start).
    arrived : ndarray of int64, ticks
    level : ndarray, contacts per hour
    profile : Profile
    """

    customer: Words
    arrived: Ticks
    level: Floats
    profile: Profile

    @cached_property
    def day(self) -> Counts:
        """Row of the profile."""
        return self.arrived // DAY_TICKS

    @cached_property
    def column(self) -> Counts:
        """Column of the profile, perhaps one that it does not have."""
        # found from the whole tick: a contact can not slip into the next interval by rounding
        return (self.arrived - self.day * DAY_TICKS - self.profile.start) // self.profile.interval

    def below(self, rate: Floats) -> Points:
        """Return the points whose level is below *rate*, contacts per hour, shape (n_days, n_intervals)."""
        inside = np.flatnonzero((self.column >= 0) & (self.column < rate.shape[1]))
        keep = inside[self.level[inside] < rate[self.day[inside], self.column[inside]]]
        return Points(self.customer[keep], self.arrived[keep], self.level[keep], self.profile)


def _ceiling(rate: Floats, profile: Profile) -> Floats:
    """Highest rate in each cell, shape (n_days * 24,), contacts per hour."""
    first = profile.starts // HOUR_TICKS
    last = (profile.starts + profile.interval - 1) // HOUR_TICKS
    hours = np.arange(_HOURS)
    touching = np.stack([np.searchsorted(last, hours), np.searchsorted(first, hours, side="right")], axis=1)
    # one column more, so that there is one behind the last
    ceiling = np.maximum.reduceat(np.append(rate, np.zeros((len(rate), 1)), axis=1), touching.ravel(), axis=1)[:, ::2]
    return (ceiling * (touching[:, 0] < touching[:, 1])).ravel()


def points_below(rate: Floats, profile: Profile, world: World) -> Points:
    """Points of the field under *rate*, contacts per hour, shape (n_days, n_intervals); in order of identity."""
    ceiling, fused = _checked(_ceiling(rate, profile)), drawing()
    if fused is not None:
        found = fused.points((world.key("level"), world.key("time")), ceiling, rate, profile.start, profile.interval)
        return Points(*found, profile)
    customer, level = _levels_below(ceiling, world)
    u = world.uniforms("time", Addresses(customer))
    arrived = (customer >> _32).astype(np.int64) * HOUR_TICKS + np.floor(u * HOUR_TICKS).astype(np.int64)
    return Points(customer, arrived, level, profile).below(rate)


def _checked(ceiling: Floats) -> Floats:
    """Return the highest rates of the cells, unless they bring too many contacts."""
    if not ceiling.sum() <= MOST_CONTACTS:
        raise InputError(
            f"volume: {ceiling.sum():.3g} contacts in one replication, each hour at its highest rate; "
            f"at most {MOST_CONTACTS:,} can be drawn"
        )
    return ceiling


def _levels_below(ceiling: Floats, world: World) -> tuple[Words, Floats]:
    """Identities and levels, contacts per hour, of the points below the *ceiling* of their cell, by identity."""
    cells = np.flatnonzero(ceiling > 0)
    batch = np.cumsum(ceiling[cells]) // _BATCH
    parts = [_batch_below(part, ceiling[part], world) for part in np.split(cells, np.flatnonzero(np.diff(batch)) + 1)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _batch_below(cells: Counts, ceiling: Floats, world: World) -> tuple[Words, Floats]:
    """Draw each of *cells* to a number of points that is rarely too few, and again, twice as far, if it was."""
    n_points = np.ceil(ceiling + MARGIN * np.sqrt(ceiling) + 4).astype(np.int64)
    while True:
        owner = np.repeat(np.arange(len(cells)), n_points)
        first = np.cumsum(n_points) - n_points
        k = np.arange(len(owner)) - first[owner]
        customer = (cells.astype(np.uint64) << _32)[owner] | k.astype(np.uint64)
        gaps = np.floor(-log(1.0 - world.uniforms("level", Addresses(customer))) / _LEVEL_STEP).astype(np.int64)
        total = np.cumsum(gaps)
        level = (total - (total[first] - gaps[first])[owner]) * _LEVEL_STEP
        is_short = level[first + n_points - 1] < ceiling
        if not is_short.any():
            keep = level < ceiling[owner]
            return customer[keep], level[keep]
        n_points[is_short] *= 2


def by_arrival(customer: Words, arrived: Ticks) -> tuple[Words, Ticks]:
    """Return customers, given by identity, in order of arrival; those of one moment stay by identity."""
    fused = drawing()
    if fused is not None and (found := fused.by_arrival(customer, arrived)) is not None:
        return found
    order = np.argsort(arrived, kind="stable")
    return customer[order], arrived[order]
