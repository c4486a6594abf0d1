"""Invitations to visitors of the site: shown while agents have room, and accepted as drawn. Mirrors reference/invitations.py.

The moments are sorted; only the next one is among the events.
"""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.clock import INVITATION, at
from simkpi.engine.compiled.jit import bytes_, compiled, longs, rare, shorts
from simkpi.engine.compiled.records import agent_at, choice_at, stage_at, team_at, type_at
from simkpi.engine.compiled.state import State


@rare
def next_invitation(state: State) -> None:
    """Enter the moment of the next possible invitation, if there is one."""
    if state.next_invitation < state.n_invitations:
        visit = longs(state.invite_order)[state.next_invitation]
        state.next_invitation += 1
        at(state, longs(state.invite_at)[visit], INVITATION, visit)


@rare
def is_shown(state: State, visit: int) -> int:
    """Show the invitation if there is room; return the row of the contact of who accepts, -1 if nobody does."""
    contact_type = shorts(state.visit_type)[visit]
    if free_slots(state, contact_type) < longs(state.invite_free)[contact_type]:
        return -1
    bytes_(state.invited)[visit] = 1
    return longs(state.visit_row)[visit]


@compiled
def free_slots(state: State, number: int) -> int:
    """How many more contacts of the type agents could take at once; 0 while any of them waits."""
    contact_type = type_at(state.types, number)
    if contact_type.waiting > 0:
        return 0
    room, stage = 0, stage_at(state.stages, number)
    for row in range(stage.asks_from, stage.asks_to):
        choice = choice_at(state.asks, row)
        team = team_at(state.teams, choice.team)
        if team.cutoff != NEVER:
            continue
        for place in range(team.first_agent, team.first_agent + team.n_agents):
            agent = agent_at(state.agents, place)
            if agent.level >= 0 and agent.used + choice.weight <= team.capacity:
                room += (team.capacity - agent.used) // choice.weight
    return room
