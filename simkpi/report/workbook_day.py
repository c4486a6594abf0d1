"""The sheet of the day in a workbook of results: the figures of the chart of the day, by time of day, and three charts."""

from __future__ import annotations

from typing import Any

import polars as pl

from simkpi.experiment.result import Result
from simkpi.report.day_drawing import day_drawing, interval_words
from simkpi.report.tables import title
from simkpi.report.words import say
from simkpi.report.workbook_pen import Pen

_DAY = 86_400.0
#: Columns of the sheet: rows of the table of the day, and which part of them.
_COLUMNS = (
    ("offered", "value"),
    ("answered", "value"),
    ("abandoned", "value"),
    ("agents", "value"),
    ("offered_load", "value"),
    ("service_level", "value"),
    ("service_level", "low"),
    ("service_level", "high"),
)
_ROWS_OF_A_CHART = 16


def write_day(pen: Pen, result: Result, *, interval: float) -> None:
    """Write contacts, agents, load and service level by time of day (means per open day), with charts beside them."""
    table, about = day_drawing(result, interval=interval, lang=pen.lang)
    goals = [(kpi, contact, value) for kpi, contact, value, _ in about["goals"]]
    sheet = pen.sheet(say("Day", pen.lang), widths=(9, *[13] * (len(_COLUMNS) + len(goals) + 1)))
    pen.header(sheet, 0, _header(pen, about["service_level"], goals, about["target"]))
    found = {(kpi, moment): row for kpi, moment, *row in table.select("kpi", "interval", "value", "low", "high").iter_rows()}
    moments = _open_hours(table)
    for number, moment in enumerate(moments, start=1):
        sheet.write_number(number, 0, moment / _DAY, pen.number("hh:mm"))
        for column, (kpi, part) in enumerate((*_COLUMNS, *[(kpi, "value") for kpi, _, _ in goals]), start=1):
            value = found.get((kpi, moment), [None] * 3)[("value", "low", "high").index(part)]
            like = ("fraction", None) if kpi.startswith("service_level") else ("count", 0.1)
            pen.figure(sheet, number, column, value, like=like)
        if about["target"] is not None:
            pen.figure(sheet, number, len(_COLUMNS) + len(goals) + 1, about["target"], like=("fraction", None))
    sheet.freeze_panes(1, 1)
    if moments:
        _charts(pen, sheet, len(moments), [contact for _, contact, _ in goals], interval, has_target=about["target"] is not None)


def _header(pen: Pen, definition: str, goals: list[tuple[str, str, float]], target: float | None) -> list[str]:
    level = title("service_level", pen.lang)
    words = [
        say("time of day", pen.lang),
        *[title(kpi, pen.lang) for kpi in ("offered", "answered", "abandoned")],
        say("agents on duty", pen.lang),
        say("load (Erlangs)", pen.lang),
        f"{level} ({definition})",
        f"{level}, {say('from', pen.lang)}",
        f"{level}, {say('to', pen.lang)}",
        *[f"{level}, {contact}" for _, contact, _ in goals],
    ]
    return [*words, say("target", pen.lang)] if target is not None else words


def _open_hours(table: pl.DataFrame) -> list[float]:
    """Return the times of day from the first to the last at which anything happens."""
    busy = table.filter((pl.col("value").fill_null(0) > 0) & ~pl.col("kpi").str.starts_with("service_level"))["interval"]
    if busy.is_empty():
        return []
    first, last = busy.min(), busy.max()
    return table["interval"].filter(table["interval"].is_between(first, last)).unique().sort().to_list()


def _charts(pen: Pen, sheet: Any, rows: int, contacts: list[str], interval: float, *, has_target: bool) -> None:
    """Put the three charts to the right of the table."""
    right, length = len(_COLUMNS) + len(contacts) + 3, interval_words(interval, pen.lang)
    volume = pen.book.add_chart({"type": "column", "subtype": "stacked"})
    for column, color in ((2, pen.BLUE), (3, pen.RED)):
        volume.add_series({**_data(sheet, rows, column), "fill": {"color": color}, "gap": 40})
    lines = pen.book.add_chart({"type": "line"})
    lines.add_series({**_data(sheet, rows, 1), "line": {"color": "#222222", "width": 1.75}})
    volume.combine(lines)
    _axes(pen, volume, "#,##0")
    pen.place(volume, sheet, say("Contacts per {length}", pen.lang, length=length), 0, right)
    staff = pen.book.add_chart({"type": "line"})
    staff.add_series({**_data(sheet, rows, 4), "line": {"color": pen.BLUE, "width": 2.25}})
    staff.add_series({**_data(sheet, rows, 5), "line": {"color": pen.ORANGE, "width": 2.25, "dash_type": "dash"}})
    _axes(pen, staff, "#,##0")
    pen.place(staff, sheet, say("Agents on duty and offered load", pen.lang), _ROWS_OF_A_CHART, right)
    level = pen.book.add_chart({"type": "line"})
    level.add_series({**_data(sheet, rows, 6), "line": {"color": pen.BLUE, "width": 2.25}})
    for column in (7, 8):
        level.add_series({**_data(sheet, rows, column), "line": {"color": pen.BLUE, "width": 0.75, "dash_type": "round_dot"}})
    for column, color in zip(range(9, 9 + len(contacts)), (pen.GREEN, pen.ORANGE, pen.RED, pen.GREY), strict=False):
        level.add_series({**_data(sheet, rows, column), "line": {"color": color, "width": 1.5, "dash_type": "dash"}})
    if has_target:
        level.add_series({**_data(sheet, rows, 9 + len(contacts)), "line": {"color": pen.RED, "width": 1.25}})
    _axes(pen, level, "0%", most=1.0)
    name = say("{kpi}, with 95% intervals", pen.lang, kpi=title("service_level", pen.lang))
    pen.place(level, sheet, name, 2 * _ROWS_OF_A_CHART, right)


def _data(sheet: Any, rows: int, column: int) -> dict[str, Any]:
    name = sheet.get_name()
    return {"name": [name, 0, column], "categories": [name, 1, 0, rows, 0], "values": [name, 1, column, rows, column]}


def _axes(pen: Pen, chart: Any, number_format: str, *, most: float | None = None) -> None:
    grid = {"visible": True, "line": {"color": pen.GRID}}
    chart.set_y_axis({"min": 0, "max": most, "num_format": number_format, "major_gridlines": grid, "line": {"none": True}})
    chart.set_x_axis({"num_format": "hh:mm", "text_axis": True, "interval_unit": 2, "num_font": {"size": 9}})
