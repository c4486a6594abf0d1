"""What must hold exactly in every log of every engine: conservation laws and the rules of service, checked from outside.

Nothing here shares code with an engine: the checks read the log, the demand and the plan, and replay the day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import BOT_ONLY, NEVER, Demand
from simkpi.demand.rows import REFUSED as IS_REFUSED
from simkpi.engine.bot_identities import broken_bots
from simkpi.engine.chains import goes_on, is_gone, left_queue
from simkpi.engine.chat_identities import broken_chats
from simkpi.engine.deferred_identities import broken_picks
from simkpi.engine.life_plan import PPM
from simkpi.engine.line_identities import crowded_lines
from simkpi.engine.plan import Plan, on_duty, plan
from simkpi.engine.recorder import (
    ABANDONED,
    ANSWERED,
    BLOCKED,
    CONTAINED,
    GAVE_UP,
    GOES_ON,
    OPEN,
    REFUSED,
    WORK,
    EngineLog,
)
from simkpi.engine.replay import Replay, knows_agent, waits_again
from simkpi.engine.returns import arrivals, realised
from simkpi.engine.thread_identities import broken_threads
from simkpi.engine.timetable_identities import timetable_violations
from simkpi.engine.visit_identities import broken_invitations
from simkpi.engine.work_identities import broken_work, is_warm
from simkpi.interactions.columns import OUTCOMES
from simkpi.scenario.deferred import OLDEST
from simkpi.scenario.resolve import Scenario

_HANDED_OFF = 1


def violations(scenario: Scenario, demand: Demand, log: EngineLog) -> list[str]:
    """Every identity that the log breaks, in words; an empty list for a sound engine.

    Parameters
    ----------
    scenario : Scenario
        What was run.
    demand : Demand
        The contacts that were run.
    log : EngineLog
        What happened.

    Returns
    -------
    list of str
    """
    return broken_by(plan(scenario), demand, log)


def broken_by(numbers: Plan, demand: Demand, log: EngineLog) -> list[str]:
    """Every identity that the log of *numbers* breaks (see :func:`violations`)."""
    numbers, stop = on_duty(numbers, demand), numbers.horizon if numbers.cut else NEVER
    unused = list(_unused(numbers, demand, log))
    all_rows = demand
    demand, log, rows = realised(numbers, demand, log)
    drawn = all_rows.bot[rows]
    return [
        *unused,
        *_final_states(demand, log, cut=numbers.cut),
        *_timestamps(numbers, demand, log),
        *_shortened(numbers, demand, log),
        *broken_work(numbers, demand, log),
        *_balking(numbers, demand, log),
        *broken_bots(numbers, demand, log, drawn),
        *broken_chats(numbers, demand, log),
        *broken_threads(numbers, demand, log),
        *broken_invitations(numbers, demand, log),
        *_little(numbers, demand, log, stop),
        *_first_come_first_served(numbers, demand, log),
        *broken_picks(numbers, demand, log),
        *_head_counts(numbers, log),
        *timetable_violations(numbers, log),
        *crowded_lines(numbers, demand, log),
        *Replay(numbers, demand, log).violations(),
    ]


def _stays_for_ever(demand: Demand, log: EngineLog) -> NDArray[np.bool_]:
    """Whether an agent stays with a customer whom no colleague ever picks up, nor who gives up."""
    warm = is_warm(demand)
    return warm if demand.chains is None else warm & (log.outcome[np.maximum(demand.chains.next, 0)] == OPEN)


def _is_turned_away(demand: Demand) -> NDArray[np.bool_]:
    chains = demand.chains
    return np.zeros(len(demand), dtype=np.bool_) if chains is None else np.isin(chains.fate, (IS_REFUSED, BOT_ONLY))


def _unused(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Check that only those come back who had a reason to."""
    if demand.returns is None:
        return
    came = arrivals(numbers, demand, log) < NEVER
    if demand.chains is not None:
        to, moment = goes_on(numbers, demand, log)
        came[to[moment < NEVER]] = True
    acts = (log.queued < NEVER) | (log.answered < NEVER) | (log.ended < NEVER) | (log.outcome != OPEN)
    if (acts & ~came).any():
        yield f"came back without a reason: contacts {_some(acts & ~came)}"


def _final_states(demand: Demand, log: EngineLog, *, cut: bool) -> Iterator[str]:
    """Check that each contact has one outcome and the moments that go with it: nothing is lost, nothing counted twice."""
    queued, answered, ended, wrapped = (ticks < NEVER for ticks in (log.queued, log.answered, log.ended, log.wrapped))
    patient = demand.patience >= NEVER
    gone = is_gone(demand, log)
    stays = _stays_for_ever(demand, log)
    expected = {
        ANSWERED: queued & answered & ended & (wrapped | cut | stays) & (log.agent >= 0),
        ABANDONED: queued & ended & np.where(gone, answered == (log.agent >= 0), ~answered & ~wrapped & (log.agent < 0)),
        BLOCKED: ~answered & ended & ~wrapped & (~queued | (log.ended == log.queued)),
        REFUSED: ~queued & ~answered & ended & _is_turned_away(demand),
        CONTAINED: ~queued & ~answered & ended & (demand.bot_outcome == 0),
        GAVE_UP: ~queued & ~answered & ended & (demand.bot_outcome == 2),
        OPEN: ~ended & ~wrapped & (cut | (queued & ~answered & patient) | waits_again(log)),
        GOES_ON: ~answered & ended & ~wrapped & (not cut or demand.chains is not None),
    }
    for outcome, moments in expected.items():
        wrong = (log.outcome == outcome) & ~moments
        if wrong.any():
            yield f"outcome '{(*OUTCOMES, 'goes on')[outcome]}' with the wrong moments: contacts {_some(wrong)}"
    unknown = ~np.isin(log.outcome, list(expected))
    if unknown.any():
        yield f"no final state: contacts {_some(unknown)}"


def _timestamps(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Check the order of the moments, and that nobody waits longer than he would."""
    has_bot = demand.bot >= 0
    asks = demand.arrived + np.where(has_bot, demand.bot_time, 0)
    asked = log.queued < NEVER
    if len(log.bot_started):  # checked by _bots
        asks = np.where(has_bot, log.bot_started + demand.bot_time, log.queued)
    if (asked & (log.queued != asks)).any():
        yield f"does not ask for a human when the bot hands off: contacts {_some(asked & (log.queued != asks))}"
    if (asked & has_bot & (demand.bot_outcome != _HANDED_OFF)).any():
        yield "a contact that the bot did not hand off entered a queue"
    gone = is_gone(demand, log)
    left = np.where(asked, np.where(gone, log.ended, np.minimum(log.answered, log.ended)), NEVER)
    pairs = {"queued before arrived": (demand.arrived, log.queued), "left the queue before entering it": (log.queued, left)}
    spoken = (log.answered < NEVER) & ~gone
    pairs |= {"ended before answered": (np.where(spoken, log.answered, -1), log.ended)}
    pairs |= {"taken before the customer left": (np.where(gone, log.ended, -1), np.where(gone, log.answered, NEVER))}
    pairs |= {"wrapped up before ended": (np.where(log.ended < NEVER, log.ended, -1), log.wrapped)}
    for complaint, (first, second) in pairs.items():
        wrong = (second < NEVER) & (second < first)
        if wrong.any():
            yield f"{complaint}: contacts {_some(wrong)}"
    limit = np.where(demand.patience < NEVER, np.maximum(log.queued, 0) + demand.patience, NEVER)
    late = asked & (left < NEVER) & (left > limit)
    if late.any():
        yield f"waited beyond their patience: contacts {_some(late)}"
    early = (log.outcome == ABANDONED) & (log.ended != limit)
    if numbers.life.kept:
        early &= (log.ended <= log.queued) | (np.array(numbers.life.kept)[demand.contact_type] == PPM)
    if demand.longest_queue is not None:
        early &= (log.ended != log.queued) | (demand.longest_queue >= NEVER)
    if demand.balk_above is not None:
        early &= (log.ended != log.queued) | (demand.balk_above >= NEVER)
    if early.any():
        yield f"abandoned before their patience ended: contacts {_some(early)}"


def _shortened(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Check that patience is as much shorter as the contacts waiting in the channel make it, where they do."""
    life, left = numbers.life, left_queue(demand, log)
    for crowd in set(life.crowd):
        kinds = [kind for kind, each in enumerate(life.crowd) if each == crowd]
        waits = np.isin(demand.contact_type, kinds) & (log.queued < NEVER) & (left > log.queued)
        enters, leaves = np.sort(log.queued[waits]), np.sort(left[waits])
        kept = np.array(life.kept)[demand.contact_type] / PPM
        rows = np.flatnonzero(waits & (kept < 1) & (demand.patience < NEVER) & (log.queued >= 0))
        # at one tick others may join before or after, and each cut to whole ticks may take one
        most = np.searchsorted(enters, log.queued[rows], "right") - np.searchsorted(leaves, log.queued[rows], "left") - 1
        least = np.searchsorted(enters, log.queued[rows], "left") - np.searchsorted(leaves, log.queued[rows], "right")
        # who left without a word is found out later: the wait ended before; a horizon that cuts ends the others'
        until = np.minimum(left, numbers.horizon) if numbers.cut else left
        wait = (np.where(log.outcome == ABANDONED, log.ended, until) - log.queued)[rows]
        least_patient = demand.patience[rows] * kept[rows] ** np.maximum(most, 0) - most - 1
        wrong = (log.outcome[rows] == ABANDONED) & (wait < least_patient) & (wait > 0)
        most_patient = demand.patience[rows] * kept[rows] ** np.maximum(least, 0) + 1e-3  # in floats 5,000 x .6 ** 3 < 1,080
        wrong |= wait > np.maximum(most_patient, 1)
        if wrong.any():
            yield f"patience is not shortened by those who wait: contacts {', '.join(map(str, rows[wrong][:5]))}"


def _balking(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Check that whoever balks at the queue found a longer one than he joins, and that nobody joins such a queue."""
    if demand.longest_queue is None:
        return
    left = left_queue(demand, log)
    for contact_type in range(len(numbers.contact_types)):
        mine = (demand.contact_type == contact_type) & (log.queued < NEVER)
        enters, leaves = np.sort(log.queued[mine & (left > log.queued)]), np.sort(left[mine & (left > log.queued)])
        rows = np.flatnonzero(mine & (log.answered != log.queued) & (log.outcome != BLOCKED) & (log.queued >= 0))
        # at one tick others may join before or after: the queue was between these two lengths
        most = np.searchsorted(enters, log.queued[rows], "right") - np.searchsorted(leaves, log.queued[rows], "left")
        least = np.searchsorted(enters, log.queued[rows], "left") - np.searchsorted(leaves, log.queued[rows], "right")
        balked = (log.ended[rows] == log.queued[rows]) & (demand.patience[rows] > 0)
        hears = np.zeros(len(rows), dtype=np.bool_) if demand.balk_above is None else demand.balk_above[rows] < NEVER
        hears |= log.outcome[rows] == GOES_ON
        wrong = balked & (most <= demand.longest_queue[rows]) & ~hears
        if wrong.any():
            yield f"balked at a queue that was short enough: contacts {', '.join(map(str, rows[wrong][:5]))}"
        wrong = ~balked & (demand.patience[rows] > 0) & (least > demand.longest_queue[rows])
        if wrong.any():
            yield f"joined a longer queue than he would: contacts {', '.join(map(str, rows[wrong][:5]))}"


def _little(numbers: Plan, demand: Demand, log: EngineLog, stop: int) -> Iterator[str]:
    """Little's law on the sample path: the time integral of the number present is the sum of the stays."""
    left = left_queue(demand, log)
    end = max(int(ticks[ticks < NEVER].max(initial=0)) for ticks in (log.wrapped, log.ended, log.queued))
    end = min(stop, end)
    for contact_type, name in enumerate(numbers.contact_types):
        mine = (demand.contact_type == contact_type) & (log.queued < NEVER)
        for place, (enter, leave) in {"queue": (log.queued, left), "agents": (log.answered, log.wrapped)}.items():
            came = mine & (enter < NEVER)
            stays = np.minimum(leave[came], end) - enter[came]
            moments = np.concatenate([enter[came], np.minimum(leave[came], end)])
            steps = np.concatenate([np.ones(came.sum(), dtype=np.int64), -np.ones(came.sum(), dtype=np.int64)])
            order = np.argsort(moments, kind="stable")
            present = np.cumsum(steps[order])
            if int((present[:-1] * np.diff(moments[order])).sum()) != int(stays.sum()):
                yield f"Little's law fails for {name} in the {place}"


def _first_come_first_served(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Nobody overtakes an earlier contact of the same type.

    But for agents who stay only for those who came before, and customers for whom one agent is the right one.
    """
    left = left_queue(demand, log)
    for contact_type, name in enumerate(numbers.contact_types):
        if numbers.pick and numbers.pick[contact_type] != OLDEST:
            continue
        rows = np.flatnonzero((demand.contact_type == contact_type) & (log.queued < NEVER) & ~knows_agent(numbers, demand, log))
        rows = rows[np.lexsort((rows, log.queued[rows]))]
        earlier = np.concatenate([[-1], np.maximum.accumulate(left[rows])[:-1]]) if len(rows) else left[rows]
        if demand.returns is not None:
            # among those who asked at the same tick the order is that of the demand's rows, unknown here: compare with the others
            begins = np.searchsorted(log.queued[rows], log.queued[rows])
            earlier = np.where(begins > 0, earlier[begins], -1) if len(rows) else earlier
        overtook = rows[(log.answered[rows] < NEVER) & (earlier > log.answered[rows])]
        wrong = [row for row in overtook if _state_at(log, int(log.agent[row]), int(log.answered[row])) == WORK]
        if wrong:
            yield f"overtook an earlier contact of {name}: contacts {wrong[:5]}"


def _head_counts(numbers: Plan, log: EngineLog) -> Iterator[str]:
    """Agents in state work = scheduled head-count, at every moment; the states of an agent do not overlap."""
    for team in numbers.teams:
        if team.agents:
            continue
        mine = (log.state_agent >= team.first_agent) & (log.state_agent < team.first_agent + team.n_agents)
        change: dict[int, int] = defaultdict(int)
        for moment, sign in ((log.state_from, 1), (log.state_to, -1)):
            for tick in moment[mine & (log.state == WORK)].tolist():
                change[tick] += sign
        present, steps = 0, []
        for tick in sorted(change):
            present += change[tick]
            if change[tick]:
                steps.append((tick, present))
        wanted = [*team.changes]
        if numbers.cut and wanted and wanted[-1][0] < numbers.horizon and wanted[-1][1]:
            wanted.append((numbers.horizon, 0))
        if steps != wanted:
            yield f"team {team.name}: agents at work {steps}, scheduled {wanted}"
    same = (log.state_agent[1:] == log.state_agent[:-1]) & (log.state_from[1:] < log.state_to[:-1])
    if same.any() or (log.state_to <= log.state_from).any():
        yield "an agent is in two states at once, or in one for no time"


def _state_at(log: EngineLog, agent: int, tick: int) -> int:
    """State of *agent* at *tick* (the one that begins there, if two meet); -1 = not present."""
    low, high = np.searchsorted(log.state_agent, [agent, agent + 1])
    place = int(low) + bisect_right(log.state_from[low:high].tolist(), tick) - 1
    return int(log.state[place]) if place >= low and log.state_to[place] > tick else -1


def _some(wrong: NDArray[np.bool_]) -> str:
    return ", ".join(str(row) for row in np.flatnonzero(wrong)[:5])
