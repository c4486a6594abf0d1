"""Erlang A (M/M/n+M): Poisson arrivals, exponential handle times and patience, unlimited places. Any load is stable."""

from __future__ import annotations

import math

import numpy as np

from simkpi.queueing.pieces import Pieces
from simkpi.queueing.poisson_tails import Floats, Scaled, integrate

_LONGEST = 1e250
#: Taylor series of (1 - (1 + t) exp(-t)) / t**2: (-1)**k / (k! (k + 2)).
_PARTIAL = tuple((-1) ** k / (math.factorial(k) * (k + 2)) for k in range(10))


def pieces(
    *,
    arrival_rate: Floats,
    aht: Floats,
    agents: Floats,
    patience: Floats,
    threshold: Floats,
    idle: Scaled | None = None,
) -> Pieces:
    """Exact shares and waits of the M/M/n+M queue.

    Parameters
    ----------
    arrival_rate : ndarray, shape (n,), contacts per second, above 0
    aht : ndarray, shape (n,), seconds, above 0
    agents : ndarray, shape (n,), above 0, not necessarily whole
    patience : ndarray, shape (n,), seconds, finite and above 0
        Mean of the exponential patience.
    threshold : ndarray, shape (n,), seconds
    idle : Scaled, optional
        Sum over the states in which nobody waits, relative to the one in which all are just busy, if it is not that of
        Erlang's model (chat).

    Returns
    -------
    Pieces

    Notes
    -----
    With all agents busy, the virtual wait V (what a contact with endless patience would wait) has the density
    ``agents/aht * exp(-agents/aht v + arrival_rate patience (1 - exp(-v/patience)))``, relative to the probability
    that exactly all agents are busy. Everything else is an integral of that density before and after the threshold.

    Source: C. Palm, Tele 1957; F. Baccelli and G. Hebuterne, On queues with impatient customers, Performance '81
    (virtual offered waiting time); A. Mandelbaum and S. Zeltyn, Service engineering in action: the Palm/Erlang-A
    queue, 2007.
    """
    load = arrival_rate * aht
    y, x = agents * patience / aht, arrival_rate * patience
    limit = np.minimum(threshold / patience, _LONGEST)
    zero, never = np.zeros_like(y), np.full_like(y, np.inf)
    if idle is None:
        # one call for all three parts: for a single queue the calls cost more than the arithmetic
        idle, early, late = _split(
            integrate(
                np.concatenate([agents, y, y]),
                np.concatenate([load, x, x]),
                np.concatenate([-never, zero, limit]),
                np.concatenate([zero, limit, never]),
                _weights,
            ),
            parts=3,
        )
    else:
        early, late = _split(
            integrate(
                np.concatenate([y, y]),
                np.concatenate([x, x]),
                np.concatenate([zero, limit]),
                np.concatenate([limit, never]),
                _weights,
            ),
            parts=2,
        )
    top = np.maximum(np.maximum(idle.log_scale, early.log_scale), late.log_scale)
    with np.errstate(under="ignore"):
        free = idle.values[0] * np.exp(idle.log_scale - top)
        before = [value * np.exp(early.log_scale - top) for value in early.values]
        after = [value * np.exp(late.log_scale - top) for value in late.values]
        total = free + before[0] + after[0]
        whole = [(b + a) / total for b, a in zip(before, after, strict=True)]
        no_wait = free / total
        # once more on the scale of those who wait, which may be far below that of all
        top_waiting = np.maximum(early.log_scale, late.log_scale)
        early_scale, late_scale = np.exp(early.log_scale - top_waiting), np.exp(late.log_scale - top_waiting)
        either = [b * early_scale + a * late_scale for b, a in zip(early.values, late.values, strict=True)]
        stays = np.exp(-limit)
        abandon_within = (before[2] - np.expm1(-limit) * after[0]) / total
        served_within = no_wait + before[1] / total
        return Pieces(
            p_no_wait=no_wait,
            p_wait=whole[0],
            p_block=np.zeros_like(y),
            p_abandon=whole[2],
            p_served=no_wait + whole[1],
            wait_served=patience * whole[3],
            wait_abandoned=patience * whole[4],
            offered_wait=patience * whole[5],
            served_within=served_within,
            abandon_within=abandon_within,
            exceed=stays * after[0] / total,
            wait_given_wait=patience * (either[3] + either[4]) / either[0],
            wait_given_abandon=patience * either[4] / either[2],
        )


def _split(joined: Scaled, *, parts: int) -> list[Scaled]:
    """Undo the concatenation of *parts* equally long arrays."""
    scales = np.split(joined.log_scale, parts)
    values = [np.split(value, parts) for value in joined.values]
    return [Scaled(scales[i], tuple(value[i] for value in values)) for i in range(parts)]


def _weights(t: Floats) -> tuple[Floats, ...]:
    """For a virtual wait of *t* patiences: 1, served, abandons, wait if served, wait if abandons, virtual wait."""
    t = np.maximum(t, 0.0)  # the states with a free agent come along, and use the first weight only
    served = np.exp(-t)
    waited = np.where(served > 0, t, 0.0) * served
    return np.ones_like(t), served, -np.expm1(-t), waited, exponential_partial_mean(t), t


def exponential_partial_mean(t: Floats) -> Floats:
    """Mean of an exponential time of mean 1 where it is at most *t*: ``1 - (1 + t) exp(-t)``, exact near 0."""
    near = t < 0.05
    small = np.where(near, t, 0.0)
    series = np.full_like(small, _PARTIAL[-1])
    for coefficient in _PARTIAL[-2::-1]:
        series = series * small + coefficient
    return np.where(near, series * small * small, -np.expm1(-t) - np.where(near, 0.0, np.minimum(t, 1e3)) * np.exp(-t))
