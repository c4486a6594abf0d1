"""Work in the background: set aside when somebody live finds no free agent, gone on with when the agent is free again.

Mirrors reference/background.py. The agents of a team at work in the background are the first ``n_behind`` entries of
``State.writers`` from the team's first agent on, in no order.
"""

from __future__ import annotations

from simkpi.engine.compiled.effort import set_aside, take_up
from simkpi.engine.compiled.jit import compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.records import Agent, agent_at, choice_at, stage_at, team_at, work_at
from simkpi.engine.compiled.state import State
from simkpi.engine.compiled.teams import ON, take, withdraw


@rare
def weight_behind(state: State, team: int, contact: int) -> int:
    """Return the units that *contact* takes as background work of *team*; 0 if it is none."""
    return longs(state.behind_weight)[team * state.n_types + shorts(state.contact_type)[contact]]


@rare
def begin_behind(state: State, agent: Agent, weight: int) -> None:
    """Count *weight* units more in the background."""
    if agent.behind == 0:
        team = team_at(state.teams, agent.team)
        agent.behind_place = team.first_agent + team.n_behind
        longs(state.writers)[agent.behind_place] = agent.id
        team.n_behind += 1
    agent.behind += weight


@rare
def end_behind(state: State, agent: Agent, weight: int) -> None:
    """Count *weight* units less in the background."""
    agent.behind -= weight
    if agent.behind == 0:
        team, behind = team_at(state.teams, agent.team), longs(state.writers)
        team.n_behind -= 1
        last = behind[team.first_agent + team.n_behind]
        behind[agent.behind_place] = last
        agent_at(state.agents, last).behind_place = agent.behind_place


@rare
def interrupt(state: State, contact: int, stage: int) -> tuple[int, int]:
    """Let an agent set background work aside for *contact*; return him, -1 if there is none, and the row of ``asks``."""
    asks = stage_at(state.stages, stage * state.n_types + shorts(state.contact_type)[contact])
    best, best_row = -1, -1
    for row in range(asks.asks_from, asks.asks_to):
        choice = choice_at(state.asks, row)
        if best >= 0 and choice.preference != choice_at(state.asks, best_row).preference:
            break
        team = team_at(state.teams, choice.team)
        if choice.background or ints(state.number)[contact] >= team.cutoff:
            continue
        for place in range(team.first_agent, team.first_agent + team.n_behind):
            agent = agent_at(state.agents, longs(state.writers)[place])
            if agent.duty != ON or agent.used - agent.behind + choice.weight > team.capacity:
                continue
            if best < 0 or _longer(agent, agent_at(state.agents, best)):
                best, best_row = agent.id, row
    if best >= 0:
        make_room(state, agent_at(state.agents, best), choice_at(state.asks, best_row).weight)
    return best, best_row


@compiled
def _longer(agent: Agent, other: Agent) -> bool:
    return agent.since < other.since or (agent.since == other.since and agent.id < other.id)


@rare
def make_room(state: State, agent: Agent, weight: int) -> None:
    """Let *agent* set background work aside, the last begun first, until there is room for *weight* units."""
    capacity = team_at(state.teams, agent.team).capacity
    while agent.used + weight > capacity:
        last, begun, contact = -1, -1, -1
        for place in range(agent.n_works):
            work = work_at(state.works, agent.works_from + place)
            later = work.begun > begun or (work.begun == begun and work.contact > contact)
            if later and weight_behind(state, agent.team, work.contact) > 0:
                last, begun, contact = place, work.begun, work.contact
        units = weight_behind(state, agent.team, contact)
        set_aside(state, agent, last)
        end_behind(state, agent, units)
        withdraw(state, agent)
        agent.busy += state.now - agent.since
        agent.since = state.now
        agent.used -= units
        agent.open -= 1


@rare
def resume(state: State, agent: Agent) -> bool:
    """Let *agent* go on with what was set aside last, if there is any and it fits."""
    if agent.n_aside == 0:
        return False
    contact = work_at(state.works, agent.aside_from + agent.n_aside - 1).contact
    units = weight_behind(state, agent.team, contact)
    if agent.used + units > team_at(state.teams, agent.team).capacity:
        return False
    take(state, agent, units)
    begin_behind(state, agent, units)
    take_up(state, agent, longs(state.resume)[agent.team * state.n_types + shorts(state.contact_type)[contact]])
    return True
