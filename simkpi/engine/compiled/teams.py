"""Agents and teams: who is on duty, and who has room for a contact. Mirrors reference/teams.py."""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.jit import compiled, longs, rare
from simkpi.engine.compiled.records import Agent, Team, agent_at, level_at, stay_at, team_at
from simkpi.engine.compiled.state import TOO_MANY_STAYS, State
from simkpi.engine.recorder import OVERTIME, WORK

# Values of ``Agent.duty``: told to finish = takes nothing new, leaves when free.
OFF, ON, FINISHING = 0, 1, 2

# --- who has room -------------------------------------------------------------------------------------------------------


@compiled
def longest_idle(state: State, team: Team, used: int) -> int:
    """Return the agent with *used* units in use whose load changed longest ago, -1 if there is none."""
    return level_at(state.levels, team.first_level + used).head


@compiled
def offer(state: State, agent: Agent) -> None:
    """Enter *agent* in the table of free agents, if on duty and not full.

    A level's list is sorted by (since, id). Nearly always an agent belongs at its end: the load has just changed.
    """
    team = team_at(state.teams, agent.team)
    if agent.duty != ON or agent.used >= team.capacity or agent.level >= 0:
        return
    agent.level = team.first_level + agent.used
    level = level_at(state.levels, agent.level)
    before, after = level.tail, -1
    while before >= 0 and _idle_longer(agent, agent_at(state.agents, before)):
        before, after = agent_at(state.agents, before).previous, before
    _link(state, agent.level, before, agent.id)
    _link(state, agent.level, agent.id, after)
    team.n_free += 1


@compiled
def withdraw(state: State, agent: Agent) -> None:
    """Take *agent* out of the table of free agents (``agent.entry = None`` in the reference)."""
    if agent.level >= 0:
        _link(state, agent.level, agent.previous, agent.next)
        agent.level = -1
        team_at(state.teams, agent.team).n_free -= 1


@compiled
def _idle_longer(agent: Agent, other: Agent) -> bool:
    return agent.since < other.since or (agent.since == other.since and agent.id < other.id)


@compiled
def _link(state: State, level: int, before: int, after: int) -> None:
    """Let *after* follow *before* in the list of *level*; -1 = the list's end."""
    if before >= 0:
        agent_at(state.agents, before).next = after
    else:
        level_at(state.levels, level).head = after
    if after >= 0:
        agent_at(state.agents, after).previous = before
    else:
        level_at(state.levels, level).tail = before


@compiled
def take(state: State, agent: Agent, weight: int) -> None:
    """Open a contact of *weight* units with *agent*, who leaves the table of free agents until offered again."""
    withdraw(state, agent)
    if agent.open > 0:
        agent.busy += state.now - agent.since
    agent.used += weight
    agent.open += 1
    agent.since = state.now


@compiled
def release_room(state: State, agent: Agent, weight: int) -> int:
    """Close a contact of *weight* units; return who may take another one, -1 if nobody.

    Whoever becomes entirely free while a colleague has been told to finish leaves in the colleague's place.
    """
    team = team_at(state.teams, agent.team)
    withdraw(state, agent)
    agent.busy += state.now - agent.since
    agent.used -= weight
    agent.open -= 1
    agent.since = state.now
    if agent.duty == ON:
        if agent.open > 0 or agent.n_aside > 0 or team.n_finishing == 0:
            return agent.id
        colleague = _last_told(state, team)
        _set(state, agent_at(state.agents, colleague), ON)
        _set(state, agent, OFF)
        return colleague
    if agent.open == 0 and agent.n_aside == 0:
        _forget_told(state, team, agent.id)
        _set(state, agent, OFF)
    return -1


@rare
def go_home(state: State, agent: Agent) -> None:
    """Let *agent* go who was told to finish and has nothing open any more."""
    _forget_told(state, team_at(state.teams, agent.team), agent.id)
    _set(state, agent, OFF)


# --- head-count ---------------------------------------------------------------------------------------------------------


@rare
def change_head_count(state: State, team: Team, count: int, arrived: int, pending: int) -> bool:
    """Change the head-count to *count*; return whether everybody on duty, not only who comes, may now take contacts.

    Who comes is marked with 1 in ``State.came``.
    """
    came, on_duty = longs(state.came), 0
    for agent in range(team.first_agent, team.first_agent + team.n_agents):
        on_duty += agent_at(state.agents, agent).duty == ON
        came[agent] = 0
    if count == 0 and team.serves_queue and pending > 0:
        serve_before(state, team, arrived)
        team.pending = pending
        _restate(state, team)
        return False
    reopens = team.cutoff != NEVER
    serve_before(state, team, NEVER)
    if reopens:
        _restate(state, team)
    if on_duty > count:
        _fall(state, team, on_duty - count)
    else:
        _come(state, team, count - on_duty)
    return reopens


@rare
def served_one(state: State, team: Team) -> None:
    """Count one pending contact less; when there is none left the team goes home."""
    team.pending -= 1
    if team.pending == 0:
        _fall(state, team, team.n_agents)
        serve_before(state, team, NEVER)


@rare
def stop(state: State) -> None:
    """Write down the states that last until the run's end."""
    for agent in range(state.n_agents):
        enter(state, agent_at(state.agents, agent), -1)


@rare
def _fall(state: State, team: Team, surplus: int) -> None:
    """Send home the idle, highest id first; tell those with the fewest open contacts (then highest id) to finish."""
    highest_open = 0
    for number in range(team.first_agent, team.first_agent + team.n_agents):
        highest_open = max(highest_open, agent_at(state.agents, number).open)
    for n_open in range(highest_open + 1):
        for place in range(team.n_agents):
            if surplus == 0:
                return
            agent = agent_at(state.agents, team.first_agent + team.n_agents - 1 - place)
            if agent.duty != ON or agent.open != n_open:
                continue
            surplus -= 1
            withdraw(state, agent)
            if n_open > 0:
                longs(state.finishing)[team.first_agent + team.n_finishing] = agent.id
                team.n_finishing += 1
            _set(state, agent, FINISHING if n_open > 0 else OFF)


@rare
def _come(state: State, team: Team, missing: int) -> None:
    """Keep those told to finish, last told first; then new agents come, lowest free id first (``_rise``)."""
    while missing > 0 and team.n_finishing > 0:
        agent = agent_at(state.agents, _last_told(state, team))
        _set(state, agent, ON)
        longs(state.came)[agent.id] = 1
        missing -= 1
    for number in range(team.first_agent, team.first_agent + team.n_agents):
        if missing == 0:
            break
        agent = agent_at(state.agents, number)
        if agent.duty == OFF:
            agent.since = agent.came = state.now
            agent.busy = 0
            _set(state, agent, ON)
            longs(state.came)[number] = 1
            missing -= 1


@compiled
def _last_told(state: State, team: Team) -> int:
    team.n_finishing -= 1
    return longs(state.finishing)[team.first_agent + team.n_finishing]


@compiled
def _forget_told(state: State, team: Team, agent: int) -> None:
    finishing, place = longs(state.finishing), team.first_agent
    while finishing[place] != agent:
        place += 1
    team.n_finishing -= 1
    while place < team.first_agent + team.n_finishing:
        finishing[place] = finishing[place + 1]
        place += 1


@rare
def serve_before(state: State, team: Team, cutoff: int) -> None:
    """Serve only contacts below *cutoff* from now on."""
    state.n_closing += (cutoff != NEVER) - (team.cutoff != NEVER)
    team.cutoff = cutoff


@compiled
def _set(state: State, agent: Agent, duty: int) -> None:
    agent.duty = duty
    if duty == OFF:
        enter(state, agent, -1)
    elif duty == ON and team_at(state.teams, agent.team).cutoff == NEVER:
        enter(state, agent, WORK)
    else:
        enter(state, agent, OVERTIME)


@rare
def _restate(state: State, team: Team) -> None:
    """Enter anew the states of all who are present: closing turns work into overtime, opening the reverse."""
    for number in range(team.first_agent, team.first_agent + team.n_agents):
        agent = agent_at(state.agents, number)
        if agent.duty != OFF:
            _set(state, agent, agent.duty)


@compiled
def enter(state: State, agent: Agent, entered: int) -> None:
    """Write down the state that *agent* leaves, and let him be in another (-1 = not present)."""
    if entered == agent.state:
        return
    if agent.state >= 0 and state.now > agent.state_from:
        if state.n_stays == state.most_stays:
            state.failed = TOO_MANY_STAYS
            return
        stay = stay_at(state.stays, state.n_stays)
        state.n_stays += 1
        stay.agent, stay.start, stay.end, stay.state = agent.id, agent.state_from, state.now, agent.state
    agent.state, agent.state_from = entered, state.now
