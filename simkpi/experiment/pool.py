"""From KPIs per replication to KPIs with intervals: how each kind of measure pools over replications."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.confidence import percentile_interval
from simkpi.experiment.many import mean_intervals, ratio_intervals, totals

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
    return pool_grid(Grid(scores, replications, by), kinds=kinds, samples=samples, by=by, confidence=confidence)


def pool_grid(
    grid: Grid,
    *,
    kinds: Mapping[str, str],
    samples: Callable[[str], Samples],
    by: Sequence[str] = (),
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Pool figures that stand in matrices already (see :func:`pool`)."""
    replications = grid.replications
    kind_of = np.array([kinds.get(name, "") for name in grid.groups["kpi"]], dtype=object)
    above, below, value = (grid.matrix(column) for column in ("numerator", "denominator", "value"))
    is_ratio = np.isin(kind_of, RATIOS) & ~np.all(np.isnan(below), axis=1)
    is_count = (kind_of == "count") & ~np.all(np.isnan(value), axis=1)
    found = mean_intervals(np.where(is_count[:, None] & np.isnan(value), 0.0, value), confidence=confidence)
    ratios = ratio_intervals(above[is_ratio], below[is_ratio], confidence=confidence)
    for part, own in zip(found, ratios, strict=True):
        part[is_ratio] = own
    shown = {"numerator": np.full(len(value), np.nan), "denominator": np.full(len(value), np.nan)}
    shown["numerator"][is_ratio], shown["denominator"][is_ratio] = (
        totals(np.nan_to_num(part[is_ratio])) for part in (above, below)
    )
    shown["numerator"][is_count], shown["denominator"][is_count] = totals(np.nan_to_num(value[is_count])), float(replications)
    for row in np.flatnonzero((kind_of == "percentile") & ~is_ratio & ~is_count):
        name, *group = grid.groups.row(int(row))[: 1 + len(by)]
        arrays, share = samples(name)
        if 0 < share < 1:  # a day's longest wait (share 1) is a figure of that day
            one = percentile_interval(arrays.get(tuple(group), ()), share, confidence=confidence)
            for part, figure in zip(found, (one.value, one.low, one.high, one.half_width), strict=True):
                part[row] = np.nan if figure is None else figure
    figures = {**dict(zip(("value", "low", "high", "half_width"), found, strict=True)), **shown}
    pooled = grid.groups.with_columns(
        *[pl.Series(name, column, dtype=pl.Float64).fill_nan(None) for name, column in figures.items()],
        pl.lit(replications, dtype=pl.Int64).alias("replications"),
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
    return pooled.select([*order, *[column for column in ("status", "censored") if column in pooled.columns]])


class Grid:
    """A table of figures per replication as matrices: a row a KPI and group, a column a replication.

    Parameters
    ----------
    scores : DataFrame
        As for :func:`pool`.
    replications : int
        Columns.
    by : sequence of str
        Group columns.
    """

    def __init__(self, scores: pl.DataFrame, replications: int, by: Sequence[str]) -> None:
        keys = ["kpi", *by]
        sums = [pl.col(column).sum() for column in ("n", "censored") if column in scores.columns]
        firsts = [pl.col(column).first() for column in ("definition", "unit", "status") if column in scores.columns]
        #: KPI, group columns, rows and words of each row.
        self.groups = scores.group_by(keys, maintain_order=True).agg(firsts + sums)
        numbered = self.groups.select(keys).with_row_index("_row")
        placed = scores.join(numbered, on=keys, how="left", nulls_equal=True, maintain_order="left")
        self._given = placed["replication"].is_not_null()  # what is unavailable has no replications
        kept = placed.filter(self._given)
        self._rows, self._columns = kept["_row"].to_numpy(), kept["replication"].cast(pl.Int64).to_numpy()
        self._scores = scores
        self.replications = replications

    def matrix(self, column: str) -> Floats:
        """One figure of every row and replication; NaN where there is none."""
        found = np.full((len(self.groups), self.replications), np.nan)
        if column in self._scores.columns:
            found[self._rows, self._columns] = self._scores[column].filter(self._given).cast(pl.Float64).to_numpy()
        return found


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
