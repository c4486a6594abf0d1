"""What must hold exactly of agents with timetables: present when on shift, pauses as due, overtime only after the shift."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simkpi.demand.rows import NEVER
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import OVERTIME, PAUSED, WORK, EngineLog
from simkpi.scenario.crews import SHORTEN, SKIP
from simkpi.scenario.rosters import AWAY, COME, LEAVE, PAUSE, Roster

Spans = list[tuple[int, int]]


def timetable_violations(numbers: Plan, log: EngineLog) -> Iterator[str]:
    """Yield what the states in *log* break of the timetables in *numbers* (as they turned out in the replication)."""
    roster = numbers.roster
    if roster is None:
        return
    stop = numbers.horizon if numbers.cut else NEVER
    first = np.array([team.first_agent for team in numbers.teams], dtype=np.int64)
    agents = first[roster.crew] + roster.place
    for agent in np.unique(agents).tolist():
        own = Roster(*(column[agents == agent] for column in vars(roster).values()))
        states = log.state_agent == agent
        stays = list(zip(log.state[states].tolist(), log.state_from[states].tolist(), log.state_to[states].tolist(), strict=True))
        yield from (f"agent {agent} {complaint}" for complaint in _of_agent(own, stays, stop))


def pauses_due(numbers: Plan) -> dict[int, Spans]:
    """By agent: when a pause becomes due for which he finishes what is open, and when it would be over without being taken."""
    found: dict[int, Spans] = {}
    roster = numbers.roster
    if roster is None:
        return found
    for row in np.flatnonzero((roster.action == PAUSE) & (roster.rule != SKIP)).tolist():
        agent = numbers.teams[int(roster.crew[row])].first_agent + int(roster.place[row])
        tick = int(roster.tick[row])
        lapses = tick + int(roster.length[row]) if roster.rule[row] == SHORTEN else NEVER
        found.setdefault(agent, []).append((tick, lapses))
    return found


def _of_agent(own: Roster, stays: list[tuple[int, int, int]], stop: int) -> Iterator[str]:
    shifts = _spans(own, (COME, AWAY), stop)
    present = _spans(own, (COME,), stop)
    overtime = [(start, end) for state, start, end in stays if state == OVERTIME]
    inside = [(start, end) for state, start, end in stays if state != OVERTIME]
    if _length(inside, shifts) != _length(inside):
        yield "is at work or in a pause outside the shift"
    if _length(overtime, present):
        yield "is in overtime during the shift"
    if _length([*inside, *overtime], shifts) != _length(shifts):
        yield "has no state during a part of the shift"
    if _length([(start, end) for state, start, end in stays if state == WORK], present) != _length(
        [(start, end) for state, start, end in stays if state == WORK]
    ):
        yield "is at work while absent"
    yield from _pauses(own, stays, present, stop)


def _pauses(own: Roster, stays: list[tuple[int, int, int]], present: Spans, stop: int) -> Iterator[str]:
    """No pause begins before it is due, or lasts longer than it is; those that are not cut off are as long as they must be."""
    due = np.flatnonzero(own.action == PAUSE)
    for kind in sorted({PAUSED[kind] for kind in own.kind[due].tolist()}):
        mine = [row for row in due.tolist() if PAUSED[own.kind[row]] == kind]
        taken = [(start, end) for state, start, end in stays if state == kind and _length([(start, end)], present)]
        lengths = sorted(int(own.length[row]) for row in mine)
        if sum(end - start for start, end in taken) > sum(lengths):
            yield f"spends more time in pauses of kind {kind} than there is"
        if any(sum(own.tick[row] <= start for row in mine) < place for place, (start, _) in enumerate(taken, start=1)):
            yield f"begins a pause of kind {kind} before it is due"
        ends = {end for _, end in present} | {stop}
        short = [end - start for start, end in taken if end not in ends]
        if all(own.rule[row] != SHORTEN for row in mine) and any(length < lengths[0] for length in short):
            yield f"has a pause of kind {kind} that ends too early"


def _spans(own: Roster, begins: tuple[int, ...], stop: int) -> Spans:
    """From the first row of one of the actions *begins* to the end of the shift; cut where the clock stops."""
    spans: Spans = []
    start = -1
    for tick, action in zip(own.tick.tolist(), own.action.tolist(), strict=True):
        if action in begins and start < 0:
            start = tick
        elif action == LEAVE and start >= 0:
            spans.append((start, min(tick, stop)))
            start = -1
    return [(start, end) for start, end in spans if start < end]


def _length(spans: Spans, within: Spans | None = None) -> int:
    """Total length of *spans*, or of what they have in common with the disjoint spans *within*."""
    if within is None:
        return sum(end - start for start, end in spans)
    return sum(max(0, min(end, last) - max(start, first)) for start, end in spans for first, last in within)
