"""Waits when handle times are not exponential: exact for one agent, an approximation for several."""

from __future__ import annotations

import math

from simkpi.queueing.domain import check_all
from simkpi.queueing.erlang_c import wait_probability


def pollaczek_khinchine(*, arrival_rate: float, aht: float, cv: float) -> float:
    """Mean wait of the M/G/1 queue: one agent, Poisson arrivals, any law of handle time.

    Parameters
    ----------
    arrival_rate : float, contacts per second
    aht : float, seconds
    cv : float
        Coefficient of variation of the handle time: standard deviation / mean; 1 for exponential times.

    Returns
    -------
    float, seconds
        Infinite if the load is 1 Erlang or more.

    Raises
    ------
    InputError
        If an argument is negative, NaN or infinite.

    Notes
    -----
    ``aht * rho/(1 - rho) * (1 + cv**2)/2``.

    Source: L. Kleinrock, Queueing systems 1, 1975, chapter 5 (Pollaczek-Khinchine mean-value formula).

    Examples
    --------
    >>> round(pollaczek_khinchine(arrival_rate=0.8, aht=1, cv=1.2), 9)
    4.88
    """
    check_all(arrival_rate=(arrival_rate, "refuse"), aht=(aht, "refuse"), cv=(cv, "refuse"))
    load = arrival_rate * aht
    return math.inf if load >= 1 else aht * load / (1 - load) * (1 + cv * cv) / 2


def allen_cunneen(*, arrival_rate: float, aht: float, agents: float, cv_arrivals: float = 1.0, cv_handle: float = 1.0) -> float:
    """Approximate mean wait of the G/G/n queue: Erlang C scaled by the variability of arrivals and handle times.

    Parameters
    ----------
    arrival_rate : float, contacts per second
    aht : float, seconds
    agents : float
        At least 0; need not be whole.
    cv_arrivals, cv_handle : float
        Coefficients of variation of the times between arrivals (1: Poisson) and of the handle time.

    Returns
    -------
    float, seconds
        Infinite if the load reaches the number of agents.

    Raises
    ------
    InputError
        If an argument is negative, NaN or infinite.

    Notes
    -----
    ``W(M/M/n) * (cv_arrivals**2 + cv_handle**2) / 2``: exact for M/M/n and M/G/1.

    Source: A. O. Allen, Probability, statistics and queueing theory, 2nd ed. 1990 (Allen-Cunneen formula).

    Examples
    --------
    >>> round(allen_cunneen(arrival_rate=100 / 1800, aht=180, agents=14, cv_handle=0.5), 3)
    4.897
    """
    check_all(
        arrival_rate=(arrival_rate, "refuse"),
        aht=(aht, "refuse"),
        agents=(agents, "refuse"),
        cv_arrivals=(cv_arrivals, "refuse"),
        cv_handle=(cv_handle, "refuse"),
    )
    load = arrival_rate * aht
    if load >= agents and load > 0:
        return math.inf
    if load == 0:
        return 0.0
    erlang = float(wait_probability(agents, load)) * aht / (agents - load)
    return erlang * (cv_arrivals**2 + cv_handle**2) / 2
