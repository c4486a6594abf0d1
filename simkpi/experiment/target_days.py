"""What stored scenarios make of their targets: from the figures that cells keep for every target, replication by replication."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from simkpi.experiment.days import days_met
from simkpi.experiment.grids import RATIOS
from simkpi.experiment.many import mean_intervals, ratio_intervals
from simkpi.experiment.scores import TARGETS, Scores
from simkpi.experiment.verdicts import Verdict, direction_of, judge
from simkpi.kpi.measure import KPIS
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Target

#: Stands in the column ``contact`` where all targets have to be met at once.
EVERY = "every target"
_PARTS = ("value", "numerator", "denominator")
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
    for contact, kpi, target, rows in _watched(scores, scenario):
        values = rows["value"].to_list()
        goal = (target.value, direction_of(kpi, target))
        lines.append((contact, kpi, *goal, target.within, *_shares([values], [goal], confidence)))
        figures.append(values)
        goals.append(goal)
    if len(goals) > 1:
        lines.append((EVERY, None, None, None, None, *_shares(figures, goals, confidence)))
    numbers = dict.fromkeys(("within", *_SHARES), pl.Float64())
    schema = {"contact": pl.String(), "kpi": pl.String(), "goal": pl.Float64(), "direction": pl.String(), **numbers}
    return pl.DataFrame(lines, schema=schema, orient="row")


def judged(scores: Scores, scenario: Scenario, *, confidence: float = 0.95) -> tuple[Verdict, ...]:
    """Judge the targets of a stored scenario that its figures watch, as :func:`simkpi.experiment.verdicts.verdicts` does a log.

    Parameters
    ----------
    scores : Scores
        The scenario's figures.
    scenario : Scenario
        Whose targets.
    confidence : float, fraction
        Coverage of the intervals.

    Notes
    -----
    Shares and means pool over all contacts. A percentile is the mean of the replications' own, since their contacts are not
    kept: not quite the percentile of all contacts together.
    """
    return tuple(_judge(*one, confidence) for one in _watched(scores, scenario))


def _judge(contact: str, name: str, target: Target, rows: pl.DataFrame, confidence: float) -> Verdict:
    kpi, direction = KPIS.get(name), direction_of(name, target)
    value, above, below = (rows[column].cast(pl.Float64).fill_null(np.nan).to_numpy() for column in _PARTS)
    is_ratio = kpi.kind in RATIOS and not np.all(np.isnan(below))
    if is_ratio:
        found = ratio_intervals(above[None], below[None], confidence=confidence)
    else:
        found = mean_intervals((np.nan_to_num(value) if kpi.kind == "count" else value)[None], confidence=confidence)
    figure, low, high, half_width = (None if np.isnan(column[0]) else float(column[0]) for column in found)
    verdict = judge(target.value, direction, value=figure, low=low, high=high)
    met = days_met([rows["value"].to_list()], [(target.value, direction)], confidence=confidence)
    goal = (contact, kpi.name, target.value, direction, target.within)
    return Verdict(*goal, figure, low, high, half_width, kpi.unit, verdict, met)


def _watched(scores: Scores, scenario: Scenario) -> Iterator[tuple[str, str, Target, pl.DataFrame]]:
    """Yield each target that is watched, with its figures: a row for every replication, in order."""
    table = scores.tables.get(TARGETS)
    for contact, goals in scenario.spec.targets.items():
        for kpi, target in goals.items():
            watch = (contact, kpi, target.within)
            if table is None or watch not in scores.scoring.watched:
                continue
            own = table.filter(pl.col("target") == scores.scoring.watched.index(watch))
            every = pl.DataFrame({"replication": pl.Series(range(scores.replications), dtype=own["replication"].dtype)})
            yield contact, kpi, target, every.join(own, on="replication", how="left", maintain_order="left")


def _shares(figures: Any, goals: Any, confidence: float) -> tuple[float | None, float | None, float | None]:
    met = days_met(figures, goals, confidence=confidence)
    return met.value, met.low, met.high
