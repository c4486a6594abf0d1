"""The search behind all staffing: the smallest whole number of agents, for one queue or for thousands at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkpi.errors import InputError
from simkpi.queueing.domain import broadcast, check_all
from simkpi.queueing.patience_laws import PatienceLaw, split_patience
from simkpi.queueing.poisson_tails import Floats
from simkpi.queueing.targets import Target, all_met

#: Largest team that is tried.
MOST_AGENTS = 1_000_000


def least_agents(
    *,
    arrival_rate: ArrayLike,
    aht: ArrayLike,
    targets: Sequence[Target],
    patience: ArrayLike | PatienceLaw | None = None,
    places: ArrayLike | None = None,
    lossy: bool = False,
    at_most: int = MOST_AGENTS,
) -> NDArray[np.int64]:
    """Smallest whole number of agents that meets all targets, for many queues at once.

    Parameters
    ----------
    arrival_rate, aht, patience, places
        As for :func:`simkpi.queueing.evaluate`.
    targets : sequence of Target
        All must hold.
    lossy : bool
        Nobody waits (Erlang B): places follow the agents.
    at_most : int
        Largest team to try.

    Returns
    -------
    ndarray of int, common shape of the arguments
        0 where there is no volume; -1 where even *at_most* agents (or as many as there are places) are too few.

    Notes
    -----
    The figures improve with every agent, so doubling and bisection find the smallest team in about log2(agents) evaluations.
    """
    law, limit = split_patience(patience)
    numbers = check_all(
        arrival_rate=(arrival_rate, "refuse"),
        aht=(aht, "refuse"),
        patience=(limit, "accept"),
        places=(math.inf if places is None else places, "accept"),
    )
    shape, (rate, time, patient, room) = broadcast(**numbers)
    if not targets:
        raise InputError("targets: at least one target is needed")

    def enough(team: NDArray[np.int64], rows: Any) -> NDArray[np.bool_]:
        return all_met(
            targets,
            arrival_rate=rate[rows],
            aht=time[rows],
            agents=team,
            patience=law or patient[rows],
            places=team if lossy else (None if np.isinf(room[rows]).all() else room[rows]),
        )

    most = np.minimum(np.floor(room), at_most).astype(np.int64)
    load = rate * time
    hopeless = most < 1
    for target in targets:
        # nobody abandons, or is blocked, for want of patience or places: a limit of 0 is then met at once
        given = (target.metric == "p_abandon") & np.isinf(patient) & (law is None)
        given |= (target.metric == "p_block") & np.isinf(room) & (not lossy)
        hopeless |= target.certain & ~given
    alone = np.where(most < 1, -1, 1)  # contacts that take no time still need somebody
    answer = np.where(load > 0, -1, np.where(rate > 0, alone, 0)).astype(np.int64)
    rows = np.flatnonzero((load > 0) & ~hopeless)
    if rows.size == 1:
        answer[rows] = _search_one(
            lambda team: enough(team, np.repeat(rows, team.size)), float(load[rows[0]]), int(most[rows[0]])
        )
    else:
        answer[rows] = _search(enough, rows, np.ceil(load[rows]), most[rows])
    return answer.reshape(shape)


def _search_one(enough: Callable[[NDArray[np.int64]], NDArray[np.bool_]], load: float, most: int) -> int:
    """Smallest team of one queue; -1 if there is none. Sixty teams at once cost little more than one."""
    low, high = 0, int(min(most, math.ceil(load + 4 * math.sqrt(load) + 4)))
    while True:
        teams = np.unique(np.linspace(low + 1, high, 60).round().astype(np.int64))
        good = enough(teams)
        if not good.any():
            if high >= most:
                return -1
            low, high = high, min(most, 4 * high)
            continue
        first = int(np.argmax(good))
        low, high = (int(teams[first - 1]) if first else low), int(teams[first])
        if high - low == 1:
            return high


def _search(
    enough: Callable[..., NDArray[np.bool_]], rows: NDArray[np.intp], start: Floats, most: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Smallest team per row, by growing steps and bisection; -1 where *most* is not enough."""
    high = np.clip(np.minimum(start, 1e9).astype(np.int64), 1, most)
    low, step = np.zeros_like(high), np.maximum(1, np.sqrt(high).astype(np.int64))
    open_ = np.arange(rows.size)
    reached = np.zeros(rows.size, dtype=bool)
    while open_.size:
        good = enough(high[open_], rows[open_])
        reached[open_[good]] = True
        open_ = open_[~good & (high[open_] < most[open_])]
        low[open_] = high[open_]
        high[open_] = np.minimum(high[open_] + step[open_], most[open_])
        step[open_] *= 2
    open_ = np.flatnonzero(reached & (high - low > 1))
    while open_.size:
        middle = (low[open_] + high[open_]) // 2
        good = enough(middle, rows[open_])
        high[open_[good]] = middle[good]
        low[open_[~good]] = middle[~good]
        open_ = open_[high[open_] - low[open_] > 1]
    return np.where(reached, high, -1)
