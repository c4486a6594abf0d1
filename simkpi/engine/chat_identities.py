"""What must hold exactly of chats message by message, checked from outside (see identities.py)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.chats import replies_of
from simkpi.engine.plan import Plan
from simkpi.engine.ppm import scaled
from simkpi.engine.recorder import ANSWERED, EngineLog


def broken_chats(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Check turns, silences and that each agent writes one thing at a time, without a pause, in the order of the messages."""
    if demand.chats is None:
        return
    replies, chats = replies_of(numbers, demand, log), demand.chats
    contact, place = replies.contact, replies.place
    limit = np.array(numbers.idle_close, dtype=np.int64)[demand.contact_type]
    is_first = place == chats.first[contact]
    after = np.where(is_first, NEVER, np.where(is_first, 0, log.reply_at[place - 1]) + np.minimum(chats.gap[place - 1], NEVER))
    came = replies.message_at < NEVER
    wrong = came & (replies.message_at != np.where(is_first, log.queued[contact], after))
    wrong |= came & ~is_first & (chats.gap[place - 1] > limit[contact])
    if wrong.any():
        yield f"a customer's message at the wrong moment: contacts {np.unique(contact[wrong])[:5]}"
    if (replies.is_written & ~came).any():
        yield "a reply to nobody"
    ended = (chats.replies > 0) & (log.outcome == ANSWERED)
    last = np.zeros(len(demand), dtype=np.int64)
    np.maximum.at(last, contact[replies.is_written], replies.reply_at[replies.is_written])
    n_written = replies.per_contact(np.ones(len(contact), dtype=np.int64), len(demand))
    expected = np.where(n_written == chats.replies, last, last + limit)
    wrong = ended & (log.ended != expected)
    if wrong.any():
        yield f"a chat ended neither with its last reply nor after too long a silence: contacts {np.flatnonzero(wrong)[:5]}"
    yield from _one_at_a_time(numbers, demand, log)


def _one_at_a_time(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Check that replies and wrap-ups of an agent are the jobs of a single server, first come, first served."""
    assert demand.chats is not None
    replies = replies_of(numbers, demand, log)
    written = replies.is_written
    first = replies.place == demand.chats.first[replies.contact]
    asked = np.where(first, log.answered[replies.contact], replies.message_at)
    is_done = (log.outcome == ANSWERED) & (log.wrapped < NEVER) & (log.wrapped > log.ended)
    wrapped = np.flatnonzero((demand.chats.replies > 0) & is_done)
    wrap = scaled(demand.wrap, numbers.speeds()[log.team, demand.contact_type])
    agent = np.concatenate([log.agent[replies.contact[written]], log.agent[wrapped]])
    begun = np.concatenate([asked[written], log.ended[wrapped]])
    length = np.concatenate([replies.length[written], wrap[wrapped]])
    done = np.concatenate([replies.reply_at[written], log.wrapped[wrapped]])
    for each in np.unique(agent):
        mine = np.flatnonzero(agent == each)
        # what takes no time is done after the job that ends at the same moment, whenever it was asked for
        mine = mine[np.lexsort((begun[mine], length[mine] == 0, done[mine]))]
        free = np.concatenate([[0], done[mine][:-1]])
        if (done[mine] != np.maximum(free, begun[mine]) + length[mine]).any():
            yield f"agent {each} does not write one thing after the other"
        if (np.diff(begun[mine][length[mine] > 0]) < 0).any():
            yield f"agent {each} does not reply in the order of the messages"
