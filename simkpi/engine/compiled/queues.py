"""The queues: who waits, in which order, and how many are not yet served. Mirrors reference/queues.py."""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.clock import call_off
from simkpi.engine.compiled.jit import compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.picks import first_picked
from simkpi.engine.compiled.records import ContactType, life_at, team_at, type_at
from simkpi.engine.compiled.shifts import served_one_on_shift
from simkpi.engine.compiled.state import NOT_WAITING, OWN, State
from simkpi.engine.compiled.teams import served_one
from simkpi.engine.life_plan import PPM

#: Position in the order of arrival of whoever can wait for another day: behind everybody for whom a closing team stays.
ANOTHER_DAY = (1 << 31) - 1


@compiled
def type_of(state: State, contact: int) -> ContactType:
    """Return the contact type of *contact*."""
    return type_at(state.types, shorts(state.contact_type)[contact])


@compiled
def arrive(state: State, contact: int) -> None:
    """Count a contact that has just arrived."""
    contact_type = type_of(state, contact)
    ints(state.number)[contact] = ANOTHER_DAY if contact_type.deferred else state.arrived_so_far
    state.arrived_so_far += 1
    contact_type.unserved += 1


@rare
def go_on(state: State, contact: int, row: int) -> None:
    """Count the *row* by which *contact* goes on: it came when the contact came (``Router.follow`` of the reference)."""
    contact_type = type_of(state, row)
    number = ANOTHER_DAY if contact_type.deferred else ints(state.number)[contact]
    ints(state.number)[row] = number
    contact_type.unserved += 1
    if state.n_closing > 0:
        column = shorts(state.contact_type)[row]
        for place in range(state.n_teams):
            team = team_at(state.teams, place)
            is_before = team.cutoff != NEVER and number < team.cutoff
            if is_before and longs(state.weight)[place * state.n_types + column] > 0:
                team.pending += 1


@compiled
def waits_for_own(state: State, contact: int) -> bool:
    """Whether *contact* has asked nobody but the agent who handled the case."""
    return state.has_last_agent > 0 and shorts(state.stage)[contact] == OWN


@compiled
def is_full(state: State, contact: int) -> bool:
    """Whether the queue that *contact* would join has no place left."""
    contact_type = type_of(state, contact)
    return contact_type.waiting >= contact_type.queue_capacity


@compiled
def is_longer(state: State, contact: int, longest: int) -> bool:
    """Whether more contacts of the type of *contact* wait than *longest*."""
    return type_of(state, contact).waiting > longest


@rare
def patience_of(state: State, contact: int, patience: int) -> int:
    """Return what the contacts that wait in the channel leave of the *patience* of *contact*, in ticks."""
    if patience >= NEVER:
        return patience
    life = life_at(state.lives, shorts(state.contact_type)[contact])
    crowd = 0
    for contact_type in range(state.n_types):
        if life_at(state.lives, contact_type).crowd == life.crowd:
            crowd += type_at(state.types, contact_type).waiting
    for _ in range(crowd):
        if patience <= 1:
            break
        patience = patience // PPM * life.kept + patience % PPM * life.kept // PPM  # as in life_plan.shortened
    return max(patience, 1)


@compiled
def leave(state: State, contact: int) -> None:
    """Count a contact that is no longer in a bot or a queue; teams that stay for it may go home."""
    type_of(state, contact).unserved -= 1
    if state.n_closing > 0:
        column = shorts(state.contact_type)[contact]
        for place in range(state.n_teams):
            team = team_at(state.teams, place)
            is_before = team.cutoff != NEVER and ints(state.number)[contact] < team.cutoff
            if is_before and longs(state.weight)[place * state.n_types + column] > 0:
                if team.has_timetables:
                    served_one_on_shift(state, team)
                else:
                    served_one(state, team)


@compiled
def one_more_waits(state: State, contact: int) -> None:
    """Count *contact* among those who wait."""
    column = shorts(state.contact_type)[contact]
    type_at(state.types, column).waiting += 1
    state.n_waiting += 1
    longs(state.types_waiting)[column >> 6] |= 1 << (column & 63)


@compiled
def decide(state: State, contact: int) -> None:
    """Let *contact* no longer wait; its place in the queue is skipped when it surfaces."""
    shorts(state.stage)[contact] = NOT_WAITING
    if not state.has_hand_back:  # who waits a second time still has the timers of the first
        call_off(state, ints(state.overflow_timer)[contact])
        call_off(state, ints(state.patience_timer)[contact])
    column = shorts(state.contact_type)[contact]
    contact_type = type_at(state.types, column)
    contact_type.waiting -= 1
    state.n_waiting -= 1
    if contact_type.waiting == 0:
        longs(state.types_waiting)[column >> 6] &= ~(1 << (column & 63))


@compiled
def first_waiting(state: State, contact_type: ContactType, cutoff: int) -> int:
    """Return the contact of the type that has waited longest, of those arrived before *cutoff*; -1 if none."""
    if contact_type.pick:
        return -1 if cutoff != NEVER else first_picked(state, contact_type)
    stage, behind, number = shorts(state.stage), ints(state.behind), ints(state.number)
    while stage[contact_type.first] == NOT_WAITING:
        contact_type.first = behind[contact_type.first]
    contact = contact_type.first
    if contact_type.deferred and cutoff != NEVER:
        return -1
    while number[contact] >= cutoff or stage[contact] < 0:  # does not wait, or for its own agent only
        contact = behind[contact]
        if contact < 0:
            break
    return contact
