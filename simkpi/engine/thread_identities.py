"""Threads go back to the agent who wrote last, checked from outside: nobody else takes one for whom he had room."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simkpi.demand.rows import NEVER, ROUND, Demand
from simkpi.engine.legs import pieces_of
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import WORK, EngineLog


def broken_threads(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Yield the threads that went to somebody else at once, though the agent who wrote last was there and had room.

    Only agents counted by a schedule, none of whom is kept for other contacts, are looked at: of the others the log alone
    does not tell whether they take anything. What happens at the very tick may have come before or after.
    """
    if demand.chains is None or demand.returns is None:
        return
    at_once = (demand.chains.kind == ROUND) & (log.queued < NEVER) & (log.answered == log.queued)
    if not at_once.any():
        return
    pieces, team_of = pieces_of(demand, log), [team for team in numbers.teams for _ in range(team.n_agents)]
    weight = [{skill.contact_type: skill.weight for skill in team.skills} for team in numbers.teams]
    for row in np.flatnonzero(at_once).tolist():
        tick, kind = int(log.queued[row]), int(demand.contact_type[row])
        case = np.flatnonzero((demand.returns.case == demand.returns.case[row]) & (log.answered <= tick))
        before = case[case != row]
        last = int(log.agent[before[np.argmax(log.answered[before])]])
        team = team_of[last]
        skill = next((each for each in team.skills if each.contact_type == kind), None)
        mine = (log.state_agent == last) & (log.state_from < tick) & (log.state_to > tick)
        known = skill is not None and not skill.reserves and not team.agents and (log.answered[before] < tick).all()
        if last == log.agent[row] or skill is None or not known or WORK not in log.state[mine]:
            continue
        open_then = np.flatnonzero((pieces.place == last) & (pieces.start <= tick) & (pieces.end >= tick))
        contacts = {int(each) for each in pieces.contact[open_then]}
        used = sum(weight[int(log.team[each])][int(demand.contact_type[each])] for each in contacts)
        if used + skill.weight <= team.capacity:
            yield f"thread {row} went to agent {log.agent[row]} though agent {last}, who wrote last, had room"
