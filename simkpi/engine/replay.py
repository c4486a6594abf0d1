"""The day again from its log, moment by moment: after all that happens at a moment, the rules of service must hold."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import CALL, NEVER, ROUND, Demand
from simkpi.engine.chains import left_queue
from simkpi.engine.legs import pieces_of
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import INTERRUPTED, OVERTIME, PAUSED, QUEUE_LEG, WORK, EngineLog
from simkpi.engine.team_plan import SkillPlan, TeamPlan
from simkpi.engine.timetable_identities import pauses_due


def knows_agent(numbers: Plan, demand: Demand, log: EngineLog) -> NDArray[np.bool_]:
    """Whether each contact is of a customer whose case an agent has handled, and who is to go to him if possible."""
    known = np.zeros(len(demand), dtype=np.bool_)
    if numbers.last_agent and demand.returns is not None:
        first = np.full(len(demand), NEVER)
        np.minimum.at(first, demand.returns.case, log.answered)
        prefers = np.array(numbers.last_agent)[demand.contact_type] >= 0
        known = prefers & (first[demand.returns.case] < np.minimum(log.queued, NEVER))
    return known


def waits_again(log: EngineLog) -> NDArray[np.bool_]:
    """Whether each contact was handed back and waits when the run ends."""
    waits = np.zeros(len(log), dtype=np.bool_)
    waits[log.leg_contact[(log.leg_kind == QUEUE_LEG) & (log.leg_to >= NEVER)]] = True
    return waits


class Replay:
    """A log that is followed from tick to tick.

    Parameters
    ----------
    numbers : Plan
        What was run.
    demand, log : Demand, EngineLog
        The contacts that came about, and what happened to them.
    """

    def __init__(self, numbers: Plan, demand: Demand, log: EngineLog) -> None:
        self.plan, self.demand, self.log = numbers, demand, log
        self.team_of = [team for team in numbers.teams for _ in range(team.n_agents)]
        self.weight = [{skill.contact_type: skill.weight for skill in team.skills} for team in numbers.teams]
        self.background = [{skill.contact_type for skill in team.skills if skill.background} for team in numbers.teams]
        self.pieces = pieces_of(demand, log)
        calls = np.zeros(0) if demand.chains is None else np.flatnonzero(np.isin(demand.chains.kind, (CALL, ROUND)))
        #: Stays in the queue of contacts that were handed back: those after their first pick-up.
        again = (log.leg_kind == QUEUE_LEG) & (log.leg_from >= log.answered[log.leg_contact])
        self.again = [
            (int(row), int(start), int(end))
            for row, start, end in zip(log.leg_contact[again], log.leg_from[again], log.leg_to[again], strict=True)
        ]
        self.calls = frozenset(calls.tolist()) | {row for row, _, _ in self.again}
        self.number_of = [number for number, team in enumerate(numbers.teams) for _ in range(team.n_agents)]
        #: Agents who stay with a customer for whom nobody ever comes: the run ends before they can leave.
        self.kept = frozenset() if numbers.cut else frozenset(self.pieces.place[self.pieces.end >= NEVER].tolist())
        #: Units in use, those of them for background work, and background contacts set aside.
        self.used = [0] * numbers.n_agents
        self.behind = [0] * numbers.n_agents
        self.aside: list[list[int]] = [[] for _ in range(numbers.n_agents)]
        self.state = [-1] * numbers.n_agents
        self.state_from = [0] * numbers.n_agents
        self.pauses = pauses_due(numbers)
        self.queue: list[dict[int, None]] = [{} for _ in numbers.contact_types]
        #: Ticks of waiting before anybody but one agent may take the contact, by row.
        self.own: dict[int, int] = {}
        for row in np.flatnonzero(knows_agent(numbers, demand, log)).tolist():
            self.own[row] = max(numbers.last_agent[int(demand.contact_type[row])], 0)

    def violations(self) -> Iterator[str]:
        """Yield the first few broken rules."""
        found = 0
        for tick, events in groupby(self._events(), key=lambda event: event[0]):
            for _, _, action, row in events:
                getattr(self, action)(row)
            for complaint in self._after(tick):
                yield f"at {tick}: {complaint}"
                found += 1
            if found > 5:
                return

    def _events(self) -> list[tuple[int, int, str, int]]:
        log, left = self.log, left_queue(self.demand, self.log)
        waited = left > log.queued
        pieces = self.pieces
        lasts = pieces.start < pieces.end
        extra = [0]
        if any(team.changes for team in self.plan.teams):
            extra += [tick for team in self.plan.teams for tick, _ in team.changes]
        due = [wait for each in range(len(self.queue)) for wait in self.plan.overflow_waits(each)]
        events = [(tick, 9, "_nothing", 0) for tick in extra]
        asked = np.maximum(log.queued, 0)  # backlog asks when the horizon begins
        events += [(tick + wait, 9, "_nothing", 0) for wait in due for tick in asked[asked < NEVER].tolist()]
        events += [(int(log.queued[row]) + wait, 9, "_nothing", 0) for row, wait in self.own.items() if log.queued[row] < NEVER]
        events += [(start, 2, "_hand_back", row) for row, start, _ in self.again]
        events += [(start, 5, "_enter_queue", row) for row, start, end in self.again if end > start]
        events += [(end, 3, "_leave_queue", row) for row, start, end in self.again if start < end < NEVER]
        for order, (action, ticks, rows) in enumerate(
            [
                ("_leave_state", log.state_to, None),
                ("_release", pieces.end, (pieces.end < NEVER) & lasts),
                ("_enter_state", log.state_from, None),
                ("_leave_queue", left, (left < NEVER) & waited),
                ("_take", pieces.start, lasts),
                ("_enter_queue", log.queued, (log.queued < NEVER) & waited),
            ]
        ):
            chosen = range(len(ticks)) if rows is None else np.flatnonzero(rows).tolist()
            events += [(int(ticks[row]), order, action, row) for row in chosen]
        return sorted(event for event in events if not self.plan.cut or event[0] < self.plan.horizon)

    def _nothing(self, row: int) -> None:
        """Change nothing: a moment at which only the rules are checked."""

    def _leave_state(self, row: int) -> None:
        self.state[self.log.state_agent[row]] = -1

    def _enter_state(self, row: int) -> None:
        self.state[self.log.state_agent[row]] = int(self.log.state[row])
        self.state_from[self.log.state_agent[row]] = int(self.log.state_from[row])

    def _hand_back(self, row: int) -> None:
        for aside in self.aside:
            if row in aside:
                aside.remove(row)

    def _take(self, piece: int) -> None:
        self._use(piece, 1)

    def _release(self, piece: int) -> None:
        self._use(piece, -1)

    def _use(self, piece: int, sign: int) -> None:
        agent, row = int(self.pieces.place[piece]), int(self.pieces.contact[piece])
        self.used[agent] += sign * self._weight_of(row, agent)
        if int(self.demand.contact_type[row]) in self.background[self.number_of[agent]]:
            self.behind[agent] += sign * self._weight_of(row, agent)
            if sign > 0 and row in self.aside[agent]:
                self.aside[agent].remove(row)
            elif sign < 0 and self.pieces.how[piece] == INTERRUPTED:
                self.aside[agent].append(row)

    def _enter_queue(self, row: int) -> None:
        self.queue[self.demand.contact_type[row]][row] = None

    def _leave_queue(self, row: int) -> None:
        self.queue[self.demand.contact_type[row]].pop(row)

    def _weight_of(self, row: int, agent: int) -> int:
        return self.weight[self.number_of[agent]][int(self.demand.contact_type[row])]

    def _after(self, tick: int) -> Iterator[str]:
        for agent, used in enumerate(self.used):
            if used > self.team_of[agent].capacity:
                yield f"agent {agent} is above capacity"
            is_paused = self.state[agent] in PAUSED
            if used and (self.state[agent] < 0 or is_paused) and agent not in self.kept:
                yield f"agent {agent} serves outside the time on duty"
            if (
                self.aside[agent]
                and not is_paused
                and used + self._weight_of(self.aside[agent][-1], agent) <= self.team_of[agent].capacity
            ):
                yield f"agent {agent} has room for contact {self.aside[agent][-1]}, which is set aside"
        for contact_type, capacity in enumerate(self.plan.queue_capacity):
            # a backlog takes the places it needs, and whoever is called back has a place of his own
            queue = [row for row in self.queue[contact_type] if row not in self.calls]
            if len(queue) > max(capacity, sum(self.log.queued[row] < 0 for row in queue)):
                yield f"queue {contact_type} is above its capacity"
        for team in self.plan.teams:
            yield from self._idle_beside_queue(team, tick)

    def _may_take(self, agent: int, team: TeamPlan, skill: SkillPlan, tick: int) -> bool:
        """Whether *agent*, who has the room, is at work and not kept for others."""
        everybody = range(team.first_agent, team.first_agent + team.n_agents)
        at_work = [each for each in everybody if self.state[each] == WORK and not self._is_told(each, tick)]
        kept = False
        for agents, weight in skill.reserves:
            able = [each for each in at_work if self.used[each] + weight <= team.capacity]
            kept |= agent in able and len(able) <= agents and self.used[agent] + skill.weight + weight > team.capacity
        return agent in at_work and not kept

    def _idle_beside_queue(self, team: TeamPlan, tick: int) -> Iterator[str]:
        """Complain of an agent with room while somebody eligible waits."""
        agents = range(team.first_agent, team.first_agent + team.n_agents)
        closed = max((moment for moment, count in team.changes if moment <= tick and count == 0), default=0)
        for skill in team.skills:
            room = team.capacity - skill.weight
            since = ((row, max(self.log.queued[row], 0)) for row in self.queue[skill.contact_type])
            eligible = [row for row, queued in since if queued + max(skill.after, self.own.get(row, 0)) <= tick]
            if not eligible:
                continue
            freed = self.behind if not skill.background else [0] * len(self.behind)
            able = (agent for agent in agents if self._may_take(agent, team, skill, tick))
            if any(self.used[agent] - freed[agent] <= room for agent in able):
                yield f"contact {eligible[0]} waits while an agent of {team.name} has room"
            if self.plan.deferred and self.plan.deferred[skill.contact_type]:
                continue
            idle = any(self.state[agent] == OVERTIME and not self.used[agent] for agent in agents)
            if idle and team.serves_queue and any(self.demand.arrived[row] < closed for row in eligible):
                yield f"contact {eligible[0]} waits while an agent of {team.name} who stayed for it is idle"

    def _is_told(self, agent: int, tick: int) -> bool:
        """Whether a pause has become due while the agent was busy, so that he takes nothing new."""
        return self.used[agent] > 0 and any(
            self.state_from[agent] <= due <= tick < lapses for due, lapses in self.pauses.get(agent, ())
        )
