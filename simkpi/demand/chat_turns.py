"""Chats message by message: how the agent's work is spread over the replies, and how long the customer takes after each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simkpi.demand import turn_counts
from simkpi.demand.elementary import Floats, log
from simkpi.demand.laws import sample
from simkpi.demand.responses import Kinds, by_stream
from simkpi.demand.rows import NEVER, ChatRows, Returns
from simkpi.demand.streams import Addresses, Words, World
from simkpi.scenario.chat_turns import ChatTurns
from simkpi.scenario.spec import Contact
from simkpi.units import to_ticks

#: The last of the cumulative shares of the work.
WHOLE = 1_000_000


def draw_chats(
    contacts: Sequence[Contact], contact_type: Kinds, customer: Words, returns: Returns | None, worlds: Sequence[World]
) -> ChatRows | None:
    """Draw the turns of every chat.

    Parameters
    ----------
    contacts, contact_type, customer, returns, worlds
        As for :func:`simkpi.demand.responses.draw_responses`.

    Returns
    -------
    ChatRows or None
        None if no contact type has ``turns``: nothing is drawn then.

    Notes
    -----
    The talk time is spread over the replies in the proportions of independent exponential numbers (a uniform point of the
    simplex, Dirichlet(1, ..., 1)), so that the whole stays the customer's talk time. A silent customer never goes on.

    Source: Devroye, Non-Uniform Random Variate Generation (1986), chapter V, theorem 2.1 (uniform spacings).
    """
    if not any(contact.turns for contact in contacts):
        return None
    n_replies = np.zeros(len(customer), dtype=np.int64)
    groups = [
        (world, attempt, rows[contact_type[rows] == kind], contact.turns)
        for world, attempt, rows in by_stream(contact_type, returns)
        for kind, contact in enumerate(contacts)
        if contact.turns is not None
    ]
    for world, attempt, rows, turns in groups:
        u = _Uniforms(worlds[world], customer, attempt)
        drawn = np.full(len(rows), 0.5) if turn_counts.is_fixed(turns.replies) else u("replies", rows)
        n_replies[rows] = turn_counts.count_turns(turns.replies, drawn)
    first = np.cumsum(n_replies) - n_replies
    share, gap = np.zeros(int(n_replies.sum())), np.full(int(n_replies.sum()), NEVER, dtype=np.int64)
    for world, attempt, rows, turns in groups:
        _spread(turns, _Uniforms(worlds[world], customer, attempt), rows, n_replies, (first, share, gap))
    return ChatRows(n_replies, first, _cumulative(share, n_replies, first), gap)


class _Uniforms:
    """Uniform numbers of some customers of a world, for their n-th contact."""

    def __init__(self, world: World, customer: Words, attempt: int) -> None:
        self._world, self._customer, self._attempt = world, customer, attempt

    def __call__(self, purpose: str, rows: NDArray[np.int64]) -> Floats:
        return self._world.uniforms(purpose, Addresses.of(self._customer[rows]), attempt=self._attempt)


def _spread(
    turns: ChatTurns,
    uniforms: _Uniforms,
    rows: NDArray[np.int64],
    n_replies: NDArray[np.int64],
    columns: tuple[NDArray[np.int64], Floats, NDArray[np.int64]],
) -> None:
    """Draw reply by reply the weight of each reply, and the customer's time after each but the last."""
    first, share, gap = columns
    for reply in range(int(n_replies[rows].max(initial=0))):
        mine = rows[n_replies[rows] > reply]
        share[first[mine] + reply] = -log(1.0 - uniforms(f"reply {reply + 1}", mine))
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
    cumulative = np.floor(done / total[owner] * WHOLE + 0.5).astype(np.int64)
    cumulative[(first + n_replies - 1)[n_replies > 0]] = WHOLE
    return cumulative
