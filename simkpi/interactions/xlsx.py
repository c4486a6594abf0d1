"""Workbooks in and out: cells are read as what they show, and text is never written as a formula."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from simkpi.errors import LogError, OutputError, Problem, did_you_mean
from simkpi.workbooks import new_book, open_book

#: Rows that a worksheet holds, the header included.
MOST_ROWS = 1_048_576


def read_xlsx(path: Path, *, sheet: str | None = None) -> pl.DataFrame:
    """First (or named) sheet of a workbook as text: whole numbers without ``.0``, moments in ISO, durations in seconds.

    Raises
    ------
    LogError
        If the file is no workbook, the sheet does not exist or is empty, or a column occurs twice.
    """
    book = open_book(path, LogError)
    names = book.sheet_names
    if sheet is not None and sheet not in names:
        raise LogError(Problem(f"has no sheet '{sheet}'{did_you_mean(sheet, names)}; it has {', '.join(names)}", file=str(path)))
    rows = book.get_sheet_by_name(sheet or names[0]).to_python(skip_empty_area=False)
    return _to_frame(rows, path)


def sheet_names(path: Path) -> list[str]:
    """Names of the sheets, in the order of the workbook."""
    return list(open_book(path, LogError).sheet_names)


def write_xlsx(path: Path, tables: Mapping[str, pl.DataFrame], *, about: Mapping[str, str] | None = None) -> None:
    """Write one sheet per table, with a frozen header; moments and numbers as such, text always as text.

    Parameters
    ----------
    path : Path
        Workbook to write.
    tables : mapping of str to DataFrame
        Sheet names and their tables.
    about : mapping of str to str or None
        Provenance, written to a last sheet ``about``.

    Raises
    ------
    OutputError
        If a table has more rows than a sheet, or the file can not be written.
    """
    long = [
        Problem(f"{name} has {len(t)} rows, a sheet holds {MOST_ROWS - 1}; write Parquet or CSV", file=str(path))
        for name, t in tables.items()
        if len(t) >= MOST_ROWS
    ]
    if long:
        raise OutputError(long)
    with new_book(path) as book:
        for name, table in tables.items():
            _write_sheet(book.add_worksheet(name[:31]), table)
        if about:
            _write_sheet(book.add_worksheet("about"), pl.DataFrame({"key": list(about), "value": list(about.values())}))


def _write_sheet(sheet: Any, table: pl.DataFrame) -> None:
    sheet.write_row(0, 0, table.columns)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(table.iter_columns()):
        if isinstance(column.dtype, pl.List):
            column = column.cast(pl.List(pl.String)).list.join("|")  # noqa: PLW2901 - one more spelling of the same column
        _write_column(sheet, place, column)


def _write_column(sheet: Any, place: int, column: pl.Series) -> None:
    if column.dtype == pl.String:
        write = sheet.write_string
    elif column.dtype == pl.Boolean:
        write = sheet.write_boolean
    elif isinstance(column.dtype, pl.Datetime) or column.dtype == pl.Date:
        write = sheet.write_datetime
        sheet.set_column(place, place, 22)
    else:
        write = sheet.write_number if column.dtype.is_numeric() else sheet.write  # the latter looks at every value's type
    for row, value in enumerate(column.to_list(), start=1):
        if value is not None:
            write(row, place, value)


def _to_frame(rows: list[list[Any]], path: Path) -> pl.DataFrame:
    start = next((place for place, row in enumerate(rows) if any(cell != "" for cell in row)), None)
    if start is None:
        raise LogError(Problem("the sheet is empty; a log needs at least a row with the column names", file=str(path)))
    names = [str(cell).strip() for cell in rows[start]]
    used = [place for place, name in enumerate(names) if name]
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        raise LogError(
            Problem(f"the column '{name}' occurs twice; rename or drop one", file=str(path), line=start + 1) for name in twice
        )
    body = [row for row in rows[start + 1 :] if any(cell != "" for cell in row)]
    return pl.DataFrame({names[place]: pl.Series([_shown(row[place]) for row in body], dtype=pl.String) for place in used})


def _shown(cell: Any) -> str | None:
    """Text of a cell. Excel keeps moments as fractions of a day: they are rounded to the millisecond."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, dt.datetime):
        return (cell + dt.timedelta(microseconds=500)).isoformat(timespec="milliseconds")
    if isinstance(cell, dt.time):
        return repr(cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6)
    if isinstance(cell, dt.timedelta):
        return repr(round(cell.total_seconds(), 3))
    return str(cell)
