"""KPI tables as a planner reads them: each figure with as many digits as its interval supports, and its definition beside it."""

from __future__ import annotations

import csv
import functools
import io
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import polars as pl

from simkpi.kpi.measure import KPIS, Kpi
from simkpi.report.definitions import definition_words, reason_words
from simkpi.report.words import say
from simkpi.units import decimals_for, format_time_of_day, format_value

#: Shown for every group when there are too many groups for all KPIs; ``--kpi`` or ``--format csv`` gives the others.
MAIN = ("offered", "abandon_rate", "service_level", "asa", "aht", "occupancy")
#: Groups that fit beside each other as columns.
ACROSS = 4
DASH = "–"
#: Groups thousands in French.
NARROW = "\u202f"

Lines = list[list[str]]


class Layout(NamedTuple):
    """A table ready to print.

    Parameters
    ----------
    header, lines : list
        Text of the cells.
    note : str
        What is left out; may be empty.
    left : tuple of int
        Columns that hold text; the others hold figures and are aligned to the right.
    """

    header: list[str]
    lines: Lines
    note: str
    left: tuple[int, ...]


def figure(value: float | None, half_width: float | None, unit: str, *, lang: str = "en") -> str:
    """Write a figure with its half-width: ``78.4% ± 0.6``, ``35s ± 2s``; a dash if it is undefined.

    Examples
    --------
    >>> figure(0.784213, 0.00612, "fraction"), figure(812.4, 9.7, "count"), figure(None, None, "seconds")
    ('78.4% ± 0.6', '812 ± 10', '–')
    """
    if value is None or math.isnan(value):
        return DASH
    shown = format_value(value, unit, half_width=half_width, locale=lang)
    if half_width is None:
        return shown
    if unit == "fraction":
        points = half_width * 100
        half = f"{points:.{decimals_for(points) if points else 0}f}"
    elif unit == "seconds":
        half = format_value(half_width, unit, half_width=half_width)
    else:
        half = format_value(half_width, unit, half_width=half_width or 1.0)
    return f"{shown} ± {half.replace(',', NARROW).replace('.', ',') if lang == 'fr' else half}"


def kpi_lines(table: pl.DataFrame, *, by: Sequence[str] = (), lang: str = "en") -> Layout:
    """Lay out a KPI table: one line a KPI; with few groups one column a group; with many groups one line a group.

    Parameters
    ----------
    table : DataFrame
        From :meth:`simkpi.experiment.result.Result.kpis` or :func:`simkpi.score`.
    by : sequence of str
        Group columns.
    lang : str
        ``en`` or ``fr``.

    Returns
    -------
    Layout
    """
    if "status" in table.columns:
        table = table.filter(pl.col("status") != "unavailable")
    if not by:
        return _one_line_per_kpi(table, lang)
    days = {moment.date() for moment in table[by[0]].to_list() if isinstance(moment, datetime)} if by[0] == "interval" else set()
    write = functools.partial(_key, one_day=len(days) == 1, lang=lang)
    groups = _busy_groups(table, by)
    cells = {(row["kpi"], *(row[key] for key in by)): _cell(row, lang) for row in table.iter_rows(named=True)}
    names = table["kpi"].unique(maintain_order=True).to_list()
    if len(groups) <= ACROSS:
        header = [say("KPI", lang), *[" ".join(map(write, by, group)) for group in groups]]
        lines = [[title(name, lang), *[cells.get((name, *group), DASH) for group in groups]] for name in names]
        return Layout(header, lines, "", (0,))
    shown = names if len(names) <= len(MAIN) + 1 else ([name for name in MAIN if name in names] or names[: len(MAIN)])
    header = [*by, *[title(name, lang) for name in shown]]
    lines = [[*map(write, by, group), *[cells.get((name, *group), DASH) for name in shown]] for group in groups]
    left = len(names) - len(shown)
    note = say("({n} more KPIs: choose with --kpi, or --format csv for all)", lang, n=left) if left else ""
    return Layout(header, lines, note, tuple(range(len(by))))


def unavailable_lines(table: pl.DataFrame, *, lang: str = "en") -> list[str]:
    """Say which KPIs the log can not give, and which column or table is missing; nothing if all are there."""
    missing = table.filter(pl.col("status") == "unavailable").unique("kpi", maintain_order=True)
    if missing.is_empty():
        return []
    lines = [
        f"  {title(name, lang)}: {reason_words(why.removeprefix('unavailable: '), lang)}"
        for name, why in missing.select("kpi", "definition").iter_rows()
    ]
    return ["", say("Unavailable", lang), *lines]


def _busy_groups(table: pl.DataFrame, by: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the groups in which something happens, sorted: a night of empty half hours says nothing."""
    busy = table.filter(pl.col("value").fill_null(0) != 0)
    return (table if busy.is_empty() else busy).select(by).unique().sort(by, nulls_last=True).rows()


def _one_line_per_kpi(table: pl.DataFrame, lang: str) -> Layout:
    has_interval = "half_width" in table.columns
    interval = [say("{share} interval", lang, share=format_value(0.95, "fraction", half_width=0.5, locale=lang))]
    header = [say("KPI", lang), say("Value", lang), *(interval if has_interval else []), say("Definition", lang)]
    lines = []
    for row in table.iter_rows(named=True):
        note = _note(row, lang)
        lines.append([title(row["kpi"], lang), _cell(row, lang), *([_range(row, lang)] if has_interval else []), note])
    return Layout(header, lines, "", (0, len(header) - 1))


def _note(row: Mapping[str, Any], lang: str) -> str:
    """Say what has to be known beside the figure: variant and parameters, or that it is not decided yet."""
    note = definition_words(row["definition"], lang)
    if row["value"] is None and row.get("censored"):
        return say("not decided when the horizon ends ({note})", lang, note=note)
    return note


def _cell(row: Mapping[str, Any], lang: str) -> str:
    return figure(row["value"], row.get("half_width"), row["unit"], lang=lang)


def _range(row: Mapping[str, Any], lang: str) -> str:
    if row["value"] is None:
        return ""
    if row["low"] is None:
        return say("n/a", lang)
    low, high = (format_value(row[end], row["unit"], half_width=row["half_width"], locale=lang) for end in ("low", "high"))
    return say("{low} to {high}", lang, low=low, high=high)


def title(name: str, lang: str = "en") -> str:
    """Label of a KPI (``service_level:answered`` keeps its variant)."""
    base, _, variant = name.partition(":")
    if base not in KPIS:
        return name
    kpi: Kpi = KPIS.get(base)
    label = kpi.title_fr if lang == "fr" else kpi.title
    return f"{label} ({variant})" if variant else label


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _key(by: str, value: object, *, one_day: bool, lang: str) -> str:
    """Write the value of a group key; with only one day in the table an interval needs no date."""
    if value is None:
        return say("(none)", lang)
    if isinstance(value, datetime):
        return value.strftime("%H:%M" if one_day else "%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if by == "time_of_day" and isinstance(value, (int, float)):
        return format_time_of_day(value)
    if by == "hour" and isinstance(value, int):
        return f"{value:02d}:00"
    if by == "weekday" and isinstance(value, int) and 1 <= value <= 7:
        return _WEEKDAYS[value - 1]
    return "".join(character if character.isprintable() else "?" for character in str(value))


def aligned(header: Sequence[str], lines: Lines, *, left: Sequence[int] = (0,)) -> str:
    """Write lines as plain text: columns aligned, those of *left* to the left, the others to the right."""
    rows = [list(header), *lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    text = []
    for number, row in enumerate(rows):
        cells = [
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        text.append("  ".join(cells).rstrip())
        if number == 0:
            text.append("  ".join("-" * width for width in widths))
    return "\n".join(text)


def to_csv(table: pl.DataFrame) -> str:
    """Write a table as CSV: moments in ISO, nulls empty, text that a spreadsheet would take for a formula quoted with '."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_plain(value) for value in row] for row in table.iter_rows())
    return buffer.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def to_records(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts ready for JSON: moments and dates in ISO, figures that are not finite as null."""
    return [{key: _jsonable(value) for key, value in row.items()} for row in table.iter_rows(named=True)]


def _jsonable(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def to_json(stated: Mapping[str, Any]) -> str:
    """One JSON object, readable, without NaN."""
    return json.dumps(stated, ensure_ascii=False, indent=2, allow_nan=False)
