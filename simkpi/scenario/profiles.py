"""Volumes and head-counts laid out: one row of intervals for every day of the calendar."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path

from simkpi.errors import InputError
from simkpi.scenario.days import WEEKDAYS, Days, by_weekday
from simkpi.scenario.document import Place
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Span, Staffing, Volume
from simkpi.scenario.tables import Numbers, TableError, find_table, grid_of, read_column
from simkpi.scenario.volumes import read_rate
from simkpi.units import DAY, format_duration, format_time_of_day, to_ticks

Rows = tuple[tuple[float, ...], ...]

#: Most cells (days x intervals) of one profile.
MAX_CELLS = 5_000_000


@dataclass(frozen=True)
class Grid:
    """Rows of numbers, one a day, in steps of *interval* from *start* (seconds after midnight)."""

    start: float
    interval: float
    rows: Rows


@dataclass(frozen=True)
class Context:
    """What laying out needs beside the block: the calendar, where files lie, and who hears of problems."""

    days: Days
    folder: Path
    findings: Findings


def volume_grid(volume: Volume, context: Context, place: Place) -> Grid:
    """Lay out a volume, its factor included."""
    if volume.rate is not None:
        grid = _rate_grid(volume, context, place)
    else:
        grid = _table_grid(volume, volume.expected, context, (*place, "expected"))
    _check_clock(grid, context, place, "expects contacts")
    if volume.scale == 1:
        return grid
    return Grid(grid.start, grid.interval, tuple(tuple(value * volume.scale for value in row) for row in grid.rows))


def staffing_grid(staffing: Staffing, context: Context, place: Place) -> Grid:
    """Lay out a head-count."""
    grid = _table_grid(staffing, staffing.count, context, (*place, "count"))
    for number, row in enumerate(grid.rows):
        odd = next((value for value in row if value != int(value) or value > 1_000_000), None)
        if odd is not None:
            message = f"must hold whole numbers of agents up to 1,000,000, got {odd:g} on {context.days.dates[number]}"
            context.findings.error(place, message)
            break
    _check_clock(grid, context, place, "has agents")
    return grid


def constant_grid(count: int, context: Context, place: Place) -> Grid:
    """Lay out one head-count over the opening hours, in the longest steps that fit them."""
    days = context.days
    start, interval = _opening_steps(days, 0)
    steps = max(1, round((days.bounds[-1] - start) / interval)) if days.bounds else 1
    if steps * len(days.dates) > MAX_CELLS:
        message = f"needs {steps * len(days.dates):,} steps to follow the opening hours; at most {MAX_CELLS:,} are possible"
        context.findings.error(place, message)
        return Grid(start, interval, ())
    rows = (_open_row(span, start, interval, steps, float(count)) for span in days.hours)
    return Grid(start, interval, tuple(days.repeated(row, day, start, interval) for day, row in enumerate(rows)))


def _opening_steps(days: Days, interval_ticks: int) -> tuple[float, float]:
    """Start and longest step (seconds) that meet every opening and closing time and divide the given interval."""
    start = min(days.bounds, default=0.0)
    step = reduce(math.gcd, {to_ticks(bound - start) for bound in days.bounds}, interval_ticks)
    return start, step / 1000 if step else DAY


def _open_row(span: Span | None, start: float, interval: float, steps: int, value: float) -> tuple[float, ...]:
    if span is None:
        return (0.0,) * steps
    return tuple(value if span.start <= start + index * interval < span.end else 0.0 for index in range(steps))


def _check_clock(grid: Grid, context: Context, place: Place, what: str) -> None:
    """Refuse numbers for a time that the wall clock skips."""
    for change in context.days.changes:
        if not change.is_skipped or change.day >= len(grid.rows):
            continue
        for index, value in enumerate(grid.rows[change.day]):
            start = grid.start + index * grid.interval
            if value and change.touches(start, grid.interval):
                when = f"{context.days.dates[change.day]} {format_time_of_day(start)}"
                if change.covers(start, grid.interval):
                    lasts = DAY - (change.end - change.start)
                    many = f"{lasts / grid.interval:g} intervals of {format_duration(grid.interval)}"
                    context.findings.error(place, f"{what} at {when}, which summer time skips: that day has {many}")
                else:
                    clock = f"{format_time_of_day(change.start)} to {format_time_of_day(change.end)}"
                    context.findings.warn(
                        place, f"{what} at {when}, though summer time skips {clock}; the interval is taken whole"
                    )
                break


def _rate_grid(volume: Volume, context: Context, place: Place) -> Grid:
    days, findings = context.days, context.findings
    assert volume.rate is not None
    count, period = read_rate(volume.rate)
    if "start" in volume.model_fields_set and volume.start != days.opening:
        findings.warn((*place, "from"), "is not used: a rate is spread over the opening hours of the calendar")
    start, interval = _opening_steps(days, to_ticks(volume.interval))
    steps = max(1, round((days.bounds[-1] - start) / interval)) if days.bounds else 1
    if steps * len(days.dates) > MAX_CELLS:
        findings.error((*place, "interval"), f"makes {steps * len(days.dates):,} intervals; at most {MAX_CELLS:,} are possible")
        return Grid(start, interval, ((0.0,),) * len(days.dates))
    rows = []
    for day, span in enumerate(days.hours):
        if period < DAY:
            per_interval = count * interval / period
        elif period % (7 * DAY):
            per_interval = count / (period / DAY) * interval / (span.end - span.start) if span else 0.0
        else:
            per_interval = count / (period / (7 * DAY)) * interval / days.open_time if span else 0.0
        rows.append(days.repeated(_open_row(span, start, interval, steps, per_interval), day, start, interval))
    return Grid(start, interval, tuple(rows))


def _table_grid(block: Volume | Staffing, rows: Sequence[Sequence[float]] | None, context: Context, place: Place) -> Grid:
    """Lay out numbers written in the scenario; *place* is that of *rows*."""
    days, findings = context.days, context.findings
    start = block.start if "start" in block.model_fields_set else days.opening
    empty = Grid(start, block.interval, ())
    if block.file is not None:
        return _file_grid(block, context, place[:-1])
    if block.weekdays is not None:
        place = (*place[:-1], "weekdays")
        laid = _weekday_rows(block.weekdays, context, place)
        laid = [days.repeated(row, day, start, block.interval) for day, row in enumerate(laid)]
    else:
        assert rows is not None
        laid = [tuple(map(float, row)) for row in rows]
        if len(laid) == 1:
            laid = [laid[0] if span else (0.0,) * len(laid[0]) for span in days.hours]
            laid = [days.repeated(row, day, start, block.interval) for day, row in enumerate(laid)]
    if len(laid) != len(days.dates):
        findings.error(place, f"has {len(laid)} rows, the calendar {len(days.dates)} days; write one for all, or one a day")
        return empty
    for number, row in enumerate(laid):
        if len(row) != len(laid[0]):
            findings.error((*place, number), f"has {len(row)} intervals, the first row {len(laid[0])}; write as many in each")
            return empty
    if not _fits(empty, len(laid[0]), findings, place):
        return empty
    end = start + len(laid[0]) * block.interval
    if isinstance(block, Volume) and "start" not in block.model_fields_set and days.is_explicit and end < days.closing:
        shown, closing = f"{format_time_of_day(start)} to {format_time_of_day(end)}", format_time_of_day(days.closing)
        findings.warn(place, f"covers {shown}, but the centre is open until {closing}; 0 is taken for the rest")
    return Grid(start, block.interval, tuple(laid))


def _weekday_rows(named: Mapping[str, Sequence[float]], context: Context, place: Place) -> list[tuple[float, ...]]:
    days, findings = context.days, context.findings
    longest = max(len(row) for row in named.values())
    for key, row in named.items():
        if len(row) != longest:
            findings.error((*place, key), f"has {len(row)} intervals, another weekday {longest}; write as many in each")
    week = {day: tuple(map(float, row)) for day, row in by_weekday(named).items()}
    if days.is_explicit:
        absent = [WEEKDAYS[day] for day, span in days.week.items() if span and day not in week]
        if absent:
            findings.warn(place, f"has no numbers for {', '.join(absent)}, when the centre is open; 0 is taken")
    shut = (0.0,) * longest
    return [week.get(day.weekday(), shut) if len(week.get(day.weekday(), shut)) == longest else shut for day in days.dates]


def _fits(grid: Grid, count: int, findings: Findings, place: Place) -> bool:
    if count == 0:
        findings.error(place, "must not be empty")
        return False
    most = math.floor((to_ticks(DAY) - to_ticks(grid.start)) / to_ticks(grid.interval))
    if count > most:
        shown = f"{format_duration(grid.interval)} from {format_time_of_day(grid.start)}"
        findings.error(place, f"has {count} intervals; of {shown} at most {most} fit the day")
        return False
    return True


def _file_grid(block: Volume | Staffing, context: Context, place: Place) -> Grid:
    assert block.file is not None
    assert block.column is not None
    days, findings = context.days, context.findings
    empty = Grid(days.opening, block.interval, ())
    try:
        column = read_column(find_table(block.file, context.folder), block.column, block.file)
        stated = block.interval if "interval" in block.model_fields_set else None
        start, interval, numbers = grid_of(column, stated, days.is_skipped if days.changes else None)
    except InputError as error:
        findings.error((*place, "file"), error.problems[0].message)
        return empty
    except TableError as error:
        findings.errors.extend(error.problems)
        return empty
    if start is None:
        start = block.start if "start" in block.model_fields_set else days.opening
    grid = Grid(start, interval or block.interval, ())
    lengths = {day: max(values) + 1 for day, values in numbers.items()}
    steps = max(lengths.values())
    short = next((day for day, length in lengths.items() if length < steps), None)
    if column.entries[0].time is None and short is not None:
        findings.error((*place, "file"), f"has {lengths[short]} rows for {short}, {steps} for other days; add a time column")
        return empty
    if not _fits(grid, steps, findings, (*place, "file")):
        return empty
    return Grid(grid.start, grid.interval, _rows_by_date(grid, steps, numbers, context, (*place, "file")))


def _rows_by_date(grid: Grid, steps: int, numbers: Numbers, context: Context, place: Place) -> Rows:
    """One row per day of the calendar; a table without days holds one day, for all open days."""
    rows = []
    for number, (day, span) in enumerate(zip(context.days.dates, context.days.hours, strict=True)):
        given = numbers.get(day, numbers.get(None, {}) if span else {})
        row = tuple(given.get(index, 0.0) for index in range(steps))
        rows.append(row if day in numbers else context.days.repeated(row, number, grid.start, grid.interval))
        if day not in numbers and None not in numbers and span:
            context.findings.error(place, f"has no rows for {day}, an open day of the calendar")
        elif day in numbers and context.days.is_explicit and span:
            inside = (index for index in range(steps) if span.start <= grid.start + index * grid.interval < span.end)
            absent = (index for index in inside if index not in given)
            missing = next((at for at in absent if not _is_skipped(grid, context.days, day, at)), None)
            if missing is not None:
                time = format_time_of_day(grid.start + missing * grid.interval)
                context.findings.error(place, f"misses the interval {day} {time}, when the centre is open")
    return tuple(rows)


def _is_skipped(grid: Grid, days: Days, day: date, index: int) -> bool:
    return bool(days.changes) and days.is_skipped(day, grid.start + index * grid.interval, grid.interval)
