"""Queues from which agents do not take the oldest first: a heap for each such contact type (``Picked`` of the reference).

The heap of a type lies in ``State.picked`` from ``ContactType.picked_from`` on; a key is in ``State.pick_key``, the turn of
entry in ``State.behind``. Who left the queue stays in the heap until he surfaces.
"""

from __future__ import annotations

from simkpi.engine.compiled.jit import compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.records import ContactType
from simkpi.engine.compiled.state import NOT_WAITING, State
from simkpi.scenario.deferred import NEWEST


@rare
def enter_picked(state: State, contact_type: ContactType, contact: int) -> None:
    """Put *contact* into the heap of its type."""
    ints(state.behind)[contact] = contact_type.entered
    content = longs(state.talk)[contact] + longs(state.hold)[contact] + longs(state.wrap)[contact]
    longs(state.pick_key)[contact] = -contact_type.entered if contact_type.pick == NEWEST else content
    contact_type.entered += 1
    place = contact_type.n_picked
    contact_type.n_picked += 1
    base = contact_type.picked_from
    picked = ints(state.picked)
    while place > 0:
        parent = (place - 1) >> 1
        if _before(state, picked[base + parent], contact):
            break
        picked[base + place] = picked[base + parent]
        place = parent
    picked[base + place] = contact


@rare
def first_picked(state: State, contact_type: ContactType) -> int:
    """Return the contact of the type whose turn it is (at least one waits)."""
    picked, base = ints(state.picked), contact_type.picked_from
    while shorts(state.stage)[picked[base]] == NOT_WAITING:
        _drop_first(state, contact_type)
    return picked[base]


@rare
def _drop_first(state: State, contact_type: ContactType) -> None:
    picked, base = ints(state.picked), contact_type.picked_from
    contact_type.n_picked -= 1
    size, place, child = contact_type.n_picked, 0, 1
    last = picked[base + size]
    while child < size:
        if child + 1 < size and _before(state, picked[base + child + 1], picked[base + child]):
            child += 1
        if not _before(state, picked[base + child], last):
            break
        picked[base + place] = picked[base + child]
        place, child = child, 2 * child + 1
    picked[base + place] = last


@compiled
def _before(state: State, contact: int, other: int) -> bool:
    key, its = longs(state.pick_key)[contact], longs(state.pick_key)[other]
    return key < its or (key == its and ints(state.behind)[contact] < ints(state.behind)[other])
