"""Sheets as they lie in a workbook: cells that know where they stand, and the complaints about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simkpi.errors import Problem, ScenarioError, did_you_mean
from simkpi.scenario.books.words import Label, find, fold, spellings
from simkpi.scenario.document import Node, printable
from simkpi.workbooks import open_book

#: Most cells that are read of a sheet.
MAX_CELLS = 2_000_000


@dataclass(frozen=True)
class Cell:
    """What a cell holds (None if it is empty), and its number in the document's list of cells."""

    value: Any
    line: int

    def node(self, value: Any = None) -> Node:
        """Return *value*, by default the cell's own, as a value of the document."""
        return Node(self.value if value is None else value, self.line)


@dataclass
class Book:
    """The sheets that a plan has, and everything that is wrong with them."""

    file: str
    rows: dict[str, list[list[Any]]]
    names: dict[str, str]
    lang: str = "en"
    is_table: bool = False  # one table by itself: contact types and teams are those of a plan elsewhere
    others: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def cell(self, sheet: str, row: int, column: int) -> Cell:
        """Return the cell in the *row* and *column*, both counted from 0."""
        line = self.rows[sheet][row]
        value = line[column] if column < len(line) else None
        self.cells.append(f"{self.names[sheet]}!{column_name(column)}{row + 1}")
        return Cell(None if isinstance(value, str) and not value.strip() else value, len(self.cells))

    def complain(self, cell: Cell, message: str, path: str = "") -> None:
        """Note that something is wrong with a cell, and with the field at *path*."""
        self.problems.append(Problem(printable(message), path, self.file, cell.line, self.cells[cell.line - 1]))

    def complain_of_sheet(self, message: str, path: str = "") -> None:
        """Note that something is wrong with the workbook as a whole, or with the block at *path*."""
        self.problems.append(Problem(printable(message), path, self.file))


@dataclass(frozen=True)
class Table:
    """A sheet's header and its rows: header cells by column, and the rows as cells by column."""

    header: dict[int, Cell]
    rows: list[dict[int, Cell]]


def column_name(column: int) -> str:
    """Return the letters of a column counted from 0.

    Examples
    --------
    >>> column_name(0), column_name(25), column_name(26), column_name(703)
    ('A', 'Z', 'AA', 'AAB')
    """
    letters = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        letters, column = chr(65 + rest) + letters, column - 1
    return letters


def open_plan(data: bytes, file: str, sheets: Mapping[str, Label]) -> Book:
    """Read the sheets called as in *sheets*; others are left alone, unless their name is nearly one of those.

    Raises
    ------
    ScenarioError
        If it is no workbook.
    """
    source = open_book(data, ScenarioError, file=file)
    book = Book(file, {}, {})
    for name in source.sheet_names:
        key = find(name, dict(sheets))
        if key is None:
            book.others.append(name)
            hint = did_you_mean(name, spellings(sheets.values()))
            if hint:
                book.complain_of_sheet(f"has a sheet '{name}', which is not read{hint}")
            continue
        if key in book.rows:
            book.complain_of_sheet(f"has two sheets '{book.names[key]}' and '{name}' for the same; keep one")
            continue
        sheet = source.get_sheet_by_name(name)
        if (sheet.total_height or 0) * (sheet.total_width or 0) > MAX_CELLS:
            book.complain_of_sheet(
                f"has more than {MAX_CELLS:,} cells in the sheet '{name}'; delete the empty rows below the plan"
            )
            continue
        book.rows[key], book.names[key] = sheet.to_python(skip_empty_area=False), name
    if any(fold(name) == fold(sheets[key].fr) != fold(sheets[key].en) for key, name in book.names.items()):
        book.lang = "fr"
    return book


def table_of(book: Book, sheet: str) -> Table:
    """Return the header (the first row that is not empty) and the rows of a sheet; empty rows are left out."""
    found = [number for number, row in enumerate(book.rows.get(sheet, ())) if any(str(value).strip() for value in row)]
    if not found:
        return Table({}, [])
    width = len(book.rows[sheet][0])
    first = {column: book.cell(sheet, found[0], column) for column in range(width)}
    header = {column: cell for column, cell in first.items() if cell.value is not None}
    rows = [{column: book.cell(sheet, number, column) for column in range(width)} for number in found[1:]]
    _check_header(book, header, rows)
    return Table(header, rows)


def _check_header(book: Book, header: dict[int, Cell], rows: list[dict[int, Cell]]) -> None:
    seen: dict[str, Cell] = {}
    for cell in header.values():
        name = str(cell.value).strip()
        if name in seen:
            book.complain(cell, f"the column '{name}' occurs twice; rename or drop one")
        seen[name] = cell
    for column in {column for row in rows for column in row} - set(header):
        stray = next((row[column] for row in rows if row[column].value is not None), None)
        if stray is not None:
            book.complain(stray, f"stands in a column without a header, got {shown(stray.value)}; write the header, or delete it")


def columns_of(book: Book, table: Table, labels: dict[str, Label]) -> dict[str, int]:
    """Return the column of every label; an unknown header is a complaint, except for notes."""
    places: dict[str, int] = {}
    for column, cell in table.header.items():
        key = find(str(cell.value), labels)
        if key is None and find(str(cell.value), {"note": NOTE}) is None:
            known = ", ".join(label.fr if book.lang == "fr" else label.en for label in labels.values())
            hint = did_you_mean(str(cell.value), spellings(labels.values())) or f"; known: {known}"
            book.complain(cell, f"unknown column '{cell.value}'{hint}")
        elif key is not None:
            places.setdefault(key, column)
    return places


NOTE = Label("Note", "Remarque", ("notes", "remarques", "comment", "commentaire"))


def shown(value: Any) -> str:
    """Name a cell's content in a message."""
    return f"'{value}'" if isinstance(value, str) else str(plain(value))


def plain(value: Any) -> Any:
    """Return a cell's content as scenario files write it: whole numbers whole, dates in ISO, times of day as 08:30.

    Examples
    --------
    >>> plain(12.0), plain(dt.time(8, 30)), plain(dt.datetime(2026, 1, 5))
    (12, '08:30', '2026-01-05')
    """
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    if isinstance(value, dt.timedelta):
        return f"{value.total_seconds():.12g}s"
    return value.strip() if isinstance(value, str) else value


def span_seconds(value: Any) -> float | None:
    """Seconds of a cell that the spreadsheet formats as a time; None if it is none."""
    if isinstance(value, dt.time):
        return value.hour * 3600.0 + value.minute * 60 + value.second + value.microsecond / 1e6
    if isinstance(value, dt.timedelta):
        return round(value.total_seconds(), 3)
    return None
