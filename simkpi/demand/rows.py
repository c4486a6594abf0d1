"""The rows of one replication: every random quantity of every customer, drawn before the run, in columns of whole ticks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simkpi.scenario.rosters import Roster

Ticks = NDArray[np.int64]

#: A moment that never comes (and the patience of a customer who never leaves), in ticks.
NEVER = 1 << 62


@dataclass(frozen=True)
class Returns:
    """Who may come back, and when: the rows behind the fresh contacts are further contacts that may or may not come about.

    All arrays have shape (n_contacts,), further contacts included.

    Parameters
    ----------
    n_fresh : int
        Rows of fresh contacts; those that follow are further contacts, whose ``arrived`` is ``NEVER`` until the run.
    case : ndarray of int64
        Row of the case's first contact.
    attempt : ndarray of int64
        Contacts of the case before this one; 0 = fresh.
    redial_to, redial_after : ndarray of int64
        Row of the contact that follows a failed attempt (-1 = none), and the ticks between them.
    return_to, return_after : ndarray of int64
        The same for a contact that ended without solving the case.
    chase_to, chase_after : ndarray of int64, or None
        Row of the contact by which the customer asks again who still waits so many ticks after entering the queue (-1 = none).
        None = nobody does.
    """

    n_fresh: int
    case: NDArray[np.int64]
    attempt: NDArray[np.int64]
    redial_to: NDArray[np.int64]
    redial_after: Ticks
    return_to: NDArray[np.int64]
    return_after: Ticks
    chase_to: NDArray[np.int64] | None = None
    chase_after: Ticks | None = None


#: What a row stands for: the contact itself; the message it leaves instead; a call back; a stay in a further queue; a further
#: round of a thread.
FIRST, MESSAGE, CALL, TRANSFERRED, ROUND = range(5)
#: What becomes of a row: nothing special; goes on by the next row when the conversation ends (if warm, the agent stays until a
#: colleague picks up); nobody takes the call, so that the next one follows; leaves a message instead; is refused; is refused
#: unless the bot ends it; is parked until the customer writes again.
PLAIN, COLD, WARM, NO_ANSWER, LEAVES_MESSAGE, REFUSED, BOT_ONLY, AWAY = range(8)


@dataclass(frozen=True)
class Chains:
    """How contacts go on by further rows, which come about only if the run gets there.

    All arrays have shape (n_rows,); rows of kind ``FIRST`` are the contacts.

    Parameters
    ----------
    head : ndarray of int64
        Row of the contact that each row belongs to.
    kind : ndarray of int8
        ``FIRST``, ``MESSAGE``, ``CALL``, ``TRANSFERRED`` or ``ROUND``.
    fate : ndarray of int8
        ``PLAIN``, ``COLD``, ``WARM``, ``NO_ANSWER``, ``LEAVES_MESSAGE``, ``REFUSED``, ``BOT_ONLY`` or ``AWAY``.
    next : ndarray of int64
        Row by which it goes on, -1 = none.
    after : ndarray of int64, ticks
        From the end of a call that nobody takes to the next one, or from a reply to the customer's next message.
    callback_to, callback_after : ndarray of int64, ticks
        Row of the first call back, -1 = the customer would not accept, and the ticks until then.
    """

    head: NDArray[np.int64]
    kind: NDArray[np.int8]
    fate: NDArray[np.int8]
    next: NDArray[np.int64]
    after: Ticks
    callback_to: NDArray[np.int64]
    callback_after: Ticks


@dataclass(frozen=True)
class Duty:
    """What chance does to the agents' time in one replication; what is not here is as planned.

    Parameters
    ----------
    roster : Roster or None
        Timetables of all agents who have one, absences, lateness and moments away included.
    head_counts : dict of int to tuple of (tick, count)
        By number of the crew, of counted agents some of whom are absent: when the head-count changes, and to what.
    """

    roster: Roster | None
    head_counts: dict[int, tuple[tuple[int, int], ...]]


@dataclass(frozen=True)
class Visits:
    """Visits to the site, in the order in which they begin; arrays of shape (n_visits,).

    Parameters
    ----------
    contact_type : ndarray of int16
        Contact type to which the visit may lead.
    customer : ndarray of uint64
        Identity of the visitor within the contact type.
    started, ended : ndarray of int64, ticks
        The visit; ``NEVER`` as end = it lasts as long as the contact.
    invite_at : ndarray of int64, ticks
        When an invitation would be shown; ``NEVER`` = none.
    row : ndarray of int64
        Row of the contact: of those who ask by themselves, and of those who would accept an invitation; -1 = neither.
    buys : ndarray of bool
        Whether the visit ends in a sale if it leads to no contact.
    """

    contact_type: NDArray[np.int16]
    customer: NDArray[np.uint64]
    started: Ticks
    ended: Ticks
    invite_at: Ticks
    row: NDArray[np.int64]
    buys: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.started)


@dataclass(frozen=True)
class ChatRows:
    """The turns of chats that are simulated message by message; replies of all contacts one after the other.

    Parameters
    ----------
    replies, first : ndarray of int64, shape (n_contacts,)
        Replies by the agent until the matter is settled (0 = not message by message), and the place of the first.
    done : ndarray of int64, shape (n_replies,), millionths
        Share of the contact's talk time that is spent after each reply; the last is 1,000,000.
    gap : ndarray of int64, shape (n_replies,), ticks
        From each reply to the customer's next message; ``NEVER`` after the last, or if the customer writes no more.
    customer_messages, agent_messages : ndarray of int64, shape (n_replies,), or None
        Messages that are written at a time, before and as each reply; None = always one.
    """

    replies: NDArray[np.int64]
    first: NDArray[np.int64]
    done: NDArray[np.int64]
    gap: Ticks
    customer_messages: NDArray[np.int64] | None = None
    agent_messages: NDArray[np.int64] | None = None

    def of(self, rows: NDArray[np.int64]) -> ChatRows:
        """Return the turns of these contacts; places of replies stay as they are."""
        return replace(self, replies=self.replies[rows], first=self.first[rows])


@dataclass(frozen=True)
class BotTerms:
    """What only the run decides about bots: whether the bot takes a contact, and what the contact is like if it does not.

    All arrays have shape (n_contacts,); contacts whose ``bot`` is -1 have the ``talk`` and ``resolved`` of their rows.

    Parameters
    ----------
    talk : ndarray of int64, ticks
        Talk time of a contact that the bot did not take.
    resolved : ndarray of bool
        Whether an agent then solves the case.
    tried_from, tried_until : ndarray of int64, ticks
        When the customer is willing to try the bot (the whole time, unless the bot's adoption changes).
    """

    talk: Ticks
    resolved: NDArray[np.bool_]
    tried_from: Ticks
    tried_until: Ticks


@dataclass(frozen=True)
class Demand:
    """One row per customer in order of arrival (then contact type, then identity); the row number is the contact's id.

    All arrays have shape (n_contacts,). Ticks are whole milliseconds from the horizon's start.

    Parameters
    ----------
    contact_types : tuple of str
        Names that ``contact_type`` indexes, in the scenario's order.
    contact_type : ndarray of int16
        Index of the contact type.
    arrived : ndarray of int64, ticks
        First sign of the contact; negative = it waits in the queue when the horizon begins.
    talk, hold, wrap : ndarray of int64, ticks
        Work content for an agent of normal speed.
    patience : ndarray of int64, ticks
        How long the customer would wait; 0 = leaves unless answered at once, ``NEVER`` = never leaves.
    bot : ndarray of int16
        Index of the bot that takes the contact first, -1 = none.
    bot_time : ndarray of int64, ticks
        Length of the bot session as it will end in this scenario.
    bot_outcome : ndarray of int8
        Index into ``simkpi.interactions.columns.BOT_OUTCOMES``, -1 = no bot.
    resolved : ndarray of bool
        Whether a human answer (or, for a contained contact, the bot) solves the case.
    customer : ndarray of uint64
        Identity of the customer within the contact type; equal in every scenario of the same world.
    returns : Returns or None
        Further contacts of the same cases; None = nobody comes back. If given, the rows from ``returns.n_fresh`` on are further
        contacts: contact type, work content and the like are theirs, ``customer`` is the first contact's.
    longest_queue : ndarray of int64, or None
        Most contacts waiting at which the customer still joins the queue; None = everybody joins any queue.
    bot_reply : ndarray of int64, ticks, or None
        From the start of the bot session to the bot's first reply; None = at once.
    bot_terms : BotTerms or None
        What the run must know to decide whether the bot takes a contact; None = it takes all whose ``bot`` is not -1.
    balk_above : ndarray of int64, ticks, or None
        Longest announced wait with which the customer joins the queue; None = nobody minds.
    noticed : ndarray of int64, ticks, or None
        How long it takes an agent to notice that the customer has left, ``NEVER`` = customers who tell; None = all tell.
    quiet : ndarray of int64, ticks, or None
        How much longer the wrap-up takes if nobody waits when it ends; None = it never does.
    chains : Chains or None
        Further rows of the same contacts; None = every contact is one row. If given, so is ``returns``: further rows lie
        behind the fresh contacts.
    visits : Visits or None
        Visits to the site behind the contacts; None = not simulated. Rows of visitors who would accept an invitation follow the
        contacts that come by themselves; then ``returns`` is given.
    chats : ChatRows or None
        Turns of the chats that are simulated message by message; None = there are none.
    responses : dict of str to ndarray, or None
        Uniform numbers behind surveys, sales and loyalty (see :mod:`simkpi.demand.responses`); None = not simulated.
    duty : Duty or None
        The agents' absences, lateness and adherence; None = all as planned.
    least_skill : ndarray of int64, ppm, or None
        Smallest factor on resolution with which an agent's answer solves the case; None = all agents are alike (``resolved``).
    """

    contact_types: tuple[str, ...]
    contact_type: NDArray[np.int16]
    arrived: Ticks
    talk: Ticks
    hold: Ticks
    wrap: Ticks
    patience: Ticks
    bot: NDArray[np.int16]
    bot_time: Ticks
    bot_outcome: NDArray[np.int8]
    resolved: NDArray[np.bool_]
    customer: NDArray[np.uint64]
    returns: Returns | None = None
    longest_queue: NDArray[np.int64] | None = None
    balk_above: Ticks | None = None
    noticed: Ticks | None = None
    quiet: Ticks | None = None
    chains: Chains | None = None
    responses: dict[str, NDArray[np.float64]] | None = None
    duty: Duty | None = None
    bot_reply: Ticks | None = None
    bot_terms: BotTerms | None = None
    least_skill: NDArray[np.int64] | None = None
    chats: ChatRows | None = None
    visits: Visits | None = None

    def __len__(self) -> int:
        return len(self.arrived)


def case_column(returns: Returns, chains: Chains | None) -> NDArray[np.int64]:
    """Return the case of each row; negative (-1 - case) = a row by which a contact goes on.

    A contact that is transferred, or called back, is not for the agent who handled it; whoever handles it then is the last. A
    further round of a thread is.
    """
    if chains is None:
        return np.ascontiguousarray(returns.case, np.int64)
    return np.where(np.isin(chains.kind, (FIRST, ROUND)), returns.case, -1 - returns.case[chains.head])
