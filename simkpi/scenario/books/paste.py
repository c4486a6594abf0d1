"""One table of intervals, pasted from a spreadsheet or sent as a file: volumes by contact type, or agents by team."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from simkpi.errors import Problem, ScenarioError, did_you_mean
from simkpi.scenario.books.grids import read_grid
from simkpi.scenario.books.sheets import MAX_CELLS, Book
from simkpi.scenario.books.words import GRID, SHEETS, find, fold
from simkpi.workbooks import is_book, open_book

#: Sheet of a plan -> where its columns belong in a scenario.
PLACES = {"forecast": ("contacts", "volume"), "staff": ("teams", "staffing")}


def read_intervals(
    data: bytes | str, *, contacts: Sequence[str], teams: Sequence[str], calendar: tuple[str | None, int], file: str = ""
) -> dict[str, dict[str, Any]]:
    """Read a table with a column ``From`` and one column a contact type or team, as the sheets of a workbook have them.

    Parameters
    ----------
    data : bytes or str
        Text with tabs, semicolons or commas between the cells (as a spreadsheet copies or saves it), or a workbook: its sheets
        Forecast and Staff, else its first one. Headers in English or French, decimal points or commas.
    contacts, teams : sequence of str
        Names that may stand in the header.
    calendar : tuple of str or None and int
        First day (ISO) and number of days, which dates in the table must follow.
    file : str
        Name for messages.

    Returns
    -------
    dict of str to dict
        Path (``contacts.voice.volume``, ``teams.phone.staffing``) -> block as a scenario file writes it.

    Raises
    ------
    ScenarioError
        With every mistake, each with its cell.
    """
    book = Book(file, {}, {}, is_table=True)
    every = [*contacts, *teams]
    for name, rows in _sheets(data, file):
        _check_header(rows, every, file)
        sheet = find(name, {key: SHEETS[key] for key in PLACES}) or _kind(rows, contacts, teams)
        if sheet in book.rows:
            raise ScenarioError(Problem(f"holds the sheet '{SHEETS[sheet].say('en')}' twice; keep one", file=file))
        book.rows[sheet], book.names[sheet] = rows, name
        book.lang = _language(rows, book.lang)
    found = {}
    for sheet in book.rows:
        block, within = PLACES[sheet]
        known = list(contacts if block == "contacts" else teams)
        for owner, node in read_grid(book, sheet, known, None, calendar).items():
            found[f"{block}.{owner}.{within}"] = node.data()
    if book.problems:
        raise ScenarioError(book.problems)
    if not found:
        names = ", ".join(every)
        raise ScenarioError(Problem(f"holds no column to read; write one called as a contact type or team: {names}", file=file))
    return found


def _sheets(data: bytes | str, file: str) -> list[tuple[str, list[list[Any]]]]:
    """Names and rows of the sheets to read, all rows of a sheet equally long."""
    if isinstance(data, bytes) and is_book(data):
        source = open_book(data, ScenarioError, file=file)
        names = [name for name in source.sheet_names if find(name, {key: SHEETS[key] for key in PLACES})]
        found = []
        for name in names or source.sheet_names[:1]:
            sheet = source.get_sheet_by_name(name)
            if (sheet.total_height or 0) * (sheet.total_width or 0) > MAX_CELLS:
                raise ScenarioError(Problem(f"has more than {MAX_CELLS:,} cells in the sheet '{name}'", file=file))
            found.append((name, sheet.to_python(skip_empty_area=False)))
        return found
    return [("table", _cells(_text(data, file), file))]


def _text(data: bytes | str, file: str) -> str:
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"is neither a workbook nor UTF-8 (byte {error.start}); save it as XLSX or as CSV UTF-8"
        raise ScenarioError(Problem(message, file=file)) from None


def _cells(text: str, file: str) -> list[list[Any]]:
    """Cut text into cells at the separator that its first line has most of."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first or "\0" in text:
        raise ScenarioError(Problem("holds no table: paste the header and the rows, as a spreadsheet copies them", file=file))
    separator = max("\t;,", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise ScenarioError(Problem(f"is not readable as a table: {error}", file=file)) from None
    width = max(map(len, rows))
    if width * len(rows) > MAX_CELLS:
        raise ScenarioError(Problem(f"has more than {MAX_CELLS:,} cells", file=file))
    return [[*row, *[""] * (width - len(row))] for row in rows]


def _check_header(rows: Sequence[Sequence[Any]], names: Sequence[str], file: str) -> None:
    """Refuse a table whose first row holds nothing but numbers and times: its header was not copied."""
    first = [str(cell).strip() for cell in next((row for row in rows if any(str(cell).strip() for cell in row)), ())]
    if first and not any(letter.isalpha() for cell in first for letter in cell):
        got = ", ".join(f"'{cell}'" for cell in first[:4])
        message = f"the first row must hold names: From, and contact types or teams ({', '.join(names)}); it holds {got}"
        raise ScenarioError(Problem(message, file=file))


def _kind(rows: Sequence[Sequence[Any]], contacts: Sequence[str], teams: Sequence[str]) -> str:
    """Whether the header names rather contact types or teams, misspelt ones included."""
    header = [str(cell) for cell in next((row for row in rows if any(str(cell).strip() for cell in row)), ())]
    near = {known: sum(bool(did_you_mean(name, known)) for name in header) for known in (tuple(contacts), tuple(teams))}
    return "staff" if near[tuple(teams)] > near[tuple(contacts)] else "forecast"


def _language(rows: Sequence[Sequence[Any]], before: str) -> str:
    """French if the header has a French word of the grid that is none in English."""
    header = [fold(str(cell)) for cell in (rows[0] if rows else ())]
    return "fr" if any(fold(label.fr) in header for label in GRID.values()) else before
