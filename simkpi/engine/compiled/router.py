"""Every matching decision: which free agent for an arriving contact, and what becomes of one that waits.

Mirrors reference/router.py; a decision is carried out at once here, where a process waits for it there. Which waiting contact
for a freed agent: :mod:`simkpi.engine.compiled.freed`.
"""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.background import interrupt
from simkpi.engine.compiled.chains import let_go
from simkpi.engine.compiled.clock import ABANDON, NOWHERE, OVERFLOW, at
from simkpi.engine.compiled.effort import retime
from simkpi.engine.compiled.freed import answer, fill, settle
from simkpi.engine.compiled.jit import apart, bytes_, compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.last_agents import find, has_room, queue_for_own
from simkpi.engine.compiled.picks import enter_picked
from simkpi.engine.compiled.queues import decide, leave, one_more_waits, type_of, waits_for_own
from simkpi.engine.compiled.ranks import Rank, precedes, rank_agent
from simkpi.engine.compiled.records import (
    Agent,
    Choice,
    ContactType,
    Team,
    agent_at,
    choice_at,
    level_at,
    life_at,
    stage_at,
    team_at,
)
from simkpi.engine.compiled.reserves import leaves_enough
from simkpi.engine.compiled.returns import ask_again, redial
from simkpi.engine.compiled.state import NOT_WAITING, OWN, State
from simkpi.engine.compiled.teams import ON, longest_idle, offer
from simkpi.engine.life_plan import BY_LAST
from simkpi.engine.recorder import ABANDONED


@compiled
def ask(state: State, contact: int) -> int:
    """Let *contact* ask for a human; return the agent who answers at once, -1 if nobody has room."""
    longs(state.queued)[contact] = state.now if contact >= state.n_backlog else longs(state.arrived)[contact]
    if state.has_last_agent:
        own, row = find(state, contact)
        if own >= 0:
            agent, choice = agent_at(state.agents, own), choice_at(state.wants, row)
            if has_room(state, agent, choice):
                answer(state, contact, agent, choice)
                retime(state, agent)
                offer(state, agent)
                settle(state, own)
                return own
            if longs(state.own_waits)[shorts(state.contact_type)[contact]] > 0:
                shorts(state.stage)[contact] = OWN
                return -1
    return ask_anybody(state, contact)


@compiled
def ask_anybody(state: State, contact: int) -> int:
    """Let *contact* ask those who are free, and then those who would set work in the background aside."""
    agent = answer_by_free_agent(state, contact, 0)
    if agent >= 0:
        settle(state, agent)
    elif state.has_background:
        agent = _answer_by_interrupted_agent(state, contact, 0)
        if agent >= 0:
            fill(state, agent_at(state.agents, agent))
    return agent


@rare
def announced(state: State, contact: int) -> int:
    """Return the wait that is announced to *contact*, which no agent could answer at once, in ticks."""
    contact_type = type_of(state, contact)
    life = life_at(state.lives, shorts(state.contact_type)[contact])
    if life.announces == BY_LAST:
        return life.last_wait
    asks, slots = stage_at(state.stages, shorts(state.contact_type)[contact]), 0
    for row in range(asks.asks_from, asks.asks_to):
        choice = choice_at(state.asks, row)
        team = team_at(state.teams, choice.team)
        if ints(state.number)[contact] < team.cutoff:
            slots += _n_on_duty(state, team) * (team.capacity // choice.weight)
    return (contact_type.waiting + 1) * life.handle_time // slots if slots > 0 else NEVER


@compiled
def _n_on_duty(state: State, team: Team) -> int:
    """Return how many agents take contacts."""
    count = 0
    for number in range(team.first_agent, team.first_agent + team.n_agents):
        count += agent_at(state.agents, number).duty == ON
    return count


@compiled
def wait(state: State, contact: int, patience: int) -> None:
    """Queue *contact*."""
    if state.has_chase:
        ask_again(state, contact)
    contact_type = type_of(state, contact)
    waits_own = waits_for_own(state, contact)
    if not waits_own:
        shorts(state.stage)[contact] = 0
    if contact_type.pick:
        enter_picked(state, contact_type, contact)
    else:
        ints(state.behind)[contact] = -1
        if contact_type.first < 0:
            contact_type.first = contact
        else:
            ints(state.behind)[contact_type.last] = contact
        contact_type.last = contact
    one_more_waits(state, contact)
    next_wait = stage_at(state.stages, shorts(state.contact_type)[contact]).next_wait
    overflows = patience_ends = NOWHERE
    if waits_own:
        queue_for_own(state, contact)
        overflows = at(state, state.now + longs(state.own_waits)[shorts(state.contact_type)[contact]], OVERFLOW, contact)
    elif next_wait < NEVER:
        overflows = at(state, state.now + next_wait, OVERFLOW, contact)
    if patience < NEVER:
        patience_ends = at(state, state.now + patience, ABANDON, contact)
    ints(state.overflow_timer)[contact], ints(state.patience_timer)[contact] = overflows, patience_ends


@compiled
def overflow(state: State, contact: int) -> None:
    """Let *contact*, if it still waits, ask the teams of its next stage."""
    if shorts(state.stage)[contact] == NOT_WAITING:
        return
    ints(state.overflow_timer)[contact] = NOWHERE
    stage = 0 if shorts(state.stage)[contact] == OWN else shorts(state.stage)[contact] + 1
    shorts(state.stage)[contact] = stage
    answers = answer_by_free_agent(state, contact, stage)
    if answers >= 0:
        decide(state, contact)
        settle(state, answers)
        return
    if state.has_background:
        agent = _answer_by_interrupted_agent(state, contact, stage)
        if agent >= 0:
            decide(state, contact)
            fill(state, agent_at(state.agents, agent))
            return
    next_wait = stage_at(state.stages, stage * state.n_types + shorts(state.contact_type)[contact]).next_wait
    if next_wait < NEVER:
        moment = max(max(longs(state.queued)[contact], 0) + next_wait, state.now)
        ints(state.overflow_timer)[contact] = at(state, moment, OVERFLOW, contact)


@compiled
def abandon(state: State, contact: int) -> None:
    """Let *contact*, if it still waits, leave the queue."""
    if shorts(state.stage)[contact] != NOT_WAITING:
        ints(state.patience_timer)[contact] = NOWHERE
        is_silent = state.has_noticed > 0 and longs(state.noticed)[contact] < NEVER  # then the place in the queue is kept
        if not is_silent:
            leave(state, contact)
            decide(state, contact)
        longs(state.ended)[contact] = state.now
        bytes_(state.outcome)[contact] = ABANDONED
        let_go(state, contact)
        redial(state, contact)


@compiled
def answer_by_free_agent(state: State, contact: int, stage: int) -> int:
    """Let the best agent with room, of the teams that become eligible at *stage*, answer *contact*; -1 if nobody has."""
    contact_type = type_of(state, contact)
    asks = stage_at(state.stages, stage * state.n_types + shorts(state.contact_type)[contact])
    best, best_row, best_rank = -1, -1, (0, 0, 0)
    for row in range(asks.asks_from, asks.asks_to):
        choice = choice_at(state.asks, row)
        if best >= 0 and choice.preference != choice_at(state.asks, best_row).preference:
            break
        team = team_at(state.teams, choice.team)
        if team.n_free == 0 or ints(state.number)[contact] >= team.cutoff:
            continue
        is_bound = choice.reserves_to > choice.reserves_from
        if contact_type.one_per_load:
            for used in range(team.capacity - choice.weight + 1):
                candidate = longest_idle(state, team, used)
                if candidate < 0 or (is_bound and not leaves_enough(state, team, choice, used)):
                    continue
                # at most a few, often only one, which needs no rank
                if best < 0 or _outranks(state, contact_type, row, candidate, best_row, best):
                    best, best_row = candidate, row
        else:
            for candidate in range(team.first_agent, team.first_agent + team.n_agents):
                agent = agent_at(state.agents, candidate)
                is_able = agent.level >= 0 and agent.used + choice.weight <= team.capacity
                if is_able and not (is_bound and not leaves_enough(state, team, choice, agent.used)):
                    rank = _rank(state, contact_type, choice, agent)
                    if best < 0 or precedes(rank, candidate, best_rank, best):
                        best, best_row, best_rank = candidate, row, rank
    if best >= 0:
        agent = agent_at(state.agents, best)
        answer(state, contact, agent, choice_at(state.asks, best_row))
        retime(state, agent)
        offer(state, agent)
    return best


@apart
def _outranks(  # noqa: PLR0917 - two of a kind
    state: State, contact_type: ContactType, row: int, candidate: int, best_row: int, best: int
) -> bool:
    """Whether *candidate*, by a row of ``asks``, comes before *best*, by another one."""
    rank = _rank(state, contact_type, choice_at(state.asks, row), agent_at(state.agents, candidate))
    best_rank = _rank(state, contact_type, choice_at(state.asks, best_row), agent_at(state.agents, best))
    return precedes(rank, candidate, best_rank, best)


@apart
def _rank(state: State, contact_type: ContactType, choice: Choice, agent: Agent) -> Rank:
    team = team_at(state.teams, choice.team)
    # in the order of AGENT_NUMBERS; what the policy does not ask for is never worked out
    measures = (
        agent.since,
        choice.speed,
        level_at(state.levels, agent.level).load,
        state.now,
        choice.level,
        (team.capacity - agent.used) // choice.weight,
        agent.busy + (state.now - agent.since if agent.open > 0 else 0),
        state.now - agent.came,
    )
    return rank_agent(contact_type.agent_rank, contact_type.agent_rank_address, measures)


@rare
def _answer_by_interrupted_agent(state: State, contact: int, stage: int) -> int:
    """Let an agent who sets background work aside for it answer *contact*; he may then have room for more."""
    agent, row = interrupt(state, contact, stage)
    if agent >= 0:
        answer(state, contact, agent_at(state.agents, agent), choice_at(state.asks, row))
    return agent
