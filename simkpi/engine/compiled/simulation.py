"""The event loop: schedules, arrivals, and what each kind of event does. Mirrors reference/simulation.py."""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled import plain
from simkpi.engine.compiled.bots import stop_waiting
from simkpi.engine.compiled.chains import is_call
from simkpi.engine.compiled.clock import (
    ABANDON,
    ARRIVAL,
    BOT_ENDS,
    BOT_FULL,
    CHAT_TURN,
    INVITATION,
    NO_EVENT,
    OVERFLOW,
    QUIET_ENDS,
    RETURN,
    SCHEDULE,
    WORK_ENDS,
    at,
    first,
    id_of,
    key,
    kind_of,
    make_room,
    pop,
    tick_of,
)
from simkpi.engine.compiled.duty import attend, schedule
from simkpi.engine.compiled.effort import stop_works
from simkpi.engine.compiled.freed import release
from simkpi.engine.compiled.handled import leave, work_ends
from simkpi.engine.compiled.invitations import is_shown, next_invitation
from simkpi.engine.compiled.jit import Variant, bytes_, compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.life import after_bot, begin, bot_ends, queue
from simkpi.engine.compiled.queues import go_on
from simkpi.engine.compiled.records import Team, agent_at, change_at, team_at
from simkpi.engine.compiled.returns import is_answered_by_now, repeat_unless_resolved
from simkpi.engine.compiled.router import abandon, overflow
from simkpi.engine.compiled.shifts import follow, wait_for_next
from simkpi.engine.compiled.state import EVENTS_FULL, LEGS_FULL, NOT_WAITING, TOO_LATE, UNSORTED, State, state_at
from simkpi.engine.compiled.teams import stop
from simkpi.engine.compiled.turns import take_turn
from simkpi.engine.recorder import OPEN


@compiled
def run_all(states: int, count: int) -> None:
    """Run *count* replications whose records are at that address, one after the other."""
    for number in range(count):
        state = state_at(states, number)
        if state.is_plain:
            run_plain(state)
        else:
            run(state)


@compiled
def run(state: State) -> None:
    """Run to the end: take the next arrival or the next event, whichever comes first, as long as there is one.

    When there might be no room for the consequences of another event the run pauses (``EVENTS_FULL``, ``LEGS_FULL``) and
    may be called again; so it does at the tick ``pause``, for the contacts of the time that follows.
    """
    if not state.begun:
        state.begun = 1
        make_room(state)
        for team in range(state.n_teams):
            _next_change(state, team)
            if team_at(state.teams, team).has_timetables:
                _hand_out(state, team_at(state.teams, team))
        next_invitation(state)
        for further in range(state.n_fresh, state.n_contacts):
            _begin_row(state, further)
    # where the clock stops, no event of that tick or later happens
    end = key(state, state.horizon, 0, 0) if state.cut else NO_EVENT
    if state.pause > 0:
        end = min(end, key(state, state.pause, 0, 0))
    arrival = _arrival(state)
    while state.failed == 0:
        entry = first(state)
        if entry < arrival:
            if entry >= end:
                break
            pop(state)
            state.now = tick_of(state, entry)
            _happen(state, kind_of(state, entry), id_of(state, entry))
        else:
            if arrival >= end:
                break
            contact = state.next_fresh
            state.next_fresh = contact + 1
            state.now = max(longs(state.arrived)[contact], 0)
            _begin_row(state, contact)
            begin(state, contact)
            arrival = _arrival(state)
        while state.asking >= 0:
            asking = state.asking
            state.asking = -1
            queue(state, asking)
    if state.failed == EVENTS_FULL or state.failed == LEGS_FULL:  # noqa: PLR1714 - compiled: plain comparisons
        return
    if state.pause > 0 and state.failed == 0:
        return
    for later in range(state.next_fresh, state.n_fresh):
        _begin_row(state, later)
    state.now = state.horizon if state.cut else max(state.now, tick_of(state, state.called_off))
    stop(state)
    stop_works(state)
    if state.failed == LEGS_FULL:  # there was room for these last ones
        state.failed = 0


run_plain = Variant("plain", run, plain.KNOWN)


@compiled
def _happen(state: State, kind: int, ident: int) -> None:
    """Let an event happen: one case for each kind of :class:`simkpi.engine.order.Kind`."""
    if kind == SCHEDULE:
        _follow_schedule(state, ident)
    elif kind == WORK_ENDS:
        work_ends(state, ident)
    elif kind == QUIET_ENDS:
        leave(state, ident)
    elif kind == OVERFLOW:
        overflow(state, ident)
    elif kind == ABANDON:
        abandon(state, ident)
    elif kind == CHAT_TURN:
        if take_turn(state, ident):
            repeat_unless_resolved(state, ident)
            release(state, ident)
    elif kind == INVITATION:
        next_invitation(state)
        row = is_shown(state, ident)
        if row >= 0:
            begin(state, row)
    elif kind == BOT_FULL:
        if stop_waiting(state, ident):
            after_bot(state, ident)
    elif kind == BOT_ENDS:
        bot_ends(state, ident)
    elif kind == RETURN:
        if is_answered_by_now(state, ident):
            return
        if is_call(state, ident):
            go_on(state, longs(state.chain_head)[ident], ident)
            state.asking = ident
        else:
            begin(state, ident)


@rare
def _follow_schedule(state: State, number: int) -> None:
    """Change the team's head-count at the scheduled moment; an id beyond the teams' is an agent's with a timetable."""
    if number >= state.n_teams:
        follow(state, agent_at(state.agents, number - state.n_teams))
        attend(state, agent_at(state.agents, number - state.n_teams))
        return
    team = team_at(state.teams, number)
    count = change_at(state.changes, team.next_change).count
    team.next_change += 1
    _next_change(state, number)
    schedule(state, number, count)


@rare
def _hand_out(state: State, team: Team) -> None:
    """Wait for the first moment of each agent's timetable."""
    for agent in range(team.first_agent, team.first_agent + team.n_agents):
        wait_for_next(state, agent)


@compiled
def _next_change(state: State, number: int) -> None:
    team = team_at(state.teams, number)
    if team.next_change < team.changes_to:
        at(state, change_at(state.changes, team.next_change).tick, SCHEDULE, number)


@compiled
def _arrival(state: State) -> int:
    """Return the key of the next arrival of a fresh contact, ``NO_EVENT`` if there is none."""
    contact = state.next_fresh
    if contact == state.n_fresh:
        return NO_EVENT
    tick = max(longs(state.arrived)[contact], 0)
    if tick > state.last_tick:
        state.failed = TOO_LATE
        return NO_EVENT
    if tick < state.now:
        state.failed = UNSORTED
    return key(state, tick, ARRIVAL, contact)


@compiled
def _begin_row(state: State, contact: int) -> None:
    """Fill the contact's row of the log with what holds unless something happens."""
    longs(state.queued)[contact] = NEVER
    longs(state.answered)[contact] = NEVER
    longs(state.ended)[contact] = NEVER
    longs(state.wrapped)[contact] = NEVER
    ints(state.agent)[contact] = -1
    shorts(state.team)[contact] = -1
    bytes_(state.outcome)[contact] = OPEN
    bytes_(state.overflowed)[contact] = 0
    shorts(state.stage)[contact] = NOT_WAITING
