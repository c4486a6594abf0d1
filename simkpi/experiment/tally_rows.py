"""What the compiled loops of the tally read: columns of demand and log, the crew, and limits, by name."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import Demand
from simkpi.engine.compiled.records import STAY
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import EngineLog

Table = NDArray[Any]


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


_KINDS = {"contact_type": np.int16, "bot": np.int16, "bot_outcome": np.int8, "resolved": np.bool_}
#: Columns of the demand, and of the log.
DRAWN = Contacts._fields[: Contacts._fields.index("queued")]
LOGGED = Contacts._fields[len(DRAWN) :]


def contacts_of(demand: Demand, log: EngineLog) -> Contacts:
    """Return the contacts' columns in the types that the loops are compiled for (no copy of those that have them)."""
    return Contacts(*drawn_of(demand), *(np.ascontiguousarray(getattr(log, name)) for name in LOGGED))


def drawn_of(demand: Demand) -> list[Table]:
    """Return those that were drawn."""
    return [np.ascontiguousarray(getattr(demand, name), _KINDS.get(name, np.int64)) for name in DRAWN]


def stays_of(log: EngineLog) -> Table:
    """Return the agents' states as the loops read them."""
    return stays(log.state_agent, log.state, log.state_from, log.state_to)


def stays(agent: Table, state: Table, start: Table, end: Table) -> Table:
    """Return records of agents' states, each agent's in order of time, from their columns."""
    found = np.empty(len(agent), STAY)
    found["agent"], found["state"], found["start"], found["end"] = agent, state, start, end
    return found


def crew_of(plan: Plan) -> Crew:
    """Return who there is to work; all contact types count."""
    slots = np.array([team.slots for team in plan.teams], dtype=np.int64)
    paced = np.array([bool(pace) for pace in plan.pace], dtype=np.bool_)
    by_agent = np.repeat(slots, [team.n_agents for team in plan.teams])
    return Crew(np.ascontiguousarray(plan.speeds()), paced, by_agent, np.ones(len(plan.contact_types), dtype=np.bool_))
