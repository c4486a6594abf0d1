"""How the work on a thread is spread over its rounds: shares in millionths, parts in whole ticks that add up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.chat_turns import WHOLE
from simkpi.demand.elementary import Floats, log
from simkpi.demand.rows import Ticks

#: ``uniforms(round, which)``: numbers of the threads at the positions *which*, for their round from 1 on.
Uniforms = Callable[[int, NDArray[np.int64]], Floats]


def shares_of_work(n_rounds: NDArray[np.int64], uniforms: Uniforms) -> NDArray[np.int64]:
    """Return the share of the work that is done after 0, 1, 2 ... rounds.

    Parameters
    ----------
    n_rounds : ndarray of int64, shape (n_threads,)
        Rounds of each thread, from 1.
    uniforms : callable
        Where random numbers come from; a thread of one round needs none.

    Returns
    -------
    ndarray of int64, shape (most rounds + 1, n_threads), millionths
        0 at first, ``WHOLE`` from the last round on. The shares of the rounds are in the proportions of independent
        exponential numbers, as those of the replies of a chat (:func:`simkpi.demand.chat_turns.draw_chats`).

    Examples
    --------
    >>> shares_of_work(np.array([1, 2]), lambda number, which: np.full(len(which), 0.5)).tolist()
    [[0, 0], [1000000, 500000], [1000000, 1000000]]
    """
    most = int(n_rounds.max(initial=0))
    done = np.zeros((most + 1, len(n_rounds)))
    for number in range(1, most + 1):
        which = np.flatnonzero((n_rounds >= number) & (n_rounds > 1))
        done[number] = done[number - 1]
        if len(which):
            done[number, which] -= log(1.0 - uniforms(number, which))
    total = np.where(done[-1] > 0, done[-1], 1.0)
    share = np.floor(done / total * WHOLE + 0.5).astype(np.int64)
    share[np.arange(most + 1)[:, None] >= n_rounds] = WHOLE
    return share


def parts_of(work: Ticks, before: NDArray[np.int64], after: NDArray[np.int64]) -> Ticks:
    """Return the part of *work* between two cumulative shares, cut at whole ticks."""
    return work * after // WHOLE - work * before // WHOLE
