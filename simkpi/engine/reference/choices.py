"""The router's tables: which contact types of which teams are looked at together, from either side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simkpi.engine.reference.teams import Team
from simkpi.engine.team_plan import SkillPlan


@dataclass(frozen=True)
class Choice:
    """One contact type of one team, as the router looks at it from either side."""

    team: Team
    skill: SkillPlan
    #: Position of ``skill.after`` among the type's overflow waits, from 1; 0 = at once.
    stage: int
    #: Units in use at which an agent of the team has room for a contact of the type.
    levels: range
    #: ``skill.contact_type`` and ``skill.weight``, at hand.
    contact_type: int
    weight: int


def all_choices(teams: list[Team], overflow_waits: list[tuple[int, ...]]) -> list[Choice]:
    """Return each contact type of each team; *overflow_waits* by contact type, increasing, without 0."""
    return [
        Choice(
            team,
            skill,
            stage=overflow_waits[skill.contact_type].index(skill.after) + 1 if skill.after else 0,
            levels=range(team.capacity - skill.weight + 1),
            contact_type=skill.contact_type,
            weight=skill.weight,
        )
        for team in teams
        for skill in team.plan.skills
    ]


def asked(choices: list[Choice], contact_type: int, stage: int) -> list[list[Choice]]:
    """Return whom a contact asks at *stage*: groups of equal preference, lowest first."""
    mine = [choice for choice in choices if choice.skill.contact_type == contact_type and choice.stage == stage]
    return _grouped(mine, lambda choice: choice.skill.preference)


def wanted(choices: list[Choice], team: Team) -> list[list[Choice]]:
    """Return what a freed agent of *team* looks for: groups of equal order, lowest first, work in the background last."""
    mine = [choice for choice in choices if choice.team is team]
    return _grouped(mine, lambda choice: (choice.skill.background, choice.skill.order))


def _grouped(choices: list[Choice], rank: Callable[[Choice], Any]) -> list[list[Choice]]:
    """Choices in groups of equal *rank*, lowest first."""
    return [[choice for choice in choices if rank(choice) == each] for each in sorted({rank(choice) for choice in choices})]
