"""Expected contacts and head-counts as tables with a row a day, for people to edit, and the fields that an edited table sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simkpi.errors import InputError
from simkpi.planning.head_counts import blocks, without_absence
from simkpi.scenario.books.words import number
from simkpi.scenario.fields import plain_number
from simkpi.scenario.files import override
from simkpi.scenario.heads import heads
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Spec, Volume
from simkpi.units import DAY, format_duration, format_time_of_day

if TYPE_CHECKING:  # its module loads everything that simulates, which a table does not need
    from simkpi.planning.staff_plan import StaffPlan

VOLUME, STAFF = "volume", "staff"
#: Most cells of a table that is edited by hand.
MOST_CELLS = 50_000


@dataclass(frozen=True)
class DayTable:
    """Numbers by interval of the day.

    Parameters
    ----------
    kind : str
        ``volume`` (expected contacts of a contact type) or ``staff`` (agents of a team).
    owner : str
        Name of the contact type or team.
    interval, start : float, seconds
        Length of an interval, and when the first begins.
    rows : sequence of sequence of number or text
        One row a day; texts are numbers as somebody wrote them, and are read when they are applied.
    is_fixed : bool
        Shown, but not to be edited by hand: agents with timetables, recorded volumes.
    is_on_queue : bool
        Of staff: agents on queue, so that nobody is absent beside them.
    """

    kind: str
    owner: str
    interval: float
    start: float
    rows: Sequence[Sequence[float | str]]
    is_fixed: bool = False
    is_on_queue: bool = False

    @property
    def name(self) -> str:
        """Unique in the scenario: ``staff:phone``."""
        return f"{self.kind}:{self.owner}"

    @property
    def path(self) -> str:
        """Field that it sets."""
        return f"contacts.{self.owner}.volume" if self.kind == VOLUME else f"teams.{self.owner}.staffing"

    @property
    def clock(self) -> tuple[str, ...]:
        """Start of every interval as a time of day."""
        width = max(map(len, self.rows), default=0)
        return tuple(format_time_of_day((self.start + index * self.interval) % DAY) for index in range(width))


def day_tables(scenario: Scenario) -> tuple[DayTable, ...]:
    """Tables of every contact type and every team; volumes without what overlays add, since these stay."""
    plain = override(scenario, {"overlays": {}}) if scenario.short.get("overlays") else scenario
    return (*_volumes(plain), *_staff(scenario))


def _volumes(scenario: Scenario) -> Iterator[DayTable]:
    for name, contact in scenario.spec.contacts.items():
        volume = contact.volume
        rows = tuple(tuple(plain_number(round(value, 6)) for value in row) for row in volume.expected or ())
        yield DayTable(VOLUME, name, volume.interval, volume.start, rows, is_fixed=volume.mode == "replay")


def _staff(scenario: Scenario) -> Iterator[DayTable]:
    for name, team in scenario.spec.teams.items():
        shown = heads(scenario.spec, name) if team.has_timetables else team.staffing
        assert shown is not None
        yield DayTable(STAFF, name, shown.interval, shown.start, shown.count or (), is_fixed=team.has_timetables)


def table_changes(scenario: Scenario, table: DayTable) -> dict[str, Any]:
    """Return what to write for a table, by path (see :func:`simkpi.scenario.files.override`).

    Raises
    ------
    InputError
        If the scenario has no such contact type or team, or the table is too large.
    """
    known = scenario.spec.contacts if table.kind == VOLUME else scenario.spec.teams
    if table.owner not in known:
        raise InputError(f"there is no '{table.owner}'; known: {', '.join(known)}")
    if sum(map(len, table.rows)) > MOST_CELLS:
        raise InputError(f"has more than {MOST_CELLS:,} numbers; put them into a file of the scenario")
    grid: dict[str, Any] = {"interval": format_duration(table.interval), "from": format_time_of_day(table.start)}
    rows = [[number(cell) if isinstance(cell, str) else cell for cell in row] for row in table.rows]
    numbers = rows[0] if len(rows) == 1 else rows
    if table.kind == VOLUME:
        return {table.path: {**_kept(scenario, table.owner), **grid, "expected": numbers}}
    absence = without_absence(scenario, table.owner) if table.is_on_queue else {}
    return {table.path: {**grid, "count": numbers}, **absence}


def _kept(scenario: Scenario, name: str) -> dict[str, Any]:
    """Return what a volume says beside its numbers: mode, spreads, correlation."""
    given = Volume.long_form(Spec.model_validate(scenario.short).contacts[name].volume.model_dump(mode="json", by_alias=True))
    dropped = {*Volume.alternatives, "column", "interval", "from", "scale"}
    return {key: value for key, value in given.items() if key not in dropped}


def recommended_tables(plan: StaffPlan) -> tuple[DayTable, ...]:
    """Tables with the staff that a plan recommends: agents on queue."""
    found = blocks(plan.cells, plan.recommended, plan.scenario.spec.calendar.days)
    return tuple(DayTable(STAFF, name, step, start, rows, is_on_queue=True) for name, (start, step, rows) in found.items())
