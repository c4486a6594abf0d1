"""Several classes of contacts before one team: the higher class is answered first, nobody is interrupted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from simkpi.errors import InputError, Problem
from simkpi.queueing.domain import check_all, positive
from simkpi.queueing.erlang_c import wait_probability


@dataclass(frozen=True)
class PriorityPerformance:
    """Answer of :func:`evaluate_priority`."""

    #: Share of contacts that wait, the same for every class.
    p_wait: float
    #: Mean wait of each class, seconds, highest class first; infinite from the class on that overloads the team.
    mean_wait: tuple[float, ...]
    #: Mean number waiting of each class.
    mean_queue: tuple[float, ...]
    #: Mean wait over all classes, seconds: that of first come, first served.
    mean_wait_overall: float
    #: Busy share of the agents' time.
    occupancy: float


def evaluate_priority(*, arrival_rates: Sequence[float], aht: float, agents: float) -> PriorityPerformance:
    """Mean waits by class in the M/M/n queue with non-preemptive priority.

    Parameters
    ----------
    arrival_rates : sequence of float, contacts per second
        One per class, highest priority first.
    aht : float, seconds
        The same for all classes.
    agents : float
        Above 0; need not be whole.

    Returns
    -------
    PriorityPerformance

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Notes
    -----
    ``W_k = P(wait) aht/n / ((1 - s_(k-1)) (1 - s_k))`` with s_k the load per agent of the classes up to k.

    Source: A. Cobham, Priority assignment in waiting line problems, Operations Research 2(1), 1954.

    Examples
    --------
    >>> waits = evaluate_priority(arrival_rates=[3, 5], aht=1, agents=10).mean_wait
    >>> [round(wait, 9) for wait in waits]
    [0.058454307, 0.292271536]
    """
    check_all(aht=(aht, "refuse"), agents=(agents, "refuse"))
    rates = [float(rate) for rate in positive(list(arrival_rates), "arrival_rates").ravel()]
    if not rates:
        raise InputError(Problem("needs the arrival rate of at least one class", path="arrival_rates"))
    if not agents > 0:
        raise InputError(Problem(f"must be above 0, got {agents}", path="agents"))
    load = math.fsum(rates) * aht
    p_wait = float(wait_probability(agents, load))
    waits, above = [], 0.0
    for rate in rates:
        upto = above + rate * aht / agents
        waits.append(p_wait * aht / agents / ((1 - above) * (1 - upto)) if upto < 1 else math.inf)
        above = upto
    queues = tuple(rate * wait if rate else 0.0 for rate, wait in zip(rates, waits, strict=True))
    total = math.fsum(rates)
    overall = math.inf if load >= agents else math.fsum(queues) / total if total else 0.0
    return PriorityPerformance(p_wait, tuple(waits), queues, overall, min(load / agents, 1.0))
