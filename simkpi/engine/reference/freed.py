"""A freed agent asks for a contact: which of those who wait, and what becomes of whom he had."""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import Recorder
from simkpi.engine.reference.choices import Choice, all_choices, wanted
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.queues import Queues
from simkpi.engine.reference.ranks import contact_ranking
from simkpi.engine.reference.reserves import leaves_enough
from simkpi.engine.reference.shifts import ShiftTeam, Timetables
from simkpi.engine.reference.teams import Agent, Duty, Team
from simkpi.engine.team_plan import TeamPlan


class Freed(Queues):
    """The teams, and what their agents take when they have room (parameters as for :class:`Queues`)."""

    def __init__(self, plan: Plan, clock: Clock, contact_type: list[int], recorder: Recorder, backlog: list[int]) -> None:
        super().__init__(plan, clock, contact_type, recorder, backlog)
        self.timetables = Timetables(plan, clock, self.attend)
        self.teams = [self._team(team, number) for number, team in enumerate(plan.teams)]
        self.overflow_waits = [plan.overflow_waits(each) for each in range(len(plan.contact_types))]
        self._choices = choices = all_choices(self.teams, self.overflow_waits)
        self._wanted = [wanted(choices, team) for team in self.teams]
        #: By team: each contact type that it serves.
        self.choice_of = [{c.skill.contact_type: c for c in choices if c.team is team} for team in self.teams]
        self._rank_contact = contact_ranking(plan.contact_policy, self)
        #: Wait of the last contact of each type that an agent took.
        self.last_wait = [0 for _ in plan.contact_types]
        self._announces = bool(plan.life.announces)

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

    def is_quiet(self, agent: Agent) -> bool:
        """Whether *agent*, whose shift goes on, has no need to hurry: nobody whom the team takes waits."""
        return agent.duty is Duty.ON and not any(self.waiting[kind] for kind in self._weight[agent.team.number])

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

    def _finish_aside(self, agent: Agent) -> None:
        """Let *agent*, who has been told to finish, go on with work set aside."""
        while self._go_on(agent):
            pass

    def _go_on(self, agent: Agent) -> bool:
        """Let *agent* go on with work set aside, if there is any and it fits."""
        return bool(agent.aside) and self.background is not None and self.background.resume(agent)

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

    def weight_of(self, agent: Agent, contact_type: int) -> int:
        """Units of room that a contact of the type takes with *agent*."""
        return self._weight[agent.team.number][contact_type]

    def _team(self, team: TeamPlan, number: int) -> Team:
        if team.agents:
            return ShiftTeam(team, number, self.recorder, self.timetables.wake)
        return Team(team, number, self.recorder)
