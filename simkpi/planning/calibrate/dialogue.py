"""Messages of chats as turns: when a customer wrote, when the agent replied, and how long the reply itself took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars import col

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.duty import LONGEST_IDLE
from simkpi.planning.calibrate.observed import Floats, Texts

_KEY = "contact_id"


@dataclass(frozen=True)
class Dialogue:
    """Replies of agents, chat by chat, in order; arrays of shape (n_replies,).

    A reply is the first message of an agent after a customer wrote.

    Parameters
    ----------
    contact : ndarray of str
        Contact.
    agent : ndarray of str
        Who replied; "" = not known.
    number : ndarray of int
        Number of the reply in its chat, from 0.
    asked, replied : ndarray, seconds since 1970
        First message of the customer since the last reply; the reply.
    think : ndarray, seconds
        From the reply to the customer's next message; NaN after the last.
    customer_messages, agent_messages : ndarray of int
        Messages of the customer before the reply, and those that make it. What an agent wrote before the customer counts with his
        first reply, what the customer wrote after the last reply with the messages before it.
    """

    contact: Texts
    agent: Texts
    number: NDArray[np.intp]
    asked: Floats
    replied: Floats
    think: Floats
    customer_messages: NDArray[np.intp]
    agent_messages: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.number)

    @property
    def is_last(self) -> NDArray[np.bool_]:
        """Whether no further reply follows in the chat."""
        return np.append(self.number[1:] == 0, True) if len(self) else np.zeros(0, dtype=bool)


def dialogue(log: Log) -> Dialogue | None:
    """Read the replies out of the messages of a log; None if it has no messages, or no agent ever replied.

    Messages of bots and of the system do not count. A reply whose agent is not known is taken to be of the contact's agent.
    """
    if log.messages is None:
        return None
    turns = _turns(log)
    before, after = turns.with_columns(turn=col("turn") + 1), turns.with_columns(turn=col("turn") - 1)
    joined = turns.join(before.select(_KEY, "turn", asked="at", asking="n"), on=[_KEY, "turn"], how="left")
    joined = joined.join(after.select(_KEY, "turn", next_at="at", following="n"), on=[_KEY, "turn"], how="left")
    replies = joined.filter(col("is_agent") & col("asked").is_not_null()).sort(_KEY, "turn")
    if replies.is_empty():
        return None
    opening = turns.filter(col("is_agent") & (col("turn") == 0)).select(_KEY, opening="n")
    replies = replies.join(opening, on=_KEY, how="left", maintain_order="left").with_columns(
        number=pl.int_range(pl.len()).over(_KEY), is_last=col("turn") == col("turn").max().over(_KEY)
    )
    think = (col("next_at") - col("at")).dt.total_milliseconds() / 1000
    replies = replies.with_columns(
        think=pl.when(col("is_last")).then(float("nan")).otherwise(think),
        customer_messages=col("asking") + pl.when(col("is_last")).then(col("following").fill_null(0)).otherwise(0),
        agent_messages=col("n") + pl.when(col("number") == 0).then(col("opening").fill_null(0)).otherwise(0),
    )
    return Dialogue(
        contact=_texts(replies, _KEY),
        agent=_texts(replies.with_columns(pl.coalesce("sender_id", "agent_id")), "sender_id"),
        number=replies["number"].to_numpy().astype(np.intp),
        asked=seconds(replies["asked"]),
        replied=seconds(replies["at"]),
        think=replies["think"].cast(pl.Float64).to_numpy(),
        customer_messages=replies["customer_messages"].to_numpy().astype(np.intp),
        agent_messages=replies["agent_messages"].to_numpy().astype(np.intp),
    )


def _turns(log: Log) -> pl.DataFrame:
    """Messages in a row of one side, of the contacts of the log: contact_id, turn, is_agent, sender_id, at, n, agent_id."""
    assert log.messages is not None
    contacts = log.interactions.lazy()
    known = contacts.collect_schema().names()
    agent = col("agent_id").cast(pl.String) if "agent_id" in known else pl.lit(None, dtype=pl.String)
    messages = log.messages.lazy()
    have = messages.collect_schema().names()
    sender = col("sender_id").cast(pl.String) if "sender_id" in have else pl.lit(None, dtype=pl.String)
    spoken = (
        messages.filter(col("sender").is_in(["customer", "agent"]) & col("sent_at").is_not_null())
        .select(col(_KEY).cast(pl.String), "sent_at", is_agent=col("sender") == "agent", sender_id=sender)
        .join(contacts.select(col(_KEY).cast(pl.String), agent_id=agent), on=_KEY, how="inner", maintain_order="left")
        .sort(_KEY, "sent_at", maintain_order=True)
        .with_columns(turn=(col("is_agent") != col("is_agent").shift(1)).over(_KEY).fill_null(value=False).cast(pl.Int64))
        .with_columns(turn=col("turn").cum_sum().over(_KEY))
    )
    return (
        spoken.group_by(_KEY, "turn", "is_agent", maintain_order=True)
        .agg(
            at=col("sent_at").first(),
            n=pl.len().cast(pl.Int64),
            sender_id=col("sender_id").first(),
            agent_id=col("agent_id").first(),
        )
        .collect()
    )


def seconds(moments: pl.Series) -> Floats:
    """Seconds since 1970 of a column of moments; NaN where there is none."""
    return (moments.cast(pl.Datetime("ms")).dt.timestamp("ms").cast(pl.Float64) / 1000).fill_null(float("nan")).to_numpy()


def _texts(frame: pl.DataFrame, name: str) -> Texts:
    return np.array(frame[name].fill_null("").to_list(), dtype=object)


def work_of(agent: Texts, asked: Floats, done: Floats) -> Floats:
    """How long each job itself took an agent who does one after the other, in the order in which they were done.

    Parameters
    ----------
    agent : ndarray of str, shape (n,)
        Who did it.
    asked, done : ndarray, shape (n,), seconds
        When it came to the agent's desk, and when it was done.

    Returns
    -------
    ndarray, shape (n,), seconds
        From the later of *asked* and the agent's job before to *done*; NaN if that is more than an hour (he was away), or if the
        agent is not known.

    Notes
    -----
    A server who never pauses while there is work begins each job when it comes or when the job before is done, so the times of
    its work follow from arrivals and departures alone (the busy periods of a single-server queue).

    Source: R. C. Larson, The queue inference engine, Management Science 36 (1990), section 1, for transactional data.

    Examples
    --------
    >>> work_of(np.array(["A", "A"], dtype=object), np.array([0.0, 5.0]), np.array([10.0, 14.0])).tolist()
    [10.0, 4.0]
    """
    work = np.full(len(agent), np.nan)
    names, code = np.unique(agent.astype(str), return_inverse=True)
    order = np.lexsort((asked, done, code))
    same = np.concatenate([[False], code[order][1:] == code[order][:-1]]) if len(order) else np.zeros(0, dtype=bool)
    free = np.where(same, np.roll(done[order], 1), -np.inf)
    taken = done[order] - np.fmax(asked[order], free)
    known = (names[code[order]] != "") & (taken <= LONGEST_IDLE)
    work[order] = np.where(known, np.fmax(taken, 0.0), np.nan)
    return work
