"""A contact's life until an agent answers, as SimPy generators: bot, question, queue."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy import Event

from simkpi.demand.rows import Demand
from simkpi.engine.order import Kind
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import ABANDONED, BLOCKED, CONTAINED, GAVE_UP, REFUSED
from simkpi.engine.reference.chains import Ways
from simkpi.engine.reference.handle import Handling
from simkpi.engine.reference.invitations import Invitations
from simkpi.engine.reference.state import Process
from simkpi.interactions.columns import BOT_OUTCOMES

#: How a bot's outcome ends the contact; a handed-off contact goes on.
_ENDS = {BOT_OUTCOMES.index("contained"): CONTAINED, BOT_OUTCOMES.index("gave_up"): GAVE_UP}


class Life(Handling):
    """The processes of customers."""

    def __init__(self, plan: Plan, demand: Demand) -> None:
        super().__init__(plan, demand)
        self.ways = None if demand.chains is None else Ways(self, demand.chains)
        #: Who asks visitors of the site whether they would like to chat.
        self.invitations: Invitations | None = None
        if demand.visits is not None and "invite" in plan.features:
            self.invitations = Invitations(self, demand.visits)
        if demand.noticed is not None:
            self.router.noticed, self.router.leaves_silently = demand.noticed.tolist(), self.leaves_silently

    def contact(self, contact: int) -> Process:
        """Live the life of one contact: bot, queue, conversation and wrap-up."""
        self.router.arrive(contact)
        ways, lines = self.ways, self.lines
        if ways is not None and ways.turns_away(contact):
            return
        has_bot = self.bot[contact] >= 0
        if lines is not None and not lines.take(contact, in_bot=has_bot):
            self.end(contact, BLOCKED)
            return
        if has_bot and (self.bots is None or (yield from self.meet_bot(contact))):
            yield self.clock.at(self.clock.now + self.bot_time[contact], Kind.BOT_ENDS, contact)
            if self.bots is not None:
                self.bots.leave(contact)
            if self.bot_outcome[contact] in _ENDS:
                self.end(contact, _ENDS[self.bot_outcome[contact]])
                return
        if has_bot:
            if ways is not None and ways.ends_with_bot(contact):
                self.end(contact, REFUSED)
                return
            if lines is not None and not lines.take(contact, in_bot=False):
                self.end(contact, BLOCKED)
                return
        yield from self.queue(contact)

    def meet_bot(self, contact: int) -> Generator[Event, Any, bool]:
        """Return whether the bot takes *contact*, perhaps after a wait for a place; if not, it is what it is without a bot."""
        assert self.bots is not None
        is_taken = yield from self.bots.enter(contact)
        if not is_taken:
            assert self.terms is not None
            self.talk[contact], self.solved[contact] = int(self.terms.talk[contact]), bool(self.terms.resolved[contact])
        return is_taken

    def queue(self, contact: int) -> Process:
        """Ask for a human; wait unless one has room."""
        router = self.router
        agent = router.ask(contact)
        if agent is None and router.last_agents is not None and router.waits_for_own(contact) and not self.would_wait(contact):
            agent = router.ask_others(contact)
        if agent is not None:
            if agent.team.keeps:
                router.settle(agent)
        else:
            if not self.joins(contact):
                return
            if self.chase:
                self.come_back(contact, self.chase)
            agent = yield router.wait(contact, self.patience_left(contact))
            if agent is None:
                self.recorder.ended[contact], self.recorder.outcome[contact] = self.clock.now, ABANDONED
                self.let_go(contact)
                self.come_back(contact, self.redial)
                return
        yield from self.handle(contact, agent)

    def joins(self, contact: int) -> bool:
        """Whether *contact*, which no agent can answer at once, waits; else it is ended, or goes on otherwise."""
        if contact < self.router.n_backlog or (self.ways and self.ways.is_call(contact)):
            return True
        kind = self.contact_type[contact]
        if self.router.is_full(kind):
            self.end(contact, BLOCKED)
            return False
        if self.patience[contact] == 0 or (self.longest_queue and self.router.is_longer(contact, self.longest_queue[contact])):
            self.end(contact, ABANDONED)
            return False
        life = self.plan.life
        if life.announces and life.announces[kind]:
            announced = self.router.announced(contact)
            if self.ways and announced > life.offer_after[kind] and self.ways.accepts_call(contact):
                return False
            if self.balk_above and announced > self.balk_above[contact]:
                self.end(contact, ABANDONED)
                return False
        return True

    def patience_left(self, contact: int) -> int:
        """Return the patience with which *contact* joins the queue: shorter, if many wait and that is how customers are."""
        patience = self.patience[contact]
        if contact < self.router.n_backlog or (self.ways and self.ways.is_call(contact)):
            return patience
        return self.router.patience_of(contact, patience)

    def would_wait(self, contact: int) -> bool:
        """Whether *contact* would join the queue, and stay in it whatever is announced."""
        if self.ways and self.ways.is_call(contact):
            return True
        kind, life = self.contact_type[contact], self.plan.life
        if self.router.is_full(kind) or self.patience[contact] == 0:
            return False
        if self.longest_queue and self.router.is_longer(contact, self.longest_queue[contact]):
            return False
        if not (life.announces and life.announces[kind]):
            return True
        announced = self.router.announced(contact)
        return announced <= life.offer_after[kind] and not (self.balk_above and announced > self.balk_above[contact])

    def end(self, contact: int, outcome: int) -> None:
        """End a contact that no agent answers and that does not wait."""
        self.recorder.ended[contact], self.recorder.outcome[contact] = self.clock.now, outcome
        self.router.leave(contact)
        self.let_go(contact)
        self.come_back(contact, self.repeat if outcome == CONTAINED else self.redial)

    def let_go(self, contact: int) -> None:
        """Free the line of a contact that no agent will answer, and the agent who stayed with it."""
        if self.lines is not None:
            self.lines.give_back(contact)
        if self.ways is not None:
            self.ways.pick_up(contact)

    def leaves_silently(self, contact: int) -> None:
        """Let a customer go whose contact keeps its place in the queue."""
        self.let_go(contact)
        self.come_back(contact, self.redial)
