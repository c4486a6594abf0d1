"""Distributions: how long chats are, when callers give up, which outcomes and tags there are; as tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from polars import col

from simkpi.errors import InputError, UnknownName, did_you_mean
from simkpi.kpi.reading import Frame, open_tables
from simkpi.kpi.score import samples

#: Usual upper limits of the classes of times, seconds.
TIME_EDGES = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 1800.0, 3600.0)


def distribution(
    interactions: Frame,
    kpi: str,
    *,
    edges: Sequence[float] = TIME_EDGES,
    by: str | Iterable[str] = (),
    companions: Mapping[str, Frame | None] | None = None,
    **parameters: Any,
) -> pl.DataFrame:
    """Split the single values behind a mean or a percentile into classes.

    Parameters
    ----------
    interactions : DataFrame, LazyFrame or path
        As for :func:`simkpi.kpi.score.score`.
    kpi : str
        For instance ``mean_wait_abandoned`` (when customers give up), ``talk_time`` (length of a chat),
        ``messages_per_contact``.
    edges : sequence of float
        Upper limits of the classes, increasing, in the KPI's unit; a value on a limit belongs to the class below it.
    by, companions, **parameters
        As for :func:`simkpi.kpi.score.samples`.

    Returns
    -------
    DataFrame
        The group keys, ``above`` and ``up_to`` (limits of the class; null = none), ``n``, ``share`` and ``cumulative`` share.

    Raises
    ------
    InputError
        If the limits do not increase, or the KPI has no single values.
    """
    limits = [float(edge) for edge in edges]
    if not limits or limits != sorted(set(limits)) or not all(map(math.isfinite, limits)):
        raise InputError(f"edges: must increase, got {list(edges)}")
    groups = [by] if isinstance(by, str) else list(by)
    values = samples(interactions, kpi, by=by, companions=companions, **parameters)
    classes = pl.DataFrame({"_class": range(len(limits) + 1), "above": [None, *limits], "up_to": [*limits, None]})
    index = pl.lit(pl.Series(limits)).search_sorted(col("sample"), side="left").cast(pl.Int64).alias("_class")
    counts = values.select(*groups, index).group_by(*groups, "_class").agg(n=pl.len().cast(pl.Int64))
    every = values.select(groups).unique().join(classes, how="cross") if groups else classes
    table = every.join(counts, on=[*groups, "_class"], how="left", nulls_equal=True).with_columns(col("n").fill_null(0))
    table = table.sort(*groups, "_class")
    total, running = col("n").sum(), col("n").cum_sum()
    if groups:
        total, running = total.over(groups), running.over(groups)
    known = pl.when(total > 0)
    return table.with_columns(share=known.then(col("n") / total), cumulative=known.then(running / total)).drop("_class")


def mix(interactions: Frame, column: str, *, by: str | Iterable[str] = ()) -> pl.DataFrame:
    """Count the values of a column such as ``outcome``, ``reason``, ``tags``, ``priority``; a contact counts once per tag.

    Returns
    -------
    DataFrame
        The group keys, *column*, ``n`` and ``share`` of the group's contacts (tags: of the contacts, so shares may add up
        to more than 1).

    Raises
    ------
    UnknownName
        If the log has no such column.
    """
    frame = open_tables(interactions, {})["interactions"]
    groups = [by] if isinstance(by, str) else list(by)
    schema = frame.collect_schema()
    for name in (column, *groups):
        if name not in schema:
            raise UnknownName(f"the log has no column '{name}'{did_you_mean(name, schema.names())}")
    total = frame.group_by(groups).agg(_total=pl.len()) if groups else frame.select(_total=pl.len())
    single = frame.explode(column) if isinstance(schema[column], pl.List) else frame
    counts = single.filter(col(column).is_not_null()).group_by(*groups, column).agg(n=pl.len().cast(pl.Int64))
    joined = counts.join(total, on=groups, how="left", nulls_equal=True) if groups else counts.join(total, how="cross")
    table = joined.with_columns(share=col("n") / col("_total")).drop("_total")
    return table.sort(*groups, "n", column, descending=[*([False] * len(groups)), True, False]).collect()
