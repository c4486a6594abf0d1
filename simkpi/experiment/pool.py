"""From KPIs per replication to KPIs with intervals: how each kind of measure pools over replications."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.confidence import percentile_interval
from simkpi.experiment.grids import Grid
from simkpi.experiment.many import Estimates, mean_intervals, picked, totals, without_nan

Floats = NDArray[np.float64]
#: The contacts' figures behind a percentile: (group key values) -> one array per replication, and the share.
Samples = tuple[Mapping[tuple[Any, ...], Sequence[Floats]], float]

#: Figures over all replications.
POOLED = ("value", "low", "high", "half_width", "numerator", "denominator")
#: Columns of a table before and after the group columns, and those that not every table has.
_ORDER = (
    ("kpi",),
    ("value", "low", "high", "half_width", "unit", "n", "replications", "numerator", "denominator", "definition"),
)
_SELDOM = ("status", "censored")


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
    grid = Grid.of_table(scores, replications, by)

    def percentiles(label: str) -> Estimates | None:
        arrays, share = samples(label)
        if not 0 < share < 1:  # a day's longest wait (share 1) is a figure of that day
            return None
        groups = grid.groups.filter(pl.col("kpi") == label).select(by).rows() if by else [()]
        found = [percentile_interval(arrays.get(group, ()), share, confidence=confidence) for group in groups]
        parts = ("value", "low", "high", "half_width")
        return Estimates(*(np.array([getattr(one, part) for one in found], dtype=float) for part in parts))

    return pool_grid(grid, kinds=kinds, percentiles=percentiles, by=by, confidence=confidence)


def pool_grid(
    grid: Grid,
    *,
    kinds: Mapping[str, str],
    percentiles: Callable[[str], Estimates | None],
    by: Sequence[str] = (),
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Pool figures that stand in matrices already (see :func:`pool`); *percentiles* as for :func:`pooled_columns`."""
    figures = pooled_columns(grid, kinds=kinds, percentiles=percentiles, confidence=confidence)
    return pooled_table(grid.groups, figures, replications=grid.replications, by=by)


def pooled_columns(
    grid: Grid, *, kinds: Mapping[str, str], percentiles: Callable[[str], Estimates | None], confidence: float
) -> dict[str, Floats]:
    """Return the figures of the grid's rows over all replications: ``value, low, high, half_width, numerator, denominator``.

    Parameters
    ----------
    percentiles : callable
        KPI of kind ``percentile`` -> its figures, one for each of its rows; None if they are to be means of the replications'.

    Returns
    -------
    dict of str to ndarray, shape (n_rows,)
        NaN = null.
    """
    value, (is_ratio, ratios) = grid.matrix("value"), grid.ratios(kinds)
    nothing = np.isnan(value)
    is_count = grid.rows_of(kinds, ("count",)) & ~np.all(nothing, axis=1)
    found = Estimates(*(np.full(len(value), np.nan) for _ in Estimates._fields))
    lacking = is_count[:, None] & nothing
    means = mean_intervals(picked(np.where(lacking, 0.0, value) if lacking.any() else value, ~is_ratio), confidence=confidence)
    for part, of_means, of_ratios in zip(found, means, ratios.estimates(confidence=confidence), strict=True):
        part[~is_ratio], part[is_ratio] = of_means, of_ratios
    numerator, denominator = np.full(len(value), np.nan), np.full(len(value), np.nan)
    numerator[is_ratio], denominator[is_ratio] = ratios.totals
    numerator[is_count], denominator[is_count] = totals(without_nan(picked(value, is_count))), float(grid.replications)
    for number, name in enumerate(grid.kpis):
        estimates = percentiles(name) if kinds.get(name) == "percentile" else None
        if estimates is not None:
            rows = grid.kpi_of == number
            for part, own in zip(found, estimates, strict=True):
                part[rows] = own
    return dict(zip(POOLED, (*found, numerator, denominator), strict=True))


def pooled_table(
    groups: pl.DataFrame, figures: Mapping[str, Floats], *, replications: int, by: Sequence[str] = ()
) -> pl.DataFrame:
    """Put KPIs and their figures together in the columns of :func:`pool`."""
    pooled = groups.with_columns(
        *[pl.Series(name, column, dtype=pl.Float64, nan_to_null=True) for name, column in figures.items()],
        pl.lit(replications, dtype=pl.Int64).alias("replications"),
    )
    if "status" in pooled.columns:  # a replication may have a figure where the first one has none
        defined = pl.when(pl.col("value").is_null()).then(pl.lit("undefined")).otherwise(pl.lit("ok"))
        is_seen = pl.col("status").is_in(["ok", "undefined"])
        pooled = pooled.with_columns(pl.when(is_seen).then(defined).otherwise(pl.col("status")).alias("status"))
    return pooled.select([*_ORDER[0], *by, *_ORDER[1], *[column for column in _SELDOM if column in pooled.columns]])


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
    return table.select([*_ORDER[0], *by, *_ORDER[1], *[column for column in _SELDOM if column in table.columns]])
