"""From the further contacts that were drawn to those that came about: derived from the log, by no engine's code."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import FIRST, NEVER, BotTerms, Demand, Returns, Ticks
from simkpi.engine.chains import chains_of, goes_elsewhere, goes_on, is_unreached, left_queue, opened
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import ABANDONED, ANSWERED, BLOCKED, CONTAINED, GAVE_UP, REFUSED, EngineLog
from simkpi.engine.resolution import is_resolved

_FAILED, _HANDLED = (ABANDONED, BLOCKED, REFUSED, GAVE_UP), (ANSWERED, CONTAINED)


def has_failed(demand: Demand, log: EngineLog) -> NDArray[np.bool_]:
    """Whether each contact ended without any answer, so that a further one is a redial."""
    return np.isin(log.outcome, _FAILED) & (log.ended < NEVER) | is_unreached(demand, log)


def comes_back(numbers: Plan, demand: Demand, log: EngineLog) -> tuple[NDArray[np.int64], Ticks]:
    """Row by which each contact is followed and the moment, ``NEVER`` if it lies beyond the horizon.

    Returns
    -------
    row : ndarray of int64, shape (n_contacts,)
        -1 = nobody comes back (yet).
    moment : ndarray of int64, shape (n_contacts,), ticks
        After a failed attempt, counted from its end; after a handled contact, from the end of the work on it; in the next
        opening span if the centre is closed then.
    """
    returns = demand.returns
    if returns is None:
        return np.full(len(demand), -1), np.full(len(demand), NEVER)
    demand = as_met(demand, log)
    failed, over = has_failed(demand, log), np.where(log.outcome == ANSWERED, log.wrapped, log.ended)
    handled = np.isin(log.outcome, _HANDLED) & (over < NEVER) & ~(goes_elsewhere(demand) & (log.outcome == ANSWERED))
    if demand.bot_terms is not None or demand.least_skill is not None:
        handled &= ~is_resolved(numbers, demand, log)
    row = np.where(failed, returns.redial_to, np.where(handled, returns.return_to, -1))
    after = np.where(failed, returns.redial_after, returns.return_after)
    moment = np.full(len(demand), NEVER)
    moment[row >= 0] = (np.where(failed & (log.outcome != ANSWERED), log.ended, over) + after)[row >= 0]
    return row, opened(numbers, moment)


def as_met(demand: Demand, log: EngineLog) -> Demand:
    """Return the contacts as they were: those that no bot took without one."""
    terms = demand.bot_terms
    if terms is None or not len(log.bot_started):
        return demand
    met = log.bot_started < NEVER
    return replace(
        demand,
        talk=np.where(met, demand.talk, terms.talk),
        resolved=np.where(met, demand.resolved, terms.resolved),
        bot=np.where(met, demand.bot, -1),
        bot_time=np.where(met, demand.bot_time, 0),
        bot_outcome=np.where(met, demand.bot_outcome, -1),
    )


def arrivals(numbers: Plan, demand: Demand, log: EngineLog) -> Ticks:
    """Moment at which each contact arrived, further contacts included; ``NEVER`` = it did not come about."""
    if demand.returns is None:
        return demand.arrived
    arrived = demand.arrived.copy()
    row, moment = comes_back(numbers, demand, log)
    came = moment < NEVER
    arrived[row[came]] = moment[came]
    row, moment = goes_on(numbers, demand, log)
    came = moment < NEVER
    arrived[row[came]] = moment[came]
    if demand.visits is not None and len(log.invited):
        accepted = log.invited & (demand.visits.row >= 0)
        arrived[demand.visits.row[accepted]] = demand.visits.invite_at[accepted]
    row, moment = asks_again(numbers, demand, log)
    came = moment < NEVER
    arrived[row[came]] = moment[came]
    return arrived


def asks_again(numbers: Plan, demand: Demand, log: EngineLog) -> tuple[NDArray[np.int64], Ticks]:
    """Row by which each customer who waits asks again, -1 = none, and the moment, ``NEVER`` = does not, or too late."""
    returns, moment = demand.returns, np.full(len(demand), NEVER)
    if returns is None or returns.chase_to is None or returns.chase_after is None:
        return np.full(len(demand), -1), moment
    row = returns.chase_to
    waits = (row >= 0) & (log.queued < NEVER)
    moment[waits] = np.maximum(log.queued, 0)[waits] + returns.chase_after[waits]
    moment = opened(numbers, moment)
    left = left_queue(demand, log)
    # at the very tick at which the wait ends, what the chase-up did in the log tells which came first
    acts = ((log.queued < NEVER) | (log.ended < NEVER))[row]
    return row, np.where(waits & ((left > moment) | ((left == moment) & acts)), moment, NEVER)


def realised(numbers: Plan, demand: Demand, log: EngineLog) -> tuple[Demand, EngineLog, NDArray[np.int64]]:
    """Return the contacts that came about, in the order of arrival, their part of the log, and their rows in *demand*.

    Where nobody comes back both are returned as they are. Otherwise ``returns.case`` holds the new row numbers, and
    ``redial_to`` and ``return_to`` what followed indeed: -1 if it lies beyond the horizon or did not happen.
    """
    demand = as_met(demand, log)
    returns = demand.returns
    if returns is None:
        return demand, log, np.arange(len(demand))
    arrived = arrivals(numbers, demand, log)
    rows = np.flatnonzero(arrived < NEVER)
    # at the same tick those who come back are before the fresh ones (order.Kind); rows of one contact follow one another
    later = (rows < returns.n_fresh).astype(np.int8)
    if demand.chains is not None:
        later[demand.chains.kind[rows] != FIRST] = 2
    rows = rows[np.lexsort((rows, later, arrived[rows]))]
    number = np.full(len(demand) + 1, -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    follows, failed = number[comes_back(numbers, demand, log)[0][rows]], has_failed(demand, log)[rows]
    kept = Returns(
        n_fresh=returns.n_fresh,
        case=number[returns.case[rows]],
        attempt=returns.attempt[rows],
        redial_to=np.where(failed, follows, -1),
        redial_after=returns.redial_after[rows],
        return_to=np.where(failed, -1, follows),
        return_after=returns.return_after[rows],
        chase_to=_chased(numbers, demand, log, rows, number),
        chase_after=None if returns.chase_after is None else returns.chase_after[rows],
    )
    columns = {each.name: _of_rows(getattr(demand, each.name), rows) for each in fields(demand) if each.name not in _NO_COLUMNS}
    columns["arrived"] = arrived[rows]
    part = replace(log, **{name: _of_rows(getattr(log, name), rows) for name in _PER_CONTACT}, **_legs_of(log, number))
    drawn = demand.responses and {purpose: u[rows] for purpose, u in demand.responses.items()}
    terms = demand.bot_terms and BotTerms(**_of_rows(vars(demand.bot_terms), rows))
    turns = demand.chats and demand.chats.of(rows)
    visits = demand.visits and replace(demand.visits, row=number[demand.visits.row])
    chains = chains_of(numbers, demand, log, rows=rows, number=number)
    demand = replace(demand, **columns, returns=kept, chains=chains, responses=drawn, bot_terms=terms, chats=turns, visits=visits)
    return demand, part, rows


def _chased(
    numbers: Plan, demand: Demand, log: EngineLog, rows: NDArray[np.int64], number: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    """Return the number of the chase-up that each of *rows* led to indeed, -1 = none; None if nobody asks again."""
    if demand.returns is None or demand.returns.chase_to is None:
        return None
    to, moment = asks_again(numbers, demand, log)
    return np.where(moment[rows] < NEVER, number[to[rows]], -1)


def _legs_of(log: EngineLog, number: NDArray[np.int64]) -> dict[str, Any]:
    """Return the legs with the new *number* of each contact, in that order."""
    contact = number[log.leg_contact]
    order = np.argsort(contact, kind="stable")
    rest = ("leg_kind", "leg_place", "leg_from", "leg_to", "leg_end")
    return {"leg_contact": contact[order].astype(np.int32), **{name: getattr(log, name)[order] for name in rest}}


def _of_rows(value: Any, rows: NDArray[np.int64]) -> Any:
    """Return these rows of a column, or of each column of a table of columns; None stays None."""
    if isinstance(value, dict):
        return {name: column[rows] for name, column in value.items()}
    return value if value is None or not len(value) else value[rows]


_NO_COLUMNS = ("contact_types", "returns", "chains", "responses", "duty", "bot_terms", "chats", "visits")
_PER_CONTACT = ("queued", "answered", "ended", "wrapped", "agent", "team", "outcome", "overflowed", "bot_started")
