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
from simkpi.planning.calibrate.segments import split_types
from simkpi.planning.phrase import Phrase
from simkpi.scenario.channels import CHANNELS

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

#: A contact without end that an agent began at most so long before the last answer of the log may still go on, seconds.
_RUNNING = 14_400.0
#: Nobody works so long on a message without a pause; what is assumed if a tenth of them took longer. Seconds.
_WORKING, _ASSUMED = 14_400.0, 600.0
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
    moment = {name: _moments(frame, name, start) for name in ("arrived_at", "bot_started_at", "bot_ended_at", "queued_at")}
    answered, ended, wrapped = (_moments(frame, name, start) for name in ("answered_at", "ended_at", "wrapped_at"))
    outcome, last = _texts(frame, "outcome"), np.nanmax([*moment.values(), answered, ended, wrapped])
    begun = _is_running(frame, outcome, answered, ended)
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
    hold = _numbers(frame, "hold_time")
    later = _is_deferrable(frame)
    talk, at_desk = _talk(frame, ended - answered - np.nan_to_num(hold), begun, later, notes), begun & ~later
    wrap = _first(_numbers(frame, "wrap_time"), wrapped - ended)
    released = _first(wrapped, ended + np.nan_to_num(wrap), answered + talk + np.nan_to_num(hold) + np.nan_to_num(wrap))
    released = np.where(
        at_desk, last, np.where(later, answered + np.where(np.isnan(talk), _ASSUMED, _spent(talk, hold, wrap)), released)
    )
    only_served = np.where(served, 1.0, np.nan)
    return {
        "outcome": outcome,
        "bot_outcome": _texts(frame, "bot_outcome"),
        "agent": _texts(frame, "agent_id"),
        "team": _texts(frame, "team"),
        "arrived": moment["arrived_at"],
        "queued": queued,
        "left": np.where(served, answered, np.where(gone, ended, np.where(waiting, last, np.nan))),
        "released": released * only_served,
        "bot_time": np.fmax(moment["bot_ended_at"] - bot_started, 0.0),
        "talk": np.maximum(talk, 0.0) * only_served,
        "hold": hold * only_served,
        "wrap": np.fmax(wrap, 0.0) * only_served,
        "running": np.where(at_desk, last - answered, np.nan),
        "resolved": _numbers(frame, "is_resolved") * only_served,
        "has_wrap": bool(np.any(wrap[served] > 0)),
    }


def _is_running(frame: pl.DataFrame, outcome: Texts, answered: Floats, ended: Floats) -> NDArray[np.bool_]:
    """Whether contacts were begun and not ended: called open, or the last one of an agent, of that day, without end or length."""
    begun = np.asarray(outcome == "open", dtype=bool) & ~np.isnan(answered)
    silent = (outcome == "answered") & ~np.isnan(answered) & np.isnan(ended) & np.isnan(_numbers(frame, "talk_time"))
    if "agent_id" not in frame.columns or not silent.any():
        return begun
    is_last = frame.select(pl.col("answered_at").max().over("agent_id") == pl.col("answered_at")).to_series()
    latest = float(np.nanmax(answered))
    return np.asarray(begun | silent & is_last.fill_null(value=False).to_numpy() & (answered > latest - _RUNNING), dtype=bool)


def _is_deferrable(frame: pl.DataFrame) -> NDArray[np.bool_]:
    """Whether contacts may wait for another day: their agent is not busy with them from beginning to end."""
    later = [name for name, channel in CHANNELS.items() if channel.deferrable]
    return np.asarray(frame["channel"].cast(pl.String).is_in(later).fill_null(value=False).to_numpy(), dtype=bool)


def _talk(frame: pl.DataFrame, elapsed: Floats, begun: NDArray[np.bool_], later: NDArray[np.bool_], notes: list[str]) -> Floats:
    """Length of the talk, else the time from answer to end; not known for contacts that were *begun* and not ended.

    From the first answer until a ticket is solved is no time of work: if a tenth of them took longer than anybody works on one,
    ten minutes are assumed, and said.
    """
    told = _numbers(frame, "talk_time")
    waits = later & np.isnan(told) & ~np.isnan(elapsed)
    talk = np.where(begun, np.nan, _first(told, elapsed))
    if waits.any() and float(np.quantile(elapsed[waits], 0.9)) > _WORKING:
        text = (
            "{n} contacts tell when they were solved, not how long agents worked on them: {minutes} min of work are assumed for"
            " each; map a talk_time, or put your own figure in"
        )
        notes.append(Phrase(text, n=int(waits.sum()), minutes=f"{_ASSUMED / 60:.0f}"))
        talk = np.where(waits, _ASSUMED, talk)
    if (n := int((begun & ~later).sum())) > 0:
        text = "{n} contacts were still being handled when the log ended: their times so far are lower bounds"
        notes.append(Phrase(text, n=n))
    return talk


def _spent(talk: Floats, hold: Floats, wrap: Floats) -> Floats:
    return talk + np.nan_to_num(hold) + np.nan_to_num(wrap)


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


def _moments(frame: pl.DataFrame, name: str, start: date) -> Floats:
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    since = frame[name].cast(pl.Datetime("ms")) - pl.Series([start]).cast(pl.Datetime("ms"))
    return (since.dt.total_milliseconds().cast(pl.Float64) / 1000).to_numpy(allow_copy=True).astype(np.float64)


def _numbers(frame: pl.DataFrame, name: str) -> Floats:
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    return frame[name].cast(pl.Float64).to_numpy().astype(np.float64)


def _texts(frame: pl.DataFrame, name: str) -> Texts:
    if name not in frame.columns:
        return np.full(frame.height, "", dtype=object)
    return np.array(frame[name].cast(pl.String).fill_null("").to_list(), dtype=object)


def _first(*choices: Floats) -> Floats:
    """Element by element, the first choice that is known."""
    result = choices[0]
    for choice in choices[1:]:
        result = np.where(np.isnan(result), choice, result)
    return result
