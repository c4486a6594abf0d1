"""What an engine writes down: ticks and small numbers per contact, and the agents' states; nothing derived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Ticks
from simkpi.interactions.columns import AGENT_STATES, OUTCOMES
from simkpi.scenario.crews import KINDS

ANSWERED, ABANDONED, BLOCKED, REFUSED, CONTAINED, GAVE_UP, OPEN = range(len(OUTCOMES))
#: The row is over and the contact goes on by another one (a message left, a call back).
GOES_ON = len(OUTCOMES)
#: Agent states as an engine writes them.
STATES = AGENT_STATES["state"].values
WORK, OVERTIME = STATES.index("work"), STATES.index("overtime")
#: State of an agent in each kind of pause (``simkpi.scenario.crews.KINDS``).
PAUSED = tuple(STATES.index(kind) for kind in KINDS)
#: Kinds of legs as an engine writes them (``simkpi.interactions.columns.LEGS``).
LEG_KINDS = ("bot", "queue", "agent", "wrap")
BOT_LEG, QUEUE_LEG, AGENT_LEG, WRAP_LEG = range(len(LEG_KINDS))
#: How a leg ended: like the contact, or so that the contact goes on elsewhere.
LEG_ENDS = (*OUTCOMES, "handed_off", "transferred", "callback", "no_answer", "interrupted", "handed_back", "parked")
HANDED_OFF, TRANSFERRED, CALLBACK, NO_ANSWER, INTERRUPTED, HANDED_BACK, PARKED = range(len(OUTCOMES), len(LEG_ENDS))


@dataclass(frozen=True)
class EngineLog:
    """What happened in one replication.

    Contact arrays have shape (n_contacts,), in the order of the demand's rows; a moment that did not come is ``NEVER``.
    Agent arrays have one entry per stay of an agent in a state, by agent, then time.

    Parameters
    ----------
    engine : str
        Name of the engine that made it.
    queued, answered, ended, wrapped : ndarray of int64, ticks
        Entered the queue; agent picks up; conversation ends or the customer leaves; after-contact work ends.
    agent : ndarray of int32
        Agent over all teams, -1 = none.
    team : ndarray of int16
        Team, -1 = none.
    outcome : ndarray of int8
        Index into ``simkpi.interactions.columns.OUTCOMES``, or ``GOES_ON``.
    overflowed : ndarray of bool
        Answered by a team that had to wait for it.
    state_agent : ndarray of int32
        Agent.
    state : ndarray of int8
        Index into ``STATES``.
    state_from, state_to : ndarray of int64, ticks
        The stay.
    leg_contact : ndarray of int32
        Stays of contacts that the columns above can not tell, by contact, then time: whatever kinds of legs a contact has here
        take the place of those that follow from its row. Empty unless a feature of the model makes such stays.
    leg_kind, leg_place : ndarray of int8, int32
        Index into ``LEG_KINDS``; number of the bot, contact type (queue) or agent.
    leg_from, leg_to : ndarray of int64, ticks
        The stay; ``NEVER`` = the run ended first.
    leg_end : ndarray of int8
        Index into ``LEG_ENDS``.
    message_at, reply_at : ndarray of int64, shape (n_replies,), ticks
        Of chats message by message, in the order of the replies of ``Demand.chats``: when the customer wrote, when the agent had
        replied. Empty = there are no such chats.
    invited : ndarray of bool, shape (n_visits,)
        Whether each visitor of ``Demand.visits`` was shown an invitation. Empty = nobody.
    bot_started : ndarray of int64, ticks
        When the bot took the contact, ``NEVER`` = it did not. Empty = it took every contact that has one, at its arrival.
    """

    engine: str
    queued: Ticks
    answered: Ticks
    ended: Ticks
    wrapped: Ticks
    agent: NDArray[np.int32]
    team: NDArray[np.int16]
    outcome: NDArray[np.int8]
    overflowed: NDArray[np.bool_]
    state_agent: NDArray[np.int32]
    state: NDArray[np.int8]
    state_from: Ticks
    state_to: Ticks
    leg_contact: NDArray[np.int32]
    leg_kind: NDArray[np.int8]
    leg_place: NDArray[np.int32]
    leg_from: Ticks
    leg_to: Ticks
    leg_end: NDArray[np.int8]
    message_at: Ticks = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    reply_at: Ticks = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    invited: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    bot_started: Ticks = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.queued)


class Recorder:
    """Plain lists that an engine written in Python fills (faster to write than arrays), one entry per contact."""

    def __init__(self, n_contacts: int) -> None:
        self.queued = [NEVER] * n_contacts
        self.answered = [NEVER] * n_contacts
        self.ended = [NEVER] * n_contacts
        self.wrapped = [NEVER] * n_contacts
        self.agent = [-1] * n_contacts
        self.team = [-1] * n_contacts
        self.outcome = [OPEN] * n_contacts
        self.overflowed = [False] * n_contacts
        #: Whether each visitor was invited; empty = nobody could be.
        self.invited: list[bool] = []
        #: Messages and replies of chats message by message.
        self.message_at: list[int] = []
        self.reply_at: list[int] = []
        #: When the bot took each contact; empty unless only the run can tell.
        self.bot_started: list[int] = []
        #: (agent, from, to, state)
        self.states: list[tuple[int, int, int, int]] = []
        #: (contact, from, to, kind, place, end): only what the columns above can not tell.
        self.legs: list[tuple[int, int, int, int, int, int]] = []

    def log(self, engine: str, *, stop: int | None = None) -> EngineLog:
        """Return the columns as arrays; with *stop*, whatever lies at that tick or beyond has not happened."""
        states = np.array(sorted(self.states), dtype=np.int64).reshape(-1, 4)
        answered, ended, wrapped = (np.array(ticks, dtype=np.int64) for ticks in (self.answered, self.ended, self.wrapped))
        outcome = np.array(self.outcome, dtype=np.int8)
        legs = np.array(self.legs, dtype=np.int64).reshape(-1, 6)
        if stop is not None:
            outcome[ended >= stop] = OPEN
            ended[ended >= stop] = NEVER
            wrapped[wrapped >= stop] = NEVER
        return EngineLog(
            engine=engine,
            queued=np.array(self.queued, dtype=np.int64),
            answered=answered,
            ended=ended,
            wrapped=wrapped,
            agent=np.array(self.agent, dtype=np.int32),
            team=np.array(self.team, dtype=np.int16),
            outcome=outcome,
            overflowed=np.array(self.overflowed, dtype=np.bool_),
            state_agent=states[:, 0].astype(np.int32),
            state=states[:, 3].astype(np.int8),
            state_from=states[:, 1].copy(),
            state_to=states[:, 2].copy(),
            **leg_columns(tuple(legs.T), stop=stop),
            invited=np.array(self.invited, dtype=np.bool_),
            message_at=np.array(self.message_at, dtype=np.int64),
            reply_at=np.array(self.reply_at, dtype=np.int64),
            bot_started=np.array(self.bot_started, dtype=np.int64),
        )


def leg_columns(legs: Sequence[Ticks], *, stop: int | None) -> dict[str, NDArray[Any]]:
    """Return the columns of :class:`EngineLog` for legs in any order, given by the columns of ``Recorder.legs``.

    What lies at *stop* or beyond has not happened.
    """
    contact, start, end, kind, place, how = legs
    if stop is not None:
        kept = start < stop
        contact, start, end, kind, place, how = (column[kept] for column in (contact, start, end, kind, place, how))
        how, end = np.where(end >= stop, OPEN, how), np.where(end >= stop, NEVER, end)
    order = np.lexsort((how, place, kind, end, start, contact))
    return {
        "leg_contact": contact[order].astype(np.int32),
        "leg_kind": kind[order].astype(np.int8),
        "leg_place": place[order].astype(np.int32),
        "leg_from": start[order],
        "leg_to": end[order],
        "leg_end": how[order].astype(np.int8),
    }
