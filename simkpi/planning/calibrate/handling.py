"""Tells what agents worked on contacts from what a log says of it: lengths, moments, contacts that are not over yet."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.planning.calibrate.arrays import Floats, Texts, first_known, numbers
from simkpi.planning.phrase import Phrase
from simkpi.scenario.channels import CHANNELS

#: A contact without end that an agent began at most so long before the last answer of the log may still go on, seconds.
_RUNNING = 14_400.0
#: Nobody works so long on a message without a pause; what is assumed if a tenth of them took longer. Seconds.
_WORKING, ASSUMED = 14_400.0, 600.0


def is_running(frame: pl.DataFrame, outcome: Texts, answered: Floats, ended: Floats) -> NDArray[np.bool_]:
    """Whether contacts were begun and not ended: called open, or the last one of an agent, of that day, without end or length."""
    begun = np.asarray(outcome == "open", dtype=bool) & ~np.isnan(answered)
    silent = (outcome == "answered") & ~np.isnan(answered) & np.isnan(ended) & np.isnan(numbers(frame, "talk_time"))
    if "agent_id" not in frame.columns or not silent.any():
        return begun
    is_last = frame.select(pl.col("answered_at").max().over("agent_id") == pl.col("answered_at")).to_series()
    latest = float(np.nanmax(answered))
    return np.asarray(begun | silent & is_last.fill_null(value=False).to_numpy() & (answered > latest - _RUNNING), dtype=bool)


def is_deferrable(frame: pl.DataFrame) -> NDArray[np.bool_]:
    """Whether contacts may wait for another day: their agent is not busy with them from beginning to end."""
    later = [name for name, channel in CHANNELS.items() if channel.deferrable]
    return np.asarray(frame["channel"].cast(pl.String).is_in(later).fill_null(value=False).to_numpy(), dtype=bool)


def talk_times(
    frame: pl.DataFrame, elapsed: Floats, begun: NDArray[np.bool_], later: NDArray[np.bool_], notes: list[str]
) -> Floats:
    """Length of the talk, else the time from answer to end; not known for contacts that were *begun* and not ended.

    From the first answer until a ticket is solved is no time of work: if a tenth of them took longer than anybody works on one,
    ten minutes are assumed, and said.
    """
    told = numbers(frame, "talk_time")
    waits = later & np.isnan(told) & ~np.isnan(elapsed)
    talk = np.where(begun, np.nan, first_known(told, elapsed))
    if waits.any() and float(np.quantile(elapsed[waits], 0.9)) > _WORKING:
        text = (
            "{n} contacts tell when they were solved, not how long agents worked on them: {minutes} min of work are assumed for"
            " each; map a talk_time, or put your own figure in"
        )
        notes.append(Phrase(text, n=int(waits.sum()), minutes=f"{ASSUMED / 60:.0f}"))
        talk = np.where(waits, ASSUMED, talk)
    if (n := int((begun & ~later).sum())) > 0:
        text = "{n} contacts were still being handled when the log ended: their times so far are lower bounds"
        notes.append(Phrase(text, n=n))
    return talk


def spent(talk: Floats, hold: Floats, wrap: Floats) -> Floats:
    """Return talk, hold and wrap-up together; parts that are not known take no time, an unknown talk leaves all unknown."""
    return talk + np.nan_to_num(hold) + np.nan_to_num(wrap)
