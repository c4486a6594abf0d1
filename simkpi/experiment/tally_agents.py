"""Agent time and open work, read off an engine's arrays: the life of each agent cut wherever something changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Ticks
from simkpi.engine.recorder import WORK
from simkpi.experiment.tally_contacts import Facts

Floats = NDArray[np.float64]
#: Room for a moment beside the agent's number in one sorting key: 34 years of milliseconds.
_BITS = 40


class AgentTime(NamedTuple):
    """Sums per piece of the horizon, each of shape (n_pieces,), milliseconds but for the counts.

    Parameters
    ----------
    work, busy : ndarray
        On queue; of it with at least one contact open.
    slots, used : ndarray
        On queue times the slots; times the contacts open.
    n_work : ndarray
        Stretches on queue in which nothing changes.
    n_whole : int
        Those of the horizon as a whole, where nothing cuts time.
    """

    work: Floats
    busy: Floats
    slots: Floats
    used: Floats
    n_work: Floats
    n_whole: int


class _Event(NamedTuple):
    """Changes at moments: who, when, and by how much contacts open, being on queue, and slots change."""

    agent: NDArray[np.int64]
    tick: Ticks
    open: NDArray[np.int64]
    work: NDArray[np.int64]
    slots: NDArray[np.int64]


def agent_time(facts: Facts, piece: int) -> AgentTime:
    """Add up agent time over pieces of *piece* ticks of the horizon (see :func:`simkpi.kpi.timeline.timeline`)."""
    horizon = facts.plan.horizon
    n_pieces = -(-horizon // piece)
    parts = [_states(facts), *(_stay(facts, *ends) for ends in _conversations(facts)), _borders(facts, piece)]
    event = _Event(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    key = (event.agent << _BITS) | event.tick
    order = np.argsort(key, kind="stable")  # at equal keys a border is the last
    is_cut = (order >= len(key) - len(parts[-1].tick)) & (np.diff(key[order], prepend=-1) != 0)
    agent, tick = event.agent[order], event.tick[order]
    now_open, working, slots = (np.cumsum(change[order]) for change in (event.open, event.work, event.slots))
    length = np.diff(tick, append=horizon)
    length[:-1][agent[1:] != agent[:-1]] = 0
    at_work = (length > 0) & (working > 0)
    length, place, now_open, slots = length[at_work], tick[at_work] // piece, now_open[at_work], slots[at_work]

    def total(weights: NDArray[np.int64] | None) -> Floats:
        return np.bincount(place, weights=weights, minlength=n_pieces).astype(np.float64)

    busy = np.where(now_open > 0, length, 0)
    whole = int(np.count_nonzero(at_work & ~is_cut))
    return AgentTime(total(length), total(busy), total(slots * length), total(now_open * length), total(None), whole)


def _states(facts: Facts) -> _Event:
    log, horizon = facts.log, facts.plan.horizon
    start, end = np.minimum(log.state_from, horizon), np.minimum(log.state_to, horizon)
    kept = end > start
    start, end, agent = start[kept], end[kept], log.state_agent[kept].astype(np.int64)
    work = (log.state[kept] == WORK).astype(np.int64)
    slots = np.repeat([team.slots for team in facts.plan.teams], [team.n_agents for team in facts.plan.teams])[agent] * work
    return _both_ends(agent, start, end, np.zeros_like(work), work, slots)


def _conversations(facts: Facts) -> tuple[tuple[Ticks, Ticks], tuple[Ticks, Ticks]]:
    """Begin and end of conversation and wrap-up: two stays, as the log's legs tell them."""
    log = facts.log
    return (log.answered, log.ended), (np.where(facts.picked_up, log.ended, NEVER), log.wrapped)


def _stay(facts: Facts, start: Ticks, end: Ticks) -> _Event:
    horizon = facts.plan.horizon
    start, end = np.minimum(start, horizon), np.minimum(end, horizon)
    kept = facts.picked_up & (end > start)
    agent = facts.log.agent[kept].astype(np.int64)
    nothing = np.zeros(len(agent), dtype=np.int64)
    return _both_ends(agent, start[kept], end[kept], nothing + 1, nothing, nothing)


def _both_ends(agent: NDArray[np.int64], start: Ticks, end: Ticks, *changes: NDArray[np.int64]) -> _Event:
    both = (np.concatenate([change, -change]) for change in changes)
    return _Event(np.concatenate([agent, agent]), np.concatenate([start, end]), *both)


def _borders(facts: Facts, piece: int) -> _Event:
    """Moments at which every agent's time is cut."""
    agents = np.unique(facts.log.state_agent).astype(np.int64)
    ticks = np.arange(piece, facts.plan.horizon, piece, dtype=np.int64)
    nothing = np.zeros(len(agents) * len(ticks), dtype=np.int64)
    return _Event(np.repeat(agents, len(ticks)), np.tile(ticks, len(agents)), nothing, nothing, nothing)


def backlog(facts: Facts, piece: int) -> Floats:
    """Contacts open at the end of every piece of the horizon (see :func:`simkpi.kpi.moments.backlog`)."""
    horizon = facts.plan.horizon
    n_pieces = -(-horizon // piece)

    def until(moment: Ticks) -> NDArray[np.int64]:
        known = moment[moment <= horizon]
        return np.cumsum(np.bincount(np.maximum((known - 1) // piece, 0), minlength=n_pieces)[:n_pieces])

    left = np.where(facts.is_closed, facts.log.ended, NEVER)
    return (until(facts.demand.arrived) - until(left)).astype(np.float64)
