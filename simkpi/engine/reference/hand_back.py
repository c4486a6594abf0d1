"""Deferrable work that is handed back at the end of a shift: it waits in the queue again, and a colleague goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy import Event

from simkpi.demand.rows import NEVER
from simkpi.engine.recorder import ANSWERED, HANDED_BACK, OPEN, QUEUE_LEG
from simkpi.engine.reference.effort import Efforts, Work
from simkpi.engine.reference.teams import Agent, Duty

if TYPE_CHECKING:
    from simkpi.engine.reference.router import Router


class HandBack:
    """The contacts that were handed back, and who goes on with them.

    Parameters
    ----------
    router : Router
        Queues and teams.
    efforts : Efforts
        Where the work that is left is kept.
    """

    def __init__(self, router: Router, efforts: Efforts) -> None:
        self._router, self._efforts = router, efforts
        #: Contacts that were handed back once, and who has them now (or had them last).
        self._holder: dict[int, Agent] = {}
        #: By contact that waits again: the work left, and since when.
        self._waiting: dict[int, tuple[Work, int]] = {}

    def is_returned(self, contact: int) -> bool:
        """Whether *contact* has been handed back, now or before."""
        return contact in self._holder

    def holder(self, contact: int, first: Agent) -> Agent:
        """Return who finishes *contact*, which *first* began."""
        return self._holder.get(contact, first)

    def take_from(self, agent: Agent) -> None:
        """Let *agent*, who has been told to finish, hand back the deferrable work in hand, and go home if nothing else is open.

        Work that ends at this moment, or of which only the wrap-up is left, is not handed back.
        """
        now, ended = self._router.clock.now, self._router.recorder.ended
        deferrable = self._router.plan.deferred
        mine = [work for work in agent.works if deferrable[self._efforts.contact_type[work.contact]] and work.finish > now]
        back = [work for work in agent.aside if ended[work.contact] == NEVER]
        for work in mine:
            self._efforts.progress(work)
            if ended[work.contact] == NEVER:
                self._put_down(work, agent, now)
                back.append(work)
        agent.aside = [work for work in agent.aside if work not in back]
        self._efforts.retime(agent)
        if agent.duty is Duty.FINISHING and not agent.open and not agent.aside:
            agent.team.go_home(agent, now)
        for work in sorted(back, key=lambda work: (self._router.recorder.queued[work.contact], work.contact)):
            self._requeue(work, agent, now)

    def stop(self) -> None:
        """Write down the waits that lasted when the clock stopped."""
        for contact, (_, since) in self._waiting.items():
            self._write(contact, since, NEVER, OPEN)

    def _put_down(self, work: Work, agent: Agent, now: int) -> None:
        kind = self._efforts.contact_type[work.contact]
        weight, background = self._router.weight_of(agent, kind), self._router.background
        self._efforts.set_aside(work, agent, how=HANDED_BACK)
        if background is not None and background.is_behind(agent, kind):
            background.end(agent, weight)
        agent.busy += now - agent.since
        agent.since, agent.entry = now, None
        agent.used -= weight
        agent.open -= 1

    def _requeue(self, work: Work, agent: Agent, now: int) -> None:
        contact, recorder = work.contact, self._router.recorder
        if contact not in self._holder:
            self._write(contact, recorder.queued[contact], recorder.answered[contact], ANSWERED)
        self._holder[contact] = agent
        self._waiting[contact] = work, now
        decision = self._router.enter_again(contact, self.is_returned)
        assert decision.callbacks is not None
        decision.callbacks.append(lambda event: self._go_on(contact, event))

    def _go_on(self, contact: int, decision: Event) -> None:
        """Let the agent who has taken the contact go on where the other one stopped."""
        agent = decision.value
        assert isinstance(agent, Agent)
        work, since = self._waiting.pop(contact)
        self._write(contact, since, self._router.clock.now, ANSWERED)
        self._holder[contact] = agent
        skill = self._router.choice_of[agent.team.number][self._efforts.contact_type[contact]].skill
        self._efforts.go_on(work, agent, more=skill.resume)
        self._efforts.retime(agent)

    def _write(self, contact: int, start: int, end: int, how: int) -> None:
        kind = self._efforts.contact_type[contact]
        self._router.recorder.legs.append((contact, start, end, QUEUE_LEG, kind, how))
