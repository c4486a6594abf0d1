"""How many agent-hours a world needs to meet the targets, so finely that two worlds can be told apart on the same customers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.experiment.confidence import Estimate, mean_interval, pseudo_values
from simkpi.experiment.result import Result
from simkpi.planning.formula_need import needs, pools_of
from simkpi.planning.goals import Check, Goal, check
from simkpi.planning.head_counts import Cell, Counts, agent_hours, cells_of, staffed
from simkpi.planning.trials import Trials
from simkpi.scenario.resolve import Scenario

Floats = NDArray[np.float64]
#: The load that is just carried is found to this part.
PRECISION = 1.01
_STEP = 1.06
_MOST = 30.0


@dataclass(frozen=True)
class HoursNeeded:
    """The answer for one world.

    Parameters
    ----------
    per_replication : ndarray, shape (n_replications,), hours
        Agent-hours needed over the horizon; their mean is the answer, their spread its error.
    counts : ndarray of int, shape (n_cells,)
        Leanest plan of whole agents that meets the targets.
    plan_hours : float
        Agent-hours of that plan.
    agents : int
        Most agents of that plan on duty at once.
    result : Result
        That plan, simulated.
    checks : tuple of Check
        Its goals.
    binding : Goal or None
        The goal that decides; None if none does.
    """

    per_replication: Floats
    counts: Counts
    plan_hours: float
    agents: int
    result: Result
    checks: tuple[Check, ...]
    binding: Goal | None

    @property
    def hours(self) -> Estimate:
        """Agent-hours needed, with the interval over replications."""
        return mean_interval(self.per_replication)


@dataclass(frozen=True)
class _Try:
    factor: float
    counts: Counts
    hours: float
    checks: tuple[Check, ...]
    result: Result

    @property
    def margin(self) -> float:
        return min((one.margin for one in self.checks if math.isfinite(one.margin)), default=math.inf)


class HoursSearch:
    """Finds the hours that worlds need; all worlds have the same teams and planning cells.

    Parameters
    ----------
    scenario : Scenario
        With the teams.
    goals : sequence of Goal
    trials : Trials
        The customers.
    interval : float or None, seconds
        As for :func:`simkpi.planning.head_counts.cells_of`.

    Notes
    -----
    Plans lie on a line: each team's head-count in each cell is ``load * f + b * sqrt(load * f)``, rounded up, with b from the
    formula for the world and the load as it was simulated (returns and redials included). First all teams are scaled alike
    until the targets are met, then each team alone, by a secant search on common random numbers. Between a team's last two
    plans, one agent or at most 1 % of load apart, its hours are interpolated; their error follows from the pseudo-values of
    the target that decides, over its slope in the hours.

    Source: square-root staffing: Halfin and Whitt, Operations Research 29 (1981); error of a root by the delta method: Chen
    and Schmeiser, IIE Transactions 33 (2001).
    """

    def __init__(self, scenario: Scenario, goals: Sequence[Goal], trials: Trials, *, interval: float | None = None) -> None:
        self.cells, self.current = cells_of(scenario, interval)
        self.goals = tuple(goals)
        self.trials = trials
        self._factors = dict.fromkeys((cell.team for cell in self.cells), 1.0)

    def drop_unreachable(self, world: Scenario) -> tuple[Goal, ...]:
        """Leave out goals that no number of agents meets in *world*, and return them."""
        line = _Line(self, world)
        plenty = self._try(world, line, dict.fromkeys(self._factors, 4.0), plus=10)
        lost = tuple(one.goal for one in plenty.checks if one.margin < 0)
        self.goals = tuple(goal for goal in self.goals if goal not in lost)
        if not self.goals:
            raise InputError(
                f"unreachable: {'; '.join(f'{goal}' for goal in lost)}: no number of agents meets any target; ask for less"
            )
        return lost

    def find(self, world: Scenario) -> HoursNeeded:
        """Return the agent-hours that *world* needs."""
        line = _Line(self, world)
        line.observe(self._try(world, line, {team: 1.1 * factor for team, factor in self._factors.items()}).result)
        factors, good = self._all_teams(world, line)
        total, binding = np.zeros(self.trials.replications), None
        for team in factors:
            tries = self._one_team(world, line, factors, team, good)
            bad, good = tries[:2]
            factors[team] = good.factor
            hours, decides = _crossing(bad, good, self.goals)
            total += _hours_of(self.cells, good.counts, team) - (good.hours - hours)
            if decides is not None:
                total += _error(decides, good, tries, hours)
                binding = binding or decides
        self._factors = factors
        return HoursNeeded(
            total, good.counts, good.hours, most_on_duty(self.cells, good.counts), good.result, good.checks, binding
        )

    def _all_teams(self, world: Scenario, line: _Line) -> tuple[dict[str, float], _Try]:
        """Scale all teams alike until the targets are met, roughly."""

        def at(factor: float) -> _Try:
            one = self._try(world, line, {team: each * factor for team, each in self._factors.items()})
            return replace(one, factor=factor)

        first = at(1.0)
        good = first if first.margin >= 0 else self._bracket(at, first, 3 * (PRECISION - 1) + 1)[1]
        return {team: each * good.factor for team, each in self._factors.items()}, good

    def _one_team(self, world: Scenario, line: _Line, factors: dict[str, float], team: str, good: _Try) -> list[_Try]:
        """Take agents off one team until the targets are just met."""

        def at(factor: float) -> _Try:
            return replace(self._try(world, line, {**factors, team: factor}), factor=factor)

        return self._bracket(at, replace(good, factor=factors[team]), PRECISION)

    @staticmethod
    def _bracket(at: Callable[[float], _Try], first: _Try, precision: float) -> list[_Try]:
        """Last plan that misses and first that meets the targets, then all others that were tried."""
        tried = [first]
        up, step = first.margin < 0, _STEP
        while (tried[-1].margin < 0) == up and tried[-1].factor > 1 / _MOST:
            factor = tried[-1].factor * (step if up else 1 / step)
            if factor > _MOST:
                raise InputError(f"unreachable: the targets are not met even with {tried[-1].hours:,.0f} agent-hours")
            tried.append(at(factor))
            step **= 1.5
        bad, good = tried[-2:] if up else tried[:-3:-1]
        while good.factor / bad.factor > precision and not _are_neighbours(bad, good):
            share = -bad.margin / (good.margin - bad.margin) if math.isfinite(bad.margin) else 0.5
            one = at(bad.factor + (good.factor - bad.factor) * min(0.8, max(0.2, share)))
            tried.append(one)
            bad, good = (bad, one) if one.margin >= 0 else (one, good)
        return [bad, good, *(one for one in tried if one is not bad and one is not good)]

    def _try(self, world: Scenario, line: _Line, factors: dict[str, float], *, plus: int = 0) -> _Try:
        counts = line.plan(factors) + plus
        key = counts.tobytes()
        if key not in line.known:
            result = self.trials.run(staffed(world, self.cells, counts))
            checks = check(result, self.goals, alpha=0.025)
            line.known[key] = _Try(1.0, counts, agent_hours(self.cells, counts), checks, result)
        return line.known[key]


def _are_neighbours(bad: _Try, good: _Try) -> bool:
    """Whether no plan lies between two: they differ by at most one agent in each cell, all at once or not at all."""
    return int(np.abs(good.counts - bad.counts).sum()) <= 1 or np.array_equal(good.counts, bad.counts)


def _hours_of(cells: Sequence[Cell], counts: Counts, team: str) -> float:
    return agent_hours(cells, np.array([count if cell.team == team else 0 for cell, count in zip(cells, counts, strict=True)]))


class _Line:
    """The plans of one world, by the load that they are made for."""

    def __init__(self, search: HoursSearch, world: Scenario) -> None:
        self.cells = search.cells
        self.pools = pools_of(world)
        found = needs(self.pools, search.goals, search.cells)
        self.load = np.array([need.load for need in found])
        agents = np.array([need.agents for need in found], dtype=float)
        self.extra = (agents - self.load) / np.sqrt(np.maximum(self.load, 1e-9))
        self.fixed = np.where(self.load > 0, 0, search.current)
        self.ratio = np.ones(len(self.cells))
        self.known: dict[bytes, _Try] = {}

    def plan(self, factors: dict[str, float]) -> Counts:
        load = self.load * self.ratio * np.array([factors[cell.team] for cell in self.cells])
        agents = np.ceil(load + self.extra * np.sqrt(load) - 1e-9)
        counts: Counts = np.maximum(np.maximum(agents, 1) * (self.load > 0), self.fixed).astype(np.int64)
        return counts

    def observe(self, result: Result) -> None:
        """Take the load as it was simulated, returns, redials and all."""
        work = dict(result.interactions.group_by("contact_type").agg(pl.col("work_time").sum()).iter_rows())
        for team in {cell.team for cell in self.cells}:
            own = np.array([cell.team == team for cell in self.cells])
            length = np.array([cell.length for cell in self.cells])
            formula = float((self.load * length)[own].sum())
            seen = sum(
                (work.get(name) or 0.0) * pool.share / pool.queue.servers
                for pool in self.pools
                if pool.team == team
                for name in pool.contacts
            )
            if formula > 0 and seen > 0:
                self.ratio[own] = seen / result.replications / formula


def most_on_duty(cells: Sequence[Cell], counts: Counts) -> int:
    """Most agents on duty at once."""
    moments = sorted({cell.since for cell in cells})
    return max(
        sum(int(count) for cell, count in zip(cells, counts, strict=True) if cell.since <= moment < cell.since + cell.length)
        for moment in moments
    )


def _crossing(bad: _Try, good: _Try, goals: Sequence[Goal]) -> tuple[float, Goal | None]:
    """Hours at which the last goal is met, on straight lines between two plans, and that goal."""
    best, binding = bad.hours, None
    for goal, low, high in zip(goals, bad.checks, good.checks, strict=True):
        if low.margin >= 0 or high.margin == low.margin or not math.isfinite(low.margin):
            continue
        hours = bad.hours + (good.hours - bad.hours) * -low.margin / (high.margin - low.margin)
        if hours >= best:
            best, binding = hours, goal
    return best, binding


def _error(goal: Goal, good: _Try, tries: Sequence[_Try], hours: float) -> Floats:
    """Deviation of the hours needed, one per replication: the goal's pseudo-values over its slope in the hours."""
    none = np.zeros(good.result.replications)
    near = [one for one in tries if abs(one.hours / hours - 1) < 0.2]
    near = near if len(near) > 1 else list(tries[:2])  # few agents: neighbours are far apart
    points = np.array([[one.hours, _value(one, goal)] for one in near])
    points = points[~np.isnan(points[:, 1])]
    if len(points) < 2 or np.ptp(points[:, 0]) == 0:
        return none
    slope = float(np.polyfit(points[:, 0], points[:, 1], 1)[0])
    if slope * goal.sign <= 0:
        return none
    samples = replication_values(goal, good.result)
    return np.asarray(-(samples - samples.mean()) / slope)


def _value(one: _Try, goal: Goal) -> float:
    value = next(each.estimate.value for each in one.checks if each.goal == goal)
    return math.nan if value is None else value


def replication_values(goal: Goal, result: Result) -> Floats:
    """One number per replication whose spread is the error of the goal's figure (pseudo-values of a ratio of sums)."""
    table = result.kpis([goal.kpi], by="replication", where=goal.where(result.scenario), **goal.parameters)
    above, below = np.zeros(result.replications), np.zeros(result.replications)
    values = np.full(result.replications, np.nan)
    for number, value, top, bottom in table.select("replication", "value", "numerator", "denominator").iter_rows():
        above[number], below[number] = top or 0.0, bottom or 0.0
        values[number] = math.nan if value is None else value
    pseudo = pseudo_values(above, below) if below.any() else None
    return np.where(np.isnan(values), np.nanmean(values), values) if pseudo is None else pseudo
