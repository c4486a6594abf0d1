"""The Erlang formula beside the simulation, for every contact type that the formula can describe, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi import queueing
from simkpi.experiment.confidence import Estimate
from simkpi.experiment.result import Result
from simkpi.queueing.performance import Performance
from simkpi.scenario.laws import Law
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Bot, Contact, Team
from simkpi.units import DAY, format_duration, format_share

Floats = NDArray[np.float64]
#: KPIs that formula and simulation both give.
COMPARED = ("service_level", "abandon_rate", "asa")


class Phrase(str):
    """English text that remembers how it was put together, so that a report can say it in another language.

    Examples
    --------
    >>> Phrase("team {team} helps", team="web") == "team web helps"
    True
    """

    template: str
    values: dict[str, str]

    def __new__(cls, template: str, /, **values: object) -> Phrase:
        """Fill *template* with *values*."""
        phrase = super().__new__(cls, template.format(**values))
        phrase.template, phrase.values = (
            template,
            {name: value if isinstance(value, str) else str(value) for name, value in values.items()},
        )
        return phrase


@dataclass(frozen=True)
class Crosscheck:
    """One contact type: formula and simulation side by side.

    Parameters
    ----------
    contact : str
        Name of the contact type.
    formula : Phrase
        ``Erlang C``, ``Erlang A``, with ``interval by interval`` where rate or staff vary; empty if none describes it.
    figures : dict
        KPI -> (by the formula, simulated); infinite where the formula says that the queue grows without bound.
    differences : tuple of Phrase
        Where the scenario breaks the formula's assumptions; if *formula* is empty: why none applies.
    """

    contact: str
    formula: Phrase
    figures: dict[str, tuple[float, Estimate]]
    differences: tuple[Phrase, ...]


@dataclass(frozen=True)
class _Pieces:
    """Stretches of time with constant rate and head-count; arrays of shape (n_pieces,)."""

    length: Floats
    rate: Floats
    agents: Floats


def crosscheck(result: Result, *, confidence: float = 0.95) -> tuple[Crosscheck, ...]:
    """Compare every contact type of *result* with the formula that describes it best.

    Notes
    -----
    Each stretch of constant arrival rate and head-count is taken alone, in its steady state, and weighted by the contacts
    expected in it (pointwise stationary approximation). With patience Erlang A with the mean patience, else Erlang C;
    a limited queue adds its places. Arrival rates are those after the bot; an agent who has several contacts at once counts
    as that many servers.

    Source: Green and Kolesar, The pointwise stationary approximation for queues with nonstationary arrivals,
    Management Science 37 (1991); formulas: see :mod:`simkpi.queueing`.
    """
    table = result.kpis(COMPARED, by=("contact_type",), confidence=confidence)
    simulated = {
        (row["contact_type"], row["kpi"]): Estimate(row["value"], row["low"], row["high"], row["half_width"], row["replications"])
        for row in table.iter_rows(named=True)
    }
    found = []
    for name in result.scenario.spec.contacts:
        served = _main_team(result.scenario, name)
        if isinstance(served, Phrase):
            found.append(Crosscheck(name, Phrase(""), {}, (served,)))
            continue
        formula, values = _by_formula(result.scenario, name, served[1])
        figures = {kpi: (value, simulated.get((name, kpi), Estimate(None))) for kpi, value in values.items()}
        found.append(Crosscheck(name, formula, figures, tuple(_broken(result.scenario, name, *served))))
    return tuple(found)


def _main_team(scenario: Scenario, name: str) -> tuple[str, Team] | Phrase:
    """Return the one team that serves this contact type at once, and no other type at once; or why there is none."""
    teams = scenario.spec.teams
    serving = [label for label, team in teams.items() if name in team.skills and team.skills[name].after == 0]
    if len(serving) != 1:
        served = Phrase("served by {n} teams: {teams}", n=len(serving), teams=", ".join(serving))
        return served if serving else Phrase("no team takes it at once")
    team = teams[serving[0]]
    others = [other for other, skill in team.skills.items() if other != name and skill.after == 0]
    return Phrase("team {team} also serves {others}", team=serving[0], others=", ".join(others)) if others else (serving[0], team)


def _by_formula(scenario: Scenario, name: str, team: Team) -> tuple[Phrase, dict[str, float]]:
    contact, definitions = scenario.spec.contacts[name], scenario.spec.definitions
    skill = team.skills[name]
    pieces = _pieces(contact, team, _reaching(scenario, name))
    slots = pieces.agents * (skill.at_once or 1)
    law, handle = contact.patience.law, contact.handle
    patience = None if law is None else law.mean
    aht = (handle.talk.mean + handle.hold.mean + handle.wrap.mean) / skill.speed
    places = None if contact.queue_capacity is None else slots + contact.queue_capacity
    figures = queueing.evaluate(
        arrival_rate=pieces.rate,
        aht=aht,
        agents=slots,
        patience=patience,
        places=places,
        threshold=definitions.threshold,
    )
    weight = pieces.length * pieces.rate
    good, counted = _service_level(definitions.service_level, figures)
    values = {
        "service_level": float((weight * good).sum() / (weight * counted).sum()),
        "abandon_rate": float((weight * figures.p_abandon).sum() / weight.sum()),
        "asa": _mean(np.asarray(figures.asa), weight * figures.p_served),
    }
    formula = Phrase("Erlang C" if patience is None else "Erlang A")
    if places is not None:
        formula = Phrase("{formula} with a limited queue", formula=formula)
    if len(pieces.length) > 1:
        formula = Phrase("{formula}, interval by interval", formula=formula)
    return formula, values


def _service_level(variant: str, figures: Performance) -> tuple[Floats, Floats]:
    """Numerator and denominator, per offered contact, of a variant of the KPI ``service_level``."""
    served, abandoned, in_time = (np.asarray(part) for part in (figures.p_served, figures.p_abandon, figures.p_abandon_within))
    level = np.asarray(figures.service_level)
    if variant == "answered":
        return level, served
    if variant == "excl_short":
        return level, served + abandoned - in_time
    return (level + in_time if variant == "wait_within" else level), np.ones_like(level)


def _mean(values: Floats, weight: Floats) -> float:
    used = weight > 0
    return float((values[used] * weight[used]).sum() / weight[used].sum()) if used.any() else float("inf")


def _pieces(contact: Contact, team: Team, reaching: float) -> _Pieces:
    """Cut the horizon where rate or head-count change; stretches with the same rate and head-count are one piece."""
    staffing = team.staffing
    assert staffing is not None
    rates = _Steps.of(contact.volume.expected or (), contact.volume.start, contact.volume.interval)
    counts = _Steps.of(staffing.count or (), staffing.start, staffing.interval)
    borders = np.unique(np.concatenate([rates.start, rates.end, counts.start, counts.end]))
    length, middle = np.diff(borders), (borders[1:] + borders[:-1]) / 2
    rate, agents = rates.at(middle) * reaching / contact.volume.interval, counts.at(middle)
    busy = rate > 0
    kinds, which = np.unique(np.stack([rate[busy], agents[busy]]), axis=1, return_inverse=True)
    total = np.bincount(which.ravel(), weights=length[busy], minlength=kinds.shape[1]).astype(np.float64)
    return _Pieces(total, kinds[0], kinds[1])


@dataclass(frozen=True)
class _Steps:
    """A figure that is constant from each start to each end and 0 elsewhere; arrays of shape (n_steps,)."""

    start: Floats
    end: Floats
    figure: Floats

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]], start: float, interval: float) -> _Steps:
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


def _bot_of(scenario: Scenario, name: str) -> Bot | None:
    return next((bot for bot in scenario.spec.bots.values() if name in bot.serves), None)


def _reaching(scenario: Scenario, name: str) -> float:
    """Share of the contacts that reach the queue."""
    bot = _bot_of(scenario, name)
    return 1.0 if bot is None else (1 - bot.gives_up) * (1 - bot.understands * bot.contains)


def _broken(scenario: Scenario, name: str, label: str, team: Team) -> Iterator[Phrase]:
    """Name the assumptions of the formula that the scenario breaks."""
    contact = scenario.spec.contacts[name]
    parts = {"talk": contact.handle.talk, "hold": contact.handle.hold, "wrap-up": contact.handle.wrap}
    laws = [f"{part} {_law(law)}" for part, law in parts.items() if law.mean > 0]
    if len(laws) > 1 or contact.handle.talk.kind != "exponential":
        yield Phrase("handle time is not exponential ({laws})", laws=", ".join(laws))
    patience = contact.patience
    if patience.law is not None and patience.law.kind != "exponential":
        yield Phrase("patience is {law}", law=_law(patience.law))
    if patience.balk > 0:
        yield Phrase("{share} do not wait at all", share=format_share(patience.balk))
    if patience.at_most is not None:
        yield Phrase("nobody waits longer than {duration}", duration=format_duration(patience.at_most))
    volume = contact.volume
    if volume.mode != "poisson":
        yield Phrase("volume varies less than Poisson (exact totals)")
    elif volume.day_spread or volume.interval_spread:
        spread = [
            f"{format_share(cv)} a {what}"
            for cv, what in ((volume.day_spread, "day"), (volume.interval_spread, "interval"))
            if cv
        ]
        yield Phrase("volume varies more than Poisson ({spread})", spread=", ".join(spread))
    pieces = _pieces(contact, team, 1.0)
    if len(pieces.length) > 1:
        yield Phrase("a queue is carried over from one interval to the next")
    if np.any(pieces.agents == 0):
        yield Phrase("some contacts come when nobody is on duty")
    yield from _around(scenario, name, label, team)


def _around(scenario: Scenario, name: str, label: str, team: Team) -> Iterator[Phrase]:
    """Name what the formula does not see: the bot before the queue, and teams that help each other."""
    if _bot_of(scenario, name) is not None:
        yield Phrase("the bot delays its contacts")
    for other, helper in scenario.spec.teams.items():
        if other != label and name in helper.skills:
            yield Phrase("team {team} helps after {duration}", team=other, duration=format_duration(helper.skills[name].after))
    for other, skill in team.skills.items():
        if other != name:
            waited = format_duration(skill.after)
            yield Phrase("team {team} also takes {contact} that waited {duration}", team=label, contact=other, duration=waited)


def _law(law: Law) -> str:
    block = law.lognormal or law.gamma
    return f"{law.kind}, cv {block.cv:g}" if block is not None else law.kind
