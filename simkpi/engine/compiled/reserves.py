"""Agents kept free for some contact types (mirrors reference/reserves.py)."""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.jit import compiled, rare
from simkpi.engine.compiled.records import Choice, Team, agent_at, reserve_at
from simkpi.engine.compiled.state import State
from simkpi.engine.compiled.teams import ON


@rare
def leaves_enough(state: State, team: Team, choice: Choice, used: int) -> bool:
    """Whether a contact of the type may take an agent of the team who has *used* units in use."""
    if team.cutoff != NEVER:
        return True
    for row in range(choice.reserves_from, choice.reserves_to):
        reserve = reserve_at(state.reserves, row)
        loses_room = used <= reserve.most and used + choice.weight > reserve.most
        if loses_room and _with_room(state, team, reserve.most) <= reserve.agents:
            return False
    return True


@compiled
def _with_room(state: State, team: Team, most: int) -> int:
    """Agents on duty with at most *most* units in use."""
    count = 0
    for number in range(team.first_agent, team.first_agent + team.n_agents):
        agent = agent_at(state.agents, number)
        count += agent.duty == ON and agent.used <= most
    return count
