"""From logs to estimates: sums per replication, their ratio, its standard error, and the z-score against a known value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import ABANDONED, BLOCKED, CONTAINED, EngineLog

SECOND = 1000


@dataclass(frozen=True)
class Day:
    """One replication, looked at from *start* to *stop* (ticks): contacts by arrival, states by time."""

    plan: Plan
    demand: Demand
    log: EngineLog
    start: int
    stop: int

    def came(self, kind: int | None = None) -> NDArray[np.bool_]:
        """Contacts that asked for a human in the window."""
        asked = (self.log.queued >= self.start) & (self.log.queued < self.stop)
        return asked if kind is None else asked & (self.demand.contact_type == kind)

    @property
    def wait(self) -> NDArray[np.int64]:
        """Ticks in the queue."""
        return np.minimum(self.log.answered, self.log.ended) - self.log.queued

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Whether each contact reached an agent."""
        return self.log.answered < NEVER

    def present(self, enter: NDArray[np.int64], leave: NDArray[np.int64]) -> float:
        """Tick-integral over the window of the number present."""
        enter, leave = np.clip(enter, self.start, self.stop), np.clip(leave, self.start, self.stop)
        return float((leave - enter).sum())

    def length(self) -> float:
        """Length of the window, ticks."""
        return float(self.stop - self.start)


#: Numerator and denominator of one replication.
Measure = Callable[[Day], tuple[float, float]]


def share(hit: Callable[[Day], NDArray[np.bool_]], kind: int | None = None, *, redial: bool | None = None) -> Measure:
    """Share of the contacts that asked; *redial*: of the further ones only, or of the fresh ones only."""

    def sums(day: Day) -> tuple[float, float]:
        chosen = day.came(kind)
        if redial is not None:
            assert day.demand.returns is not None
            chosen &= (day.demand.returns.attempt > 0) == redial
        return float((hit(day) & chosen).sum()), float(chosen.sum())

    return sums


def p_wait(kind: int | None = None) -> Measure:
    """Share of contacts that wait at all."""
    return share(lambda day: day.wait > 0, kind)


def p_abandon(kind: int | None = None) -> Measure:
    """Share of contacts whose customer gives up."""
    return share(lambda day: day.log.outcome == ABANDONED, kind)


def p_block(kind: int | None = None) -> Measure:
    """Share of contacts that find the queue full."""
    return share(lambda day: day.log.outcome == BLOCKED, kind)


def sl_offered(seconds: float, kind: int | None = None) -> Measure:
    """Share of contacts that are answered within so many *seconds*."""
    return share(lambda day: day.answered & (day.wait <= seconds * SECOND), kind)


def mean_wait(kind: int | None = None, *, answered: bool = False) -> Measure:
    """Mean seconds in the queue of those admitted, or of those answered."""

    def sums(day: Day) -> tuple[float, float]:
        chosen = day.came(kind) & (day.answered if answered else day.log.outcome != BLOCKED)
        return float(day.wait[chosen].sum()) / SECOND, float(chosen.sum())

    return sums


def mean_queue(kind: int | None = None) -> Measure:
    """Mean number of contacts that wait."""

    def sums(day: Day) -> tuple[float, float]:
        mine = (day.log.queued < NEVER) & (True if kind is None else day.demand.contact_type == kind)
        return day.present(day.log.queued[mine], np.minimum(day.log.answered, day.log.ended)[mine]), day.length()

    return sums


def open_contacts(team: int = 0, per: float = 1.0) -> Measure:
    """Mean number of contacts at the team, over *per* (the agents: occupancy when they have one at a time)."""

    def sums(day: Day) -> tuple[float, float]:
        mine = day.log.team == team
        return day.present(day.log.answered[mine], day.log.wrapped[mine]), day.length() * per

    return sums


def agents_with(count: int, agents: int) -> Measure:
    """Share of agent time with exactly *count* contacts open."""

    def sums(day: Day) -> tuple[float, float]:
        total = 0.0
        for agent in range(agents):
            mine = day.log.agent == agent
            moments = np.clip(np.concatenate([day.log.answered[mine], day.log.wrapped[mine]]), day.start, day.stop)
            order = np.argsort(moments, kind="stable")
            steps = np.repeat([1, -1], [mine.sum(), mine.sum()])[order]
            edges = np.concatenate([[day.start], moments[order], [day.stop]])
            total += float(np.diff(edges)[np.concatenate([[0], np.cumsum(steps)]) == count].sum())
        return total, day.length() * agents

    return sums


def in_bot() -> Measure:
    """Mean number of bot sessions."""

    def sums(day: Day) -> tuple[float, float]:
        mine = day.demand.bot >= 0
        arrived = day.demand.arrived[mine]
        return day.present(arrived, arrived + day.demand.bot_time[mine]), day.length()

    return sums


def _fresh(day: Day) -> NDArray[np.bool_]:
    """First contacts of the cases that came in the window."""
    came = (day.demand.arrived >= day.start) & (day.demand.arrived < day.stop)
    return came if day.demand.returns is None else came & (day.demand.returns.attempt == 0)


def contained(*, for_good: bool = False) -> Measure:
    """Share of the first contacts that the bot contains; *for_good*: whose customer does not come back."""

    def sums(day: Day) -> tuple[float, float]:
        came, away = _fresh(day), day.log.outcome == CONTAINED
        if for_good:
            assert day.demand.returns is not None
            away &= day.demand.returns.return_to < 0
        return float((came & away).sum()), float(came.sum())

    return sums


def attempts_rate() -> Measure:
    """Count attempts per second."""
    return lambda day: (float(day.came().sum()), day.length() / SECOND)


def attempts_per_fresh() -> Measure:
    """Count attempts per first contact."""
    return lambda day: (float(day.came().sum()), float(_fresh(day).sum()))


def finally_served() -> Measure:
    """Share of the cases, by their first contact, of which some contact was answered."""

    def sums(day: Day) -> tuple[float, float]:
        assert day.demand.returns is not None
        served = np.zeros(len(day.demand), dtype=np.bool_)
        np.logical_or.at(served, day.demand.returns.case, day.answered)
        return float((served & _fresh(day)).sum()), float(_fresh(day).sum())

    return sums


def per_replication(count: Callable[[Day], float]) -> Measure:
    """Mean over replications of a number."""
    return lambda day: (float(count(day)), 1.0)


@dataclass(frozen=True)
class Estimate:
    """A ratio of sums over replications and its standard error."""

    value: float
    error: float

    def z(self, expected: float, *, error: float = 0.0, slack: float = 0.0) -> float:
        """Distance from *expected* (itself known up to *error*, printed up to *slack*) in standard errors."""
        distance = self.value - expected
        excess = max(abs(distance) - slack, 0.0)
        spread = math.hypot(self.error, error)
        if excess == 0:
            return 0.0
        return math.copysign(excess / spread if spread else math.inf, distance)


def estimate(sums: list[tuple[float, float]]) -> Estimate:
    """Ratio estimator and its linearised standard error (Law, Simulation Modeling and Analysis, 5th ed., section 9.3)."""
    above, below = np.array(sums).T
    ratio = above.sum() / below.sum()
    residual = above - ratio * below
    n = len(sums)
    return Estimate(float(ratio), float(math.sqrt(residual @ residual / (n * (n - 1))) / below.mean()))
