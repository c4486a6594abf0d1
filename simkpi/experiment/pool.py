"""From KPIs per replication to KPIs with intervals: how each kind of measure pools over replications."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.confidence import Estimate, mean_interval, percentile_interval, ratio_interval

Floats = NDArray[np.float64]
#: The contacts' figures behind a percentile: (group key values) -> one array per replication, and the share.
Samples = tuple[Mapping[tuple[Any, ...], Sequence[Floats]], float]

#: Kinds whose numerators and denominators add up over replications.
RATIOS = ("ratio", "mean", "share")


def pool(
    scores: pl.DataFrame,
    *,
    replications: int,
    kinds: Mapping[str, str],
    samples: Callable[[str], Samples],
    by: Sequence[str] = (),
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Pool a table of KPIs per replication into one row per KPI and group, with its interval.

    Parameters
    ----------
    scores : DataFrame
        ``kpi, definition, value, numerator, denominator, n, unit``, the group columns and ``replication`` (from 0). A group
        that a replication lacks counts as no contact there.
    replications : int
        How many replications were run.
    kinds : mapping of str to str
        KPI -> kind of its measure (``ratio``, ``mean``, ``share``, ``count``, ``percentile``, ...).
    samples : callable
        KPI -> the samples behind its percentile and the percentile's share; called for kind ``percentile`` only.
    by : sequence of str
        Group columns.
    confidence : float, fraction
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        ``kpi``, the group columns, ``value, low, high, half_width, unit, n, replications, numerator, denominator, definition``
        and, if the scores have them, ``status`` and ``censored``.
        A count is the mean per replication (numerator: the total, denominator: the replications); a ratio is the ratio
        of sums; anything else is the mean of the replications' own figures.
    """
    lists = [column for column in ("replication", "value", "numerator", "denominator") if column in scores.columns]
    sums = [column for column in ("n", "censored") if column in scores.columns]
    firsts = [column for column in ("definition", "unit", "status") if column in scores.columns]
    grouped = scores.group_by(["kpi", *by], maintain_order=True).agg(
        [pl.col(lists)] + [pl.col(column).first() for column in firsts] + [pl.col(column).sum() for column in sums]
    )
    found: dict[str, Samples] = {}
    rows = []
    for row in grouped.iter_rows(named=True):
        name, group = row["kpi"], tuple(row[column] for column in by)
        kind = kinds.get(name, "")
        if kind == "percentile" and name not in found:
            found[name] = samples(name)
        estimate, above, below = _estimate(
            row, group, kind, replications=replications, samples=found.get(name), confidence=confidence
        )
        rows.append((*group, estimate.value, estimate.low, estimate.high, estimate.half_width, above, below))
    figures = ("value", "low", "high", "half_width", "numerator", "denominator")
    pooled = grouped.select("kpi", *by, *sums, *firsts).with_columns(
        *[pl.Series(name, [row[len(by) + index] for row in rows], dtype=pl.Float64) for index, name in enumerate(figures)],
        pl.lit(replications, dtype=pl.Int64).alias("replications"),
    )
    order = ["kpi", *by, *figures[:4], "unit", "n", "replications", *figures[4:], "definition"]
    return pooled.select([*order, *[column for column in ("status", "censored") if column in pooled.columns]])


def alone(scores: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """Give the figures of single replications the columns of :func:`pool`: there is no interval."""
    nothing = pl.lit(None, pl.Float64)
    table = scores.with_columns(
        low=nothing,
        high=nothing,
        half_width=nothing,
        replications=pl.lit(1, dtype=pl.Int64),
        value=pl.col("value").cast(pl.Float64),
    )
    order = [
        "kpi",
        *by,
        "value",
        "low",
        "high",
        "half_width",
        "unit",
        "n",
        "replications",
        "numerator",
        "denominator",
        "definition",
    ]
    return table.select([*order, *[column for column in ("status", "censored") if column in table.columns]])


def _estimate(
    row: dict[str, Any], group: tuple[Any, ...], kind: str, *, replications: int, samples: Samples | None, confidence: float
) -> tuple[Estimate, float | None, float | None]:
    """Pool one KPI of one group; also return what stands above and below the line."""
    where = row["replication"]
    if kind in RATIOS and any(below is not None for below in row["denominator"]):
        above, below = (_spread(row[name], where, replications, 0.0) for name in ("numerator", "denominator"))
        return ratio_interval(above, below, confidence=confidence), math.fsum(above), math.fsum(below)
    if kind == "count" and any(value is not None for value in row["value"]):
        values = _spread(row["value"], where, replications, 0.0)
        return mean_interval(values, confidence=confidence), math.fsum(values), float(replications)
    if samples is not None and 0 < samples[1] < 1:  # a day's longest wait (share 1) is a figure of that day
        arrays, share = samples
        return percentile_interval(arrays.get(group, ()), share, confidence=confidence), None, None
    return mean_interval(_spread(row["value"], where, replications, np.nan), confidence=confidence), None, None


def _spread(values: Sequence[float | None], where: Sequence[int], replications: int, missing: float) -> Floats:
    """One number per replication: *values* at the replications *where*, *missing* elsewhere and for null."""
    spread = np.full(replications, missing)
    for value, replication in zip(values, where, strict=True):
        if value is not None:
            spread[replication] = value
    return spread
