"""The event loop: a contact's life, the teams' schedules and the arrivals. Mirrors reference/simulation.py."""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.bots import REFUSED, enter, leave_bot, stop_waiting
from simkpi.engine.compiled.chains import (
    AWAY,
    BOT_ONLY,
    LEAVES_MESSAGE,
    NO_ANSWER,
    TALK,
    WARM,
    WRAP,
    divert,
    fate_of,
    is_call,
    is_gone,
    is_in_parts,
    is_transferred,
    let_go,
    wrap_up,
)
from simkpi.engine.compiled.chains import REFUSED as TURNED_AWAY
from simkpi.engine.compiled.clock import (
    ABANDON,
    ARRIVAL,
    BOT_ENDS,
    BOT_FULL,
    CHAT_TURN,
    INVITATION,
    NO_EVENT,
    OVERFLOW,
    RETURN,
    SCHEDULE,
    WORK_ENDS,
    at,
    first,
    id_of,
    key,
    kind_of,
    pop,
    tick_of,
)
from simkpi.engine.compiled.effort import finish, stop_works
from simkpi.engine.compiled.invitations import is_shown, next_invitation
from simkpi.engine.compiled.jit import bytes_, compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.lines import give_back, pass_on, take_line
from simkpi.engine.compiled.returns import is_answered_by_now, redial, repeat, repeat_unless_resolved, return_at
from simkpi.engine.compiled.router import (
    abandon,
    announced,
    arrive,
    ask,
    ask_anybody,
    attend,
    go_on,
    is_full,
    is_longer,
    leave,
    overflow,
    release,
    schedule,
    type_of,
    wait,
    waits_for_own,
)
from simkpi.engine.compiled.shifts import follow, wait_for_next
from simkpi.engine.compiled.state import (
    HEAP_FULL,
    LEGS_FULL,
    NOT_WAITING,
    TOO_LATE,
    UNSORTED,
    State,
    Team,
    agent_at,
    change_at,
    life_at,
    team_at,
)
from simkpi.engine.compiled.teams import stop
from simkpi.engine.compiled.turns import finish_writing, is_chat, take_turn
from simkpi.engine.life_plan import UNSAID
from simkpi.engine.recorder import ABANDONED, BLOCKED, CONTAINED, GAVE_UP, OPEN
from simkpi.engine.recorder import REFUSED as REFUSED_OUTCOME
from simkpi.interactions.columns import BOT_OUTCOMES

_CONTAINED, _GAVE_UP = BOT_OUTCOMES.index("contained"), BOT_OUTCOMES.index("gave_up")


@compiled
def run(state: State) -> None:
    """Run to the end: take the next arrival or the top of the heap, whichever comes first, as long as there is one.

    When the heap or the legs might not hold the consequences of another event the run pauses (``HEAP_FULL``, ``LEGS_FULL``) and
    may be called again.
    """
    if not state.begun:
        state.begun = 1
        for team in range(state.n_teams):
            _next_change(state, team)
            if team_at(state.teams, team).has_timetables:
                _hand_out(state, team_at(state.teams, team))
        next_invitation(state)
        for further in range(state.n_fresh, state.n_contacts):
            _begin_row(state, further)
    # where the clock stops, no event of that tick or later happens
    end = key(state, state.horizon, 0, 0) if state.cut else NO_EVENT
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
            _contact(state, contact)
            arrival = _arrival(state)
        while state.asking >= 0:
            asking = state.asking
            state.asking = -1
            _queue(state, asking)
    if state.failed == HEAP_FULL or state.failed == LEGS_FULL:  # noqa: PLR1714 - compiled: plain comparisons
        return
    for later in range(state.next_fresh, state.n_fresh):
        _begin_row(state, later)
    if state.cut:
        state.now = state.horizon
    stop(state)
    stop_works(state)
    if state.failed == LEGS_FULL:  # there was room for these last ones
        state.failed = 0


@compiled
def _happen(state: State, kind: int, ident: int) -> None:
    """Let an event happen: one case for each kind of :class:`simkpi.engine.order.Kind`."""
    if kind == SCHEDULE:
        _follow_schedule(state, ident)
    elif kind == WORK_ENDS:
        _work_ends(state, ident)
    elif kind == OVERFLOW:
        overflow(state, ident)
    elif kind == ABANDON:
        abandon(state, ident)
    elif kind == CHAT_TURN:
        if take_turn(state, ident):
            repeat(state, ident)
            release(state, ident)
    elif kind == INVITATION:
        next_invitation(state)
        row = is_shown(state, ident)
        if row >= 0:
            _contact(state, row)
    elif kind == BOT_FULL:
        if stop_waiting(state, ident):
            _after_bot(state, ident)
    elif kind == BOT_ENDS:
        _bot_ends(state, ident)
    elif kind == RETURN:
        if is_answered_by_now(state, ident):
            return
        if is_call(state, ident):
            go_on(state, longs(state.chain_head)[ident], ident)
            state.asking = ident
        else:
            _contact(state, ident)


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
def _contact(state: State, contact: int) -> None:
    """Begin the life of one contact: bot or queue."""
    arrive(state, contact)
    if state.has_chains and _turns_away(state, contact):
        return
    if state.n_lines > 0 and not take_line(state, contact, shorts(state.bot)[contact] >= 0):
        _end(state, contact, BLOCKED)
    elif shorts(state.bot)[contact] < 0:
        state.asking = contact
    elif state.has_bot_terms == 0:
        at(state, state.now + longs(state.bot_time)[contact], BOT_ENDS, contact)
    elif enter(state, contact) == REFUSED:
        _after_bot(state, contact)


@rare
def _turns_away(state: State, contact: int) -> bool:
    """Refuse a contact that comes while the centre is closed, or let it leave a message."""
    fate = fate_of(state, contact)
    if fate == TURNED_AWAY:
        _end(state, contact, REFUSED_OUTCOME)
        return True
    if fate == LEAVES_MESSAGE:
        row = longs(state.chain_next)[contact]
        divert(state, contact)
        go_on(state, contact, row)
        leave(state, contact)
        state.asking = row
        return True
    return False


@compiled
def _after_bot(state: State, contact: int) -> None:
    """Go on with the life of one contact that has met the bot, or that the bot did not take."""
    if fate_of(state, contact) == BOT_ONLY:
        _end(state, contact, REFUSED_OUTCOME)
    elif state.n_lines > 0 and not take_line(state, contact, False):
        _end(state, contact, BLOCKED)
    else:
        state.asking = contact


@compiled
def _bot_ends(state: State, contact: int) -> None:
    """End the contact, or hand it off."""
    if state.has_bot_terms:
        leave_bot(state, contact)
    outcome = bytes_(state.bot_outcome)[contact]
    if outcome == _CONTAINED:
        _end(state, contact, CONTAINED)
    elif outcome == _GAVE_UP:
        _end(state, contact, GAVE_UP)
    else:
        _after_bot(state, contact)


@compiled
def _work_ends(state: State, contact: int) -> None:
    """Go on with the life of one contact: its agent has room again (``Simulation.handle`` of the reference, after its wait)."""
    gone = state.has_lives > 0 and is_gone(state, contact)
    if not gone and not _is_done(state, contact):
        return
    if state.has_lives == 0:
        repeat_unless_resolved(state, contact)
    elif not gone and _goes_on(state, contact):
        return
    release(state, contact)


@compiled
def _is_done(state: State, contact: int) -> bool:
    """Whether the work on *contact*, or a part of it, is done; else the timer was overtaken."""
    if is_chat(state, contact):
        return finish_writing(state, contact)
    return type_of(state, contact).n_paces == 0 or finish(state, contact)


@rare
def _goes_on(state: State, contact: int) -> bool:
    """Let a contact go on whose work, or a part of it, is done; return whether its agent has more to do on it."""
    if is_in_parts(state, contact) and bytes_(state.phase)[contact] == TALK:
        _conversation_ends(state, contact)
        return True
    if fate_of(state, contact) == NO_ANSWER:
        _call_again(state, contact)
    elif fate_of(state, contact) == AWAY:
        _park(state, contact)
    elif not is_transferred(state, contact):
        repeat_unless_resolved(state, contact)
    return False


@rare
def _conversation_ends(state: State, contact: int) -> None:
    """Let the contact go on elsewhere, or free its line; then its agent wraps up, if warm once a colleague has picked up."""
    longs(state.wrapped)[contact] = NEVER
    bytes_(state.phase)[contact] = WRAP
    if not is_transferred(state, contact):
        give_back(state, contact)
        wrap_up(state, contact)
        return
    row = longs(state.chain_next)[contact]
    pass_on(state, contact, row)
    go_on(state, contact, row)
    if fate_of(state, contact) == WARM:
        ints(state.staying)[row] = contact
    else:
        wrap_up(state, contact)
    state.asking = row


@rare
def _call_again(state: State, contact: int) -> None:
    """After a call that nobody took: call again, unless that was the last."""
    row = longs(state.chain_next)[contact]
    if row >= 0:
        return_at(state, state.now + longs(state.chain_after)[contact], row)
    else:
        redial(state, contact)


@rare
def _park(state: State, contact: int) -> None:
    """Let the thread rest until the customer writes again: at any hour, but before the horizon ends."""
    moment = state.now + longs(state.chain_after)[contact]
    if moment < state.horizon:
        at(state, moment, RETURN, longs(state.chain_next)[contact])


@rare
def _accepts_call(state: State, contact: int) -> bool:
    """Let *contact*, to whom a call back is offered, go on by it, if the customer accepts."""
    row = longs(state.callback_to)[contact]
    if row < 0:
        return False
    divert(state, contact)
    give_back(state, contact)
    after = longs(state.callback_after)[contact]
    if after > 0:
        return_at(state, state.now + after, row)
        leave(state, contact)
    else:
        go_on(state, contact, row)
        leave(state, contact)
        state.asking = row
    return True


@rare
def _would_wait(state: State, contact: int) -> bool:
    """Whether *contact* would join the queue, and stay in it whatever is announced."""
    if is_call(state, contact):
        return True
    if is_full(state, contact) or longs(state.patience)[contact] == 0:
        return False
    if state.has_longest_queue and is_longer(state, contact, longs(state.longest_queue)[contact]):
        return False
    if state.announces == 0:
        return True
    life = life_at(state.lives, shorts(state.contact_type)[contact])
    if life.announces == UNSAID:
        return True
    hears = announced(state, contact)
    return hears <= life.offer_after and not (state.has_balk_above and hears > longs(state.balk_above)[contact])


@rare
def _joins(state: State, contact: int) -> bool:
    """Whether *contact*, which hears of a wait, waits; else it is ended, or goes on otherwise."""
    life = life_at(state.lives, shorts(state.contact_type)[contact])
    if life.announces == UNSAID:
        return True
    hears = announced(state, contact)
    if state.has_chains and hears > life.offer_after and _accepts_call(state, contact):
        return False
    if state.has_balk_above and hears > longs(state.balk_above)[contact]:
        _end(state, contact, ABANDONED)
        return False
    return True


@compiled
def _queue(state: State, contact: int) -> None:
    """Go on with the life of one contact: answered at once, or blocked, or waiting."""
    if ask(state, contact) >= 0:
        return
    if waits_for_own(state, contact) and not _would_wait(state, contact):
        shorts(state.stage)[contact] = NOT_WAITING
        if ask_anybody(state, contact) >= 0:
            return
    patience = longs(state.patience)[contact]
    if contact < state.n_backlog or is_call(state, contact):
        wait(state, contact, patience)
    elif is_full(state, contact):
        _end(state, contact, BLOCKED)
    elif patience == 0 or (state.has_longest_queue and is_longer(state, contact, longs(state.longest_queue)[contact])):
        _end(state, contact, ABANDONED)
    elif state.announces == 0 or _joins(state, contact):
        wait(state, contact, patience)


@compiled
def _end(state: State, contact: int, outcome: int) -> None:
    """End a contact that no agent answers and that does not wait."""
    longs(state.ended)[contact] = state.now
    bytes_(state.outcome)[contact] = outcome
    leave(state, contact)
    let_go(state, contact)
    if outcome == CONTAINED:
        repeat(state, contact)
    else:
        redial(state, contact)


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
