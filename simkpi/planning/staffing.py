"""How many agents per interval: by formula, then the fewest that a simulation shows to be enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simkpi.errors import InputError, Problem
from simkpi.experiment.result import Result
from simkpi.planning.formula_need import needs, pools_of
from simkpi.planning.goals import Check, Goal, all_shown, check, check_trial, goals_of, refuse_certain
from simkpi.planning.head_counts import Cell, Counts, agent_hours, cells_of, staffed
from simkpi.planning.removals import descend
from simkpi.planning.staff_plan import PlanTest, StaffPlan
from simkpi.planning.trials import Trials
from simkpi.scenario.heads import counted
from simkpi.scenario.resolve import Scenario

#: Replications of the search; the tests use other, independent worlds.
PILOT = 10
#: Number of the search's first world: far from the worlds of the tests, which are those of ``simkpi run``.
PILOT_WORLD = 1_000_000
#: Most plans that are tested one by one.
MOST_TESTS = 24
_GROWTH = 1.06
#: Times the volume at which the search gives up.
_MOST_GROWTH = 20.0
#: Plans above the search's own that are tested before it.
_AMPLER = 2


def staff(
    scenario: Scenario,
    *,
    goals: Sequence[Goal] | None = None,
    alpha: float = 0.01,
    replications: int | None = None,
    seed: int | str | None = None,
    engine: str = "auto",
    interval: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> StaffPlan:
    """Find the fewest agents per team and interval for which a simulation shows that every target is met.

    Parameters
    ----------
    scenario : Scenario
    goals : sequence of Goal, optional
        Default: the scenario's targets.
    alpha : float, fraction
        Probability, at most, that the recommended plan misses a goal.
    replications : int, optional
        Replications of each test. Default: the scenario's.
    seed : int or str, optional
        Default: the scenario's.
    engine : str
    interval : float, optional, seconds
        Length of the planning intervals. Default: each team's own.
    progress : callable, optional
        Called with the number of replications simulated so far.

    Returns
    -------
    StaffPlan

    Raises
    ------
    InputError
        If a goal is unreachable with any number of agents (with the best that is possible), or too few replications are
        asked for to show anything.

    Notes
    -----
    1. *Search*, on worlds of its own: from the formula's need upwards until every goal is met with room, and two steps more; then
       agents are taken away, least missed first (:mod:`simkpi.planning.removals`). The result is a chain of plans, each inside
       the one before.
    2. *Test*, on fresh worlds: down the chain, one-sided at level *alpha* for every goal, to the first plan that fails. As
       the order was fixed before, the probability that any plan passes that misses a goal in truth is at most *alpha*.

    What is shown holds for the whole horizon; figures per interval are estimates.

    Source: fixed-sequence testing: W. Maurer, L. A. Hothorn and W. Lehmacher, Multiple comparisons in drug clinical trials
    and preclinical assays: a-priori ordered hypotheses, in Biometrie in der chemisch-pharmazeutischen Industrie 6, 1995;
    several goals at once: Berger 1982 (:func:`simkpi.planning.goals.check`).
    """
    if not 0 < alpha < 0.5:
        raise InputError(f"alpha: must lie between 0 and 50%, got {alpha:g}")
    wanted = tuple(goals) if goals else goals_of(scenario)
    refuse_certain(wanted)
    count = scenario.spec.run.replications if replications is None else replications
    if count < 2:
        raise InputError(f"replications: needs at least 2 to show anything, got {count}; 10 or more are better")
    world = scenario.spec.run.seed if seed is None else seed
    cells, current = cells_of(scenario, interval)
    base = np.array([0 if need.load else 1 for need in needs(pools_of(scenario), wanted, cells)]) * current
    search = _Search(scenario, wanted, cells, base, alpha)
    pilot = Trials(seed=world, replications=PILOT, first=PILOT_WORLD, engine=engine, runs=50, tell=progress)
    search.refuse_unreachable(pilot)
    *ampler, generous = search.generous(pilot)
    chain = descend(generous, cells, lambda counts: search.judge(pilot, counts), contacts=search.contacts(pilot))
    tell = None if progress is None else lambda done: progress(pilot.simulated + done)
    trials = Trials(seed=world, replications=count, engine=engine, runs=10, tell=tell)
    results: dict[str, Result] = {}

    def test(counts: Counts) -> PlanTest:
        result = trials.run(staffed(scenario, cells, counts))
        one = PlanTest(counts, agent_hours(cells, counts), check(result, wanted, alpha=alpha))
        if one.is_shown:
            results["recommended"] = result
        return one

    tested = from_above([*ampler, *(chain.plans[index] for index in chain.sequence(MOST_TESTS))], test)
    if not tested[0].is_shown:
        raise InputError(_not_shown(tested[0], count))
    best = [one for one in tested if one.is_shown][-1]
    formula = needs(pools_of(scenario), wanted, cells)
    plans = {"current": current, "formula": np.array([need.agents for need in formula], dtype=np.int64)}
    results |= {name: trials.run(staffed(scenario, cells, counts)) for name, counts in plans.items()}
    if counted(scenario.spec) is not scenario.spec:  # shifts, pauses and absence are part of what is now
        results["current"] = trials.run(scenario)
    return StaffPlan(
        scenario,
        cells,
        wanted,
        alpha,
        current,
        best.counts,
        formula,
        tuple(tested),
        results,
        pilot.simulated + trials.simulated,
    )


def from_above(order: Sequence[Counts], test: Callable[[Counts], PlanTest]) -> list[PlanTest]:
    """Test in the given order and stop at the first plan that is not shown to be enough; all tested plans, in order."""
    tested: list[PlanTest] = []
    for counts in order:
        tested.append(test(counts))
        if not tested[-1].is_shown:
            break
    return tested


def _not_shown(first: PlanTest, replications: int) -> str:
    goal = next(one.goal for one in first.checks if not one.is_shown)
    return (
        f"can not be shown with {replications} replications: {goal}, even with {first.hours:,.0f} agent-hours; "
        "ask for more replications (--replications 50) or less confidence (--alpha 10%)"
    )


@dataclass(frozen=True)
class _Search:
    """Plans before any test. *base*: agents that the formula has no opinion on."""

    scenario: Scenario
    goals: tuple[Goal, ...]
    cells: tuple[Cell, ...]
    base: Counts
    alpha: float

    def judge(self, trials: Trials, counts: Counts) -> tuple[Check, ...]:
        """Simulate a plan and test it, more strictly than the tests that follow."""
        return check_trial(trials, staffed(self.scenario, self.cells, counts), self.goals, alpha=self.alpha / 10)

    def contacts(self, trials: Trials) -> float:
        """Contacts that one simulation of a plan handles."""
        volumes = (contact.volume.expected or () for contact in self.scenario.spec.contacts.values())
        return sum(sum(map(sum, rows)) for rows in volumes) * trials.replications

    def plan(self, factor: float) -> Counts:
        """Return the formula's need for *factor* times the volume."""
        found = needs(pools_of(self.scenario), self.goals, self.cells, factor=factor)
        return np.maximum(self.base, np.array([need.agents for need in found], dtype=np.int64))

    def refuse_unreachable(self, trials: Trials) -> None:
        """Simulate far more agents than are needed: what fails then fails always."""
        plenty = 3 * self.plan(1.5) + 10
        failing = [one for one in self.judge(trials, plenty) if one.margin < 0]
        if not failing:
            return
        most = _most(self.cells, plenty)
        raise InputError(
            [
                Problem(f"unreachable: {_best(one)} with {most:,} agents", path=f"targets.{one.goal.contact}.{one.goal.kpi}")
                for one in failing
            ]
        )

    def generous(self, trials: Trials) -> tuple[Counts, ...]:
        """Smallest of ever larger plans that the pilot shows beyond doubt, after the next larger ones, largest first.

        The pilot can be luckier than the tests; where it was, a larger plan is shown instead of none.
        """
        factor, counts = 1.0, self.plan(1.0)
        while factor < _MOST_GROWTH and not all_shown(self.judge(trials, counts)):
            factor, counts = self._larger(factor, counts)
        plans = [counts]
        for _ in range(_AMPLER):
            factor, counts = self._larger(factor, counts)
            plans.append(counts)
        return tuple(reversed(plans))

    def _larger(self, factor: float, counts: Counts) -> tuple[float, Counts]:
        """Return the next larger volume that needs more agents than *counts*, and these."""
        larger = counts
        while factor < _MOST_GROWTH and np.array_equal(larger, counts):
            factor *= _GROWTH
            larger = np.maximum(counts, self.plan(factor))
        return factor, larger


def _best(one: Check) -> str:
    if one.estimate.value is None:
        return f"{one.goal}: no such contact happens, even"
    return f"{one.goal}: best is {one.goal.show(one.estimate.value)}"


def _most(cells: Sequence[Cell], counts: Counts) -> int:
    """Most agents on duty at once."""
    edges = sorted({cell.since for cell in cells})
    return max(
        sum(int(count) for cell, count in zip(cells, counts, strict=True) if cell.since <= edge < cell.since + cell.length)
        for edge in edges
    )
