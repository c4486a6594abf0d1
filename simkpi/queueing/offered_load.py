"""Staffing for volumes that change within the day: which stationary arrival rate stands for an interval.

A contact loads the team as long as it is handled, so the load follows the volume with a delay of about one AHT. With
AHTs of a quarter of an interval or more, staffing each interval for its own volume puts the agents too early.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from simkpi.errors import InputError, Problem
from simkpi.queueing.domain import positive
from simkpi.queueing.patience_laws import Exponential, PatienceLaw
from simkpi.queueing.poisson_tails import Floats

METHODS = ("own", "lagged", "offered_load")
BEFORE = ("nothing", "first", "cycle")


def _law(aht: float | PatienceLaw) -> PatienceLaw:
    return aht if isinstance(aht, PatienceLaw) else Exponential(float(aht))


def _worked(law: PatienceLaw, t: Floats) -> Floats:
    """Mean of min(handle time, t), 0 for t below 0: the load left by a unit stream that began t seconds ago."""
    ago = np.maximum(t, 0.0)
    return np.where(ago > 0, ago * law.survival(ago) + law.left_time(ago), 0.0)


def modified_offered_load(
    t: ArrayLike, *, arrival_rates: ArrayLike, interval: float, aht: float | PatienceLaw, before: str = "nothing"
) -> Floats:
    """Mean number of agents that would be busy at time *t* if there were always enough.

    Parameters
    ----------
    t : float or array, seconds from the start of the first interval
    arrival_rates : array, shape (intervals,), contacts per second
        Constant within each interval.
    interval : float, seconds
    aht : float (seconds) or law
        Mean of exponential handle times, or any law of :mod:`simkpi.queueing.patience_laws`.
    before : str
        What came before: ``nothing`` (doors open empty), ``first`` (the first interval's rate for ever), ``cycle`` (the
        same day over and over).

    Returns
    -------
    ndarray, Erlangs

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Notes
    -----
    ``m(t) = integral of rate(u) P(handle time > t - u) du``: the mean of the infinite-server queue, exact for any law.

    Source: S. G. Eick, W. A. Massey and W. Whitt, The physics of the M_t/G/infinity queue, Operations Research 41(4),
    1993; O. B. Jennings, A. Mandelbaum, W. A. Massey and W. Whitt, Server staffing to meet time-varying
    demand, Management Science 42(10), 1996 (the modified-offered-load approximation).

    Examples
    --------
    >>> load = modified_offered_load([0, 300, 3600], arrival_rates=[0.1, 0.1], interval=1800, aht=300)
    >>> load.round(3).tolist()
    [0.0, 18.964, 30.0]
    """
    rates = _rates(arrival_rates, interval)
    if before not in BEFORE:
        raise InputError(Problem(f"must be one of {', '.join(BEFORE)}, got '{before}'", path="before"))
    law = _law(aht)
    at = np.asarray(t, dtype=float)[..., None]
    starts: Floats = interval * np.arange(rates.size, dtype=float)
    load = _own(law, at, starts, rates, interval)
    if before == "first":
        load = load + rates[0] * (law.mean - _worked(law, at[..., 0]))
    elif before == "cycle":
        period, past = interval * rates.size, 0
        while True:
            past += 1
            part = _own(law, at + past * period, starts, rates, interval)
            load = load + part
            if past > 10_000 or not np.any(part > 1e-15 * np.maximum(load, 1e-300)):
                break
    return np.asarray(load)


def _own(law: PatienceLaw, at: Floats, starts: Floats, rates: Floats, interval: float) -> Floats:
    return np.asarray(((_worked(law, at - starts) - _worked(law, at - starts - interval)) * rates).sum(axis=-1))


def planning_rates(
    *, arrival_rates: ArrayLike, interval: float, aht: float | PatienceLaw, method: str = "auto", before: str = "first"
) -> tuple[str, Floats]:
    """Arrival rate per interval to put into a stationary formula.

    Parameters
    ----------
    arrival_rates : array, shape (intervals,), contacts per second
    interval : float, seconds
    aht : float (seconds) or law
    method : str
        ``own``: each interval's own rate (SIPP); ``lagged``: the mean rate one AHT earlier (lagged SIPP);
        ``offered_load``: the mean modified offered load of the interval / AHT; ``auto``: ``offered_load`` where the AHT
        is a quarter of an interval or more, ``own`` otherwise.
    before : str
        As for :func:`modified_offered_load`.

    Returns
    -------
    str
        The method that was used.
    ndarray, shape (intervals,), contacts per second

    Raises
    ------
    InputError
        If an argument is outside its domain.

    Notes
    -----
    Source: L. V. Green, P. J. Kolesar and J. Soares, Improving the SIPP approach for staffing service systems that have
    cyclic demands, Operations Research 49(4), 2001 (own and lagged); :func:`modified_offered_load`.

    Examples
    --------
    >>> method, rates = planning_rates(arrival_rates=[0.1, 0.2, 0.1], interval=1800, aht=900)
    >>> method, rates.round(4).tolist()
    ('offered_load', [0.1, 0.1568, 0.1374])
    """
    rates = _rates(arrival_rates, interval)
    law = _law(aht)
    if method == "auto":
        method = "offered_load" if law.mean >= interval / 4 else "own"
    if method == "own":
        return method, rates
    if method == "lagged":
        return method, _lagged(rates, interval, law.mean, before)
    if method != "offered_load":
        raise InputError(Problem(f"must be auto or one of {', '.join(METHODS)}, got '{method}'", path="method"))
    nodes, weights = np.polynomial.legendre.leggauss(12)
    times = interval * (np.arange(rates.size)[:, None] + (nodes + 1) / 2)
    load = modified_offered_load(times, arrival_rates=rates, interval=interval, aht=aht, before=before)
    return method, np.asarray(load @ weights / 2 / law.mean)


def _lagged(rates: Floats, interval: float, lag: float, before: str) -> Floats:
    """Mean rate of the window of one interval that began *lag* seconds earlier."""
    shift = lag / interval
    whole, part = math.floor(shift), shift - math.floor(shift)
    index = np.arange(rates.size)

    def earlier(back: int) -> Floats:
        at = index - back
        if before == "cycle":
            return rates[at % rates.size]
        return np.where(at >= 0, rates[np.maximum(at, 0)], rates[0] if before == "first" else 0.0)

    return np.asarray((1 - part) * earlier(whole) + part * earlier(whole + 1))


def _rates(arrival_rates: ArrayLike, interval: float) -> Floats:
    rates = np.atleast_1d(positive(arrival_rates, "arrival_rates"))
    if rates.ndim != 1 or not rates.size:
        raise InputError(Problem(f"needs one rate per interval, got shape {rates.shape}", path="arrival_rates"))
    if not (interval > 0 and math.isfinite(interval)):
        raise InputError(Problem(f"must be finite and above 0 seconds, got {interval}", path="interval"))
    return rates
