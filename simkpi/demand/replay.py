"""Recorded moments of arrival come again: the same customers every replication, thinned or repeated where volume is scaled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.elementary import Floats
from simkpi.demand.rows import Ticks
from simkpi.demand.streams import Addresses, Words, World
from simkpi.errors import InputError
from simkpi.units import DAY, to_ticks

if TYPE_CHECKING:
    from simkpi.demand.field import Profile

_DAY_TICKS = to_ticks(DAY)
_HOUR_TICKS = to_ticks(3600)
#: A recorded contact comes at most this often; its copies are told apart by the bits above the number within the hour.
MOST_COPIES = 255
_COPY_SHIFT = np.uint64(24)
_32 = np.uint64(32)


def replayed(arrivals: Sequence[Sequence[int]], profile: Profile, world: World) -> tuple[Words, Ticks]:
    """Identities, in increasing order, and ticks of the contacts of a recorded log.

    Parameters
    ----------
    arrivals : sequence of sequence of int, ticks after midnight
        One row a day.
    profile : Profile
        What each interval shall bring: its expected contacts over its recorded ones is the factor on them.
    world : World
        Where the random numbers come from; without a factor there is no chance in it.

    Returns
    -------
    customer : ndarray of uint64, shape (n_contacts,)
        ``hour << 32 | copy << 24 | number within the hour``.
    arrived : ndarray of int64, shape (n_contacts,), ticks

    Raises
    ------
    InputError
        If there is not one row a day, a moment lies outside the profile, or a factor exceeds ``MOST_COPIES``.

    Notes
    -----
    A factor f keeps a recorded contact floor(f) times, and once more with the probability of the rest, by the contact's own
    uniform: a larger factor keeps the customers of a smaller one. The first is at its recorded moment, further copies
    at a random one within the same interval.
    """
    if len(arrivals) != len(profile.expected):
        raise InputError("volume.arrivals: must hold one row per day; resolve the scenario first")
    day = np.repeat(np.arange(len(arrivals), dtype=np.int64), [len(row) for row in arrivals])
    moment = np.concatenate([np.sort(np.array(row, dtype=np.int64)) for row in arrivals]) if len(day) else day
    column = (moment - profile.start) // profile.interval
    if len(day) and not (column.min() >= 0 and column.max() < profile.expected.shape[1]):
        raise InputError("volume.arrivals: a moment lies outside the intervals of volume.expected")
    recorded = np.zeros(profile.expected.shape)
    np.add.at(recorded, (day, column), 1.0)
    factor = (profile.expected / np.maximum(recorded, 1.0))[day, column]
    arrived = day * _DAY_TICKS + moment
    customer = _identities(arrived)
    if np.all(factor == 1.0):
        return customer, arrived
    start = day * _DAY_TICKS + profile.start + column * profile.interval
    return _scaled(customer, arrived, factor, _Moments(start, profile.interval), world)


@dataclass(frozen=True)
class _Moments:
    """The intervals of recorded contacts: where each starts, and how long all are, in ticks."""

    start: Ticks
    interval: int

    def anywhere(self, chosen: NDArray[np.bool_], u: Floats) -> Ticks:
        """Random moments in the intervals of the chosen contacts."""
        return self.start[chosen] + np.floor(u * self.interval).astype(np.int64)


def _identities(arrived: Ticks) -> Words:
    """Hour and number within the hour of sorted moments."""
    hour = arrived // _HOUR_TICKS
    number = np.arange(len(arrived)) - np.searchsorted(hour, hour)
    return (hour.astype(np.uint64) << _32) | number.astype(np.uint64)


def _scaled(customer: Words, arrived: Ticks, factor: Floats, moments: _Moments, world: World) -> tuple[Words, Ticks]:
    """Leave out or repeat recorded contacts by the *factor* on each."""
    if factor.max() > MOST_COPIES:
        raise InputError(f"volume: multiplies recorded contacts by {factor.max():,.0f}; at most {MOST_COPIES} is possible")
    whole = np.floor(factor)
    copies = (whole + (world.uniforms("replay", Addresses(customer)) < factor - whole)).astype(np.int64)
    parts = [(customer[copies > 0], arrived[copies > 0])]
    for copy in range(1, int(copies.max())):
        chosen = copies > copy
        u = world.uniforms("replay moment", Addresses(customer[chosen]), attempt=copy)
        parts.append((customer[chosen] | (np.uint64(copy) << _COPY_SHIFT), moments.anywhere(chosen, u)))
    everybody = np.concatenate([part[0] for part in parts])
    order = np.argsort(everybody, kind="stable")
    return everybody[order], np.concatenate([part[1] for part in parts])[order]
