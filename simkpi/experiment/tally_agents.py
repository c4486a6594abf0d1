"""Agent time of one replication: each agent's life cut wherever something changes and at the intervals' borders, compiled."""

from __future__ import annotations

from typing import Any

from simkpi.engine.recorder import WORK
from simkpi.experiment.tally_jit import part
from simkpi.experiment.tally_rows import Contacts, Limits, Room, Stays
from simkpi.experiment.tally_sums import BUSY, ON_QUEUE, SLOTS, STRETCHES, USED

# What a moment means for a contact, in the lowest bits of its key.
_BEGINS, _GOES_ON, _ENDS = 0, 1, 2
_NEVER = 1 << 61


@part
def add_agents(rows: Contacts, stays: Stays, slots: Any, limits: Limits, room: Room) -> int:
    """Add up agent time (see :func:`simkpi.kpi.timeline.timeline`); return the stretches that no interval's border cuts."""
    begins, moments = room.begins, room.moments
    _write_lives(rows, begins[: len(slots) + 1], room.free, limits.horizon, moments)
    n_stretches, stay = 0, 0
    for agent in range(len(slots)):
        last = stay
        while last < len(stays.agent) and stays.agent[last] == agent:
            last += 1
        own = moments[begins[agent] : begins[agent + 1]]
        n_stretches += _add_agent(own, stays, (stay, last, slots[agent]), limits, room.sums)
        stay = last
    return n_stretches


@part
def _write_lives(rows: Contacts, begins: Any, free: Any, horizon: int, moments: Any) -> None:
    """Write down when contacts begin, go on (to wrap-up) and end, by agent, in the order of time; *begins*: where each begins."""
    n_agents = len(begins) - 1
    begins[:] = 0
    for row in range(len(rows.agent)):
        if rows.answered[row] < min(rows.wrapped[row], horizon):
            begins[rows.agent[row] + 1] += 3
    for agent in range(n_agents):
        begins[agent + 1] += begins[agent]
        free[agent] = begins[agent]
    for row in range(len(rows.agent)):
        start, end = rows.answered[row], min(rows.wrapped[row], horizon)
        if start < end:
            at = free[rows.agent[row]]
            free[rows.agent[row]] = at + 3
            moments[at] = start << 2 | _BEGINS
            moments[at + 1] = min(rows.ended[row], end) << 2 | _GOES_ON
            moments[at + 2] = end << 2 | _ENDS
    for agent in range(n_agents):
        _put_in_order(moments[begins[agent] : begins[agent + 1]])


@part
def _put_in_order(keys: Any) -> None:
    """Sort what is nearly sorted: each key into its place, unless too many have to move."""
    room = 32 * len(keys)
    for number in range(1, len(keys)):
        key, place = keys[number], number
        while place > 0 and keys[place - 1] > key:
            keys[place] = keys[place - 1]
            place -= 1
        keys[place] = key
        room -= number - place
        if room < 0:
            _heap_sort(keys)
            return


@part
def _heap_sort(keys: Any) -> None:
    n = len(keys)
    for place in range(n // 2 - 1, -1, -1):
        _sift(keys, place, n)
    for last in range(n - 1, 0, -1):
        keys[0], keys[last] = keys[last], keys[0]
        _sift(keys, 0, last)


@part
def _sift(keys: Any, place: int, n: int) -> None:
    """Let the key at *place* of a heap of *n* sink to where it belongs."""
    key, child = keys[place], 2 * place + 1
    while child < n:
        if child + 1 < n and keys[child + 1] > keys[child]:
            child += 1
        if keys[child] <= key:
            break
        keys[place] = keys[child]
        place, child = child, 2 * child + 1
    keys[place] = key


@part
def _add_agent(own: Any, stays: Stays, who: tuple[int, int, int], limits: Limits, sums: Any) -> int:
    """Add one agent's time: moments of his contacts merged with his stays; *who*: first stay, stay behind the last, slots."""
    n_stretches, n_open, now, place, edge, at = 0, 0, 0, 0, limits.piece, 0
    stay, last, slots = who
    inside, at_work = False, False
    while True:
        change = _next_change(stays, stay, last, inside, limits.horizon)
        while change < 0:  # a stay of no length is none
            stay += 1
            change = _next_change(stays, stay, last, inside, limits.horizon)
        moment = min(own[at] >> 2 if at < len(own) else _NEVER, change)
        if moment == _NEVER:
            return n_stretches
        if at_work and moment > now:
            n_stretches += 1
            while edge <= now:
                place += 1
                edge += limits.piece
            while edge < moment:
                _add_stretch(sums[place], edge - now, n_open, slots)
                now = edge
                place += 1
                edge += limits.piece
            _add_stretch(sums[place], moment - now, n_open, slots)
        now = moment
        while at < len(own) and own[at] >> 2 == moment:
            n_open += 1 - (own[at] & 3)
            at += 1
        if change == moment:
            inside = not inside
            at_work = inside and stays.state[stay] == WORK
            stay += not inside


@part
def _next_change(stays: Stays, stay: int, last: int, inside: bool, horizon: int) -> int:
    """When the stay begins or, if he is inside it, ends; -1 = it has no length."""
    if stay == last:
        return _NEVER
    end: int = min(stays.end[stay], horizon)
    if inside:
        return end
    start: int = stays.start[stay]
    return start if start < end else -1


@part
def _add_stretch(add: Any, length: int, n_open: int, slots: int) -> None:
    add[STRETCHES] += 1
    add[ON_QUEUE] += length
    add[SLOTS] += length * slots
    if n_open > 0:
        add[BUSY] += length
        add[USED] += length * n_open
