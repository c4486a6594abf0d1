"""What one agent more or fewer does: the KPI over each team's head-count, simulated on the same customers and by formula."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from simkpi.experiment.verdicts import MET, verdicts
from simkpi.planning.crosscheck import COMPARED, by_formula
from simkpi.planning.formula_queue import Queue, queues
from simkpi.planning.goals import Goal
from simkpi.planning.head_counts import Cell, Counts, agent_hours, cells_of, staffed
from simkpi.planning.trials import Trials
from simkpi.scenario.resolve import Scenario

#: Agents fewer and more that are tried.
FEWER, MORE = 3, 4
#: Teams that are looked at.
MOST_TEAMS = 5
#: Columns of the table.
SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("team", "contact", "kpi", "unit"), pl.String),
    "change": pl.Int64,
    **dict.fromkeys(("hours", "value", "low", "high", "formula", "goal", "within"), pl.Float64),
    "is_enough": pl.Boolean,
}


@dataclass(frozen=True)
class Lever:
    """What the head-count of each team alone can do.

    Parameters
    ----------
    table : DataFrame
        From :func:`staff_curve`.
    """

    table: pl.DataFrame

    @property
    def fewest(self) -> int:
        """Smallest change tried."""
        return int(self.table["change"].min() or 0)  # type: ignore[arg-type]

    @property
    def most(self) -> int:
        """Largest change tried."""
        return int(self.table["change"].max() or 0)  # type: ignore[arg-type]

    def leanest(self) -> tuple[str, int, float, float] | None:
        """Team, change, its hours then and now, of the leanest plan that meets all targets for sure; None if there is none."""
        now = dict(self.table.filter(pl.col("change") == 0).select("team", "hours").iter_rows())
        enough = [row for row in self.table.filter(pl.col("is_enough")).iter_rows(named=True) if row["team"] in now]
        if not enough:
            return None
        best = min(enough, key=lambda row: (row["hours"] - now[row["team"]], abs(row["change"])))
        return best["team"], best["change"], best["hours"], now[best["team"]]


def staff_curve(
    scenario: Scenario,
    *,
    kpi: str | None = None,
    seed: int | str | None = None,
    replications: int | None = None,
    engine: str = "auto",
) -> pl.DataFrame:
    """Simulate the scenario with some agents fewer and more in each team, all others unchanged.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    kpi : str, optional
        The figure; None: that of the team's first target (a service level before others), else the service level.
    seed, replications, engine : optional
        As for :func:`simkpi.simulate`.

    Returns
    -------
    DataFrame
        Columns of :data:`SCHEMA`. ``change`` agents are added in every interval in which the team works (never below 0);
        ``formula`` is the figure of the queue's Erlang formula with these agents, null where none applies; ``is_enough`` says
        whether every target of the scenario is met for sure.
    """
    run = scenario.spec.run
    cells, counts = cells_of(scenario)
    teams = list(dict.fromkeys(cell.team for cell in cells))[:MOST_TEAMS]
    trials = Trials(
        seed=run.seed if seed is None else seed,
        replications=run.replications if replications is None else replications,
        engine=engine,
        runs=len(teams) * (FEWER + MORE) + 1,
    )
    rows = [row for team in teams for row in _team(scenario, team, cells, counts=counts, trials=trials, kpi=kpi)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _team(
    scenario: Scenario, team: str, cells: tuple[Cell, ...], *, counts: Counts, trials: Trials, kpi: str | None
) -> list[tuple[Any, ...]]:
    goal, has_goal = _goal(scenario, team, kpi)
    own = np.array([cell.team == team for cell in cells]) & (counts > 0)
    least = -min(FEWER, int(counts[own].max(initial=0)))
    rows = []
    for change in range(least, MORE + 1):
        tried = np.where(own, np.maximum(counts + change, 0), counts)
        if not tried.any():
            continue
        variant = staffed(scenario, cells, tried) if change else scenario
        result = trials.run(variant)
        where = goal.where(scenario)
        if where is not None and result.interactions.filter(where).is_empty():
            return []  # contacts that only come by transfer belong to the queue of another type
        found = goal.estimate(result)
        judged = verdicts(result)
        is_enough = bool(judged) and all(one.verdict == MET for one in judged)
        mine = [cell.team == team for cell in cells]
        hours = agent_hours([cell for cell, is_mine in zip(cells, mine, strict=True) if is_mine], tried[np.array(mine)])
        target = (goal.value, goal.within) if has_goal else (None, None)
        formula = _formula(variant, team, goal)
        rows.append(
            (
                team,
                goal.contact,
                goal.kpi,
                goal.unit,
                change,
                hours,
                found.value,
                found.low,
                found.high,
                formula,
                *target,
                is_enough,
            )
        )
    return rows


def _goal(scenario: Scenario, team: str, kpi: str | None) -> tuple[Goal, bool]:
    """Target of the contacts that the team takes first; without one their service level, and no target."""
    skills = scenario.spec.teams[team].skills
    first = min(skills, key=lambda name: (skills[name].after, skills[name].preference))
    names = (first, scenario.spec.contacts[first].channel, "all")
    found = [
        Goal.of(contact, name, target)
        for contact in dict.fromkeys(names)
        for name, target in scenario.spec.targets.get(contact, {}).items()
    ]
    wanted = [goal for goal in found if goal.kpi == kpi] if kpi else sorted(found, key=lambda goal: goal.kpi != "service_level")
    return (wanted[0], True) if wanted else (Goal(first, kpi or "service_level", 0.0, "at_least"), False)


def _formula(scenario: Scenario, team: str, goal: Goal) -> float | None:
    """Figure of the formula for the queue that the goal is about; None where none applies, or its threshold is another one."""
    usual = scenario.spec.definitions.threshold
    if goal.kpi not in COMPARED:
        return None
    if goal.within not in (None, usual):
        definitions = scenario.spec.definitions.model_copy(update={"threshold": goal.within})
        spec = scenario.spec.model_copy(update={"definitions": definitions})
        scenario = replace(scenario, spec=spec)
    for queue in queues(scenario):
        if isinstance(queue, Queue) and queue.team == team and any(goal.concerns(scenario, name) for name in queue.contacts):
            value = by_formula(queue)[1][goal.kpi]
            return value if np.isfinite(value) else None
    return None
