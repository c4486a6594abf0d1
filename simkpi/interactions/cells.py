"""Reads the cells of one column, whatever way a source writes moments, durations, numbers and flags, into our types."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from simkpi.errors import InputError
from simkpi.interactions.columns import Column
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
_MOMENT = (
    r"^(\d{1,4})([-/.])(\d{1,2})[-/.](\d{1,4})"
    r"(?:[Tt ,]+(\d{1,2})[:hH](\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?)?"
    r"\s*(?:([Zz]|UTC|GMT)|([+-])(\d{2}):?(\d{2}))?$"
)
_PARTS = ("a", "sep", "b", "c", "hour", "minute", "second", "fraction", "half", "utc", "sign", "oh", "om")
_COMPACT_DATE = r"^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$"
_PLAIN_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"


@dataclass(frozen=True)
class Reading:
    """How the cells of a source are to be read.

    Parameters
    ----------
    date_order : str or None
        ``dmy`` or ``mdy`` for dates such as 03/04/2026; ``ymd`` or None reads no such date.
    timezone : str or None
        Moments that carry an offset are turned into the wall clock of this zone (IANA name); None means UTC.
    written_in : str or None
        Zone in which moments without an offset were written, as text; they are turned into the wall clock of *timezone* too. None
        takes them as they stand. An hour that the end of summer time repeats is taken as the first one.
    decimal : str or None
        ``,`` or ``.``; None reads ``1,5`` as 1.5 and refuses ``1,234``, which may be either.
    """

    date_order: str | None = None
    timezone: str | None = None
    written_in: str | None = None
    decimal: str | None = None


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


def read_moments(cells: pl.Series, _column: Column, reading: Reading) -> pl.Series:
    """Moments as Datetime("ms") from datetimes, dates, durations, numbers, or text in ISO and other written forms.

    A number counts seconds from 1970-01-01: the start of a simulated horizon, or Unix time. Finer fractions than a millisecond
    are cut off in text and datetimes, and rounded (halves up, as the engines' clock does) in numbers.
    """
    dtype, target = cells.dtype, pl.Datetime("ms")
    if isinstance(dtype, pl.Datetime):
        return to_wall_clock(cells, reading.timezone).dt.cast_time_unit("ms") if dtype.time_zone else cells.cast(target)
    if dtype == pl.Date:
        return cells.cast(target)
    if isinstance(dtype, pl.Duration):
        return cells.dt.total_milliseconds().cast(target)
    if dtype.is_numeric():
        return _seconds_to_moments(cells)
    if dtype != pl.String:
        return pl.Series(cells.name, [None] * len(cells), dtype=target)
    text = _stripped(cells)
    moments = text.str.replace(" ", "T", literal=True).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="ms")
    moments = from_zone(moments, reading)
    moments = _fill(moments, text, functools.partial(_read_dates, reading=reading))
    return _fill(moments, text, _read_second_counts)


def read_seconds(cells: pl.Series, column: Column, reading: Reading) -> pl.Series:
    """Durations in seconds from numbers, durations, times of day, ``0:04:30``, ``4m30s`` or ``PT4M30S``."""
    if isinstance(cells.dtype, pl.Duration):
        return cells.dt.total_microseconds() / 1e6
    if cells.dtype == pl.Time:
        return cells.cast(pl.Int64) / 1e9
    if cells.dtype != pl.String:
        return read_numbers(cells, column, reading)
    return _fill(read_numbers(cells, column, reading), _stripped(cells), _read_durations)


def read_numbers(cells: pl.Series, _column: Column, reading: Reading) -> pl.Series:
    """Finite numbers; a decimal comma is read where it can not be a thousands separator, or where *reading* says so."""
    if cells.dtype == pl.String:
        text = _stripped(cells)
        return _fill(_plain_numbers(text), text, functools.partial(_read_comma_numbers, decimal=reading.decimal))
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
    return _stripped(cells.cast(pl.String).str.replace(r"^'([=+\-@\t\r])", "$1"))


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


def _stripped(cells: pl.Series) -> pl.Series:
    text = cells.str.strip_chars()
    return text.set(text == "", None)


def _fill(done: pl.Series, text: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Fill the nulls of *done* by reading the rest of *text* another way; the common way stays the only cost of clean files."""
    rest = done.is_null() & text.is_not_null()
    if not rest.any():
        return done
    places = rest.arg_true()
    return done.scatter(places, read(text.gather(places)).cast(done.dtype))


def _plain_numbers(text: pl.Series) -> pl.Series:
    numbers = text.str.contains(_PLAIN_NUMBER)
    values = text.set(~numbers, None).cast(pl.Float64, strict=False)
    return values.set(~values.is_finite(), None)


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


def _seconds_to_moments(seconds: pl.Series) -> pl.Series:
    """Halves up, as the clock of the engines rounds."""
    if seconds.dtype.is_integer():
        return (seconds.cast(pl.Int64) * 1000).cast(pl.Datetime("ms"))
    finite = seconds.set(~seconds.is_finite(), None)
    return (finite * 1000 + 0.5).floor().cast(pl.Int64, strict=False).cast(pl.Datetime("ms"))


def _read_second_counts(text: pl.Series) -> pl.Series:
    """Seconds written as text; 20260105 is more likely a date, so it is refused rather than read as 234 days."""
    return _seconds_to_moments(_plain_numbers(text.set(text.str.contains(_COMPACT_DATE), None)))


def from_zone(moments: pl.Series, reading: Reading) -> pl.Series:
    """Wall clock of the log's zone for moments that were written in another one; a time that summer time skips becomes null."""
    if reading.written_in is None:
        return moments
    zoned = moments.dt.replace_time_zone(reading.written_in, ambiguous="earliest", non_existent="null")
    return to_wall_clock(zoned, reading.timezone)


def to_wall_clock(moments: pl.Series, timezone: str | None) -> pl.Series:
    """Wall clock of *timezone* (None: UTC) for moments that know their zone."""
    return moments.dt.convert_time_zone(timezone or "UTC").dt.replace_time_zone(None)


def _read_dates(text: pl.Series, reading: Reading) -> pl.Series:
    """Dates in any of the written forms; see the pattern. An offset is applied, and the wall clock of the zone returned."""
    parts = (
        pl.DataFrame({"text": text})
        .select(pl.col("text").str.extract_groups(_MOMENT))
        .to_series()
        .struct.rename_fields(list(_PARTS))
    )
    frame = parts.struct.unnest()
    day_first = (pl.col("sep") == ".") | pl.lit(reading.date_order == "dmy")
    month_first = ~day_first & pl.lit(reading.date_order == "mdy")
    year_first = pl.col("a").str.len_chars() == 4
    four = pl.col("c").str.len_chars() == 4
    year = pl.when(year_first).then(pl.col("a")).when(four & (day_first | month_first)).then(pl.col("c"))
    month = pl.when(year_first | day_first).then(pl.col("b")).otherwise(pl.col("a"))
    day = pl.when(year_first).then(pl.col("c")).when(day_first).then(pl.col("a")).otherwise(pl.col("b"))
    canonical = pl.concat_str(
        year, pl.lit("-"), month.str.zfill(2), pl.lit("-"), day.str.zfill(2), pl.lit("T"), _hour(), pl.lit(":"),
        pl.col("minute").fill_null("00"), pl.lit(":"), pl.col("second").fill_null("00"), pl.lit("."),
        pl.col("fraction").fill_null("0"),
    )  # fmt: skip
    local = canonical.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="ms")
    minutes = pl.col("oh").cast(pl.Int64) * 60 + pl.col("om").cast(pl.Int64)
    offset = pl.when(pl.col("sign") == "-").then(-minutes).otherwise(minutes)
    utc = local - pl.duration(minutes=offset.fill_null(0))
    zoned = utc.dt.replace_time_zone("UTC").dt.convert_time_zone(reading.timezone or "UTC").dt.replace_time_zone(None)
    has_zone = pl.col("utc").is_not_null() | pl.col("sign").is_not_null()
    read = frame.select(local=local, zoned=zoned, has_zone=has_zone).with_columns(local=_from_zone_expr(reading))
    return read.select(pl.when("has_zone").then("zoned").otherwise("local").alias(text.name)).to_series()


def _from_zone_expr(reading: Reading) -> pl.Expr:
    return pl.col("local").map_batches(lambda moments: from_zone(moments, reading), return_dtype=pl.Datetime("ms"))


def _hour() -> pl.Expr:
    """Hour of the day, 12-hour clocks included; an impossible one stays as written and is refused later."""
    hour = pl.col("hour").cast(pl.Int64).fill_null(0)
    half = pl.col("half").str.slice(0, 1).str.to_lowercase()
    full = (
        pl.when((half == "p") & hour.is_between(1, 11))
        .then(hour + 12)
        .when((half == "a") & (hour == 12))
        .then(pl.lit(0))
        .when(half.is_not_null() & ~hour.is_between(1, 12))
        .then(pl.lit(99))
        .otherwise(hour)
    )
    return full.cast(pl.String).str.zfill(2)
