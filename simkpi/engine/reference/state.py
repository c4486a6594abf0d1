"""What a replication consists of: the demand as plain lists, clock, recorder, router, and a part for each feature in use."""

from __future__ import annotations

from collections.abc import Generator

from simpy import Event

from simkpi.demand.rows import Demand
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import Recorder
from simkpi.engine.reference.background import Background
from simkpi.engine.reference.bots import Bots
from simkpi.engine.reference.chains import Ways
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.effort import Efforts
from simkpi.engine.reference.hand_back import HandBack
from simkpi.engine.reference.last_agents import case_of
from simkpi.engine.reference.lines import Lines
from simkpi.engine.reference.picks import Picked
from simkpi.engine.reference.router import Router
from simkpi.engine.reference.teams import Agent
from simkpi.engine.reference.turns import Chats

Process = Generator[Event, "Agent | None", None]


class State:
    """One replication under way (parameters as for :class:`simkpi.engine.reference.simulation.Simulation`)."""

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
        self.quiet: list[int] = [] if demand.quiet is None else demand.quiet.tolist()
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
        self.terms = demand.bot_terms
        self.bots = None if self.terms is None else Bots(plan, self.clock, self.bot, self.terms, self.recorder)
        #: Factor on resolution by (team, contact type), and the least with which an answer solves the case; empty = all alike.
        self.resolution: list[list[int]] = plan.resolution().tolist()
        self.least_skill: list[int] = [] if demand.least_skill is None else demand.least_skill.tolist()
        #: Whether each contact solves the case, where that depends on the bot's taking it or on who answers; else empty.
        self.solved: list[bool] = demand.resolved.tolist() if self.terms is not None or self.least_skill else []
        #: How contacts go on by further rows, trunk lines, and the longest announced wait that each customer accepts.
        self.ways: Ways | None = None
        self.lines = Lines(plan.life.lines, self.contact_type) if plan.life.lines else None
        self.balk_above: list[int] = [] if demand.balk_above is None else demand.balk_above.tolist()
