"""Who comes, and when: the customers of a contact type as points of a Poisson field that scenarios cut out of.

A scenario sees the points whose level is below its own rate, in contacts per hour, at their moment. So the number is exactly
Poisson for any profile in steps, whatever the length of the interval, and a busier scenario sees the same customers and some
more. See docs/decisions/002-arrivals.md.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simkpi.demand.elementary import Floats
from simkpi.demand.factors import own_factors
from simkpi.demand.field import MARGIN, Counts, Profile, points_below
from simkpi.demand.replay import replayed
from simkpi.demand.rows import Ticks
from simkpi.demand.streams import Words, World
from simkpi.scenario.spec import Volume


def draw_arrivals(volume: Volume, world: World, shared: Floats | None = None, days: range | None = None) -> tuple[Words, Ticks]:
    """Draw the customers of one contact type.

    Parameters
    ----------
    volume : Volume
        Resolved: one row of expected contacts per day.
    world : World
        Where the random numbers come from.
    shared : ndarray, shape (n_days,), or None
        A factor on each day that all contact types share (mode ``poisson``).
    days : range or None
        Days whose customers are drawn, the same as when all are; None = all.

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
    if days is not None:
        profile = profile.only(days)
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
    points = points_below(rate / opens, profile, world)
    looks = points.level >= rate[points.day, points.column]
    return points.customer[looks], points.arrived[looks]


def _poisson(volume: Volume, profile: Profile, world: World, shared: Floats | None) -> tuple[Words, Ticks]:
    factors = own_factors(volume, profile, world)
    if shared is not None:
        factors *= shared[:, None]
    rate = profile.per_hour(profile.expected * factors)
    points = points_below(rate, profile, world)
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


def _lowest(wanted: Counts, expected: Floats, profile: Profile, world: World) -> tuple[Words, Ticks]:
    """Return the *wanted* points of lowest level / rate of each group, by identity.

    *wanted* and *expected* have shape (n_days, 1), a group per day, or (n_days, n_intervals), a group per interval.
    """
    reach = np.where(wanted > 0, wanted + MARGIN * np.sqrt(wanted) + 8, 0) / np.where(expected > 0, expected, 1)
    n_groups = wanted.shape[1]
    while True:
        rate = profile.per_hour(profile.expected)
        points = points_below(rate * reach, profile, world)
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
