"""Volumes and head-counts from a CSV file beside the scenario, read strictly: every cell that is not plain is an error."""

from __future__ import annotations

import csv
import io
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path, PurePosixPath, PureWindowsPath

from simkpi.errors import InputError, Problem, did_you_mean
from simkpi.scenario.days import read_date
from simkpi.units import format_time_of_day, parse_number, parse_time_of_day

MAX_BYTES = 50_000_000
_MAX_PROBLEMS = 20
_DATE_COLUMNS = ("date", "day", "jour")
_TIME_COLUMNS = ("time", "start", "interval", "from", "heure")


#: Value by day (None = any day) and number of the interval.
Numbers = dict["date | None", dict[int, float]]
#: Says whether the wall clock of a day skips an interval: day, start and length in seconds.
Skipped = Callable[[date, float, float], bool]


class TableError(Exception):
    """A table can not be used; ``problems`` say why."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(map(str, problems)))


@dataclass(frozen=True)
class Entry:
    """One number of a table: its day and time (None where the table has no such column), and its line."""

    day: date | None
    time: float | None
    value: float
    line: int


@dataclass(frozen=True)
class Column:
    """A column of numbers as read.

    Parameters
    ----------
    file : str
        Name of the table, for messages.
    entries : tuple of Entry
        In the order of the file.
    """

    file: str
    entries: tuple[Entry, ...]

    def problem(self, message: str, line: int | None = None) -> Problem:
        """Put a complaint about the table into words."""
        return Problem(message, file=self.file, line=line)


def find_table(name: str, folder: Path) -> Path:
    """Return the file called *name*, which must be a regular file below *folder*.

    Raises
    ------
    InputError
        If it lies elsewhere, does not exist, or is a device or folder.
    """
    parts = {*PurePosixPath(name).parts, *PureWindowsPath(name).parts}
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or name.startswith(("/", "\\")) or ".." in parts:
        raise InputError(f"must lie below the scenario's folder, got '{name}'")
    if "://" in name or any(ord(letter) < 32 for letter in name):
        raise InputError(f"must be the name of a file below the scenario's folder, got {name[:80]!r}")
    path = folder / name
    try:
        mode = path.stat().st_mode
    except OSError:
        near = did_you_mean(name, [other.name for other in folder.glob("*.csv")])
        raise InputError(f"there is no file '{name}' in the scenario's folder{near}") from None
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"must lie below the scenario's folder, got '{name}', a link to elsewhere")
    if not stat.S_ISREG(mode):
        raise InputError(f"must be a regular file, got '{name}'")
    return path


def read_column(path: Path, column: str, label: str) -> Column:
    """Read one column of a CSV file with a header; separators ``,`` ``;`` and tab, UTF-8.

    Parameters
    ----------
    path : Path
        The file.
    column : str
        The column's header.
    label : str
        The file's name, for messages.

    Returns
    -------
    Column
        With day and time where the file has columns for them (``date``; ``time``, ``start``, ``interval``).

    Raises
    ------
    TableError
        With every problem of the file, each with its line.
    """
    header, rows = _rows(path, label)
    folded = [name.casefold() for name in header]
    if column not in header:
        hint = did_you_mean(column, header) or f"; its columns are {', '.join(header)}"
        raise TableError(Problem(f"has no column '{column}'{hint}", file=label, line=1))
    twice = sorted({name for name in header if folded.count(name.casefold()) > 1})
    if twice:
        raise TableError(Problem(f"has the column '{twice[0]}' twice", file=label, line=1))
    place = header.index(column)
    when = [folded.index(name) for name in (*_DATE_COLUMNS, *_TIME_COLUMNS) if name in folded and folded.index(name) != place]
    entries, problems = list[Entry](), list[Problem]()
    for line, cells in rows:
        read = _entry(line, cells, len(header), when, place)
        if isinstance(read, Entry):
            entries.append(read)
        else:
            problems.append(Problem(read, file=label, line=line))
    if not entries and not problems:
        problems.append(Problem("has a header but no rows", file=label, line=1))
    if problems:
        raise TableError(*problems[:_MAX_PROBLEMS])
    return Column(label, tuple(entries))


def _entry(line: int, cells: list[str], width: int, when: list[int], place: int) -> Entry | str:
    """Read one row, or say what is wrong with it."""
    try:
        if len(cells) != width:
            raise ValueError(f"has {len(cells)} cells, the header has {width}")
        day, time = _moment([cells[index] for index in when])
        return Entry(day, time, _number(cells[place]), line)
    except ValueError as error:
        return error.problems[0].message if isinstance(error, InputError) else str(error)


def _rows(path: Path, label: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    text = _text(path, label)
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise TableError(Problem(f"is not readable as CSV: {error}", file=label, line=reader.line_num)) from None
    if not rows:
        raise TableError(Problem("is empty", file=label))
    header = [cell.strip() for cell in rows[0][1]]
    if all(re.fullmatch(r"[-+\d.,:eE ]*", name, re.ASCII) for name in header):
        raise TableError(Problem("needs a header row with the names of the columns", file=label, line=rows[0][0]))
    return header, rows[1:]


def _text(path: Path, label: str) -> str:
    with path.open("rb") as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TableError(Problem(f"is larger than {MAX_BYTES // 1_000_000} MB", file=label))
    if b"\0" in data:
        raise TableError(Problem(f"is no text file: byte {data.index(0)} is NUL; save it as CSV UTF-8", file=label))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"is not UTF-8 at byte {error.start} (value 0x{data[error.start]:02x}); save it as CSV UTF-8"
        raise TableError(Problem(message, file=label, line=line)) from None


def _number(cell: str) -> float:
    if not cell.strip():
        raise ValueError("has an empty cell; write 0 if nothing is expected")
    value = parse_number(cell)
    if value < 0:
        raise ValueError(f"must not be negative, got '{cell.strip()}'")
    return value


def _moment(cells: list[str]) -> tuple[date | None, float | None]:
    """Day and time of day from the cells that hold them, together or apart."""
    day: date | None = None
    time: float | None = None
    for cell in cells:
        for word in re.split(r"[T\s]+", cell.strip()):
            if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", word, re.ASCII):
                time = parse_time_of_day(word)
            elif word:
                day = read_date(word)
            else:
                raise ValueError("has an empty cell where a day or time should be")
    return day, time


def grid_of(
    column: Column, interval: float | None, is_skipped: Skipped | None = None
) -> tuple[float | None, float | None, Numbers]:
    """Sort a column into days and intervals.

    Parameters
    ----------
    column : Column
        As read.
    interval : float or None, seconds
        Length of an interval if the scenario states it; None takes the one between the first two times.
    is_skipped : function or None
        Whether the wall clock of a day skips an interval (start and length, seconds), which may then be missing.

    Returns
    -------
    start : float or None, seconds after midnight
        Time of interval 0; None if the table has no times.
    interval : float or None, seconds
    grid : dict of day to dict of int to float
        Value by number of the interval.

    Raises
    ------
    TableError
        If an interval is missing, is given twice or does not fall on the grid.
    """
    by_day: dict[date | None, list[Entry]] = {}
    for entry in column.entries:
        by_day.setdefault(entry.day, []).append(entry)
    if column.entries[0].time is None:
        return None, interval, {day: {i: entry.value for i, entry in enumerate(rows)} for day, rows in by_day.items()}
    times = sorted({entry.time or 0.0 for entry in column.entries})
    if interval is None:
        interval = min((later - earlier for earlier, later in pairwise(times)), default=None)
    start, length = times[0], interval or 1800.0
    problems = [problem for rows in by_day.values() for problem in _faults(column, rows, length, is_skipped)]
    if problems:
        raise TableError(*problems[:_MAX_PROBLEMS])
    grid = {day: {round(((row.time or 0.0) - start) / length): row.value for row in rows} for day, rows in by_day.items()}
    return start, length, grid


def _faults(column: Column, rows: list[Entry], interval: float, is_skipped: Skipped | None) -> list[Problem]:
    """Name the intervals of one day that are given twice, missing, or off the grid."""
    faults: list[Problem] = []
    ordered = sorted(rows, key=lambda row: (row.time or 0.0, row.line))
    for before, row in pairwise(ordered):
        earlier, time = before.time or 0.0, row.time or 0.0
        day = f"{row.day} " if row.day else ""
        shown = f"{day}{format_time_of_day(time)}"
        if time == earlier:
            faults.append(column.problem(f"gives the interval {shown} twice, on lines {before.line} and {row.line}", row.line))
        elif (time - earlier) % interval:
            minutes = f"{interval / 60:g} min"
            faults.append(
                column.problem(f"has {shown}, which is no multiple of {minutes} after {format_time_of_day(earlier)}", row.line)
            )
        elif time - earlier > interval:
            if is_skipped and row.day and is_skipped(row.day, earlier + interval, time - earlier - interval):
                continue
            missing = format_time_of_day(earlier + interval)
            faults.append(column.problem(f"misses the interval {day}{missing}, before {format_time_of_day(time)}", row.line))
    return faults
