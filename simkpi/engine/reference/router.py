"""Every matching decision: which free agent for an arriving contact, and what becomes of one that waits.

Which waiting contact for a freed agent: :mod:`simkpi.engine.reference.freed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simpy import Event

from simkpi.demand.rows import NEVER
from simkpi.engine.life_plan import BY_LAST
from simkpi.engine.order import Kind
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import ABANDONED, Recorder
from simkpi.engine.reference.choices import Choice, asked
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.freed import Freed
from simkpi.engine.reference.last_agents import OWN, LastAgents
from simkpi.engine.reference.ranks import agent_ranking
from simkpi.engine.reference.reserves import leaves_enough
from simkpi.engine.reference.teams import Agent


class Router(Freed):
    """Queues and teams; decides at the moment of the causing event, processes only wait for the decision.

    Parameters
    ----------
    plan : Plan
        The scenario as numbers.
    clock : Clock
        The environment.
    contact_type : list of int
        Contact type of each contact.
    recorder : Recorder
        Where answers are written.
    backlog : list of int, ticks
        When those entered the queue who wait as the horizon begins: the first contacts, negative.
    case : list of int
        Case of each contact; empty = nobody comes back.
    """

    def __init__(  # noqa: PLR0917 - what a replication consists of
        self, plan: Plan, clock: Clock, contact_type: list[int], recorder: Recorder, backlog: list[int], case: list[int]
    ) -> None:
        super().__init__(plan, clock, contact_type, recorder, backlog)
        self._by_stage = [
            [asked(self._choices, each, stage) for stage in range(len(waits) + 1)]
            for each, waits in enumerate(self.overflow_waits)
        ]
        self._rank_agent = [agent_ranking(policy) for policy in plan.agent_policy]
        self._one_per_load = [policy.longest_idle_first for policy in plan.agent_policy]
        self.last_agents = LastAgents(self, plan.last_agent, list(case)) if plan.last_agent and case else None
        #: Ticks until an agent notices that the customer has left, ``NEVER`` = customers who tell; empty = all do.
        self.noticed: list[int] = []
        #: Called when a customer leaves without telling.
        self.leaves_silently: Callable[[int], None] = lambda contact: None

    def ask(self, contact: int) -> Agent | None:
        """Let *contact* ask for a human; return the agent who answers at once, if one has room.

        Where the agent who handled the case may be waited for, nobody else is asked yet.
        """
        self.recorder.queued[contact] = self.clock.now if contact >= self.n_backlog else self._since[contact]
        if self.last_agents is not None and (own := self.last_agents.find(contact)):
            agent, choice = own
            if self.has_room(agent, choice):
                return self._take(contact, agent, choice)
            if self.last_agents.waits_for(contact) > 0:
                self.stage[contact] = OWN
                return None
        return self._ask_anybody(contact)

    def _ask_anybody(self, contact: int) -> Agent | None:
        """Let *contact* ask those who are free, and then those who would set work in the background aside."""
        agent = self._answer_by_free_agent(contact, 0)
        if agent is None and self.background is not None:
            agent = self._answer_by_interrupted_agent(contact, 0)
            if agent is not None:
                self._fill(agent)
        return agent

    def ask_others(self, contact: int) -> Agent | None:
        """Let *contact*, who would leave rather than wait for the agent who handled the case, ask anybody."""
        self.stage[contact] = 0
        return self._ask_anybody(contact)

    def has_room(self, agent: Agent, choice: Choice) -> bool:
        """Whether *agent* has room for a contact of the type, and enough agents are left for those they are kept for."""
        return agent.used + choice.skill.weight <= choice.team.capacity and leaves_enough(choice, agent.used)

    def free_slots(self, contact_type: int) -> int:
        """How many more contacts of the type agents could take at once; 0 while any of them waits."""
        if self.waiting[contact_type]:
            return 0
        room = 0
        for group in self._by_stage[contact_type][0]:
            for choice in group:
                if choice.team.cutoff == NEVER:
                    agents = choice.team.with_room(choice.skill.weight)
                    room += sum((choice.team.capacity - agent.used) // choice.skill.weight for agent in agents)
        return room

    def announced(self, contact: int) -> int:
        """Return the wait that is announced to *contact*, which no agent could answer at once, in ticks."""
        contact_type, slots, life = self.contact_type[contact], 0, self.plan.life
        if life.announces[contact_type] == BY_LAST:
            return self.last_wait[contact_type]
        for group in self._by_stage[contact_type][0]:
            for choice in group:
                if self.number[contact] < choice.team.cutoff:
                    slots += choice.team.n_on_duty() * (choice.team.capacity // choice.skill.weight)
        return (self.waiting[contact_type] + 1) * life.handle_time[contact_type] // slots if slots else NEVER

    def wait(self, contact: int, patience: int) -> Event:
        """Queue *contact*; the event's value will be the agent who answers, or None when the customer abandons."""
        contact_type = self.contact_type[contact]
        decision = self.decision[contact] = Event(self.clock)
        if self.picked is not None and self.picked.is_for(contact_type):
            self.picked.enter(contact, contact_type)
        else:
            self.queues[contact_type].append(contact)
        self.waiting[contact_type] += 1
        now = self.clock.now
        if self.last_agents and self.stage[contact] == OWN:
            self.last_agents.queue(contact)
            self.clock.call_at(now + self.last_agents.waits_for(contact), Kind.OVERFLOW, contact, self._overflow)
        elif self.overflow_waits[contact_type]:
            self.clock.call_at(now + self.overflow_waits[contact_type][0], Kind.OVERFLOW, contact, self._overflow)
        if patience < NEVER:
            self.clock.call_at(now + patience, Kind.ABANDON, contact, self._abandon)
        return decision

    def _overflow(self, timer: Event) -> None:
        contact = int(timer.value)  # type: ignore[arg-type]
        if self.decision[contact] is None:
            return
        self.stage[contact] += 1
        agent = self._answer_by_free_agent(contact, self.stage[contact])
        if agent is not None:
            self._decide(contact, agent)
            self.settle(agent)
            return
        if self.background is not None:
            agent = self._answer_by_interrupted_agent(contact, self.stage[contact])
            if agent is not None:
                self._decide(contact, agent)
                self._fill(agent)
                return
        waits = self.overflow_waits[self.contact_type[contact]]
        if self.stage[contact] < len(waits):
            moment = max(self.recorder.queued[contact], 0) + waits[self.stage[contact]]  # backlog entered at the beginning
            self.clock.call_at(max(moment, self.clock.now), Kind.OVERFLOW, contact, self._overflow)

    def _abandon(self, timer: Event) -> None:
        contact = int(timer.value)  # type: ignore[arg-type]
        if self.decision[contact] is None:
            return
        if self.noticed and self.noticed[contact] < NEVER:
            self.recorder.ended[contact], self.recorder.outcome[contact] = self.clock.now, ABANDONED
            self.leaves_silently(contact)
            return
        self.leave(contact)
        self._decide(contact, None)

    def _answer_by_free_agent(self, contact: int, stage: int) -> Agent | None:
        """Let the best agent with room, of the teams that become eligible at *stage*, answer *contact*."""
        contact_type, now = self.contact_type[contact], self.clock.now
        rank_agent, number = self._rank_agent[contact_type], self.number[contact]
        for group in self._by_stage[contact_type][stage]:
            best = None
            for choice in group:
                if number >= choice.team.cutoff:
                    continue
                agents = self._candidates(choice)
                if len(agents) == 1 and len(group) == 1:  # nobody to compare with
                    return self._take(contact, agents[0], choice)
                for agent in agents:
                    rank = rank_agent(agent, choice, now), agent.id
                    if best is None or rank < best[0]:
                        best = rank, agent, choice
            if best is not None:
                _, agent, choice = best
                return self._take(contact, agent, choice)
        return None

    def _candidates(self, choice: Choice) -> list[Agent]:
        """Agents with room, of whom at most one per load if the policy ranks the longest idle first anyway."""
        if self._one_per_load[choice.contact_type]:
            levels: Iterable[int] = choice.levels
            if choice.skill.reserves:
                levels = [used for used in levels if leaves_enough(choice, used)]
            longest_idle = choice.team.longest_idle
            if len(choice.levels) == 1:
                only = longest_idle(0)
                return [only] if only is not None and levels else []
            return [agent for used in levels if (agent := longest_idle(used)) is not None]
        agents = choice.team.with_room(choice.skill.weight)
        return [agent for agent in agents if leaves_enough(choice, agent.used)] if choice.skill.reserves else agents

    def _take(self, contact: int, agent: Agent, choice: Choice) -> Agent:
        """Let *agent* answer *contact*, who asks."""
        self._answer(contact, agent, choice)
        choice.team.offer(agent)
        return agent

    def _answer_by_interrupted_agent(self, contact: int, stage: int) -> Agent | None:
        """Let an agent who sets background work aside for it answer *contact*; he may then have room for more."""
        assert self.background is not None
        found = self.background.interrupt(self._by_stage[self.contact_type[contact]][stage], self.number[contact])
        if found is None:
            return None
        agent, choice = found
        self._answer(contact, agent, choice)
        return agent

    def enter_again(self, contact: int, is_returned: Callable[[int], bool]) -> Event:
        """Put a contact that is handed back to the front of its queue, or with who is free.

        The event's value will be the agent who goes on.
        """
        contact_type, queued = self.contact_type[contact], self.recorder.queued
        decision = self.decision[contact] = Event(self.clock)
        queue, place, rank = self.queues[contact_type], 0, (queued[contact], contact)
        # behind those handed back that came before it
        while place < len(queue) and is_returned(queue[place]) and (queued[queue[place]], queue[place]) < rank:
            place += 1
        if contact in queue:  # its old place, which nobody has skipped yet
            queue.remove(contact)
            place = min(place, len(queue))
        queue.insert(place, contact)
        self.waiting[contact_type] += 1
        self.unserved[contact_type] += 1
        agent = self._answer_by_free_agent(contact, 0)
        if agent is not None:
            self._decide(contact, agent)
            self.settle(agent)
        return decision
