"""Targets that a sweep's figures can be held against: those for all contacts, or those that are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from simkpi.planning.goals import Goal, read_goal
from simkpi.scenario.resolve import Scenario


def goals_for(scenario: Scenario, wished: Sequence[str] = ()) -> list[Goal]:
    """Goals in words if any are asked for, else the scenario's targets if all of them are for all contacts (or its only type)."""
    if wished:
        return [read_goal(text, scenario) for text in wished]
    spec = scenario.spec
    only = next(iter(spec.contacts)) if len(spec.contacts) == 1 else ""
    if any(block for contact, block in spec.targets.items() if contact not in ("all", only)):
        return []  # figures of all contacts together can not say whether those of one type are met
    named = [(contact, block) for contact, block in spec.targets.items() if block]
    usual = spec.definitions.threshold
    found = [Goal.of(contact, kpi, target) for contact, block in named for kpi, target in block.items()]
    # at another threshold than the one that was scored the figures say nothing about the goal
    return [goal for goal in found if goal.kpi != "service_level" or goal.within in (None, usual)]


def goal_of(scenario: Scenario, kpi: str, wished: Sequence[str] = ()) -> Goal | None:
    """Goal of one KPI; None if there is none."""
    return next((goal for goal in goals_for(scenario, wished) if goal.kpi == kpi), None)
