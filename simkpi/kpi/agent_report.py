"""The agent performance report of the articles: one call, one row an agent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from simkpi.kpi.reading import Frame
from simkpi.kpi.score import score

#: Columns of the report: contacts handled and solved, missed, speed, effort, ratings, time.
COLUMNS = (
    "answered",
    "contacts_per_agent_hour",
    "missed",
    "resolution_rate",
    "fcr",
    "transfer_rate",
    "pickup_time",
    "frt",
    "response_time",
    "talk_time",
    "aht",
    "messages_per_contact",
    "canned_share",
    "positive_ratings",
    "negative_ratings",
    "quality_score",
    "conversion_rate",
    "occupancy",
    "utilization",
    "hours_worked",
)


def agent_report(
    interactions: Frame, *, kpis: Iterable[str] = COLUMNS, period: str | Iterable[str] = (), **options: Any
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return one row per agent (and period), one column per KPI, and why columns are missing.

    Parameters
    ----------
    interactions : DataFrame, LazyFrame or path
        As for :func:`simkpi.kpi.score.score`.
    kpis : iterable of str
        The columns.
    period : str or iterable of str
        ``day``, ``week``, ``month``, or nothing for the whole log.
    **options
        As for :func:`simkpi.kpi.score.score`: ``agent_states``, ``surveys``, ``horizon``, parameters of the KPIs ...

    Returns
    -------
    tuple of DataFrame and dict
        The report, agents in order (contacts that no agent took have no row), and KPI -> what it needs, for those left out.

    Notes
    -----
    A missed contact belongs to the agent it is recorded with: the one it was offered to.
    """
    periods = [period] if isinstance(period, str) else list(period)
    keys = ["agent", *periods]
    wanted = list(kpis)
    table = score(interactions, kpis=wanted, by=keys, **options)
    lacking = table.filter(pl.col("status") == "unavailable")
    missing = {kpi: reason.removeprefix("unavailable: ") for kpi, reason in lacking.select("kpi", "definition").iter_rows()}
    rows = table.filter(pl.col("status") != "unavailable", pl.col("agent").is_not_null())
    report = rows.pivot(on="kpi", index=keys, values="value", aggregate_function="first", sort_columns=False)
    order = [name for name in dict.fromkeys(table["kpi"]) if name in report.columns]
    return report.select(*keys, *order).sort(keys), missing
