"""When agents picked up the chats of a log that holds nothing but messages, and what they worked on them."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars import col

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.dialogue import Dialogue, dialogue, seconds, work_of
from simkpi.planning.calibrate.duty import LONGEST_GAP, LONGEST_IDLE
from simkpi.planning.calibrate.observed import Floats, Texts
from simkpi.planning.calibrate.staffing import most_at_once
from simkpi.planning.phrase import Phrase

#: Share of the answered chats whose answer is their first reply, from which a log is taken to hold no other answer.
_NEARLY_ALL = 0.99


@dataclass(frozen=True)
class _Chats:
    """Answered chats; arrays of shape (n_chats,), seconds since 1970."""

    agent: Texts
    queued: Floats
    replied: Floats
    ended: Floats


def with_pick_ups(log: Log) -> Log:
    """Tell when chats were picked up, if the log holds only their messages; any other log is returned as it is.

    Parameters
    ----------
    log : Log
        In memory. With messages, and the first reply as the moment of answering.

    Returns
    -------
    Log
        ``answered_at`` is when the agent could open the chat: at once, or when he had room, or when he came. ``talk_time`` is
        what he worked on its replies. Chats to which nobody replied although an agent with room was there are left out.

    Notes
    -----
    In the model an agent with room opens a chat at once, and its first reply waits for the replies to others. Room is what the
    log shows: the largest number of chats that agents had open for half a per cent of their busy time. An agent is there from
    five minutes before his first message until the last one before a pause of an hour.
    """
    told = dialogue(log)
    if told is None:
        return log
    frame = log.interactions.lazy().collect()
    if not _is_bare(frame):
        return log if _tells_work(frame) else replace(log, interactions=_with_work(frame, told, _answers(frame)))
    first = told.number == 0
    replied = dict(zip(told.contact[first].tolist(), told.replied[first].tolist(), strict=True))
    names = frame["contact_id"].cast(pl.String).to_list()
    served = (frame["outcome"] == "answered").fill_null(value=False).to_numpy() & np.array([name in replied for name in names])
    rows = np.flatnonzero(served)
    agents = dict(zip(told.contact[first].tolist(), told.agent[first].tolist(), strict=True))
    queued = seconds(_queued(frame))
    chats = _Chats(
        np.array([agents[names[row]] for row in rows], dtype=object),
        queued[rows],
        np.array([replied[names[row]] for row in rows]),
        np.fmax(seconds(frame["ended_at"])[rows], np.array([replied[names[row]] for row in rows])),
    )
    room = max(1, most_at_once(chats.agent, chats.replied, chats.ended))
    there = _presence(told)
    picked = _picked(chats, there, room)
    unanswered = (frame["outcome"] == "abandoned").fill_null(value=False).to_numpy()
    missed = unanswered & _had_room(queued, chats, picked, there, room)
    answered = np.full(len(names), np.nan)
    answered[rows] = picked
    moment = pl.Series("_picked", np.round(answered * 1000)).fill_nan(None).cast(pl.Int64).cast(pl.Datetime("ms"))
    frame = frame.with_columns(answered_at=pl.coalesce(moment, pl.col("answered_at")))
    kept = _with_work(frame, told, _answers(frame)).filter(~pl.Series(missed))
    told_ = "the log tells only messages: an agent with fewer than {room} chats open is taken to open the next one at once"
    notes = [Phrase(told_, room=room)]
    if missed.any():
        left = "{n} chats got no reply although an agent had room: left out, the model answers them all"
        notes.append(Phrase(left, n=int(missed.sum())))
    return replace(log, interactions=kept, notes=(*log.notes, *notes))


def _is_bare(frame: pl.DataFrame) -> bool:
    """Whether the answers of a log are the first replies, so that it does not tell when chats were picked up."""
    if not {"answered_at", "first_reply_at"} <= set(frame.columns):
        return False
    replied = frame.filter((col("outcome") == "answered") & col("first_reply_at").is_not_null())
    same = int((replied["answered_at"] == replied["first_reply_at"]).sum())
    return replied.height > 0 and same >= _NEARLY_ALL * replied.height


def _tells_work(frame: pl.DataFrame) -> bool:
    return "talk_time" in frame.columns and bool(frame["talk_time"].is_not_null().any())


def _answers(frame: pl.DataFrame) -> dict[str, float]:
    """When each contact was picked up, seconds since 1970."""
    return dict(zip(frame["contact_id"].cast(pl.String).to_list(), seconds(frame["answered_at"]).tolist(), strict=True))


def _queued(frame: pl.DataFrame) -> pl.Series:
    return frame.select(pl.coalesce("queued_at", "arrived_at") if "queued_at" in frame.columns else "arrived_at").to_series()


def _presence(told: Dialogue) -> dict[str, list[tuple[float, float]]]:
    """Spells during which each agent was there: from shortly before a message to the last one before a long pause."""
    found: dict[str, list[tuple[float, float]]] = {}
    for agent in np.unique(told.agent.astype(str)):
        wrote = np.sort(told.replied[told.agent == agent])
        breaks = np.flatnonzero(np.diff(wrote) > LONGEST_IDLE)
        starts, ends = np.concatenate([[0], breaks + 1]), np.append(breaks, len(wrote) - 1)
        found[agent] = [(float(wrote[a]) - LONGEST_GAP, float(wrote[b])) for a, b in zip(starts, ends, strict=True)]
    return found


def _picked(chats: _Chats, there: dict[str, list[tuple[float, float]]], room: int) -> Floats:
    """When each chat was opened: first come, first served, by the agent who replied, as soon as he is there and has room."""
    picked = np.empty(len(chats.queued))
    for agent in np.unique(chats.agent.astype(str)):
        open_: list[float] = []
        mine = np.flatnonzero(chats.agent == agent)
        for chat in mine[np.lexsort((chats.replied[mine], chats.queued[mine]))]:
            replied = float(chats.replied[chat])
            came = max((start for start, end in there.get(agent, []) if start <= replied <= end), default=replied)
            moment = max(float(chats.queued[chat]), came)
            while open_ and open_[0] <= moment:
                heapq.heappop(open_)
            if len(open_) >= room:
                moment = max(moment, heapq.heappop(open_))
            picked[chat] = min(moment, replied)
            heapq.heappush(open_, float(chats.ended[chat]))
    return picked


def _had_room(
    moments: Floats, chats: _Chats, picked: Floats, there: dict[str, list[tuple[float, float]]], room: int
) -> NDArray[np.bool_]:
    """Whether, at each of the *moments*, some agent who was there could have opened another chat."""
    found = np.zeros(len(moments), dtype=bool)
    for agent, spells in there.items():
        mine = chats.agent == agent
        starts, ends = np.sort(picked[mine]), np.sort(chats.ended[mine])
        open_ = np.searchsorted(starts, moments, side="right") - np.searchsorted(ends, moments, side="right")
        is_there = np.zeros(len(moments), dtype=bool)
        for start, end in spells:
            is_there |= (start <= moments) & (moments <= end)
        found |= is_there & (open_ < room)
    return found


def _with_work(frame: pl.DataFrame, told: Dialogue, picked: dict[str, float]) -> pl.DataFrame:
    """Contacts with what agents worked on their replies as talk time."""
    total: dict[str, float] = {}
    for chat, each in zip(told.contact.tolist(), np.nan_to_num(reply_work(told, picked)).tolist(), strict=True):
        total[chat] = total.get(chat, 0.0) + each
    names = frame["contact_id"].cast(pl.String).to_list()
    return frame.with_columns(pl.Series("talk_time", [total.get(name) for name in names], dtype=pl.Float64))


def reply_work(told: Dialogue, picked: dict[str, float]) -> Floats:
    """Work of each reply, net of waiting behind other chats; a first reply is asked for when the chat is picked up."""
    asked = told.asked.copy()
    first = np.flatnonzero(told.number == 0)
    asked[first] = [max(asked[place], picked.get(told.contact[place], asked[place])) for place in first]
    return work_of(told.agent, asked, told.replied)
