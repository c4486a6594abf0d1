"""One replication's demand: every customer of every contact type with all that chance decides about them.

Each quantity has its own stream, so that a customer's talk time, patience or fate at the bot is the same whatever the
scenario does about staff, routing, volume or the bot. Quantities that a scenario leaves no choice draw nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.arrivals import draw_arrivals
from simkpi.demand.backlog import draw_backlog
from simkpi.demand.balking import draw_balk_above, draw_longest_queue, draw_noticed, draw_quiet, of_first_rows
from simkpi.demand.bots import CONTAINED, BotDuty, after_handoff, has_replies, needs_terms, outcomes, session_times, willing
from simkpi.demand.chains import Lengthening, has_chains
from simkpi.demand.chat_turns import draw_chats
from simkpi.demand.constants import constant, is_constant, joined, laid_out
from simkpi.demand.duty import draw_duty
from simkpi.demand.factors import shared_factors
from simkpi.demand.field import by_arrival
from simkpi.demand.fused import drawing
from simkpi.demand.laws import draw_ticks
from simkpi.demand.responses import draw_responses
from simkpi.demand.returns import with_returns
from simkpi.demand.rows import NEVER, BotTerms, Demand, Ticks
from simkpi.demand.streams import Addresses, Words, World, canonical_seed
from simkpi.demand.visits import Lookers, draw_lookers, visits_of
from simkpi.errors import InputError, Problem
from simkpi.scenario.crews import PPM, differs_in_resolution
from simkpi.scenario.days import opening_ticks
from simkpi.scenario.laws import Law
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Contact, Patience
from simkpi.units import DAY, to_ticks

Flags = NDArray[np.bool_]
#: Number of the bot, outcome, length, first reply, and when the customer is willing to try it.
_Session = tuple[NDArray[Any], NDArray[np.int8], Ticks, Ticks, tuple[Ticks, Ticks] | None]

Columns = dict[str, NDArray[Any]]

_Extras = tuple[bool, bool, bool]
_TERMS = tuple(field.name for field in fields(BotTerms))


def draw(scenario: Scenario, *, seed: int | str, replication: int, days: range | None = None) -> Demand:
    """Draw one replication.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    seed : int or str
        Names the family of replications; a text that spells a whole number is that number.
    replication : int
        Which replication, 0 or more.
    days : range or None
        Days whose fresh contacts are drawn, the same as when all are (the backlog's come with day 0); None = all.

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
    parts = [contact.fresh(world, shared, days) for contact, world in zip(contacts, worlds, strict=True)]
    columns = _by_arrival(parts)

    def again(kind: int, first_kind: int, customer: Words, attempt: int) -> dict[str, NDArray[Any]]:
        return contacts[kind].again(worlds[first_kind], customer, attempt)

    models = [contact.contact for contact in contacts]
    lengthening = None
    if has_chains(models):

        def leg(kind: int, first_kind: int, customer: Words, attempt: int) -> dict[str, NDArray[Any]]:
            return contacts[kind].elsewhere(worlds[first_kind], customer, attempt)

        lengthening = Lengthening(models, worlds, leg, opening_ticks(scenario.spec.calendar))
    lookers = {number: each.lookers for number, each in enumerate(contacts) if each.lookers is not None}
    horizon = to_ticks(scenario.spec.calendar.days * DAY)
    visits = visits_of(models, worlds, lookers, columns, horizon) if lookers else None
    if lengthening is not None:  # it writes into them
        columns = {name: np.array(column) for name, column in columns.items()}
    columns, returns, chains = with_returns(columns, models, worlds, again, lengthening, horizon=horizon)
    columns = {name: laid_out(column) for name, column in columns.items()}
    of_whom = models, columns["contact_type"], columns["customer"], returns, worlds
    chats, talk = draw_chats(*of_whom, talk=columns["talk"])
    if "bot_terms.talk" in columns:
        columns["bot_terms.talk"] = np.where(talk == columns["talk"], columns["bot_terms.talk"], talk)
    columns["talk"] = talk
    terms = {name: columns.pop(f"bot_terms.{name}") for name in _TERMS if f"bot_terms.{name}" in columns}
    return Demand(
        contact_types=names,
        **columns,
        bot_terms=BotTerms(**terms) if terms else None,
        returns=returns,
        longest_queue=of_first_rows(draw_longest_queue(*of_whom), chains),
        balk_above=of_first_rows(draw_balk_above(*of_whom), chains),
        noticed=of_first_rows(draw_noticed(*of_whom), chains),
        quiet=draw_quiet(*of_whom),
        chains=chains,
        responses=draw_responses(*of_whom),
        chats=chats,
        visits=visits,
        duty=draw_duty(scenario.spec, seed, replication),
    )


class _ContactType:
    """One contact type of a scenario, its bot included; problems of its laws are told with its name."""

    def __init__(self, scenario: Scenario, index: int) -> None:
        self.name, self.contact = list(scenario.spec.contacts.items())[index]
        self._index = index
        self._duty = BotDuty.of(scenario, self.name)
        #: Visitors of the site who do not ask by themselves, once drawn.
        self.lookers: Lookers | None = None
        #: Whether the run needs the terms of bots, whether bots take time to reply, and whether agents differ in what they
        #: resolve: for all contact types alike.
        self._extras = needs_terms(scenario.spec), has_replies(scenario.spec), differs_in_resolution(scenario.spec)

    def fresh(self, world: World, shared: NDArray[np.float64] | None, days: range | None) -> Columns:
        """Draw the contacts that come by themselves."""
        with self._named():
            customer, arrived = draw_arrivals(self.contact.volume, world, shared, days)
            if drawing() is not None:  # NumPy draws neighbours together
                customer, arrived = by_arrival(customer, arrived)
            if self.contact.visitors is not None:
                self.lookers = draw_lookers(self.contact, world, shared)
            fresh = _Customers(world, customer, 0).draw(self.contact, arrived, self._index, self._duty, self._extras)
            if self.lookers is not None and self.lookers.accepts.any():
                fresh = self._with_invited(world, fresh, self.lookers)
            if self.contact.backlog is None or (days is not None and days.start > 0):
                return fresh
            customer, arrived = draw_backlog(self.contact, world)  # whatever bot they had is behind them
            waiting = _Customers(world, customer, 0).draw(self.contact, arrived, self._index, None, self._extras)
            return {name: np.concatenate([waiting[name], fresh[name]]) for name in fresh}

    def _with_invited(self, world: World, fresh: Columns, lookers: Lookers) -> Columns:
        """Append those who would accept an invitation, which is to a human; when it is shown only the run knows."""
        customer = lookers.customer[lookers.accepts]
        never = np.full(len(customer), NEVER, dtype=np.int64)
        invited = _Customers(world, customer, 0).draw(self.contact, never, self._index, None, self._extras)
        return {name: np.concatenate([fresh[name], invited[name]]) for name in fresh}

    def again(self, world: World, customer: Words, attempt: int) -> Columns:
        """Draw what the further contact number *attempt* of each *customer* of *world* is like, if it comes about."""
        never = np.full(len(customer), NEVER, dtype=np.int64)
        with self._named():
            return _Customers(world, customer, attempt).draw(self.contact, never, self._index, self._duty, self._extras)

    def elsewhere(self, world: World, customer: Words, attempt: int) -> Columns:
        """Draw what a stay in the queue of this type is like for customers who come from another one: no bot, no balking."""
        never = np.full(len(customer), NEVER, dtype=np.int64)
        with self._named():
            patience = self.contact.patience.model_copy(update={"balk": 0.0})
            contact = self.contact.model_copy(update={"patience": patience})
            return _Customers(world, customer, attempt).draw(contact, never, self._index, None, self._extras)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            raise InputError(
                Problem(problem.message, ".".join(filter(None, ("contacts", self.name, problem.path))))
                for problem in error.problems
            ) from None


class _Customers:
    """Some customers of one world (seed, replication, contact type of the first contact), on their n-th contact."""

    def __init__(self, world: World, customer: Words, attempt: int) -> None:
        self._world = world
        self._customer = customer
        self._attempt = attempt
        self._addresses = Addresses(customer)
        self._size = len(customer)

    def draw(self, contact: Contact, arrived: Ticks, index: int, duty: BotDuty | None, extras: _Extras) -> Columns:
        talk, no_bot = self._sample("talk", contact.handle.talk), constant(0, self._size)
        session = duty and self._session(duty, contact, arrived)
        none: _Session = constant(-1, self._size, np.int16), constant(-1, self._size, np.int8), no_bot, no_bot, None
        number, outcome, length, reply, tried = session or none
        columns: Columns = {
            "contact_type": constant(index, self._size, np.int16),
            "arrived": arrived,
            "talk": after_handoff(talk, duty.bot, outcome) if duty else talk,
            "hold": self._sample("hold", contact.handle.hold),
            "wrap": self._sample("wrap", contact.handle.wrap),
            "patience": self._patience(contact.patience),
            "bot": number,
            "bot_time": length,
            "bot_outcome": outcome,
            "resolved": self._resolved(contact, duty, outcome),
            "customer": self._customer,
        }
        has_terms, has_replies, differs = extras
        if differs:
            columns["least_skill"] = self._least_skill(contact.resolved)
        if has_replies:
            columns["bot_reply"] = reply
        if has_terms:
            start, until = tried or (no_bot, constant(NEVER, self._size))
            alone = talk, self._resolved(contact, None, outcome), start, until
            columns |= {f"bot_terms.{name}": column for name, column in zip(_TERMS, alone, strict=True)}
        return columns

    def _session(self, duty: BotDuty, contact: Contact, arrived: Ticks) -> _Session:
        """Draw the session with the bot; -1 and 0 for those who do not meet it, as far as that is known before the run."""
        outcome = outcomes(duty.bot, contact, self._uniforms, self._size)
        length, reply = session_times(duty.bot, outcome, self._uniforms)
        tried = willing(duty, self._uniforms, self._size)
        misses = np.zeros(self._size, dtype=np.bool_)
        if tried is not None:
            misses |= (tried[1] == 0) if self._attempt else (arrived < tried[0]) | (arrived >= tried[1])
        if duty.up is not None and not self._attempt:
            misses |= ~duty.is_up(arrived)
        number = np.where(misses, -1, duty.number).astype(np.int16)
        outcome[misses] = -1
        length[misses] = reply[misses] = 0
        return number, outcome, length, reply, tried

    def _uniforms(self, purpose: str, rows: NDArray[np.int64] | None = None, attempt: int | None = None) -> NDArray[np.float64]:
        """Uniform numbers of the customers (of *rows* of them), for this contact of theirs or number *attempt*."""
        addresses = self._addresses if rows is None or len(rows) == self._size else Addresses(self._customer[rows])
        return self._world.uniforms(purpose, addresses, attempt=self._attempt if attempt is None else attempt)

    def _happens(self, purpose: str, chance: float | NDArray[np.float64]) -> Flags:
        """Draw an event that has this *chance*: among those of a greater chance it happens to the same customers and more."""
        if isinstance(chance, float) and (chance <= 0 or chance >= 1):
            return constant(chance >= 1, self._size, np.bool_)
        return self._uniforms(purpose) < chance

    def _sample(self, purpose: str, law: Law) -> Ticks:
        return draw_ticks(law, self._world, purpose, self._addresses, attempt=self._attempt)

    def _patience(self, patience: Patience) -> Ticks:
        if patience.law is None:
            longest = NEVER if patience.at_most is None else to_ticks(patience.at_most)
            ticks = constant(longest, self._size)
        else:
            whose = self._world, "patience", self._addresses
            ticks = draw_ticks(patience.law, *whose, attempt=self._attempt, at_most=patience.at_most)
        return np.where(self._happens("balk", patience.balk), 0, ticks) if patience.balk > 0 else ticks

    def _resolved(self, contact: Contact, duty: BotDuty | None, outcome: NDArray[Any]) -> Flags:
        if duty is None or duty.bot.solves == contact.resolved:
            return self._happens("resolved", contact.resolved)
        return self._happens("resolved", np.where(outcome == CONTAINED, duty.bot.solves, contact.resolved))

    def _least_skill(self, chance: float) -> NDArray[np.int64]:
        """Return the smallest factor (ppm) on the *chance* with which the customer's draw is below it; ``NEVER`` = none is."""
        if chance <= 0:
            return np.full(self._size, NEVER, dtype=np.int64)
        u = self._uniforms("resolved")
        least = np.floor(u / chance * PPM).astype(np.int64) + 1
        # without a factor exactly those are resolved who are without this rule, whatever the rounding
        return np.where(u < chance, np.minimum(least, PPM), np.maximum(least, PPM + 1))


def _by_arrival(parts: list[Columns]) -> Columns:
    """Put the contact types together by moment; rows of the same moment stay by contact type, then customer.

    Column by column, and none is kept longer than needed: with many contacts the memory for two sets of them matters.
    """
    arrived = joined([part.pop("arrived") for part in parts])
    is_sorted = bool(np.all(arrived[1:] >= arrived[:-1]))
    order = None if is_sorted else np.argsort(arrived, kind="stable")
    columns = {"arrived": arrived if order is None else arrived[order]}
    del arrived
    for name in list(parts[0]):
        column = joined([part.pop(name) for part in parts])
        columns[name] = column if order is None or is_constant(column) else column[order]
        del column
    return columns
