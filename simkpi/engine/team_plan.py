"""A team as whole numbers, and how it follows from the scenario."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simkpi.engine.ppm import PPM
from simkpi.engine.rules import reserves_against
from simkpi.errors import InputError, Problem
from simkpi.scenario.crews import Crew
from simkpi.scenario.heads import head_count_changes, scheduled
from simkpi.scenario.rosters import Roster
from simkpi.scenario.spec import Spec
from simkpi.units import to_ticks

#: When a head-count changes, and to what.
Changes = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class SkillPlan:
    """How a team serves one contact type: weight in capacity units, speed in ppm, ticks to wait first, ranks.

    ``reserves``: agents who must be left with room for so many units whenever a contact of the type takes one of those.
    """

    contact_type: int
    weight: int
    speed: int
    after: int
    preference: int
    order: int
    #: Whether it is set aside for live contacts, and the ticks that going on with it costs.
    background: bool = False
    resume: int = 0
    level: int = 1
    reserves: tuple[tuple[int, int], ...] = ()
    resolves: int = PPM


@dataclass(frozen=True)
class TeamPlan:
    """A team as numbers, or those agents of it who are alike (a crew).

    Parameters
    ----------
    name : str
        The team's name in the scenario.
    first_agent : int
        Agents are numbered over all teams; this team has *first_agent* ... *first_agent* + *n_agents* - 1.
    n_agents : int
        Highest head-count, or number of agents with timetables.
    capacity : int
        Capacity units of each agent: the least common multiple of ``at_once`` over the skills.
    slots : int
        Contacts that an agent may handle at once (the highest ``at_once``).
    changes : tuple of (tick, count)
        When the head-count changes, and to what; strictly increasing, starting from 0 agents. With timetables: 1 from the moment
        at which anybody of the team is on shift, 0 when nobody is any more.
    skills : tuple of SkillPlan
        By contact type.
    serves_queue : bool
        Whether agents stay for those who came before the head-count fell to zero.
    agents : tuple of str
        Names of agents with timetables, else empty.
    hands_back : bool
        Whether those told to finish hand deferrable work back.
    """

    name: str
    first_agent: int
    n_agents: int
    capacity: int
    slots: int
    changes: tuple[tuple[int, int], ...]
    skills: tuple[SkillPlan, ...]
    serves_queue: bool
    agents: tuple[str, ...] = ()
    hands_back: bool = False


def team_plan(
    crew: Crew, changes: tuple[tuple[int, int], ...], contact_types: tuple[str, ...], first_agent: int, spec: Spec
) -> TeamPlan:
    """Return a crew as numbers: its head-count changes, its agents from *first_agent* on, its skills by contact type."""
    reserves = [reserve for reserve in spec.routing.reserve if reserve.team == crew.team]
    at_once: dict[str, int] = {}
    for contact_type, skill in crew.skills.items():
        if skill.at_once is None:
            raise InputError(
                Problem("is missing; resolve the scenario first", f"teams.{crew.team}.skills.{contact_type}.at_once")
            )
        at_once[contact_type] = skill.at_once
    capacity = math.lcm(*at_once.values())
    weights = {contact_type: capacity // number for contact_type, number in at_once.items()}
    skills = [
        SkillPlan(
            contact_type=contact_types.index(contact_type),
            weight=weights[contact_type],
            speed=max(1, round(skill.speed * PPM)),
            after=to_ticks(skill.after),
            preference=skill.preference,
            order=skill.order,
            resolves=round(skill.resolves * PPM),
            background=bool(skill.background),
            resume=to_ticks(skill.resume or 0),
            level=skill.level,
            reserves=reserves_against(contact_type, reserves, weights),
        )
        for contact_type, skill in crew.skills.items()
    ]
    return TeamPlan(
        name=crew.team,
        first_agent=first_agent,
        n_agents=len(crew.agents) or max((count for _, count in changes), default=0),
        capacity=capacity,
        slots=max(at_once.values()),
        changes=changes,
        skills=tuple(sorted(skills, key=lambda skill: skill.contact_type)),
        serves_queue=spec.teams[crew.team].at_close == "serve_queue",
        agents=crew.agents,
        hands_back=spec.teams[crew.team].at_close == "hand_back",
    )


def head_counts(
    spec: Spec, crews: Sequence[Crew], number: int, roster: Roster | None, horizon: int
) -> tuple[tuple[int, int], ...]:
    """When the head-count of a crew changes; of agents with timetables, when the team opens and closes."""
    crew = crews[number]
    if crew.agents and roster is not None:
        return roster.openings([other for other, each in enumerate(crews) if each.team == crew.team])
    staffing = spec.teams[crew.team].staffing
    if staffing is None or staffing.count is None:
        raise InputError(Problem("has no head-count table; resolve the scenario first", f"teams.{crew.team}"))
    return head_count_changes(scheduled(spec, crew.team), horizon)
