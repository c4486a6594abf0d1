"""What an engine writes down: ticks and small numbers per contact, and the agents' states; nothing derived."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Ticks
from simkpi.interactions.columns import OUTCOMES

ANSWERED, ABANDONED, BLOCKED, REFUSED, CONTAINED, GAVE_UP, OPEN = range(len(OUTCOMES))
#: Agent states as an engine writes them.
STATES = ("work", "overtime")
WORK, OVERTIME = range(len(STATES))


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
        Index into ``simkpi.interactions.columns.OUTCOMES``.
    overflowed : ndarray of bool
        Answered by a team that had to wait for it.
    state_agent : ndarray of int32
        Agent.
    state : ndarray of int8
        Index into ``STATES``.
    state_from, state_to : ndarray of int64, ticks
        The stay.
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
        #: (agent, from, to, state)
        self.states: list[tuple[int, int, int, int]] = []

    def log(self, engine: str, *, stop: int | None = None) -> EngineLog:
        """Return the columns as arrays; with *stop*, whatever lies at that tick or beyond has not happened."""
        states = np.array(sorted(self.states), dtype=np.int64).reshape(-1, 4)
        answered, ended, wrapped = (np.array(ticks, dtype=np.int64) for ticks in (self.answered, self.ended, self.wrapped))
        outcome = np.array(self.outcome, dtype=np.int8)
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
        )
