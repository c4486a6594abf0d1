"""Targets that a sweep's figures can be held against: those for all contacts, or those that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from simkpi.experiment.verdicts import MET, MISSED, UNSURE, judge
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


def states(table: pl.DataFrame, goals: Sequence[Goal]) -> dict[int, str | None]:
    """Judge all goals together for every scenario of a sweep, by its number: missed if one is, met if all are, else not sure.

    None where there are no goals, or one of them was not scored.
    """
    kept = table.filter(pl.col("kpi").is_in([goal.kpi for goal in goals]))
    figures = {(row["scenario"], row["kpi"]): row for row in kept.iter_rows(named=True)}
    return {number: _state(number, figures, goals) for number in table["scenario"].unique(maintain_order=True)}


def _state(number: int, figures: Mapping[tuple[int, str], Mapping[str, Any]], goals: Sequence[Goal]) -> str | None:
    found = []
    for goal in goals:
        row = figures.get((number, goal.kpi))
        if row is None:
            return None
        found.append(judge(goal.value, goal.direction, value=row["value"], low=row["low"], high=row["high"]))
    if not found:
        return None
    return MISSED if MISSED in found else MET if all(one == MET for one in found) else UNSURE
