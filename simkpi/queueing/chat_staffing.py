"""Fewest agents for a chat team, with the same steps and proof as for voice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from simkpi.errors import InputError, Problem
from simkpi.queueing.chat import ChatPerformance, evaluate_chat
from simkpi.queueing.domain import positive
from simkpi.queueing.staffing import Certificate, Requirement, compose, exact_shrinkage
from simkpi.queueing.targets import Target


def chat_agents_needed(
    *,
    arrival_rate: float,
    chat_times: Sequence[float],
    targets: Sequence[Target],
    patience: float | None = None,
    waiting_places: float | None = None,
    routing: str = "least",
    shrinkage: float = 0.0,
) -> Requirement:
    """Fewest agents with which a chat team meets all targets.

    Parameters
    ----------
    arrival_rate, chat_times, patience, waiting_places, routing
        As for :func:`simkpi.queueing.chat.evaluate_chat`.
    targets : sequence of Target
        All must hold; ``occupancy`` is the share of time with at least one chat.
    shrinkage : float, fraction
        Share of paid time off queue.

    Returns
    -------
    Requirement

    Raises
    ------
    InputError
        If an argument is outside its domain, or the targets are unreachable within the teams that are solved exactly.

    Examples
    --------
    >>> need = chat_agents_needed(arrival_rate=120 / 3600, chat_times=[300, 390, 510], targets=[Target("service_level", 0.8, 30)])
    >>> need.agents
    7
    """
    rate = float(positive(arrival_rate, "arrival_rate"))
    exact_shrinkage(shrinkage)  # refuse it before any work
    if not targets:
        raise InputError("targets: at least one target is needed")
    if rate == 0:
        raise InputError(Problem("must be above 0, got 0", path="arrival_rate"))
    queue: dict[str, Any] = {
        "arrival_rate": rate,
        "chat_times": chat_times,
        "patience": patience,
        "waiting_places": waiting_places,
        "routing": routing,
    }
    known: dict[tuple[int, float], ChatPerformance] = {}

    def figures(team: int, target: Target) -> ChatPerformance:
        key = (team, target.threshold)
        if key not in known:
            known[key] = evaluate_chat(agents=team, threshold=target.threshold, **queue)
        return known[key]

    parts: list[tuple[Target, int, float | None]] = []
    for target in targets:
        if target.certain:
            raise InputError(Problem(f"unreachable: {target}: no team is certain to; ask for less", path="target"))
        team = max((alone for _, alone, _ in parts), default=1)
        while not target.met(figures(team, target).queue):
            team += 1
        while team > 1 and target.met(figures(team - 1, target).queue):
            team -= 1
        parts.append((target, team, None))
    answer = max(alone for _, alone, _ in parts)
    certificates = []
    for target in targets:
        value = target.value_of(figures(answer, target).queue)
        beyond = target.value_of(figures(answer - 1, target).queue) if answer > 1 else None
        certificates.append(Certificate(target, math.nan if value is None else value, beyond))
    return compose(parts, certificates, figures(answer, targets[0]).queue, shrinkage)
