"""The shifts that were found as a scenario: agents with timetables in the place of a head-count."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from simkpi.planning.head_counts import without_absence
from simkpi.planning.shift_library import Pattern
from simkpi.planning.shift_plan import ShiftPlan
from simkpi.scenario.files import override
from simkpi.scenario.resolve import Scenario
from simkpi.units import DAY, format_duration, format_time_of_day


def with_timetables(plan: ShiftPlan) -> Scenario:
    """Return the scenario with the roster's shifts, in its short form too: ready to be written to a file.

    Agents then begin their breaks when the contact is over and finish what is open as the shift ends, which the roster's
    head-counts leave out: the figures differ a little from those of the plan.
    """
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for kind, numbers in _by_kind(plan).items():
        team, start, length, pause, rest, is_paid = kind
        shift: dict[str, Any] = {"start": format_time_of_day(start), "length": format_duration(length)}
        is_night = start + length > DAY
        if is_night:
            shift["overnight"] = True
        if pause is not None:
            shift["break"] = {"at": format_time_of_day(pause % DAY), "length": format_duration(rest), "paid": is_paid}
        for number in sorted(set(numbers.values()), reverse=True):
            days = [day for day, worked in numbers.items() if worked == number]
            every_day = plan.scenario.spec.calendar.days == 1 and not is_night
            dates = {} if every_day else {"dates": [_date(plan, day) for day in days]}
            lines[team].append({**dates, **shift, "count": number})
    changes: dict[str, Any] = {}
    for team, shifts in lines.items():
        changes[f"teams.{team}.shifts"] = shifts
        if plan.scenario.spec.teams[team].agents:
            changes[f"teams.{team}.agents"] = {}
        changes |= without_absence(plan.scenario, team)
    return override(plan.scenario, changes)


_Kind = tuple[str, float, float, float | None, float, bool]


def _by_kind(plan: ShiftPlan) -> dict[_Kind, dict[int, int]]:
    """Count each kind of shift by day."""
    found: dict[_Kind, dict[int, int]] = defaultdict(dict)
    for number, way in zip(plan.roster.numbers, plan.patterns, strict=True):
        if number:
            numbers = found[_kind(way)]
            numbers[way.day] = numbers.get(way.day, 0) + int(number)
    return found


def _kind(way: Pattern) -> _Kind:
    return way.team, way.start, way.length, way.pause, way.rest, way.is_rest_paid


def _date(plan: ShiftPlan, day: int) -> str:
    return (plan.scenario.spec.calendar.start + timedelta(days=day)).isoformat()
