"""Moments of arrival from a recorded log below the scenario's folder, laid out day by day."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkpi.errors import InputError, did_you_mean
from simkpi.scenario.document import Place, printable
from simkpi.scenario.profiles import MAX_CELLS, Context, Grid
from simkpi.scenario.spec import Volume
from simkpi.scenario.tables import find_table
from simkpi.units import DAY, to_ticks

if TYPE_CHECKING:
    import polars as pl

#: Most recorded contacts of one contact type: they stand in the resolved scenario, one by one.
MAX_CONTACTS = 500_000
_MAX_BYTES = 2_000_000_000
_MOMENT = "arrived_at"
Arrivals = tuple[tuple[int, ...], ...]


def replay_grid(volume: Volume, name: str, channel: str, context: Context, place: Place) -> tuple[Grid, Arrivals]:
    """Read the recorded moments of a contact type, and count them by interval (times the scale).

    Parameters
    ----------
    volume : Volume
        With a ``replay``.
    name, channel : str
        The contact type's, of which the log's rows are taken if ``where`` does not say others.
    context : Context
        The calendar, the folder, and who hears of problems.
    place : Place
        Of the volume.

    Returns
    -------
    grid : Grid
        Expected contacts from midnight on.
    arrivals : tuple of tuple of int, milliseconds after midnight
        One row a day.
    """
    assert volume.replay is not None
    days = context.days
    steps = math.ceil(DAY / volume.interval)
    grid = Grid(0.0, volume.interval, ((0.0,) * steps,) * len(days.dates))
    nobody: Arrivals = ((),) * len(days.dates)
    if DAY % volume.interval or steps * len(days.dates) > MAX_CELLS:
        context.findings.error((*place, "interval"), "must divide the day into equal intervals, e.g. 15m, 30m or 1h")
        return grid, nobody
    try:
        frame = _rows(volume, name, channel, context)
    except InputError as error:
        context.findings.error((*place, "replay"), error.problems[0].message)
        return grid, nobody
    first = volume.replay.first_day or days.dates[0]
    rows = _by_day(frame, first, len(days.dates))
    if not any(rows):
        recorded = " to ".join(str(moment)[:10] for moment in (frame[_MOMENT][0], frame[_MOMENT][-1]))
        shown = f"{first} to {first + timedelta(days=len(days.dates) - 1)}"
        message = f"holds contacts of {recorded}, none of {shown}; set first_day or calendar.from"
        context.findings.error((*place, "replay"), message)
    step = to_ticks(volume.interval)
    counts = []
    for row in rows:
        numbers = [0] * steps
        for moment in row:
            numbers[moment // step] += 1
        counts.append(tuple(number * volume.scale for number in numbers))
    return replace(grid, rows=tuple(counts)), rows


def _rows(volume: Volume, name: str, channel: str, context: Context) -> pl.DataFrame:
    """Moments of the rows that are wanted, sorted.

    Raises
    ------
    InputError
        If the file can not be read, lacks a column, or holds no such rows.
    """
    import polars as pl

    assert volume.replay is not None
    replay = volume.replay
    path = find_table(replay.file, context.folder)
    frame = _scan(path, replay.file)
    columns = frame.collect_schema()
    for wanted in (_MOMENT, *replay.where):
        if wanted not in columns:
            listed = ", ".join(map(printable, columns.names()[:12]))
            hint = did_you_mean(wanted, columns.names()) or f"; its columns are {listed}"
            raise InputError(f"'{replay.file}' has no column '{wanted}'{hint}")
    if not isinstance(columns[_MOMENT], pl.Datetime):
        raise InputError(f"'{replay.file}' has no moments in '{_MOMENT}', but {columns[_MOMENT]}; write 2026-01-05 08:15:00")
    try:
        for column, values in (replay.where or _own(frame, columns.names(), name, channel)).items():
            frame = frame.filter(pl.col(column).cast(pl.String).is_in(list(values)))
        found: pl.DataFrame = frame.select(_local(columns[_MOMENT])).drop_nulls().head(MAX_CONTACTS + 1).collect()
    except pl.exceptions.PolarsError as error:
        raise InputError(f"'{replay.file}' can not be read: {printable(str(error).splitlines()[0])}") from None
    if not len(found):
        wanted = " and ".join(f"{column} {' or '.join(values)}" for column, values in replay.where.items())
        raise InputError(f"'{replay.file}' holds no contacts{f' with {wanted}' if wanted else ''}")
    if len(found) > MAX_CONTACTS:
        raise InputError(
            f"'{replay.file}' holds more than {MAX_CONTACTS:,} such contacts; narrow it down by where, or cut the file"
        )
    return found.sort(_MOMENT)


def _scan(path: Path, label: str) -> pl.LazyFrame:
    import polars as pl

    if path.stat().st_size > _MAX_BYTES:
        raise InputError(f"'{label}' is larger than {_MAX_BYTES // 1_000_000} MB")
    try:
        with path.open("rb") as stream:
            is_parquet = stream.read(4) == b"PAR1"
        frame = pl.scan_parquet(path) if is_parquet else pl.scan_csv(path, try_parse_dates=True, infer_schema_length=1000)
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"'{label}' can not be read as Parquet or CSV: {printable(str(error).splitlines()[0])}") from None
    return frame


def _own(frame: pl.LazyFrame, columns: list[str], name: str, channel: str) -> dict[str, tuple[str, ...]]:
    """Say which rows are the contact type's: those of its name, else those of its channel, else all."""
    import polars as pl

    for column, value in (("contact_type", name), ("channel", channel)):
        if column in columns and frame.filter(pl.col(column).cast(pl.String) == value).head(1).collect().height:
            return {column: (value,)}
    return {}


def _local(kind: Any) -> pl.Expr:
    """Wall-clock moments without a zone, in milliseconds."""
    import polars as pl

    moment = pl.col(_MOMENT)
    return (moment.dt.replace_time_zone(None) if kind.time_zone else moment).dt.cast_time_unit("ms")


def _by_day(frame: pl.DataFrame, first: date, days: int) -> Arrivals:
    """Milliseconds after midnight of the moments of each of *days* days from *first*; other days are left out."""
    import numpy as np

    epoch = (datetime(first.year, first.month, first.day) - datetime(1970, 1, 1)).days * 86_400_000
    ticks = frame[_MOMENT].to_physical().to_numpy() - epoch
    bounds = np.searchsorted(ticks, np.arange(days + 1) * 86_400_000)
    return tuple(tuple((ticks[bounds[day] : bounds[day + 1]] - day * 86_400_000).tolist()) for day in range(days))
