"""Trends: each period against the one before, and where the peaks are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl
from polars import col

from simkpi.errors import InputError
from simkpi.kpi.measure import KPIS
from simkpi.kpi.reading import Frame
from simkpi.kpi.score import Selection, score

PERIODS = ("interval", "day", "week", "month")


def trend(
    interactions: Frame, *, period: str = "day", kpis: Selection = None, by: str | Iterable[str] = (), **options: Any
) -> pl.DataFrame:
    """Score each period and compare it with the period before.

    Parameters
    ----------
    interactions : DataFrame, LazyFrame or path
        As for :func:`simkpi.kpi.score.score`.
    period : str
        ``day``, ``week``, ``month`` or ``interval``.
    kpis, by, **options
        As for :func:`simkpi.kpi.score.score` (companion tables and parameters of the KPIs included).

    Returns
    -------
    DataFrame
        The scored table and ``previous`` (value of the period before), ``change`` (difference), ``relative_change``
        (fraction of the
        previous value), ``trend``: ``better``, ``worse``, ``same``, ``up`` or ``down`` (where neither is good), null
        without a period
        before.

    Raises
    ------
    InputError
        If *period* is none of these.
    """
    if period not in PERIODS:
        raise InputError(f"period: must be one of {', '.join(PERIODS)}, got '{period}'")
    groups = [by] if isinstance(by, str) else list(by)
    table = score(interactions, kpis=kpis, by=[*groups, period], **options)
    better = {label: KPIS.get(label.partition(":")[0]).better for label in table["kpi"].unique()}
    table = table.sort("kpi", *groups, period, maintain_order=True)
    table = table.with_columns(previous=col("value").shift(1).over("kpi", *groups))
    table = table.with_columns(change=col("value") - col("previous"))
    sign = col("change").sign() * col("kpi").replace_strict({label: -1 if way == "lower" else 1 for label, way in better.items()})
    neutral = col("kpi").is_in([label for label, way in better.items() if way == "none"])
    word = (
        pl.when(sign == 0)
        .then(pl.lit("same"))
        .when(sign > 0)
        .then(pl.when(neutral).then(pl.lit("up")).otherwise(pl.lit("better")))
        .when(sign < 0)
        .then(pl.when(neutral).then(pl.lit("down")).otherwise(pl.lit("worse")))
    )
    relative = pl.when(col("previous") != 0).then(col("change") / col("previous"))
    return table.with_columns(relative_change=relative, trend=word)


def peaks(
    interactions: Frame,
    *,
    by: str | Iterable[str] = (),
    kpi: str = "total_contacts",
    interval: float | str = 1800.0,
    **options: Any,
) -> pl.DataFrame:
    """Busiest interval of each group, and how far it stands out.

    Returns
    -------
    DataFrame
        The group keys, ``interval`` (its start; the first one on a tie), ``value`` and ``share`` of the group's total.
    """
    groups = [by] if isinstance(by, str) else list(by)
    table = score(interactions, kpis=[kpi], by=[*groups, "interval"], interval=interval, **options)
    table = table.filter(col("value").is_not_null()).sort("interval")
    top = [
        col("interval").get(col("value").arg_max()),
        col("value").max(),
        (col("value").max() / col("value").sum()).alias("share"),
    ]
    return table.group_by(groups, maintain_order=True).agg(top).sort(groups) if groups else table.select(top)
