"""M/M/n+G: Poisson arrivals, exponential handle times, any law of patience, balking included; exact by quadrature."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from simkpi.queueing.patience_laws import PatienceLaw
from simkpi.queueing.pieces import Pieces, ratio
from simkpi.queueing.poisson_tails import Floats, below

_FALL = 44.0
_NODES = 15
#: Accepted disagreement of an interval with its halves, relative to the whole integral.
_TOLERANCE = 1e-14
_ROUNDS = 60
_MOST_INTERVALS = 4000


def pieces(*, arrival_rate: Floats, aht: Floats, agents: Floats, law: PatienceLaw, threshold: Floats) -> Pieces:
    """Exact shares and waits of the M/M/n+G queue.

    Parameters
    ----------
    arrival_rate : ndarray, shape (n,), contacts per second
    aht : ndarray, shape (n,), seconds
    agents : ndarray, shape (n,)
    law : PatienceLaw
        Law of patience, the same for all points.
    threshold : ndarray, shape (n,), seconds

    Returns
    -------
    Pieces

    Notes
    -----
    The virtual wait has, for v > 0, a density proportional to ``exp(arrival_rate H(v) - agents/aht v)``, H being the
    integral of the survival function of patience.

    Source: F. Baccelli and G. Hebuterne, On queues with impatient customers, Performance '81; S. Zeltyn and
    A. Mandelbaum, Call centers with impatient customers: many-server asymptotics of the M/M/n+G queue, Queueing
    Systems 51, 2005 (the integrals J, J_1, J_H).
    """
    result = Pieces.undefined(arrival_rate.size)
    for i in range(arrival_rate.size):
        if arrival_rate[i] * aht[i] > 0 and agents[i] > 0:
            part = _point(float(arrival_rate[i]), float(aht[i]), float(agents[i]), law, float(threshold[i]))
        else:
            part = _extreme(float(arrival_rate[i] * aht[i]), float(agents[i]), law, float(threshold[i]))
        result.put(np.array([i]), part)
    return result


def _point(arrival_rate: float, aht: float, agents: float, law: PatienceLaw, threshold: float) -> Pieces:
    """One point, in seconds."""
    pace = agents / aht

    def height(v: Floats) -> Floats:
        return arrival_rate * (v * law.survival(v) + law.left_time(v)) - pace * v

    peak, end = _shape(arrival_rate, pace, law)
    tallest = float(height(np.array([peak]))[0])
    ends = sorted({0.0, peak, end, *(k for k in law.kinks if k < end), *([threshold] if threshold < end else [])})

    def integrand(v: Floats) -> Floats:
        stays, gone = law.survival(v), law.left_time(v)
        density = pace * np.exp(arrival_rate * (v * stays + gone) - pace * v - tallest)
        return density * np.stack([np.ones_like(v), stays, law.left(v), v * stays, gone, v])

    with np.errstate(under="ignore"):
        early = _integrals(integrand, [e for e in ends if e <= threshold])
        late = _integrals(integrand, [e for e in ends if e >= min(threshold, end)])
        idle = below(np.array([agents]), np.array([arrival_rate * aht]))
        top = max(tallest, float(idle.log_scale[0]))
        free = idle.values[0] * np.exp(idle.log_scale - top)
        scale = np.exp(tallest - top)
        total = free + scale * (early[0] + late[0])
        both = (early + late)[:, None]
        whole = scale * both / total
        no_wait = free / total
        survives, leaves = law.survival(np.array([threshold])), law.left(np.array([threshold]))
        return Pieces(
            p_no_wait=no_wait,
            p_wait=whole[0],
            p_block=np.zeros(1),
            p_abandon=whole[2],
            p_served=no_wait + whole[1],
            wait_served=whole[3],
            wait_abandoned=whole[4],
            offered_wait=whole[5],
            served_within=no_wait + scale * early[1] / total,
            abandon_within=scale * (early[2] + leaves * late[0]) / total,
            exceed=survives * scale * late[0] / total,
            wait_given_wait=(both[3] + both[4]) / both[0],
            wait_given_abandon=ratio(both[4], both[2]),
        )


def _shape(arrival_rate: float, pace: float, law: PatienceLaw) -> tuple[float, float]:
    """Where the density of the virtual wait is largest, and where it has fallen by exp(44)."""

    def rising(v: float) -> bool:
        return arrival_rate * float(law.survival(np.array([v]))[0]) > pace

    def height(v: float) -> float:
        at = np.array([v])
        return arrival_rate * float((v * law.survival(at) + law.left_time(at))[0]) - pace * v

    high = 1 / pace
    while rising(high):
        high *= 2
    low = 0.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) else (low, middle)
    peak = low
    step = 1 / pace
    while height(peak + step) > height(peak) - _FALL:
        step *= 2
    close, far = step / 2, step
    for _ in range(12):
        middle = (close + far) / 2
        close, far = (middle, far) if height(peak + middle) > height(peak) - _FALL else (close, middle)
    return peak, peak + far


@lru_cache(maxsize=1)
def _rule() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2


def _integrals(integrand: Callable[[Floats], Floats], ends: list[float]) -> Floats:
    """Integrals over consecutive intervals, halving each one until the halves agree with the whole.

    Returns
    -------
    ndarray, shape (weights,)
    """
    starts, stops = np.array(ends[:-1]), np.array(ends[1:])
    live = stops > starts
    starts, stops = starts[live], stops[live]
    if not starts.size:
        return np.zeros(6)
    nodes, rule = _rule()

    def panel(a: Floats, b: Floats) -> Floats:
        v = a[:, None] + (b - a)[:, None] * nodes
        return np.asarray((integrand(v) * rule).sum(axis=-1) * (b - a))

    coarse = panel(starts, stops)
    done = np.zeros(coarse.shape[0])
    for _ in range(_ROUNDS):
        middles = (starts + stops) / 2
        left, right = panel(starts, middles), panel(middles, stops)
        fine = left + right
        size = np.abs(done + fine.sum(axis=1))[:, None]
        good = np.all(np.abs(fine - coarse) <= _TOLERANCE * size, axis=0) | (middles <= starts) | (middles >= stops)
        done = done + fine[:, good].sum(axis=1)
        bad = ~good
        if good.all() or bad.sum() > _MOST_INTERVALS:
            return np.asarray(done + fine[:, bad].sum(axis=1))
        starts, stops = np.concatenate([starts[bad], middles[bad]]), np.concatenate([middles[bad], stops[bad]])
        coarse = np.concatenate([left[:, bad], right[:, bad]], axis=1)
    return np.asarray(done + coarse.sum(axis=1))


def _extreme(load: float, agents: float, law: PatienceLaw, threshold: float) -> Pieces:
    """No load (the first contact is answered at once) or no agents (everybody abandons)."""
    answered = np.array([1.0 if load == 0 and agents > 0 else 0.0])
    waits = 1 - answered
    left = waits * law.left(np.array([threshold]))
    zero, undefined = np.zeros(1), np.full(1, np.nan)
    patience = waits * law.mean
    endless = np.where(waits > 0, np.inf, 0.0)
    given = np.where(waits > 0, law.mean, undefined)
    return Pieces(answered, waits, zero, waits, answered, zero, patience, endless, answered, left, waits - left, given, given)
