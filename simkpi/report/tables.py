"""KPI tables as a planner reads them: each figure with as many digits as its interval supports, and its definition beside it."""

from __future__ import annotations

import csv
import functools
import io
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

from simkpi.kpi.measure import KPIS, Kpi
from simkpi.units import decimals_for, format_time_of_day, format_value

#: Shown for every group when there are too many groups for all KPIs; ``--kpi`` or ``--format csv`` gives the others.
MAIN = ("offered", "abandon_rate", "service_level", "asa", "aht", "occupancy")
#: Groups that fit beside each other as columns.
ACROSS = 4
DASH = "–"

Lines = list[list[str]]


def figure(value: float | None, half_width: float | None, unit: str, *, locale: str = "en") -> str:
    """Write a figure with its half-width: ``78.4% ± 0.6``, ``35s ± 2s``; a dash if it is undefined.

    Examples
    --------
    >>> figure(0.784213, 0.00612, "fraction"), figure(812.4, 9.7, "count"), figure(None, None, "seconds")
    ('78.4% ± 0.6', '812 ± 10', '–')
    """
    if value is None or math.isnan(value):
        return DASH
    shown = format_value(value, unit, half_width=half_width, locale=locale)
    if half_width is None:
        return shown
    if unit == "fraction":
        points = half_width * 100
        half = f"{points:.{decimals_for(points) if points else 0}f}"
    elif unit == "seconds":
        half = format_value(half_width, unit, half_width=half_width)
    else:
        half = f"{half_width:,.{decimals_for(half_width) if half_width else 0}f}"
    return f"{shown} ± {half.replace('.', ',') if locale == 'fr' else half}"


def kpi_lines(table: pl.DataFrame, *, by: Sequence[str] = (), locale: str = "en") -> tuple[list[str], Lines, str]:
    """Lay out a KPI table: one line a KPI; with few groups one column a group; with many groups one line a group.

    Parameters
    ----------
    table : DataFrame
        From :meth:`simkpi.experiment.result.Result.kpis` or :func:`simkpi.score`.
    by : sequence of str
        Group columns.
    locale : str
        ``en`` or ``fr``.

    Returns
    -------
    tuple
        Header, lines, and a note about what is left out (may be empty).
    """
    if "status" in table.columns:
        table = table.filter(pl.col("status") != "unavailable")
    if not by:
        return _one_line_per_kpi(table, locale)
    days = {moment.date() for moment in table[by[0]].to_list() if isinstance(moment, datetime)} if by[0] == "interval" else set()
    write = functools.partial(_key, one_day=len(days) == 1)
    groups = _busy_groups(table, by)
    cells = {(row["kpi"], *(row[key] for key in by)): _cell(row, locale) for row in table.iter_rows(named=True)}
    names = table["kpi"].unique(maintain_order=True).to_list()
    if len(groups) <= ACROSS:
        header = ["KPI", *[" ".join(map(write, by, group)) for group in groups]]
        return header, [[title(name, locale), *[cells.get((name, *group), DASH) for group in groups]] for name in names], ""
    shown = names if len(names) <= len(MAIN) + 1 else ([name for name in MAIN if name in names] or names[: len(MAIN)])
    header = [*by, *[title(name, locale) for name in shown]]
    lines = [[*map(write, by, group), *[cells.get((name, *group), DASH) for name in shown]] for group in groups]
    left = len(names) - len(shown)
    return header, lines, f"{left} more KPIs: choose with --kpi, or --format csv for all" if left else ""


def unavailable_lines(table: pl.DataFrame, *, locale: str = "en") -> list[str]:
    """Say which KPIs the log can not give, and which column or table is missing; nothing if all are there."""
    missing = table.filter(pl.col("status") == "unavailable").unique("kpi", maintain_order=True)
    if missing.is_empty():
        return []
    lines = [
        f"  {title(name, locale)}: {why.removeprefix('unavailable: ')}"
        for name, why in missing.select("kpi", "definition").iter_rows()
    ]
    return ["", "Unavailable", *lines]


def _busy_groups(table: pl.DataFrame, by: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the groups in which something happens, sorted: a night of empty half hours says nothing."""
    busy = table.filter(pl.col("value").fill_null(0) != 0)
    return (table if busy.is_empty() else busy).select(by).unique().sort(by, nulls_last=True).rows()


def _one_line_per_kpi(table: pl.DataFrame, locale: str) -> tuple[list[str], Lines, str]:
    has_interval = "half_width" in table.columns
    header = ["KPI", "Value", *(["95% interval"] if has_interval else []), "Definition"]
    lines = []
    for row in table.iter_rows(named=True):
        note = _note(row)
        lines.append([title(row["kpi"], locale), _cell(row, locale), *([_range(row, locale)] if has_interval else []), note])
    return header, lines, ""


def _note(row: Mapping[str, Any]) -> str:
    """Say what has to be known beside the figure: variant and parameters, or that it is not decided yet."""
    name = row["kpi"].partition(":")[0]
    stated = [part.removeprefix(f"{name}=") for part in row["definition"].split(", ") if not part.endswith("=None")]
    note = ", ".join(stated) if "=" in row["definition"] else ""
    if row["value"] is None and row.get("censored"):
        return f"not decided when the horizon ends ({note})"
    return note


def _cell(row: Mapping[str, Any], locale: str) -> str:
    return figure(row["value"], row.get("half_width"), row["unit"], locale=locale)


def _range(row: Mapping[str, Any], locale: str) -> str:
    if row["value"] is None:
        return ""
    if row["low"] is None:
        return "n/a"
    low, high = (format_value(row[end], row["unit"], half_width=row["half_width"], locale=locale) for end in ("low", "high"))
    return f"{low} to {high}"


def title(name: str, locale: str = "en") -> str:
    """Label of a KPI (``service_level:answered`` keeps its variant)."""
    base, _, variant = name.partition(":")
    if base not in KPIS:
        return name
    kpi: Kpi = KPIS.get(base)
    label = kpi.title_fr if locale == "fr" else kpi.title
    return f"{label} ({variant})" if variant else label


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _key(by: str, value: object, *, one_day: bool) -> str:
    """Write the value of a group key; with only one day in the table an interval needs no date."""
    if value is None:
        return "(none)"
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
