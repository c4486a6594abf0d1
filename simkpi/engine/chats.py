"""What the messages of chats make of the log: lengths of replies, counts and reply times of contacts, the table of messages."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.chat_turns import WHOLE
from simkpi.demand.rows import NEVER, Demand, Ticks
from simkpi.engine.plan import Plan
from simkpi.engine.ppm import scaled
from simkpi.engine.recorder import EngineLog


class Replies(NamedTuple):
    """Replies of the contacts of a log, contact by contact; arrays of shape (n_replies,).

    ``place`` is where a reply stands in the columns of the demand and the log, ``length`` what it takes its agent, in ticks.
    """

    contact: NDArray[np.int64]
    place: NDArray[np.int64]
    length: Ticks
    message_at: Ticks
    reply_at: Ticks

    @property
    def is_written(self) -> NDArray[np.bool_]:
        """Whether the agent has sent it."""
        return np.asarray(self.reply_at < NEVER)

    def per_contact(self, values: Ticks, n_contacts: int) -> Ticks:
        """Sum of *values* over the replies that were sent, by contact."""
        total = np.zeros(n_contacts, dtype=np.int64)
        np.add.at(total, self.contact[self.is_written], values[self.is_written])
        return total


def replies_of(numbers: Plan, demand: Demand, log: EngineLog) -> Replies:
    """Return the replies of all chats that are simulated message by message, of a demand that has such.

    The length of a reply is its share of the contact's talk time, cut at whole ticks, at the speed of the agent's team.
    """
    chats = demand.chats
    assert chats is not None
    contact = np.repeat(np.arange(len(demand)), chats.replies)
    number = np.arange(len(contact)) - np.repeat(np.cumsum(chats.replies) - chats.replies, chats.replies)
    place = chats.first[contact] + number
    talk = demand.talk[contact]
    before = np.where(number > 0, chats.done[place - 1] if len(place) else place, 0)
    part = talk * chats.done[place] // WHOLE - talk * before // WHOLE
    length = scaled(part, numbers.speeds()[log.team, demand.contact_type][contact])
    return Replies(contact, place, length, log.message_at[place], log.reply_at[place])
