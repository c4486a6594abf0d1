"""Ranking and selection: the cheapest of many systems that meets every constraint, with a stated probability of being right.

Nothing here knows about contact centres: a system is a price and a stream of rows, one row a replication.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.experiment.confidence import Estimate, mean_interval

Floats = NDArray[np.float64]
#: Replications before any verdict; the variance that all later steps use comes from them.
FIRST_STAGE = 20
#: Verdicts on a system.
MEETS, FAILS, OPEN, DEARER, UNTOUCHED = "meets", "fails", "not decided", "dearer", "not needed"


@dataclass(frozen=True)
class Rows:
    """Replications of one system.

    Parameters
    ----------
    slack : ndarray, shape (n_replications, n_constraints)
        By how much each constraint was met (negative: missed); its mean decides.
    price : ndarray, shape (n_replications,)
        What it cost.
    """

    slack: Floats
    price: Floats


#: Gives the replications *first* to *first + count* - 1 of each system: the same number is the same world for all.
Sample = Callable[[Mapping[int, tuple[int, int]]], Mapping[int, Rows]]


def continuation(zone: float, variance: float, *, degrees: int, error: float, replications: int) -> float:
    """Half-width of the region in which a sum of differences is not decided yet.

    Parameters
    ----------
    zone : float
        Indifference zone: a mean closer to zero than this may be judged either way.
    variance : float
        Of one replication, estimated from *degrees* + 1 of them.
    degrees : int
        Degrees of freedom of the variance.
    error : float, fraction
        Probability, at most, of a wrong verdict on one side.
    replications : int
        Summed so far.

    Returns
    -------
    float
        At least 0; at 0 the sign of the sum decides.

    Notes
    -----
    ``max(0, eta * degrees * variance / zone - zone * replications / 2)``, ``eta = ((2 error)^(-2 / degrees) - 1) / 2``.

    Source: S.-H. Kim and B. L. Nelson, A fully sequential procedure for indifference-zone selection in simulation, ACM
    TOMACS 11(3), 2001 (c = 1); as a test of feasibility: S. Andradottir and S.-H. Kim, Fully sequential procedures for
    comparing constrained systems via simulation, Naval Research Logistics 57, 2010.
    """
    eta = (math.pow(2 * error, -2 / degrees) - 1) / 2
    return max(0.0, eta * degrees * variance / zone - zone * replications / 2)


@dataclass
class System:
    """One candidate and what is known of it.

    Parameters
    ----------
    number : int
    expected : float
        Price that is expected before any simulation: the order of the search.
    verdict : str
        ``meets``, ``fails``, ``not decided``, ``dearer`` (dropped: something cheaper meets), ``not needed`` (never begun).
    """

    number: int
    expected: float
    verdict: str = UNTOUCHED
    slack: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    price: Floats = field(default_factory=lambda: np.zeros(0))
    decided: dict[int, bool] = field(default_factory=dict)

    @property
    def replications(self) -> int:
        """Simulated so far."""
        return len(self.price)

    @property
    def cost(self) -> Estimate:
        """Mean price with its interval."""
        return mean_interval(self.price)

    def add(self, rows: Rows) -> None:
        """Take further replications."""
        self.slack = rows.slack if not self.replications else np.concatenate([self.slack, rows.slack])
        self.price = np.concatenate([self.price, rows.price])


@dataclass(frozen=True)
class Selection:
    """The answer of :func:`select`.

    Parameters
    ----------
    best : System or None
        The cheapest that meets every constraint; None if none does (or none was found within the budget).
    systems : tuple of System
        All of them, by number.
    is_guaranteed : bool
        Whether all that had to be decided was decided within the budget.
    replications : int
        Simulated in all.
    """

    best: System | None
    systems: tuple[System, ...]
    is_guaranteed: bool
    replications: int


def select(
    expected: Sequence[float],
    sample: Sample,
    *,
    zones: Sequence[float],
    price_zone: float,
    alpha: float = 0.05,
    price_varies: float = 0.0,
    first_stage: int = FIRST_STAGE,
    block: int = 10,
    wave: int = 4,
    budget: int = 100_000,
) -> Selection:
    """Find the cheapest system that meets every constraint.

    Parameters
    ----------
    expected : sequence of float
        Expected price of each system.
    sample : callable
        Simulates.
    zones : sequence of float
        Indifference zone of each constraint, in the unit of its slack.
    price_zone : float
        Difference in price that is not worth an effort.
    alpha : float, fraction
        Probability, at most, of a wrong selection.
    price_varies : float
        How far a mean price may lie from the expected one; 0: prices are known.
    first_stage, block : int
        Replications of the first stage and of each further step.
    wave : int
        Systems that are looked at together.
    budget : int
        Replications in all.

    Returns
    -------
    Selection

    Notes
    -----
    Systems are taken from the cheapest up, some at a time. Each is simulated until every constraint is judged or one is found
    missed; once one system meets all, those that are dearer are dropped, whatever they would have shown. If prices vary, all
    that meet are then compared pairwise.

    With probability at least ``1 - alpha`` (for normal sums): what is selected meets every constraint to within its zone, and
    no system that meets all of them with a zone to spare is cheaper by the price zone or more. The errors of all systems and
    constraints are added up (Bonferroni), so common random numbers are allowed.

    Source: as :func:`continuation`; the order by known price makes the comparison of Andradottir and Kim (2010) one of
    feasibility alone.
    """
    if first_stage < 3 or any(zone <= 0 for zone in zones):
        raise InputError("needs a first stage of at least 3 replications and zones above 0")
    systems = [System(number, price) for number, price in enumerate(expected)]
    order = sorted(systems, key=lambda one: (one.expected, one.number))
    part = alpha / 2 if price_varies else alpha
    judge = _Judge(zones, part / max(1, len(systems) * len(zones)), first_stage)
    search = _Search(sample, first_stage, block, budget)
    best: System | None = None
    for start in range(0, len(order), wave):
        limit = math.inf if best is None else best.expected + price_varies
        entering = [one for one in order[start : start + wave] if one.expected <= limit]
        if not entering or search.is_spent:
            break
        best = search.settle(entering, judge, best, price_varies)
    met = [one for one in systems if one.verdict == MEETS]
    decided = not any(one.verdict == OPEN for one in systems)
    decided = decided and not (search.is_spent and best is None and any(one.verdict == UNTOUCHED for one in systems))
    if price_varies and len(met) > 1:
        met, sure = search.cheapest(met, price_zone, (alpha - part) / (len(systems) - 1))
        decided = decided and sure
    chosen = min(met, key=_rank, default=None)
    return Selection(chosen, tuple(systems), decided, search.spent)


def _rank(one: System) -> tuple[float, float]:
    """Cheapest first; among equal prices the one with most room."""
    return round(float(one.price.mean()), 9), -float(one.slack.mean(axis=0).min())


@dataclass(frozen=True)
class _Judge:
    """Feasibility of one system after the other, each constraint by its own sequential test."""

    zones: Sequence[float]
    error: float
    first_stage: int

    def verdict(self, one: System) -> str:
        for index, zone in enumerate(self.zones):
            if index in one.decided:
                continue
            values = one.slack[:, index]
            variance = float(values[: self.first_stage].var(ddof=1))
            width = continuation(zone, variance, degrees=self.first_stage - 1, error=self.error, replications=len(values))
            total = float(values.sum())
            if abs(total) >= width:
                one.decided[index] = total >= 0
                if total < 0:
                    return FAILS
        return MEETS if len(one.decided) == len(self.zones) else OPEN


class _Search:
    def __init__(self, sample: Sample, first_stage: int, block: int, budget: int) -> None:
        self.sample = sample
        self.first_stage = first_stage
        self.block = block
        self.budget = budget
        self.spent = 0

    @property
    def is_spent(self) -> bool:
        """Whether not even a first stage is left."""
        return self.spent + self.first_stage > self.budget

    def more(self, systems: Sequence[System]) -> bool:
        """Simulate a first stage or a further block of each; False if the budget does not allow it."""
        wanted = {one.number: (one.replications, self.block if one.replications else self.first_stage) for one in systems}
        cost = sum(count for _, count in wanted.values())
        if self.spent + cost > self.budget:
            return False
        found = self.sample(wanted)
        for one in systems:
            one.add(found[one.number])
        self.spent += cost
        return True

    def settle(self, entering: Sequence[System], judge: _Judge, best: System | None, slack: float) -> System | None:
        """Decide on some systems; return the cheapest so far that meets all."""
        running = list(entering)
        for one in running:
            one.verdict = OPEN
        while running:
            if not self.more(running):
                # what little is left goes to the cheapest
                if len(running) == 1 or not self.more(running[:1]):
                    return best
                self._judged(running[:1], judge)
            else:
                self._judged(running, judge)
            met = [one for one in running if one.verdict == MEETS]
            best = min([*met, *([best] if best else [])], key=lambda one: (one.expected, one.number), default=None)
            limit = math.inf if best is None else best.expected + slack
            for one in running:
                if one.verdict == OPEN and one.expected > limit:
                    one.verdict = DEARER
            running = [one for one in running if one.verdict == OPEN]
        return best

    @staticmethod
    def _judged(systems: Sequence[System], judge: _Judge) -> None:
        for one in systems:
            one.verdict = judge.verdict(one)

    def cheapest(self, met: list[System], zone: float, error: float) -> tuple[list[System], bool]:
        """Compare the prices of systems that meet all, until one is left; the survivors, and whether that was reached."""
        while len(met) > 1:
            met = self._survivors(met, zone, error)
            if len(met) > 1:
                count = min(one.replications for one in met)
                behind = [one for one in met if one.replications == count]
                if not self.more(behind):
                    return met, False
        return met, True

    def _survivors(self, met: list[System], zone: float, error: float) -> list[System]:
        left = [one for one in met if not any(other is not one and self._is_dearer(one, other, zone, error) for other in met)]
        return left or [min(met, key=_rank)]

    def _is_dearer(self, one: System, other: System, zone: float, error: float) -> bool:
        count = min(one.replications, other.replications)
        gap = one.price[:count] - other.price[:count]
        variance = float(gap[: self.first_stage].var(ddof=1))
        width = continuation(zone, variance, degrees=self.first_stage - 1, error=error, replications=count)
        total = float(gap.sum())
        return total > width or (total == width == 0 and _rank(one) > _rank(other))
