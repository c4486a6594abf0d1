"""Customers who come back and the agent who handled their case (mirrors reference/last_agents.py).

Who waits for an agent only is in a list of his, one behind the other; who no longer does is skipped when he surfaces.
"""

from __future__ import annotations

from simkpi.engine.compiled.jit import compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.records import Agent, Choice, agent_at, choice_at, team_at
from simkpi.engine.compiled.reserves import leaves_enough
from simkpi.engine.compiled.state import OWN, State
from simkpi.engine.compiled.teams import ON


@rare
def note(state: State, contact: int, agent: Agent) -> None:
    """Write down that *agent* answers *contact*."""
    case = longs(state.case)[contact]
    ints(state.handled)[case if case >= 0 else -1 - case] = agent.id


@rare
def find(state: State, contact: int) -> tuple[int, int]:
    """Return the agent who handled the case of *contact*, if on duty and serving its type, and the row of ``wants``; else -1."""
    column, case = shorts(state.contact_type)[contact], longs(state.case)[contact]
    if case < 0 or longs(state.own_waits)[column] < 0 or ints(state.handled)[case] < 0:
        return -1, -1
    agent = agent_at(state.agents, ints(state.handled)[case])
    if agent.duty != ON or ints(state.number)[contact] >= team_at(state.teams, agent.team).cutoff:
        return -1, -1
    row = longs(state.want_of)[agent.team * state.n_types + column]
    return (agent.id, row) if row >= 0 else (-1, -1)


@compiled
def has_room(state: State, agent: Agent, choice: Choice) -> bool:
    """Whether *agent* has room for a contact of the type, and enough agents are left for those they are kept for."""
    team = team_at(state.teams, agent.team)
    return agent.used + choice.weight <= team.capacity and leaves_enough(state, team, choice, agent.used)


@rare
def queue_for_own(state: State, contact: int) -> None:
    """Let *contact* wait for its agent only."""
    number = ints(state.handled)[longs(state.case)[contact]]
    first, last = ints(state.own_first), ints(state.own_last)
    ints(state.own_behind)[contact] = -1
    if first[number] < 0:
        first[number] = contact
    else:
        ints(state.own_behind)[last[number]] = contact
    last[number] = contact


@rare
def next_for(state: State, agent: Agent) -> tuple[int, int]:
    """Return the contact that has waited longest for *agent* only and fits, and its row of ``wants``; -1 if there is none."""
    first, behind, stage = ints(state.own_first), ints(state.own_behind), shorts(state.stage)
    while first[agent.id] >= 0 and stage[first[agent.id]] != OWN:
        first[agent.id] = behind[first[agent.id]]
    contact, cutoff = first[agent.id], team_at(state.teams, agent.team).cutoff
    while contact >= 0:
        if stage[contact] == OWN and ints(state.number)[contact] < cutoff:
            row = longs(state.want_of)[agent.team * state.n_types + shorts(state.contact_type)[contact]]
            if has_room(state, agent, choice_at(state.wants, row)):
                return contact, row
        contact = behind[contact]
    return -1, -1
