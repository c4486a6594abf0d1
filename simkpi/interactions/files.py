"""Reads a log from whatever it lies in: CSV, gzip, Parquet, workbook, JSON or a folder of parts, ours or another system's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from simkpi.errors import LogError, Problem
from simkpi.interactions.cells import TYPES
from simkpi.interactions.columns import TABLES
from simkpi.interactions.csv_files import explain_fault, sniff
from simkpi.interactions.quarantine import check
from simkpi.interactions.reading import Reading
from simkpi.interactions.scanning import XLSX, column_names, file_metadata, hold, is_text_file, load, scan
from simkpi.interactions.sources import Options, recognise, sources
from simkpi.interactions.table import AnyFrame, Log, bundle, require_columns
from simkpi.interactions.xlsx import sheet_names
from simkpi.interactions.zones import needs_zone, to_utc, to_zone

__all__ = ["CHECKED_KEY", "file_metadata", "load", "make_log", "read_log", "scan"]

#: Metadata key of files that this package wrote: their rows need no second check.
CHECKED_KEY = "simkpi.rows_checked"


def read_log(
    path: str | Path,
    source: str | None = None,
    *,
    mapping: str | Path | None = None,
    max_rejects: float | None = None,
    encoding: str | None = None,
    date_order: str | None = None,
    timezone: str | None = None,
    decimal: str | None = None,
    sheet: str | None = None,
) -> Log:
    """Read a log, normalise it and set the impossible rows aside.

    Parameters
    ----------
    path : str or Path
        A file; ``-``, what comes in on stdin; or a folder: of part files, or of one file per table (``interactions.csv``,
        ``agent_states.csv``, ...). Beside ``bank.parquet`` its companions ``bank.agent_states.parquet`` etc. are read too.
    source : str or None
        Name of a log source (``anonymous-bank``, ``zendesk``, ...); None means our own schema, or the source whose columns these
        are.
    mapping : str, Path or None
        Mapping file; it makes the source ``generic``. See ``docs/logs.md``.
    max_rejects : float or None, fraction
        Largest share of rows that may be set aside; None means 1 %, and up to 10 rows of a small file.
    encoding, date_order, timezone, decimal, sheet : str or None
        How the file is written; with *timezone* the log's moments carry that zone, and moments without an offset are taken as
        its wall clock. See :class:`simkpi.interactions.reading.Reading`, :class:`simkpi.interactions.sources.Options`.

    Returns
    -------
    Log

    Raises
    ------
    LogError
        If the file can not be read or understood, or too many of its rows are impossible.
    UnknownName
        If there is no such source.
    """
    if str(path) == "-":
        from simkpi.interactions.stdin import read_stdin

        stated = {"encoding": encoding, "date_order": date_order, "timezone": timezone, "decimal": decimal, "sheet": sheet}
        return read_stdin(source, mapping=mapping, max_rejects=max_rejects, **stated)
    place = Path(path)
    _refuse_bad_names(date_order, timezone, decimal)
    reading = Reading(date_order=date_order, timezone=timezone, decimal=decimal)
    if needs_zone(timezone) and mapping is None:  # a mapping has a word in it; see the generic source
        reading = replace(reading, timezone=None, written_in=timezone)
    options = Options(max_rejects, reading, encoding=encoding, sheet=sheet, mapping=None if mapping is None else Path(mapping))
    source = "generic" if mapping is not None else source
    try:
        if source is not None and source != "simkpi":
            log = sources().get(source).read(place, options)
        else:
            log = _read_ours_or_recognise(place, options)
    except pl.exceptions.PolarsError as error:
        raise explain(place, options, error) from error
    zone = timezone or log.metadata.get("simkpi.timezone")
    if zone is None:
        return log
    log = to_zone(log, zone) if needs_zone(zone) else log
    return replace(log, metadata={**log.metadata, "simkpi.timezone": zone})


def make_log(
    tables: Mapping[str, AnyFrame], options: Options, *, source: str, notes: tuple[str, ...] = (), file: str = ""
) -> Log:
    """Normalise and check the tables that an adapter built, and bundle them.

    Parameters
    ----------
    tables : mapping of str to DataFrame or LazyFrame
        By name, as in :data:`simkpi.interactions.columns.TABLES`.
    options : Options
        What the user said about the file.
    source, notes
        See :class:`simkpi.interactions.table.Log`.
    file : str
        Name of the file, for messages.
    """
    good: dict[str, AnyFrame] = {}
    rejects, said = [], list(notes)
    for name, frame in tables.items():
        checked = check(frame, name, reading=options.reading, max_rejects=options.max_rejects, file=file)
        good[name] = checked.good
        if len(checked.rejects):
            rejects.append(checked.rejects.select(pl.lit(name).alias("table"), pl.all()))
            said.append(f"{name}: {checked.summary()}")
    set_aside = pl.concat(rejects, how="diagonal_relaxed") if rejects else None
    return bundle(good, Log(good["interactions"], rejects=set_aside, source=source, notes=tuple(said)))


def _read_ours_or_recognise(path: Path, options: Options) -> Log:
    parts = _table_files(path, options)
    main = parts["interactions"]
    names = column_names(main, options)
    required = [name for name, column in TABLES["interactions"].items() if column.required]
    if not set(required).issubset(names):
        source = recognise(names)
        if source is None:
            try:
                require_columns(names, TABLES["interactions"], file=str(main))
            except LogError as error:
                hint = "name its --source, or write a mapping: simkpi log inspect FILE"
                raise LogError([*error.problems, Problem(hint, file=str(main))]) from None
        else:
            log = source.read(path, options)
            return replace(log, notes=(f"recognised as {source.name} ({source.title})", *log.notes))
    return _read_ours(parts, options)


def _read_ours(parts: Mapping[str, Path], options: Options) -> Log:
    unchecked, ready = {}, {}
    reading = options.reading
    for table, path in parts.items():
        frame = to_utc(scan(path, encoding=options.encoding, sheet=_sheet_of(path, table, options)), table, reading.written_in)
        if reading.decimal is None and path.is_file() and is_text_file(path):
            reading = replace(reading, decimal=sniff(path, encoding=options.encoding).decimal)
        held = hold(frame, path)
        if CHECKED_KEY in file_metadata(path) and _is_typed(held, table):
            ready[table] = held
        else:
            unchecked[table] = held
    metadata = file_metadata(parts["interactions"])
    main = parts["interactions"]
    if "interactions" in ready:
        unchecked = {
            "interactions": pl.DataFrame(schema={n: TYPES[c.kind] for n, c in TABLES["interactions"].items()}),
            **unchecked,
        }
    log = make_log(unchecked, replace(options, reading=reading), source="simkpi", notes=_misspelt(parts, options), file=str(main))
    return bundle(log.tables() | ready, replace(log, metadata=metadata))


def _misspelt(parts: Mapping[str, Path], options: Options) -> tuple[str, ...]:
    """Warn of columns that nobody knows but that look like one of ours that the file lacks."""
    import difflib

    found = []
    for table, path in parts.items():
        names = scan(path, encoding=options.encoding, sheet=_sheet_of(path, table, options)).collect_schema().names()
        absent = [name for name in TABLES[table] if name not in names]
        near = {
            name: difflib.get_close_matches(name.lower(), absent, n=1, cutoff=0.85) for name in names if name not in TABLES[table]
        }
        found += [f"{table}: the column '{name}' is not known; did you mean '{ours[0]}'?" for name, ours in near.items() if ours]
    return tuple(found)


def _table_files(path: Path, options: Options) -> dict[str, Path]:
    """Files of a log's tables: those of a folder, the siblings of a file, the sheets of a workbook."""
    if path.is_dir():
        entries = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
        inside = {_table_name(entry.name): entry for entry in entries}
        named = {name: inside[name] for name in TABLES if name in inside}
        return named if "interactions" in named else {"interactions": path}
    found = {"interactions": path}
    if path.suffix.lower() in XLSX and path.is_file() and options.sheet is None:
        found |= {name: path for name in sheet_names(path) if name in TABLES}
    suffix = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    stem = path.name.removesuffix(suffix)
    siblings = {name: path.with_name(f"{stem}.{name}{suffix}") for name in TABLES}
    return found | {name: sibling for name, sibling in siblings.items() if sibling.is_file()}


def _table_name(file: str) -> str:
    """Table that a file of a folder holds: ``legs.csv`` and ``interactions.legs.parquet``, as a run writes it, hold legs."""
    first, *rest = file.split(".")
    return rest[0] if first == "interactions" and rest and rest[0] in TABLES else first


def _sheet_of(path: Path, table: str, options: Options) -> str | None:
    if path.suffix.lower() in XLSX and options.sheet is None and table in sheet_names(path):
        return table
    return options.sheet


def _is_typed(frame: AnyFrame, table: str) -> bool:
    columns, schema = TABLES[table], frame.collect_schema()
    required = all(name in schema for name, column in columns.items() if column.required)
    zones = {kind.time_zone for name, kind in schema.items() if name in columns and isinstance(kind, pl.Datetime)}
    zone = zones.pop() if len(zones) == 1 else None  # one clock for all moments, or none
    types = {**TYPES, "moment": pl.Datetime("ms", zone)}
    return required and all(schema[name] == types[columns[name].kind] for name in schema if name in columns)


def explain(path: Path, options: Options, error: Exception) -> LogError:
    """Find the part and the line at which polars gave up."""
    parts = [part for part in sorted(path.rglob("*")) if part.is_file() and is_text_file(part)] if path.is_dir() else [path]
    problems = [
        problem
        for part in parts
        if is_text_file(part)
        for problem in explain_fault(part, sniff(part, encoding=options.encoding), error).problems
    ]
    located = [problem for problem in problems if problem.line is not None or "byte" in problem.message]
    said = f"can not be read: {str(error).splitlines()[0]}"
    return LogError(located or problems[:1] or [Problem(said, file=str(path))])


def _refuse_bad_names(date_order: str | None, timezone: str | None, decimal: str | None) -> None:
    import zoneinfo

    problems = []
    if date_order not in {None, "dmy", "mdy", "ymd"}:
        problems.append(Problem(f"must be dmy, mdy or ymd, got '{date_order}'", path="date_order"))
    if decimal not in {None, ",", "."}:
        problems.append(Problem(f"must be , or ., got '{decimal}'", path="decimal"))
    if timezone is not None:
        try:
            zoneinfo.ZoneInfo(timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            problems.append(Problem(f"unknown time zone '{timezone}'; write e.g. Europe/Paris", path="timezone"))
    if problems:
        raise LogError(problems)
