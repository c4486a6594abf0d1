"""What a planner's spreadsheet would have predicted: stationary Erlang A, interval by interval, fitted to the same days."""

from __future__ import annotations

import numpy as np

from simkpi.planning.calibrate.calibration import Calibration
from simkpi.queueing.stationary import evaluate

#: A threshold where none matters, seconds.
_ANY = 20.0


def fitted_factor(calibration: Calibration, actual: float | None) -> float:
    """Availability with which Erlang A gives the fitted days the abandon rate that they had: its third parameter.

    Parameters
    ----------
    calibration : Calibration
        Of the fitted days, date by date.
    actual : float or None, fraction
        Their abandon rate; None leaves the factor at 1.
    """
    low, high = 0.5, 2.0
    if actual is None or not erlang_a(calibration, (_ANY,)):
        return 1.0
    for _ in range(30):
        middle = (low + high) / 2
        above = erlang_a(calibration, (_ANY,), factor=middle)["abandon_rate"] > actual
        low, high = (middle, high) if above else (low, middle)
    return (low + high) / 2


def erlang_a(calibration: Calibration, thresholds: tuple[float, ...], *, factor: float = 1.0) -> dict[str, float]:
    """Abandon rate, ASA and service levels by Erlang A with one handle time, one patience and the agents of each interval.

    Parameters
    ----------
    calibration : Calibration
        Of the predicted days, with the laws of the fitted ones; all contact types and teams are pooled.
    thresholds : tuple of float, seconds
        Of the service levels.
    factor : float
        Availability, from :func:`fitted_factor`.

    Returns
    -------
    dict of str to float
        ``abandon_rate``, ``asa``, ``service_level@20s``; empty if nothing can be said (nobody ever abandoned, or nobody came).

    Notes
    -----
    Three parameters: mean handle time (unlogged work included), mean patience (total wait / abandonments) and the availability.
    Each interval is taken as stationary, with a number of agents that need not be whole; intervals weigh by their contacts.

    Source: A. Mandelbaum, S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007), for the method.
    """
    if any(max(team.skills.values()) > 1 for team in calibration.teams):
        return {}  # contacts handled side by side: no Erlang formula
    contacts = [one for one in calibration.contacts if one.patience.exponential_mean]
    queued = {one.name: one.volume.expected * (1 - (one.bot.ended_share if one.bot else 0.0)) for one in calibration.contacts}
    volume = np.sum(list(queued.values()), axis=0)
    agents = factor * np.sum([team.capacity for team in calibration.teams], axis=0)
    open_ = (volume > 0) & (agents > 0)
    if not contacts or not open_.any():
        return {}
    weights = [queued[one.name].sum() for one in calibration.contacts]
    handle = [one.talk.mean + one.hold.mean + one.wrap.mean for one in calibration.contacts]
    leavers = sum(one.patience.abandoned for one in contacts)
    patience = sum(float(one.patience.exponential_mean or 0) * one.patience.abandoned for one in contacts) / leavers
    found: dict[str, float] = {}
    for threshold in thresholds:
        figures = evaluate(
            arrival_rate=volume[open_] / calibration.interval,
            aht=float(np.average(handle, weights=weights)),
            agents=agents[open_],
            patience=patience,
            threshold=threshold,
        )
        answered = volume[open_] * (1 - np.asarray(figures.p_abandon))
        found[f"service_level@{threshold:g}s"] = float(np.average(figures.service_level, weights=volume[open_]))
        found["abandon_rate"] = float(np.average(figures.p_abandon, weights=volume[open_]))
        found["asa"] = float(np.average(figures.asa, weights=answered))
    return found
