"""The sheets with one row an interval: forecasts and head-counts by time of day, for every day, weekdays or dates."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from simkpi.errors import did_you_mean
from simkpi.scenario.books.sheets import NOTE, Book, Cell, Table, plain, shown, span_seconds, table_of
from simkpi.scenario.books.words import GRID, SETTINGS, SHEETS, find, fold, number
from simkpi.scenario.books.words import date as words_date
from simkpi.scenario.days import read_date, weekdays_in
from simkpi.scenario.document import Node
from simkpi.units import DAY, format_duration, format_time_of_day, parse_time_of_day

Row = dict[int, Cell]


@dataclass(frozen=True)
class Group:
    """Rows of one day, of some weekdays, or (``""``) of every open day, and the time at which the first begins."""

    key: str
    start: float
    rows: list[Row]


def read_grid(
    book: Book, sheet: str, known: list[str], interval: float | None, calendar: tuple[str | None, int]
) -> dict[str, Node]:
    """Return for every name in the header the block of its numbers, as scenario files write it.

    Parameters
    ----------
    book : Book
        The workbook; collects what is wrong.
    sheet : str
        ``forecast`` or ``staff``.
    known : list of str
        Names that may stand in the header: contact types, or teams.
    interval : float or None, seconds
        What the settings say of the rows.
    calendar : tuple of str or None and int
        First day (ISO) and number of days, which dates in the sheet must follow.
    """
    table = table_of(book, sheet)
    places, named = _columns(book, table, sheet, known)
    if not table.rows or not named:
        return {}
    if "from" not in places:
        first = next(iter(table.header.values()))
        book.complain(first, f"the sheet has no column '{GRID['from'].say(book.lang)}' with the start of each interval")
        return {}
    groups, step = _groups(book, table, places, interval, f"#{sheet}")
    _check_dates(book, groups, places, calendar)
    if not groups:
        return {}
    every = "expected" if sheet == "forecast" else "count"
    return {
        name: _block(book, groups, table.header[column], column, every=every, step=step)
        for name, column in named.items()
        if any(row[column].value is not None for row in table.rows)
    }


def _columns(book: Book, table: Table, sheet: str, known: list[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the columns of day and time, and those of the names."""
    places: dict[str, int] = {}
    named: dict[str, int] = {}
    folded = {fold(name): name for name in known}
    where = SHEETS["contacts" if sheet == "forecast" else "teams"]
    for column, cell in table.header.items():
        text = str(plain(cell.value))
        key = find(text, GRID)
        if fold(text) in folded:
            named[folded[fold(text)]] = column
        elif key is not None:
            places.setdefault(key, column)
        elif find(text, {"note": NOTE}) is None:
            has = "it has" if book.is_table else "that sheet has"
            hint = did_you_mean(text, known) or f"; {has}: {', '.join(known) or 'none'}"
            place = "no contact type or team of this plan" if book.is_table else f"not in the sheet '{where.say(book.lang)}'"
            book.complain(cell, f"is {place}, got '{text}'{hint}")
    return places, named


def _groups(book: Book, table: Table, places: dict[str, int], interval: float | None, setting: str) -> tuple[list[Group], float]:
    """Cut the rows into days; their times must follow one another in equal steps."""
    found: dict[str, list[tuple[float, Row]]] = {}
    for row in table.rows:
        key, start = _day(book, row.get(places.get("day", -1))), _time(book, row[places["from"]])
        if key is not None and start is not None:
            found.setdefault(key, []).append((start, row))
    if "" in found and len(found) > 1:
        book.complain(found[""][0][1][places["day"]], "is empty, but other rows name their day; fill in the day of every row")
    pairs = [(rows[0][0], rows[1]) for rows in found.values() if len(rows) > 1]
    step = pairs[0][1][0] - pairs[0][0] if pairs else interval or 1800.0
    if interval and step != interval:
        label, where = SETTINGS[setting].say(book.lang), SHEETS["settings"].say(book.lang)
        says = f"'{label}' in the sheet '{where}' says {format_duration(interval)}; change the rows or that setting"
        book.complain(pairs[0][1][1][places["from"]], f"{_after(step)}, but {says}")
    for rows in found.values():
        for (before, _), (start, row) in pairwise(rows):
            if start - before != step:
                apart = f"the rows before are {format_duration(step)} apart; write one row for every interval"
                book.complain(row[places["from"]], f"{_after(start - before)}, but {apart}")
                break  # one wrong step makes all that follow look wrong
    return [Group(key, rows[0][0], [row for _, row in rows]) for key, rows in found.items()], max(step, 1.0)


def _after(gap: float) -> str:
    return f"is {format_duration(gap)} after the row above" if gap > 0 else "does not come after the row above"


def _day(book: Book, cell: Cell | None) -> str | None:
    """Return weekdays or a date (ISO) as scenario files write them; empty text for every day, None if it is neither."""
    if cell is None or cell.value is None:
        return ""
    text = words_date(str(plain(cell.value)), book.lang)
    try:
        if text[:1].isdigit():
            return read_date(text).isoformat()
        text = re.sub(r"\s+(?:à|to)\s+|\s*[-–]\s*", "-", text)
        weekdays_in(text)
        return text
    except ValueError as error:
        book.complain(cell, str(error))
        return None


def _time(book: Book, cell: Cell) -> float | None:
    """Seconds after midnight at which an interval begins."""
    value = cell.value
    seconds = span_seconds(value)
    if seconds is None and isinstance(value, float) and 0 <= value < 1:
        seconds = round(value * DAY)  # a time whose format was lost
    if seconds is None and isinstance(value, str):
        text = re.split(r"\s*[-–]\s*", value.strip())[0]  # 08:00-08:30 begins at 08:00
        text = re.sub(r"^(\d{1,2})\s*[hH]\s*(\d{2})?$", lambda match: f"{match[1]}:{match[2] or '00'}", text)
        try:
            seconds = parse_time_of_day(text)
        except ValueError:
            seconds = None
    if seconds is None or seconds >= DAY:
        got = "nothing" if value is None else shown(value)
        book.complain(cell, f"must be the time of day at which the interval begins, got {got}; write e.g. 08:30")
        return None
    return seconds


def _check_dates(book: Book, groups: list[Group], places: dict[str, int], calendar: tuple[str | None, int]) -> None:
    """Refuse weekdays beside dates, and dates that are not the days of the plan one after the other."""
    dated = [group for group in groups if group.key[:1].isdigit()]
    if not dated:
        return
    for group in groups:
        if group not in dated and group.key:
            book.complain(group.rows[0][places["day"]], "is no date, but other rows have dates; write the one or the other")
    first, days = calendar
    start = dt.date.fromisoformat(first or dated[0].key)
    wanted = [(start + dt.timedelta(days=number)).isoformat() for number in range(days)]
    for group in dated:
        if group.key not in wanted:
            message = f"is not a day of the plan, which goes from {wanted[0]} to {wanted[-1]}, got {group.key}"
            book.complain(group.rows[0][places["day"]], message)
    missing = [day for day in wanted if day not in {group.key for group in dated}]
    if missing:
        listed = ", ".join(missing[:3]) + (" ..." if len(missing) > 3 else "")
        book.complain(dated[-1].rows[-1][places["day"]], f"is the last of the rows, but the plan has more days: {listed}")


def _block(book: Book, groups: list[Group], header: Cell, column: int, *, every: str, step: float) -> Node:
    start = min(group.start for group in groups)
    rows = {group.key: _numbers(book, group, column, lead=(group.start - start) / step) for group in groups}
    block: dict[str, Node] = {
        "interval": header.node(format_duration(step)),
        "from": header.node(format_time_of_day(start)),
    }
    if "" in rows:
        block[every] = rows[""]
    elif groups[0].key[:1].isdigit():
        block[every] = header.node([rows[key] for key in sorted(rows)])
    else:
        block["weekdays"] = header.node(rows)
    return header.node(block)


def _numbers(book: Book, group: Group, column: int, *, lead: float) -> Node:
    """Return the numbers of a day, with *lead* zeros before its first row."""
    cells = [row[column] for row in group.rows]
    if lead != int(lead):
        book.complain(cells[0], "begins off the steps of the other days; write rows that begin a whole number of steps apart")
    values: list[Node] = [cells[0].node(0) for _ in range(int(lead))]
    for cell in cells:
        if cell.value is None:
            book.complain(cell, "is empty; write 0 for none")
        values.append(cell.node(_number(cell.value)))
    return cells[0].node(values)


def _number(value: Any) -> Any:
    return 0 if value is None else number(value) if isinstance(value, str) else plain(value)
