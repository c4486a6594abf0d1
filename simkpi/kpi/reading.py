"""Brings the tables of a log into our types, touching only the columns that are not in them yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import polars as pl
from polars import Expr, col

from simkpi.errors import LogError
from simkpi.interactions.columns import TABLES
from simkpi.interactions.table import normalise, require_columns

Frame: TypeAlias = "pl.DataFrame | pl.LazyFrame | str | Path"

_AS_THEY_ARE = {"text": pl.String, "enum": pl.String, "flag": pl.Boolean, "seconds": pl.Float64, "number": pl.Float64}


def open_tables(interactions: Frame, companions: Mapping[str, Frame | None]) -> dict[str, pl.LazyFrame]:
    """Return all tables as lazy frames in our types.

    Raises
    ------
    LogError
        If required columns are missing or cells can not be read.
    """
    given = {"interactions": interactions, **{name: frame for name, frame in companions.items() if frame is not None}}
    tables = {name: _typed(_scan(frame), name) for name, frame in given.items()}
    arrived = tables["interactions"].collect_schema()["arrived_at"]
    zone = arrived.time_zone if isinstance(arrived, pl.Datetime) else None
    return {name: _in_zone(frame, name, zone) for name, frame in tables.items()}


def _in_zone(frame: pl.LazyFrame, name: str, zone: str | None) -> pl.LazyFrame:
    """Bring all moments of a table into the zone of the arrivals: differences and groups are then of one clock."""
    casts = []
    for key, dtype in frame.collect_schema().items():
        if isinstance(dtype, pl.Datetime) and dtype.time_zone != zone and key in TABLES[name]:
            if zone is None or dtype.time_zone is None:
                has = "no time zone" if dtype.time_zone is None else f"the time zone {dtype.time_zone}"
                raise LogError(f"{name}: {key} has {has}, the arrivals have {zone or 'none'}; give all moments one clock")
            casts.append(col(key).dt.convert_time_zone(zone))
    return frame.with_columns(casts) if casts else frame


def _scan(frame: Frame) -> pl.DataFrame | pl.LazyFrame:
    if isinstance(frame, (str, Path)):
        from simkpi.interactions.files import scan

        return scan(Path(frame))
    return frame


def _typed(frame: pl.DataFrame | pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Cast moments (a time zone is kept: opening hours need it), read what is not typed, leave the rest alone."""
    columns = TABLES[name]
    schema = frame.lazy().collect_schema()
    require_columns(schema.names(), columns, table=name)
    unread, casts = [], []
    for key, dtype in schema.items():
        kind = columns[key].kind if key in columns else ""
        if kind == "moment" and isinstance(dtype, pl.Datetime):
            casts += [] if dtype.time_unit == "ms" else [col(key).cast(pl.Datetime("ms", dtype.time_zone))]
        elif kind == "count" and dtype.is_integer():
            casts += [] if dtype == pl.Int64 else [col(key).cast(pl.Int64)]
        elif kind == "text" and dtype.is_integer():
            casts.append(col(key).cast(pl.String))
        elif (kind and dtype != _AS_THEY_ARE.get(kind) and not (kind == "texts" and dtype == pl.List(pl.String))) or (
            kind == "enum" and isinstance(frame, pl.DataFrame) and not _is_canonical(frame[key], columns[key].values)
        ):
            unread.append(key)
    lazy = frame.lazy().with_columns(casts) if casts else frame.lazy()
    return normalise(lazy, {key: columns[key] for key in unread}) if unread else lazy


def _is_canonical(cells: pl.Series, values: tuple[str, ...]) -> bool:
    return set(cells.unique().drop_nulls().to_list()) <= set(values)


def unknown_outcomes() -> Expr:
    """Flag of the rows whose outcome is none of ours, to be counted in the scan (a lazy frame is not read beforehand)."""
    known = list(TABLES["interactions"]["outcome"].values)
    return col("outcome").is_null() | ~col("outcome").is_in(known)


def refuse_unknown_outcomes(count: int) -> None:
    """Raise LogError if the scan met unknown outcomes."""
    if count:
        known = ", ".join(TABLES["interactions"]["outcome"].values)
        raise LogError(
            f"outcome: {count} row(s) have none of {known}; read the log with simkpi.interactions.files.read_log first"
        )
