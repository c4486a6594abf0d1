"""The figures of the chart of the day: contacts, agents, load and service level by time of day, for results and for logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.confidence import mean_interval
from simkpi.experiment.result import Result
from simkpi.kpi.score import score

Floats = NDArray[np.float64]

AnyFrame: TypeAlias = "pl.DataFrame | pl.LazyFrame"

COUNTS = ("offered", "answered", "abandoned")
COLUMNS = ("kpi", "interval", "value", "low", "high")
DAY = 86_400.0
#: Columns of the interactions that the offered load is made of.
_CONTACT = ("channel", "contact_type", "arrived_at", "queued_at", "answered_at", "ended_at", "work_time")


def of_result(result: Result, *, interval: float = 1800.0) -> tuple[pl.DataFrame, int]:
    """Table of :func:`simkpi.report.charts.day.day` for a simulation, and how many days it is the mean of.

    Parameters
    ----------
    result : Result
        What was simulated.
    interval : float, seconds
        Length of an interval.

    Returns
    -------
    DataFrame
        Columns ``kpi, interval, value, low, high``; counts, agents and load are means per open day.
    int
        Days with any contact.
    """
    days = _days(result.interactions)
    table = result.kpis([*COUNTS, "service_level"], by=("time_of_day",), interval=interval)
    at_once = {name: _at_once(result, name) for name in result.scenario.spec.contacts}
    parts = [
        _per_day(table.select("kpi", pl.col("time_of_day").alias("interval"), "value", "low", "high"), days),
        *[_goal_level(result, goal, interval) for goal in service_level_goals(result)],
        _load(result.interactions, at_once, replications=result.replications, days=days, interval=interval),
        _agents(result.agent_states, result.horizon, share=result.replications * days, interval=interval),
    ]
    return pl.concat(parts), days


@dataclass(frozen=True)
class ServiceLevelGoal:
    """A goal for the service level of one contact type, as the chart draws it: its own line at its own threshold."""

    contact_type: str
    value: float
    threshold: float

    @property
    def kpi(self) -> str:
        """Name of its rows in the chart's table."""
        return f"service_level:{self.contact_type}"


def service_level_goals(result: Result) -> list[ServiceLevelGoal]:
    """Goals of single contact types; none if one goal is set for all, or if there is but one contact type."""
    spec = result.scenario.spec
    goals = {name: block["service_level"] for name, block in spec.targets.items() if "service_level" in block}
    if "all" in goals or len(spec.contacts) == 1:
        return []
    usual = spec.definitions.threshold
    return [
        ServiceLevelGoal(name, goal.value, usual if goal.within is None else goal.within)
        for name, goal in goals.items()
        if name in spec.contacts
    ]


def _goal_level(result: Result, goal: ServiceLevelGoal, interval: float) -> pl.DataFrame:
    """Service level of one contact type at the threshold of its goal, by time of day."""
    rows = result.kpis(
        ["service_level"],
        by=("time_of_day",),
        interval=interval,
        where=pl.col("contact_type") == goal.contact_type,
        threshold=goal.threshold,
    )
    figures = [pl.col(name).cast(pl.Float64) for name in ("value", "low", "high")]
    return rows.select(pl.lit(goal.kpi).alias("kpi"), pl.col("time_of_day").cast(pl.Float64).alias("interval"), *figures)


def of_log(
    interactions: AnyFrame, agent_states: AnyFrame | None, *, interval: float = 1800.0, **parameters: Any
) -> tuple[pl.DataFrame, int]:
    """Return the same table for a recorded log: no intervals (``low`` and ``high`` are null), no rows if it has no contact."""
    have = interactions.lazy().collect_schema().names()
    contacts = interactions.lazy().select([name for name in _CONTACT if name in have]).collect()
    first, last = contacts["arrived_at"].min(), contacts["arrived_at"].max()
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return pl.DataFrame(schema=_SCHEMA), 0
    days = _days(contacts)
    scores = score(interactions, kpis=[*COUNTS, "service_level"], by=("time_of_day",), interval=interval, **parameters)
    nothing = pl.lit(None, pl.Float64)
    table = scores.select("kpi", pl.col("time_of_day").alias("interval"), "value", nothing.alias("low"), nothing.alias("high"))
    parts = [_per_day(table, days)]
    if {"queued_at", "answered_at"} <= set(have) and {"work_time", "ended_at"} & set(have):
        parts.append(_load(contacts, {}, replications=1, days=days, interval=interval))
    if agent_states is not None:
        horizon = _midnight(first), _midnight(last) + timedelta(days=1)
        parts.append(_agents(agent_states.lazy().collect(), horizon, share=days, interval=interval))
    return pl.concat(parts), days


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _days(interactions: pl.DataFrame) -> int:
    return max(1, interactions["arrived_at"].dt.date().n_unique())


def _per_day(table: pl.DataFrame, days: int) -> pl.DataFrame:
    """Turn counts over the horizon into counts per day."""
    share = pl.when(pl.col("kpi").is_in(COUNTS)).then(days).otherwise(1)
    figures = [(pl.col(name) / share).cast(pl.Float64) for name in ("value", "low", "high")]
    return table.with_columns(pl.col("interval").cast(pl.Float64), *figures).select(COLUMNS)


def _at_once(result: Result, contact_type: str) -> int:
    """How many contacts of the type share an agent: of the team that takes them first."""
    skills = [team.skills[contact_type] for team in result.scenario.spec.teams.values() if contact_type in team.skills]
    first = min(skills, key=lambda skill: (skill.after, skill.preference))
    return first.at_once or 1


def _load(
    interactions: pl.DataFrame, at_once: Mapping[str, int], *, replications: int, days: int, interval: float
) -> pl.DataFrame:
    """Offered load in Erlangs by time of day: contacts that queued, each with the AHT of its type (over its slots)."""
    named = "contact_type" if "contact_type" in interactions.columns else "channel"
    handled = (
        pl.col("work_time")
        if "work_time" in interactions.columns
        else (pl.col("ended_at") - pl.col("answered_at")).dt.total_seconds()
    )
    slots = pl.col(named).replace_strict(dict(at_once), default=1, return_dtype=pl.Float64) if at_once else pl.lit(1.0)
    since_midnight = (pl.col("arrived_at") - pl.col("arrived_at").dt.truncate("1d")).dt.total_milliseconds() / 1000
    world = pl.col("replication") if "replication" in interactions.columns else pl.lit(0)
    counts = (
        interactions.lazy()
        .with_columns(spent=pl.when(pl.col("answered_at").is_not_null()).then((handled * 1000).round().cast(pl.Int64)))
        .with_columns(aht=pl.col("spent").sum().over(named) / pl.col("spent").count().over(named) / 1000, slots=slots)
        .filter(pl.col("queued_at").is_not_null())
        .group_by(world.alias("world"), ((since_midnight // interval) * interval).alias("interval"), pl.col(named).alias("type"))
        .agg(pl.len().alias("contacts"), (pl.col("aht") / pl.col("slots")).first().alias("work"))
        .sort("interval", "world", "type")  # sums in one order, and of whole milliseconds: the same result gives the same bytes
        .collect()
    )
    found: dict[float, NDArray[np.float64]] = {}
    for interval_, number, contacts, work in counts.select("interval", "world", "contacts", "work").iter_rows():
        values = found.setdefault(interval_, np.zeros(replications))
        values[number] += contacts * (0.0 if work is None else work) / (days * interval)
    rows = []
    for interval_, values in found.items():
        estimate = mean_interval(values)
        rows.append(("offered_load", interval_, estimate.value, estimate.low, estimate.high))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _agents(agent_states: pl.DataFrame, horizon: tuple[datetime, datetime], *, share: int, interval: float) -> pl.DataFrame:
    """Mean number of agents on queue by time of day (scheduled ones: not those who finish after their end)."""
    work = agent_states.filter(pl.col("state") == "work")
    start, end = horizon
    begun, left = ((work[column] - start).dt.total_milliseconds().to_numpy() / 1000 for column in ("from_at", "to_at"))
    borders = np.arange(0, (end - start).total_seconds() + interval / 2, interval)
    seconds = np.diff(passed(begun, borders) - passed(left, borders))
    daily = seconds.reshape(-1, round(DAY / interval)).sum(axis=0) / (interval * share)
    # The sums of many moments leave crumbs of 1e-12: round them off, an idle night has no agents at all.
    rows = [("agents", index * interval, round(float(agents), 6), None, None) for index, agents in enumerate(daily)]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def passed(moments: Floats, at: Floats) -> Floats:
    """Return, for each of *at*, the time passed since all *moments* before it, added up."""
    ordered = np.sort(moments)
    totals = np.concatenate([[0.0], np.cumsum(ordered)])
    before = np.searchsorted(ordered, at, side="right")
    return np.asarray(before * at - totals[before], dtype=float)


_SCHEMA = {"kpi": pl.String, "interval": pl.Float64, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64}
