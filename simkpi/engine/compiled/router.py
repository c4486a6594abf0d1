"""Every matching decision: which free agent for an arriving contact, which waiting contact for a freed agent.

Mirrors reference/router.py; a decision is carried out at once here, where a process waits for it there.
"""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.background import begin_behind, end_behind, interrupt, make_room, resume, weight_behind
from simkpi.engine.compiled.chains import let_go
from simkpi.engine.compiled.clock import ABANDON, OVERFLOW, at
from simkpi.engine.compiled.effort import retime
from simkpi.engine.compiled.handle import handle
from simkpi.engine.compiled.jit import apart, bytes_, compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.last_agents import find, has_room, next_for, note, queue_for_own
from simkpi.engine.compiled.picks import enter_picked, first_picked
from simkpi.engine.compiled.ranks import Rank, precedes, rank_agent, rank_contact
from simkpi.engine.compiled.reserves import leaves_enough
from simkpi.engine.compiled.returns import ask_again, redial
from simkpi.engine.compiled.shifts import open_or_close, release_on_shift, served_one_on_shift
from simkpi.engine.compiled.state import (
    NOT_WAITING,
    OWN,
    Agent,
    Choice,
    ContactType,
    State,
    Team,
    agent_at,
    choice_at,
    level_at,
    life_at,
    stage_at,
    team_at,
    type_at,
)
from simkpi.engine.compiled.teams import FINISHING, ON, change_head_count, longest_idle, offer, release_room, served_one, take
from simkpi.engine.life_plan import BY_LAST
from simkpi.engine.recorder import ABANDONED

#: Position in the order of arrival of whoever can wait for another day: behind everybody for whom a closing team stays.
ANOTHER_DAY = (1 << 31) - 1

# --- an arriving contact asks for an agent ------------------------------------------------------------------------------


@compiled
def type_of(state: State, contact: int) -> ContactType:
    """Return the contact type of *contact*."""
    return type_at(state.types, shorts(state.contact_type)[contact])


@compiled
def arrive(state: State, contact: int) -> None:
    """Count a contact that has just arrived."""
    contact_type = type_of(state, contact)
    ints(state.number)[contact] = ANOTHER_DAY if contact_type.deferred else state.arrived_so_far
    state.arrived_so_far += 1
    contact_type.unserved += 1


@rare
def go_on(state: State, contact: int, row: int) -> None:
    """Count the *row* by which *contact* goes on: it came when the contact came (``Router.follow`` of the reference)."""
    contact_type = type_of(state, row)
    number = ANOTHER_DAY if contact_type.deferred else ints(state.number)[contact]
    ints(state.number)[row] = number
    contact_type.unserved += 1
    if state.n_closing > 0:
        column = shorts(state.contact_type)[row]
        for place in range(state.n_teams):
            team = team_at(state.teams, place)
            is_before = team.cutoff != NEVER and number < team.cutoff
            if is_before and longs(state.weight)[place * state.n_types + column] > 0:
                team.pending += 1


@compiled
def ask(state: State, contact: int) -> int:
    """Let *contact* ask for a human; return the agent who answers at once, -1 if nobody has room."""
    longs(state.queued)[contact] = state.now if contact >= state.n_backlog else longs(state.arrived)[contact]
    if state.has_last_agent:
        own, row = find(state, contact)
        if own >= 0:
            agent, choice = agent_at(state.agents, own), choice_at(state.wants, row)
            if has_room(state, agent, choice):
                _answer(state, contact, agent, choice)
                retime(state, agent)
                offer(state, agent)
                _settle(state, own)
                return own
            if longs(state.own_waits)[shorts(state.contact_type)[contact]] > 0:
                shorts(state.stage)[contact] = OWN
                return -1
    return ask_anybody(state, contact)


@compiled
def ask_anybody(state: State, contact: int) -> int:
    """Let *contact* ask those who are free, and then those who would set work in the background aside."""
    agent = _answer_by_free_agent(state, contact, 0)
    if agent >= 0:
        _settle(state, agent)
    elif state.has_background:
        agent = _answer_by_interrupted_agent(state, contact, 0)
        if agent >= 0:
            _fill(state, agent_at(state.agents, agent))
    return agent


@compiled
def waits_for_own(state: State, contact: int) -> bool:
    """Whether *contact* has asked nobody but the agent who handled the case."""
    return state.has_last_agent > 0 and shorts(state.stage)[contact] == OWN


@compiled
def _settle(state: State, number: int) -> None:
    """Let agent *number*, who has just taken a contact, ask for more: he no longer counts among those kept free."""
    agent = agent_at(state.agents, number)
    if team_at(state.teams, agent.team).keeps:
        _fill(state, agent)


@rare
def _settle_all(state: State, team: Team) -> None:
    """Let every agent of a team that keeps some free ask anew: more of them may be taken than before."""
    for number in range(team.first_agent, team.first_agent + team.n_agents):
        agent = agent_at(state.agents, number)
        if agent.duty == ON and agent.used < team.capacity:
            _fill(state, agent)


@compiled
def is_full(state: State, contact: int) -> bool:
    """Whether the queue that *contact* would join has no place left."""
    contact_type = type_of(state, contact)
    return contact_type.waiting >= contact_type.queue_capacity


@compiled
def is_longer(state: State, contact: int, longest: int) -> bool:
    """Whether more contacts of the type of *contact* wait than *longest*."""
    return type_of(state, contact).waiting > longest


@rare
def announced(state: State, contact: int) -> int:
    """Return the wait that is announced to *contact*, which no agent could answer at once, in ticks."""
    contact_type = type_of(state, contact)
    life = life_at(state.lives, shorts(state.contact_type)[contact])
    if life.announces == BY_LAST:
        return life.last_wait
    asks, slots = stage_at(state.stages, contact_type.first_stage), 0
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
    contact_type.waiting += 1
    next_wait = stage_at(state.stages, contact_type.first_stage).next_wait
    if waits_own:
        queue_for_own(state, contact)
        at(state, state.now + longs(state.own_waits)[shorts(state.contact_type)[contact]], OVERFLOW, contact)
    elif next_wait < NEVER:
        at(state, state.now + next_wait, OVERFLOW, contact)
    if patience < NEVER:
        at(state, state.now + patience, ABANDON, contact)


@compiled
def leave(state: State, contact: int) -> None:
    """Count a contact that is no longer in a bot or a queue; teams that stay for it may go home."""
    type_of(state, contact).unserved -= 1
    if state.n_closing > 0:
        column = shorts(state.contact_type)[contact]
        for place in range(state.n_teams):
            team = team_at(state.teams, place)
            is_before = team.cutoff != NEVER and ints(state.number)[contact] < team.cutoff
            if is_before and longs(state.weight)[place * state.n_types + column] > 0:
                if team.has_timetables:
                    served_one_on_shift(state, team)
                else:
                    served_one(state, team)


@compiled
def overflow(state: State, contact: int) -> None:
    """Let *contact*, if it still waits, ask the teams of its next stage."""
    if shorts(state.stage)[contact] == NOT_WAITING:
        return
    stage = 0 if shorts(state.stage)[contact] == OWN else shorts(state.stage)[contact] + 1
    shorts(state.stage)[contact] = stage
    answers = _answer_by_free_agent(state, contact, stage)
    if answers >= 0:
        _decide(state, contact)
        _settle(state, answers)
        return
    if state.has_background:
        agent = _answer_by_interrupted_agent(state, contact, stage)
        if agent >= 0:
            _decide(state, contact)
            _fill(state, agent_at(state.agents, agent))
            return
    next_wait = stage_at(state.stages, type_of(state, contact).first_stage + stage).next_wait
    if next_wait < NEVER:
        at(state, max(max(longs(state.queued)[contact], 0) + next_wait, state.now), OVERFLOW, contact)


@compiled
def abandon(state: State, contact: int) -> None:
    """Let *contact*, if it still waits, leave the queue."""
    if shorts(state.stage)[contact] != NOT_WAITING:
        is_silent = state.has_noticed > 0 and longs(state.noticed)[contact] < NEVER  # then the place in the queue is kept
        if not is_silent:
            leave(state, contact)
            _decide(state, contact)
        longs(state.ended)[contact] = state.now
        bytes_(state.outcome)[contact] = ABANDONED
        let_go(state, contact)
        redial(state, contact)


@compiled
def _decide(state: State, contact: int) -> None:
    """Let *contact* no longer wait; its place in the queue is skipped when it surfaces."""
    shorts(state.stage)[contact] = NOT_WAITING
    type_of(state, contact).waiting -= 1


@compiled
def _answer_by_free_agent(state: State, contact: int, stage: int) -> int:
    """Let the best agent with room, of the teams that become eligible at *stage*, answer *contact*; -1 if nobody has."""
    contact_type = type_of(state, contact)
    asks = stage_at(state.stages, contact_type.first_stage + stage)
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
        _answer(state, contact, agent, choice_at(state.asks, best_row))
        retime(state, agent)
        offer(state, agent)
    return best


@rare
def _answer_by_interrupted_agent(state: State, contact: int, stage: int) -> int:
    """Let an agent who sets background work aside for it answer *contact*; he may then have room for more."""
    agent, row = interrupt(state, contact, stage)
    if agent >= 0:
        _answer(state, contact, agent_at(state.agents, agent), choice_at(state.asks, row))
    return agent


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


# --- a freed agent asks for a contact -----------------------------------------------------------------------------------


@compiled
def release(state: State, contact: int) -> None:
    """Free the room that *contact* took; whoever can take more does."""
    agent = agent_at(state.agents, ints(state.agent)[contact])
    weight = longs(state.weight)[agent.team * state.n_types + shorts(state.contact_type)[contact]]
    if agent.behind > 0 and weight_behind(state, agent.team, contact) > 0:
        end_behind(state, agent, weight)
    if team_at(state.teams, agent.team).has_timetables:
        able = release_on_shift(state, agent, weight)
    else:
        able = release_room(state, agent, weight)
    if able >= 0:
        _fill(state, agent_at(state.agents, able))
    else:
        _finish_aside(state, agent)
    retime(state, agent)
    if team_at(state.teams, agent.team).keeps:
        _settle_all(state, team_at(state.teams, agent.team))


@rare
def schedule(state: State, number: int, count: int) -> None:
    """Change a team's head-count; those who come take waiting contacts, in order of id."""
    team, pending = team_at(state.teams, number), 0
    for contact_type in range(state.n_types):
        if longs(state.weight)[number * state.n_types + contact_type] > 0 and not type_at(state.types, contact_type).deferred:
            pending += type_at(state.types, contact_type).unserved
    if team.has_timetables:
        open_or_close(state, team, count, state.arrived_so_far, pending)
    else:
        everybody = change_head_count(state, team, count, state.arrived_so_far, pending)
        for place in range(team.first_agent, team.first_agent + team.n_agents):
            if everybody or longs(state.came)[place]:
                _fill(state, agent_at(state.agents, place))
    if team.keeps:
        _settle_all(state, team)


@rare
def attend(state: State, agent: Agent) -> None:
    """Let *agent*, whose timetable has changed something, take contacts, or finish what is set aside."""
    if agent.duty == ON:
        _fill(state, agent)
        if team_at(state.teams, agent.team).keeps:
            _settle_all(state, team_at(state.teams, agent.team))
    elif agent.open == 0:
        _finish_aside(state, agent)
        retime(state, agent)


@rare
def _finish_aside(state: State, agent: Agent) -> None:
    """Let *agent*, if told to finish, go on with work set aside."""
    while agent.duty == FINISHING and resume(state, agent):
        pass


@compiled
def _fill(state: State, agent: Agent) -> None:
    """Let *agent* take waiting contacts until full or nothing eligible waits."""
    while agent.duty == ON:
        contact, row = _next_contact(state, agent)
        if agent.n_aside > 0 and (contact < 0 or choice_at(state.wants, row).background) and resume(state, agent):
            continue
        if contact < 0:
            break
        if agent.behind > 0:
            make_room(state, agent, choice_at(state.wants, row).weight)
        _answer(state, contact, agent, choice_at(state.wants, row))
        _decide(state, contact)
    retime(state, agent)
    offer(state, agent)


@compiled
def _next_contact(state: State, agent: Agent) -> tuple[int, int]:
    """Return the waiting contact that *agent* takes next, -1 if none, and its row of ``wants``."""
    team = team_at(state.teams, agent.team)
    room = team.capacity - agent.used
    best, best_row, best_rank, is_ranked = -1, -1, (0, 0, 0), False
    own, own_row = next_for(state, agent) if state.has_last_agent else (-1, -1)
    if own >= 0 and not choice_at(state.wants, own_row).background:
        return own, own_row
    for row in range(team.wants_from, team.wants_to):
        choice = choice_at(state.wants, row)
        if own >= 0 and choice.background:
            break
        contact_type = type_at(state.types, choice.contact_type)
        if contact_type.waiting == 0 or choice.weight > (room if choice.background else room + agent.behind):
            continue
        if best >= 0 and choice.order != choice_at(state.wants, best_row).order:
            break
        contact = _first_waiting(state, contact_type, team.cutoff)
        if contact < 0 or shorts(state.stage)[contact] < choice.stage:
            continue
        if choice.reserves_to > choice.reserves_from and not leaves_enough(state, team, choice, agent.used):
            continue
        if best < 0:
            best, best_row, is_ranked = contact, row, False
            continue
        if not is_ranked:  # the only one so far needed no rank
            best_rank, is_ranked = _rank_waiting(state, choice_at(state.wants, best_row), best), True
        rank = _rank_waiting(state, choice, contact)
        if precedes(rank, contact, best_rank, best):
            best, best_row, best_rank = contact, row, rank
    return (own, own_row) if best < 0 else (best, best_row)


@apart
def _rank_waiting(state: State, choice: Choice, contact: int) -> Rank:
    contact_type, queued = type_at(state.types, choice.contact_type), longs(state.queued)[contact]
    # in the order of CONTACT_NUMBERS
    measures = (
        queued - contact_type.head_start,
        contact_type.priority,
        state.now,
        contact_type.rise,
        queued + contact_type.target_wait,
        contact_type.target_wait,
        contact_type.waiting,
        contact_type.queue_weight,
        choice.speed,
        choice.level,
    )
    return rank_contact(state.contact_rank, state.contact_rank_address, measures)


@compiled
def _first_waiting(state: State, contact_type: ContactType, cutoff: int) -> int:
    """Return the contact of the type that has waited longest, of those arrived before *cutoff*; -1 if none."""
    if contact_type.pick:
        return -1 if cutoff != NEVER else first_picked(state, contact_type)
    stage, behind, number = shorts(state.stage), ints(state.behind), ints(state.number)
    while stage[contact_type.first] == NOT_WAITING:
        contact_type.first = behind[contact_type.first]
    contact = contact_type.first
    if contact_type.deferred and cutoff != NEVER:
        return -1
    while number[contact] >= cutoff or stage[contact] < 0:  # does not wait, or for its own agent only
        contact = behind[contact]
        if contact < 0:
            break
    return contact


@compiled
def _answer(state: State, contact: int, agent: Agent, choice: Choice) -> None:
    take(state, agent, choice.weight)
    if choice.background:
        begin_behind(state, agent, choice.weight)
    longs(state.answered)[contact] = state.now
    ints(state.agent)[contact] = agent.id
    shorts(state.team)[contact] = agent.team
    bytes_(state.overflowed)[contact] = choice.stage > 0
    if state.announces:
        life_at(state.lives, choice.contact_type).last_wait = state.now - longs(state.queued)[contact]
    if state.has_last_agent:
        note(state, contact, agent)
    leave(state, contact)
    handle(state, contact, agent, choice.speed)
