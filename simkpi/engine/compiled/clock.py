"""The event list: one whole number per event, ``tick | kind | id``, so that one comparison gives the order of the model.

The events play a tournament: each has a place, of two neighbours the earlier one goes on to the next round, and the winner of
the final happens next. Where an event comes or goes only the matches of its place are played anew, as many as there are rounds:
unlike in a heap, who the opponents are does not depend on how the matches before ended, so that the processor need not wait, or
guess. Arrivals do not take part: they are sorted already.
"""

from __future__ import annotations

from simkpi.engine.compiled.jit import compiled, ints, longs, rare
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
#: Place of an event that is not on the list.
NOWHERE = -1
#: Places for events at first.
_FEW = 64


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
def at(state: State, tick: int, kind: int, ident: int) -> int:
    """Schedule an event at *tick*, after all events of that tick with a lower (kind, id); return its place."""
    if tick > state.last_tick:
        state.failed = TOO_LATE
        return NOWHERE
    place = state.gap
    if place >= 0:
        state.gap = -1
    else:
        if state.size == state.n_places:
            make_room(state)
        place = ints(state.places)[state.size]
    state.size += 1
    _play(state, place, key(state, tick, kind, ident))
    return place


@compiled
def call_off(state: State, place: int) -> None:
    """Take the event at *place* off the list, unless that is ``NOWHERE``: nobody would take notice of it."""
    if place >= 0:
        state.called_off = max(state.called_off, longs(state.events)[state.n_places + place])
        if state.gap < 0:
            state.gap = place
        else:
            ints(state.places)[state.size] = place
            _play(state, place, NO_EVENT)
        state.size -= 1


@compiled
def first(state: State) -> int:
    """Return the key of the first event, ``NO_EVENT`` if there is none."""
    place = state.gap
    if place >= 0:
        state.gap = -1
        ints(state.places)[state.size] = place
        _play(state, place, NO_EVENT)
    return state.next_event


@compiled
def pop(state: State) -> None:
    """Take the first event off the list; its place is left to the next one that is scheduled."""
    state.gap = ints(state.winners)[1]
    state.size -= 1


@compiled
def _play(state: State, place: int, entry: int) -> None:
    """Put *entry* at *place* and play its matches up to the final, which is match 1.

    Of each match the winner is kept: event and place. The places themselves count as matches, from ``n_places`` on.
    """
    entries, winners = longs(state.events), ints(state.winners)
    match = state.n_places + place
    entries[match] = entry
    while match > 1:
        other, its_place = entries[match ^ 1], winners[match ^ 1]
        is_earlier = other < entry
        entry = other if is_earlier else entry
        place = its_place if is_earlier else place
        match >>= 1
        entries[match], winners[match] = entry, place
    state.next_event = entry


@rare
def make_room(state: State) -> None:
    """Double the places, as far as there is memory for them, and play all matches."""
    count = min(max(2 * state.n_places, _FEW), state.most_places)
    entries, winners, places = longs(state.events), ints(state.winners), ints(state.places)
    for back in range(1, state.n_places + 1):
        entries[count + state.n_places - back] = entries[2 * state.n_places - back]
    for place in range(state.n_places, count):
        entries[count + place] = NO_EVENT
        places[place] = place
    for place in range(count):
        winners[count + place] = place
    for back in range(1, count):
        match = count - back
        one, other = entries[2 * match], entries[2 * match + 1]
        winners[match] = winners[2 * match] if one < other else winners[2 * match + 1]
        entries[match] = min(one, other)
    state.n_places = count
    state.next_event = entries[1]
