"""The one entry point: which model fits the arguments, evaluated over whole arrays at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from simkpi.errors import InputError
from simkpi.queueing import erlang_a, erlang_b, erlang_c, finite_queue
from simkpi.queueing.domain import as_result, broadcast, check_all
from simkpi.queueing.patience_laws import Exponential, PatienceLaw, split_patience
from simkpi.queueing.performance import Performance
from simkpi.queueing.pieces import Pieces
from simkpi.queueing.poisson_tails import Floats

#: Points computed at once: bounds the memory of the quadrature tables.
_BLOCK = 1024
#: Waiting places up to which the finite queue is summed state by state.
_MOST_WAITING = 1_000_000
_LONGEST = 1e15


def evaluate(
    *,
    arrival_rate: ArrayLike,
    aht: ArrayLike,
    agents: ArrayLike,
    patience: ArrayLike | PatienceLaw | None = None,
    places: ArrayLike | None = None,
    threshold: ArrayLike = 20.0,
) -> Performance:
    """Stationary performance of one queue with Poisson arrivals and exponential handle times.

    Parameters
    ----------
    arrival_rate : float or array, contacts per second
        At least 0; at 0 the figures are the limits for a first contact.
    aht : float or array, seconds
        Mean handle time, at least 0.
    agents : float or array
        Agents on queue, at least 0; need not be whole.
    patience : float or array (seconds), patience law, or None
        Mean of the exponential patience, or a law of :mod:`simkpi.queueing.patience_laws`; None or infinity: nobody abandons.
    places : float or array, or None
        Contacts in service and waiting together, at most (K); None or infinity: unlimited. ``places = agents`` is Erlang B.
    threshold : float or array, seconds
        Limit of the service levels.

    Returns
    -------
    Performance
        Floats for scalar arguments, arrays of the common shape otherwise.

    Raises
    ------
    InputError
        If an argument is negative, NaN, infinite where that means nothing, or if shapes do not fit; all problems at once.

    Notes
    -----
    Erlang C without patience and places, Erlang A with patience, M/M/n/K(+M) with places, M/M/n+G with a law. Without
    patience or places a load at or above *agents* has no stationary state: ``is_stable`` is False, the waits are
    infinite, the occupancy is 1, the service level 0.

    Source: see the modules :mod:`erlang_b`, :mod:`erlang_c`, :mod:`erlang_a`, :mod:`finite_queue`, :mod:`general_patience`.

    Examples
    --------
    >>> day = evaluate(arrival_rate=100 / 1800, aht=180, agents=14, threshold=20)
    >>> round(day.service_level, 6), round(day.p_wait, 6), round(day.asa, 3), round(day.occupancy, 6)
    (0.88835, 0.174132, 7.836, 0.714286)
    """
    law, mean_patience = split_patience(patience)
    if places is not None and isinstance(law, Exponential) and law.balking == 0:
        mean_patience, law = law.average, None
    numbers = check_all(
        arrival_rate=(arrival_rate, "refuse"),
        aht=(aht, "refuse"),
        agents=(agents, "refuse"),
        patience=(mean_patience, "accept"),
        places=(math.inf if places is None else places, "accept"),
        threshold=(threshold, "accept"),
    )
    shape, flat = broadcast(**numbers)
    rate, time, team, limit, room, wait = flat
    if law is not None:
        from simkpi.queueing.general_patience import pieces as with_law

        if np.isfinite(room).any():
            raise InputError(
                "places: a patience law is exact only with unlimited places; give patience as a mean, or leave places out"
            )
        pieces = with_law(arrival_rate=rate, aht=time, agents=team, law=law, threshold=np.minimum(wait, _LONGEST))
        stable = np.ones(rate.size, dtype=bool)
    else:
        pieces = _pieces(
            arrival_rate=rate, aht=time, agents=team, patience=limit, places=room, threshold=np.minimum(wait, _LONGEST)
        )
        stable = np.isfinite(limit) | np.isfinite(room) | (rate * time < team) | (rate * time == 0)
    figures = pieces.figures(rate, time, team)
    with np.errstate(invalid="ignore"):
        figures["occupancy"] = np.where(stable, figures["occupancy"], 1.0)
    return Performance(is_stable=as_result(stable, shape), **{name: as_result(values, shape) for name, values in figures.items()})


def _pieces(*, arrival_rate: Floats, aht: Floats, agents: Floats, patience: Floats, places: Floats, threshold: Floats) -> Pieces:
    """Send every point to the model that describes it."""
    load = arrival_rate * aht
    result = Pieces.undefined(load.size)
    room = places - agents
    idle = load == 0
    empty = ~idle & (np.minimum(agents, places) == 0)
    patience = np.where(patience * np.maximum(agents, 1.0) < 1e-200 * np.maximum(aht, 1e-200), 0.0, patience)
    hasty = ~idle & ~empty & (patience == 0)
    rest = ~(idle | empty | hasty)
    crowd = rest & (room > _MOST_WAITING) & np.isfinite(places)
    if (crowd & ~np.isfinite(patience) & (load >= agents)).any():
        raise InputError(
            f"places: an overloaded queue can have at most {_MOST_WAITING:,} waiting places, got {places[crowd].max():,.0f}"
        )
    finite = rest & (room <= _MOST_WAITING)
    arguments = {"arrival_rate": arrival_rate, "aht": aht, "agents": agents, "threshold": threshold}
    with_patience = {**arguments, "patience": patience}
    _fill(result, finite, finite_queue.pieces, {**with_patience, "places": places})
    _fill(result, rest & ~finite & np.isfinite(patience), erlang_a.pieces, with_patience)
    _fill(result, rest & ~finite & ~np.isfinite(patience), erlang_c.pieces, arguments)
    _fill(result, hasty, _hasty, arguments)
    _fill(result, empty, _empty, {"patience": patience, "room": room, "threshold": threshold})
    _fill(result, idle, _idle, {"aht": aht, "agents": agents, "places": places, "patience": patience, "threshold": threshold})
    return result


def _fill(result: Pieces, where: Any, model: Any, arguments: dict[str, Floats]) -> None:
    """Evaluate *model* block by block for the points *where*."""
    rows = np.flatnonzero(where)
    for start in range(0, rows.size, _BLOCK):
        block = rows[start : start + _BLOCK]
        result.put(block, model(**{name: values[block] for name, values in arguments.items()}))


def _hasty(arrival_rate: Floats, aht: Floats, agents: Floats, threshold: Floats) -> Pieces:
    """Nobody waits at all: what Erlang B blocks abandons at once."""
    lost = erlang_b.lost_share(agents, arrival_rate * aht)
    zero = np.zeros_like(lost)
    answered = 1 - lost
    return Pieces(answered, lost, zero, lost, answered, zero, zero, zero, answered, lost, zero, zero, zero)


def _empty(patience: Floats, room: Floats, threshold: Floats) -> Pieces:
    """No agent: all are blocked if there is no place, all abandon if they have patience, all wait for ever otherwise."""
    zero, one = np.zeros_like(room), np.ones_like(room)
    # without agents a finite queue of endlessly patient contacts fills up, and then blocks everybody
    blocked = np.where((room < 1) | (np.isfinite(room) & np.isinf(patience)), 1.0, 0.0)
    waits = one - blocked
    left = np.where(np.isfinite(patience), waits, 0.0)
    within = np.where(patience > 0, -np.expm1(-threshold / np.where(patience > 0, patience, 1.0)), 1.0) * left
    gone = np.where(waits > 0, patience, 0.0)
    endless = np.where(waits > 0, np.inf, 0.0)
    conditional = np.where(waits > 0, patience, np.nan)
    undefined = np.where(left > 0, patience, np.nan)
    return Pieces(zero, waits, blocked, left, zero, zero, gone, endless, zero, within, waits - within, conditional, undefined)


def _idle(aht: Floats, agents: Floats, places: Floats, patience: Floats, threshold: Floats) -> Pieces:
    """No load: the first contact is answered at once, if anybody is there."""
    zero, one = np.zeros_like(agents), np.ones_like(agents)
    nobody = np.minimum(agents, places) == 0
    alone = _empty(patience, places - agents, threshold)
    with np.errstate(divide="ignore"):
        pace = agents / np.maximum(aht, 1e-300) + 1 / patience
        first = np.where(places - agents >= 1, 1 / pace, np.nan)  # the wait of a contact that finds all busy and nobody waiting
    left = np.where(np.isfinite(patience), first, np.nan)
    result = Pieces(one, zero, zero, zero, one, zero, zero, zero, one, zero, zero, first, left)
    for name, values in vars(result).items():
        setattr(result, name, np.where(nobody, getattr(alone, name), values))
    return result


def wait_percentile(
    share: float,
    *,
    arrival_rate: float,
    aht: float,
    agents: float,
    patience: float | PatienceLaw | None = None,
    places: float | None = None,
) -> float:
    """Time in queue that *share* of the admitted contacts do not exceed (abandoned ones included).

    Parameters
    ----------
    share : float, fraction
        0.9 for the 90th percentile; below 1.
    arrival_rate, aht, agents, patience, places
        As for :func:`evaluate`.

    Returns
    -------
    float, seconds
        0 where at least *share* are answered at once; infinite if the queue is unstable.

    Raises
    ------
    InputError
        If *share* is not in [0, 1), or an argument is outside its domain.

    Examples
    --------
    >>> round(wait_percentile(0.9, arrival_rate=48 / 60, aht=60, agents=50, patience=120), 2)
    12.44
    """
    if not 0 <= share < 1:
        raise InputError(f"share: must be at least 0 and below 1, got {share}")

    def reached(threshold: float) -> float:
        figures = evaluate(
            arrival_rate=arrival_rate, aht=aht, agents=agents, patience=patience, places=places, threshold=threshold
        )
        if not figures.is_stable:
            return -1.0
        admitted = float(figures.p_no_wait) + float(figures.p_wait)
        return float(figures.wait_within) / admitted - share if admitted > 0 else 0.0

    if reached(0.0) >= 0:
        return 0.0
    low, high = 0.0, max(float(aht), 1e-3)
    while reached(high) < 0:
        low, high = high, 4 * high
        if high > 1e14:
            return math.inf
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < 0 else (low, middle)
        if middle in (low, high) and high - low <= math.ulp(high):
            break
    return high
