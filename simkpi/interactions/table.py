"""Turns any frame with (a superset of) the schema's columns into our types, lazily, and bundles the tables of one log."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import polars as pl

from simkpi.errors import LogError, Problem, did_you_mean
from simkpi.interactions.cells import TYPES, is_given, read_cells
from simkpi.interactions.columns import TABLES, Column
from simkpi.interactions.reading import Reading

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
AnyFrame = pl.DataFrame | pl.LazyFrame


@dataclass(frozen=True)
class Log:
    """What happened: the interactions and whatever else the source tells.

    Parameters
    ----------
    interactions : DataFrame or LazyFrame
        One row per contact, in the schema of :mod:`simkpi.interactions.columns`. Lazy when the file is large.
    agent_states, legs, surveys, visits, customers, orders, items, messages : DataFrame, LazyFrame or None
        Companion tables; None when the source has none.
    rejects : DataFrame or None
        Rows left out, as they were read, with ``table``, ``row`` (from 1, the header not counted) and ``reason``.
    source : str
        Name of the adapter, or ``simkpi`` for a file in our own schema.
    notes : tuple of str
        What was dropped or derived, and why; to be shown to the user.
    metadata : mapping of str to str
        Provenance that the file carries.
    """

    interactions: AnyFrame
    agent_states: AnyFrame | None = None
    legs: AnyFrame | None = None
    surveys: AnyFrame | None = None
    visits: AnyFrame | None = None
    customers: AnyFrame | None = None
    orders: AnyFrame | None = None
    items: AnyFrame | None = None
    messages: AnyFrame | None = None
    rejects: pl.DataFrame | None = None
    source: str = "simkpi"
    notes: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    def tables(self) -> dict[str, AnyFrame]:
        """Tables that the log has, by name; ``interactions`` first."""
        frames = {name: getattr(self, name) for name in TABLES}
        return {name: frame for name, frame in frames.items() if frame is not None}

    @property
    def capabilities(self) -> tuple[str, ...]:
        """Columns known, as ``table.column``: what the KPIs can be computed from."""
        known = ((table, frame.lazy().collect_schema().names()) for table, frame in self.tables().items())
        return tuple(f"{table}.{name}" for table, names in known for name in names if name in TABLES[table])

    def collect(self) -> Log:
        """Return the same log with every table in memory."""
        return bundle({name: frame.lazy().collect() for name, frame in self.tables().items()}, self)


def bundle(tables: Mapping[str, AnyFrame], about: Log) -> Log:
    """Return a log of these *tables* that says of itself what *about* says: rejects, source, notes and metadata."""
    return Log(
        interactions=tables["interactions"],
        agent_states=tables.get("agent_states"),
        legs=tables.get("legs"),
        surveys=tables.get("surveys"),
        visits=tables.get("visits"),
        customers=tables.get("customers"),
        orders=tables.get("orders"),
        items=tables.get("items"),
        messages=tables.get("messages"),
        rejects=about.rejects,
        source=about.source,
        notes=about.notes,
        metadata=about.metadata,
    )


def normalise(frame: Frame, columns: str | Mapping[str, Column] = "interactions", *, reading: Reading | None = None) -> Frame:
    """Give the columns of the schema our types; unknown columns are kept as they are, lazy frames stay lazy.

    Parameters
    ----------
    frame : DataFrame or LazyFrame
        Holds at least the required columns. Moments may be datetimes, ISO or day-first text, or seconds (from the start of the
        horizon, written as moments from 1970-01-01); durations numbers, ``0:04:30`` or ``4m30s``; flags Y/N, true/false or 1/0.
    columns : str or mapping
        Name of a table in :data:`simkpi.interactions.columns.TABLES`, or its columns.
    reading : Reading or None
        How to read dates, offsets and decimals; None takes dates such as 03/04/2026 only if the column settles their order.

    Returns
    -------
    DataFrame or LazyFrame, as *frame*

    Raises
    ------
    LogError
        If required columns are missing (all of them are named) or the order of day and month is open. A cell that can not be read
        raises too: at once for a DataFrame, when it is collected for a LazyFrame. To set such rows aside instead, use
        :func:`simkpi.interactions.quarantine.check`.

    Examples
    --------
    >>> import polars as pl
    >>> log = pl.DataFrame({"contact_id": [7], "channel": ["chat"], "arrived_at": [1.5], "outcome": ["Answered"]})
    >>> normalise(log).row(0)
    ('7', 'chat', datetime.datetime(1970, 1, 1, 0, 0, 1, 500000), 'answered')
    """
    wanted = TABLES[columns] if isinstance(columns, str) else columns
    schema = frame.collect_schema()
    require_columns(schema.names(), wanted, table=columns if isinstance(columns, str) else "log")
    reading = settle_date_order(frame, wanted, reading or Reading())
    return frame.with_columns(
        converted(name, schema[name], wanted[name], reading, strict=True) for name in schema if name in wanted
    )


def converted(name: str, dtype: pl.DataType, column: Column, reading: Reading, *, strict: bool) -> pl.Expr:
    """Expression for one column in our type; *strict* raises LogError at the first cell that can not be read, else it is null."""
    if dtype == TYPES[column.kind] and column.kind not in {"text", "enum", "seconds", "number"}:
        return pl.col(name)
    convert = functools.partial(_convert, name=name, column=column, reading=reading, strict=strict)
    return pl.col(name).map_batches(convert, return_dtype=TYPES[column.kind], is_elementwise=True)


def require_columns(names: Iterable[str], columns: Mapping[str, Column], *, table: str = "interactions", file: str = "") -> None:
    """Raise LogError naming every required column that is missing, each with the nearest name that is there."""
    present = list(names)
    missing = [name for name, column in columns.items() if column.required and name not in present]
    spare = [name for name in present if name not in columns]
    problems = [
        Problem(f"the {table} lack the column '{name}' ({columns[name].meaning}){did_you_mean(name, spare)}", file=file)
        for name in missing
    ]
    if problems:
        raise LogError(problems)


def settle_date_order(frame: AnyFrame, columns: Mapping[str, Column], reading: Reading) -> Reading:
    """Find out whether 03/04/2026 is 3 April or 4 March from the dates themselves; costs a pass only if there are such dates.

    Raises
    ------
    LogError
        If no date of the table settles it, or the dates contradict each other.
    """
    schema = frame.collect_schema()
    texts = [name for name in schema if name in columns and columns[name].kind == "moment" and schema[name] == pl.String]
    if reading.date_order or not texts:
        return reading
    slashed = r"^\s*(\d{1,2})[/-](\d{1,2})[/-]\d{4}"
    lazy = frame.lazy().select(texts)
    if not lazy.head(1000).select(pl.any_horizontal(pl.all().str.contains(slashed).any())).collect().item():
        return reading
    first = pl.max_horizontal(pl.all().str.extract(slashed, 1).cast(pl.Int64).max()).alias("first")
    second = pl.max_horizontal(pl.all().str.extract(slashed, 2).cast(pl.Int64).max()).alias("second")
    high_first, high_second = lazy.select(first, second).collect(engine="streaming").row(0)
    if high_first > 12 and high_second > 12:
        raise LogError(f"dates in {', '.join(texts)} mix day first and month first; correct them, or name one with --date-order")
    if high_first <= 12 and high_second <= 12:
        raise LogError(
            f"dates in {', '.join(texts)} may be day first or month first (no day above 12); write --date-order dmy or mdy"
        )
    return replace(reading, date_order="dmy" if high_first > 12 else "mdy")


def _convert(cells: pl.Series, *, name: str, column: Column, reading: Reading, strict: bool) -> pl.Series:
    done = read_cells(cells, column, reading)
    if strict and done.null_count() > 0:
        bad = pl.DataFrame({name: cells, "done": done}).filter(is_given(name, cells.dtype) & pl.col("done").is_null())
        if len(bad):
            raise LogError(f"{name}: {len(bad)} cell(s) {complaint(column)}, got '{bad[name][0]}'")
    return done.rename(cells.name)


def complaint(column: Column) -> str:
    """Say what is wrong with a cell of *column* that can not be read."""
    kinds: dict[str, Any] = {
        "enum": f"must be one of {', '.join(column.values)}",
        "moment": "must be a moment such as 2026-01-05T08:30:00",
        "seconds": "must be a duration such as 90 or 4m30s",
        "number": "must be a number",
        "count": "must be a whole number",
        "flag": "must be yes or no",
    }
    return str(kinds.get(column.kind, "must be text"))
