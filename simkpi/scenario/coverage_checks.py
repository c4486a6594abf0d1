"""Work against agents: contacts that nobody is there for, loads that never end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from simkpi.scenario.bot_hours import passing_share
from simkpi.scenario.days import days_of
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Contact, Span, Spec, Team, Volume
from simkpi.units import format_time_of_day


def handle_time(contact: Contact) -> float:
    """Mean agent effort per contact (AHT), seconds."""
    return contact.handle.talk.mean + contact.handle.hold.mean + contact.handle.wrap.mean


def check_coverage(spec: Spec, findings: Findings) -> None:
    """Tell of teams and contact types with nobody on duty, on any day or in some intervals."""
    days = days_of(spec.calendar)
    for name, team in spec.teams.items():
        if not any(map(any, head_rows(team))):
            findings.warn(("teams", name), "has nobody on duty on any day")
    for name, contact in spec.contacts.items():
        teams = [team for team in spec.teams.values() if name in team.skills]
        place = ("contacts", name)
        busy = list(busy_intervals(contact.volume))
        if not teams:
            say: Callable[[tuple[str, ...], str], None] = findings.error if busy else findings.warn
            say(place, f"is served by no team; add '{name}' to the skills of a team")
            continue
        staffed = [(day, start, end) for team in teams for day, start, end in _on_duty(team)]
        if contact.when_closed is not None and contact.when_closed.rule != "queue":
            busy = [each for each in busy if is_open(each, contact.volume.interval, days.hours)]
        if not busy:
            continue
        if not staffed:
            endless = contact.patience.law is None and contact.patience.at_most is None and contact.patience.balk < 1
            if endless and spec.run.end == "drain":
                findings.error(place, "never finishes: no agent is ever on duty and nobody gives up; add agents or a patience")
            else:
                findings.warn(place, "has no agent on duty on any day: nobody is answered")
            continue
        _warn_of_gaps(name, contact.volume.interval, busy, staffed, spec=spec, findings=findings)


def is_open(busy: tuple[int, float, float], interval: float, hours: Sequence[Span | None]) -> bool:
    """Whether an interval (day, start in seconds, expected contacts) overlaps the opening hours of its day."""
    day, moment, _ = busy
    span = hours[day]
    return span is not None and moment + interval > span.start and moment < span.end


def _warn_of_gaps(
    name: str,
    interval: float,
    busy: list[tuple[int, float, float]],
    staffed: list[tuple[int, float, float]],
    *,
    spec: Spec,
    findings: Findings,
) -> None:
    by_day: dict[int, list[tuple[float, float]]] = {}
    for day, start, end in sorted(staffed):
        spans = by_day.setdefault(day, [])
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    alone = [
        (day, moment)
        for day, moment, _ in busy
        if not any(start <= moment and moment + interval <= end for start, end in by_day.get(day, ()))
    ]
    if alone:
        day, moment = alone[0]
        when = f"{days_of(spec.calendar).dates[day]} {format_time_of_day(moment)}"
        more = f" and {len(alone) - 1} more intervals" if len(alone) > 1 else ""
        findings.warn(("contacts", name), f"expects contacts with no agent on duty, in the interval of {when}{more}")


def check_load(spec: Spec, findings: Findings) -> None:
    """Warn where contacts that never give up bring more work than their agents have time."""
    for group in _groups(spec):
        work = 0.0
        for name in group:
            contact = spec.contacts[name]
            if contact.patience.law is not None or contact.patience.at_most is not None or contact.queue_capacity is not None:
                continue
            reaching = passing_share(spec, name)
            together = contact.turns is None  # else an agent writes one reply at a time
            rates = [
                ((skill.at_once or 1) if together else 1) * skill.speed
                for team in spec.teams.values()
                if (skill := team.skills.get(name))
            ]
            work += expected_total(contact.volume) * reaching * handle_time(contact) / max(rates)
        teams = [team for team in spec.teams.values() if set(group) & team.skills.keys()]
        time = sum(
            count * (team.staffing.interval if team.staffing else 0) for team in teams for row in head_rows(team) for count in row
        )
        if time and work > time:
            listed = " and ".join(group)
            findings.warn(
                ("contacts", group[0]),
                f"nobody gives up, and the load of {listed} is {work / time:.2f} of the agents' capacity: the queue only grows",
            )


def _groups(spec: Spec) -> list[list[str]]:
    """Contact types that share agents, directly or through others."""
    group = {name: name for name in spec.contacts}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    for team in spec.teams.values():
        for one, other in pairwise(team.skills):
            group[root(other)] = root(one)
    served = [name for name in spec.contacts if any(name in team.skills for team in spec.teams.values())]
    return [[name for name in served if root(name) == top] for top in dict.fromkeys(root(name) for name in served)]


def head_rows(team: Team) -> tuple[tuple[int, ...], ...]:
    """Head-counts, a row per day."""
    return (team.staffing.count or ()) if team.staffing else ()


def expected_total(volume: Volume) -> float:
    """Return the contacts that the whole horizon is expected to bring."""
    return math.fsum(math.fsum(row) for row in volume.expected or ())


def busy_intervals(volume: Volume) -> Iterable[tuple[int, float, float]]:
    """Yield day, start (seconds after midnight) and expected contacts of the intervals that expect some."""
    for day, row in enumerate(volume.expected or ()):
        for index, expected in enumerate(row):
            if expected > 0:
                yield day, volume.start + index * volume.interval, expected


def _on_duty(team: Team) -> Iterable[tuple[int, float, float]]:
    """Yield day, start and end of the steps with somebody on duty."""
    if team.staffing is None:
        return
    for day, row in enumerate(head_rows(team)):
        for index, count in enumerate(row):
            if count:
                start = team.staffing.start + index * team.staffing.interval
                yield day, start, start + team.staffing.interval
