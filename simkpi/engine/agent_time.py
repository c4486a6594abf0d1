"""Agents' states as a table: as the engine wrote them, with who is missing, what was scheduled and what an hour costs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import Demand, Ticks
from simkpi.engine.plan import Plan, on_duty
from simkpi.engine.recorder import OVERTIME, PAUSED, STATES, WORK, EngineLog
from simkpi.scenario.heads import head_count_changes
from simkpi.scenario.pay import hour_cost
from simkpi.scenario.rosters import AWAY, LEAVE, PAUSE
from simkpi.scenario.spec import Spec

Rows = NDArray[np.int64]
Changes = tuple[tuple[int, int], ...]
ABSENT, OFF = STATES.index("absent"), STATES.index("off")
#: Room for a moment beside the agent's number in one sorting key.
_BITS = 44


class AgentTime(NamedTuple):
    """Stays of agents in states, by agent and time; columns of shape (n_stays,).

    Parameters
    ----------
    agent : ndarray of int64
        Number over all teams; those behind ``Plan.n_agents`` are counted agents who are missing (``missing``).
    team : ndarray of int64
        Number of the team in the plan.
    state, scheduled : ndarray of int64
        Index into ``STATES``; *scheduled* is empty where everybody is counted and nobody absent.
    start, end : ndarray of int64, ticks
        The stay, cut where what is scheduled changes.
    missing : list of (team, number)
        Of each agent behind ``Plan.n_agents``: number of the team in the plan, and which one is missing, from 1.
    """

    agent: Rows
    team: Rows
    state: Rows
    scheduled: Rows
    start: Ticks
    end: Ticks
    missing: list[tuple[int, int]]


def agent_time(spec: Spec, numbers: Plan, demand: Demand, log: EngineLog) -> AgentTime:
    """Return the stays of all agents in *log*, those included who were scheduled and did not come.

    Parameters
    ----------
    spec : Spec
        Resolved.
    numbers : Plan
        As planned.
    demand, log : Demand, EngineLog
        What was run, and what happened.
    """
    team_of = np.repeat(np.arange(len(numbers.teams)), [team.n_agents for team in numbers.teams])
    agent, state = log.state_agent.astype(np.int64), log.state.astype(np.int64)
    whole = AgentTime(agent, team_of[agent], state, state[:0], log.state_from, log.state_to, [])
    if numbers.roster is None and "absence" not in numbers.features:
        return whole
    scheduled = np.where(state == OVERTIME, OFF, WORK)
    cut = _cut_by_schedule(numbers, whole._replace(scheduled=scheduled))
    return _with_missing(spec, numbers, on_duty(numbers, demand), cut)


def pay(spec: Spec, numbers: Plan, time: AgentTime) -> NDArray[np.float64]:
    """Cost of an hour of each stay; overtime at the team's rate for it, nothing for unpaid time."""
    rates = np.array([hour_cost(spec, team.name) for team in numbers.teams])
    more = np.array([spec.teams[team.name].overtime for team in numbers.teams])
    rate = rates[time.team] * np.where(time.state == OVERTIME, more[time.team], 1.0)
    return np.where(time.state == OFF, 0.0, rate)


def _cut_by_schedule(numbers: Plan, time: AgentTime) -> AgentTime:
    """Cut the stays of agents with timetables where something else is scheduled, and say what."""
    if numbers.roster is None:
        return time
    has_timetable = np.array([bool(team.agents) for team in numbers.teams])[time.team]
    if len(numbers.roster) == 0:  # no shift on any day of the calendar
        return time._replace(scheduled=np.where(has_timetable, OFF, time.scheduled))
    step_key, step_state = _steps(numbers)
    first = np.searchsorted(step_key, (time.agent << _BITS) | time.start, side="right")
    last = np.maximum(np.searchsorted(step_key, (time.agent << _BITS) | time.end, side="left"), first)
    pieces = np.where(has_timetable, last - first + 1, 1)
    stay = np.repeat(np.arange(len(time.agent)), pieces)
    number = np.arange(len(stay)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    at = first[stay] + number - 1  # the step that holds during the piece
    known = has_timetable[stay] & (at >= 0)
    known[known] = step_key[at[known]] >> _BITS == time.agent[stay[known]]
    plan = np.where(has_timetable[stay], OFF, time.scheduled[stay])
    plan[known] = step_state[at[known]]
    start = np.where(number > 0, step_key[np.minimum(at, len(step_key) - 1)] & ((1 << _BITS) - 1), time.start[stay])
    ends = np.append(start[1:], 0)
    end = np.where(number == pieces[stay] - 1, time.end[stay], ends)
    return AgentTime(time.agent[stay], time.team[stay], time.state[stay], plan, start, end, [])


def _steps(numbers: Plan) -> tuple[Rows, Rows]:
    """When something else is scheduled for an agent (agent and tick in one key, sorted), and what."""
    roster = numbers.roster
    assert roster is not None
    first = np.array([team.first_agent for team in numbers.teams], dtype=np.int64)
    agent = first[roster.crew] + roster.place
    kinds = np.array([*PAUSED, -1])[roster.kind]
    state = np.select([roster.action == LEAVE, np.isin(roster.action, (AWAY, PAUSE))], [OFF, kinds], WORK)
    pause = roster.action == PAUSE
    keys = np.concatenate([(agent[pause] << _BITS) | (roster.tick + roster.length)[pause], (agent << _BITS) | roster.tick])
    states = np.concatenate([np.full(pause.sum(), WORK), state])
    order = np.argsort(keys, kind="stable")  # at one moment what begins overrules the end of a pause
    keys, states = keys[order], states[order]
    kept = np.append(keys[1:] != keys[:-1], True)
    return keys[kept], states[kept]


def _with_missing(spec: Spec, numbers: Plan, realised: Plan, time: AgentTime) -> AgentTime:
    """Add the counted agents who were scheduled and did not come: further agents who are absent."""
    missing: list[tuple[int, int]] = []
    rows: list[tuple[int, int, int, int, int]] = []
    for number, team in enumerate(numbers.teams):
        staffing = spec.teams[team.name].staffing
        if team.agents or staffing is None:
            continue
        gross = head_count_changes(staffing, numbers.horizon)
        both = ((gross, team.changes, ABSENT), (team.changes, realised.teams[number].changes, WORK))
        so_far = 0
        for wanted, there, planned_state in both:
            levels = _levels(wanted, there)
            for level, spans in enumerate(levels):
                who = numbers.n_agents + len(missing)
                missing.append((number, so_far + level + 1))
                rows += [(who, number, planned_state, start, end) for start, end in spans]
            so_far += len(levels)
    if not rows:
        return time
    agent, team_number, scheduled, start, end = np.array(rows, dtype=np.int64).T
    state = np.full(len(rows), ABSENT)
    more = AgentTime(agent, team_number, state, scheduled, start, end, missing)
    return AgentTime(
        agent=np.concatenate([time.agent, more.agent]),
        team=np.concatenate([time.team, more.team]),
        state=np.concatenate([time.state, more.state]),
        scheduled=np.concatenate([time.scheduled, more.scheduled]),
        start=np.concatenate([time.start, more.start]),
        end=np.concatenate([time.end, more.end]),
        missing=missing,
    )


def _levels(wanted: Changes, there: Changes) -> list[list[tuple[int, int]]]:
    """Spans in which at least 1, 2, 3 ... agents fewer are there than wanted."""
    steps = sorted({tick for tick, _ in (*wanted, *there)})
    levels: list[list[tuple[int, int]]] = []
    open_: list[int] = []
    counts = [dict(wanted), dict(there)]
    now = [0, 0]
    for tick in steps:
        now = [changes.get(tick, count) for changes, count in zip(counts, now, strict=True)]
        fewer = max(now[0] - now[1], 0)
        while len(open_) > fewer:
            levels[len(open_) - 1].append((open_.pop(), tick))
        while len(open_) < fewer:
            if len(levels) == len(open_):
                levels.append([])
            open_.append(tick)
    return levels


def missing_name(numbers: Plan, missing: tuple[int, int]) -> str:
    """Name of a counted agent who is missing: the numbers behind those of the team."""
    team = numbers.teams[missing[0]]
    return f"{team.name}-{team.n_agents + missing[1]:0{len(str(team.n_agents))}d}"
