"""Erlang C (M/M/n): everybody waits until answered. Defined only while the load is below the number of agents."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from simkpi.queueing.domain import as_result, broadcast, positive
from simkpi.queueing.performance import Figure
from simkpi.queueing.pieces import Pieces
from simkpi.queueing.poisson_tails import Floats, Scaled, below


def pieces(*, arrival_rate: Floats, aht: Floats, agents: Floats, threshold: Floats, idle: Scaled | None = None) -> Pieces:
    """Exact shares and waits of the M/M/n queue; where it is unstable the limits (everybody waits for ever).

    Parameters
    ----------
    arrival_rate : ndarray, shape (n,), contacts per second, above 0
    aht : ndarray, shape (n,), seconds, above 0
    agents : ndarray, shape (n,), above 0, not necessarily whole
    threshold : ndarray, shape (n,), seconds
    idle : Scaled, optional
        As in :func:`simkpi.queueing.erlang_a.pieces`.

    Returns
    -------
    Pieces

    Notes
    -----
    A contact that waits does so for an exponential time of mean ``aht / (agents - load)``.

    Source: A. K. Erlang 1917; L. Kleinrock, Queueing systems 1, 1975, chapter 3.
    """
    load = arrival_rate * aht
    stable = load < agents
    spare = np.where(stable, agents - load, 1.0)
    p_no_wait, p_wait = _wait_shares(agents, np.where(stable, load, agents / 2), spare, idle)
    p_no_wait, p_wait = np.where(stable, p_no_wait, 0.0), np.where(stable, p_wait, 1.0)
    with np.errstate(under="ignore", over="ignore"):
        decay = np.where(stable, spare * threshold / aht, 0.0)
        exceed = p_wait * np.exp(-decay)
        wait = np.where(stable, p_wait * aht / spare, np.inf)
        within = p_no_wait - p_wait * np.expm1(-decay)
    zero = np.zeros_like(load)
    return Pieces(
        p_no_wait=p_no_wait,
        p_wait=p_wait,
        p_block=zero,
        p_abandon=zero,
        p_served=np.where(stable, 1.0, agents / load),
        wait_served=wait,
        wait_abandoned=zero,
        offered_wait=wait,
        served_within=within,
        abandon_within=zero,
        exceed=exceed,
        wait_given_wait=np.where(stable, aht / spare, np.inf),
        wait_given_abandon=np.full_like(load, np.nan),
    )


def _wait_shares(agents: Floats, load: Floats, spare: Floats, idle: Scaled | None = None) -> tuple[Floats, Floats]:
    """P(no wait) and P(wait), for stable queues."""
    free = below(agents, load) if idle is None else idle
    with np.errstate(over="ignore", under="ignore"):
        busy = np.exp(-free.log_scale) * agents / spare
        total = free.values[0] + busy
        return free.values[0] / total, busy / total


def wait_probability(agents: ArrayLike, offered_load: ArrayLike) -> Figure:
    """Probability that a contact waits, for Poisson arrivals and no abandonment (Erlang C).

    Parameters
    ----------
    agents : float or array
        Agents on queue, at least 0; need not be whole.
    offered_load : float or array, Erlangs
        Arrival rate times AHT. At or above *agents* the queue grows without bound and the result is 1.

    Returns
    -------
    float or ndarray, fraction

    Raises
    ------
    InputError
        If an argument is negative, NaN or infinite.

    Notes
    -----
    ``C = B / (1 - load/agents (1 - B))`` with the Erlang-B share continued to real numbers of agents.

    Source: A. K. Erlang 1917; L. Kleinrock, Queueing systems 1, 1975, chapter 3.

    Examples
    --------
    >>> round(wait_probability(agents=1, offered_load=0.5), 12)
    0.5
    """
    shape, (n, load) = broadcast(agents=positive(agents, "agents"), offered_load=positive(offered_load, "offered_load"))
    share = np.where(load < n, 0.0, 1.0)
    live = (load < n) & (load > 0)
    share[live] = _wait_shares(n[live], load[live], (n - load)[live])[1]
    result: Figure = as_result(share, shape)
    return result
