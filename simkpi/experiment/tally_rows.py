"""What the compiled loops of the tally read: columns of demand and log, the crew, and limits, by name."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simkpi.demand.rows import Demand
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import EngineLog


class Contacts(NamedTuple):
    """Columns of the contacts; see ``Demand`` and ``EngineLog``."""

    arrived: Any
    contact_type: Any
    talk: Any
    hold: Any
    wrap: Any
    bot: Any
    bot_time: Any
    bot_outcome: Any
    resolved: Any
    queued: Any
    answered: Any
    ended: Any
    wrapped: Any
    agent: Any
    team: Any
    outcome: Any


class Stays(NamedTuple):
    """Columns of the agents' states, by agent, then time."""

    agent: Any
    state: Any
    start: Any
    end: Any


class Crew(NamedTuple):
    """Speed by team and contact type, ppm; contact types whose work is slowed by other work; slots of each agent.

    *counts*: which contact types are added up.
    """

    speeds: Any
    is_paced: Any
    slots: Any
    counts: Any


class Limits(NamedTuple):
    """Ticks of an interval; the horizon, and whether the clock stops there; threshold; windows for repeats, behind a bot."""

    piece: int
    horizon: int
    cut: int
    threshold: int
    repeat_window: int
    bot_window: int


class Room(NamedTuple):
    """Memory to work in, and what comes out.

    Parameters
    ----------
    keys, aside, digits, ends
        Waits as sorting keys, twice; digits counted; where intervals end.
    moments, begins, free
        Moments of the agents' lives; where each life begins, twice.
    whole, parts
        Histograms of the waits over all and by interval, shape (n_bins, 3): interval, bin, count.
    sums, quantiles
        Shape (n_intervals, n_sums); shape (n_intervals + 1,), ticks: percentile by interval, and over all.
    """

    keys: Any
    aside: Any
    digits: Any
    ends: Any
    moments: Any
    begins: Any
    free: Any
    whole: Any
    parts: Any
    sums: Any
    quantiles: Any


#: Bits that a sorting pass looks at.
DIGIT = 11
_KINDS = {"contact_type": np.int16, "bot": np.int16, "bot_outcome": np.int8, "resolved": np.bool_}
_DRAWN = Contacts._fields[: Contacts._fields.index("queued")]
_LOGGED = Contacts._fields[len(_DRAWN) :]


def contacts_of(demand: Demand, log: EngineLog) -> Contacts:
    """Return the contacts' columns in the types that the loops are compiled for (no copy of those that have them)."""
    drawn = (np.require(getattr(demand, name), _KINDS.get(name, np.int64), ["C", "W"]) for name in _DRAWN)
    return Contacts(*drawn, *(getattr(log, name) for name in _LOGGED))


def stays_of(log: EngineLog) -> Stays:
    """Return the columns of the agents' states."""
    return Stays(log.state_agent, log.state, log.state_from, log.state_to)


def crew_of(plan: Plan) -> Crew:
    """Return who there is to work; all contact types count."""
    slots = np.array([team.slots for team in plan.teams], dtype=np.int64)
    paced = np.array([bool(pace) for pace in plan.pace], dtype=np.bool_)
    by_agent = np.repeat(slots, [team.n_agents for team in plan.teams])
    return Crew(np.ascontiguousarray(plan.speeds()), paced, by_agent, np.ones(len(plan.contact_types), dtype=np.bool_))


def room_for(n_contacts: int, n_pieces: int, n_agents: int) -> Room:
    """Return enough memory for so many contacts, intervals and agents; without sums, which are to be kept."""
    sizes = (n_contacts, n_contacts, (1 << DIGIT) + 1, n_pieces + 1, 3 * n_contacts, n_agents + 1, n_agents + 1)
    keys, aside, digits, ends, moments, begins, free = (np.empty(size, dtype=np.int64) for size in sizes)
    whole, parts, sums = (
        np.empty((rows, 3), dtype=np.int64) for rows in (n_contacts + 2 * n_pieces, n_contacts + 2 * n_pieces, 0)
    )
    return Room(keys, aside, digits, ends, moments, begins, free, whole, parts, sums, quantiles=np.empty(0))
