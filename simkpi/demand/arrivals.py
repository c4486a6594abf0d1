"""Who comes, and when: the customers of a contact type as points of a Poisson field that scenarios cut out of.

In each hour of the calendar (a *cell*) the customers that could ever come lie at random moments, at levels that grow like the
points of a Poisson process of one customer per unit of level. A scenario sees the points whose level is below its own
rate, in contacts per hour, at their moment. So the number is exactly Poisson for any profile in steps, whatever the length of
the interval, and a busier scenario sees the same customers and some more. See docs/decisions/002-arrivals.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.elementary import Floats, log
from simkpi.demand.factors import own_factors
from simkpi.demand.replay import replayed
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
_HOURS = DAY_TICKS // HOUR_TICKS
#: Levels are whole multiples of this part of a contact per hour: sums of integers are exact in any order.
_LEVEL_STEP = 2.0**-32
#: Standard deviations beyond the expected number of points to which a cell or an exact count is first drawn.
_MARGIN = 4.0
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

    def per_hour(self, contacts: Floats) -> Floats:
        """Turn contacts per interval into contacts per hour."""
        return contacts * (HOUR_TICKS / self.interval)

    @property
    def starts(self) -> Ticks:
        """Ticks after midnight at which each interval starts, shape (n_intervals,)."""
        return self.start + self.interval * np.arange(self.expected.shape[1], dtype=np.int64)


@dataclass(frozen=True)
class Points:
    """Customers of the field: identity, moment, level, and the row and column of the profile they fall in.

    Parameters
    ----------
    customer : ndarray of uint64
        ``cell << 32 | k``: the k-th customer, by level, of the cell (hours since the horizon's start).
    arrived : ndarray of int64, ticks
    level : ndarray, contacts per hour
    day, column : ndarray of int64
    """

    customer: Words
    arrived: Ticks
    level: Floats
    day: Counts
    column: Counts

    def where(self, keep: NDArray[np.bool_]) -> Points:
        """Return the points for which *keep* is true."""
        return Points(self.customer[keep], self.arrived[keep], self.level[keep], self.day[keep], self.column[keep])


def draw_arrivals(volume: Volume, world: World, shared: Floats | None = None) -> tuple[Words, Ticks]:
    """Draw the customers of one contact type.

    Parameters
    ----------
    volume : Volume
        Resolved: one row of expected contacts per day.
    world : World
        Where the random numbers come from.
    shared : ndarray, shape (n_days,), or None
        A factor on each day that all contact types share (mode ``poisson``).

    Returns
    -------
    customer : ndarray of uint64, shape (n_contacts,)
        Identities, in increasing order.
    arrived : ndarray of int64, shape (n_contacts,), ticks

    Notes
    -----
    ``poisson``: forecast error, day and interval factors are gamma with mean 1 (see :mod:`simkpi.demand.factors`).
    ``exact_total``: each day has its expected total, rounded; ``exact_interval``: that total is shared among the day's
    intervals by largest remainders. In both, the points of lowest level / rate are taken and the spreads are not used.
    ``replay``: the recorded moments, without chance (see :mod:`simkpi.demand.replay`).
    """
    profile = Profile.of(volume)
    return _MODES[volume.mode](volume, profile, world, shared)


def draw_visitors(volume: Volume, opens: float, world: World, shared: Floats | None = None) -> tuple[Words, Ticks]:
    """Draw the visitors who do not become customers by themselves, a share *opens* of all of whom does; as :func:`draw_arrivals`.

    They are the points of the same field between the rate of the contacts and that of the visits: Poisson, whatever the mode.
    """
    profile = Profile.of(volume)
    factors = own_factors(volume, profile, world) if volume.mode == "poisson" else np.ones(profile.expected.shape)
    if shared is not None and volume.mode == "poisson":
        factors *= shared[:, None]
    rate = profile.per_hour(profile.expected * factors)
    points = _points_below(rate / opens, profile, world)
    looks = points.level >= rate[points.day, points.column]
    return points.customer[looks], points.arrived[looks]


def _poisson(volume: Volume, profile: Profile, world: World, shared: Floats | None) -> tuple[Words, Ticks]:
    factors = own_factors(volume, profile, world)
    if shared is not None:
        factors *= shared[:, None]
    rate = profile.per_hour(profile.expected * factors)
    points = _points_below(rate, profile, world)
    return points.customer, points.arrived


def _exact_total(_: Volume, profile: Profile, world: World, __: Floats | None) -> tuple[Words, Ticks]:
    total = _day_totals(profile.expected)
    wanted = np.floor(total + 0.5).astype(np.int64)
    return _lowest(wanted, total, profile, world)


def _exact_interval(_: Volume, profile: Profile, world: World, __: Floats | None) -> tuple[Words, Ticks]:
    return _lowest(largest_remainders(profile.expected), profile.expected, profile, world)


def _replay(volume: Volume, profile: Profile, world: World, __: Floats | None) -> tuple[Words, Ticks]:
    return replayed(volume.arrivals or (), profile, world)


_MODES: dict[str, Callable[[Volume, Profile, World, Floats | None], tuple[Words, Ticks]]] = {
    "poisson": _poisson,
    "exact_total": _exact_total,
    "exact_interval": _exact_interval,
    "replay": _replay,
}


def largest_remainders(expected: Floats) -> Counts:
    """Whole numbers near *expected* that add up to the rounded total of each row.

    Parameters
    ----------
    expected : ndarray, shape (n_days, n_intervals)

    Returns
    -------
    ndarray of int64, shape (n_days, n_intervals)
        Each number rounded down, and one more for those of the largest remainders (the earlier of two equal ones).

    Examples
    --------
    >>> largest_remainders(np.array([[1.5, 0.25, 2.25]])).tolist()
    [[2, 0, 2]]
    """
    whole = np.floor(expected)
    missing = np.floor(_day_totals(expected) + 0.5) - _day_totals(whole)
    order = np.argsort(whole - expected, axis=1, kind="stable")
    gets_one = np.arange(expected.shape[1]) < missing
    np.put_along_axis(whole, order, np.take_along_axis(whole, order, axis=1) + gets_one, axis=1)
    return whole.astype(np.int64)


def _day_totals(contacts: Floats) -> Floats:
    # added up from left to right: the order of np.sum depends on the processor
    return np.cumsum(contacts, axis=1)[:, -1:]


def _ceiling(rate: Floats, profile: Profile) -> Floats:
    """Highest rate in each cell, shape (n_days * 24,), contacts per hour."""
    first = profile.starts // HOUR_TICKS
    last = (profile.starts + profile.interval - 1) // HOUR_TICKS
    ceiling = np.zeros((len(rate), _HOURS))
    for hour in range(_HOURS):
        touching = rate[:, np.searchsorted(last, hour) : np.searchsorted(first, hour, side="right")]
        if touching.size:
            ceiling[:, hour] = touching.max(axis=1)
    return ceiling.ravel()


def _points_below(rate: Floats, profile: Profile, world: World) -> Points:
    """Points of the field under *rate*, contacts per hour, shape (n_days, n_intervals); in order of identity."""
    customer, level = _levels_below(_ceiling(rate, profile), world)
    u = world.uniforms("time", Addresses.of(customer))
    arrived = (customer >> _32).astype(np.int64) * HOUR_TICKS + np.floor(u * HOUR_TICKS).astype(np.int64)
    day, moment = np.divmod(arrived, DAY_TICKS)
    # the interval is found from the whole tick: a contact can not slip into the next one by rounding
    column = (moment - profile.start) // profile.interval
    points = Points(customer, arrived, level, day, column)
    points = points.where((column >= 0) & (column < rate.shape[1]))
    return points.where(points.level < rate[points.day, points.column])


def _levels_below(ceiling: Floats, world: World) -> tuple[Words, Floats]:
    """Identities and levels, contacts per hour, of the points below the *ceiling* of their cell, by identity."""
    if not ceiling.sum() <= MOST_CONTACTS:
        raise InputError(
            f"volume: {ceiling.sum():.3g} contacts in one replication, each hour at its highest rate; "
            f"at most {MOST_CONTACTS:,} can be drawn"
        )
    cells = np.flatnonzero(ceiling > 0)
    batch = np.cumsum(ceiling[cells]) // _BATCH
    parts = [_batch_below(part, ceiling[part], world) for part in np.split(cells, np.flatnonzero(np.diff(batch)) + 1)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _batch_below(cells: Counts, ceiling: Floats, world: World) -> tuple[Words, Floats]:
    """Draw each of *cells* to a number of points that is rarely too few, and again, twice as far, if it was."""
    n_points = np.ceil(ceiling + _MARGIN * np.sqrt(ceiling) + 4).astype(np.int64)
    while True:
        owner = np.repeat(np.arange(len(cells)), n_points)
        first = np.cumsum(n_points) - n_points
        k = np.arange(len(owner)) - first[owner]
        customer = (cells.astype(np.uint64) << _32)[owner] | k.astype(np.uint64)
        gaps = np.floor(-log(1.0 - world.uniforms("level", Addresses.of(customer))) / _LEVEL_STEP).astype(np.int64)
        total = np.cumsum(gaps)
        level = (total - (total[first] - gaps[first])[owner]) * _LEVEL_STEP
        is_short = level[first + n_points - 1] < ceiling
        if not is_short.any():
            keep = level < ceiling[owner]
            return customer[keep], level[keep]
        n_points[is_short] *= 2


def _lowest(wanted: Counts, expected: Floats, profile: Profile, world: World) -> tuple[Words, Ticks]:
    """Return the *wanted* points of lowest level / rate of each group, by identity.

    *wanted* and *expected* have shape (n_days, 1), a group per day, or (n_days, n_intervals), a group per interval.
    """
    reach = np.where(wanted > 0, wanted + _MARGIN * np.sqrt(wanted) + 8, 0) / np.where(expected > 0, expected, 1)
    n_groups = wanted.shape[1]
    while True:
        rate = profile.per_hour(profile.expected)
        points = _points_below(rate * reach, profile, world)
        group = points.day * n_groups + (points.column if n_groups > 1 else 0)
        found = np.bincount(group, minlength=wanted.size).reshape(wanted.shape)
        if np.all(found >= wanted):
            break
        reach = np.where(found < wanted, 2 * reach, reach)
    order = np.lexsort((points.level / rate[points.day, points.column], group))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - (np.cumsum(found) - found.ravel())[group[order]]
    keep = rank < wanted.ravel()[group]
    return points.customer[keep], points.arrived[keep]
