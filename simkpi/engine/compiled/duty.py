"""What follows from agents' coming and going: who then takes contacts, finishes them or hands them back.

Mirrors ``schedule`` and ``attend`` of reference/freed.py and ``take_from`` of reference/hand_back.py; whoever hands work back
asks the free agents for it, so this comes after the router here.
"""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.effort import copy_work, progress, retime
from simkpi.engine.compiled.freed import fill, finish_aside, settle, settle_all
from simkpi.engine.compiled.hand_back import came_before, put_down, wait_again
from simkpi.engine.compiled.jit import ints, longs, rare
from simkpi.engine.compiled.queues import decide, type_of
from simkpi.engine.compiled.records import Agent, Team, agent_at, team_at, timetable_at, type_at, work_at
from simkpi.engine.compiled.router import answer_by_free_agent
from simkpi.engine.compiled.shifts import go_home_on_shift, open_or_close
from simkpi.engine.compiled.state import State
from simkpi.engine.compiled.teams import FINISHING, ON, change_head_count, go_home


@rare
def schedule(state: State, number: int, count: int) -> None:
    """Change a team's head-count; those who come take waiting contacts, in order of id."""
    team, pending = team_at(state.teams, number), 0
    for contact_type in range(state.n_types):
        if longs(state.weight)[number * state.n_types + contact_type] > 0 and not type_at(state.types, contact_type).deferred:
            pending += type_at(state.types, contact_type).unserved
    if team.has_timetables:
        open_or_close(state, team, count, state.arrived_so_far, pending)
    else:
        everybody = change_head_count(state, team, count, state.arrived_so_far, pending)
        for place in range(team.first_agent, team.first_agent + team.n_agents):
            if everybody or longs(state.came)[place]:
                fill(state, agent_at(state.agents, place))
        if team.hands_back:
            _take_from_all(state, team)
    if team.keeps:
        settle_all(state, team)


@rare
def attend(state: State, agent: Agent) -> None:
    """Let *agent*, whose timetable has changed something, take contacts, or finish what is set aside."""
    team = team_at(state.teams, agent.team)
    if agent.duty == ON:
        fill(state, agent)
        if team.keeps:
            settle_all(state, team)
        return
    if agent.duty == FINISHING and team.hands_back and not timetable_at(state.timetables, agent.id).on_shift:
        _take_from(state, agent)
    if agent.open == 0:
        finish_aside(state, agent)
        retime(state, agent)


@rare
def _take_from_all(state: State, team: Team) -> None:
    """Let all who have been told to finish hand back, in order of id."""
    for number in range(team.first_agent, team.first_agent + team.n_agents):
        agent = agent_at(state.agents, number)
        if agent.duty == FINISHING:
            _take_from(state, agent)
            finish_aside(state, agent)
            retime(state, agent)


@rare
def _take_from(state: State, agent: Agent) -> None:
    """Let *agent*, who has been told to finish, hand back the deferrable work in hand, and go home if nothing else is open.

    Work that ends at this moment, or of which only the wrap-up is left, is not handed back.
    """
    first, place = -1, 0
    while place < agent.n_works:
        work = work_at(state.works, agent.works_from + place)
        contact = work.contact
        if type_of(state, contact).deferred and work.finish > state.now:
            progress(state, work)
            if longs(state.ended)[contact] == NEVER:
                put_down(state, agent, place)  # the last one takes its place
                first = _entered(state, first, contact)
                continue
        place += 1
    kept = 0
    for place in range(agent.n_aside):
        work = work_at(state.works, agent.aside_from + place)
        if longs(state.ended)[work.contact] == NEVER:
            copy_work(work, work_at(state.back_works, work.contact))
            first = _entered(state, first, work.contact)
        else:
            copy_work(work, work_at(state.works, agent.aside_from + kept))
            kept += 1
    agent.n_aside = kept
    retime(state, agent)
    if agent.duty == FINISHING and agent.open == 0 and agent.n_aside == 0:
        if team_at(state.teams, agent.team).has_timetables:
            go_home_on_shift(state, agent)
        else:
            go_home(state, agent)
    while first >= 0:
        contact, first = first, ints(state.back_behind)[first]
        _requeue(state, contact)


@rare
def _entered(state: State, first: int, contact: int) -> int:
    """Enter *contact* into the list of what is handed back, in the order in which it came; return the list's first."""
    behind, before, after = ints(state.back_behind), -1, first
    while after >= 0 and came_before(state, after, contact):
        before, after = after, behind[after]
    behind[contact] = after
    if before < 0:
        return contact
    behind[before] = contact
    return first


@rare
def _requeue(state: State, contact: int) -> None:
    """Let *contact* wait again, or whoever has room go on with it at once."""
    wait_again(state, type_of(state, contact), contact)
    agent = answer_by_free_agent(state, contact, 0)
    if agent >= 0:
        decide(state, contact)
        settle(state, agent)
