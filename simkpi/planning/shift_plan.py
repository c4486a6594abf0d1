"""A plan of shifts: who works when, what it costs, how it was judged."""

from __future__ import annotations

from dataclasses import dataclass

from simkpi.experiment.result import Result
from simkpi.planning.costs import hour_cost
from simkpi.planning.goals import Check, Goal
from simkpi.planning.head_counts import Cell, Counts, agent_hours, applied
from simkpi.planning.shift_cover import Roster
from simkpi.planning.shift_library import Pattern
from simkpi.scenario.resolve import Scenario


@dataclass(frozen=True)
class ShiftPlan:
    """The answer of :func:`plan_shifts`.

    Parameters
    ----------
    scenario : Scenario
        With its own staff.
    goals : tuple of Goal
    alpha : float, fraction
        Probability, at most, that the plan misses a goal.
    need : str
        What had to be covered: ``load``, ``formula`` or ``simulation``.
    patterns : tuple of Pattern
    cells : tuple of Cell
    floor : ndarray of int, shape (n_cells,)
        Agents that had to be on duty in any case.
    roster : Roster
        The shifts.
    checks : tuple of Check
        The test of the roster, on customers that the search never met.
    bound : float
        Paid hours that no roster meeting the search's conditions can go below (before any that a failed test added).
    cuts, checked, softened : int
        Conditions that the simulation added; rosters that meet the targets against which they were checked; how often one had
        to be softened because such a roster broke it (the more, the less *bound* proves).
    result : Result
        The roster simulated.
    simulated : int
        Replications in all.
    """

    scenario: Scenario
    goals: tuple[Goal, ...]
    alpha: float
    need: str
    patterns: tuple[Pattern, ...]
    cells: tuple[Cell, ...]
    floor: Counts
    roster: Roster
    checks: tuple[Check, ...]
    bound: float
    cuts: int
    checked: int
    softened: int
    result: Result
    simulated: int

    @property
    def hours(self) -> float:
        """Paid hours, weighted by pay."""
        return self.roster.hours

    @property
    def gap(self) -> float:
        """Optimality gap: how much of the paid hours might be saved at most, a fraction."""
        return max(0.0, 1 - self.bound / self.hours) if self.hours else 0.0

    @property
    def cost(self) -> float:
        """Cost over the horizon, in the scenario's currency: each team's paid hours at its own rate."""
        return sum(
            way.hours * int(n) * hour_cost(self.scenario, way.team)
            for n, way in zip(self.roster.numbers, self.patterns, strict=True)
            if n
        )

    @property
    def duty_hours(self) -> float:
        """Agent-hours on duty."""
        return agent_hours(self.cells, self.roster.counts)

    @property
    def scenario_with_shifts(self) -> Scenario:
        """The scenario with the roster's head-counts, ready to be written."""
        return applied(self.scenario, self.cells, self.roster.counts)
