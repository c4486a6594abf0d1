"""What the log says of each contact in one row: of several rows the first answered, last handled, times added up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import CALL, LEAVES_MESSAGE, NEVER, NO_ANSWER, TRANSFERRED, WARM, Chains, Demand, Ticks
from simkpi.engine.chains import TOO_LATE, contact_numbers, is_gone
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import ABANDONED, ANSWERED, CONTAINED, GOES_ON, OPEN, EngineLog
from simkpi.engine.resolution import is_resolved
from simkpi.interactions.columns import ORIGINS

Rows = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Summary:
    """One entry per contact; moments and lengths in ticks, ``NEVER`` and -1 = none.

    Parameters
    ----------
    first, last : ndarray of int64
        The contact's first and last row.
    kind, queue : ndarray of int64
        Contact type as which it came, and in whose queue it was handled last.
    talk, hold, wrap, work : ndarray of int64, ticks
        Agents' effort, all rows together; *work* counts calls that nobody took too.
    is_over, is_wrapped : ndarray of bool
        Whether the conversation, and the work after it, are over.
    """

    first: Rows
    last: Rows
    kind: NDArray[np.int64]
    queue: NDArray[np.int64]
    queued: Ticks
    answered: Ticks
    ended: Ticks
    wrapped: Ticks
    agent: NDArray[np.int64]
    team: NDArray[np.int64]
    outcome: NDArray[np.int64]
    overflowed: Flags
    talk: Ticks
    hold: Ticks
    wrap: Ticks
    work: Ticks
    is_over: Flags
    is_wrapped: Flags
    is_resolved: Flags
    n_transfers: NDArray[np.int64]
    escalated: Ticks
    was_called: Flags


def summary(numbers: Plan, demand: Demand, log: EngineLog, efforts: tuple[Ticks, Ticks, Ticks]) -> Summary:
    """Return one entry per contact, in the order of arrival.

    Parameters
    ----------
    numbers : Plan
        What was run.
    demand, log : Demand, EngineLog
        The rows that came about, and what happened to them.
    efforts : tuple of ndarray of int64, ticks
        Talk, hold and wrap-up of each row, as really spent.
    """
    if demand.chains is None:
        return _one_row_each(numbers, demand, log, efforts)
    return _Chained(numbers, demand, log, demand.chains).summary(efforts)


def _one_row_each(numbers: Plan, demand: Demand, log: EngineLog, efforts: tuple[Ticks, Ticks, Ticks]) -> Summary:
    n, rows = len(demand), np.arange(len(demand))
    gone = is_gone(demand, log)
    answered = np.where(gone, NEVER, log.answered) if gone.any() else log.answered
    wrapped = np.where(gone, NEVER, log.wrapped) if gone.any() else log.wrapped
    is_over = (answered < NEVER) & (log.ended < NEVER)
    talk, hold, wrap = efforts
    return Summary(
        first=rows,
        last=rows,
        kind=demand.contact_type.astype(np.int64),
        queue=np.where(log.queued < NEVER, demand.contact_type, -1).astype(np.int64),
        queued=log.queued,
        answered=answered,
        ended=log.ended,
        wrapped=wrapped,
        agent=log.agent.astype(np.int64),
        team=log.team.astype(np.int64),
        outcome=log.outcome.astype(np.int64),
        overflowed=log.overflowed,
        talk=talk,
        hold=hold,
        wrap=wrap,
        work=talk + hold + wrap,
        is_over=is_over,
        is_wrapped=wrapped < NEVER,
        is_resolved=is_resolved(numbers, demand, log) & (is_over | (log.outcome == CONTAINED)),
        n_transfers=np.zeros(n, dtype=np.int64),
        escalated=np.full(n, NEVER),
        was_called=np.zeros(n, dtype=np.bool_),
    )


class _Chained:
    """The rows of each contact, one after the other, and what they add up to."""

    def __init__(self, numbers: Plan, demand: Demand, log: EngineLog, chains: Chains) -> None:
        self.plan, self.demand, self.log, self.chains = numbers, demand, log, chains
        contact = contact_numbers(demand)
        #: Rows by contact, then in the order of their life; where each contact begins in it, and its last row.
        self.order = np.lexsort((np.arange(len(contact)), contact))
        self.begins = np.flatnonzero(np.diff(contact[self.order], prepend=-1))
        self.last = self.order[np.append(self.begins[1:], len(contact)) - 1] if len(contact) else self.order
        self.is_call = (chains.fate == NO_ANSWER) & (log.answered < NEVER)
        #: Whether an agent spoke to the customer.
        self.is_reached = (log.answered < NEVER) & ~self.is_call & ~is_gone(demand, log)

    def over(self, how: np.ufunc, values: NDArray[np.generic]) -> NDArray[np.int64]:
        """Reduce a column by contact."""
        return np.asarray(how.reduceat(values[self.order], self.begins) if len(self.begins) else values[:0]).astype(np.int64)

    def added(self, values: NDArray[np.generic], rows: Flags) -> NDArray[np.int64]:
        """Add up a column over the chosen rows of each contact."""
        return self.over(np.add, np.where(rows, values, 0))

    def latest(self, rows: Flags) -> Rows:
        """Return the last of the chosen rows of each contact, -1 = none."""
        place = np.empty(len(self.order), dtype=np.int64)
        place[self.order] = np.arange(len(self.order))
        found = self.over(np.maximum, np.where(rows, place, -1))
        return np.where(found >= 0, self.order[found], -1)

    def outcome(self, reached: Flags) -> NDArray[np.int64]:
        last, raw = self.last, self.log.outcome[self.last]
        outcome = np.where(reached, ANSWERED, raw)
        outcome[self.is_call[last] & ~reached] = ABANDONED
        waits_for_more = (self.chains.next[last] == TOO_LATE) | (raw == GOES_ON)
        outcome[waits_for_more | (raw == OPEN)] = OPEN
        return outcome.astype(np.int64)

    def summary(self, efforts: tuple[Ticks, Ticks, Ticks]) -> Summary:
        demand, log, last = self.demand, self.log, self.last
        first, kind = self.order[self.begins], demand.contact_type.astype(np.int64)
        handled = self.latest(self.is_reached | is_gone(demand, log) & (log.answered < NEVER))
        reached = self.added(self.is_reached, self.is_reached) > 0
        leaves = (self.chains.fate[first] == LEAVES_MESSAGE) & (self.chains.next[first] >= 0)
        entry = np.where(leaves, self.chains.next[first], first)
        outcome = self.outcome(reached)
        is_open = outcome == OPEN
        ended = np.where(is_open, NEVER, log.ended[last])
        queued = self.over(np.minimum, log.queued)
        queue_row = np.where(handled >= 0, handled, self.latest(log.queued < NEVER))
        talk, hold, wrap = (self.added(part, self.is_reached) for part in self._with_wait(efforts))
        wrapped = np.maximum(self.over(np.maximum, np.where(self.is_reached, log.wrapped, -1)), ended)
        is_over, is_wrapped = reached & ~is_open, reached & (wrapped < NEVER)
        return Summary(
            first=first,
            last=last,
            kind=kind[entry],
            queue=np.where(queue_row >= 0, kind[queue_row], -1),
            queued=queued,
            answered=self.over(np.minimum, np.where(self.is_reached, log.answered, NEVER)),
            ended=ended,
            wrapped=np.where(is_wrapped, wrapped, NEVER),
            agent=np.where(handled >= 0, log.agent[handled], -1).astype(np.int64),
            team=np.where(handled >= 0, log.team[handled], -1).astype(np.int64),
            outcome=outcome,
            overflowed=self.added(log.overflowed, self.is_reached) > 0,
            talk=talk,
            hold=hold,
            wrap=wrap,
            work=talk + hold + wrap + self.added(efforts[0], self.is_call),
            is_over=is_over,
            is_wrapped=is_wrapped,
            is_resolved=is_resolved(self.plan, demand, log)[last] & ((is_over & self.is_reached[last]) | (outcome == CONTAINED)),
            n_transfers=self.added(np.ones(len(kind), dtype=np.int64), self.chains.kind == TRANSFERRED),
            escalated=self._escalated(),
            was_called=(self.added(np.ones(len(kind), dtype=np.int64), self.chains.kind == CALL) > 0)
            | ((log.outcome[first] == GOES_ON) & (self.chains.next[first] == TOO_LATE)),
        )

    def _with_wait(self, efforts: tuple[Ticks, Ticks, Ticks]) -> tuple[Ticks, Ticks, Ticks]:
        """Count as hold time what an agent waits with the customer until a colleague picks up."""
        talk, hold, wrap = efforts
        elsewhere = np.maximum(self.chains.next, 0)
        left = np.minimum(self.log.answered, self.log.ended)[elsewhere]
        stays = (self.chains.fate == WARM) & (self.chains.next >= 0) & (left < NEVER) & (self.log.ended < NEVER)
        return talk, hold + np.where(stays, left - self.log.ended, 0), wrap

    def _escalated(self) -> Ticks:
        """Moment of the first transfer to a higher tier."""
        tiers = np.array(self.plan.life.tier or [1] * len(self.plan.contact_types), dtype=np.int64)
        tier = tiers[self.demand.contact_type]
        rises = np.zeros(len(tier), dtype=np.bool_)
        before = np.flatnonzero(self.chains.next >= 0)
        after = self.chains.next[before]
        rises[after] = (self.chains.kind[after] == TRANSFERRED) & (tier[after] > tier[before])
        return self.over(np.minimum, np.where(rises, self.demand.arrived, NEVER))


def origins(demand: Demand, found: Summary, has_failed: Flags) -> NDArray[np.int64]:
    """Return why each contact came, as an index into ``ORIGINS``; a contact that was called back is a callback."""
    reactive, redial, again, called = (ORIGINS.index(name) for name in ("reactive", "redial", "return", "callback"))
    origin = np.full(len(demand), reactive)
    if demand.returns is not None:
        further = np.maximum(demand.returns.redial_to, demand.returns.return_to)
        origin[further[(further >= 0) & has_failed]] = redial
        origin[further[(further >= 0) & ~has_failed]] = again
        if demand.returns.chase_to is not None:
            asks = demand.returns.chase_to
            origin[asks[asks >= 0]] = ORIGINS.index("chase")
    if demand.visits is not None:
        row = demand.visits.row[demand.visits.invite_at < NEVER]
        origin[row[row >= 0]] = ORIGINS.index("proactive")
    return np.where(found.was_called, called, origin[found.first])
