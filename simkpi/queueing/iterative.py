"""Staffing a day that changes, by iteration: follow the queue through the day and correct each interval's team.

The modified offered load assumes that a queue forgets its past within an interval. Where it does not (long handle times,
patient customers, backlogs carried over), the time-dependent Markov chain is followed instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkpi.errors import InputError, Problem
from simkpi.queueing.domain import positive
from simkpi.queueing.least_agents import least_agents
from simkpi.queueing.offered_load import planning_rates
from simkpi.queueing.poisson_tails import Floats
from simkpi.queueing.targets import Target

#: Implicit steps per interval, at least this many.
_STEPS = 40
_MOST_CYCLES = 20


@dataclass(frozen=True)
class IterativeStaffing:
    """Answer of :func:`staff_iteratively`."""

    #: Agents per interval.
    agents: NDArray[np.int64]
    #: Delay probability per interval, mean over the interval, with these agents.
    delays: Floats
    #: Corrections that were made.
    rounds: int
    #: Whether the last correction changed nothing.
    is_settled: bool


def contacts_over_day(
    *,
    arrival_rates: ArrayLike,
    interval: float,
    aht: float,
    agents: ArrayLike,
    patience: float | None = None,
    before: str = "nothing",
) -> Floats:
    """Distribution of the number of contacts waiting or in service, mean over each interval of a day.

    Parameters
    ----------
    arrival_rates : array, shape (intervals,), contacts per second
    interval, aht : float, seconds
    agents : array of int, shape (intervals,)
        A falling head-count lets agents finish.
    patience : float, seconds, or None
        Mean of the exponential patience.
    before : str
        ``nothing``: the doors open on an empty centre; ``cycle``: the same day over and over.

    Returns
    -------
    ndarray, shape (intervals, states), fractions
        Rows add up to 1; column k is the probability of k contacts.

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Notes
    -----
    Kolmogorov's forward equations of the M_t/M/s_t(+M) queue, by the trapezoidal rule.

    Source: L. V. Green, P. J. Kolesar and J. Soares, Improving the SIPP approach for staffing service systems that have
    cyclic demands, Operations Research 49(4), 2001 (the numerical model).
    """
    rates = np.atleast_1d(positive(arrival_rates, "arrival_rates"))
    team = np.broadcast_to(np.atleast_1d(positive(agents, "agents")), rates.shape)
    if not (0 < aht < math.inf and 0 < interval < math.inf):
        raise InputError(Problem(f"must be finite and above 0 seconds, got aht {aht}, interval {interval}", path="aht, interval"))
    if before not in {"nothing", "cycle"}:
        raise InputError(Problem(f"must be nothing or cycle, got '{before}'", path="before"))
    leave = 0.0 if patience is None else 1.0 / patience
    states = np.arange(_states(rates, team, interval=interval, aht=aht, patience=patience, before=before))
    start = np.zeros(states.size)
    start[0] = 1.0
    for _ in range(_MOST_CYCLES):
        day, end = _one_day(start, states, rates, team, interval=interval, aht=aht, leave=leave)
        if before == "nothing" or np.abs(end - start).sum() < 1e-9:
            break
        start = end
    return day


def _states(rates: Floats, team: Floats, *, interval: float, aht: float, patience: float | None, before: str) -> int:
    """Enough states for the busiest moment."""
    load = float(rates.max() * aht)
    backlog = np.maximum(np.cumsum(np.maximum(rates - team / aht, 0.0) * interval).max(), 0.0)
    if patience is not None:
        backlog = min(backlog, float(rates.max()) * patience)
    elif before == "cycle":
        backlog *= 3
    top = max(load, float(team.max())) + backlog
    return int(top + 10 * math.sqrt(top + 1) + 30)


def _one_day(
    start: Floats, states: NDArray[np.int64], rates: Floats, team: Floats, *, interval: float, aht: float, leave: float
) -> tuple[Floats, Floats]:
    """Mean distribution per interval, and the distribution at the end of the day."""
    from scipy.linalg import solve_banded

    day = np.zeros((rates.size, states.size))
    now = start
    for i, (rate, agents) in enumerate(zip(rates, team, strict=True)):
        ends = np.minimum(states, agents) / aht + np.maximum(states - agents, 0.0) * leave
        begins = np.where(states < states[-1], rate, 0.0)
        steps = max(_STEPS, math.ceil(interval / aht * 10))
        h = interval / steps
        bands = np.zeros((3, states.size))
        bands[0, 1:], bands[1], bands[2, :-1] = -h / 2 * ends[1:], 1 + h / 2 * (begins + ends), -h / 2 * begins[:-1]
        for _ in range(steps):
            change = -(begins + ends) * now
            change[1:] += (begins * now)[:-1]
            change[:-1] += (ends * now)[1:]
            after = solve_banded((1, 1), bands, now + h / 2 * change)
            day[i] += (now + after) / 2
            now = after
        day[i] /= steps
    return np.maximum(day, 0.0), np.maximum(now, 0.0) / np.maximum(now, 0.0).sum()


def staff_iteratively(
    *,
    arrival_rates: ArrayLike,
    interval: float,
    aht: float,
    delay: float,
    patience: float | None = None,
    before: str = "cycle",
    at_most: int = 20,
) -> IterativeStaffing:
    """Fewest agents per interval for a delay target, corrected until the day's own queue agrees.

    Parameters
    ----------
    arrival_rates : array, shape (intervals,), contacts per second
    interval, aht : float, seconds
    delay : float, fraction
        Share of contacts that may wait at all, strictly between 0 and 1.
    patience, before
        As for :func:`contacts_over_day`.
    at_most : int
        Corrections to make.

    Returns
    -------
    IterativeStaffing

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Notes
    -----
    Each team becomes the least s with P(contacts at least s) at most *delay*, half-way only, because full steps can
    swing for ever when patience is long and the target high.

    Source: Z. Feldman, A. Mandelbaum, W. A. Massey and W. Whitt, Staffing of time-varying queues to achieve
    time-stable performance, Management Science 54(2), 2008 (the iteration; the half step is ours).
    """
    target = Target("p_wait", delay)
    if not 0 < delay < 1:
        raise InputError(Problem(f"must be strictly between 0 and 1, got {delay}", path="delay"))
    rates = np.atleast_1d(positive(arrival_rates, "arrival_rates"))
    first = "cycle" if before == "cycle" else "nothing"
    _, planned = planning_rates(arrival_rates=rates, interval=interval, aht=aht, method="offered_load", before=first)
    agents = np.maximum(least_agents(arrival_rate=planned, aht=aht, patience=patience, targets=[target]), 1)
    seen: list[NDArray[np.int64]] = []
    day = contacts_over_day(arrival_rates=rates, interval=interval, aht=aht, agents=agents, patience=patience, before=before)
    settled = False
    while len(seen) < at_most and not settled:
        seen.append(agents)
        at_least = 1 - np.cumsum(day, axis=1) + day  # column s: P(contacts >= s)
        wanted = np.maximum(np.argmax(at_least <= delay, axis=1), 1)
        half = np.ceil((agents + wanted) / 2).astype(np.int64)
        settled = bool((half == agents).all())
        agents = half
        if not settled:
            day = contacts_over_day(
                arrival_rates=rates, interval=interval, aht=aht, agents=agents, patience=patience, before=before
            )
    delays = np.array([row[team:].sum() for row, team in zip(day, agents, strict=True)])
    return IterativeStaffing(agents, delays, len(seen), settled)
