"""Further rows by which a contact goes on: a message left when closed, calls back, and stays in the queues it is transferred to.

What becomes of a contact is only known in the run, but what would then follow is drawn for the customer beforehand, like further
contacts (:mod:`simkpi.demand.returns`). The first row of a contact is drawn as ever; rows behind it have draws of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from simkpi.demand import turn_counts
from simkpi.demand.chain_rows import ChainRows, Columns, DrawLeg, Rows
from simkpi.demand.rounds import parts_of, shares_of_work
from simkpi.demand.rows import (
    AWAY,
    BOT_ONLY,
    CALL,
    COLD,
    FIRST,
    LEAVES_MESSAGE,
    MESSAGE,
    NEVER,
    NO_ANSWER,
    PLAIN,
    REFUSED,
    ROUND,
    TRANSFERRED,
    WARM,
    Chains,
    Ticks,
)
from simkpi.demand.streams import World
from simkpi.interactions.columns import BOT_OUTCOMES
from simkpi.scenario.laws import Law
from simkpi.scenario.spec import Contact

#: Number of the leg by which a message left when closed is drawn.
_MESSAGE_LEG = 900
#: Column: talk time if the bot does not take the contact.
_TALK_ALONE = "bot_terms.talk"
_HANDED_OFF = BOT_OUTCOMES.index("handed_off")


def has_chains(contacts: Sequence[Contact]) -> bool:
    """Whether any contact may go on by further rows, or is turned away."""
    return any(contact.transfer or contact.callback or contact.rounds or _shut(contact) for contact in contacts)


def _shut(contact: Contact) -> bool:
    return contact.when_closed is not None and contact.when_closed.rule != "queue"


@dataclass(frozen=True)
class Lengthening:
    """Everything that further rows are drawn from.

    Parameters
    ----------
    contacts : sequence of Contact
        The contact types.
    worlds : sequence of World
        Where the random numbers of the customers of each contact type come from.
    draw_leg : callable
        Draws the columns of a stay in another queue.
    open : sequence of (tick, tick)
        When the centre is open.
    """

    contacts: Sequence[Contact]
    worlds: Sequence[World]
    draw_leg: DrawLeg
    open: Sequence[tuple[int, int]]

    def lengthened(self, columns: Columns, world: Rows, attempt: int, first: int) -> tuple[Columns, Rows, Columns]:
        """Append to contacts the rows by which they may go on.

        Parameters
        ----------
        columns : dict of ndarray, shape (n_contacts,)
            Contacts number *attempt* of their cases.
        world : ndarray of int64, shape (n_contacts,)
            Contact type of the first contact of each case.
        attempt : int
            Contacts of each case before these; 0 = fresh ones.
        first : int
            Row of the first of these contacts.

        Returns
        -------
        columns : dict of ndarray, shape (n_rows,)
            With the further rows behind; conversations that are transferred end earlier.
        origin : ndarray of int64, shape (n_rows,)
            Position of the contact that each row belongs to.
        chains : dict of ndarray, shape (n_rows,)
            The columns of Chains.
        """
        level = _Level(self, columns, world, attempt, first)
        level.leave_messages()
        level.call_back()
        level.transfer()
        level.spread_over_rounds()
        return level.columns, level.links["head"], level.finished()


class _Level(ChainRows):
    """What may become of contacts, step by step."""

    def __init__(self, drawn: Lengthening, columns: Columns, world: Rows, attempt: int, first: int) -> None:
        super().__init__(drawn.worlds, drawn.draw_leg, columns, world, attempt)
        self.drawn = drawn
        self.first = first
        #: Rows of calls that the customer takes.
        self.taken: Rows = np.zeros(0, dtype=np.int64)

    def leave_messages(self) -> None:
        """Decide the fate of those who come while the centre is closed."""
        kind, arrived = self.columns["contact_type"], self.columns["arrived"]
        closed = (arrived >= 0) & (arrived < NEVER)
        for opens, closes in self.drawn.open:
            closed &= (arrived < opens) | (arrived >= closes)
        for number, contact in enumerate(self.drawn.contacts):
            if not _shut(contact) or contact.when_closed is None:
                continue
            rows = np.flatnonzero(closed & (kind == number))
            if contact.when_closed.rule == "bot_only":
                self.links["fate"][rows] = np.where(self.columns["bot"][rows] >= 0, BOT_ONLY, REFUSED)
            elif contact.when_closed.to is None:
                self.links["fate"][rows] = REFUSED
            else:
                targets = np.full(len(rows), self.number_of(contact.when_closed.to))
                self.links["fate"][rows] = LEAVES_MESSAGE
                self.links["next"][rows] = self.append(rows, targets, MESSAGE, _MESSAGE_LEG)
        away = np.flatnonzero(np.isin(self.links["fate"], (REFUSED, LEAVES_MESSAGE)))
        self.columns["bot"][away] = self.columns["bot_outcome"][away] = -1
        self.columns["bot_time"][away] = 0

    def call_back(self) -> None:
        """Draw who would accept to be called back, and every call."""
        outcome, fate = self.columns["bot_outcome"][: self.n_contacts], self.links["fate"][: self.n_contacts]
        asks = self._may_ask(outcome) & (fate == PLAIN)
        for number, contact in enumerate(self.drawn.contacts):
            callback = contact.callback
            if callback is None:
                continue
            rows = np.flatnonzero(asks & (self.columns["contact_type"][: self.n_contacts] == number))
            rows = rows[self.happens("callback", rows, callback.accept, 0)]
            before, column, after = rows, "callback_to", self.delay("callback later", rows, callback.later, 0)
            for number_of_try in range(callback.tries):
                calls = self.append_calls(before)
                self.links[column][before] = calls
                self.links["callback_after" if column == "callback_to" else "after"][before] = after
                misses = self.happens("callback no answer", calls, callback.no_answer, number_of_try)
                self.taken = np.concatenate([self.taken, calls[~misses]])
                before = calls[misses]
                self._ring(before, callback.ring, number_of_try)
                column, after = "next", self.delay("callback again", before, callback.retry_after, number_of_try)

    def _ring(self, rows: Rows, law: Law, number_of_try: int) -> None:
        self.links["fate"][rows] = NO_ANSWER
        self.columns["talk"][rows] = self.delay("callback ring", rows, law, number_of_try)
        self.columns["hold"][rows] = self.columns["wrap"][rows] = 0

    def transfer(self) -> None:
        """Draw who is transferred, from there too, and share the conversation between the agents."""
        reaches = self._may_ask(self.columns["bot_outcome"]) & (self.links["fate"] == PLAIN)
        rows = np.flatnonzero(reaches & (self.links["kind"] != CALL))
        for depth in range(1, len(self.drawn.contacts) + 1):
            rows = self._transferred(rows, depth)
            if not len(rows):
                break
        # a call that is taken goes on as the contact would have done
        origin = self.links["head"][self.taken]
        for name in ("fate", "next"):
            self.links[name][self.taken] = self.links[name][origin]
        solved = ("resolved", "least_skill") if "least_skill" in self.columns else ("resolved",)
        for name in ("talk", "hold", "wrap", *solved):
            self.columns[name][self.taken] = self.columns[name][origin]

    def _transferred(self, rows: Rows, depth: int) -> Rows:
        """Transfer some of *rows*; return the rows of their stays elsewhere."""
        made = [np.zeros(0, dtype=np.int64)]
        for number, contact in enumerate(self.drawn.contacts):
            transfer = contact.transfer
            mine = rows[self.columns["contact_type"][rows] == number]
            if transfer is None or not len(mine):
                continue
            mine = mine[self.happens("transfer", mine, transfer.chance, depth - 1)]
            targets = np.array([self.number_of(name) for name in transfer.to])
            if len(targets) > 1:
                edges = np.cumsum(list(transfer.to.values()))[:-1]
                targets = targets[np.searchsorted(edges, self.uniforms("transfer to", mine, depth - 1), side="right")]
            elsewhere = self.append(mine, np.broadcast_to(targets, len(mine)), TRANSFERRED, depth)
            self.links["fate"][mine] = WARM if transfer.handover == "warm" else COLD
            self.links["next"][mine] = elsewhere
            if transfer.patience == "never":
                self.columns["patience"][elsewhere] = NEVER
            after = None if transfer.after is None else self.delay("transfer after", mine, transfer.after, depth - 1)
            self._share(mine, elsewhere, transfer.share if after is None else after, is_rest=transfer.content == "remaining")
            made.append(elsewhere)
        return np.concatenate(made)

    def spread_over_rounds(self) -> None:
        """Draw the rounds of threads, and how long the customer is away after each but the last."""
        mine = self._may_ask(self.columns["bot_outcome"]) & (self.links["fate"] == PLAIN)
        mine &= np.isin(self.links["kind"], (FIRST, MESSAGE))
        for number, contact in enumerate(self.drawn.contacts):
            rows = np.flatnonzero(mine & (self.columns["contact_type"][: len(mine)] == number))
            if contact.rounds is not None and len(rows):
                law = contact.rounds.replies
                u = np.full(len(rows), 0.5) if turn_counts.is_fixed(law) else self.uniforms("rounds", rows, 0)
                self._spread(rows, turn_counts.count_turns(law, u), contact.rounds.away)

    def _spread(self, rows: Rows, n_rounds: NDArray[np.int64], away: Law) -> None:
        """Cut the work of *rows* into so many rounds; what comes after the last reply stays with it."""
        share = shares_of_work(n_rounds, lambda each, which: self.uniforms(f"round {each}", rows[which], 0))
        work = {name: self.columns[name][rows] for name in ("talk", "wrap", _TALK_ALONE) if name in self.columns}
        before, place = rows.copy(), np.arange(len(rows))
        for each in range(1, int(n_rounds.max()) + 1):
            last = n_rounds[place] == each
            for name in work.keys() - {"wrap"}:
                self.columns[name][before] = parts_of(work[name][place], share[each - 1][place], share[each][place])
            self.columns["wrap"][before] = np.where(last, work["wrap"][place], 0)
            before, place = before[~last], place[~last]
            if len(before):
                following = self.append_like(before, ROUND)
                self.links["fate"][before], self.links["next"][before] = AWAY, following
                self.links["after"][before] = np.maximum(self.delay(f"away {each}", before, away, 0), 1)
                before = following

    def _share(self, rows: Rows, elsewhere: Rows, part: float | Ticks, *, is_rest: bool) -> None:
        """Let talk and hold of *rows* end at the transfer: at a share, or at a moment; the rest goes to *elsewhere*."""
        talk, hold = self.columns["talk"][rows], self.columns["hold"][rows]

        def of(ticks: Ticks) -> Ticks:
            return np.floor(ticks * part + 0.5).astype(np.int64) if isinstance(part, float) else np.minimum(part, ticks)

        kept = of(talk)
        held = of(hold) if isinstance(part, float) else hold * kept // np.maximum(talk, 1)
        self.columns["talk"][rows], self.columns["hold"][rows] = kept, held
        if _TALK_ALONE in self.columns:
            self.columns[_TALK_ALONE][rows] = of(self.columns[_TALK_ALONE][rows])
        if is_rest:
            self.columns["talk"][elsewhere], self.columns["hold"][elsewhere] = talk - kept, hold - held

    def finished(self) -> Columns:
        """Return the columns of Chains, with row numbers of the whole demand."""
        for name in ("next", "callback_to"):
            self.links[name][self.links[name] >= 0] += self.first
        if _TALK_ALONE in self.columns:  # no bot will take a further row
            behind = slice(self.n_contacts, None)
            for name in ("talk", "resolved"):
                self.columns[f"bot_terms.{name}"][behind] = self.columns[name][behind]
        return {**self.links, "head": self.links["head"] + self.first}

    def _may_ask(self, outcome: NDArray[np.int8]) -> NDArray[np.bool_]:
        """Whether each contact may ask for a human: all do whom a bot with few places may not take."""
        return np.isin(outcome, (-1, _HANDED_OFF)) | (_TALK_ALONE in self.columns)


def joined(levels: Sequence[Columns]) -> Chains:
    """Return the chains of all levels."""
    return Chains(**{field.name: np.concatenate([level[field.name] for level in levels]) for field in fields(Chains)})
