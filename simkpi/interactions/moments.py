"""Reads moments in whatever way they are written: ISO, day or month first, 12-hour clocks, offsets, seconds from a start."""

from __future__ import annotations

import functools

import polars as pl

from simkpi.interactions.columns import Column
from simkpi.interactions.reading import Reading, fill_rest, plain_numbers, stripped

_MOMENT = (
    r"^(\d{1,4})([-/.])(\d{1,2})[-/.](\d{1,4})"
    r"(?:[Tt ,]+(\d{1,2})[:hH](\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?)?"
    r"\s*(?:([Zz]|UTC|GMT)|([+-])(\d{2}):?(\d{2}))?$"
)
_PARTS = ("a", "sep", "b", "c", "hour", "minute", "second", "fraction", "half", "utc", "sign", "oh", "om")
_COMPACT_DATE = r"^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$"
#: Seconds from 1970 to the end of the year 9999: larger numbers are milliseconds, or no moments at all.
_MOST_SECONDS = 253_402_300_800


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
    text = stripped(cells)
    moments = text.str.replace(" ", "T", literal=True).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", strict=False, time_unit="ms")
    moments = from_zone(moments, reading)
    moments = fill_rest(moments, text, functools.partial(_read_dates, reading=reading))
    return fill_rest(moments, text, _read_second_counts)


def _seconds_to_moments(seconds: pl.Series) -> pl.Series:
    """Halves up, as the clock of the engines rounds; what no calendar holds is null."""
    sane = seconds.cast(pl.Float64).abs() < _MOST_SECONDS  # false for infinite ones, null for nulls and so kept
    kept = seconds.set(~sane, None) if not seconds.dtype.is_float() else seconds.set(~sane | seconds.is_nan(), None)
    if kept.dtype.is_integer():
        return (kept.cast(pl.Int64) * 1000).cast(pl.Datetime("ms"))
    return (kept * 1000 + 0.5).floor().cast(pl.Int64).cast(pl.Datetime("ms"))


def _read_second_counts(text: pl.Series) -> pl.Series:
    """Seconds written as text; 20260105 is more likely a date, so it is refused rather than read as 234 days."""
    return _seconds_to_moments(plain_numbers(text.set(text.str.contains(_COMPACT_DATE), None)))


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
