"""What is measured of chats, recorded or simulated: replies, messages, length, and how many an agent has open."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.dialogue import dialogue, seconds
from simkpi.planning.calibrate.observed import Floats

#: Measures of chats in the order in which they are shown: name and unit.
MEASURES = {
    "first reply": "seconds",
    "reply time": "seconds",
    "customer's reply": "seconds",
    "messages per chat": "number",
    "length of a chat": "seconds",
    "chats open at once": "number",
}


@dataclass(frozen=True)
class Sample:
    """Values of one measure, each with its weight; arrays of shape (n,), increasing values.

    Parameters
    ----------
    values : ndarray
        Seconds or numbers.
    weights : ndarray
        Sum to 1: alike for replies and chats; of numbers of open chats the share of the time.
    count : int
        Replies or chats behind them.
    """

    values: Floats
    weights: Floats
    count: int

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return float((self.values * self.weights).sum())

    def quantile(self, level: float) -> float:
        """Smallest value below which (itself included) lies a share *level*."""
        place = int(np.searchsorted(np.cumsum(self.weights), level - 1e-12))
        return float(self.values[min(place, len(self.values) - 1)])

    def share_up_to(self, points: Floats) -> Floats:
        """Share of the values at or below each of the *points*."""
        sums = np.concatenate([[0.0], np.cumsum(self.weights)])
        return sums[np.searchsorted(self.values, points, side="right")]

    def distance(self, other: Sample) -> float:
        """Kolmogorov-Smirnov distance: the largest difference of the two shares."""
        points = np.union1d(self.values, other.values)
        return float(np.abs(self.share_up_to(points) - other.share_up_to(points)).max())


def sample(values: Floats, weights: Floats | None = None, *, count: int | None = None) -> Sample | None:
    """Sort *values*; None if there are none. Unknown ones (NaN) do not count."""
    weights = np.ones(len(values)) if weights is None else weights
    known = ~np.isnan(values) & (weights > 0)
    order = np.argsort(values[known], kind="stable")
    found, shares = values[known][order], weights[known][order]
    return Sample(found, shares / shares.sum(), len(found) if count is None else count) if len(found) else None


def pooled(samples: list[Sample]) -> Sample:
    """All samples as one, each with the same weight."""
    values = np.concatenate([one.values for one in samples])
    weights = np.concatenate([one.weights / len(samples) for one in samples])
    order = np.argsort(values, kind="stable")
    return Sample(values[order], weights[order], sum(one.count for one in samples))


def measures(interactions: pl.DataFrame, messages: pl.DataFrame) -> dict[str, Sample]:
    """Measure the answered chats of a log or of one replication; a measure without any value is not in the result.

    Parameters
    ----------
    interactions, messages : DataFrame
        In our schema; ``answered_at`` is when an agent opened the chat.
    """
    chats = interactions.filter(
        (pl.col("outcome") == "answered") & (pl.col("contact_id").is_in(messages["contact_id"].implode()))
    )
    told = dialogue(Log(chats, messages=messages))
    if told is None:
        return {}
    queued = _moments(chats, "queued_at" if "queued_at" in chats.columns else "arrived_at")
    ended = _moments(chats, "ended_at")
    names = {name: row for row, name in enumerate(chats["contact_id"].to_list())}
    first = told.number == 0
    rows = np.array([names[chat] for chat in told.contact[first]], dtype=np.intp)
    chat = np.cumsum(first) - 1
    written = np.bincount(chat, weights=told.customer_messages + told.agent_messages)
    levels, lengths = open_levels(_texts(chats, "agent_id"), _moments(chats, "answered_at"), ended)
    found = {
        "first reply": sample(told.replied[first] - queued[rows]),
        "reply time": sample(told.replied - told.asked),
        "customer's reply": sample(told.think),
        "messages per chat": sample(written.astype(np.float64)),
        "length of a chat": sample((ended - queued)[rows]),
        "chats open at once": sample(levels, lengths, count=len(chats)),
    }
    return {name: one for name, one in found.items() if one is not None}


def open_levels(agent: np.ndarray, start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """How many chats an agent had open while he had any, and for how long: numbers and seconds, shape (n_pieces,)."""
    known = (agent != "") & (end > start)
    _, code = np.unique(agent[known].astype(str), return_inverse=True)
    moments = np.concatenate([start[known], end[known]])
    change = np.repeat([1, -1], len(code))
    order = np.lexsort((change, moments, np.concatenate([code, code])))
    level = np.cumsum(change[order])
    length = np.append(np.diff(moments[order]), 0.0)
    return level[level > 0].astype(np.float64), length[level > 0]


def open_by_interval(interactions: pl.DataFrame, borders: Floats) -> Floats:
    """Mean number of chats that agents have open between neighbouring *borders* (seconds since 1970), shape (n_borders - 1,)."""
    chats = interactions.filter(pl.col("outcome") == "answered")
    start, end = _moments(chats, "answered_at"), _moments(chats, "ended_at")
    known = end > start

    def before(points: Floats) -> Floats:
        ordered = np.sort(points)
        sums = np.concatenate([[0.0], np.cumsum(ordered)])
        count = np.searchsorted(ordered, borders)
        return np.asarray(count * borders - sums[count])

    return np.asarray(np.diff(before(start[known]) - before(end[known])) / np.diff(borders))


def replications(interactions: pl.DataFrame, messages: pl.DataFrame) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """Contacts and messages of each replication, contacts by text as in messages."""
    contacts = interactions.with_columns(pl.col("contact_id").cast(pl.String))
    spoken = messages.partition_by("replication", as_dict=True, include_key=False)
    none = messages.clear().drop("replication")
    return [
        (one, spoken.get(key, none)) for key, one in contacts.partition_by("replication", as_dict=True, include_key=False).items()
    ]


def only(log: Log, contacts: pl.DataFrame) -> Log:
    """Return *log* with these of its contacts only, and their messages."""
    assert log.messages is not None
    messages = log.messages.lazy().join(contacts.lazy().select("contact_id"), on="contact_id", how="semi").collect()
    return replace(log, interactions=contacts, messages=messages)


def _moments(frame: pl.DataFrame, name: str) -> Floats:
    return seconds(frame[name]) if name in frame.columns else np.full(frame.height, np.nan)


def _texts(frame: pl.DataFrame, name: str) -> np.ndarray:
    if name not in frame.columns:
        return np.full(frame.height, "", dtype=object)
    return np.array(frame[name].cast(pl.String).fill_null("").to_list(), dtype=object)
