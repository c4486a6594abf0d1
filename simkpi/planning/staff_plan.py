"""A staffing plan: head-counts by formula and by simulation, with the tests that they passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from simkpi.experiment.confidence import Estimate
from simkpi.experiment.result import Result
from simkpi.planning.costs import plan_cost
from simkpi.planning.formula_need import Need, pools_of
from simkpi.planning.goals import Check, Goal, all_shown, check, days_met
from simkpi.planning.head_counts import Cell, Counts, agent_hours, applied
from simkpi.scenario.resolve import Scenario


@dataclass(frozen=True)
class PlanTest:
    """One plan of the sequence and what the test says."""

    counts: Counts
    hours: float
    checks: tuple[Check, ...]

    @property
    def is_shown(self) -> bool:
        """Whether every goal is shown to be met."""
        return all_shown(self.checks)


@dataclass(frozen=True)
class StaffPlan:
    """The answer of :func:`staff`.

    Parameters
    ----------
    scenario : Scenario
        With its own staff.
    cells : tuple of Cell
    goals : tuple of Goal
    alpha : float, fraction
        Probability, at most, that the recommended plan misses a goal.
    current, recommended : ndarray of int, shape (n_cells,)
    formula : tuple of Need
        Per cell.
    tested : tuple of PlanTest
        From above, in the order of the tests; the recommended plan is the last one that passed.
    results : dict
        ``recommended``, ``current``, ``formula``: simulated on the tests' worlds.
    simulated : int
        Replications that were simulated in all.
    """

    scenario: Scenario
    cells: tuple[Cell, ...]
    goals: tuple[Goal, ...]
    alpha: float
    current: Counts
    recommended: Counts
    formula: tuple[Need, ...]
    tested: tuple[PlanTest, ...]
    results: dict[str, Result]
    simulated: int

    @property
    def formula_counts(self) -> Counts:
        """Agents by formula, per cell."""
        return np.array([need.agents for need in self.formula], dtype=np.int64)

    def counts(self, plan: str) -> Counts:
        """Head-counts of ``recommended``, ``current`` or ``formula``."""
        return {"recommended": self.recommended, "current": self.current, "formula": self.formula_counts}[plan]

    def hours(self, plan: str = "recommended") -> float:
        """Agent-hours of a plan over the horizon."""
        return agent_hours(self.cells, self.counts(plan))

    def cost(self, plan: str = "recommended") -> float:
        """Cost of a plan's agents over the horizon, in the scenario's currency."""
        return plan_cost(self.scenario, self.cells, self.counts(plan))

    def checks(self, plan: str = "recommended") -> tuple[Check, ...]:
        """Goals under a plan, tested one-sidedly at level alpha."""
        return check(self.results[plan], self.goals, alpha=self.alpha)

    def days_met(self, plan: str = "recommended") -> Estimate:
        """Probability that one horizon meets every goal."""
        return days_met(self.results[plan], self.goals)

    @property
    def beyond(self) -> PlanTest | None:
        """The first plan that failed its test; None if the leanest one passed too."""
        return next((one for one in self.tested if not one.is_shown), None)

    @property
    def scenario_with_staff(self) -> Scenario:
        """The scenario with the recommended head-counts, ready to be written."""
        return applied(self.scenario, self.cells, self.recommended)

    @cached_property
    def by_cell(self) -> tuple[tuple[Goal | None, Estimate], ...]:
        """Per cell: the goal that its contacts have, and the simulated figure with the recommended staff."""
        found: list[tuple[Goal | None, Estimate]] = [(None, Estimate(None))] * len(self.cells)
        for team in dict.fromkeys(cell.team for cell in self.cells):
            goal = self._goal_of(team)
            if goal is None:
                continue
            for index, estimate in _by_cell(self.results["recommended"], self.cells, team, goal).items():
                found[index] = (goal, estimate)
        return tuple(found)

    def _goal_of(self, team: str) -> Goal | None:
        """First goal, a service level if there is one, of the contact types that the team takes first."""
        own = {name for pool in pools_of(self.scenario) if pool.team == team for name in pool.contacts}
        own = own or set(self.scenario.spec.teams[team].skills)
        concerned = [goal for goal in self.goals if any(goal.concerns(self.scenario, name) for name in own)]
        concerned = [goal for goal in concerned if goal.kpi != "occupancy"]
        return next((goal for goal in concerned if goal.kpi == "service_level"), concerned[0] if concerned else None)


def _by_cell(result: Result, cells: Sequence[Cell], team: str, goal: Goal) -> dict[int, Estimate]:
    """Index of the cell -> the goal's figure of the contacts that arrived in it."""
    own = [(index, cell) for index, cell in enumerate(cells) if cell.team == team]
    starts = np.array([cell.since for _, cell in own])
    midnight = np.datetime64(result.scenario.start, "ms")
    since = (result.interactions["arrived_at"].to_numpy() - midnight).astype("timedelta64[ms]").astype(np.int64) / 1000
    place = np.searchsorted(starts, since, side="right") - 1
    ends = starts + np.array([cell.length for _, cell in own])
    inside = (place >= 0) & (since < ends[np.maximum(place, 0)])
    labels = np.where(inside, np.array([index for index, _ in own])[np.maximum(place, 0)], -1)
    marked = Result(
        result.scenario,
        seed=result.seed,
        replications=result.replications,
        engine=result.engine,
        interactions=result.interactions.with_columns(pl.Series("planning_cell", labels)).filter(pl.col("planning_cell") >= 0),
        agent_states=result.agent_states,
        legs=result.legs,
    )
    table = marked.kpis([goal.kpi], by="planning_cell", where=goal.where(result.scenario), **goal.parameters)
    return {
        int(row["planning_cell"]): Estimate(row["value"], row["low"], row["high"], row["half_width"], result.replications)
        for row in table.iter_rows(named=True)
    }
