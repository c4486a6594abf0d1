"""The processes: a contact's life, a team's schedule and the arrivals, as SimPy generators."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy import Event

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.order import Kind
from simkpi.engine.plan import PPM, Plan, on_duty, scaled
from simkpi.engine.recorder import ABANDONED, ANSWERED, BLOCKED, CONTAINED, GAVE_UP, REFUSED, EngineLog, Recorder
from simkpi.engine.reference.background import Background
from simkpi.engine.reference.bots import Bots
from simkpi.engine.reference.chains import Ways
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.effort import Efforts
from simkpi.engine.reference.hand_back import HandBack
from simkpi.engine.reference.invitations import Invitations
from simkpi.engine.reference.last_agents import case_of
from simkpi.engine.reference.lines import Lines
from simkpi.engine.reference.picks import Picked
from simkpi.engine.reference.router import Router
from simkpi.engine.reference.teams import Agent, Team
from simkpi.engine.reference.turns import Chats
from simkpi.interactions.columns import BOT_OUTCOMES

Process = Generator[Event, "Agent | None", None]

#: How a bot's outcome ends the contact; a handed-off contact goes on.
_ENDS = {BOT_OUTCOMES.index("contained"): CONTAINED, BOT_OUTCOMES.index("gave_up"): GAVE_UP}


class Simulation:
    """One replication: subclass it, and override a process, to try a new behaviour.

    Parameters
    ----------
    plan : Plan
        The scenario as numbers.
    demand : Demand
        The contacts, drawn before the run.
    """

    def __init__(self, plan: Plan, demand: Demand) -> None:
        self.plan = plan
        # plain lists: reading one number of an array costs several times as much
        self.contact_type: list[int] = demand.contact_type.tolist()
        self.arrived: list[int] = demand.arrived.tolist()
        self.talk: list[int] = demand.talk.tolist()
        self.hold: list[int] = demand.hold.tolist()
        self.wrap: list[int] = demand.wrap.tolist()
        self.patience: list[int] = demand.patience.tolist()
        self.bot: list[int] = demand.bot.tolist()
        self.bot_time: list[int] = demand.bot_time.tolist()
        self.bot_outcome: list[int] = demand.bot_outcome.tolist()
        self.speed: list[list[int]] = plan.speeds().tolist()
        self.clock = Clock(0)
        self.recorder = Recorder(len(demand))
        self.longest_queue: list[int] = [] if demand.longest_queue is None else demand.longest_queue.tolist()
        returns = demand.returns
        self.n_fresh = len(demand) if returns is None else returns.n_fresh
        #: Rows and ticks of what may follow a failed attempt and an unresolved contact; empty = nobody comes back.
        self.redial = [] if returns is None else list(zip(returns.redial_to.tolist(), returns.redial_after.tolist(), strict=True))
        self.repeat = [] if returns is None else list(zip(returns.return_to.tolist(), returns.return_after.tolist(), strict=True))
        #: Rows and ticks of what follows who still waits then; empty = nobody asks again.
        self.chase: list[tuple[int, int]] = []
        self.chased: dict[int, int] = {}
        if returns is not None and returns.chase_to is not None and returns.chase_after is not None:
            self.chase = list(zip(returns.chase_to.tolist(), returns.chase_after.tolist(), strict=True))
            self.chased = {row: contact for contact, (row, _) in enumerate(self.chase) if row >= 0}
        backlog = self.arrived[: int((demand.arrived < 0).sum())]
        case = case_of(demand) if plan.last_agent else []
        self.router = Router(plan, self.clock, self.contact_type, self.recorder, backlog, case)
        self.efforts = Efforts(plan, self.clock, self.recorder, self.contact_type)
        if "background" in plan.features:
            self.router.background = Background(plan, self.clock, self.efforts)
        if "hand_back" in plan.features:
            self.router.hand_back = HandBack(self.router, self.efforts)
        self.chats = None if demand.chats is None else Chats(plan, self.clock, demand.chats, self.recorder)
        if plan.pick:
            self.router.picked = Picked(plan.pick, lambda contact: self.talk[contact] + self.hold[contact] + self.wrap[contact])
        self.invitations = None
        if demand.visits is not None and "invite" in plan.features:
            self.invitations = Invitations(self, demand.visits)
        self.terms = demand.bot_terms
        self.bots = None if self.terms is None else Bots(plan, self.clock, self.bot, self.terms, self.recorder)
        #: Factor on resolution by (team, contact type), and the least with which an answer solves the case; empty = all alike.
        self.resolution: list[list[int]] = plan.resolution().tolist()
        self.least_skill: list[int] = [] if demand.least_skill is None else demand.least_skill.tolist()
        #: Whether each contact solves the case, where that depends on the bot's taking it or on who answers; else empty.
        self.solved: list[bool] = demand.resolved.tolist() if self.terms is not None or self.least_skill else []
        #: How contacts go on by further rows, trunk lines, and the longest announced wait that each customer accepts.
        self.ways = None if demand.chains is None else Ways(self, demand.chains)
        self.lines = Lines(plan.life.lines, self.contact_type) if plan.life.lines else None
        self.balk_above: list[int] = [] if demand.balk_above is None else demand.balk_above.tolist()
        if demand.noticed is not None:
            self.router.noticed, self.router.leaves_silently = demand.noticed.tolist(), self.leaves_silently

    def run(self) -> EngineLog:
        """Run to the end and return what happened."""
        for team in self.router.teams:
            self.clock.process(self.follow_schedule(team))
        self.router.timetables.start(self.router.teams)
        self.clock.process(self.arrivals())
        if self.invitations is not None:
            self.invitations.start()
        stop = self.plan.horizon if self.plan.cut else None
        self.clock.run(stop)
        for team in self.router.teams:
            team.stop(self.clock.now)
        self.efforts.stop(self.clock.now)
        if self.router.hand_back is not None:
            self.router.hand_back.stop()
        return self.recorder.log("reference", stop=stop)

    def follow_schedule(self, team: Team) -> Process:
        """Change the team's head-count at the scheduled moments."""
        for tick, count in team.plan.changes:
            yield self.clock.at(tick, Kind.SCHEDULE, team.number)
            self.router.schedule(team, count)

    def arrivals(self) -> Process:
        """Start the life of each contact at its moment."""
        clock = self.clock
        for contact, tick in enumerate(self.arrived[: self.n_fresh]):
            yield clock.at(tick if tick > 0 else 0, Kind.ARRIVAL, contact)
            clock.process(self.contact(contact))

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
            agent = yield router.wait(contact, self.patience[contact])
            if agent is None:
                self.recorder.ended[contact], self.recorder.outcome[contact] = self.clock.now, ABANDONED
                self.let_go(contact)
                self.come_back(contact, self.redial)
                return
        yield from self.handle(contact, agent)

    def meet_bot(self, contact: int) -> Generator[Event, Any, bool]:
        """Return whether the bot takes *contact*, perhaps after a wait for a place; if not, it is what it is without a bot."""
        assert self.bots is not None
        is_taken = yield from self.bots.enter(contact)
        if not is_taken:
            assert self.terms is not None
            self.talk[contact], self.solved[contact] = int(self.terms.talk[contact]), bool(self.terms.resolved[contact])
        return is_taken

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

    def handle(self, contact: int, agent: Agent) -> Process:
        """Talk, hold and wrap up; then the agent has room again."""
        kind, recorder, ways = self.contact_type[contact], self.recorder, self.ways
        if ways is not None:
            ways.pick_up(contact)
        if self.router.noticed and recorder.outcome[contact] == ABANDONED:
            yield from self.notice(contact, agent)
        else:
            speed = self.speed[agent.team.number][kind]
            conversation, wrap = self.talk[contact] + self.hold[contact], self.wrap[contact]
            if speed != PPM:
                conversation = scaled(self.talk[contact], speed) + scaled(self.hold[contact], speed)
                wrap = scaled(wrap, speed)
            if self.chats is not None and self.chats.replies[contact]:
                if agent.works:
                    self.efforts.retime(agent)
                yield self.chats.begin(contact, kind, agent, talk=self.talk[contact], wrap=wrap, speed=speed)
            elif (ways is not None and ways.is_in_parts(contact)) or (self.lines is not None and self.lines.holds(contact)):
                yield from self.handle_in_parts(contact, agent, conversation, wrap)
            elif self.plan.pace[kind]:
                done = self.efforts.begin(contact, kind, agent, conversation=conversation, wrap=wrap)
                self.efforts.retime(agent)
                yield done
                if self.router.hand_back is not None:
                    agent = self.router.hand_back.holder(contact, agent)
                self.efforts.finish(contact, agent)
            else:
                if agent.works:
                    self.efforts.retime(agent)
                ended = self.clock.now + conversation
                recorder.ended[contact], recorder.outcome[contact] = ended, ANSWERED
                recorder.wrapped[contact] = ended + wrap
                yield self.clock.at(ended + wrap, Kind.WORK_ENDS, contact)
            if self.least_skill:
                self.solved[contact] = self.resolution[agent.team.number][kind] >= self.least_skill[contact]
            if ways is None or not (ways.is_in_parts(contact) or ways.call_again(contact)):
                self.come_back(contact, self.repeat)
        self.router.release(contact, agent)
        if agent.works:
            self.efforts.retime(agent)

    def handle_in_parts(self, contact: int, agent: Agent, conversation: int, wrap: int) -> Process:
        """Talk and hold; then let the contact go on elsewhere, or free its line; then wrap up."""
        kind, recorder, clock = self.contact_type[contact], self.recorder, self.clock
        is_slowed = bool(self.plan.pace[kind])
        for length, is_talk in ((conversation, True), (wrap, False)):
            if is_slowed:
                work = {"conversation": length, "wrap": 0} if is_talk else {"conversation": 0, "wrap": length}
                done = self.efforts.begin(contact, kind, agent, **work)
                self.efforts.retime(agent)
                yield done
                self.efforts.finish(contact, agent)
            else:
                if agent.works:
                    self.efforts.retime(agent)
                if is_talk:
                    recorder.ended[contact], recorder.outcome[contact] = clock.now + length, ANSWERED
                else:
                    recorder.wrapped[contact] = clock.now + length
                yield clock.at(clock.now + length, Kind.WORK_ENDS, contact)
            if is_talk:
                recorder.wrapped[contact] = NEVER
                if self.ways and self.ways.is_in_parts(contact):
                    yield from self.ways.transfer(contact)
                elif self.lines:
                    self.lines.give_back(contact)

    def notice(self, contact: int, agent: Agent) -> Process:
        """Take a contact whose customer has left without telling, until the agent notices."""
        if agent.works:
            self.efforts.retime(agent)
        noticed = self.clock.now + self.router.noticed[contact]
        self.recorder.wrapped[contact] = noticed
        yield self.clock.at(noticed, Kind.WORK_ENDS, contact)

    def leaves_silently(self, contact: int) -> None:
        """Let a customer go whose contact keeps its place in the queue."""
        self.let_go(contact)
        self.come_back(contact, self.redial)

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

    def come_back(self, contact: int, further: list[tuple[int, int]]) -> None:
        """Start the life of the contact that follows *contact*, if there is one and it comes before the horizon ends."""
        if further and not (self.solved and further is self.repeat and self.solved[contact]):
            row, after = further[contact]
            tick = self.plan.comes_at(self.clock.now + after) if row >= 0 else NEVER
            if tick < self.plan.horizon:
                self.clock.call_at(tick, Kind.RETURN, row, self.comes)

    def comes(self, timer: Event) -> None:
        """Let a customer come back, or call one back."""
        row = int(timer.value)  # type: ignore[arg-type]
        if row in self.chased and not self.router.is_waiting(self.chased[row]):
            return  # the customer who would have asked again has an answer, or has left
        if self.ways and self.ways.is_call(row):
            self.ways.call(row)
        else:
            self.clock.process(self.contact(row))


def simulate(plan: Plan, demand: Demand) -> EngineLog:
    """Run the reference engine on *demand*."""
    return Simulation(on_duty(plan, demand), demand).run()
