"""Who the agents are: crews of agents who are alike, and every shift that each of them works on the days of the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from simkpi.scenario.days import Days, days_of, weekdays_in
from simkpi.scenario.shifts import NamedAgent, WorkShift
from simkpi.scenario.skills import Skill
from simkpi.units import DAY, to_ticks

if TYPE_CHECKING:
    from simkpi.scenario.spec import Spec, Team

PPM = 1_000_000
#: Kinds of pauses, as states of agents; ``off`` is unpaid.
KINDS = ("break", "lunch", "meeting", "training", "absent", "off")
OFF = KINDS.index("off")
#: What becomes of a pause that is due while contacts are open.
DELAY, SHORTEN, SKIP = RULES = range(3)
_RULES = {"delay": DELAY, "shorten": SHORTEN, "skip": SKIP}


@dataclass(frozen=True)
class Crew:
    """Agents of a team who are alike: the counted ones, or those with timetables and the same skills.

    Parameters
    ----------
    team : str
        Name of the team.
    skills : dict of str to Skill
        By contact type; speed and resolution are the agents' own.
    agents : tuple of str
        Names of agents with timetables; empty = counted.
    """

    team: str
    skills: dict[str, Skill]
    agents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stint:
    """One shift worked by one agent on one day, in ticks from the horizon's start.

    Parameters
    ----------
    crew, place : int
        The agent: number of the crew, position in it.
    day : int
        On which it begins; -1 = the evening before the horizon.
    start, end : int, ticks
        Cut at the horizon's ends.
    pauses : tuple of (start, length, kind, rule)
        Ticks, index into ``KINDS``, rule when busy; by start. An hour that summer time skips is an unpaid one.
    stream : str
        Names the agent's random numbers, with the team.
    key, shift_key : int
        Identity of the agent and day, and of the shift, within the stream.
    is_planned_absence : bool
        The agent is known not to come.
    """

    crew: int
    place: int
    day: int
    start: int
    end: int
    pauses: tuple[tuple[int, int, int, int], ...]
    stream: str
    key: int
    shift_key: int
    is_planned_absence: bool = False


@dataclass
class _Member:
    """One agent of one pace: name, skills, and (number of the shift, shift, days on which it is worked)."""

    name: str
    skills: dict[str, Skill]
    worked: list[tuple[int, WorkShift, list[int]]] = field(default_factory=list)
    #: Line of the team's shifts and place in it; None = an agent by name.
    line: tuple[int, int] | None = None


def crews_of(spec: Spec) -> tuple[Crew, ...]:
    """Crews of all teams of a resolved scenario, in the order of the teams."""
    return tuple(crew for name, team in spec.teams.items() for crew, _ in _crews(name, team, spec))


def stints_of(spec: Spec) -> tuple[Stint, ...]:
    """Every shift of every agent with a timetable, by crew, agent and start; planned absences are marked."""
    days = days_of(spec.calendar)
    found: list[Stint] = []
    number = 0
    for name, team in spec.teams.items():
        own: list[Stint] = []
        for _, members in _crews(name, team, spec):
            for place, member in enumerate(members):
                own += sorted(_stints(member, number, place, days), key=lambda stint: stint.start)
            number += 1
        found += _with_planned_absence(own, team.shrinkage.planned)
    return tuple(found)


def has_timetables(spec: Spec) -> bool:
    """Whether any team has agents with timetables of their own."""
    return any(team.has_timetables for team in spec.teams.values())


def differs_in_resolution(spec: Spec) -> bool:
    """Whether agents resolve more or fewer contacts than is usual."""
    agents = [agent for team in spec.teams.values() for agent in team.agents.values()]
    skills = [skill for team in spec.teams.values() for skill in team.skills.values()]
    skills += [skill for agent in agents for skill in agent.skills.values()]
    return any(agent.resolves != 1 for agent in agents) or any(skill.resolves != 1 for skill in skills)


def days_worked(shift: WorkShift, days: Days) -> list[int]:
    """Numbers of the days of the calendar on which a shift begins: its dates, or its weekdays as far as they are open.

    A night shift is also under way when the first day begins: it began on day -1.
    """
    if shift.dates:
        evening_before = days.dates[0] - timedelta(days=1)
        before = [-1] if shift.until > DAY and evening_before in shift.dates else []
        return before + [number for number, day in enumerate(days.dates) if day in set(shift.dates)]
    weekdays = set(range(7) if shift.days is None else weekdays_in(shift.days))
    evening = (days.dates[0].weekday() - 1) % 7
    before = [-1] if shift.until > DAY and evening in weekdays and days.week[evening] is not None else []
    return before + [
        number
        for number, (day, hours) in enumerate(zip(days.dates, days.hours, strict=True))
        if hours is not None and day.weekday() in weekdays
    ]


def _crews(name: str, team: Team, spec: Spec) -> list[tuple[Crew, list[_Member]]]:
    """Crews of one team with their members; those of usual skills first, then by first appearance."""
    if not team.has_timetables:
        return [(Crew(name, team.skills), [])]
    groups: dict[object, list[_Member]] = {}
    for member in _members(name, team, days_of(spec.calendar)):
        profile = tuple((key, *skill.model_dump().values()) for key, skill in member.skills.items())
        groups.setdefault(profile, []).append(member)
    return [(Crew(name, own[0].skills, tuple(member.name for member in own)), own) for own in groups.values()]


def names_of_shifts(name: str, team: Team) -> list[str]:
    """Names of the agents who work a team's shifts: the team's and a number, from 1, padded so that they sort."""
    total = sum(shift.count for shift in team.shifts)
    return [f"{name}-{number:0{len(str(total))}d}" for number in range(1, total + 1)]


def _members(name: str, team: Team, days: Days) -> Iterator[_Member]:
    names = iter(names_of_shifts(name, team))
    for line, shift in enumerate(team.shifts):
        worked = days_worked(shift, days)
        for place in range(shift.count):
            yield _Member(next(names), team.skills, [(line, shift, worked)], (line, place))
    for called, agent in team.agents.items():
        yield from _by_pace(called, agent, team, days)


def _by_pace(name: str, agent: NamedAgent, team: Team, days: Days) -> Iterator[_Member]:
    """Yield one member for each pace that the agent has during the horizon: a new agent gets faster."""
    by_pace: dict[float, _Member] = {}
    for number, shift in enumerate(agent.shifts):
        for day in days_worked(shift, days):
            pace = agent.speed * _pace(agent, days.dates[0] + timedelta(days=day))
            member = by_pace.setdefault(pace, _Member(name, _skills(agent, team, pace)))
            if not member.worked or member.worked[-1][0] != number:
                member.worked.append((number, shift, []))
            member.worked[-1][2].append(day)
    yield from by_pace.values() if by_pace else [_Member(name, _skills(agent, team, agent.speed))]


def _pace(agent: NamedAgent, day: date) -> float:
    return 1.0 if agent.ramp_up is None else agent.ramp_up.pace((day - agent.ramp_up.since).days)


def _skills(agent: NamedAgent, team: Team, pace: float) -> dict[str, Skill]:
    own = agent.skills or team.skills
    return {
        key: skill.model_copy(update={"speed": skill.speed * pace, "resolves": skill.resolves * agent.resolves})
        for key, skill in own.items()
    }


def _stints(member: _Member, crew: int, place: int, days: Days) -> Iterator[Stint]:
    horizon = to_ticks(len(days.dates) * DAY)
    gaps = [
        (to_ticks(change.day * DAY + change.start), to_ticks(change.day * DAY + change.end))
        for change in days.changes
        if change.is_skipped
    ]
    for number, shift, worked in member.worked:
        for day in worked:
            midnight = to_ticks(day * DAY)
            start, end = max(midnight + to_ticks(shift.start), 0), min(midnight + to_ticks(shift.until), horizon)
            skipped = [(first, min(last, end) - first, OFF, SHORTEN) for first, last in gaps if start < first < end]
            date_ = day + 1  # a night shift may have begun on day -1
            who = date_ if member.line is None else member.line[0] << 40 | member.line[1] << 12 | date_
            yield Stint(
                crew=crew,
                place=place,
                day=day,
                start=start,
                end=end,
                pauses=tuple(sorted([*_pauses(shift, midnight, end), *skipped])),
                stream="" if member.line else member.name,
                key=who,
                shift_key=who if member.line else number << 40 | date_,
            )


def _pauses(shift: WorkShift, midnight: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    for kind, pause in shift.pauses():
        begin, length = midnight + to_ticks(pause.begin(shift.start)), to_ticks(pause.length)
        begin, finish = max(begin, 0), min(begin + length, end)
        if begin < finish:
            yield begin, finish - begin, KINDS.index(kind if pause.paid else "off"), _RULES[pause.when_busy]


def _with_planned_absence(stints: list[Stint], share: float) -> Iterable[Stint]:
    """Mark planned absences: the n-th agent-day of the horizon (by day, then agent) if round(n share) > round((n - 1) share)."""
    if not share:
        return stints
    ppm = round(share * PPM)
    ordered = sorted({(stint.day, stint.crew, stint.place) for stint in stints})
    absent = {
        agent_day
        for number, agent_day in enumerate(ordered)
        if (2 * (number + 1) * ppm + PPM) // (2 * PPM) > (2 * number * ppm + PPM) // (2 * PPM)
    }
    return [Stint(**{**vars(stint), "is_planned_absence": (stint.day, stint.crew, stint.place) in absent}) for stint in stints]


def net_count(count: int, planned: float) -> int:
    """Agents who come of *count* counted ones with a planned absence: to the nearest whole agent, halves up.

    Examples
    --------
    >>> net_count(12, 0.18), net_count(25, 0.1), net_count(1, 0.18)
    (10, 23, 1)
    """
    return (2 * count * (PPM - round(planned * PPM)) + PPM) // (2 * PPM)
