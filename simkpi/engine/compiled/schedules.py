"""When agents are on duty, as tables: head-counts of teams, timetables of agents; chance may change them in a replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.records import CHANGE, ENTRY, TIMETABLE
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import PAUSED

Table = NDArray[Any]


@dataclass(frozen=True)
class Schedules:
    """When agents are on duty.

    Parameters
    ----------
    changes : table of Change
        Changes of head-counts, by team and tick.
    ends : ndarray of int64, shape (n_teams + 1,)
        Rows of each team: from one figure to the next.
    entries : table of Entry
        Rows of timetables, by agent and tick.
    timetables : table of Timetable, one per agent
        As they are before the first event; empty if all agents are counted.
    most_stays : int
        Stays of agents in a state that may be written down at most.
    """

    changes: Table
    ends: NDArray[np.int64]
    entries: Table
    timetables: Table
    most_stays: int

    def tables(self) -> dict[str, Table]:
        """Return what a replication only reads, by the names of the fields of ``State``."""
        return {"changes": self.changes, "entries": self.entries}


def schedules(plan: Plan) -> Schedules:
    """Return the head-counts and timetables of *plan* as tables."""
    changes = [change for team in plan.teams for change in team.changes]
    ends = np.cumsum([0, *(len(team.changes) for team in plan.teams)], dtype=np.int64)
    entries, timetables = _timetables(plan)
    most = _most_stays(plan) + 3 * len(entries)
    return Schedules(np.array(changes, dtype=CHANGE), ends, entries, timetables, most)


def _timetables(plan: Plan) -> tuple[Table, Table]:
    roster = plan.roster
    if roster is None:
        return np.empty(0, ENTRY), np.empty(0, TIMETABLE)
    entries = np.empty(len(roster), ENTRY)
    for name in ("tick", "action", "length", "rule"):
        entries[name] = getattr(roster, name)
    entries["state"] = np.array([*PAUSED, -1])[roster.kind]
    first = np.array([team.first_agent for team in plan.teams], dtype=np.int64)
    agents = first[roster.crew] + roster.place  # rows are sorted by them
    edges = np.searchsorted(agents, np.arange(plan.n_agents + 1))
    timetables = np.zeros(plan.n_agents, TIMETABLE)
    timetables["next"], timetables["last"] = edges[:-1], edges[1:]
    timetables["owed_from"] = edges[:-1]
    timetables["away"], timetables["until"] = -1, NEVER
    return entries, timetables


def _most_stays(plan: Plan) -> int:
    """Return how many stays of counted agents in a state can be written down at most; an entry of a timetable ends three.

    A change by d agents ends at most 3 d stays: who is told to finish leaves later, or changes places with a colleague.
    A close for which all n stay, with the opening after it, ends those n twice and lets all go home in between.
    """
    most = 0
    for team in plan.teams:
        before = 0
        for _, count in team.changes:
            most += 3 * abs(count - before)
            most += 8 * team.n_agents if count == 0 and team.serves_queue else 0
            before = count
        most += team.n_agents
    return most
