"""What staff costs: every planning command asks here, so that a team's own rate counts everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from simkpi.planning.head_counts import Cell, Counts
from simkpi.scenario import pay
from simkpi.scenario.heads import heads
from simkpi.scenario.resolve import Scenario


def hour_cost(scenario: Scenario, team: str) -> float:
    """Return the cost of an hour of one of the team's agents, in the scenario's currency."""
    return pay.hour_cost(scenario.spec, team)


def has_costs(scenario: Scenario) -> bool:
    """Whether an agent-hour costs anything."""
    return pay.has_costs(scenario.spec)


def plan_cost(scenario: Scenario, cells: Sequence[Cell], counts: Counts) -> float:
    """Return the cost of head-counts over the horizon."""
    return sum(
        cell.length / 3600 * int(count) * hour_cost(scenario, cell.team) for cell, count in zip(cells, counts, strict=True)
    )


def staff_hours(scenario: Scenario) -> dict[str, float]:
    """Return the agent-hours over the horizon that the scenario's own head-counts make, by team."""
    found = {}
    for name in scenario.spec.teams:
        staffing = heads(scenario.spec, name)
        found[name] = sum(map(sum, staffing.count or ())) * staffing.interval / 3600
    return found


def staff_cost(scenario: Scenario) -> float:
    """Return the cost of the scenario's own head-counts over the horizon."""
    return sum(hours * hour_cost(scenario, team) for team, hours in staff_hours(scenario).items())
