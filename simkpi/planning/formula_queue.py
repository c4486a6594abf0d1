"""What an Erlang formula sees of a scenario: its queues, each with the rates and head-counts over the horizon."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.phrase import Phrase
from simkpi.scenario.bot_hours import bot_of, passing_share
from simkpi.scenario.heads import heads
from simkpi.scenario.laws import Law
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Team
from simkpi.units import DAY, format_duration, format_share

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Queue:
    """Contact types that one team, and no other, serves at once: for a formula they are one queue.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    team : str
        Name of the team.
    contacts : tuple of str
        Names of the contact types.
    """

    scenario: Scenario
    team: str
    contacts: tuple[str, ...]

    @property
    def servers(self) -> int:
        """Contacts per agent."""
        return self.scenario.spec.teams[self.team].skills[self.contacts[0]].at_once or 1

    @property
    def places(self) -> int | None:
        """Contacts that may wait; None = any number."""
        return self.scenario.spec.contacts[self.contacts[0]].queue_capacity if len(self.contacts) == 1 else None

    def aht(self, name: str) -> float:
        """Mean handle time of one of the types, seconds."""
        handle = self.scenario.spec.contacts[name].handle
        return (handle.talk.mean + handle.hold.mean + handle.wrap.mean) / self.scenario.spec.teams[self.team].skills[name].speed

    def leaving(self, name: str) -> float:
        """Abandonments per second of waiting of one of the types, were its patience exponential; 0 = nobody leaves."""
        law = self.scenario.spec.contacts[name].patience.law
        return 0.0 if law is None else 1 / law.mean

    def reaching(self, name: str) -> float:
        """Share of the type's contacts that pass the bot and reach the queue."""
        return passing_share(self.scenario.spec, name)


@dataclass(frozen=True)
class Stretches:
    """Time of constant arrival rates and head-count.

    Parameters
    ----------
    length : ndarray, shape (n_stretches,), seconds
        Total length; stretches alike are one.
    rates : ndarray, shape (n_contact_types, n_stretches), contacts per second
        After the bot.
    agents : ndarray, shape (n_stretches,)
        Head-count.
    """

    length: Floats
    rates: Floats
    agents: Floats


def queues(scenario: Scenario) -> tuple[Queue | tuple[str, Phrase], ...]:
    """Queues of the scenario, in the order of its contact types; or (contact type, why no formula describes it)."""
    found: list[Queue | tuple[str, Phrase]] = []
    seen: set[str] = set()
    for name in scenario.spec.contacts:
        if name in seen:
            continue
        queue = _queue_of(scenario, name)
        found.append((name, queue) if isinstance(queue, Phrase) else queue)
        seen.update((name,) if isinstance(queue, Phrase) else queue.contacts)
    return tuple(found)


def _queue_of(scenario: Scenario, name: str) -> Queue | Phrase:
    serving = _at_once_teams(scenario, name)
    if len(serving) != 1:
        teams = Phrase("served by {n} teams: {teams}", n=len(serving), teams=", ".join(serving))
        return teams if serving else Phrase("no team takes it at once")
    team = scenario.spec.teams[serving[0]]
    together = [other for other in scenario.spec.contacts if other in team.skills and team.skills[other].after == 0]
    shared = [other for other in together if _at_once_teams(scenario, other) != serving]
    if shared:
        return Phrase("team {team} also serves {others}", team=serving[0], others=", ".join(shared))
    if len({team.skills[other].at_once or 1 for other in together}) > 1:
        return Phrase("team {team} takes different numbers at once", team=serving[0])
    if any((law := scenario.spec.contacts[other].patience.law) is not None and law.mean == 0 for other in together):
        return Phrase("customers do not wait at all")
    if not any(np.any(np.asarray(scenario.spec.contacts[other].volume.expected)) for other in together):
        return Phrase("no contact is expected")
    return Queue(scenario, serving[0], tuple(together))


def _at_once_teams(scenario: Scenario, name: str) -> list[str]:
    """Teams that take the contact type without letting it wait first."""
    return [label for label, team in scenario.spec.teams.items() if name in team.skills and team.skills[name].after == 0]


def stretches(queue: Queue) -> Stretches:
    """Cut the horizon where a rate or the head-count changes; time without contacts is left out."""
    staffing = heads(queue.scenario.spec, queue.team)
    counts = Steps.of(staffing.count or (), staffing.start, staffing.interval)
    volumes = {name: queue.scenario.spec.contacts[name].volume for name in queue.contacts}
    arrivals = {name: Steps.of(volume.expected or (), volume.start, volume.interval) for name, volume in volumes.items()}
    borders = np.unique(
        np.concatenate([moments for steps in (counts, *arrivals.values()) for moments in (steps.start, steps.end)])
    )
    length, middle = np.diff(borders), (borders[1:] + borders[:-1]) / 2
    rates = [arrivals[name].at(middle) * queue.reaching(name) / volumes[name].interval for name in queue.contacts]
    table = np.stack([*rates, counts.at(middle)])
    busy = table[:-1].sum(axis=0) > 0
    kinds, which = np.unique(table[:, busy], axis=1, return_inverse=True)
    total = np.bincount(which.ravel(), weights=length[busy], minlength=kinds.shape[1]).astype(np.float64)
    return Stretches(total, kinds[:-1], kinds[-1])


@dataclass(frozen=True)
class Steps:
    """A figure that is constant from each start to each end and 0 elsewhere; arrays of shape (n_steps,)."""

    start: Floats
    end: Floats
    figure: Floats

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]], start: float, interval: float) -> Steps:
        """Read a table with one row a day."""
        steps = [
            (day * DAY + start + index * interval, float(figure))
            for day, row in enumerate(rows)
            for index, figure in enumerate(row)
        ]
        moments, figures = np.array(steps, dtype=float).reshape(-1, 2).T
        return cls(moments, moments + interval, figures)

    def at(self, moments: Floats) -> Floats:
        """Return the figure at each of the *moments*."""
        if len(self.start) == 0:
            return np.zeros(len(moments))
        index = np.searchsorted(self.start, moments, side="right") - 1
        return np.where((index >= 0) & (moments < self.end[index]), self.figure[index], 0.0)


def differences(queue: Queue, cut: Stretches) -> Iterator[Phrase]:
    """Name the assumptions of the formula that the scenario breaks."""
    yield from _times(queue)
    yield from _volumes(queue)
    if len(cut.length) > 1:
        yield Phrase("a queue is carried over from one interval to the next")
    if np.any(cut.agents == 0):
        yield Phrase("some contacts come when nobody is on duty")
    if any(bot_of(queue.scenario.spec, name) for name in queue.contacts):
        yield Phrase("the bot delays its contacts")
    if any(queue.scenario.spec.contacts[name].turns for name in queue.contacts):
        yield Phrase("an agent writes one reply at a time, and customers take their time")
    yield from _lives(queue)
    yield from _helpers(queue)


def _lives(queue: Queue) -> Iterator[Phrase]:
    """Say what becomes of contacts besides waiting, answer and abandonment."""
    spec, mine = queue.scenario.spec, set(queue.contacts)
    blocks = [spec.contacts[name] for name in queue.contacts]
    sends = {name: set(block.transfer.to) for name, block in spec.contacts.items() if block.transfer is not None}
    if any(name in mine or to & mine for name, to in sends.items()):
        yield Phrase("contacts are transferred to further queues")
    if any(block.rounds for block in blocks):
        yield Phrase("threads pause while the customer is away")
    if any(block.callback for block in blocks):
        yield Phrase("customers are called back instead of waiting")
    if any(block.patience.balk_above for block in blocks):
        yield Phrase("customers who hear of too long a wait leave")
    if any(block.patience.shorter_per_waiting for block in blocks):
        yield Phrase("customers who see a long queue wait less")
    if any(block.handle.longer_when_quiet for block in blocks):
        yield Phrase("wrap-up takes longer when nobody waits")
    if any(block.patience.silent for block in blocks):
        yield Phrase("customers leave without telling")
    if any(block.when_closed and block.when_closed.rule != "queue" for block in blocks):
        yield Phrase("nobody waits for the centre to open")
    if any(mine & set(lines.contacts) for lines in spec.lines.values()):
        yield Phrase("trunk lines are limited")


def _times(queue: Queue) -> Iterator[Phrase]:
    """Laws of handle time and patience."""
    blocks = [queue.scenario.spec.contacts[name] for name in queue.contacts]
    laws = [[("talk", c.handle.talk), ("hold", c.handle.hold), ("wrap-up", c.handle.wrap)] for c in blocks]
    shown = dict.fromkeys(", ".join(f"{part} {_law(law)}" for part, law in parts if law.mean > 0) for parts in laws)
    if list(shown) != ["talk exponential"]:
        yield Phrase("handle time is not exponential ({laws})", laws=" / ".join(shown))
    if not _alike([queue.aht(name) for name in queue.contacts]):
        yield Phrase("contact types differ in handle time")
    if not _alike([queue.leaving(name) for name in queue.contacts]):
        yield Phrase("contact types differ in patience")
    if len({c.priority for c in blocks}) > 1:
        yield Phrase("some contact types are served first")
    if len(blocks) > 1 and any(c.queue_capacity is not None for c in blocks):
        yield Phrase("the queue of a contact type is limited")
    patience = dict.fromkeys(_law(c.patience.law) for c in blocks if c.patience.law is not None)
    if set(patience) - {"exponential"}:
        yield Phrase("patience is {law}", law=" / ".join(patience))
    balk = max(c.patience.balk for c in blocks)
    if balk > 0:
        yield Phrase("{share} do not wait at all", share=format_share(balk))
    longest = [c.patience.at_most for c in blocks if c.patience.at_most is not None]
    if longest:
        yield Phrase("nobody waits longer than {duration}", duration=format_duration(max(longest)))


def _volumes(queue: Queue) -> Iterator[Phrase]:
    """Arrivals that are no Poisson process."""
    volumes = [queue.scenario.spec.contacts[name].volume for name in queue.contacts]
    if any(volume.mode != "poisson" for volume in volumes):
        yield Phrase("volume varies less than Poisson (exact totals)")
    free = [volume for volume in volumes if volume.mode == "poisson"]
    a_day = max((volume.day_spread for volume in free), default=0.0)
    an_interval = max((volume.interval_spread for volume in free), default=0.0)
    off = max((volume.forecast_error for volume in free), default=0.0)
    calendar = queue.scenario.spec.calendar
    a_day, off = _together(a_day, calendar.day_spread), _together(off, calendar.forecast_error)
    named = ((off, "in the forecast"), (a_day, "a day"), (an_interval, "an interval"))
    spread = [f"{format_share(round(cv, 3))} {what}" for cv, what in named if cv]
    if free and spread:
        yield Phrase("volume varies more than Poisson ({spread})", spread=", ".join(spread))


def _together(own: float, shared: float) -> float:
    """Coefficient of variation of the product of two independent factors of mean 1."""
    return math.hypot(own, shared, own * shared)


def _helpers(queue: Queue) -> Iterator[Phrase]:
    """Teams that help each other after a wait."""
    teams: dict[str, Team] = queue.scenario.spec.teams
    for other, team in teams.items():
        waits = [team.skills[name].after for name in queue.contacts if name in team.skills]
        if other != queue.team and waits:
            yield Phrase("team {team} helps after {duration}", team=other, duration=format_duration(min(waits)))
    for name, skill in teams[queue.team].skills.items():
        if name not in queue.contacts:
            waited = format_duration(skill.after)
            yield Phrase(
                "team {team} also takes {contact} that waited {duration}", team=queue.team, contact=name, duration=waited
            )


def _alike(values: Sequence[float]) -> bool:
    return all(math.isclose(value, values[0], rel_tol=1e-9) for value in values)


def _law(law: Law) -> str:
    block = law.lognormal or law.gamma
    return f"{law.kind}, cv {block.cv:g}" if block is not None else law.kind
