"""The numerical kernel of the Erlang formulas: sums of Poisson-like terms, as integrals that are never slow or inexact.

Relative to the state in which exactly all agents are busy, the probability of fewer contacts, and of a virtual wait,
is an integral of ``y * exp(h(t))`` with ``h(t) = -y t + x (1 - exp(-t))``. The function h is concave, its derivatives
are simple, and its integral over any interval is found by Gauss-Legendre panels that start at the maximum and stop
where the integrand has fallen by a factor exp(44). Every term is positive, so nothing cancels; the cost is the same
for 1 and for 1,000,000 agents; and agents need not be whole.

Source: the integral forms are those of the incomplete gamma functions (DLMF, https://dlmf.nist.gov/8.2 and 8.6); for
queues see C. Palm, Research on telephone traffic carried by full availability groups, Tele 1957, and A. Mandelbaum and
S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue, 2007.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Weights = Callable[[Floats], tuple[Floats, ...]]

#: The integrand is followed until it has fallen by exp(-44), below the last bit of the result.
_FALL = 44.0
_NODES = 32
#: 1/2!, 1/3!, ... : Taylor series of (exp(w) - 1 - w) / w**2.
_SERIES = tuple(1.0 / math.factorial(k) for k in range(2, 10))


@dataclass(frozen=True)
class Scaled:
    """Numbers that may exceed the range of a float: ``values * exp(log_scale)``.

    Parameters
    ----------
    log_scale : ndarray, shape (n,)
        Common exponent of one point.
    values : tuple of ndarray, each shape (n,)
        One number per weight.
    """

    log_scale: Floats
    values: tuple[Floats, ...]


@lru_cache(maxsize=1)
def _rule() -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return (nodes + 1) / 2, weights / 2


def exp_excess(w: Floats) -> Floats:
    """``exp(w) - 1 - w`` without the loss of digits near zero."""
    small = np.abs(w) < 0.02
    if not small.any():
        return np.asarray(np.expm1(w) - w)
    near = np.where(small, w, 0.0)
    series = np.full_like(near, _SERIES[-1])
    for coefficient in _SERIES[-2::-1]:
        series *= near
        series += coefficient
    return np.where(small, series * near * near, np.expm1(w) - w)


def deviance(y: Floats, x: Floats) -> Floats:
    """``y log(y/x) + x - y``, accurate when x is near y: minus the log of a Poisson term against its largest value.

    Source: C. Loader, Fast and accurate computation of binomial probabilities, 2000 (the function bd0).
    """
    log_ratio = np.log(x / y)
    near = np.abs(x - y) < 0.1 * y
    exact = np.where(near, np.log1p(np.where(near, (x - y) / y, 0.0)), log_ratio)
    excess: Floats = y * exp_excess(exact)
    return excess


def _reach_right(s: Floats, d: Floats) -> Floats:
    """Distance to the right at which ``s (exp(-w) - 1 + w) + d w`` exceeds the fall; an upper bound after three Newton steps."""
    quadratic = 2 * _FALL / (d + np.sqrt(d * d + 4 * _FALL * s / 3))
    reach = np.where(quadratic <= 1, quadratic, (_FALL + s) / (s + d))
    for _ in range(3):
        bend = np.expm1(-reach)
        reach = reach - (s * (bend + reach) + d * reach - _FALL) / (d - s * bend)
    return reach


def _reach_left(s: Floats, d: Floats) -> Floats:
    """Distance to the left at which ``s (exp(w) - 1 - w) + d w`` exceeds the fall; an upper bound."""
    reach = 2 * _FALL / (d + np.sqrt(d * d + 2 * _FALL * s))
    for _ in range(3):
        reach = np.minimum(reach, np.log1p(_FALL / s + reach))
    return reach


def _panel(start: Floats, stop: Floats, *, s: Floats, d: Floats, sign: float, at: Floats, weights: Weights) -> list[Floats]:
    """Integrals of the weights times the integrand over distances *start* to *stop* from the maximum at *at*."""
    nodes, rule = _rule()
    width = stop - start
    w = start[:, None] + width[:, None] * nodes
    density = np.exp(-s[:, None] * exp_excess(-sign * w) - d[:, None] * w) * rule
    return [width * np.sum(density * weight, axis=1) for weight in weights(at[:, None] + sign * w)]


def probability(t: Floats) -> tuple[Floats, ...]:
    """Weigh all times alike."""
    return (np.ones_like(t),)


def integrate(y: Floats, x: Floats, lower: Floats, upper: Floats, weights: Weights = probability) -> Scaled:
    """Integrals of ``y exp(-y t + x (1 - exp(-t))) weight(t)`` over [lower, upper], for each weight.

    Parameters
    ----------
    y, x : ndarray, shape (n,), above 0
        Rate at which the head of the queue moves, and the arrival rate, both relative to the abandonment rate.
    lower, upper : ndarray, shape (n,)
        Interval; may be infinite (but not at the end where the integrand does not vanish).
    weights : function
        From times, shape (n, nodes), to a tuple of weights of the same shape; each must grow slowly compared with an exponential.

    Returns
    -------
    Scaled
    """
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        peak = np.log(x / y)
        at = np.minimum(np.maximum(peak, lower), upper)
        inside = (peak > lower) & (peak < upper)
        z = np.where(inside, y, x * np.exp(-at))
        # -y t + x (1 - exp(-t)), arranged so that nothing cancels for x near y
        height = np.where(inside, deviance(y, x), np.where(at == 0, 0.0, (x - y) * at - x * exp_excess(-at)))
        totals: list[Floats] = []
        for sign, start, stop in _panels(y, z, upper - at, at - lower):
            some = stop > start
            if not some.any():
                continue
            live = slice(None) if some.all() else some
            d = np.maximum(sign * (y - z), 0.0)[live]
            parts = _panel(start[live], stop[live], s=z[live], d=d, sign=sign, at=at[live], weights=weights)
            totals = totals or [np.zeros_like(y) for _ in parts]
            for total, part in zip(totals, parts, strict=True):
                total[live] += part
    totals = totals or [np.zeros_like(y) for _ in weights(np.zeros((1, 1)))]
    return Scaled(height, tuple(y * total for total in totals))


def _panels(y: Floats, z: Floats, room_right: Floats, room_left: Floats) -> list[tuple[float, Floats, Floats]]:
    """Direction, start and stop of each panel, as distances from the maximum."""
    right = np.minimum(room_right, _reach_right(z, np.maximum(y - z, 0.0)))
    left = np.minimum(room_left, _reach_left(z, np.maximum(z - y, 0.0)))
    zero = np.zeros_like(y)
    # to the right exp(-w) has died out after 40; to the left exp(w) acts in the last 4
    near, middle, far = np.minimum(right, 4.0), np.minimum(right, 40.0), np.maximum(left - 4.0, 0.0)
    return [(1.0, zero, near), (1.0, near, middle), (1.0, middle, right), (-1.0, zero, far), (-1.0, far, left)]


def below(agents: Floats, offered_load: Floats) -> Scaled:
    """Sum over all states with a free agent, relative to the state in which all are just busy: 1/B - 1, for real agents.

    Parameters
    ----------
    agents, offered_load : ndarray, shape (n,), above 0

    Returns
    -------
    Scaled
    """
    return integrate(agents, offered_load, np.full_like(agents, -np.inf), np.zeros_like(agents))
