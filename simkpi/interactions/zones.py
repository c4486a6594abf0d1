"""Clocks of a log: read and checked in UTC, shown in the zone of the centre, so that no hour is lost when the clocks change."""

from __future__ import annotations

import polars as pl
from polars import col

from simkpi.interactions.columns import TABLES
from simkpi.interactions.table import AnyFrame, Frame, Log, bundle


def needs_zone(timezone: str | None) -> bool:
    """Whether moments of this zone have to carry it: UTC never changes its clocks."""
    return timezone not in {None, "UTC", "Etc/UTC"}


def to_utc(frame: Frame, table: str, written_in: str | None) -> Frame:
    """Turn the moments of a typed table, wall clock of *written_in*, into UTC; those that know their zone stay."""
    if written_in is None:
        return frame
    casts = [
        col(name).dt.replace_time_zone(written_in, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
        for name in _plain_moments(frame, table)
    ]
    return frame.with_columns(moment.dt.replace_time_zone(None) for moment in casts) if casts else frame


def to_zone(log: Log, zone: str) -> Log:
    """Give every moment of a log in UTC the clock of *zone*: differences stay those of UTC, hours and days are the zone's."""
    tables: dict[str, AnyFrame] = {}
    for name, frame in log.tables().items():
        moments = _plain_moments(frame, name)
        tables[name] = (
            frame.with_columns(col(moments).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)) if moments else frame
        )
    return bundle(tables, log)


def as_wall_clock(log: Log) -> Log:
    """Take the zone off every moment; what is left is what the clock on the wall showed."""
    return bundle({name: without_zone(frame.lazy()) for name, frame in log.tables().items()}, log)


def without_zone(frame: Frame) -> Frame:
    """Take the zone off the moments of one table."""
    schema = frame.lazy().collect_schema()
    zoned = [name for name, kind in schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone]
    return frame.with_columns(col(zoned).dt.replace_time_zone(None)) if zoned else frame


def _plain_moments(frame: AnyFrame, table: str) -> list[str]:
    schema = frame.lazy().collect_schema()
    return [name for name, kind in schema.items() if name in TABLES[table] and kind in (pl.Datetime("ms"), pl.Datetime("us"))]
