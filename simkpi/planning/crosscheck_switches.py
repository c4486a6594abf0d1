"""From a scenario to the formula's world, one assumption at a time: each switch takes away one thing the formula leaves out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from simkpi.planning.formula_queue import Queue, queues
from simkpi.scenario.bot_hours import passing_rows
from simkpi.scenario.heads import counted
from simkpi.scenario.laws import Law
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Contact, Handle, Patience, Routing, Skill, Spec, Staffing, Team, Volume
from simkpi.units import format_duration, to_ticks

Grid = tuple[float, float, tuple[tuple[int, ...], ...]]


@dataclass(frozen=True)
class Switch:
    """One assumption of the formula.

    Parameters
    ----------
    name : str
        What the formula leaves out.
    apply : callable
        Scenario -> the scenario in which the formula is right about it; the same scenario if it is already.
    """

    name: str
    apply: Callable[[Scenario], Scenario]


def groups_of(scenario: Scenario) -> tuple[tuple[str, ...], ...]:
    """Contact types that one formula describes together: those of a queue, else each alone; without those nobody sends."""
    found: list[tuple[str, ...]] = []
    for queue in queues(scenario):
        names = queue.contacts if isinstance(queue, Queue) else (queue[0],)
        volumes = (scenario.spec.contacts[name].volume.expected or () for name in names)
        if any(any(map(any, rows)) for rows in volumes) and any(
            name in team.skills for team in scenario.spec.teams.values() for name in names
        ):
            found.append(names)
    return tuple(found)


def groups_apart(scenario: Scenario) -> tuple[tuple[str, ...], ...]:
    """Contact types as a planner takes them with a formula at hand: one by one where they differ in time or patience."""
    found: list[tuple[str, ...]] = []
    for names in groups_of(scenario):
        kinds: dict[tuple[float, float], list[str]] = {}
        for name in names:
            block = scenario.spec.contacts[name]
            kinds.setdefault(
                (_mean(block.handle), math.inf if block.patience.law is None else block.patience.law.mean), []
            ).append(name)
        found += [tuple(kind) for kind in kinds.values()]
    return tuple(found)


def switches(groups: Sequence[tuple[str, ...]], *, patience: str) -> tuple[Switch, ...]:
    """All switches in the order in which they are thrown.

    Parameters
    ----------
    groups : sequence of tuple of str
        Contact types that the formula takes as one queue.
    patience : str
        ``exponential`` (Erlang A) or ``never`` (Erlang C).
    """
    gone = "customers give up (abandonment)" if patience == "never" else "law of patience"
    return (
        Switch("redials", lambda scenario: _each(scenario, lambda _, block: {"retry": None})),
        Switch(
            "repeat contacts (bot returns, too)",
            lambda scenario: _each(scenario, lambda _, block: {"recontact": None, "reopen": None}),
        ),
        Switch("chase-ups of who waits too long", lambda scenario: _each(scenario, lambda _, block: {"chase": None})),
        Switch("a backlog at the start", lambda scenario: _each(scenario, lambda _, block: {"backlog": None})),
        Switch("transfers to further queues", lambda scenario: _each(scenario, lambda _, block: {"transfer": None})),
        Switch("threads that pause", lambda scenario: _each(scenario, lambda _, block: {"rounds": None})),
        Switch("callbacks", lambda scenario: _each(scenario, lambda _, block: {"callback": None})),
        Switch("bot in front of the queue", _without_bots),
        Switch("busy days and forecast errors that all contact types share", _own_days),
        Switch("over-dispersion: volumes vary more or less than Poisson", _plain_volumes),
        Switch("limited queue or lines", _unlimited),
        Switch("shifts, pauses and absence", _counted),
        Switch("shared agents: skills, overflow, priorities", lambda scenario: _dedicated(scenario, groups)),
        Switch("agents slower with several contacts open", _full_pace),
        Switch("concurrency: several contacts at once", _one_at_once),
        Switch("law of handle time", _exponential_handle),
        Switch("balking, a longest wait", _without_balking),
        Switch(gone, lambda scenario: _patience(scenario, never=patience == "never")),
    )


def _with(scenario: Scenario, **blocks: Any) -> Scenario:
    spec: Spec = scenario.spec.model_copy(update=blocks)
    return scenario if spec == scenario.spec else replace(scenario, spec=spec)


def _each(scenario: Scenario, change: Callable[[str, Contact], Mapping[str, Any]]) -> Scenario:
    contacts = {name: block.model_copy(update=dict(change(name, block))) for name, block in scenario.spec.contacts.items()}
    return _with(scenario, contacts=contacts)


def _without_bots(scenario: Scenario) -> Scenario:
    """Let only those come who would reach the queue, straight to it."""
    served = {name for bot in scenario.spec.bots.values() for name in bot.serves}

    def change(name: str, block: Contact) -> Mapping[str, Any]:
        if name not in served:
            return {}
        shares = passing_rows(scenario.spec, name)
        rows = tuple(
            tuple(value * share for value, share in zip(row, passing, strict=True))
            for row, passing in zip(block.volume.expected or (), shares, strict=True)
        )
        return {"volume": block.volume.model_copy(update={"expected": rows})}

    return _with(_each(scenario, change), bots={})


def _plain_volumes(scenario: Scenario) -> Scenario:
    """Let every volume be Poisson with the expected numbers: no spread, no exact totals, no replay."""
    kept = {"interval", "start", "expected"}
    plain = {
        name: field.get_default(call_default_factory=True) for name, field in Volume.model_fields.items() if name not in kept
    }
    return _each(scenario, lambda _, block: {"volume": block.volume.model_copy(update=plain)})


def _own_days(scenario: Scenario) -> Scenario:
    return _with(scenario, calendar=scenario.spec.calendar.model_copy(update={"day_spread": 0.0, "forecast_error": 0.0}))


def _full_pace(scenario: Scenario) -> Scenario:
    return _each(
        scenario, lambda _, block: {"handle": block.handle.model_copy(update={"slower_when_busy": (), "longer_when_quiet": None})}
    )


def _without_balking(scenario: Scenario) -> Scenario:
    return _each(scenario, lambda _, block: {"patience": Patience(law=block.patience.law)})


def _counted(scenario: Scenario) -> Scenario:
    """Let the mean number on queue in each interval be there all the time, at the team's usual pace."""
    return _with(scenario, teams=counted(scenario.spec).teams)


def _unlimited(scenario: Scenario) -> Scenario:
    return _with(_each(scenario, lambda _, block: {"queue_capacity": None, "when_closed": None}), lines={})


def _dedicated(scenario: Scenario, groups: Sequence[tuple[str, ...]]) -> Scenario:
    """Give each group agents of its own: everybody who may take it at once, so an agent with two skills counts twice."""
    if not _is_shared(scenario, groups):
        return scenario
    teams = {}
    for names in groups:
        serving = {label: team for label, team in scenario.spec.teams.items() if any(name in team.skills for name in names)}
        waits = {label: min(team.skills[name].after for name in names if name in team.skills) for label, team in serving.items()}
        first = [label for label in serving if waits[label] == min(waits.values())]
        skills = {
            name: _skill([serving[label].skills[name] for label in first if name in serving[label].skills]) for name in names
        }
        start, interval, rows = _added([_grid(serving[label]) for label in first])
        teams[" + ".join(names)] = Team.model_construct(
            skills={name: skill for name, skill in skills.items() if skill is not None},
            count=None,
            staffing=Staffing.model_construct(start=start, interval=interval, count=rows),
            at_close=serving[first[0]].at_close,
        )
    plain = _each(scenario, lambda _, block: {"priority": 0})
    routing = Routing.model_construct(**{**dict(scenario.spec.routing), "contact": "priority"})
    return _with(plain, teams=teams, routing=routing)


def _is_shared(scenario: Scenario, groups: Sequence[tuple[str, ...]]) -> bool:
    teams = scenario.spec.teams.values()
    alone = len(teams) == len(groups) and all(any(tuple(team.skills) == names for team in teams) for names in groups)
    plain = all(not skill.after and not skill.order for team in teams for skill in team.skills.values())
    return not (alone and plain and all(not contact.priority for contact in scenario.spec.contacts.values()))


def _skill(found: Sequence[Skill]) -> Skill | None:
    """One skill for several teams': the mean pace, the usual number at once, and nothing that routes."""
    if not found:
        return None
    speed = sum(skill.speed for skill in found) / len(found)
    return Skill.model_construct(at_once=found[0].at_once, speed=speed, preference=0, order=0, after=0.0)


def _grid(team: Team) -> Grid:
    assert team.staffing is not None
    return team.staffing.start, team.staffing.interval, team.staffing.count or ()


def _added(grids: Sequence[Grid]) -> Grid:
    """Add head-counts up, in steps that fit all of them."""
    if len(grids) == 1:
        return grids[0]
    first = min(start for start, _, _ in grids)
    last = max(start + interval * len(rows[0]) for start, interval, rows in grids)
    step = (
        reduce(math.gcd, [part for start, interval, _ in grids for part in (to_ticks(start - first), to_ticks(interval))]) / 1000
    )
    width = round((last - first) / step)
    total = [[0] * width for _ in grids[0][2]]
    for start, interval, rows in grids:
        for day, row in enumerate(rows):
            for index in range(width):
                place = math.floor((first + index * step - start) / interval + 1e-9)
                total[day][index] += row[place] if 0 <= place < len(row) else 0
    return first, step, tuple(map(tuple, total))


def _one_at_once(scenario: Scenario) -> Scenario:
    """Make every slot an agent."""

    def slots(team: Team) -> Team:
        many = max(skill.at_once or 1 for skill in team.skills.values())
        start, interval, rows = _grid(team)
        counts = tuple(tuple(count * many for count in row) for row in rows)
        skills = {name: skill.model_copy(update={"at_once": 1}) for name, skill in team.skills.items()}
        return team.model_copy(
            update={"skills": skills, "staffing": Staffing.model_construct(start=start, interval=interval, count=counts)}
        )

    changed = _with(scenario, teams={name: slots(team) for name, team in scenario.spec.teams.items()})
    return _each(
        changed,
        lambda _, block: {
            "handle": block.handle.model_copy(update={"slower_when_busy": (), "longer_when_quiet": None}),
            "turns": None,
        },
    )


def _mean(handle: Handle) -> float:
    return handle.talk.mean + handle.hold.mean + handle.wrap.mean


def _exponential(mean: float) -> Law:
    return Law.model_validate({"exponential": {"mean": format_duration(mean)}}) if mean > 0 else Law.model_validate({"fixed": 0})


def _exponential_handle(scenario: Scenario) -> Scenario:
    none = Law.model_validate({"fixed": 0})

    def change(_: str, block: Contact) -> Mapping[str, Handle]:
        handle = block.handle
        if handle.talk.kind == "exponential" and handle.hold.mean == handle.wrap.mean == 0:
            return {}
        return {"handle": handle.model_copy(update={"talk": _exponential(_mean(handle)), "hold": none, "wrap": none})}

    return _each(scenario, change)


def _patience(scenario: Scenario, *, never: bool) -> Scenario:
    def change(_: str, block: Contact) -> Mapping[str, Patience]:
        law = block.patience.law
        law = None if never or law is None else law if law.kind == "exponential" else _exponential(law.mean)
        return {"patience": Patience(law=law)}

    return _each(scenario, change)


def worlds(scenario: Scenario, groups: Sequence[tuple[str, ...]], *, patience: str) -> Iterator[tuple[str, Scenario]]:
    """Yield the name of each switch that changes something and the scenario after it and all before it."""
    for switch in switches(groups, patience=patience):
        changed = switch.apply(scenario)
        if changed.spec != scenario.spec:
            yield switch.name, changed
        scenario = changed
