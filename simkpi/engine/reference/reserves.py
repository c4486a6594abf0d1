"""Agents kept free for some contact types: how many of a team must be left with room when another type takes one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simkpi.demand.rows import NEVER
from simkpi.engine.reference.teams import Duty, Team

if TYPE_CHECKING:
    from simkpi.engine.reference.choices import Choice


def leaves_enough(choice: Choice, used: int) -> bool:
    """Whether a contact of the type may take an agent of the team who has *used* units in use.

    It may not if he has room for a contact that agents are kept for, would no longer have it, and no more agents than are to
    be kept have such room. A team that stays for those who came before it closed keeps nobody.
    """
    team = choice.team
    for agents, weight in choice.skill.reserves:
        most = team.capacity - weight
        if used <= most < used + choice.skill.weight and team.cutoff == NEVER and _with_room(team, most) <= agents:
            return False
    return True


def _with_room(team: Team, most: int) -> int:
    """Agents on duty with at most *most* units in use."""
    return sum(agent.duty is Duty.ON and agent.used <= most for agent in team.agents)
