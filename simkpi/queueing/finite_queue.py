"""Finite queues (M/M/n/K and M/M/n/K+M): contacts that find all places taken are blocked."""

from __future__ import annotations

import numpy as np

from simkpi.queueing.pieces import Pieces, ratio
from simkpi.queueing.poisson_tails import Floats, Scaled, below

#: Elements of one table (points x waiting places): bounds the memory of a block.
_BLOCK = 500_000


def pieces(
    *,
    arrival_rate: Floats,
    aht: Floats,
    agents: Floats,
    patience: Floats,
    places: Floats,
    threshold: Floats,
    idle: Scaled | None = None,
) -> Pieces:
    """Exact shares and waits of the M/M/n/K+M queue, Erlang B included (K = n).

    Parameters
    ----------
    arrival_rate : ndarray, shape (n,), contacts per second, above 0
    aht : ndarray, shape (n,), seconds, above 0
    agents : ndarray, shape (n,), above 0, not necessarily whole
    patience : ndarray, shape (n,), seconds, above 0
        Mean of the exponential patience; infinite for M/M/n/K.
    places : ndarray, shape (n,)
        Contacts in service and waiting together, at most; waiting places are the whole part of ``places - agents``.
    threshold : ndarray, shape (n,), seconds
    idle : Scaled, optional
        As in :func:`simkpi.queueing.erlang_a.pieces`; for one point at a time.

    Returns
    -------
    Pieces

    Notes
    -----
    A contact that finds k others waiting moves up at rates ``agents/aht + i/patience``, i = k ... 0; how far it gets
    within the threshold is negative binomial (Poisson without patience). All sums are of positive terms, in logarithms.

    Source: birth-death equations, L. Kleinrock, Queueing systems 1, 1975, chapter 3; for the wait with abandonment
    J. Riordan, Stochastic service systems, 1962.
    """
    agents = np.minimum(agents, np.maximum(places, 0.0))
    room = np.floor(places - agents + 1e-9)
    columns = {
        "load": arrival_rate * aht,
        "aht": aht,
        "agents": agents,
        "leave": aht / patience,
        "room": room,
        "limit": threshold / aht,
    }
    size = room + _tail_length(agents + columns["leave"], columns["leave"], columns["limit"], room)
    result = Pieces.undefined(room.size)
    order = np.argsort(size, kind="stable")
    start = 0
    while start < order.size:
        stop = start + 1
        while stop < order.size and (stop - start + 1) * (size[order[stop]] + 1) <= _BLOCK:
            stop += 1
        rows = order[start:stop]
        with np.errstate(under="ignore", over="ignore", divide="ignore"):
            part = _block(**{name: values[rows] for name, values in columns.items()}, size=int(size[rows].max()), idle=idle)
        result.put(rows, part)
        start = stop
    return result


def _tail_length(rate: Floats, leave: Floats, limit: Floats, room: Floats) -> Floats:
    """How many moves beyond the last waiting place must be summed to know the chance of more moves than places."""
    with np.errstate(over="ignore", invalid="ignore"):
        grown = np.minimum(leave * limit, 600.0)
        mean = rate * np.where(leave > 0, np.expm1(grown) / np.where(leave > 0, leave, 1.0), limit)
        spread = np.sqrt(mean * np.exp(np.minimum(grown, 300.0)))
    # far beyond the last place there is nothing to know: more moves than places are then almost certain
    return np.where(mean < 2 * room + 100, np.minimum(200 + 12 * spread, 20_000), 2.0).astype(int).astype(float)


def _block(
    *,
    load: Floats,
    aht: Floats,
    agents: Floats,
    leave: Floats,
    room: Floats,
    limit: Floats,
    size: int,
    idle: Scaled | None,
) -> Pieces:
    """Pieces of points with similar numbers of waiting places; time is counted in handle times."""
    k = np.arange(int(room.max()) + 1)
    n, g = agents[:, None], leave[:, None]
    steps = np.log(load[:, None] / (n + k * g))
    steps[:, 0] = 0.0
    log_states = np.cumsum(steps, axis=1)
    log_states[k > room[:, None]] = -np.inf
    idle = below(agents, load) if idle is None else idle
    top = np.maximum(idle.log_scale, log_states.max(axis=1))
    states = np.exp(log_states - top[:, None])
    free = idle.values[0] * np.exp(idle.log_scale - top)
    total = free + states.sum(axis=1)
    blocked = states[np.arange(room.size), room.astype(int)] / total
    seen = states / total[:, None]
    seen[k >= room[:, None]] = 0.0  # the state in which an arrival is blocked is not seen by anybody who waits
    # once more on the scale of those who wait, which may be far below that of all
    waiting = np.exp(log_states - log_states.max(axis=1)[:, None])
    waiting[k >= room[:, None]] = 0.0
    p_no_wait = free / total
    head = n + (k + 1) * g
    served = n / head
    moves = np.cumsum(1.0 / (n + k * g), axis=1)
    moves_next = np.cumsum(1.0 / head, axis=1)
    stay = np.cumsum((k + 1) * g / head, axis=1) / head
    late, early_served, early_left = _threshold_shares(agents, leave, limit, states=k.size, size=size, served=served)
    stays = np.exp(-leave * limit)
    return Pieces(
        p_no_wait=p_no_wait,
        p_wait=seen.sum(axis=1),
        p_block=blocked,
        p_abandon=(seen * ((k + 1) * g / head)).sum(axis=1),
        p_served=p_no_wait + (seen * served).sum(axis=1),
        wait_served=aht * (seen * served * moves_next).sum(axis=1),
        wait_abandoned=aht * (seen * stay).sum(axis=1),
        offered_wait=aht * (seen * moves).sum(axis=1),
        served_within=p_no_wait + (seen * early_served).sum(axis=1),
        abandon_within=(seen * early_left).sum(axis=1),
        exceed=stays * (seen * late).sum(axis=1),
        wait_given_wait=ratio(aht * (waiting * (k + 1) / head).sum(axis=1), waiting.sum(axis=1)),
        wait_given_abandon=np.where(
            leave > 0, ratio(aht * (waiting * stay).sum(axis=1), (waiting * ((k + 1) * g / head)).sum(axis=1)), np.nan
        ),
    )


def _threshold_shares(
    agents: Floats, leave: Floats, limit: Floats, *, states: int, size: int, served: Floats
) -> tuple[Floats, Floats, Floats]:
    """For each number found waiting: P(virtual wait > limit), P(served within it), P(abandons within it)."""
    late, _ = _progress(agents, leave, limit, states=states, size=size)
    _, early = _progress(agents + leave, leave, limit, states=states, size=size)
    i = np.arange(states)
    n, g = agents[:, None], leave[:, None]
    left = np.cumsum(g * n / ((n + i * g) * (n + (i + 1) * g)) * early, axis=1)
    return late, served * early, left


def _progress(rate: Floats, leave: Floats, limit: Floats, *, states: int, size: int) -> tuple[Floats, Floats]:
    """P(at most k moves within *limit*) and P(more than k), k below *states*; move i + 1 has rate ``rate + i leave``."""
    with np.errstate(invalid="ignore"):
        window = np.where(leave > 0, -np.expm1(-leave * limit) / np.where(leave > 0, leave, 1.0), limit)
    i = np.arange(max(size, states) + 1)
    ratios = (rate[:, None] + np.maximum(i - 1, 0) * leave[:, None]) * window[:, None] / np.maximum(i, 1)
    logs = np.log(ratios)
    logs[:, 0] = -rate * limit
    terms = np.exp(np.cumsum(logs, axis=1))
    last = ratios[:, -1]
    rest = np.where(last < 1, terms[:, -1] * last / np.where(last < 1, 1 - last, 1.0), 0.0)
    at_most = np.minimum(np.cumsum(terms[:, :states], axis=1), 1.0)
    tail = np.cumsum(terms[:, ::-1], axis=1)[:, ::-1] + rest[:, None]
    more = np.where(at_most < 0.5, 1.0 - at_most, tail[:, 1 : states + 1])
    return at_most, more
