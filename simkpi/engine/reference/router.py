"""Every matching decision: which free agent for an arriving contact, which waiting contact for a freed agent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from simpy import Event

from simkpi.demand.rows import NEVER
from simkpi.engine.life_plan import BY_LAST
from simkpi.engine.order import Kind
from simkpi.engine.plan import Plan, TeamPlan
from simkpi.engine.recorder import ABANDONED, Recorder
from simkpi.engine.reference.background import Background
from simkpi.engine.reference.choices import Choice, all_choices, asked, wanted
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.hand_back import HandBack
from simkpi.engine.reference.last_agents import OWN, LastAgents
from simkpi.engine.reference.picks import Picked
from simkpi.engine.reference.ranks import agent_ranking, contact_ranking
from simkpi.engine.reference.reserves import leaves_enough
from simkpi.engine.reference.shifts import ShiftTeam, Timetables
from simkpi.engine.reference.teams import Agent, Duty, Team

#: Position in the order of arrival of whoever can wait for another day: behind everybody for whom a closing team stays.
ANOTHER_DAY = (1 << 31) - 1


class Router:
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
        types = range(len(plan.contact_types))
        self.plan = plan
        self.clock = clock
        self.contact_type = contact_type
        self.recorder = recorder
        self.timetables = Timetables(plan, clock, self.attend)
        self.teams = [self._team(team, number) for number, team in enumerate(plan.teams)]
        self.overflow_waits = [plan.overflow_waits(each) for each in types]
        #: Waiting contacts of each type in order of arrival; those who left are skipped when they surface.
        self.queues: list[deque[int]] = [deque() for _ in types]
        self.waiting = [0 for _ in types]
        #: What a waiting contact's process waits for; None = not waiting.
        self.decision: list[Event | None] = [None] * len(contact_type)
        #: Overflow waits that a waiting contact has behind it.
        self.stage = [0] * len(contact_type)
        #: Contacts of each type in a bot or a queue, and contacts arrived so far.
        self.unserved = [0 for _ in types]
        self.arrived = 0
        self.n_backlog, self._since = len(backlog), backlog
        #: Wait of the last contact of each type that an agent took.
        self.last_wait = [0 for _ in types]
        self._announces = bool(plan.life.announces)
        #: Ticks until an agent notices that the customer has left, ``NEVER`` = customers who tell; empty = all do.
        self.noticed: list[int] = []
        #: Called when a customer leaves without telling.
        self.leaves_silently: Callable[[int], None] = lambda contact: None
        #: Position of each contact in the order of arrival.
        self.number = [0] * len(contact_type)
        self._weight = [{skill.contact_type: skill.weight for skill in team.skills} for team in plan.teams]
        choices = all_choices(self.teams, self.overflow_waits)
        self._by_stage = [[asked(choices, each, stage) for stage in range(len(self.overflow_waits[each]) + 1)] for each in types]
        self._wanted = [wanted(choices, team) for team in self.teams]
        self._deferred = plan.deferred or (False,) * len(plan.contact_types)
        self._rank_agent = [agent_ranking(policy) for policy in plan.agent_policy]
        self._one_per_load = [policy.longest_idle_first for policy in plan.agent_policy]
        self._rank_contact = contact_ranking(plan.contact_policy, self)
        #: By team: each contact type that it serves.
        self.choice_of = [{c.skill.contact_type: c for c in choices if c.team is team} for team in self.teams]
        self.last_agents = LastAgents(self, plan.last_agent, list(case)) if plan.last_agent and case else None
        self._closing: list[Team] = []
        #: Work that is set aside for live contacts; None = there is none.
        self.background: Background | None = None
        #: Deferrable work handed back at the end of a shift; None = nobody does.
        self.hand_back: HandBack | None = None
        #: Queues from which not the oldest is taken first; None = there are none.
        self.picked: Picked | None = None

    # --- an arriving contact asks for an agent ----------------------------------------------------------------------

    def arrive(self, contact: int) -> None:
        """Count a contact that has just arrived."""
        contact_type = self.contact_type[contact]
        self.number[contact] = ANOTHER_DAY if self._deferred[contact_type] else self.arrived
        self.arrived += 1
        self.unserved[contact_type] += 1

    def follow(self, contact: int, row: int) -> None:
        """Count the *row* by which *contact* goes on: it came when the contact came."""
        contact_type = self.contact_type[row]
        self.number[row] = ANOTHER_DAY if self._deferred[contact_type] else self.number[contact]
        self.unserved[contact_type] += 1
        for team in self._closing:
            if self.number[row] < team.cutoff and contact_type in self._weight[team.number]:
                team.pending += 1

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

    def waits_for_own(self, contact: int) -> bool:
        """Whether *contact* has asked nobody but the agent who handled the case."""
        return self.last_agents is not None and self.stage[contact] == OWN

    def is_waiting(self, contact: int) -> bool:
        """Whether *contact* is in a queue."""
        return self.decision[contact] is not None

    def is_own(self, contact: int) -> bool:
        """Whether *contact* waits for the agent who handled the case only."""
        return self.stage[contact] == OWN and self.decision[contact] is not None

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

    def is_full(self, contact_type: int) -> bool:
        """Whether the queue of *contact_type* has no place left."""
        return self.waiting[contact_type] >= self.plan.queue_capacity[contact_type]

    def is_longer(self, contact: int, longest: int) -> bool:
        """Whether more contacts of the type of *contact* wait than *longest*."""
        return self.waiting[self.contact_type[contact]] > longest

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

    def leave(self, contact: int) -> None:
        """Count a contact that is no longer in a bot or a queue; teams that stay for it may go home."""
        contact_type = self.contact_type[contact]
        self.unserved[contact_type] -= 1
        if self._closing:
            for team in self._closing:
                if self.number[contact] < team.cutoff and contact_type in self._weight[team.number]:
                    team.served_one(self.clock.now)
            self._closing = [team for team in self._closing if team.pending]

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

    def _decide(self, contact: int, agent: Agent | None) -> None:
        """Wake the process of a waiting contact; its place in the queue is skipped when it surfaces."""
        decision = self.decision[contact]
        assert decision is not None
        self.decision[contact] = None
        self.waiting[self.contact_type[contact]] -= 1
        decision.succeed(agent)

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

    # --- a freed agent asks for a contact ---------------------------------------------------------------------------

    def release(self, contact: int, agent: Agent) -> None:
        """Free the room that *contact* took; whoever can take more does."""
        team, contact_type = agent.team, self.contact_type[contact]
        weight = self._weight[team.number][contact_type]
        if self.background is not None and agent.behind and self.background.is_behind(agent, contact_type):
            self.background.end(agent, weight)
        able = team.release(agent, weight, self.clock.now)
        if able is not None:
            self._fill(able)
        elif agent.duty is Duty.FINISHING:
            self._finish_aside(agent)
        if team.keeps:
            self._settle_all(team)

    def schedule(self, team: Team, count: int) -> None:
        """Change a team's head-count; those who come take waiting contacts, in order of id."""
        pending = sum(self.unserved[kind] for kind in self._weight[team.number] if not self._deferred[kind])
        able = team.schedule(count, self.clock.now, arrived=self.arrived, pending=pending)
        self._closing = [each for each in self.teams if each.cutoff != NEVER]
        for agent in able:
            self._fill(agent)
        if self.hand_back is not None and team.plan.hands_back:
            for agent in sorted(team.finishing, key=lambda agent: agent.id):
                self.hand_back.take_from(agent)
                self._finish_aside(agent)
        if team.keeps:
            self._settle_all(team)

    def _settle_all(self, team: Team) -> None:
        """Let every agent of a team that keeps some free ask anew: more of them may be taken than before."""
        for agent in team.agents:
            if agent.duty is Duty.ON and agent.used < team.capacity:
                self._fill(agent)

    def settle(self, agent: Agent) -> None:
        """Let *agent*, who has just taken a contact, ask for more: he no longer counts among those kept free."""
        if agent.team.keeps:
            self._fill(agent)

    def _fill(self, agent: Agent) -> None:
        """Let *agent* take waiting contacts until full or nothing eligible waits."""
        while agent.duty is Duty.ON:
            found = self._next_contact(agent)
            if agent.aside and (found is None or found[1].skill.background) and self._go_on(agent):
                continue
            if found is None:
                break
            contact, choice = found
            if agent.behind and self.background is not None:
                self.background.make_room(agent, choice.skill.weight)
            self._answer(contact, agent, choice)
            self._decide(contact, agent)
        agent.team.offer(agent)

    def _next_contact(self, agent: Agent) -> tuple[int, Choice] | None:
        own = None if self.last_agents is None else self.last_agents.next_for(agent)
        if own and not own[1].skill.background:
            return own
        team, now, waiting = agent.team, self.clock.now, self.waiting
        room = team.capacity - agent.used
        for group in self._wanted[team.number]:
            if own and group[0].skill.background:
                return own
            best = None
            for choice in group:
                contact_type = choice.contact_type
                if not waiting[contact_type] or choice.weight > (room if choice.skill.background else room + agent.behind):
                    continue
                contact = self._first_waiting(contact_type, team.cutoff)
                if contact is None or self.stage[contact] < choice.stage:
                    continue
                if choice.skill.reserves and not leaves_enough(choice, agent.used):
                    continue
                if len(group) == 1:  # nothing to compare with
                    return contact, choice
                rank = self._rank_contact(contact, choice, now), contact
                if best is None or rank < best[0]:
                    best = rank, contact, choice
            if best is not None:
                return best[1], best[2]
        return None

    def _first_waiting(self, contact_type: int, cutoff: int) -> int | None:
        """Return the contact of the type that has waited longest, of those arrived before *cutoff* (at least one waits)."""
        if self.picked is not None and self.picked.is_for(contact_type):
            return None if cutoff != NEVER else self.picked.first(contact_type, self.is_waiting)
        queue = self.queues[contact_type]
        while self.decision[queue[0]] is None:
            queue.popleft()
        if self.number[queue[0]] < cutoff and self.stage[queue[0]] != OWN:
            return queue[0]
        if self._deferred[contact_type] and self.number[queue[0]] >= cutoff:
            return None
        waiting = (contact for contact in queue if self.number[contact] < cutoff and self.decision[contact] is not None)
        return next((contact for contact in waiting if self.stage[contact] != OWN), None)

    def attend(self, agent: Agent) -> None:
        """Let *agent*, whose timetable has changed something, take contacts, or finish what is set aside."""
        if agent.duty is Duty.ON:
            self._fill(agent)
            if agent.team.keeps:
                self._settle_all(agent.team)
        elif agent.duty is Duty.FINISHING:
            if self.hand_back is not None and isinstance(agent.team, ShiftTeam) and agent.team.hands_back(agent):
                self.hand_back.take_from(agent)
            if not agent.open:
                self._finish_aside(agent)

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

    def weight_of(self, agent: Agent, contact_type: int) -> int:
        """Units of room that a contact of the type takes with *agent*."""
        return self._weight[agent.team.number][contact_type]

    def _finish_aside(self, agent: Agent) -> None:
        """Let *agent*, who has been told to finish, go on with work set aside."""
        while self._go_on(agent):
            pass

    def _go_on(self, agent: Agent) -> bool:
        """Let *agent* go on with work set aside, if there is any and it fits."""
        return bool(agent.aside) and self.background is not None and self.background.resume(agent)

    def _answer(self, contact: int, agent: Agent, choice: Choice) -> None:
        recorder, team, now = self.recorder, choice.team, self.clock.now
        team.take(agent, choice.weight, now)
        if self.background is not None and choice.skill.background:
            self.background.begin(agent, choice.weight)
        if self.hand_back is None or not self.hand_back.is_returned(contact):
            recorder.answered[contact] = now
        recorder.agent[contact] = agent.id
        recorder.team[contact] = team.number
        recorder.overflowed[contact] = choice.stage > 0
        if self._announces:
            self.last_wait[choice.contact_type] = now - recorder.queued[contact]
        if self.last_agents is not None:
            self.last_agents.note(contact, agent)
        self.leave(contact)

    def _team(self, team: TeamPlan, number: int) -> Team:
        if team.agents:
            return ShiftTeam(team, number, self.recorder, self.timetables.wake)
        return Team(team, number, self.recorder)
