"""Threads that pause, in the tables of the log: one message of the customer and one reply by an agent each round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Ticks
from simkpi.engine.chat_tables import masked

if TYPE_CHECKING:
    from simkpi.engine.frames import View


class Threads:
    """Columns and messages of contacts whose type comes in ``rounds``."""

    def __init__(self, view: View) -> None:
        self.view = view
        types = [number for number, contact in enumerate(view.spec.contacts.values()) if contact.rounds]
        log = view.log
        in_rounds = np.isin(view.demand.contact_type, types)
        #: Rows with which the customer has written to the agents, and those that an agent has replied to.
        self.written = in_rounds & (log.queued < NEVER)
        self.replied = in_rounds & (log.answered < NEVER) & (log.ended < NEVER)

    def _per_contact(self, values: NDArray[np.int64], rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        total = np.zeros(len(self.view.found.first), dtype=np.int64)
        np.add.at(total, self.view.number[rows], values[rows])
        return total

    def first_reply(self, otherwise: Ticks) -> Ticks:
        """Return when each contact got its first reply: in threads once it was written, else as given."""
        first = np.full(len(otherwise), NEVER)
        np.minimum.at(first, self.view.number[self.replied], self.view.log.ended[self.replied])
        return np.where(self._is_thread(), first, otherwise)

    def _is_thread(self) -> NDArray[np.bool_]:
        return self._per_contact(np.ones(len(self.written), dtype=np.int64), self.written) > 0

    def columns(self, others: list[pl.Series]) -> list[pl.Series]:
        """Messages of both sides and mean time to reply; where a contact is no thread, what *others* say."""
        log, one = self.view.log, np.ones(len(self.written), dtype=np.int64)
        theirs, ours = self._per_contact(one, self.written), self._per_contact(one, self.replied)
        waited = self._per_contact(np.where(self.replied, log.ended - log.queued, 0), self.replied)
        given = theirs > 0
        mine = [
            masked(pl.Series("n_messages", ours + theirs), given),
            masked(pl.Series("n_customer_messages", theirs), given),
            masked(pl.Series("n_agent_messages", ours), given),
            self.view.seconds("reply_time", waited // np.maximum(ours, 1), given & (ours > 0)),
        ]
        told = {column.name: column for column in others}
        merged = [column.zip_with(pl.Series(given), told.pop(column.name, column)) for column in mine]
        return [*merged, *told.values()]

    def messages(self) -> pl.DataFrame:
        """Return one row per message, by contact, then time."""
        log, number = self.view.log, self.view.number
        contact = np.concatenate([number[self.written], number[self.replied]])
        moment = np.concatenate([log.queued[self.written], log.ended[self.replied]])
        row = np.concatenate([np.flatnonzero(self.written), np.flatnonzero(self.replied)])
        sender = np.repeat([0, 1], [self.written.sum(), self.replied.sum()])
        order = np.lexsort((sender, row, contact))
        return pl.DataFrame(
            [
                pl.Series("contact_id", contact[order]).cast(pl.String),
                self.view.moments("sent_at", moment[order]),
                self.view.names("sender", sender[order], ["customer", "agent"]),
            ]
        )
