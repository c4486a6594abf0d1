"""The square-root rule: how many agents, roughly and why, from the load and a delay target."""

from __future__ import annotations

import math

from simkpi.errors import InputError, Problem
from simkpi.queueing.domain import positive


def hazard(x: float) -> float:
    """Hazard rate of the standard normal law: density over upper tail.

    Examples
    --------
    >>> round(hazard(0.0), 9)
    0.797884561
    """
    if x > 25:
        return x + 1 / x - 2 / x**3 + 10 / x**5  # the tail underflows; Mills' ratio, DLMF 7.12.1
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi) / (0.5 * math.erfc(x / math.sqrt(2)))


def delay_probability(beta: float, *, aht_per_patience: float = 0.0) -> float:
    """Delay probability of a large team with ``load + beta sqrt(load)`` agents.

    Parameters
    ----------
    beta : float
        Spare agents in units of the square root of the load; with patience it may be negative.
    aht_per_patience : float
        AHT divided by mean patience; 0: nobody abandons.

    Returns
    -------
    float, fraction
        1 without patience and spare agents (*beta* at most 0).

    Notes
    -----
    Without patience ``1 / (1 + beta Phi(beta)/phi(beta))``; with patience
    ``1 / (1 + sqrt(r) h(beta/sqrt(r)) / h(-beta))``, r being *aht_per_patience* and h the normal hazard rate.

    Source: S. Halfin and W. Whitt, Heavy-traffic limits for queues with many exponential servers, Operations Research
    29(3), 1981; O. Garnett, A. Mandelbaum and M. Reiman, Designing a call center with impatient
    customers, Manufacturing & Service Operations Management 4(3), 2002.

    Examples
    --------
    >>> round(delay_probability(1.0), 6), round(delay_probability(0.0, aht_per_patience=1.0), 6)
    (0.223361, 0.5)
    """
    if not (math.isfinite(beta) and math.isfinite(aht_per_patience) and aht_per_patience >= 0):
        raise InputError(f"must be finite, and aht_per_patience at least 0, got beta {beta}, aht_per_patience {aht_per_patience}")
    idle = hazard(-beta)
    if aht_per_patience == 0:
        return 1.0 if beta <= 0 else 1 / (1 + beta / idle)
    root = math.sqrt(aht_per_patience)
    busy = root * hazard(beta / root)
    return idle / (idle + busy) if idle > 0 else 0.0 if beta > 0 else 1.0


def spare_factor(delay: float, *, aht_per_patience: float = 0.0) -> float:
    """Return the *beta* for which :func:`delay_probability` is *delay*.

    Parameters
    ----------
    delay : float, fraction
        Strictly between 0 and 1.
    aht_per_patience : float
        AHT divided by mean patience; 0: nobody abandons.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If *delay* is not strictly between 0 and 1.
    """
    if not 0 < delay < 1:
        raise InputError(Problem(f"must be strictly between 0 and 1, got {delay}", path="delay"))
    low, high = (0.0 if aht_per_patience == 0 else -38.0), 38.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if delay_probability(middle, aht_per_patience=aht_per_patience) > delay else (low, middle)
    return high


def square_root_agents(offered_load: float, delay: float, *, aht: float = 1.0, patience: float | None = None) -> int:
    """Agents by the square-root rule for a delay target.

    Within one of the exact number for loads of 10 to 1000 Erlangs and delays up to a half, two above that.

    Parameters
    ----------
    offered_load : float, Erlangs
    delay : float, fraction
        Share of contacts that may wait at all, strictly between 0 and 1.
    aht, patience : float, seconds
        Only their ratio counts; patience None: nobody abandons.

    Returns
    -------
    int

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Notes
    -----
    ``load + beta sqrt(load)``, rounded up.

    Source: as :func:`delay_probability`.

    Examples
    --------
    >>> square_root_agents(100, 0.2)
    111
    """
    load = float(positive(offered_load, "offered_load"))
    if patience is not None and not patience > 0:
        raise InputError(Problem(f"must be above 0 seconds, got {patience}", path="patience"))
    ratio = 0.0 if patience is None else aht / patience
    return max(0, math.ceil(load + spare_factor(delay, aht_per_patience=ratio) * math.sqrt(load)))
