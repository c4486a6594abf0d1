"""One replication's demand: every customer of every contact type with all that chance decides about them.

Each quantity has its own stream, so that a customer's talk time, patience or fate at the bot is the same whatever the
scenario does about staff, routing, volume or the bot. Quantities that a scenario leaves no choice draw nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.arrivals import draw_arrivals
from simkpi.demand.backlog import draw_backlog
from simkpi.demand.balking import draw_longest_queue
from simkpi.demand.duty import draw_duty
from simkpi.demand.factors import shared_factors
from simkpi.demand.laws import is_fixed, sample
from simkpi.demand.responses import draw_responses
from simkpi.demand.returns import with_returns
from simkpi.demand.rows import NEVER, Demand, Ticks
from simkpi.demand.streams import Addresses, Words, World, canonical_seed
from simkpi.errors import InputError, Problem
from simkpi.interactions.columns import BOT_OUTCOMES
from simkpi.scenario.laws import Law
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Bot, Contact, Patience
from simkpi.units import DAY, to_ticks

Flags = NDArray[np.bool_]
Outcomes = NDArray[np.int8]

CONTAINED, HANDED_OFF, GAVE_UP = (BOT_OUTCOMES.index(name) for name in ("contained", "handed_off", "gave_up"))


def draw(scenario: Scenario, *, seed: int | str, replication: int) -> Demand:
    """Draw one replication.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    seed : int or str
        Names the family of replications; a text that spells a whole number is that number.
    replication : int
        Which replication, 0 or more.

    Returns
    -------
    Demand
        Sorted by moment of arrival, then contact type, then customer. What is drawn for a customer depends on the seed, the
        replication, the contact type's name and the customer's identity only.

    Raises
    ------
    InputError
        If the seed or replication is none, the scenario is not resolved, or a law gives a duration beyond 10,000 days.
    """
    names = tuple(scenario.spec.contacts)
    seed = canonical_seed(seed)
    worlds = [World(seed, replication, name) for name in names]
    contacts = [_ContactType(scenario, index) for index in range(len(names))]
    shared = shared_factors(scenario.spec.calendar, seed, replication)
    parts = [contact.fresh(world, shared) for contact, world in zip(contacts, worlds, strict=True)]
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_Columns)}
    order = _by_arrival(columns["arrived"])
    columns = {name: column[order] for name, column in columns.items()}

    def again(kind: int, first_kind: int, customer: Words, attempt: int) -> dict[str, NDArray[Any]]:
        return vars(contacts[kind].again(worlds[first_kind], customer, attempt))

    models = [contact.contact for contact in contacts]
    columns, returns = with_returns(columns, models, worlds, again)
    of_whom = models, columns["contact_type"], columns["customer"], returns, worlds
    return Demand(
        contact_types=names,
        **columns,
        returns=returns,
        longest_queue=draw_longest_queue(*of_whom),
        responses=draw_responses(*of_whom),
        duty=draw_duty(scenario.spec, seed, replication),
    )


class _ContactType:
    """One contact type of a scenario, its bot included; problems of its laws are told with its name."""

    def __init__(self, scenario: Scenario, index: int) -> None:
        self.name, self.contact = list(scenario.spec.contacts.items())[index]
        self._index = index
        self._bot_index, bot = next(
            ((number, bot) for number, bot in enumerate(scenario.spec.bots.values()) if self.name in bot.serves), (-1, None)
        )
        self._duty = _on_duty(bot, scenario) if bot else None

    def fresh(self, world: World, shared: NDArray[np.float64] | None) -> _Columns:
        """Draw the contacts that come by themselves."""
        with self._named():
            customer, arrived = draw_arrivals(self.contact.volume, world, shared)
            fresh = _Customers(world, customer, 0).draw(self.contact, arrived, self._index, self._bot_index, self._duty)
            if self.contact.backlog is None:
                return fresh
            customer, arrived = draw_backlog(self.contact, world)  # whatever bot they had is behind them
            waiting = _Customers(world, customer, 0).draw(self.contact, arrived, self._index, -1, None)
            both = {each.name: (getattr(waiting, each.name), getattr(fresh, each.name)) for each in fields(_Columns)}
            return _Columns(**{name: np.concatenate(columns) for name, columns in both.items()})

    def again(self, world: World, customer: Words, attempt: int) -> _Columns:
        """Draw what the further contact number *attempt* of each *customer* of *world* is like, if it comes about."""
        never = np.full(len(customer), NEVER, dtype=np.int64)
        with self._named():
            return _Customers(world, customer, attempt).draw(self.contact, never, self._index, self._bot_index, self._duty)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            raise InputError(
                Problem(problem.message, ".".join(filter(None, ("contacts", self.name, problem.path))))
                for problem in error.problems
            ) from None


@dataclass(frozen=True)
class _Columns:
    """The columns of Demand for one contact type, by customer."""

    contact_type: NDArray[np.int16]
    arrived: Ticks
    talk: Ticks
    hold: Ticks
    wrap: Ticks
    patience: Ticks
    bot: NDArray[np.int16]
    bot_time: Ticks
    bot_outcome: Outcomes
    resolved: Flags
    customer: Words


@dataclass(frozen=True)
class _BotDuty:
    """A bot, and the spans of ticks in which it is down."""

    bot: Bot
    down: tuple[tuple[int, int], ...]

    def is_down(self, moment: Ticks) -> Flags:
        """Whether the bot is down at each moment."""
        found = np.zeros(len(moment), dtype=np.bool_)
        for start, end in self.down:
            found |= (start <= moment) & (moment < end)
        return found


def _on_duty(bot: Bot, scenario: Scenario) -> _BotDuty:
    first = scenario.spec.calendar.start
    spans = []
    for outage in bot.down:
        midnight = (outage.day - first).days * DAY
        spans.append((to_ticks(midnight + outage.between.start), to_ticks(midnight + outage.between.end)))
    return _BotDuty(bot, tuple(spans))


class _Customers:
    """Some customers of one world (seed, replication, contact type of the first contact), on their n-th contact."""

    def __init__(self, world: World, customer: Words, attempt: int) -> None:
        self._world = world
        self._customer = customer
        self._attempt = attempt
        self._addresses = Addresses.of(customer)
        self._size = len(customer)

    def draw(self, contact: Contact, arrived: Ticks, index: int, bot_index: int, duty: _BotDuty | None) -> _Columns:
        bot = duty.bot if duty else None
        outcome = self._bot_outcome(bot)
        bot_number = np.full(self._size, bot_index, dtype=np.int16)
        bot_time = self._bot_time(bot, outcome)
        if duty and duty.down:
            missed = duty.is_down(arrived)
            outcome[missed], bot_number[missed], bot_time[missed] = -1, -1, 0
        return _Columns(
            contact_type=np.full(self._size, index, dtype=np.int16),
            arrived=arrived,
            talk=_after_handoff(self._sample("talk", contact.handle.talk), bot, outcome),
            hold=self._sample("hold", contact.handle.hold),
            wrap=self._sample("wrap", contact.handle.wrap),
            patience=self._patience(contact.patience),
            bot=bot_number,
            bot_time=bot_time,
            bot_outcome=outcome,
            resolved=self._resolved(contact, bot, outcome),
            customer=self._customer,
        )

    def _uniforms(self, purpose: str) -> NDArray[np.float64]:
        return self._world.uniforms(purpose, self._addresses, attempt=self._attempt)

    def _happens(self, purpose: str, chance: float | NDArray[np.float64]) -> Flags:
        """Draw an event that has this *chance*: among those of a greater chance it happens to the same customers and more."""
        if isinstance(chance, float) and (chance <= 0 or chance >= 1):
            return np.full(self._size, chance >= 1)
        return self._uniforms(purpose) < chance

    def _sample(self, purpose: str, law: Law) -> Ticks:
        if law.fixed is not None:
            return np.full(self._size, to_ticks(law.fixed), dtype=np.int64)
        return sample(law, self._uniforms(purpose))

    def _patience(self, patience: Patience) -> Ticks:
        if patience.law is None:
            longest = NEVER if patience.at_most is None else to_ticks(patience.at_most)
            ticks = np.full(self._size, longest, dtype=np.int64)
        else:
            ticks = sample(patience.law, self._needed("patience", patience.law), at_most=patience.at_most)
        ticks[self._happens("balk", patience.balk)] = 0
        return ticks

    def _needed(self, purpose: str, law: Law) -> NDArray[np.float64]:
        return np.full(self._size, 0.5) if is_fixed(law) else self._uniforms(purpose)

    def _bot_outcome(self, bot: Bot | None) -> Outcomes:
        if bot is None:
            return np.full(self._size, -1, dtype=np.int8)
        outcome = np.full(self._size, HANDED_OFF, dtype=np.int8)
        outcome[self._happens("bot contained", bot.understands * bot.contains)] = CONTAINED
        outcome[self._happens("bot gives up", bot.gives_up)] = GAVE_UP
        return outcome

    def _bot_time(self, bot: Bot | None, outcome: Outcomes) -> Ticks:
        """Length of the session: the customer's one uniform, by the law of how the session ends."""
        ticks = np.zeros(self._size, dtype=np.int64)
        if bot is None:
            return ticks
        laws = {CONTAINED: bot.time.contained, HANDED_OFF: bot.time.handed_off, GAVE_UP: bot.time.gave_up}
        if laws[CONTAINED] == laws[HANDED_OFF] == laws[GAVE_UP]:
            return self._sample("bot time", laws[CONTAINED])
        u = np.full(self._size, 0.5) if all(map(is_fixed, laws.values())) else self._uniforms("bot time")
        for ending, law in laws.items():
            chosen = outcome == ending
            ticks[chosen] = sample(law, u[chosen])
        return ticks

    def _resolved(self, contact: Contact, bot: Bot | None, outcome: Outcomes) -> Flags:
        if bot is None or bot.solves == contact.resolved:
            return self._happens("resolved", contact.resolved)
        return self._happens("resolved", np.where(outcome == CONTAINED, bot.solves, contact.resolved))


def _after_handoff(talk: Ticks, bot: Bot | None, outcome: Outcomes) -> Ticks:
    """Talk time, for handed-off contacts times ``harder`` and without what the bot saved (never below 0)."""
    if bot is None or (bot.harder == 1 and not bot.saves_agent):
        return talk
    left = np.maximum(np.floor(talk * bot.harder + 0.5).astype(np.int64) - to_ticks(bot.saves_agent), 0)
    return np.where(outcome == HANDED_OFF, left, talk)


def _by_arrival(arrived: Ticks) -> NDArray[np.int64]:
    """Order by moment; rows of the same moment stay in the order they are in (contact type, then customer)."""
    return np.argsort(arrived, kind="stable")
