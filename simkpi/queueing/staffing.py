"""Fewest agents for a set of targets, from the target to full-time equivalents, with each step and its proof."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from simkpi.errors import InputError, Problem
from simkpi.queueing.least_agents import MOST_AGENTS, least_agents
from simkpi.queueing.patience_laws import PatienceLaw
from simkpi.queueing.performance import Performance
from simkpi.queueing.stationary import evaluate
from simkpi.queueing.targets import Target, all_met, performances
from simkpi.units import format_share


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
    if not targets:
        raise InputError("targets: at least one target is needed")
    alone = [int(least_agents(targets=[target], places=places, lossy=lossy, at_most=at_most, **queue)) for target in targets]
    if min(alone) < 0:
        raise InputError(_unreachable(targets, queue, places, lossy, at_most))
    answer = max(alone)
    if answer == 0:
        idle = evaluate(agents=0, threshold=targets[0].threshold, **queue)
        return Requirement(0, 0, 0.0, 0.0, (), idle, (("volume", "0", "no contacts, so nobody is needed"),))
    whole = places is not None or lossy
    parts = [(target, n, None if whole else _fractional(target, n, queue)) for target, n in zip(targets, alone, strict=True)]
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
    low, width = float(agents - 1), 1.0
    for _ in range(4):
        width /= 60
        team = low + width * np.arange(1, 61)
        team[-1] = min(team[-1], float(agents))
        low = float(team[int(np.argmax(all_met([target], agents=team, **queue)))]) - width
    return low + width


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
