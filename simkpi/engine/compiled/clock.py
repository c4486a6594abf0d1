"""The event list: one whole number per event, ``tick | kind | id``, so that one comparison gives the order of the model.

The events are a binary heap in a column. Arrivals are not in it: they are sorted already and are merged in. A timer that
no longer matters (the contact was answered) stays until it surfaces.
"""

from __future__ import annotations

from simkpi.engine.compiled.jit import Column, compiled, longs
from simkpi.engine.compiled.state import TOO_LATE, State
from simkpi.engine.order import Kind

# Plain numbers: compiled code reads them as constants.
SCHEDULE, WORK_ENDS, OVERFLOW = int(Kind.SCHEDULE), int(Kind.WORK_ENDS), int(Kind.OVERFLOW)
ABANDON, CHAT_TURN = int(Kind.ABANDON), int(Kind.CHAT_TURN)
QUIET_ENDS = int(Kind.QUIET_ENDS)
BOT_FULL, BOT_ENDS = int(Kind.BOT_FULL), int(Kind.BOT_ENDS)
INVITATION = int(Kind.INVITATION)
RETURN, ARRIVAL = int(Kind.RETURN), int(Kind.ARRIVAL)
#: Bits of the kind in a key.
KIND_BITS = max(Kind).bit_length()
_KIND_MASK = (1 << KIND_BITS) - 1
#: Key of an event that never comes.
NO_EVENT = (1 << 63) - 1


@compiled
def key(state: State, tick: int, kind: int, ident: int) -> int:
    """Return the number that stands for an event: a lower one happens first."""
    return (((tick << KIND_BITS) | kind) << state.id_bits) | ident


@compiled
def tick_of(state: State, entry: int) -> int:
    """Return the tick of the event whose key is *entry*."""
    return entry >> (state.id_bits + KIND_BITS)


@compiled
def kind_of(state: State, entry: int) -> int:
    """Return the kind of the event whose key is *entry*."""
    return (entry >> state.id_bits) & _KIND_MASK


@compiled
def id_of(state: State, entry: int) -> int:
    """Return the id of the event whose key is *entry*."""
    return entry & ((1 << state.id_bits) - 1)


@compiled
def at(state: State, tick: int, kind: int, ident: int) -> None:
    """Schedule an event at *tick*, after all events of that tick with a lower (kind, id)."""
    if tick > state.last_tick:
        state.failed = TOO_LATE
        return
    place = state.size
    state.size = place + 1
    _rise(longs(state.heap), place, key(state, tick, kind, ident))


@compiled
def first(state: State) -> int:
    """Return the key of the first event, ``NO_EVENT`` if there is none."""
    return longs(state.heap)[0] if state.size > 0 else NO_EVENT


@compiled
def pop(state: State) -> int:
    """Take the first event off the heap and return its key.

    The gap at the top sinks to the bottom along the lesser children, and the last entry rises from there: it belongs near
    the bottom anyway, so that is one comparison per level and no branch that the processor must guess.
    """
    heap = longs(state.heap)
    entry = heap[0]
    size = state.size - 1
    state.size = size
    gap, child = 0, 1
    while child + 1 < size:
        child += heap[child + 1] < heap[child]
        heap[gap] = heap[child]
        gap, child = child, 2 * child + 1
    if child < size:
        heap[gap] = heap[child]
        gap = child
    if size > 0:
        _rise(heap, gap, heap[size])
    return entry


@compiled
def _rise(heap: Column, place: int, entry: int) -> None:
    """Put *entry* at *place* or, while it is the lesser, at its parent's."""
    while place > 0:
        parent = (place - 1) >> 1
        if heap[parent] <= entry:
            break
        heap[place] = heap[parent]
        place = parent
    heap[place] = entry
