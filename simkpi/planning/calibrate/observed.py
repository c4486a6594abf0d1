"""What a log says about each contact, as arrays in seconds: the only place of the calibration that knows its columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.errors import LogError
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.arrays import Floats, Texts, first_known, moments, numbers, texts
from simkpi.planning.calibrate.handling import ASSUMED, is_deferrable, is_running, spent, talk_times
from simkpi.planning.calibrate.segments import split_types
from simkpi.planning.phrase import Phrase
from simkpi.scenario.channels import CHANNELS

__all__ = ["Floats", "Observed", "Texts", "observe", "readable"]

#: Contacts that never asked to be served by the modelled centre: left out of the volume, and counted.
_REFUSED = ("refused", "blocked")


@dataclass(frozen=True)
class Observed:
    """One row per contact, in order of arrival. All arrays have shape (n_contacts,); what the log does not say is NaN or "".

    Parameters
    ----------
    start : date
        First day with a contact; second 0 is its midnight.
    days : int
        Days from the first to the last contact, both included.
    contact_types, channels : tuple of str
        Names, and the channel of each.
    contact_type : ndarray of int
        Index into *contact_types*.
    outcome, bot_outcome, agent, team : ndarray of str
        As in the log.
    arrived, queued, left, released : ndarray, seconds from *start*
        First sign; entry to the queue; answer, or departure from the queue; the agent's work ends.
    bot_time, talk, hold, wrap : ndarray, seconds
        Lengths of the parts.
    resolved : ndarray of float
        1 or 0.
    running : ndarray, seconds
        How long contacts that were still being handled when the log ended had taken so far; their *talk* is not known.
    has_wrap : bool
        The log holds after-contact work.
    notes : tuple of str
        What was left out or assumed.
    is_grouped : bool
        The teams are not the log's, but groups of agents who handle the same contact types.
    """

    start: date
    days: int
    contact_types: tuple[str, ...]
    channels: tuple[str, ...]
    contact_type: NDArray[np.intp]
    outcome: Texts
    bot_outcome: Texts
    agent: Texts
    team: Texts
    arrived: Floats
    queued: Floats
    left: Floats
    released: Floats
    bot_time: Floats
    talk: Floats
    hold: Floats
    wrap: Floats
    resolved: Floats
    running: Floats
    has_wrap: bool
    notes: tuple[str, ...] = ()
    is_grouped: bool = False

    def __len__(self) -> int:
        return len(self.arrived)

    @property
    def wait(self) -> Floats:
        """Time in the queue, seconds; NaN for contacts that never queued or whose end is unknown."""
        return self.left - self.queued

    @property
    def is_answered(self) -> NDArray[np.bool_]:
        """Contacts that reached an agent."""
        return np.asarray(self.outcome == "answered", dtype=bool)

    @property
    def is_abandoned(self) -> NDArray[np.bool_]:
        """Contacts that left the queue."""
        return np.asarray(self.outcome == "abandoned", dtype=bool)

    @property
    def may_leave(self) -> NDArray[np.bool_]:
        """Contacts of channels in which who waits can give up: a letter can not."""
        leaves = [channel not in CHANNELS or CHANNELS.get(channel).abandonable for channel in self.channels]
        return np.asarray(np.array(leaves, dtype=bool)[self.contact_type], dtype=bool)

    @property
    def day(self) -> NDArray[np.intp]:
        """Day of arrival, from 0."""
        return (self.arrived // 86_400).astype(np.intp)


def observe(log: Log, *, split_by: str = "", like: tuple[str, ...] = ()) -> Observed:
    """Read out of a normalised log what calibration needs.

    Parameters
    ----------
    log : Log
        From :func:`simkpi.interactions.files.read_log`.
    split_by : str
        Column whose values make types of their own, ``priority``; see :func:`simkpi.planning.calibrate.segments.split_types`.
    like : tuple of str
        Contact types of another log, whose values are split in the same way.

    Raises
    ------
    LogError
        If the log is empty, or no contact was answered (then neither handle times nor agents on duty are in it).
    """
    frame = readable(log)
    notes: list[str] = []
    refused = log.interactions.lazy().select("outcome").collect().height - frame.height
    if refused:
        notes.append(Phrase("{n} contacts were blocked or refused: left out, the scenario blocks nobody", n=refused))
    if not (frame["outcome"] == "answered").any():
        raise LogError("no contact of the log was answered: handle times and agents on duty can not be fitted; take a longer log")
    if "answered_at" not in frame.columns or not frame.filter(pl.col("outcome") == "answered")["answered_at"].is_not_null().any():
        raise LogError(
            "no contact of the log says when an agent took it (answered_at): waits and agents on duty can not be fitted; map that"
            " moment, or forecast volumes only (simkpi forecast)"
        )
    first = frame["arrived_at"].min()
    last = frame["arrived_at"].max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    start = first.date()
    if "origin" in frame.columns and (called := int((frame["origin"] == "callback").sum())):
        told_ = "{n} contacts are callbacks: offers and delays are not fitted, they count as contacts that waited in the queue"
        notes.append(Phrase(told_, n=called))
    if split_by:
        frame, told = split_types(frame, split_by, like=like)
        notes += told
    names, channels, index = _types(frame)
    return Observed(
        start=start,
        days=(last.date() - start).days + 1,
        contact_types=names,
        channels=channels,
        contact_type=index,
        **_columns(frame, start, notes),
        notes=tuple(notes),
    )


def readable(log: Log) -> pl.DataFrame:
    """Return the contacts that :class:`Observed` has, row for row: in order of arrival, without those blocked or refused.

    Raises
    ------
    LogError
        If the log is empty.
    """
    frame = log.interactions.lazy().collect()
    if frame.is_empty():
        raise LogError("the log has no contacts; nothing can be fitted")
    return frame.filter(~pl.col("outcome").is_in(_REFUSED).fill_null(value=False)).sort("arrived_at", "contact_id")


def _columns(frame: pl.DataFrame, start: date, notes: list[str]) -> dict[str, Any]:
    """Moments and lengths of every contact, derived from one another where the log leaves one out."""
    moment = {name: moments(frame, name, start) for name in ("arrived_at", "bot_started_at", "bot_ended_at", "queued_at")}
    answered, ended, wrapped = (moments(frame, name, start) for name in ("answered_at", "ended_at", "wrapped_at"))
    outcome, last = texts(frame, "outcome"), np.nanmax([*moment.values(), answered, ended, wrapped])
    begun = is_running(frame, outcome, answered, ended)
    outcome = np.where(begun, "answered", outcome)
    served, gone, waiting = outcome == "answered", outcome == "abandoned", outcome == "open"
    bot_started = np.where(np.isnan(moment["bot_started_at"]), moment["arrived_at"], moment["bot_started_at"])
    queued = moment["queued_at"]
    unknown = np.isnan(queued) & (served | gone)
    if unknown.any():
        told = "{n} contacts have no queued_at: taken as queued on arrival, or when the bot let go of them"
        notes.append(Phrase(told, n=int(unknown.sum())))
        queued = np.where(unknown, np.fmax(moment["arrived_at"], moment["bot_ended_at"]), queued)
    lost = gone & np.isnan(ended) | served & np.isnan(answered)
    if lost.any():
        notes.append(Phrase("{n} contacts do not say when they left the queue: their waits are unknown", n=int(lost.sum())))
    hold = numbers(frame, "hold_time")
    later = is_deferrable(frame)
    talk, at_desk = talk_times(frame, ended - answered - np.nan_to_num(hold), begun, later, notes), begun & ~later
    wrap = first_known(numbers(frame, "wrap_time"), wrapped - ended)
    worked = spent(talk, hold, wrap)
    released = first_known(wrapped, ended + np.nan_to_num(wrap), answered + worked)
    released = np.where(later, answered + np.where(np.isnan(talk), ASSUMED, worked), np.where(at_desk, last, released))
    only_served = np.where(served, 1.0, np.nan)
    return {
        "outcome": outcome,
        "bot_outcome": texts(frame, "bot_outcome"),
        "agent": texts(frame, "agent_id"),
        "team": texts(frame, "team"),
        "arrived": moment["arrived_at"],
        "queued": queued,
        "left": np.where(served, answered, np.where(gone, ended, np.where(waiting, last, np.nan))),
        "released": released * only_served,
        "bot_time": np.fmax(moment["bot_ended_at"] - bot_started, 0.0),
        "talk": np.maximum(talk, 0.0) * only_served,
        "hold": hold * only_served,
        "wrap": np.fmax(wrap, 0.0) * only_served,
        "running": np.where(at_desk, last - answered, np.nan),
        "resolved": numbers(frame, "is_resolved") * only_served,
        "has_wrap": bool(np.any(wrap[served] > 0)),
    }


def _types(frame: pl.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...], NDArray[np.intp]]:
    """Contact types in order of volume; a topic met on two channels makes two types."""
    topic = pl.col("contact_type") if "contact_type" in frame.columns else pl.lit(None, dtype=pl.String)
    pairs = frame.select("channel", topic=topic.fill_null(pl.col("channel")))
    volumes = pairs.group_by("topic", "channel").len().sort(["len", "topic", "channel"], descending=[True, False, False])
    shared = volumes["topic"].is_duplicated().to_list()
    rows = volumes.select("topic", "channel").rows()
    names = tuple(f"{topic} {channel}" if twice else topic for (topic, channel), twice in zip(rows, shared, strict=True))
    ranked = volumes.select("topic", "channel").with_row_index("rank")
    index = pairs.join(ranked, on=["topic", "channel"], how="left", maintain_order="left")["rank"].to_numpy().astype(np.intp)
    return names, tuple(channel for _, channel in rows), index
