"""From uniform numbers to numbers of turns: each law by inversion, more turns for a larger number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.elementary import Floats, log
from simkpi.scenario.turn_counts import MOST_TURNS, Turns


def is_fixed(law: Turns) -> bool:
    """Whether the law has one value only, so that no random number is needed."""
    return law.fixed is not None


def count_turns(law: Turns, u: Floats) -> NDArray[np.int64]:
    """Numbers of turns at the given probabilities.

    Parameters
    ----------
    law : Turns
    u : ndarray, shape (n,)
        Strictly between 0 and 1.

    Returns
    -------
    ndarray of int64, shape (n,)
        From 1 to ``MOST_TURNS``. Geometric of mean m: the smallest n with 1 - (1 - 1/m)**n >= u.

    Examples
    --------
    >>> count_turns(Turns.model_validate(2), np.array([0.4, 0.6, 0.9])).tolist()
    [1, 2, 4]
    """
    if law.fixed is not None:
        return np.full(len(u), law.fixed, dtype=np.int64)
    if law.geometric is not None:
        stays = log(np.array([1.0 - 1.0 / law.geometric.mean]))[0] if law.geometric.mean > 1 else -np.inf
        return np.clip(np.ceil(log(1.0 - u) / stays), 1, MOST_TURNS).astype(np.int64)
    assert law.weights is not None
    share = np.cumsum(np.array(law.weights))
    return np.searchsorted(share / share[-1], u, side="left") + 1
