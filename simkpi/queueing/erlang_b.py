"""Erlang B (M/G/n/n): contacts that find all agents busy are lost. Insensitive to the law of the handle time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from simkpi.queueing.domain import as_result, broadcast, positive
from simkpi.queueing.performance import Figure
from simkpi.queueing.poisson_tails import Floats, below


def lost_share(agents: Floats, offered_load: Floats) -> Floats:
    """``B(agents, offered_load)`` for arrays of one shape, both above 0."""
    free = below(agents, offered_load)
    with np.errstate(over="ignore", under="ignore"):
        scale = np.exp(-free.log_scale)
        return np.asarray(scale / (free.values[0] + scale), dtype=float)


def blocking_probability(agents: ArrayLike, offered_load: ArrayLike) -> Figure:
    """Share of contacts lost because all agents are busy.

    Parameters
    ----------
    agents : float or array
        Agents (or lines), at least 0; need not be whole.
    offered_load : float or array, Erlangs
        At least 0.

    Returns
    -------
    float or ndarray, fraction

    Raises
    ------
    InputError
        If an argument is negative, NaN or infinite.

    Notes
    -----
    ``1/B = integral of exp(-t) (1 + t/load)**agents dt``, which is the classical sum for whole numbers of agents.

    Source: A. K. Erlang 1917; for real numbers of agents: D. L. Jagerman, Some properties of the Erlang loss
    function, Bell System Technical Journal 53, 1974.

    Examples
    --------
    >>> round(blocking_probability(agents=10, offered_load=8), 9)
    0.121661064
    """
    shape, (n, load) = broadcast(agents=positive(agents, "agents"), offered_load=positive(offered_load, "offered_load"))
    share = np.where(load > 0, 1.0, 0.0)
    live = (n > 0) & (load > 0)
    share[live] = lost_share(n[live], load[live])
    share[(n == 0) & (load == 0)] = 1.0  # nobody is there to answer the one contact that might come
    result: Figure = as_result(share, shape)
    return result
