"""What exports of cloud systems have in common: text cells, moments in UTC, fields that are only there when filled."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from simkpi.interactions.cells import read_cells
from simkpi.interactions.columns import Column
from simkpi.interactions.reading import Reading

_UTC = pl.Datetime("ms", "UTC")


def take(frame: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Only the columns called *names*, as text; those that the export lacks are null."""
    present = frame.columns
    return frame.select(pl.col(n).cast(pl.String) if n in present else pl.lit(None, dtype=pl.String).alias(n) for n in names)


def utc(name: str) -> pl.Expr:
    """Moments of a text column (ISO, or seconds since 1970) in UTC; the log's reading then turns them into its own clock."""
    return pl.col(name).map_batches(_utc, return_dtype=_UTC, is_elementwise=True)


def seconds(name: str, unit: float = 1.0) -> pl.Expr:
    """Durations of a text column of numbers, each *unit* seconds."""
    return pl.col(name).cast(pl.Float64, strict=False) * unit


def count(name: str) -> pl.Expr:
    """Whole numbers of a text column."""
    return pl.col(name).cast(pl.Float64, strict=False).cast(pl.Int64)


def later(moment: pl.Expr, length: pl.Expr) -> pl.Expr:
    """Moment plus a duration in seconds."""
    return moment + pl.duration(milliseconds=(length * 1000).round().cast(pl.Int64))


def _utc(cells: pl.Series) -> pl.Series:
    return read_cells(cells, Column("moment", ""), Reading()).dt.replace_time_zone("UTC")
