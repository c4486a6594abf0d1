"""A freed agent asks for a contact: which of those who wait. Mirrors reference/freed.py."""

from __future__ import annotations

from simkpi.engine.compiled.background import begin_behind, end_behind, make_room, resume, weight_behind
from simkpi.engine.compiled.effort import retime
from simkpi.engine.compiled.hand_back import is_returned, take_over
from simkpi.engine.compiled.handle import handle
from simkpi.engine.compiled.jit import apart, bytes_, compiled, ints, longs, lowest_bit, rare, shorts
from simkpi.engine.compiled.last_agents import next_for, note
from simkpi.engine.compiled.queues import decide, first_waiting, leave
from simkpi.engine.compiled.ranks import Rank, precedes, rank_contact
from simkpi.engine.compiled.records import Agent, Choice, Team, agent_at, choice_at, group_at, life_at, team_at, type_at
from simkpi.engine.compiled.reserves import leaves_enough
from simkpi.engine.compiled.shifts import release_on_shift
from simkpi.engine.compiled.state import State
from simkpi.engine.compiled.teams import FINISHING, ON, offer, release_room, take


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
        fill(state, agent_at(state.agents, able))
    else:
        finish_aside(state, agent)
    retime(state, agent)
    if team_at(state.teams, agent.team).keeps:
        settle_all(state, team_at(state.teams, agent.team))


@rare
def settle_all(state: State, team: Team) -> None:
    """Let every agent of a team that keeps some free ask anew: more of them may be taken than before."""
    for number in range(team.first_agent, team.first_agent + team.n_agents):
        agent = agent_at(state.agents, number)
        if agent.duty == ON and agent.used < team.capacity:
            fill(state, agent)


@compiled
def settle(state: State, number: int) -> None:
    """Let agent *number*, who has just taken a contact, ask for more: he no longer counts among those kept free."""
    agent = agent_at(state.agents, number)
    if team_at(state.teams, agent.team).keeps:
        fill(state, agent)


@rare
def finish_aside(state: State, agent: Agent) -> None:
    """Let *agent*, if told to finish, go on with work set aside."""
    while agent.duty == FINISHING and resume(state, agent):
        pass


@compiled
def fill(state: State, agent: Agent) -> None:
    """Let *agent* take waiting contacts until full or nothing eligible waits."""
    while agent.duty == ON:
        contact, row = _next_contact(state, agent)
        if agent.n_aside > 0 and (contact < 0 or choice_at(state.wants, row).background) and resume(state, agent):
            continue
        if contact < 0:
            break
        if agent.behind > 0:
            make_room(state, agent, choice_at(state.wants, row).weight)
        answer(state, contact, agent, choice_at(state.wants, row))
        decide(state, contact)
    retime(state, agent)
    offer(state, agent)


@compiled
def _next_contact(state: State, agent: Agent) -> tuple[int, int]:
    """Return the waiting contact that *agent* takes next, -1 if none, and its row of ``wants``."""
    if state.n_waiting == 0:  # known without looking at the agent, so that a wrong guess is noticed early
        return -1, -1
    team = team_at(state.teams, agent.team)
    best, best_row = -1, -1
    own, own_row = next_for(state, agent) if state.has_last_agent else (-1, -1)
    if own >= 0 and not choice_at(state.wants, own_row).background:
        return own, own_row
    for group in range(team.groups_from, team.groups_to):
        if own >= 0 and group_at(state.groups, group).background:
            break
        best, best_row = _next_in_group(state, agent, team, group)
        if best >= 0:
            return best, best_row
    return own, own_row


@compiled
def _next_in_group(state: State, agent: Agent, team: Team, group: int) -> tuple[int, int]:
    """Return the waiting contact of a group of types that *agent* takes next, -1 if none, and its row of ``wants``."""
    room = team.capacity - agent.used
    best, best_row, best_rank, is_ranked = -1, -1, (0, 0, 0), False
    for word in range(state.n_words):
        types = longs(state.types_waiting)[word] & longs(state.group_types)[group * state.n_words + word]
        while types != 0:
            column = (word << 6) + lowest_bit(types)
            types &= types - 1
            row = longs(state.want_of)[team.number * state.n_types + column]
            choice, contact_type = choice_at(state.wants, row), type_at(state.types, column)
            if choice.weight > (room if choice.background else room + agent.behind):
                continue
            contact = first_waiting(state, contact_type, team.cutoff)
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
    return best, best_row


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
def answer(state: State, contact: int, agent: Agent, choice: Choice) -> None:
    """Let *agent* answer *contact*, of the type that *choice* is about."""
    take(state, agent, choice.weight)
    if choice.background:
        begin_behind(state, agent, choice.weight)
    ints(state.agent)[contact] = agent.id
    shorts(state.team)[contact] = agent.team
    bytes_(state.overflowed)[contact] = choice.stage > 0
    if state.announces:
        life_at(state.lives, choice.contact_type).last_wait = state.now - longs(state.queued)[contact]
    if state.has_last_agent:
        note(state, contact, agent)
    leave(state, contact)
    if state.has_hand_back and is_returned(state, contact):
        take_over(state, contact, agent)
        return
    longs(state.answered)[contact] = state.now
    if state.order:
        ints(state.order)[state.n_answered] = contact
        state.n_answered += 1
    handle(state, contact, agent, choice.speed)
