"""Chats message by message in the tables of the log: counts, reply times, and the table of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Ticks
from simkpi.engine.chats import replies_of

if TYPE_CHECKING:
    from simkpi.engine.frames import View


class Messages:
    """Columns and table of chats that are simulated message by message."""

    def __init__(self, view: View) -> None:
        assert view.demand.chats is not None
        self.view = view
        self.chats = view.demand.chats
        self.replies = replies_of(view.plan, view.demand, view.log)
        #: Contact of each row, -1 for rows that are not a contact's first (chats have one row only).
        self.number = np.full(len(view.demand), -1)
        self.number[view.found.first] = np.arange(len(view.found.first))

    def first_reply(self, answered: Ticks) -> Ticks:
        """Return when each contact got its first reply: in such chats once it was written, else as the agent picked up."""
        first_reply = answered.copy()
        is_first = self.replies.place == self.chats.first[self.replies.contact]
        first_reply[self.number[self.replies.contact[is_first]]] = self.replies.reply_at[is_first]
        return first_reply

    def columns(self) -> list[pl.Series]:
        """Messages of both sides, mean time to reply, and why a chat ended before the matter was settled."""
        replies, n_contacts = self.replies, len(self.view.demand)
        written = replies.per_contact(np.ones(len(replies.contact), dtype=np.int64), n_contacts)
        ours = replies.per_contact(self._messages(self.chats.agent_messages), n_contacts)
        came = replies.message_at < NEVER
        theirs = np.zeros(n_contacts, dtype=np.int64)
        np.add.at(theirs, replies.contact[came], self._messages(self.chats.customer_messages)[came])
        waited = replies.per_contact(np.where(replies.is_written, replies.reply_at - replies.message_at, 0), n_contacts)
        given = (self.chats.replies > 0) & (theirs > 0)
        silent = np.where(given & (self.view.log.ended < NEVER) & (written < self.chats.replies), 0, -1)
        rows = self.view.found.first
        written, ours, theirs, waited = written[rows], ours[rows], theirs[rows], waited[rows]
        given, silent = given[rows], silent[rows]
        return [
            masked(pl.Series("n_messages", ours + theirs), given),
            masked(pl.Series("n_customer_messages", theirs), given),
            masked(pl.Series("n_agent_messages", ours), given),
            self.view.seconds("reply_time", waited // np.maximum(written, 1), given & (written > 0)),
            self.view.names("reason", silent, ["silent"]),
        ]

    def _messages(self, bursts: NDArray[np.int64] | None) -> NDArray[np.int64]:
        """Messages written at a time, shape (n_replies,)."""
        return np.ones(len(self.replies.place), dtype=np.int64) if bursts is None else bursts[self.replies.place]

    def table(self) -> pl.DataFrame:
        """Return one row per message, by contact, then time."""
        came, sent = self.replies.message_at < NEVER, self.replies.is_written
        contact = np.concatenate([self.replies.contact[came], self.replies.contact[sent]])
        moment = np.concatenate([self.replies.message_at[came], self.replies.reply_at[sent]])
        sender = np.repeat([0, 1], [came.sum(), sent.sum()])
        many = [self._messages(self.chats.customer_messages)[came], self._messages(self.chats.agent_messages)[sent]]
        order = np.lexsort((np.concatenate([self.replies.place[came], self.replies.place[sent]]) * 2 + sender, contact))
        order = np.repeat(order, np.concatenate(many)[order])
        return pl.DataFrame(
            [
                pl.Series("contact_id", self.number[contact[order]]).cast(pl.String),
                self.view.moments("sent_at", moment[order]),
                self.view.names("sender", sender[order], ["customer", "agent"]),
            ]
        )


def masked(values: pl.Series, given: NDArray[np.bool_]) -> pl.Series:
    """Return *values*, null where not *given*."""
    return values if bool(given.all()) else values.set(pl.Series(~given), None)
