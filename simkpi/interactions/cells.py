"""Reads the cells of one column, whatever way a source writes moments, durations, numbers and flags, into our types."""

from __future__ import annotations

import functools
from collections.abc import Callable

import polars as pl

from simkpi.errors import InputError
from simkpi.interactions.columns import Column
from simkpi.interactions.moments import read_moments
from simkpi.interactions.reading import Reading, fill_rest, plain_numbers, stripped
from simkpi.units import parse_duration

#: Polars type of each kind of column.
TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "enum": pl.String(),
    "moment": pl.Datetime("ms"),
    "seconds": pl.Float64(),
    "number": pl.Float64(),
    "count": pl.Int64(),
    "flag": pl.Boolean(),
    "texts": pl.List(pl.String()),
}

_TRUE = ("y", "yes", "true", "t", "1", "1.0", "o", "oui", "vrai", "v", "x")
_FALSE = ("n", "no", "false", "f", "0", "0.0", "non", "faux")


def read_cells(cells: pl.Series, column: Column, reading: Reading) -> pl.Series:
    """Cells of one column in our type; what can not be read becomes null (compare with :func:`is_given`)."""
    return _READERS[column.kind](cells, column, reading)


def is_given(column: str, dtype: pl.DataType) -> pl.Expr:
    """Whether a cell holds anything: not null and, for text, not blank."""
    given = pl.col(column).is_not_null()
    if dtype == pl.String:
        return given & (pl.col(column).str.strip_chars() != "")
    return given & pl.col(column).is_not_nan() if dtype.is_float() else given


def as_text(column: str, dtype: pl.DataType) -> pl.Expr:
    """Cells of any type as text, to be shown: durations in seconds, lists of text joined, what can not be printed blank."""
    cell = pl.col(column)
    if isinstance(dtype, pl.Duration):
        return (cell.dt.total_milliseconds() / 1000).cast(pl.String)
    if dtype == pl.List(pl.String):
        return cell.list.join("|")
    if dtype.is_nested() or dtype in {pl.Binary, pl.Object}:
        return pl.lit(None, dtype=pl.String).alias(column)
    return cell.dt.to_string("iso:strict") if dtype.is_temporal() else cell.cast(pl.String)


def read_seconds(cells: pl.Series, column: Column, reading: Reading) -> pl.Series:
    """Durations in seconds from numbers, durations, times of day, ``0:04:30``, ``4m30s`` or ``PT4M30S``."""
    if isinstance(cells.dtype, pl.Duration):
        return cells.dt.total_microseconds() / 1e6
    if cells.dtype == pl.Time:
        return cells.cast(pl.Int64) / 1e9
    if cells.dtype != pl.String:
        return read_numbers(cells, column, reading)
    return fill_rest(read_numbers(cells, column, reading), stripped(cells), _read_durations)


def read_numbers(cells: pl.Series, _column: Column, reading: Reading) -> pl.Series:
    """Finite numbers; a decimal comma is read where it can not be a thousands separator, or where *reading* says so."""
    if cells.dtype == pl.String:
        text = stripped(cells)
        return fill_rest(plain_numbers(text), text, functools.partial(_read_comma_numbers, decimal=reading.decimal))
    if cells.dtype.is_numeric() or cells.dtype == pl.Boolean:
        values = cells.cast(pl.Float64)
        return values.set(~values.is_finite(), None)
    return pl.Series(cells.name, [None] * len(cells), dtype=pl.Float64)


def read_counts(cells: pl.Series, column: Column, reading: Reading) -> pl.Series:
    """Whole numbers of 0 and more."""
    values = read_numbers(cells, column, reading)
    return values.set((values < 0) | (values != values.floor()) | (values > 2**53), None).cast(pl.Int64)


def read_flags(cells: pl.Series, _column: Column, _reading: Reading) -> pl.Series:
    """Read true and false from Y/N, yes/no, true/false, oui/non, vrai/faux, 1/0."""
    if cells.dtype == pl.Boolean:
        return cells
    words = cells.cast(pl.String).str.strip_chars().str.to_lowercase()
    frame = pl.DataFrame({"words": words})
    flag = pl.when(pl.col("words").is_in(_TRUE)).then(pl.lit(True)).when(pl.col("words").is_in(_FALSE)).then(pl.lit(False))
    return frame.select(flag.alias(cells.name)).to_series()


def read_text(cells: pl.Series, _column: Column, _reading: Reading) -> pl.Series:
    """Text without blanks at its ends; blank is null; whole floats lose their ``.0`` (a spreadsheet writes 7 as 7.0).

    An apostrophe that guards against formulas (``'=A1``) is taken off.
    """
    if cells.dtype.is_float():
        values = cells.set(~cells.is_finite(), None)
        whole = values.cast(pl.Int64, strict=False)
        frame = pl.DataFrame({"value": values, "whole": whole})
        text = (
            pl.when(pl.col("value") == pl.col("whole"))
            .then(pl.col("whole").cast(pl.String))
            .otherwise(pl.col("value").cast(pl.String))
        )
        return frame.select(text.alias(cells.name)).to_series()
    if isinstance(cells.dtype, pl.List):
        return cells.cast(pl.List(pl.String)).list.join("|")
    return stripped(cells.cast(pl.String).str.replace(r"^'([=+\-@\t\r])", "$1"))


def read_enum(cells: pl.Series, column: Column, reading: Reading) -> pl.Series:
    """One of the column's values; case, blanks and hyphens do not matter."""
    words = read_text(cells, column, reading)
    known = words.is_in(column.values)
    if (known | words.is_null()).all():
        return words
    folded = words.str.to_lowercase().str.replace_all(r"[\s-]+", "_")
    return folded.set(~folded.is_in(column.values), None)


def read_texts(cells: pl.Series, _column: Column, _reading: Reading) -> pl.Series:
    """Read labels from lists, or from text split at ``|``, ``;`` or ``,``."""
    if isinstance(cells.dtype, pl.List):
        return cells.cast(pl.List(pl.String))
    labels = (
        cells.cast(pl.String).str.strip_chars(" \t[]").str.replace_all('"', "", literal=True).str.replace_all(r"\s*[;,|]\s*", "|")
    )
    return labels.set(labels == "", None).str.split("|")


_READERS: dict[str, Callable[[pl.Series, Column, Reading], pl.Series]] = {
    "text": read_text,
    "enum": read_enum,
    "moment": read_moments,
    "seconds": read_seconds,
    "number": read_numbers,
    "count": read_counts,
    "flag": read_flags,
    "texts": read_texts,
}


def _read_comma_numbers(text: pl.Series, decimal: str | None) -> pl.Series:
    """``1,5`` and ``1.234,5``; ``1,234`` only if the decimal sign is known."""
    plain = text.str.replace_all("[ \u00a0\u202f]", "")
    comma = plain.set(~plain.str.contains(r"^[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+$"), None)
    if decimal != ",":
        comma = comma.set(comma.str.contains(r"^[+-]?[1-9]\d{0,2},\d{3}$"), None)
    continental = comma.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    if decimal != ".":
        return continental
    thousands = plain.set(~plain.str.contains(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"), None)
    return thousands.str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)


def _read_durations(text: pl.Series) -> pl.Series:
    """Durations with units, one distinct text at a time."""
    known: dict[str, float] = {}
    for value in text.unique().drop_nulls().to_list():
        try:
            known[value] = _duration(value)
        except InputError:  # noqa: PERF203 - each distinct text may be one that is none
            continue
    known.setdefault("", 0.0)  # replace_strict wants at least one pair; blanks never come here
    return text.replace_strict(known, default=None, return_dtype=pl.Float64)


def _duration(text: str) -> float:
    whole, point, fraction = text.partition(".")
    if point and whole.count(":") == 2 and fraction.isdigit():
        return parse_duration(whole) + float(f"0.{fraction}")
    return parse_duration(text)
