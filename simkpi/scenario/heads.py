"""How many agents of a team are on queue, by interval of the day: what formulas, checks and planning take for the head-count."""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING

from simkpi.scenario.crews import PPM, crews_of, net_count, stints_of
from simkpi.scenario.shifts import Shrinkage
from simkpi.scenario.teams import Staffing, Team
from simkpi.units import DAY, to_ticks

if TYPE_CHECKING:
    from simkpi.scenario.spec import Spec

#: Shortest interval into which timetables are counted, seconds.
FINEST = 900.0


def heads(spec: Spec, name: str) -> Staffing:
    """Head-count of team *name* of a resolved scenario, as a table with one row a day.

    Parameters
    ----------
    spec : Spec
        Resolved.
    name : str
        Name of the team.

    Returns
    -------
    Staffing
        A counted team's own table, less its shrinkage; of agents with timetables the mean number who are neither absent nor
        have a pause, in the longest intervals that fit all their moments, or of a quarter of an hour. What is lost by chance
        (unplanned absence, adherence, lateness) counts with its mean. To the nearest whole agent, halves up.
    """
    team = spec.teams[name]
    if team.has_timetables:
        return _of_timetables(spec, name, team)
    assert team.staffing is not None
    planned, unplanned = team.shrinkage.planned, team.shrinkage.unplanned
    if not planned and not unplanned:
        return team.staffing
    net = (tuple(net_count(net_count(count, planned), unplanned) for count in row) for row in team.staffing.count or ())
    return team.staffing.model_copy(update={"count": tuple(net)})


def scheduled(spec: Spec, name: str) -> Staffing:
    """Head-count of a counted team by which the engine goes: its own table less planned shrinkage."""
    team = spec.teams[name]
    assert team.staffing is not None
    if not team.shrinkage.planned:
        return team.staffing
    net = (tuple(net_count(count, team.shrinkage.planned) for count in row) for row in team.staffing.count or ())
    return team.staffing.model_copy(update={"count": tuple(net)})


def head_count_changes(staffing: Staffing, horizon: int) -> tuple[tuple[int, int], ...]:
    """Return (tick, new count). A row that runs past midnight yields to the next day's; everybody leaves at the horizon."""
    rows = staffing.count or ()
    step = to_ticks(staffing.interval)
    steps: list[tuple[int, int]] = []
    for day, row in enumerate(rows):
        start = to_ticks(day * DAY + staffing.start)
        steps = [(tick, count) for tick, count in steps if tick < start]
        steps += [(start + position * step, count) for position, count in enumerate(row)]
        steps.append((start + len(row) * step, 0))
    steps = [(tick, count) for tick, count in steps if tick < horizon] + [(horizon, 0)]
    changes: list[tuple[int, int]] = []
    present = 0
    for tick, count in steps:
        if count != present:
            changes.append((tick, count))
            present = count
    return tuple(changes)


def counted(spec: Spec) -> Spec:
    """Return the scenario with counted teams only: each with its :func:`heads`; itself if all are and nobody is ever absent."""
    teams = {
        name: team if team.staffing is not None and team.shrinkage == Shrinkage() else staffed_by(team, heads(spec, name))
        for name, team in spec.teams.items()
    }
    return spec if teams == spec.teams else spec.model_copy(update={"teams": teams})


def staffed_by(team: Team, staffing: Staffing) -> Team:
    """Return the team with a head-count in the place of everything that decided who was on queue."""
    plain = {name: Team.model_fields[name].get_default() for name in ("shifts", "lateness", "adherence", "shrinkage")}
    return team.model_copy(update={**plain, "agents": {}, "count": None, "staffing": staffing})


def presence(team: Team) -> float:
    """Share of the scheduled time on queue of an agent with a timetable that chance leaves, shift by shift."""
    share = 1 - team.shrinkage.unplanned
    if team.adherence is not None:
        share *= team.adherence.share
    if team.lateness is not None:
        spans = [shift.until - shift.start for shift in (*team.shifts, *(s for a in team.agents.values() for s in a.shifts))]
        usual = math.fsum(spans) / len(spans)
        share *= 1 - min(1.0, team.lateness.chance * team.lateness.time.mean / usual)
    return share


def _of_timetables(spec: Spec, name: str, team: Team) -> Staffing:
    crews = [crew.team for crew in crews_of(spec)]
    spans: list[tuple[int, int, int]] = []
    for stint in stints_of(spec):
        if crews[stint.crew] == name and not stint.is_planned_absence:
            spans.append((stint.start, stint.end, 1))
            spans += [(start, start + length, -1) for start, length, _, _ in stint.pauses]
    day = to_ticks(DAY)
    step = reduce(math.gcd, (moment for start, end, _ in spans for moment in (start, end)), day)
    step = max(step, to_ticks(FINEST))
    width = day // step
    time = [0] * (width * spec.calendar.days + 1)
    for start, end, sign in spans:
        for index in range(start // step, -(-end // step)):
            time[index] += sign * (min(end, (index + 1) * step) - max(start, index * step))
    share = round(presence(team) * PPM)
    counts = [(2 * spent * share + PPM * step) // (2 * PPM * step) for spent in time[:-1]]
    rows = [tuple(counts[number * width : (number + 1) * width]) for number in range(spec.calendar.days)]
    return _trimmed(rows, step / 1000)


def _trimmed(rows: list[tuple[int, ...]], interval: float) -> Staffing:
    """Leave out the intervals of the day in which nobody ever works."""
    used = [index for row in rows for index, count in enumerate(row) if count]
    first, last = (min(used), max(used) + 1) if used else (0, 1)
    kept = tuple(row[first:last] for row in rows)
    return Staffing.model_construct(interval=interval, start=first * interval, count=kept)
