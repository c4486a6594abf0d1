"""Bots whose places are limited, or that are closed to some contacts: who gets a session, who waits for one, who goes without."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Generator
from typing import Any

from simpy import Event

from simkpi.demand.rows import NEVER, BotTerms
from simkpi.engine.order import Kind
from simkpi.engine.plan import BotPlan, Plan
from simkpi.engine.recorder import Recorder
from simkpi.engine.reference.clock import Clock


class Places:
    """The places of one bot, and who waits for one: first come, first served."""

    def __init__(self, plan: BotPlan) -> None:
        self.plan = plan
        self.taken = 0
        self.waiting: deque[int] = deque()

    def is_up(self, tick: int) -> bool:
        """Whether the bot works at *tick*."""
        place = bisect_right(self.plan.up, (tick, NEVER)) - 1
        return place >= 0 and tick < self.plan.up[place][1]


class Bots:
    """Decides, contact by contact, whether a bot takes it.

    Parameters
    ----------
    plan : Plan
        The scenario as numbers.
    clock : Clock
        The environment.
    bot : list of int
        Bot of each contact.
    terms : BotTerms
        When each customer is willing to try the bot.
    recorder : Recorder
        Where the beginnings of sessions are written.
    """

    def __init__(self, plan: Plan, clock: Clock, bot: list[int], terms: BotTerms, recorder: Recorder) -> None:
        self._clock = clock
        self._bot = bot
        self._places = [Places(each) for each in plan.bots]
        self._tried_from: list[int] = terms.tried_from.tolist()
        self._tried_until: list[int] = terms.tried_until.tolist()
        self._started = recorder.bot_started = [NEVER] * len(bot)
        #: What the process of a contact waits for that waits for a place.
        self._decision: dict[int, Event] = {}

    def enter(self, contact: int) -> Generator[Event, Any, bool]:
        """Get a place for *contact*, perhaps after a wait; return whether the bot takes it."""
        places, now = self._places[self._bot[contact]], self._clock.now
        if not (self._tried_from[contact] <= now < self._tried_until[contact] and places.is_up(now)):
            return False
        if places.taken == places.plan.at_once:
            if not places.plan.waits:
                return False
            decision = self._decision[contact] = Event(self._clock)
            places.waiting.append(contact)
            self._clock.call_at(now + places.plan.waits, Kind.BOT_FULL, contact, self._give_up)
            if not (yield decision):
                return False
        else:
            places.taken += 1
        self._started[contact] = self._clock.now
        return True

    def leave(self, contact: int) -> None:
        """End the session of *contact*; the first who waits for the place gets it."""
        places = self._places[self._bot[contact]]
        while places.waiting:
            decision = self._decision.pop(places.waiting.popleft(), None)
            if decision is not None:
                decision.succeed(True)
                return
        places.taken -= 1

    def _give_up(self, timer: Event) -> None:
        decision = self._decision.pop(int(timer.value), None)  # type: ignore[arg-type]
        if decision is not None:
            decision.succeed(False)
