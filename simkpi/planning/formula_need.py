"""What the formulas ask for, interval by interval: the start of every staffing plan, and the figure to hold it against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from simkpi import queueing
from simkpi.planning.formula_queue import Queue
from simkpi.planning.goals import Goal
from simkpi.planning.head_counts import Cell
from simkpi.queueing.chat import evaluate_chat
from simkpi.queueing.offered_load import planning_rates
from simkpi.queueing.performance import Performance
from simkpi.scenario.heads import heads
from simkpi.scenario.resolve import Scenario

Floats = NDArray[np.float64]
#: Variants of the KPI ``service_level`` -> numerator and denominator among the figures of the formulas.
_PARTS = {
    "offered": ("service_level", None),
    "wait_within": ("wait_within", None),
    "answered": ("service_level", "p_served"),
    "excl_short": ("service_level", "p_late"),
}
_MOST = 1_000_000
#: Most states of the Markov chain by which chats that slow one another down are solved.
_CHAIN_STATES = 6_000


@dataclass(frozen=True)
class Need:
    """What the formula asks of one cell.

    Parameters
    ----------
    load : float, Erlangs
        Mean number of busy slots if nobody waited, divided by the slots of an agent.
    agents : int
        Fewest agents that meet every target that a formula knows.
    formula : str
        ``Erlang A``, ``Erlang C`` ...; empty if nobody is expected.
    steps : tuple of (step, figure, why)
        From target to whole agents.
    """

    load: float
    agents: int
    formula: str
    steps: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Pool:
    """Contact types that a team takes first, with the same number at once.

    Parameters
    ----------
    scenario : Scenario
    team : str
    contacts : tuple of str
    share : float, fraction
        Part of their volume that goes to this team.
    """

    scenario: Scenario
    team: str
    contacts: tuple[str, ...]
    share: float
    methods: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def queue(self) -> Queue:
        """The pool as a formula's queue."""
        return Queue(self.scenario, self.team, self.contacts)

    def expected_on(self, day: int) -> tuple[tuple[float, ...], ...]:
        """Return the expected contacts per interval of a day, one row a contact type."""
        return tuple((self.scenario.spec.contacts[name].volume.expected or ((),))[day] for name in self.contacts)

    def buckets(self, cell: Cell) -> tuple[Floats, Floats]:
        """Lengths (seconds) and arrival rates (contacts per second, one row a contact type) of the parts of *cell*."""
        borders = {cell.start, cell.start + cell.length}
        plans = [self._rates(name, cell.day) for name in self.contacts]
        for start, step, rates in plans:
            ends = start + step * np.arange(len(rates) + 1)
            borders |= {float(end) for end in ends if cell.start < end < cell.start + cell.length}
        edges = np.array(sorted(borders))
        middle = (edges[1:] + edges[:-1]) / 2
        table = []
        for start, step, rates in plans:
            index = np.floor((middle - start) / step).astype(int)
            inside = (index >= 0) & (index < len(rates))
            table.append(np.where(inside, rates[np.clip(index, 0, len(rates) - 1)], 0.0) if len(rates) else np.zeros(len(middle)))
        return np.diff(edges), np.stack(table) * self.share

    def _rates(self, name: str, day: int) -> tuple[float, float, Floats]:
        """Start, step and planning rates of a day, by the modified offered load where the AHT is long for the interval."""
        volume = self.scenario.spec.contacts[name].volume
        row = np.array((volume.expected or ((),))[day], dtype=float) * self.queue.reaching(name) / volume.interval
        if not row.any():
            return volume.start, volume.interval, row
        method, rates = planning_rates(
            arrival_rates=row, interval=volume.interval, aht=max(self.queue.aht(name), 1e-3), before="nothing"
        )
        self.methods[name] = method
        return volume.start, volume.interval, rates


def pools_of(scenario: Scenario) -> tuple[Pool, ...]:
    """Give every contact type to the teams that take it first (shortest wait, then preference), in proportion to their hours."""
    found: dict[tuple[str, int, float], list[str]] = {}
    for name in scenario.spec.contacts:
        serving = {label: team.skills[name] for label, team in scenario.spec.teams.items() if name in team.skills}
        if not serving:
            continue
        best = min((skill.after, skill.preference) for skill in serving.values())
        first = [label for label, skill in serving.items() if (skill.after, skill.preference) == best]
        hours = {label: _hours(scenario, label) for label in first}
        for label in first:
            share = hours[label] / sum(hours.values()) if sum(hours.values()) else 1 / len(first)
            found.setdefault((label, serving[label].at_once or 1, share), []).append(name)
    return tuple(Pool(scenario, team, tuple(names), share) for (team, _, share), names in found.items())


def _hours(scenario: Scenario, team: str) -> float:
    staffing = heads(scenario.spec, team)
    return float(sum(map(sum, staffing.count or ()))) * staffing.interval


def needs(pools: Sequence[Pool], goals: Sequence[Goal], cells: Sequence[Cell], *, factor: float = 1.0) -> tuple[Need, ...]:
    """Fewest agents per cell by formula, with the volume times *factor*.

    Notes
    -----
    Erlang A where customers abandon, else Erlang C; an agent who has several contacts at once counts as that many servers. If
    they slow one another down, a Markov chain with level-dependent rates; in large teams everybody at the pace of a full agent.
    Within a cell each part of constant rate is taken in its steady state and weighted by its contacts (pointwise
    stationary approximation); a team's pools are added up. Targets that no formula knows are left to the simulation.

    Source: as :func:`simkpi.planning.crosscheck.crosscheck` and :mod:`simkpi.queueing.offered_load`.
    """
    known: dict[tuple[object, ...], Need] = {}  # days alike need the same
    found = []
    for cell in cells:
        mine = [pool for pool in pools if pool.team == cell.team]
        key = (cell.team, cell.start, cell.length, *[pool.expected_on(cell.day) for pool in mine])
        if key not in known:
            known[key] = _sum([_need(pool, goals, cell, factor) for pool in mine])
        found.append(known[key])
    return tuple(found)


def _sum(parts: Sequence[Need]) -> Need:
    kept = [part for part in parts if part.load > 0]
    if len(kept) < 2:
        return kept[0] if kept else Need(0.0, 0, "")
    return Need(
        sum(part.load for part in kept),
        sum(part.agents for part in kept),
        " + ".join(dict.fromkeys(part.formula for part in kept)),
        tuple(step for part in kept for step in part.steps),
    )


def _need(pool: Pool, goals: Sequence[Goal], cell: Cell, factor: float) -> Need:
    length, rates = pool.buckets(cell)
    queue = pool.queue
    total = rates.sum(axis=0) * factor
    if not total.any():
        return Need(0.0, 0, "")
    used = total > 0
    length, total, rates = length[used], total[used], rates[:, used] * factor
    aht = rates.T @ np.array([queue.aht(name) for name in pool.contacts]) / total
    leaving = rates.T @ np.array([queue.leaving(name) for name in pool.contacts]) / total
    pace = _paces(pool)
    with np.errstate(divide="ignore"):
        world = _World(length, total, aht, 1 / leaving, queue.servers, queue.places, pace)
    load = float((length * total * aht).sum() / cell.length / queue.servers * pace[-1])
    formula = "Erlang A" if leaving.any() else "Erlang C"
    formula += f", {queue.servers} at once" if queue.servers > 1 else ""
    formula = f"Chat chain, up to {queue.servers} at once" if _is_chain(pace, math.ceil(load)) else formula
    if any(pool.methods.get(name) == "offered_load" for name in pool.contacts):
        formula += ", modified offered load"
    asked = [goal for goal in goals if goal.kpi in _FIGURES and any(goal.concerns(pool.scenario, name) for name in pool.contacts)]
    asked = [goal for goal in asked if not (goal.kpi == "occupancy" and queue.servers > 1)]
    asked = [goal for goal in asked if not (goal.kpi == "frt" and any(queue.reaching(name) < 1 for name in pool.contacts))]
    alone = [(goal, world.least(goal, pool.scenario)) for goal in asked]
    best = max([agents for _, agents in alone if agents < _MOST], default=math.ceil(load))
    caps = sorted(alone, key=lambda pair: pair[0].kpi == "occupancy")
    steps = [
        ("occupancy cap" if goal.kpi == "occupancy" else "target", _number(agents), f"agents for {goal}") for goal, agents in caps
    ]
    steps.append(("whole agents", f"{best}", "the largest of these"))
    return Need(load, best, formula, tuple(steps))


def _paces(pool: Pool) -> tuple[float, ...]:
    """How much longer a contact takes with 1, 2, ... open, as the pool's contact types say on average; (1,) = no longer."""
    servers = pool.queue.servers
    slower = [pool.scenario.spec.contacts[name].handle.slower_when_busy for name in pool.contacts]
    if servers == 1 or not any(slower):
        return (1.0,)
    rows = [[1 + (each[min(k, len(each) - 1)] if each else 0.0) for k in range(servers)] for each in slower]
    return tuple(float(value) for value in np.mean(rows, axis=0))


def _is_chain(pace: tuple[float, ...], agents: int) -> bool:
    """Whether contacts slow one another down in a team that is small enough to be solved state by state."""
    return any(each != 1 for each in pace) and math.comb(agents + len(pace), len(pace)) <= _CHAIN_STATES


def _number(agents: int) -> str:
    return f"{agents}" if agents < _MOST else "no team"


@dataclass(frozen=True)
class _World:
    """Parts of a cell: arrays of shape (n_parts,)."""

    length: Floats
    rate: Floats
    aht: Floats
    patience: Floats
    servers: int
    places: int | None
    pace: tuple[float, ...] = (1.0,)

    def least(self, goal: Goal, scenario: Scenario) -> int:
        """Fewest agents that meet *goal*; ``_MOST`` if none do."""
        low, high = 0, max(1, math.ceil(float((self.rate * self.aht).max()) / self.servers))
        while not self._met(high, goal, scenario):
            low, high = high, 2 * high
            if high >= _MOST:
                return _MOST
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._met(middle, goal, scenario) else (middle, high)
        return high

    def _met(self, agents: int, goal: Goal, scenario: Scenario) -> bool:
        stated = scenario.spec.definitions
        threshold = stated.threshold if goal.within is None else goal.within
        load = float((self.rate * self.aht).max() / self.servers * self.pace[-1])
        if _is_chain(self.pace, max(agents, math.ceil(load))):
            figures = self._chain(agents, threshold)
        else:  # where all are fully occupied, which is what counts in a large team
            slots = np.full(len(self.rate), float(agents * self.servers))
            figures = queueing.evaluate(
                arrival_rate=self.rate,
                aht=self.aht * self.pace[-1],
                agents=slots,
                patience=self.patience,
                places=None if self.places is None else slots + self.places,
                threshold=threshold,
            )
        value = _FIGURES[goal.kpi](self, figures, stated.service_level)
        return bool(goal.sign * (value - goal.value) >= -1e-12)

    def _chain(self, agents: int, threshold: float) -> Performance:
        """Level-dependent Markov chain of each part: chats are slower the more of them an agent has."""
        parts = [
            evaluate_chat(
                arrival_rate=float(rate),
                chat_times=[float(aht) * pace for pace in self.pace],
                agents=agents,
                patience=float(patience) if math.isfinite(patience) else None,
                waiting_places=self.places,
                threshold=threshold,
            ).queue
            for rate, aht, patience in zip(self.rate, self.aht, self.patience, strict=True)
        ]
        columns = {each.name: np.array([getattr(part, each.name) for part in parts]) for each in fields(Performance)}
        return Performance(**columns)

    def service_level(self, figures: Performance, variant: str) -> float:
        name, under = _PARTS[variant]
        weight = self.length * self.rate
        below = np.ones_like(weight)
        if under == "p_served":
            below = np.asarray(figures.p_served)
        elif under == "p_late":
            below = np.asarray(figures.p_served) + figures.p_abandon - figures.p_abandon_within
        return float((weight * np.asarray(getattr(figures, name))).sum() / max(1e-300, (weight * below).sum()))

    def abandon_rate(self, figures: Performance, _: str) -> float:
        weight = self.length * self.rate
        return float((weight * np.asarray(figures.p_abandon)).sum() / weight.sum())

    def asa(self, figures: Performance, _: str) -> float:
        weight = self.length * self.rate * np.asarray(figures.p_served)
        kept = weight > 0
        return float((weight[kept] * np.asarray(figures.asa)[kept]).sum() / weight[kept].sum()) if kept.any() else math.inf

    def occupancy(self, figures: Performance, _: str) -> float:
        return float((self.length * np.asarray(figures.occupancy)).sum() / self.length.sum())


_FIGURES = {
    "service_level": _World.service_level,
    "abandon_rate": _World.abandon_rate,
    "asa": _World.asa,
    "frt": _World.asa,
    "occupancy": _World.occupancy,
}
