"""One replication's demand: every customer of every contact type with all that chance decides about them.

Each quantity has its own stream, so that a customer's talk time, patience or fate at the bot is the same whatever the
scenario does about staff, routing, volume or the bot. Quantities that a scenario leaves no choice draw nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.arrivals import draw_arrivals
from simkpi.demand.laws import is_fixed, sample
from simkpi.demand.rows import NEVER, Demand, Ticks
from simkpi.demand.streams import Addresses, Words, World, canonical_seed
from simkpi.errors import InputError, Problem
from simkpi.interactions.columns import BOT_OUTCOMES
from simkpi.scenario.laws import Law
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Bot, Contact, Patience
from simkpi.units import to_ticks

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
    bots = list(scenario.spec.bots.values())
    parts: list[_Columns] = []
    seed = canonical_seed(seed)
    for index, (name, contact) in enumerate(scenario.spec.contacts.items()):
        serving = next((number for number, bot in enumerate(bots) if name in bot.serves), -1)
        customers = _Customers(World(seed, replication, name))
        try:
            parts.append(customers.draw(contact, index, serving, bots[serving] if serving >= 0 else None))
        except InputError as error:
            raise InputError(
                Problem(problem.message, ".".join(filter(None, ("contacts", name, problem.path)))) for problem in error.problems
            ) from None
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_Columns)}
    order = _by_arrival(columns["arrived"])
    return Demand(contact_types=names, **{name: column[order] for name, column in columns.items()})


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


class _Customers:
    """The customers of one contact type in one replication."""

    def __init__(self, world: World) -> None:
        self._world = world

    def draw(self, contact: Contact, index: int, bot_index: int, bot: Bot | None) -> _Columns:
        customer, arrived = draw_arrivals(contact.volume, self._world)
        self._addresses = Addresses.of(customer)
        self._size = len(customer)
        outcome = self._bot_outcome(bot)
        return _Columns(
            contact_type=np.full(self._size, index, dtype=np.int16),
            arrived=arrived,
            talk=self._sample("talk", contact.handle.talk),
            hold=self._sample("hold", contact.handle.hold),
            wrap=self._sample("wrap", contact.handle.wrap),
            patience=self._patience(contact.patience),
            bot=np.full(self._size, bot_index, dtype=np.int16),
            bot_time=self._bot_time(bot, outcome),
            bot_outcome=outcome,
            resolved=self._resolved(contact, bot, outcome),
            customer=customer,
        )

    def _uniforms(self, purpose: str) -> NDArray[np.float64]:
        return self._world.uniforms(purpose, self._addresses)

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


def _by_arrival(arrived: Ticks) -> NDArray[np.int64]:
    """Order by moment; rows of the same moment stay in the order they are in (contact type, then customer)."""
    return np.argsort(arrived, kind="stable")
