"""Agents with timetables of their own: shifts, pauses that wait for the contact, and what happens when the shift ends.

Mirrors reference/shifts.py.
"""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.clock import SCHEDULE, at
from simkpi.engine.compiled.jit import compiled, longs, rare
from simkpi.engine.compiled.records import Agent, Entry, Team, Timetable, agent_at, entry_at, team_at, timetable_at
from simkpi.engine.compiled.state import State
from simkpi.engine.compiled.teams import FINISHING, OFF, ON, enter, serve_before, withdraw
from simkpi.engine.recorder import OVERTIME, WORK
from simkpi.scenario.crews import SHORTEN, SKIP
from simkpi.scenario.rosters import AWAY, COME, LAPSE, LEAVE

# --- what the router asks of any team -----------------------------------------------------------------------------------


@rare
def release_on_shift(state: State, agent: Agent, weight: int) -> int:
    """Close a contact; who has no other open begins a pause that is due, goes home, or works on. Returns who may take more."""
    withdraw(state, agent)
    agent.busy += state.now - agent.since
    agent.used -= weight
    agent.open -= 1
    agent.since = state.now
    if agent.duty == FINISHING and agent.open == 0:
        timetable = timetable_at(state.timetables, agent.id)
        if timetable.on_shift:
            _pause_or_work(state, agent, timetable)
        elif agent.n_aside == 0:
            _set(state, agent, timetable, OFF)
    return agent.id if agent.duty == ON else -1


@rare
def open_or_close(state: State, team: Team, count: int, arrived: int, pending: int) -> None:
    """Open or close: whoever's shift ends as the team closes may have to stay for those who came before."""
    if count == 0 and team.serves_queue and pending > 0:
        serve_before(state, team, arrived)
        team.pending = pending
    elif team.cutoff != NEVER:
        _send_home(state, team)


@rare
def go_home_on_shift(state: State, agent: Agent) -> None:
    """Let *agent* go whose shift is over and who has nothing open any more."""
    _set(state, agent, timetable_at(state.timetables, agent.id), OFF)


@rare
def served_one_on_shift(state: State, team: Team) -> None:
    """Count one pending contact less; when there is none left those who stayed go home."""
    team.pending -= 1
    if team.pending == 0:
        _send_home(state, team)


# --- timetables ---------------------------------------------------------------------------------------------------------


@rare
def wait_for_next(state: State, number: int) -> None:
    """Wait for the next moment of the timetable of agent *number*."""
    timetable = timetable_at(state.timetables, number)
    if timetable.next < timetable.last:
        at(state, entry_at(state.entries, timetable.next).tick, SCHEDULE, state.n_teams + number)


@rare
def follow(state: State, agent: Agent) -> None:
    """Do what the timetable says for this moment."""
    timetable = timetable_at(state.timetables, agent.id)
    before = timetable.next
    while timetable.next < timetable.last:
        entry = entry_at(state.entries, timetable.next)
        if entry.tick != state.now:
            break
        _act(state, agent, timetable, entry)
        timetable.next += 1
    if timetable.until == state.now:
        timetable.until = NEVER
        _pause_or_work(state, agent, timetable)
    if timetable.next > before:
        wait_for_next(state, agent.id)


@compiled
def _act(state: State, agent: Agent, timetable: Timetable, entry: Entry) -> None:
    if entry.action == LEAVE:
        _leave(state, agent, timetable)
    elif entry.action == AWAY:
        timetable.away = entry.state
        _set(state, agent, timetable, agent.duty)
    elif entry.action == COME:
        timetable.on_shift, timetable.away = 1, -1
        if agent.duty == OFF:
            agent.came, agent.busy = state.now, 0
        elif agent.open > 0:  # stays on from the shift before
            agent.busy += state.now - agent.since
        agent.since = state.now
        _set(state, agent, timetable, ON)
    elif entry.action == LAPSE:
        _forget_lapsed(state, timetable)
        if agent.duty == FINISHING and timetable.on_shift and timetable.n_owed == 0:
            _set(state, agent, timetable, ON)
    elif not (agent.duty == ON and agent.open > 0 and entry.rule == SKIP):
        longs(state.owed)[timetable.owed_from + timetable.n_owed] = timetable.next
        timetable.n_owed += 1
        if agent.duty == ON and agent.open == 0:
            _pause_or_work(state, agent, timetable)
        elif agent.duty == ON:
            withdraw(state, agent)
            _set(state, agent, timetable, FINISHING)


@compiled
def _leave(state: State, agent: Agent, timetable: Timetable) -> None:
    """End the shift: at once, or after the open contacts; if the team has closed, after those who came before."""
    timetable.on_shift, timetable.away, timetable.until = 0, -1, NEVER
    timetable.n_owed = 0
    stays = agent.duty == ON and team_at(state.teams, agent.team).cutoff != NEVER
    if not stays:
        withdraw(state, agent)
    if stays:
        _set(state, agent, timetable, ON)
    else:
        _set(state, agent, timetable, FINISHING if agent.open > 0 or agent.n_aside > 0 else OFF)


@compiled
def _forget_lapsed(state: State, timetable: Timetable) -> None:
    """Forget pauses that are due and would be over now."""
    owed, kept = longs(state.owed), 0
    for place in range(timetable.n_owed):
        number = owed[timetable.owed_from + place]
        entry = entry_at(state.entries, number)
        if entry.rule != SHORTEN or entry.tick + entry.length > state.now:
            owed[timetable.owed_from + kept] = number
            kept += 1
    timetable.n_owed = kept


@compiled
def _pause_or_work(state: State, agent: Agent, timetable: Timetable) -> None:
    """Begin the next pause that is due and not over yet; without one, work on."""
    owed = longs(state.owed)
    if agent.duty == OFF:
        agent.came += state.now - timetable.paused_at
    while timetable.n_owed > 0:
        entry = entry_at(state.entries, owed[timetable.owed_from])
        timetable.n_owed -= 1
        for place in range(timetable.n_owed):
            owed[timetable.owed_from + place] = owed[timetable.owed_from + place + 1]
        end = (entry.tick if entry.rule == SHORTEN else state.now) + entry.length
        if end > state.now:
            withdraw(state, agent)
            agent.duty = OFF
            timetable.paused_at = state.now
            enter(state, agent, entry.state)
            timetable.until = end
            at(state, end, SCHEDULE, state.n_teams + agent.id)
            return
    if agent.duty == OFF:
        agent.since = state.now
    _set(state, agent, timetable, ON)


@compiled
def _send_home(state: State, team: Team) -> None:
    """Let those go whose shift is over: the idle at once, the others after their open contacts."""
    for number in range(team.first_agent, team.first_agent + team.n_agents):
        agent, timetable = agent_at(state.agents, number), timetable_at(state.timetables, number)
        if agent.duty == ON and not timetable.on_shift:
            withdraw(state, agent)
            _set(state, agent, timetable, FINISHING if agent.open > 0 or agent.n_aside > 0 else OFF)
    serve_before(state, team, NEVER)


@compiled
def _set(state: State, agent: Agent, timetable: Timetable, duty: int) -> None:
    agent.duty = duty
    if duty == OFF:
        enter(state, agent, timetable.away)
    elif timetable.on_shift:
        enter(state, agent, WORK)
    else:
        enter(state, agent, OVERTIME)
