"""From the further rows of contacts that were drawn to those that came about: derived from the log, by no engine's code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import AWAY, COLD, FIRST, LEAVES_MESSAGE, NEVER, NO_ANSWER, WARM, Chains, Demand, Ticks
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import ABANDONED, ANSWERED, BLOCKED, GOES_ON, EngineLog

#: ``Chains.next`` of a row that is to go on after the horizon's end.
TOO_LATE = -2


def opened(numbers: Plan, moment: Ticks) -> Ticks:
    """Carry moments at which the centre is closed into the opening span that follows (see ``Plan.comes_at``)."""
    came = np.full(len(moment), NEVER)
    closed_from = 0
    for opens, closes in numbers.open:
        early, inside = (moment >= closed_from) & (moment < opens), (moment >= opens) & (moment < closes)
        came[inside] = moment[inside]
        came[early] = opens + (moment[early] - closed_from) * (closes - opens) // max(opens - closed_from, 1)
        closed_from = closes
    return np.where(came < numbers.horizon, came, NEVER)


def is_gone(demand: Demand, log: EngineLog) -> NDArray[np.bool_]:
    """Whether the customer of each row left the queue without telling, so that the row kept its place there."""
    if demand.noticed is None:
        return np.zeros(len(demand), dtype=np.bool_)
    # who leaves at once never enters the queue
    return np.asarray((log.outcome == ABANDONED) & (demand.noticed < NEVER) & (log.ended > log.queued))


def meets_bot(demand: Demand, log: EngineLog) -> NDArray[np.bool_]:
    """Whether a bot takes each row: not if all lines are busy."""
    is_blocked = (log.outcome == BLOCKED) & (log.queued >= NEVER) & (log.ended == demand.arrived)
    return np.asarray((demand.bot >= 0) & ~is_blocked)


def left_queue(demand: Demand, log: EngineLog) -> Ticks:
    """Moment at which each row's place in the queue becomes free, ``NEVER`` if it does not."""
    return np.where(is_gone(demand, log), log.answered, np.minimum(log.answered, log.ended))


def goes_elsewhere(demand: Demand) -> NDArray[np.bool_]:
    """Whether what follows each row, once answered, is up to the row by which it goes on."""
    if demand.chains is None:
        return np.zeros(len(demand), dtype=np.bool_)
    return np.isin(demand.chains.fate, (COLD, WARM, NO_ANSWER, AWAY))


def is_unreached(demand: Demand, log: EngineLog) -> NDArray[np.bool_]:
    """Whether each row is the last call to a customer who took none."""
    if demand.chains is None:
        return np.zeros(len(demand), dtype=np.bool_)
    last = (demand.chains.fate == NO_ANSWER) & (demand.chains.next == -1)
    return np.asarray(last & (log.outcome == ANSWERED) & (log.wrapped < NEVER))


def goes_on(numbers: Plan, demand: Demand, log: EngineLog) -> tuple[NDArray[np.int64], Ticks]:
    """Row by which each row goes on, -1 = none, and the moment, ``NEVER`` if it lies beyond the horizon."""
    row, moment = np.full(len(demand), -1), np.full(len(demand), NEVER)
    chains = demand.chains
    if chains is None:
        return row, moment
    answered, over = log.outcome == ANSWERED, log.ended < NEVER
    cases = [
        ((log.outcome == GOES_ON) & (chains.fate == LEAVES_MESSAGE) & over, chains.next, log.ended, None),
        ((log.outcome == GOES_ON) & (chains.fate != LEAVES_MESSAGE) & over, chains.callback_to, log.ended, chains.callback_after),
        (np.isin(chains.fate, (COLD, WARM)) & answered & over, chains.next, log.ended, None),
        ((chains.fate == NO_ANSWER) & answered & (log.wrapped < NEVER), chains.next, log.wrapped, chains.after),
        ((chains.fate == AWAY) & answered & (log.wrapped < NEVER), chains.next, log.wrapped, None),
    ]
    for chosen, to, begins, after in cases:
        rows = np.flatnonzero(chosen & (to >= 0))
        row[rows], moment[rows] = to[rows], begins[rows]
        if after is not None:
            # who keeps the place in the queue goes on at once, the others when the centre is open
            late = rows[(after[rows] > 0) | (chains.fate[rows] == NO_ANSWER)]
            moment[late] = opened(numbers, begins[late] + after[late])
    # customers write at any hour
    away = np.flatnonzero((chains.fate == AWAY) & (moment < NEVER))
    moment[away] += chains.after[away]
    moment[away[moment[away] >= numbers.horizon]] = NEVER
    return row, moment


def chains_of(
    numbers: Plan, demand: Demand, log: EngineLog, *, rows: NDArray[np.int64], number: NDArray[np.int64]
) -> Chains | None:
    """Return the chains of the *rows* that came about, in the order of their new *number*.

    ``next`` is the row by which each went on indeed: -1 = by none, ``TOO_LATE`` = it would have, after the horizon's end.
    """
    chains = demand.chains
    if chains is None:
        return None
    to, moment = goes_on(numbers, demand, log)
    follows = np.where(moment[rows] < NEVER, number[to[rows]], np.where(to[rows] >= 0, TOO_LATE, -1))
    return Chains(
        head=number[chains.head[rows]],
        kind=chains.kind[rows],
        fate=chains.fate[rows],
        next=follows,
        after=chains.after[rows],
        callback_to=np.where(chains.callback_to[rows] >= 0, number[chains.callback_to[rows]], -1),
        callback_after=chains.callback_after[rows],
    )


def contact_numbers(demand: Demand) -> NDArray[np.int64]:
    """Return the number of the contact that each row belongs to: contacts in the order of their first rows."""
    if demand.chains is None:
        return np.arange(len(demand))
    first = np.cumsum(demand.chains.kind == FIRST) - 1
    return np.asarray(first[demand.chains.head], dtype=np.int64)
