"""Reads any export by a mapping file that its user writes: their columns to ours, units, formats, value tables."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import polars as pl

from simkpi.errors import LogError, Problem, did_you_mean
from simkpi.interactions.cells import read_cells
from simkpi.interactions.columns import TABLES, Column
from simkpi.interactions.csv_files import sniff
from simkpi.interactions.files import make_log
from simkpi.interactions.mapping import NUMBER_FORMATS, LogMapping, Rule, TableMapping, load_mapping
from simkpi.interactions.moments import from_zone, to_wall_clock
from simkpi.interactions.quarantine import ROW
from simkpi.interactions.reading import Reading
from simkpi.interactions.scanning import hold, is_text_file, scan
from simkpi.interactions.sources import Options, log_source
from simkpi.interactions.table import AnyFrame, Log, settle_date_order
from simkpi.interactions.zones import needs_zone

_MOMENT, _NUMBER, _SECONDS = Column("moment", ""), Column("number", ""), Column("seconds", "")


@log_source("generic", title="Any export, by a mapping file (--map)")
def read(path: Path, options: Options) -> Log:
    """Read an export by ``options.mapping``; cells that the mapping can not turn into ours are set aside with their row.

    Parameters
    ----------
    path : Path
        The export: anything that :func:`simkpi.interactions.files.scan` reads.
    options : Options
        ``mapping`` is required; what the user says beside it comes before what the mapping says.

    Raises
    ------
    LogError
        If there is no mapping, it has problems, or names columns that the export lacks (all are named).
    """
    if options.mapping is None:
        raise LogError(
            Problem("the source 'generic' needs a mapping file; write one with: simkpi log inspect FILE", file=str(path))
        )
    mapping = load_mapping(options.mapping)
    tables: dict[str, AnyFrame] = {}
    reading, notes = _merged(mapping.reading, options.reading), []
    zone = reading.timezone if needs_zone(reading.timezone) else None
    if zone:  # read and checked in UTC, then shown in the zone
        reading = replace(reading, timezone=None, written_in=reading.written_in or zone)
    problems: list[Problem] = []
    for name, table in mapping.tables.items():
        file = path if table.file is None else path.parent / table.file
        frame = scan(file, encoding=options.encoding or mapping.encoding, sheet=options.sheet or mapping.sheet)
        reading = _decimal_of(file, reading, options.encoding or mapping.encoding)
        problems += _unknown_columns(frame, name, table, mapping, str(options.mapping))
        if not problems:
            kept, note = _skip(frame, mapping) if name == "interactions" else (frame, "")
            notes += [note] if note else []
            tables[name] = hold(_mapped(kept, name, table, mapping.keep if name == "interactions" else (), reading), file)
    if problems:
        raise LogError(problems)
    ready = replace(reading, written_in=None)  # the moments are on the log's clock already
    log = make_log(tables, replace(options, reading=ready), source="generic", notes=tuple(notes), file=str(path))
    return replace(log, metadata={"simkpi.mapping": mapping.name, **({"simkpi.timezone": zone} if zone else {})})


def _merged(mine: Reading, stated: Reading) -> Reading:
    return Reading(
        date_order=stated.date_order or mine.date_order,
        timezone=stated.timezone or mine.timezone,
        written_in=stated.written_in or mine.written_in,
        decimal=stated.decimal or mine.decimal,
    )


def _decimal_of(file: Path, reading: Reading, encoding: str | None) -> Reading:
    if reading.decimal is None and file.is_file() and is_text_file(file):
        return replace(reading, decimal=sniff(file, encoding=encoding).decimal)
    return reading


def _unknown_columns(frame: pl.LazyFrame, name: str, table: TableMapping, mapping: LogMapping, file: str) -> list[Problem]:
    names = frame.collect_schema().names()
    asked: list[tuple[str, int | None, str]] = [
        (column, rule.line, f"{name}.{ours}") for ours, rule in table.rules.items() for column in _columns_of(rule)
    ]
    if name == "interactions":
        asked += [(column, None, "skip") for column in mapping.skip] + [(column, None, "keep") for column in mapping.keep]
    return [
        Problem(f"the export has no column '{column}'{did_you_mean(column, names)}", path=where, file=file, line=line)
        for column, line, where in asked
        if column not in names
    ]


def _columns_of(rule: Rule) -> list[str]:
    return [column for column in (rule.column, rule.plus[0] if rule.plus else None, *rule.where) if column is not None]


def _skip(frame: pl.LazyFrame, mapping: LogMapping) -> tuple[pl.LazyFrame, str]:
    """Leave out blank rows, and, counted, those whose cells have one of the values to skip."""
    names = frame.collect_schema().names()
    frame = frame.with_row_index(ROW, offset=1).filter(pl.any_horizontal(pl.col(name).is_not_null() for name in names))
    if not mapping.skip:
        return frame, ""
    unwanted = pl.any_horizontal(_is_one_of(column, values) for column, values in mapping.skip.items())
    left_out = int(frame.select(unwanted.sum()).collect(engine="streaming").item())
    note = f"{left_out} rows left out because of {', '.join(mapping.skip)}" if left_out else ""
    return frame.filter(~unwanted), note


def _mapped(frame: pl.LazyFrame, name: str, table: TableMapping, keep: tuple[str, ...], reading: Reading) -> pl.LazyFrame:
    columns = TABLES[name]
    dates = [
        rule.column for ours, rule in table.rules.items() if rule.column and columns[ours].kind == "moment" and not rule.format
    ]
    reading = settle_date_order(frame, dict.fromkeys(dates, _MOMENT), reading)
    made = [_where(rule, _expression(rule, columns[ours], reading)).alias(ours) for ours, rule in table.rules.items()]
    kept = [column for column in keep if column not in table.rules]
    return frame.select(*made, *kept, *(name for name in frame.collect_schema() if name == ROW))


def _where(rule: Rule, made: pl.Expr) -> pl.Expr:
    if not rule.where:
        return made
    return pl.when(pl.all_horizontal(_is_one_of(column, values) for column, values in rule.where.items())).then(made)


def _is_one_of(column: str, values: tuple[str, ...]) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars().is_in(values).fill_null(False)


def _expression(rule: Rule, column: Column, reading: Reading) -> pl.Expr:
    """Make our column as text wherever a cell may turn out unreadable: it then stays as it is, and is set aside later."""
    if rule.column is None:
        return pl.lit(rule.value)
    cell = pl.col(rule.column)
    if rule.values or rule.otherwise is not None or rule.filled is not None or rule.blank is not None:
        convert = functools.partial(_by_value, rule=rule)
    elif column.kind == "moment" and rule.plus is not None:
        both = pl.struct(moment=cell, length=pl.col(rule.plus[0]))
        return both.map_batches(
            functools.partial(_later, rule=rule, reading=reading), return_dtype=pl.String, is_elementwise=True
        )
    elif column.kind == "moment":
        convert = functools.partial(_moments, rule=rule, reading=reading)
    elif rule.unit is not None:
        convert = functools.partial(_scaled, unit=rule.unit, reading=reading)
    else:
        return cell
    return cell.map_batches(convert, return_dtype=pl.String, is_elementwise=True)


def _by_value(cells: pl.Series, rule: Rule) -> pl.Series:
    """Ours for theirs; upper and lower case are one. Values without a rule stay, so that they are told as what they are."""
    listed = {theirs.casefold(): ours for theirs, ours in rule.values.items()} or {"": ""}
    text = pl.col("text")
    ours = text.str.to_lowercase().replace_strict(listed, default=None, return_dtype=pl.String)
    filled = pl.lit(rule.filled if rule.filled is not None else rule.otherwise, dtype=pl.String)
    blank = pl.lit(rule.blank if rule.blank is not None else rule.otherwise, dtype=pl.String)
    chosen = pl.when(text.is_null()).then(blank).otherwise(pl.coalesce(ours, filled, text))
    return pl.DataFrame({"text": _plain(cells)}).select(chosen.alias(cells.name)).to_series()


def _moments(cells: pl.Series, rule: Rule, reading: Reading) -> pl.Series:
    """Moments of the log's clock in ISO, or the cell as it is."""
    return _or_raw(_iso(_read_moments(cells, rule.format, reading)), _plain(cells)).rename(cells.name)


def _later(both: pl.Series, rule: Rule, reading: Reading) -> pl.Series:
    """Moment plus a duration; blank if either is."""
    assert rule.plus is not None
    parts = both.struct.unnest()
    length = _or_raw(_scaled(parts["length"], unit=rule.plus[1], reading=reading), _plain(parts["length"]))
    seconds = read_cells(length, _SECONDS, reading)
    start = _read_moments(parts["moment"], rule.format, reading)
    end = _iso(start + (seconds * 1000).round().cast(pl.Int64).cast(pl.Duration("ms")))
    unread_start = _plain(parts["moment"]).set(start.is_not_null(), None)
    unread_length = length.set(seconds.is_not_null(), None)
    return _or_raw(end, _or_raw(unread_start, unread_length)).rename(both.name)


def _scaled(cells: pl.Series, unit: float, reading: Reading) -> pl.Series:
    """Plain numbers times *unit*; ``4m30s`` and ``0:04:30`` carry their own unit and stay."""
    return _or_raw((read_cells(cells, _NUMBER, reading) * unit).cast(pl.String), _plain(cells)).rename(cells.name)


def _read_moments(cells: pl.Series, form: str | None, reading: Reading) -> pl.Series:
    """Moments of the log's clock: by the format of the rule, or as they come."""
    if form is None:
        return read_cells(cells, _MOMENT, reading)
    if form in NUMBER_FORMATS:
        numbers = read_cells(cells, _NUMBER, reading)
        if form == "excel":  # days since 30 December 1899, which is 25,569 days before 1970
            return from_zone(((numbers - 25_569) * 86_400_000).round().cast(pl.Int64).cast(pl.Datetime("ms")), reading)
        utc = (numbers * (1000 if form == "unix" else 1)).round().cast(pl.Int64).cast(pl.Datetime("ms", "UTC"))
        return to_wall_clock(utc, reading.timezone)
    read = _plain(cells).str.to_datetime(form, strict=False, time_unit="ms")
    aware = isinstance(read.dtype, pl.Datetime) and read.dtype.time_zone is not None
    return to_wall_clock(read, reading.timezone) if aware else from_zone(read, reading)


def _plain(cells: pl.Series) -> pl.Series:
    """Text of the cells, blank ones null; moments of a typed file in ISO."""
    text = cells.dt.to_string("iso:strict") if cells.dtype.is_temporal() else cells.cast(pl.String)
    text = text.str.strip_chars()
    return text.set(text == "", None)


def _iso(moments: pl.Series) -> pl.Series:
    return moments.dt.to_string("%Y-%m-%dT%H:%M:%S%.3f")


def _or_raw(made: pl.Series, raw: pl.Series) -> pl.Series:
    return pl.select(pl.coalesce(pl.lit(made), pl.lit(raw))).to_series()
