"""Fewest agents for a set of targets, from the target to full-time equivalents, with each step and its proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkpi.errors import InputError, Problem
from simkpi.queueing.domain import broadcast, check_all
from simkpi.queueing.patience_laws import PatienceLaw
from simkpi.queueing.performance import Performance
from simkpi.queueing.poisson_tails import Floats
from simkpi.queueing.stationary import evaluate
from simkpi.queueing.targets import Target, all_met, performances
from simkpi.units import format_share

#: Largest team that is tried.
MOST_AGENTS = 1_000_000


@dataclass(frozen=True)
class Certificate:
    """Proof that a number is the smallest (or largest): the figure there, and one step further where the target fails."""

    target: Target
    #: Value of the target's figure at the answer.
    value: float
    #: Value one step beyond (one agent fewer, one contact or second more); None if that queue is unstable or has nobody.
    beyond: float | None


@dataclass(frozen=True)
class Requirement:
    """Answer of :func:`agents_needed`."""

    #: Agents on queue: the smallest whole number that meets all targets.
    agents: int
    #: Agents to schedule, so that *agents* are on queue after shrinkage.
    gross_agents: int
    #: Full-time equivalents without rounding: agents / (1 - shrinkage).
    fte: float
    #: Real number of agents at which the targets are just met; None where agents must be whole (limited places).
    fractional_agents: float | None
    certificates: tuple[Certificate, ...]
    #: All figures with *agents* agents, at the first target's threshold.
    performance: Performance
    #: What was decided, in order: (step, value, why).
    steps: tuple[tuple[str, str, str], ...]


def gross_agents(agents: int, shrinkage: float) -> int:
    """Agents to schedule so that *agents* remain after shrinkage, in exact arithmetic.

    Parameters
    ----------
    agents : int
        Agents needed on queue.
    shrinkage : float, fraction
        Share of paid time off queue, below 1; read as the decimal number that was written.

    Returns
    -------
    int

    Raises
    ------
    InputError
        If *shrinkage* is not in [0, 1).

    Notes
    -----
    ``ceil(agents / (1 - shrinkage))``. In floating point 21 / 0.7 is above 30 and would be rounded up to 31.

    Source: WFM Labs glossary, Shrinkage (gross staff = base / (1 - shrinkage)).

    Examples
    --------
    >>> gross_agents(21, 0.3), gross_agents(14, 0.3)
    (30, 20)
    """
    return math.ceil(Fraction(agents) / (1 - exact_shrinkage(shrinkage)))


def exact_shrinkage(shrinkage: float) -> Fraction:
    """Return the decimal number that was written, or refuse it if it is not in [0, 1)."""
    if not 0 <= shrinkage < 1:
        raise InputError(Problem(f"must be at least 0% and below 100%, got {shrinkage:.6g}", path="shrinkage"))
    return Fraction(str(float(shrinkage)))


def least_agents(
    *,
    arrival_rate: ArrayLike,
    aht: ArrayLike,
    targets: Sequence[Target],
    patience: ArrayLike | PatienceLaw | None = None,
    places: ArrayLike | None = None,
    lossy: bool = False,
    at_most: int = MOST_AGENTS,
) -> NDArray[np.int64]:
    """Smallest whole number of agents that meets all targets, for many queues at once.

    Parameters
    ----------
    arrival_rate, aht, patience, places
        As for :func:`simkpi.queueing.evaluate`.
    targets : sequence of Target
        All must hold.
    lossy : bool
        Nobody waits (Erlang B): places follow the agents.
    at_most : int
        Largest team to try.

    Returns
    -------
    ndarray of int, common shape of the arguments
        0 where there is no volume; -1 where even *at_most* agents (or as many as there are places) are too few.

    Notes
    -----
    The figures improve with every agent, so doubling and bisection find the smallest team in about log2(agents) evaluations.
    """
    limit = math.inf if patience is None or isinstance(patience, PatienceLaw) else patience
    numbers = check_all(
        arrival_rate=(arrival_rate, "refuse"),
        aht=(aht, "refuse"),
        patience=(limit, "accept"),
        places=(math.inf if places is None else places, "accept"),
    )
    shape, (rate, time, patient, room) = broadcast(**numbers)
    if not targets:
        raise InputError("targets: at least one target is needed")
    law = patience if isinstance(patience, PatienceLaw) else None

    def enough(team: NDArray[np.int64], rows: Any) -> NDArray[np.bool_]:
        return all_met(
            targets,
            arrival_rate=rate[rows],
            aht=time[rows],
            agents=team,
            patience=law or patient[rows],
            places=team if lossy else (None if np.isinf(room[rows]).all() else room[rows]),
        )

    most = np.minimum(np.floor(room), at_most).astype(np.int64)
    load = rate * time
    hopeless = most < 1
    for target in targets:
        # nobody abandons, or is blocked, for want of patience or places: a limit of 0 is then met at once
        given = (target.metric == "p_abandon") & np.isinf(patient) & (law is None)
        given |= (target.metric == "p_block") & np.isinf(room) & (not lossy)
        hopeless |= target.certain & ~given
    answer = np.where(load > 0, -1, 0).astype(np.int64)
    rows = np.flatnonzero((load > 0) & ~hopeless)
    answer[rows] = _search(enough, rows, np.ceil(load[rows]), most[rows])
    return answer.reshape(shape)


def _search(
    enough: Callable[..., NDArray[np.bool_]], rows: NDArray[np.intp], start: Floats, most: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Smallest team per row, by growing steps and bisection; -1 where *most* is not enough."""
    high = np.clip(np.minimum(start, 1e9).astype(np.int64), 1, most)
    low, step = np.zeros_like(high), np.maximum(1, np.sqrt(high).astype(np.int64))
    open_ = np.arange(rows.size)
    reached = np.zeros(rows.size, dtype=bool)
    while open_.size:
        good = enough(high[open_], rows[open_])
        reached[open_[good]] = True
        open_ = open_[~good & (high[open_] < most[open_])]
        low[open_] = high[open_]
        high[open_] = np.minimum(high[open_] + step[open_], most[open_])
        step[open_] *= 2
    open_ = np.flatnonzero(reached & (high - low > 1))
    while open_.size:
        middle = (low[open_] + high[open_]) // 2
        good = enough(middle, rows[open_])
        high[open_[good]] = middle[good]
        low[open_[~good]] = middle[~good]
        open_ = open_[high[open_] - low[open_] > 1]
    return np.where(reached, high, -1)


def agents_needed(
    *,
    arrival_rate: float,
    aht: float,
    targets: Sequence[Target],
    patience: float | PatienceLaw | None = None,
    places: float | None = None,
    lossy: bool = False,
    shrinkage: float = 0.0,
    at_most: int = MOST_AGENTS,
) -> Requirement:
    """Fewest agents that meet all targets of one queue, step by step, with the proof that one fewer is too few.

    Parameters
    ----------
    arrival_rate : float, contacts per second
    aht : float, seconds
    targets : sequence of Target
        Service levels, waits, abandonment, occupancy cap ...: all must hold.
    patience, places
        As for :func:`simkpi.queueing.evaluate`.
    lossy : bool
        Nobody waits (Erlang B): places follow the agents.
    shrinkage : float, fraction
        Share of paid time off queue.
    at_most : int
        Largest team to try.

    Returns
    -------
    Requirement

    Raises
    ------
    InputError
        If an argument is outside its domain, or the targets are unreachable (with the best that is possible).

    Examples
    --------
    >>> need = agents_needed(
    ...     arrival_rate=100 / 1800, aht=180, targets=[Target("service_level", 0.8), Target("occupancy", 0.85)], shrinkage=0.3
    ... )
    >>> need.agents, need.gross_agents
    (14, 20)
    """
    exact_shrinkage(shrinkage)  # refuse it before any work
    queue: dict[str, Any] = {"arrival_rate": arrival_rate, "aht": aht, "patience": patience}
    answer = int(least_agents(targets=targets, places=places, lossy=lossy, at_most=at_most, **queue))
    if answer < 0:
        raise InputError(_unreachable(targets, queue, places, lossy, at_most))
    if answer == 0:
        idle = evaluate(agents=0, threshold=targets[0].threshold, **queue)
        return Requirement(0, 0, 0.0, 0.0, (), idle, (("volume", "0", "no contacts, so nobody is needed"),))
    parts = []
    for target in targets:
        alone = int(least_agents(targets=[target], places=places, lossy=lossy, at_most=at_most, **queue))
        parts.append((target, alone, _fractional(target, alone, queue) if places is None and not lossy else None))
    certificates = [_certificate(target, answer, queue, places, lossy) for target in targets]
    figures = performances(targets, agents=answer, places=answer if lossy else places, **queue)[0]
    return compose(parts, certificates, figures, shrinkage)


def _certificate(target: Target, agents: int, queue: dict[str, Any], places: float | None, lossy: bool) -> Certificate:
    """Value of one target's figure with *agents* agents and with one fewer."""
    here = performances([target], agents=agents, places=agents if lossy else places, **queue)[0]
    fewer = agents - 1
    there = performances([target], agents=fewer, places=fewer if lossy else places, **queue)[0] if fewer > 0 else None
    value = target.value_of(here)
    return Certificate(target, math.nan if value is None else value, None if there is None else target.value_of(there))


def _fractional(target: Target, agents: int, queue: dict[str, Any]) -> float:
    """Real number of agents in (agents - 1, agents] at which *target* is just met."""
    low, high = float(agents - 1), float(agents)
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if all_met([target], agents=middle, **queue) else (middle, high)
    return high


def _unreachable(
    targets: Sequence[Target], queue: dict[str, Any], places: float | None, lossy: bool, at_most: int
) -> list[Problem]:
    """Say for each target that fails what the best possible value is."""
    team = at_most if places is None or lossy else min(at_most, math.floor(places))
    if team < 1:
        return [Problem(f"unreachable: there is no place for an agent (at most {team})")]
    problems = []
    for target, figures in zip(
        targets, performances(targets, agents=team, places=team if lossy else places, **queue), strict=True
    ):
        if target.certain:
            problems.append(
                Problem(f"unreachable: {target}: no team is certain to; best is just short of it, ask for less", path="target")
            )
        elif not target.met(figures):
            value = target.value_of(figures)
            best = f"best is {target.show(value)} with" if value is not None else "the queue grows without bound even with"
            problems.append(Problem(f"unreachable: {target}: {best} {team:,} agents", path="target"))
    return problems


def compose(
    parts: Sequence[tuple[Target, int, float | None]],
    certificates: Sequence[Certificate],
    performance: Performance,
    shrinkage: float,
) -> Requirement:
    """Put a requirement together from each target's own need, in the order target, cap, whole number, shrinkage, FTE.

    Parameters
    ----------
    parts : sequence of (target, whole agents it needs, real number of agents or None)
    certificates : sequence of Certificate
    performance : Performance
        With the agents of the answer.
    shrinkage : float, fraction

    Returns
    -------
    Requirement
    """
    agents = max(alone for _, alone, _ in parts)
    gross, fte = gross_agents(agents, shrinkage), float(agents / (1 - exact_shrinkage(shrinkage)))
    steps = []
    for target, alone, real in sorted(parts, key=lambda part: part[0].metric == "occupancy"):
        name = "occupancy cap" if target.metric == "occupancy" else "target"
        steps.append((name, f"{alone}" if real is None else f"{real:.2f}", f"agents for {target}"))
    lost = format_share(shrinkage)
    steps.append(("whole agents", f"{agents}", "the largest of these, rounded up"))
    steps.append(("shrinkage", f"{gross}", f"{agents} / (1 - {lost}), rounded up: agents to schedule"))
    steps.append(("FTE", f"{fte:.2f}", f"{agents} / (1 - {lost}), not rounded"))
    reals = [real for *_, real in parts if real is not None]
    fractional = max(reals) if len(reals) == len(parts) else None
    return Requirement(agents, gross, fte, fractional, tuple(certificates), performance, tuple(steps))
