"""Chats message by message: how the agent's work is spread over the replies, and how long the customer takes after each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simkpi.demand import turn_counts
from simkpi.demand.elementary import Floats, log
from simkpi.demand.laws import sample
from simkpi.demand.responses import Kinds, by_stream
from simkpi.demand.rows import NEVER, ChatRows, Returns, Ticks
from simkpi.demand.streams import Addresses, Words, World
from simkpi.scenario.chat_turns import ChatTurns
from simkpi.scenario.spec import Contact
from simkpi.scenario.turn_counts import Turns
from simkpi.units import to_ticks

#: Uniform numbers, rows, contact type and its turns.
_Group = tuple["_Uniforms", NDArray[np.int64], Contact, ChatTurns]
#: The last of the cumulative shares of the work.
WHOLE = 1_000_000


def draw_chats(
    contacts: Sequence[Contact],
    contact_type: Kinds,
    customer: Words,
    returns: Returns | None,
    worlds: Sequence[World],
    *,
    talk: Ticks,
) -> tuple[ChatRows | None, Ticks]:
    """Draw the turns of every chat.

    Parameters
    ----------
    contacts, contact_type, customer, returns, worlds
        As for :func:`simkpi.demand.responses.draw_responses`.
    talk : ndarray of int64, shape (n_contacts,), ticks
        Talk time of every contact.

    Returns
    -------
    ChatRows or None, ndarray of int64
        None if no contact type has ``turns``: nothing is drawn then. And the talk time, where replies have draws of their own the
        sum of these.

    Notes
    -----
    The talk time is spread over the replies in the proportions of independent exponential numbers (a uniform point of the
    simplex, Dirichlet(1, ..., 1)), so that the whole stays the customer's talk time. A silent customer never goes on.

    Where each reply has its own draw of the talk time (``effort: reply``), it is that draw / the mean number of replies.

    Source: Devroye, Non-Uniform Random Variate Generation (1986), chapter V, theorem 2.1 (uniform spacings).
    """
    if not any(contact.turns for contact in contacts):
        return None, talk
    n_replies = np.zeros(len(customer), dtype=np.int64)
    groups = [
        (_Uniforms(worlds[world], customer, attempt), rows[contact_type[rows] == kind], contact, contact.turns)
        for world, attempt, rows in by_stream(contact_type, returns)
        for kind, contact in enumerate(contacts)
        if contact.turns is not None
    ]
    for u, rows, _, turns in groups:
        n_replies[rows] = _counts(turns.replies, u, "replies", rows)
    first, total = np.cumsum(n_replies) - n_replies, int(n_replies.sum())
    share, gap = np.zeros(total), np.full(total, NEVER, dtype=np.int64)
    for group in groups:
        _spread(group, n_replies, (first, share, gap))
    by_reply = [rows for _, rows, _, turns in groups if turns.effort == "reply"]
    if by_reply:
        talk, rows = talk.copy(), np.concatenate(by_reply)
        owner = np.repeat(np.arange(len(n_replies)), n_replies)
        talk[rows] = np.bincount(owner, weights=share, minlength=len(customer))[rows].astype(np.int64)
    bursts = [_bursts(groups, name, n_replies, first) for name in ("customer_messages", "agent_messages")]
    return ChatRows(n_replies, first, _cumulative(share, n_replies, first), gap, *bursts), talk


class _Uniforms:
    """Uniform numbers of some customers of a world, for their n-th contact."""

    def __init__(self, world: World, customer: Words, attempt: int) -> None:
        self._world, self._customer, self._attempt = world, customer, attempt

    def __call__(self, purpose: str, rows: NDArray[np.int64]) -> Floats:
        return self._world.uniforms(purpose, Addresses(self._customer[rows]), attempt=self._attempt)


def _counts(law: Turns, uniforms: _Uniforms, purpose: str, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Draw numbers of turns or messages; a number that is always the same draws nothing."""
    drawn = np.full(len(rows), 0.5) if turn_counts.is_fixed(law) else uniforms(purpose, rows)
    return turn_counts.count_turns(law, drawn)


def _bursts(
    groups: Sequence[_Group], name: str, n_replies: NDArray[np.int64], first: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    """Messages written at a time, reply by reply, shape (n_replies,); None if everybody always writes one."""
    laws = [getattr(turns, name) for *_, turns in groups]
    if all(law.fixed == 1 for law in laws):
        return None
    count = np.ones(int(n_replies.sum()), dtype=np.int64)
    for (uniforms, rows, _, _), law in zip(groups, laws, strict=True):
        for reply in range(int(n_replies[rows].max(initial=0))):
            mine = rows[n_replies[rows] > reply]
            count[first[mine] + reply] = _counts(law, uniforms, f"{name} {reply + 1}", mine)
    return count


def _spread(
    group: _Group,
    n_replies: NDArray[np.int64],
    columns: tuple[NDArray[np.int64], Floats, NDArray[np.int64]],
) -> None:
    """Draw reply by reply the weight of each reply, and the customer's time after each but the last."""
    uniforms, rows, contact, turns = group
    first, share, gap = columns
    for reply in range(int(n_replies[rows].max(initial=0))):
        mine = rows[n_replies[rows] > reply]
        share[first[mine] + reply] = _weights(contact, turns, uniforms, f"reply {reply + 1}", mine)
        follow = mine[n_replies[mine] > reply + 1]
        if not len(follow):
            continue
        if turns.think.fixed is not None:
            pause = np.full(len(follow), to_ticks(turns.think.fixed), dtype=np.int64)
        else:
            pause = sample(turns.think, uniforms(f"think {reply + 1}", follow))
        if turns.silent > 0:
            is_silent = np.full(len(follow), turns.silent >= 1)
            if turns.silent < 1:
                is_silent = uniforms(f"silent {reply + 1}", follow) < turns.silent
            pause[is_silent] = NEVER
        gap[first[follow] + reply] = pause


def _weights(contact: Contact, turns: ChatTurns, uniforms: _Uniforms, purpose: str, rows: NDArray[np.int64]) -> Floats:
    """Weight of one reply of each chat: an exponential number, or the reply's own work in ticks."""
    if turns.effort == "chat":
        return -log(1.0 - uniforms(purpose, rows))
    talk = contact.handle.talk
    if talk.fixed is not None:
        return np.full(len(rows), np.floor(to_ticks(talk.fixed) / turns.replies.mean + 0.5))
    return np.floor(sample(talk, uniforms(purpose, rows)) / turns.replies.mean + 0.5)


def _cumulative(share: Floats, n_replies: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Share of the work done after each reply, in millionths; all of it after the last."""
    owner = np.repeat(np.arange(len(n_replies)), n_replies)
    total = np.zeros(len(n_replies))
    done = np.empty(len(share))
    # reply by reply, so that the sums of a chat do not depend on the others
    for reply in range(int(n_replies.max(initial=0))):
        mine = np.flatnonzero(n_replies > reply)
        total[mine] += share[first[mine] + reply]
        done[first[mine] + reply] = total[mine]
    cumulative = np.floor(done / np.where(total > 0, total, 1.0)[owner] * WHOLE + 0.5).astype(np.int64)
    cumulative[(first + n_replies - 1)[n_replies > 0]] = WHOLE
    return cumulative
