"""Whether shifts can be worked: on days of the calendar, in hours that exist, by people who are in one place at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from simkpi.scenario.crews import days_worked, names_of_shifts
from simkpi.scenario.days import Days, days_of
from simkpi.scenario.document import Place
from simkpi.scenario.problems import Findings
from simkpi.scenario.shifts import NamedAgent, WorkShift
from simkpi.scenario.spec import Spec
from simkpi.units import DAY, format_duration, format_time_of_day


def check_shifts(spec: Spec, findings: Findings) -> None:
    """Check the shifts of all teams against the calendar and against one another."""
    days = days_of(spec.calendar)
    for place, shift in _shifts(spec):
        _check_days(shift, days, place, findings)
        _check_clock(shift, days, place, findings)
        if shift.dates and max(days_worked(shift, days), default=0) * DAY + shift.until > spec.calendar.days * DAY:
            findings.warn(place, "runs past the last day of the calendar: only its part before midnight is simulated")
    for name, team in spec.teams.items():
        for called, agent in team.agents.items():
            _check_overlap(agent, days, ("teams", name, "agents", called), findings)
    _check_names(spec, findings)


def _shifts(spec: Spec) -> Iterator[tuple[Place, WorkShift]]:
    for name, team in spec.teams.items():
        for number, shift in enumerate(team.shifts):
            yield ("teams", name, "shifts", number), shift
        for called, agent in team.agents.items():
            for number, shift in enumerate(agent.shifts):
                yield ("teams", name, "agents", called, "shifts", number), shift


def _check_days(shift: WorkShift, days: Days, place: Place, findings: Findings) -> None:
    before = [days.dates[0] - timedelta(days=1)] if shift.until > DAY else []
    outside = [day for day in shift.dates if day not in (*before, *days.dates)]
    if outside:
        span = f"{days.dates[0]} to {days.dates[-1]}"
        findings.error((*place, "dates"), f"names {outside[0]}, a day outside the calendar ({span})")
    elif not days_worked(shift, days):
        findings.warn(place, "is never worked: none of its days is an open day of the calendar")


def _check_clock(shift: WorkShift, days: Days, place: Place, findings: Findings) -> None:
    """Refuse moments that summer time skips, and tell of shifts that are shorter for it."""
    moments = [("starts", shift.start), ("ends", shift.until)]
    moments += [(f"has its {kind}", pause.begin(shift.start)) for kind, pause in shift.pauses()]
    for day in days_worked(shift, days):
        for change in (change for change in days.changes if change.is_skipped):
            midnight = (change.day - day) * DAY
            first, last = midnight + change.start, midnight + change.end
            clock = f"{format_time_of_day(change.start)} to {format_time_of_day(change.end)}"
            odd = next(((what, at) for what, at in moments if first <= at < last and not (what == "ends" and at == first)), None)
            if odd:
                when = f"{days.dates[change.day]} {format_time_of_day(odd[1] % DAY)}"
                findings.error(place, f"{odd[0]} at {when}, but summer time skips {clock}; choose another time")
            elif shift.start < first and last <= shift.until:
                gap = format_duration(change.end - change.start)
                findings.warn(place, f"is {gap} shorter on {days.dates[change.day]}: summer time skips {clock}")


def _check_overlap(agent: NamedAgent, days: Days, place: Place, findings: Findings) -> None:
    worked = sorted(
        (day * DAY + shift.start, day * DAY + shift.until, number, day)
        for number, shift in enumerate(agent.shifts)
        for day in days_worked(shift, days)
    )
    for (_, end, first, _), (start, _, second, day) in pairwise(worked):
        if start < end:
            when = _moment(days.dates[0] + timedelta(days=day), start % DAY)
            both = (
                f"shifts[{min(first, second)}] and shifts[{max(first, second)}]" if first != second else f"shifts[{first}] twice"
            )
            findings.error((*place, "shifts"), f"overlap: on {when} {both}; an agent works one shift at a time")
            return


def _moment(day: date, seconds: float) -> str:
    return f"{day} {format_time_of_day(seconds)}"


def _check_names(spec: Spec, findings: Findings) -> None:
    """Check that no agent is listed twice, nor called like one of a team's shifts."""
    owner: dict[str, str] = {}
    for name, team in spec.teams.items():
        for called in team.agents:
            if called in owner:
                findings.error(
                    ("teams", name, "agents", called),
                    f"is listed twice: in team '{owner[called]}' already; an agent has one team",
                )
            owner.setdefault(called, name)
    for name, team in spec.teams.items():
        for called in sorted(set(names_of_shifts(name, team)) & owner.keys()):
            place = ("teams", owner[called], "agents", called)
            findings.error(place, f"is also the name of an agent of the shifts of '{name}'; rename")
