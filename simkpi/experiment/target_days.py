"""On how many days stored scenarios meet their targets: from the figures that cells keep for every target, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from simkpi.experiment.days import days_met
from simkpi.experiment.scores import TARGETS, Scores
from simkpi.experiment.verdicts import direction_of
from simkpi.scenario.resolve import Scenario

#: Stands in the column ``contact`` where all targets have to be met at once.
EVERY = "every target"
_SHARES = ("replications_met", "replications_met_low", "replications_met_high")


def targets_met(scores: Scores, scenario: Scenario, *, confidence: float = 0.95) -> pl.DataFrame:
    """Say how probable it is that a single horizon meets each target of a scenario, and all of them at once.

    Parameters
    ----------
    scores : Scores
        The scenario's figures; what they do not watch (``Scoring.watching``) is left out.
    scenario : Scenario
        Whose targets.
    confidence : float, fraction
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        ``contact, kpi, goal, direction, within, replications_met, replications_met_low, replications_met_high``; a last row for
        every target at once, if there are several.
    """
    lines, figures, goals = list[tuple[Any, ...]](), [], []
    for contact, kpi, target, values in _watched(scores, scenario):
        goal = (target.value, direction_of(kpi, target))
        lines.append((contact, kpi, *goal, target.within, *_shares([values], [goal], confidence)))
        figures.append(values)
        goals.append(goal)
    if len(goals) > 1:
        lines.append((EVERY, None, None, None, None, *_shares(figures, goals, confidence)))
    numbers = dict.fromkeys(("within", *_SHARES), pl.Float64())
    schema = {"contact": pl.String(), "kpi": pl.String(), "goal": pl.Float64(), "direction": pl.String(), **numbers}
    return pl.DataFrame(lines, schema=schema, orient="row")


def _watched(scores: Scores, scenario: Scenario) -> Iterator[tuple[str, str, Any, list[float | None]]]:
    """Yield each target that is watched, with its figure in every replication."""
    table = scores.tables.get(TARGETS)
    for contact, goals in scenario.spec.targets.items():
        for kpi, target in goals.items():
            watch = (contact, kpi, target.within)
            if table is None or watch not in scores.scoring.watched:
                continue
            rows = table.filter(pl.col("target") == scores.scoring.watched.index(watch))
            found = dict(rows.select("replication", "value").iter_rows())
            yield contact, kpi, target, [found.get(number) for number in range(scores.replications)]


def _shares(figures: Any, goals: Any, confidence: float) -> tuple[float | None, float | None, float | None]:
    met = days_met(figures, goals, confidence=confidence)
    return met.value, met.low, met.high
