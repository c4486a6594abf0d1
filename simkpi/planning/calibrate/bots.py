"""Fits the stage in front of the queue (bot or voice-response unit): how its sessions end, and how long they last."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.observed import Observed
from simkpi.planning.calibrate.times import LawFit, fit_law

OUTCOMES = ("contained", "handed_off", "gave_up")


@dataclass(frozen=True)
class BotFit:
    """The bot stage of one contact type.

    Parameters
    ----------
    sessions : dict of str to int
        Sessions by how they ended.
    gives_up, contains : float, fraction
        Share that gave up; share of the others that was contained.
    ended_share, ended_error : float, fraction
        Share that never reached the queue, and its standard error.
    times : dict of str to LawFit
        Session time by how it ended.
    without_session : int
        Contacts of the type that met no bot: counted as handed over in no time.
    """

    sessions: dict[str, int]
    gives_up: float
    contains: float
    ended_share: float
    ended_error: float
    times: dict[str, LawFit]
    without_session: int = 0


def fit_bot(observed: Observed, contact_type: int, *, chosen: NDArray[np.bool_]) -> BotFit | None:
    """Fit the bot stage of one contact type; None if the log shows none.

    Parameters
    ----------
    observed : Observed
        The log.
    contact_type : int
        Index of the contact type.
    chosen : ndarray of bool, shape (n_contacts,)
        Contacts that take part (those of opening hours).
    """
    mine = chosen & (observed.contact_type == contact_type)
    outcome, times = observed.bot_outcome[mine], observed.bot_time[mine].copy()
    # A log may leave the bot's outcome out and tell it by the contact's.
    told = observed.outcome[mine]
    outcome = np.where((outcome == "") & np.isin(told, ("contained", "gave_up")), told, outcome)
    without = outcome == ""
    if without.all():
        return None
    outcome = np.where(without, "handed_off", outcome)
    times[without] = 0.0
    sessions = {name: int((outcome == name).sum()) for name in OUTCOMES}
    n = len(outcome)
    stayed = n - sessions["gave_up"]
    ended = (n - sessions["handed_off"]) / n
    return BotFit(
        sessions=sessions,
        gives_up=sessions["gave_up"] / n,
        contains=sessions["contained"] / stayed if stayed else 0.0,
        ended_share=ended,
        ended_error=float(np.sqrt(ended * (1 - ended) / n)),
        times={name: fit_law(times[outcome == name]) for name in OUTCOMES if sessions[name]},
        without_session=int(without.sum()),
    )
