"""Every stay of a contact with a bot, in a queue or with an agent: from the log's columns, and from the legs written down."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import AWAY, COLD, NEVER, NO_ANSWER, WARM, Demand, Ticks
from simkpi.engine.chains import is_gone, meets_bot
from simkpi.engine.recorder import (
    AGENT_LEG,
    ANSWERED,
    BOT_LEG,
    CALLBACK,
    CONTAINED,
    GAVE_UP,
    GOES_ON,
    HANDED_OFF,
    OPEN,
    PARKED,
    QUEUE_LEG,
    TRANSFERRED,
    WRAP_LEG,
    EngineLog,
)
from simkpi.engine.recorder import NO_ANSWER as NO_ANSWER_LEG
from simkpi.interactions.columns import BOT_OUTCOMES

_BOT_ENDS = {"contained": CONTAINED, "handed_off": HANDED_OFF, "gave_up": GAVE_UP}
#: How a bot's leg ended, by its outcome, and last: not yet.
_ENDS_OF_BOT = np.array([*(_BOT_ENDS[outcome] for outcome in BOT_OUTCOMES), OPEN], dtype=np.int8)


class Legs(NamedTuple):
    """Stays as arrays of one length, by contact, then time; the columns of the log's legs."""

    contact: NDArray[np.int64]
    kind: NDArray[np.int64]
    place: NDArray[np.int64]
    start: Ticks
    end: Ticks
    how: NDArray[np.int64]

    def of(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Legs:
        """Return the chosen stays."""
        return Legs(*(column[chosen] for column in self))


def legs_of(demand: Demand, log: EngineLog, bot_ended: Ticks) -> Legs:
    """Return the stays of all contacts.

    Parameters
    ----------
    demand, log : Demand, EngineLog
        The contacts that came about, and what happened to them.
    bot_ended : ndarray of int64, shape (n_contacts,), ticks
        When the bot's part was over; ``NEVER`` = no bot, or the run ended first.

    Returns
    -------
    Legs
        A leg that lasted when the run ended has no end (``NEVER``) and ends in ``OPEN``.
    """
    derived = _from_columns(demand, log, bot_ended)
    written = Legs(
        *(
            np.asarray(column, dtype=np.int64)
            for column in (log.leg_contact, log.leg_kind, log.leg_place, log.leg_from, log.leg_to, log.leg_end)
        )
    )
    if len(written.contact):
        n_kinds = WRAP_LEG + 1
        replaced = np.isin(derived.contact * n_kinds + derived.kind, written.contact * n_kinds + written.kind)
        derived = Legs(*map(np.concatenate, zip(derived.of(~replaced), written, strict=True)))
    return derived.of(np.lexsort((derived.kind, derived.start, derived.contact)))


def pieces_of(demand: Demand, log: EngineLog) -> Legs:
    """Return the stays with agents, wrap-up included: what work on a contact is made of, piece by piece."""
    legs = legs_of(demand, log, np.full(len(demand), NEVER))
    return legs.of((legs.kind == AGENT_LEG) | (legs.kind == WRAP_LEG))


def spent(log: EngineLog, kind: int, elapsed: Ticks) -> Ticks:
    """Return the ticks that agents spent on each contact, of that *kind* of leg: *elapsed*, unless there were several pieces."""
    mine = (log.leg_kind == kind) & (log.leg_to < NEVER)
    if not mine.any():
        return elapsed
    contact = log.leg_contact[mine]
    pieces = np.zeros(len(elapsed), dtype=np.int64)
    np.add.at(pieces, contact, (log.leg_to - log.leg_from)[mine])
    return np.where(np.isin(np.arange(len(elapsed)), contact), pieces, elapsed)


def _from_columns(demand: Demand, log: EngineLog, bot_ended: Ticks) -> Legs:
    """At most one stay of each kind, in the order of a simple contact's life."""
    gone = is_gone(demand, log)
    is_answered = (log.answered < NEVER) & ~gone
    in_bot = np.where(meets_bot(demand, log), log.bot_started if len(log.bot_started) else demand.arrived, NEVER)
    end_of_bot = _ENDS_OF_BOT[np.where(bot_ended < NEVER, demand.bot_outcome, -1)]
    is_away = np.zeros(len(demand), dtype=np.bool_)
    of_queue, of_agent = np.where(is_answered, ANSWERED, log.outcome), log.outcome.copy()
    if demand.chains is not None:
        of_queue[log.outcome == GOES_ON] = CALLBACK
        of_agent[np.isin(demand.chains.fate, (COLD, WARM)) & (demand.chains.next >= 0) & is_answered] = TRANSFERRED
        of_agent[(demand.chains.fate == NO_ANSWER) & (log.outcome == ANSWERED)] = NO_ANSWER_LEG
        is_away = (demand.chains.fate == AWAY) & is_answered
        of_agent[is_away & (log.ended < NEVER)] = PARKED
    end_at_agent = np.where(gone, log.wrapped, log.ended)
    stays: list[tuple[int, NDArray[Any], Ticks, Ticks, NDArray[Any]]] = [
        (BOT_LEG, demand.bot, in_bot, bot_ended, end_of_bot),
        (QUEUE_LEG, demand.contact_type, log.queued, np.where(gone, log.ended, np.minimum(log.answered, log.ended)), of_queue),
        (AGENT_LEG, log.agent, log.answered, end_at_agent, of_agent),
        (
            WRAP_LEG,
            log.agent,
            np.where(is_answered & ~is_away, log.ended, NEVER),
            log.wrapped,
            np.where(log.wrapped < NEVER, ANSWERED, OPEN),
        ),
    ]
    parts: list[list[NDArray[np.int64]]] = []
    for kind, place, start, end, how in stays:
        rows = np.flatnonzero(start < NEVER)
        columns = (rows, np.full(len(rows), kind), place[rows], start[rows], end[rows], how[rows])
        parts.append([column.astype(np.int64) for column in columns])
    return Legs(*map(np.concatenate, zip(*parts, strict=True)))
