"""The queues: who waits, in which order, and how many are not yet served."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from simpy import Event

from simkpi.demand.rows import NEVER
from simkpi.engine.life_plan import shortened
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import Recorder
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.last_agents import OWN

if TYPE_CHECKING:
    from simkpi.engine.reference.background import Background
    from simkpi.engine.reference.hand_back import HandBack
    from simkpi.engine.reference.last_agents import LastAgents
    from simkpi.engine.reference.picks import Picked
    from simkpi.engine.reference.teams import Agent, Team

#: Position in the order of arrival of whoever can wait for another day: behind everybody for whom a closing team stays.
ANOTHER_DAY = (1 << 31) - 1


class Queues:
    """The contacts of one replication that wait.

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
    """

    def __init__(self, plan: Plan, clock: Clock, contact_type: list[int], recorder: Recorder, backlog: list[int]) -> None:
        types = range(len(plan.contact_types))
        self.plan = plan
        self.clock = clock
        self.contact_type = contact_type
        self.recorder = recorder
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
        #: Position of each contact in the order of arrival.
        self.number = [0] * len(contact_type)
        self._weight = [{skill.contact_type: skill.weight for skill in team.skills} for team in plan.teams]
        self._deferred = plan.deferred or (False,) * len(plan.contact_types)
        self._closing: list[Team] = []
        #: Customers who wait for the agent who handled their case; None = nobody does.
        self.last_agents: LastAgents | None = None
        #: Work that is set aside for live contacts; None = there is none.
        self.background: Background | None = None
        #: Deferrable work handed back at the end of a shift; None = nobody does.
        self.hand_back: HandBack | None = None
        #: Queues from which not the oldest is taken first; None = there are none.
        self.picked: Picked | None = None

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

    def is_waiting(self, contact: int) -> bool:
        """Whether *contact* is in a queue."""
        return self.decision[contact] is not None

    def is_own(self, contact: int) -> bool:
        """Whether *contact* waits for the agent who handled the case only."""
        return self.stage[contact] == OWN and self.decision[contact] is not None

    def waits_for_own(self, contact: int) -> bool:
        """Whether *contact* has asked nobody but the agent who handled the case."""
        return self.last_agents is not None and self.stage[contact] == OWN

    def is_full(self, contact_type: int) -> bool:
        """Whether the queue of *contact_type* has no place left."""
        return self.waiting[contact_type] >= self.plan.queue_capacity[contact_type]

    def is_longer(self, contact: int, longest: int) -> bool:
        """Whether more contacts of the type of *contact* wait than *longest*."""
        return self.waiting[self.contact_type[contact]] > longest

    def patience_of(self, contact: int, patience: int) -> int:
        """Return what the contacts that wait in the channel leave of the *patience* of *contact*, in ticks."""
        life, contact_type = self.plan.life, self.contact_type[contact]
        if not life.kept or patience >= NEVER:
            return patience
        crowd = sum(n for n, channel in zip(self.waiting, life.crowd, strict=True) if channel == life.crowd[contact_type])
        return shortened(patience, life.kept[contact_type], crowd)

    def leave(self, contact: int) -> None:
        """Count a contact that is no longer in a bot or a queue; teams that stay for it may go home."""
        contact_type = self.contact_type[contact]
        self.unserved[contact_type] -= 1
        if self._closing:
            for team in self._closing:
                if self.number[contact] < team.cutoff and contact_type in self._weight[team.number]:
                    team.served_one(self.clock.now)
            self._closing = [team for team in self._closing if team.pending]

    def _decide(self, contact: int, agent: Agent | None) -> None:
        """Wake the process of a waiting contact; its place in the queue is skipped when it surfaces."""
        decision = self.decision[contact]
        assert decision is not None
        self.decision[contact] = None
        self.waiting[self.contact_type[contact]] -= 1
        decision.succeed(agent)

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
