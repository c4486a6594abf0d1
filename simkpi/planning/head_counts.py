"""Head-counts as a list of cells (team, day, interval), so that a search can change one cell at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.scenario.files import override
from simkpi.scenario.heads import heads, staffed_by
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.shifts import Shrinkage
from simkpi.scenario.spec import Staffing
from simkpi.units import DAY, format_duration, format_time_of_day, to_ticks

Counts = NDArray[np.int64]
#: Most cells that are planned one by one.
MOST_CELLS = 5_000


@dataclass(frozen=True)
class Cell:
    """One interval of one team.

    Parameters
    ----------
    team : str
    day : int
        From 0.
    start : float, seconds
        After midnight of that day.
    length : float, seconds
    """

    team: str
    day: int
    start: float
    length: float

    @property
    def since(self) -> float:
        """Start, seconds from the horizon's start."""
        return self.day * DAY + self.start

    @property
    def clock(self) -> str:
        """Write the time of day at which it begins."""
        return format_time_of_day(self.start)


def cells_of(scenario: Scenario, interval: float | None = None) -> tuple[tuple[Cell, ...], Counts]:
    """Cells of all teams that are open at all, and the head-counts that the scenario gives them.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    interval : float or None, seconds
        Plan in intervals of this length; None: in those of each team's own head-count table.

    Raises
    ------
    InputError
        If *interval* does not divide the day, or there are too many cells.
    """
    if interval is not None and (interval < 60 or DAY % interval):
        raise InputError(f"interval: must be at least a minute and divide the day, got {format_duration(interval)}")
    cells: list[Cell] = []
    counts: list[int] = []
    for name in scenario.spec.teams:
        staffing = heads(scenario.spec, name)
        for day, row in enumerate(staffing.count or ()):
            grid = Cell(name, day, staffing.start, staffing.interval)
            for cell, count in _laid(grid, row, interval, _opening(scenario, day)):
                cells.append(cell)
                counts.append(count)
    if len(cells) > MOST_CELLS:
        raise InputError(f"has {len(cells):,} intervals to staff, at most {MOST_CELLS:,} are planned at once; take fewer days")
    return tuple(cells), np.array(counts, dtype=np.int64)


def _opening(scenario: Scenario, day: int) -> tuple[float, float]:
    """From the first to the last moment of a day at which contacts are expected, seconds after midnight; (0, 0) = never."""
    ends = []
    for contact in scenario.spec.contacts.values():
        volume = contact.volume
        row = (volume.expected or ())[day]
        busy = [index for index, expected in enumerate(row) if expected > 0]
        if busy:
            ends.append((volume.start + busy[0] * volume.interval, volume.start + (busy[-1] + 1) * volume.interval))
    return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else (0.0, 0.0)


def _laid(grid: Cell, row: Sequence[int], interval: float | None, opening: tuple[float, float]) -> list[tuple[Cell, int]]:
    """Cells of one row, or of the same row cut into *interval*; those in which nobody may come and nobody works are left out."""
    own = [(grid.start + index * grid.length, count) for index, count in enumerate(row)]
    if interval is not None:
        step = interval
        first, last = math.floor(grid.start / step), math.ceil((grid.start + len(row) * grid.length) / step)
        own = [(index * step, _at(index * step, grid, row)) for index in range(first, last)]
        grid = replace(grid, length=step)
    return [
        (replace(grid, start=start), int(count))
        for start, count in own
        if count > 0 or (start < opening[1] and start + grid.length > opening[0])
    ]


def _at(moment: float, grid: Cell, row: Sequence[int]) -> int:
    index = math.floor((moment - grid.start) / grid.length + 1e-9)
    return row[index] if 0 <= index < len(row) else 0


def staffed(scenario: Scenario, cells: Sequence[Cell], counts: Counts) -> Scenario:
    """Return the scenario with these head-counts; its short form is the old one, so it is for simulating only."""
    teams = dict(scenario.spec.teams)
    for name, block in blocks(cells, counts, scenario.spec.calendar.days).items():
        staffing = Staffing.model_construct(interval=block[1], start=block[0], count=block[2])
        teams[name] = staffed_by(teams[name], staffing)
    return replace(scenario, spec=scenario.spec.model_copy(update={"teams": teams}))


def blocks(cells: Sequence[Cell], counts: Counts, days: int) -> dict[str, tuple[float, float, tuple[tuple[int, ...], ...]]]:
    """Start, interval and rows (one a day) by team."""
    found = {}
    for name in dict.fromkeys(cell.team for cell in cells):
        own = [(cell, int(count)) for cell, count in zip(cells, counts, strict=True) if cell.team == name]
        length = own[0][0].length
        start = min(cell.start for cell, _ in own)
        width = max(round((cell.start - start) / length) for cell, _ in own) + 1
        rows = [[0] * width for _ in range(days)]
        for cell, count in own:
            rows[cell.day][round((cell.start - start) / length)] = count
        found[name] = (start, length, tuple(map(tuple, rows)))
    return found


def applied(scenario: Scenario, cells: Sequence[Cell], counts: Counts) -> Scenario:
    """Return the scenario with these head-counts, in its short form too: ready to be written to a file.

    The head-counts are agents on queue: a team's shifts and shrinkage go.
    """
    changes: dict[str, Any] = {}
    for name, (start, length, rows) in blocks(cells, counts, scenario.spec.calendar.days).items():
        written = [list(row) for row in rows]
        changes[f"teams.{name}.staffing"] = {
            "interval": format_duration(length),
            "from": format_time_of_day(start),
            "count": written[0] if len(written) == 1 else written,
        }
        changes |= without_absence(scenario, name)
    return override(scenario, changes)


def without_absence(scenario: Scenario, name: str) -> dict[str, Any]:
    """Return changes, by path, with which everybody of a team comes who is scheduled."""
    team = scenario.spec.teams[name]
    changes: dict[str, Any] = {f"teams.{name}.shrinkage": {}} if team.shrinkage != Shrinkage() else {}
    return changes | {f"teams.{name}.{field}": None for field in ("lateness", "adherence") if getattr(team, field) is not None}


def agent_hours(cells: Sequence[Cell], counts: Counts) -> float:
    """Agent-hours of the horizon."""
    return float(sum(to_ticks(cell.length) * int(count) for cell, count in zip(cells, counts, strict=True)) / 3_600_000)
