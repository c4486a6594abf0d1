"""Writes a planner's workbook: sheets to fill in, with notes, limits and drop-down lists in the cells."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from simkpi.errors import OutputError, Problem
from simkpi.scenario.books import words
from simkpi.scenario.books.guide import guide
from simkpi.scenario.books.split import Numbers, Parts, split
from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.dump import to_yaml
from simkpi.scenario.resolve import Scenario
from simkpi.units import format_duration
from simkpi.workbooks import new_book, row_height

#: Most characters that a cell of a workbook holds.
MOST_LETTERS = 32_767
_SECONDS = {"talk", "hold", "wrap", "patience"}
_SHARES = {"talk_cv", "hold_cv", "wrap_cv", "patience_cv", "resolved", "day_spread", "planned", "unplanned"}
_SPREADS = {"talk_cv", "hold_cv", "wrap_cv", "patience_cv", "day_spread"}
#: Rows below the last one that are ready to be filled in.
_SPARE = 50


class _Pen:
    """A workbook with its formats and its language."""

    def __init__(self, book: Any, lang: str) -> None:
        self.book, self.lang = book, lang
        self.bold = book.add_format(
            {"bold": True, "bg_color": "#1F4E79", "font_color": "#FFFFFF", "text_wrap": True, "valign": "top"}
        )
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.grey = book.add_format({"font_color": "#595959", "italic": True, "text_wrap": True, "valign": "top"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        entry = {"bg_color": "#FFF8E1", "border": 1, "border_color": "#D9D9D9"}
        self.text = book.add_format({**entry, "num_format": "@"})
        self.long = book.add_format({**entry, "num_format": "@", "text_wrap": True, "valign": "top"})
        self.share = book.add_format({**entry, "num_format": "0.##%"})
        self.number = book.add_format({**entry, "num_format": "#,##0.##"})
        self.whole = book.add_format({**entry, "num_format": "#,##0"})
        self.time = book.add_format({**entry, "num_format": "hh:mm"})
        self.date = book.add_format({**entry, "num_format": "yyyy-mm-dd"})

    def sheet(self, key: str) -> Any:
        """Add the sheet called as *key* says."""
        sheet = self.book.add_worksheet(words.SHEETS[key].say(self.lang))
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def header(self, sheet: Any, labels: list[words.Label], width: int, *, suffix: dict[str, str] | None = None) -> None:
        """Write a header row that stays in view, with notes, high enough for columns of at least *width* characters."""
        texts = [label.say(self.lang) + (suffix or {}).get(label.en, "") for label in labels]
        sheet.set_row(0, row_height(texts, [width] * len(texts)))
        for column, (label, text) in enumerate(zip(labels, texts, strict=True)):
            sheet.write_string(0, column, text, self.bold)
            if label.note(self.lang):
                sheet.write_comment(0, column, label.note(self.lang), {"x_scale": 2})
        sheet.freeze_panes(1, 1)

    def put(self, sheet: Any, row: int, column: int, value: Any, form: Any) -> None:
        """Write a number as a number, a date as a date, anything else as text; nothing leaves an empty cell to fill in."""
        if value is None:
            sheet.write_blank(row, column, None, form)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, form)
        elif isinstance(value, (int, float)):
            sheet.write_number(row, column, value, form)
        elif isinstance(value, (dt.date, dt.time)):
            sheet.write_datetime(row, column, value, form)
        else:
            sheet.write_string(row, column, str(value), form)


def write_plan(scenario: Scenario, path: Path, *, lang: str | None = None) -> None:
    """Write a scenario as a workbook that :func:`simkpi.load` reads as the same scenario.

    Parameters
    ----------
    scenario : Scenario
        What stands in the workbook.
    path : Path
        File to write.
    lang : str or None
        Language of sheets, headers, notes and results; None is the scenario's.

    Raises
    ------
    OutputError
        If a field is too long for a cell, or the file can not be written.
    """
    parts = split(scenario, lang=lang)
    fields = {name: _as_text(value) for name, value in parts.fields.items()}
    long = [name for name, text in fields.items() if len(str(text)) > MOST_LETTERS]
    if long:
        message = f"is too long for a cell of a workbook ({MOST_LETTERS:,} characters); put its numbers into a CSV file"
        raise OutputError(Problem(message, name, scenario.file) for name in long)
    with new_book(path) as book:
        pen = _Pen(book, lang or scenario.spec.locale)
        _write_about(pen)
        _write_settings(pen, parts)
        _write_contacts(pen, parts)
        _write_grid(pen, "forecast", parts.forecast, list(parts.contacts), pen.number)
        _write_teams(pen, parts)
        _write_grid(pen, "staff", parts.staff, list(parts.teams), pen.whole)
        _write_targets(pen, parts)
        _write_fields(pen, fields)


def _as_text(value: Any) -> Any:
    """Write a block as a scenario file does, on as few lines as are readable; single values stay as they are."""
    if isinstance(value, (dict, list)):
        return to_yaml(value).strip()  # type: ignore[arg-type]
    return to_yaml(value).removesuffix("...\n").strip() if isinstance(value, str) else value  # type: ignore[arg-type]


def _write_about(pen: _Pen) -> None:
    sheet = pen.sheet("about")
    sheet.set_column(0, 0, 100)
    sheet.hide_gridlines(2)
    for row, line in enumerate(guide(pen.lang)):
        sheet.write_string(row, 0, line, pen.title if row == 0 else pen.wrap)


def _write_settings(pen: _Pen, parts: Parts) -> None:
    sheet = pen.sheet("settings")
    pen.header(sheet, list(words.SETTING.values()), 28)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 2, 60)
    for row, (key, label) in enumerate(words.SETTINGS.items(), start=1):
        sheet.write_string(row, 0, label.say(pen.lang))
        value: Any = parts.settings.get(key)
        form = pen.text
        if key == "calendar.from":
            value, form = dt.date.fromisoformat(str(value)), pen.date
        elif key.startswith("#") and value is not None:
            value = format_duration(value)
        elif isinstance(value, (int, float)):
            form = pen.number
        if pen.lang == "fr" and value == "closed":
            value = "fermé"
        pen.put(sheet, row, 1, value, form)
        sheet.write_string(row, 2, label.note(pen.lang), pen.grey)


def _write_contacts(pen: _Pen, parts: Parts) -> None:
    sheet = pen.sheet("contacts")
    labels = words.CONTACT
    pen.header(sheet, list(labels.values()), 15, suffix={labels[key].en: " (s)" for key in _SECONDS})
    sheet.set_column(0, len(labels) - 1, 15)
    rows = [{"name": name, **row} for name, row in parts.contacts.items()] + [{}] * 5
    for number, row in enumerate(rows, start=1):
        for column, key in enumerate(labels):
            form = pen.share if key in _SHARES else pen.number if key in _SECONDS else pen.text
            value = row.get(key)
            pen.put(sheet, number, column, "jamais" if value == "never" and pen.lang == "fr" else value, form)
    last = len(parts.contacts) + _SPARE
    place = list(labels).index
    sheet.data_validation(
        1, place("channel"), last, place("channel"), {"validate": "list", "source": list(CHANNELS), "error_type": "information"}
    )
    for key in sorted(_SHARES & set(labels)):
        _limit(pen, sheet, (1, place(key), last, place(key)), most=10 if key in _SPREADS else 1)


def _limit(pen: _Pen, sheet: Any, area: tuple[int, int, int, int], *, most: float, kind: str = "decimal") -> None:
    """Let a spreadsheet warn of numbers outside 0 to *most*; texts such as 80% stay possible."""
    title, message = ("Valeur inhabituelle", "De 0 à {}.") if pen.lang == "fr" else ("Unusual value", "From 0 to {}.")
    options = {"validate": kind, "criteria": "between", "minimum": 0, "maximum": most, "error_type": "warning"}
    sheet.data_validation(*area, {**options, "error_title": title, "error_message": message.format(f"{most:,.0f}")})


def _write_teams(pen: _Pen, parts: Parts) -> None:
    sheet = pen.sheet("teams")
    labels = words.TEAM
    pen.header(sheet, list(labels.values()), 18)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 4, 18)
    rows = [{"name": name, **row} for name, row in parts.teams.items()] + [{}] * 5
    for number, row in enumerate(rows, start=1):
        for column, key in enumerate(labels):
            form = pen.share if key in _SHARES else pen.whole if key == "count" else pen.text
            pen.put(sheet, number, column, row.get(key), form)
    _limit(pen, sheet, (1, 3, len(parts.teams) + _SPARE, 4), most=1)


def _write_grid(pen: _Pen, key: str, named: dict[str, Numbers], names: list[str], form: Any) -> None:
    """Write one row an interval; a column for each name, empty where the numbers stand elsewhere."""
    sheet = pen.sheet(key)
    pen.header(sheet, list(words.GRID.values()), 12)
    sheet.set_row(0, row_height(names, [14.0] * len(names)))
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, len(names) + 1, 14)
    for column, name in enumerate(names, start=2):
        sheet.write_string(0, column, name, pen.bold)
    sheet.freeze_panes(1, 2)
    if not named:
        return
    first, row = next(iter(named.values())), 0
    for day, width in ((day, len(values)) for day, values in first.rows.items()):
        for index in range(width):
            row += 1
            dated = day[:1].isdigit()
            pen.put(sheet, row, 0, dt.date.fromisoformat(day) if dated else day or None, pen.date if dated else pen.text)
            moment = int(first.start + index * first.interval)
            pen.put(sheet, row, 1, dt.time(moment // 3600, moment // 60 % 60), pen.time)
            for column, name in enumerate(names, start=2):
                pen.put(sheet, row, column, named[name].rows[day][index] if name in named else None, form)
    kind = "integer" if key == "staff" else "decimal"
    _limit(pen, sheet, (1, 2, row, len(names) + 1), most=1_000_000, kind=kind)


def _write_targets(pen: _Pen, parts: Parts) -> None:
    sheet = pen.sheet("targets")
    pen.header(sheet, list(words.TARGET.values()), 24)
    sheet.set_column(0, 2, 24)
    for row, target in enumerate([*parts.targets, *[(None, None, None)] * 5], start=1):
        for column, value in enumerate(target):
            pen.put(sheet, row, column, _in_words(value, pen.lang), pen.text)
    last = len(parts.targets) + _SPARE
    whose = {"validate": "list", "source": [_in_words("all", pen.lang), *parts.contacts], "error_type": "information"}
    if sum(map(len, whose["source"])) + len(whose["source"]) < 255:  # the most that a list in a cell holds
        sheet.data_validation(1, 0, last, 0, whose)


def _in_words(value: Any, lang: str) -> Any:
    """Write a goal, and whom it is for, in the planner's language; both are read in either."""
    if lang != "fr" or not isinstance(value, str):
        return value
    for english, french in (("at most ", "au plus "), ("at least ", "au moins "), (" in ", " en ")):
        value = value.replace(english, french)
    return "tous" if value == "all" else value


def _write_fields(pen: _Pen, fields: dict[str, Any]) -> None:
    sheet = pen.sheet("fields")
    pen.header(sheet, list(words.FIELD.values()), 36)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 1, 110)
    for row, (name, value) in enumerate([*fields.items(), *[(None, None)] * 5], start=1):
        pen.put(sheet, row, 0, name, pen.long)
        pen.put(sheet, row, 1, value, pen.long)
        sheet.set_row(row, min(400.0, row_height([str(value or "")], [110])))
