"""Work in the background: set aside when somebody live finds no free agent, gone on with when the agent is free again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simkpi.engine.plan import Plan
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.effort import Efforts
from simkpi.engine.reference.teams import Agent, Duty
from simkpi.engine.team_plan import SkillPlan

if TYPE_CHECKING:
    from simkpi.engine.reference.choices import Choice


class Background:
    """The agents at work in the background, and what each of them has set aside.

    Parameters
    ----------
    plan : Plan
        The scenario as numbers.
    clock : Clock
        The environment.
    efforts : Efforts
        Where the work that is left is kept.
    """

    def __init__(self, plan: Plan, clock: Clock, efforts: Efforts) -> None:
        self._clock = clock
        self._efforts = efforts
        self._type_of = efforts.contact_type
        self._skill: list[dict[int, SkillPlan]] = [
            {skill.contact_type: skill for skill in team.skills if skill.background} for team in plan.teams
        ]

    def is_behind(self, agent: Agent, contact_type: int) -> bool:
        """Whether *agent* does contacts of the type in the background."""
        return contact_type in self._skill[agent.team.number]

    def begin(self, agent: Agent, weight: int) -> None:
        """Count *weight* units more in the background."""
        agent.behind += weight
        agent.team.behind[agent.id] = agent

    def end(self, agent: Agent, weight: int) -> None:
        """Count *weight* units less in the background."""
        agent.behind -= weight
        if not agent.behind:
            del agent.team.behind[agent.id]

    def interrupt(self, groups: list[list[Choice]], number: int) -> tuple[Agent, Choice] | None:
        """Let the agent set background work aside who has had the same contacts open for longest, of those with room then.

        Parameters
        ----------
        groups : list of list of Choice
            Whom the contact asks, in groups of equal preference.
        number : int
            Its position in the order of arrival.
        """
        for group in groups:
            best: tuple[tuple[int, int], Agent, Choice] | None = None
            for choice in group:
                if choice.skill.background or number >= choice.team.cutoff:
                    continue
                most = choice.team.capacity - choice.skill.weight
                for agent in choice.team.behind.values():
                    rank = agent.since, agent.id
                    if agent.duty is Duty.ON and agent.used - agent.behind <= most and (best is None or rank < best[0]):
                        best = rank, agent, choice
            if best is not None:
                _, agent, choice = best
                self.make_room(agent, choice.skill.weight)
                return agent, choice
        return None

    def make_room(self, agent: Agent, weight: int) -> None:
        """Let *agent* set background work aside, the last begun first, until there is room for *weight* units."""
        while agent.used + weight > agent.team.capacity:
            self._set_aside(agent)

    def resume(self, agent: Agent) -> bool:
        """Let *agent* go on with what was set aside last, if it fits."""
        work = agent.aside[-1]
        skill = self._skill[agent.team.number][self._type_of[work.contact]]
        if agent.used + skill.weight > agent.team.capacity:
            return False
        agent.aside.pop()
        agent.team.take(agent, skill.weight, self._clock.now)
        self.begin(agent, skill.weight)
        self._efforts.go_on(work, agent, more=skill.resume)
        self._efforts.retime(agent)
        return True

    def _set_aside(self, agent: Agent) -> None:
        """Set aside the background contact that *agent* began, or went on with, last."""
        skills = self._skill[agent.team.number]
        mine = [work for work in agent.works if self._type_of[work.contact] in skills]
        work = max(mine, key=lambda work: (work.begun, work.contact))
        weight = skills[self._type_of[work.contact]].weight
        self._efforts.set_aside(work, agent)
        self.end(agent, weight)
        agent.busy += self._clock.now - agent.since
        agent.since = self._clock.now
        agent.used -= weight
        agent.open -= 1
        agent.entry = None
        agent.aside.append(work)
