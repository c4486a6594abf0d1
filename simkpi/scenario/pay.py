"""What an hour of an agent costs: by team, and in each state."""

from __future__ import annotations

from simkpi.scenario.spec import Spec


def hour_cost(spec: Spec, team: str) -> float:
    """Cost of a paid hour of one of the team's agents, in the scenario's currency."""
    return (spec.costs.teams or {}).get(team, spec.costs.agent_hour)


def has_costs(spec: Spec) -> bool:
    """Whether an agent-hour costs anything."""
    return any(hour_cost(spec, team) for team in spec.teams)
