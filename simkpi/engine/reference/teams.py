"""Agents and teams: who is on duty, and who has room for a contact."""

from __future__ import annotations

from enum import IntEnum
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from simkpi.demand.rows import NEVER
from simkpi.engine.ppm import PPM
from simkpi.engine.recorder import OVERTIME, WORK, Recorder
from simkpi.engine.team_plan import TeamPlan

if TYPE_CHECKING:
    from simkpi.engine.reference.effort import Work


class Duty(IntEnum):
    """Whether an agent may take contacts."""

    OFF = 0
    ON = 1
    #: Told to finish: takes nothing new, leaves when free.
    FINISHING = 2


class Agent:
    """One agent: what is open, since when, and the place in the team's table of free agents."""

    __slots__ = (
        "aside", "behind", "busy", "came", "duty", "entry", "id", "open", "since", "state", "state_from", "team", "used", "works"
    )  # fmt: skip

    def __init__(self, ident: int, team: Team) -> None:
        self.id = ident
        self.team = team
        self.duty = Duty.OFF
        #: Capacity units in use, and number of contacts open.
        self.used = 0
        self.open = 0
        #: Tick at which the number of open contacts last changed (or at which the agent came).
        self.since = 0
        #: Tick at which the agent came on duty, and ticks with a contact open from then to the last change.
        self.came = 0
        self.busy = 0
        #: The agent's valid entry in ``Team.free``; None = has no room or is not on duty.
        self.entry: tuple[int, int] | None = None
        #: The open contacts whose pace depends on how many are open.
        self.works: list[Work] = []
        #: Units in use for background work, and background contacts set aside, the last one last.
        self.behind = 0
        self.aside: list[Work] = []
        self.state = -1
        self.state_from = 0


class Team:
    """Agents who are alike, counted by a schedule.

    Parameters
    ----------
    plan : TeamPlan
        The team as numbers.
    number : int
        Position among the teams.
    recorder : Recorder
        Where the agents' states are written.
    """

    def __init__(self, plan: TeamPlan, number: int, recorder: Recorder) -> None:
        self.plan = plan
        self.number = number
        self.capacity = plan.capacity
        self._first = plan.first_agent
        self.agents = [Agent(plan.first_agent + place, self) for place in range(plan.n_agents)]
        #: Load in ppm when so many units are in use.
        self.load = [used * PPM // plan.capacity for used in range(plan.capacity + 1)]
        #: Agents with room by units in use: heaps of (since, id) whose dead entries are skipped when they surface.
        self.free: list[list[tuple[int, int]]] = [[] for _ in range(plan.capacity)]
        self._fullest = plan.capacity - min(skill.weight for skill in plan.skills)
        #: Agents told to finish, in the order in which they were told.
        self.finishing: list[Agent] = []
        #: Only so many contacts, the first to arrive, are served: all, until the team closes and stays for those who came before.
        self.cutoff = NEVER
        #: Contacts below the cutoff, in a bot or a queue, that this team could serve.
        self.pending = 0
        #: Agents at work in the background, by id.
        self.behind: dict[int, Agent] = {}
        #: Whether agents are kept free for some contact types.
        self.keeps = any(skill.reserves for skill in plan.skills)
        self._states = recorder.states

    # --- who has room -----------------------------------------------------------------------------------------------

    def longest_idle(self, used: int) -> Agent | None:
        """Return the agent with *used* units in use whose load changed longest ago, if there is one."""
        heap = self.free[used]
        while heap:
            entry = heap[0]
            agent = self.agents[entry[1] - self._first]
            if agent.entry is entry:
                return agent
            heappop(heap)
        return None

    def with_room(self, weight: int) -> list[Agent]:
        """Return every agent on duty with room for *weight* units, by id."""
        return [agent for agent in self.agents if agent.entry is not None and agent.used + weight <= self.capacity]

    def n_on_duty(self) -> int:
        """Return how many agents take contacts."""
        return sum(agent.duty is Duty.ON for agent in self.agents)

    def offer(self, agent: Agent) -> None:
        """Enter *agent* in the table of free agents, if on duty and with room for anything."""
        if agent.duty is Duty.ON and agent.used <= self._fullest:
            agent.entry = (agent.since, agent.id)
            heappush(self.free[agent.used], agent.entry)

    def take(self, agent: Agent, weight: int, now: int) -> None:
        """Open a contact of *weight* units with *agent*, who leaves the table of free agents until offered again."""
        if agent.open:
            agent.busy += now - agent.since
        agent.used += weight
        agent.open += 1
        agent.since = now
        agent.entry = None

    def release(self, agent: Agent, weight: int, now: int) -> Agent | None:
        """Close a contact of *weight* units; return who may take another one, if anybody.

        Whoever becomes entirely free while a colleague has been told to finish leaves in the colleague's place: as long
        as more agents are busy than scheduled, the next to be free goes.
        """
        agent.busy += now - agent.since
        agent.used -= weight
        agent.open -= 1
        agent.since = now
        agent.entry = None
        if agent.duty is Duty.ON:
            if agent.open or agent.aside or not self.finishing:
                return agent
            colleague = self.finishing.pop()
            self._set(colleague, Duty.ON, now)
            self._set(agent, Duty.OFF, now)
            return colleague
        if not agent.open and not agent.aside:
            self.finishing.remove(agent)
            self._set(agent, Duty.OFF, now)
        return None

    def go_home(self, agent: Agent, now: int) -> None:
        """Let *agent* go who was told to finish and has nothing open any more."""
        self.finishing.remove(agent)
        self._set(agent, Duty.OFF, now)

    # --- head-count -------------------------------------------------------------------------------------------------

    def schedule(self, count: int, now: int, *, arrived: int, pending: int) -> list[Agent]:
        """Change the head-count to *count*; return the agents, by id, who may now take contacts.

        Parameters
        ----------
        count : int
            Agents scheduled from now on.
        now : int, ticks
            The moment.
        arrived : int
            Contacts that have arrived so far.
        pending : int
            Those of them, in a bot or a queue, that this team could serve.
        """
        on_duty = [agent for agent in self.agents if agent.duty is Duty.ON]
        if count == 0 and self.plan.serves_queue and pending:
            self.cutoff, self.pending = arrived, pending
            self._restate(now)
            return []
        reopens = self.cutoff != NEVER
        self.cutoff = NEVER
        if reopens:
            self._restate(now)
        self._fall(on_duty, len(on_duty) - count, now)
        able = self._rise(count - len(on_duty), now)
        return [agent for agent in self.agents if agent.duty is Duty.ON] if reopens else able

    def served_one(self, now: int) -> None:
        """Count one pending contact less; when there is none left the team goes home."""
        self.pending -= 1
        if self.pending == 0:
            on_duty = [agent for agent in self.agents if agent.duty is Duty.ON]
            self._fall(on_duty, len(on_duty), now)
            self.cutoff = NEVER

    def stop(self, now: int) -> None:
        """Write down the states that last until the run's end."""
        for agent in self.agents:
            self._enter(agent, -1, now)

    def _fall(self, on_duty: list[Agent], surplus: int, now: int) -> None:
        """Send home the idle, highest id first; tell those with the fewest open contacts (then highest id) to finish."""
        for agent in sorted(on_duty, key=lambda agent: (agent.open, -agent.id))[: max(surplus, 0)]:
            agent.entry = None
            if agent.open:
                self.finishing.append(agent)
            self._set(agent, Duty.FINISHING if agent.open else Duty.OFF, now)

    def _rise(self, missing: int, now: int) -> list[Agent]:
        """Keep those told to finish, last told first; then new agents come, lowest free id first."""
        able = [self.finishing.pop() for _ in range(min(missing, len(self.finishing)))]
        for agent in self.agents:
            if len(able) >= missing:
                break
            if agent.duty is Duty.OFF:
                agent.since = agent.came = now
                agent.busy = 0
                able.append(agent)
        for agent in able:
            self._set(agent, Duty.ON, now)
        return sorted(able, key=lambda agent: agent.id)

    def _set(self, agent: Agent, duty: Duty, now: int) -> None:
        agent.duty = duty
        if duty is Duty.OFF:
            self._enter(agent, -1, now)
        else:
            self._enter(agent, WORK if duty is Duty.ON and self.cutoff == NEVER else OVERTIME, now)

    def _restate(self, now: int) -> None:
        """Enter anew the states of all who are present: closing turns work into overtime, opening the reverse."""
        for agent in self.agents:
            if agent.duty is not Duty.OFF:
                self._set(agent, agent.duty, now)

    def _enter(self, agent: Agent, state: int, now: int) -> None:
        if state == agent.state:
            return
        if agent.state >= 0 and now > agent.state_from:
            self._states.append((agent.id, agent.state_from, now, agent.state))
        agent.state, agent.state_from = state, now
