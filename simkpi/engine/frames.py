"""The engine's log as tables in the schema of the interactions log: moments, names and durations instead of ticks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Demand, Ticks
from simkpi.engine.agent_time import agent_time, missing_name, pay
from simkpi.engine.chains import contact_numbers
from simkpi.engine.chat_tables import Messages, masked
from simkpi.engine.due import due_moments
from simkpi.engine.legs import legs_of
from simkpi.engine.plan import Plan, plan
from simkpi.engine.recorder import AGENT_LEG, BOT_LEG, LEG_ENDS, LEG_KINDS, QUEUE_LEG, STATES, WRAP_LEG, EngineLog
from simkpi.engine.response_tables import respond
from simkpi.engine.returns import comes_back, has_failed, realised
from simkpi.engine.summary import origins, summary
from simkpi.engine.thread_tables import Threads
from simkpi.engine.visit_table import visit_starts, visit_table
from simkpi.engine.work_times import bot_times, efforts
from simkpi.interactions.columns import BOT_OUTCOMES, ORIGINS, OUTCOMES
from simkpi.scenario.pay import has_costs
from simkpi.scenario.resolve import Scenario
from simkpi.units import TICKS_PER_SECOND


class Frames(NamedTuple):
    """The tables of one replication, in the schema of :mod:`simkpi.interactions.columns`."""

    interactions: pl.DataFrame
    agent_states: pl.DataFrame
    legs: pl.DataFrame
    #: ``surveys``, ``orders`` and ``customers``, as far as the scenario has response models; ``messages`` of chats with turns
    #: and of threads.
    companions: dict[str, pl.DataFrame]


def frames(scenario: Scenario, demand: Demand, log: EngineLog, replication: int | None = None) -> Frames:
    """Return all tables of one replication.

    Parameters
    ----------
    scenario : Scenario
        What was run; gives the names and the moment of tick 0.
    demand : Demand
        The contacts that were run.
    log : EngineLog
        What happened.
    replication : int or None
        Adds a column ``replication`` with this number.

    Returns
    -------
    Frames
        Contacts are numbered from 0 within the replication; moments are ``Datetime("ms")``; a duration is given once it is over.
    """
    view = View(scenario, demand, log)
    contacts, companions = view.interactions(), dict[str, pl.DataFrame]()
    if view.demand.responses is not None:
        of_contacts = {purpose: u[view.found.first] for purpose, u in view.demand.responses.items()}
        contacts, companions = respond(scenario, contacts, of_contacts)

    def numbered(table: pl.DataFrame) -> pl.DataFrame:
        return table if replication is None else table.with_columns(pl.lit(replication, pl.Int32).alias("replication"))

    if view.demand.visits is not None:
        companions["visits"] = visit_table(view, view.demand.visits, contacts)
    messages = view.messages()
    if messages is not None:
        companions["messages"] = messages
    named = {name: numbered(table) for name, table in companions.items()}
    return Frames(numbered(contacts), numbered(view.agent_states()), numbered(view.legs()), named)


def interactions(scenario: Scenario, demand: Demand, log: EngineLog, replication: int | None = None) -> pl.DataFrame:
    """Return one row per contact, in the order of arrival (parameters as for :func:`frames`)."""
    return frames(scenario, demand, log, replication).interactions


def agent_states(scenario: Scenario, demand: Demand, log: EngineLog, replication: int | None = None) -> pl.DataFrame:
    """Return one row per stay of an agent in a state (parameters as for :func:`frames`)."""
    return frames(scenario, demand, log, replication).agent_states


def legs(scenario: Scenario, demand: Demand, log: EngineLog, replication: int | None = None) -> pl.DataFrame:
    """Return one row per stay of a contact with a bot, a queue or an agent (parameters as for :func:`frames`)."""
    return frames(scenario, demand, log, replication).legs


def agent_names(numbers: Plan) -> list[str]:
    """Names of all agents: their own, or the team's name and a number, from 1, padded so that they sort."""
    return [
        name
        for team in numbers.teams
        for name in (team.agents or [f"{team.name}-{place + 1:0{len(str(team.n_agents))}d}" for place in range(team.n_agents)])
    ]


class View:
    """The arrays of one replication, and how they become columns."""

    def __init__(self, scenario: Scenario, demand: Demand, log: EngineLog) -> None:
        self.spec = scenario.spec
        self.plan = plan(scenario)
        further, again_at = comes_back(self.plan, demand, log)
        demand, log, rows = realised(self.plan, demand, log)
        self.demand, self.log = demand, log
        #: Whether each customer is to come back, also beyond the horizon's end.
        self.comes_back = further[rows] >= 0
        #: When the customer comes again, after whatever contact.
        self.again_at = again_at[rows]
        self.epoch = np.datetime64(scenario.start, "ms").astype(np.int64)
        self.stop = self.plan.horizon if self.plan.cut else NEVER
        self.agents = agent_names(self.plan)
        self.teams = [team.name for team in self.plan.teams]
        self.types = list(self.plan.contact_types)
        #: Names of the places of legs, by kind.
        self.places = {
            BOT_LEG: list(self.spec.bots),
            QUEUE_LEG: self.types,
            AGENT_LEG: self.agents,
            WRAP_LEG: self.agents,
        }
        self.bot_started, self.bot_ended = bot_times(self.plan, demand, log)
        self.has_bot = self.bot_started < NEVER
        self.number = contact_numbers(demand)
        self.found = summary(self.plan, demand, log, efforts(self.plan, demand, log))

    def moments(self, name: str, ticks: Ticks) -> pl.Series:
        """Moments from ticks; ``NEVER`` is null."""
        values, lacking = pl.Series(name, ticks + self.epoch), ticks >= NEVER
        values = values.set(pl.Series(lacking), None) if bool(lacking.any()) else values  # before the cast: polars 1.30
        return values.cast(pl.Datetime("ms"))

    @staticmethod
    def seconds(name: str, ticks: Ticks, given: NDArray[np.bool_]) -> pl.Series:
        """Seconds from ticks, null where not *given*."""
        return masked(pl.Series(name, ticks / TICKS_PER_SECOND), given)

    @staticmethod
    def names(name: str, index: NDArray[Any], values: list[str] | tuple[str, ...]) -> pl.Series:
        """Text from an index into *values*; -1 is null."""
        lookup = pl.Series(name, [*values, None], dtype=pl.String)
        return lookup.gather(np.where(index < 0, len(values), index).astype(np.int64))

    def efforts(self) -> tuple[Ticks, Ticks, Ticks]:
        """Talk, hold and wrap-up as really spent."""
        return efforts(self.plan, self.demand, self.log)

    def ids(self, name: str) -> pl.Series:
        """Contact numbers as text."""
        return pl.Series(name, np.arange(len(self.found.first))).cast(pl.String)

    def cases(self) -> list[pl.Series]:
        """Case, customer and origin: further contacts share the first one's."""
        demand, first = self.demand, self.found.first
        case = first if demand.returns is None else demand.returns.case[first]
        customer = self.names("contact_type", demand.contact_type[case], self.types)
        customer = customer + "-" + pl.Series(demand.customer[first]).cast(pl.String)
        return [
            pl.Series("case_id", self.number[case]).cast(pl.String),
            customer.alias("customer_id"),
            self.names("origin", origins(demand, self.found, has_failed(demand, self.log)), ORIGINS),
        ]

    def interactions(self) -> pl.DataFrame:
        """Return one row per contact."""
        demand, found = self.demand, self.found
        chats = Messages(self) if demand.chats is not None else None
        threads = Threads(self) if "rounds" in self.plan.features else None
        first = found.first
        first_reply = found.answered if chats is None else chats.first_reply(found.answered)
        arrived = demand.arrived[first]
        channels = [contact.channel for contact in self.spec.contacts.values()]
        columns = [
            self.ids("contact_id"),
            *self.cases(),
            self.names("channel", found.kind, channels),
            self.names("contact_type", found.kind, self.types),
            self.names("queue", found.queue, self.types),
            self.names("team", found.team, self.teams),
            self.names("agent_id", found.agent, self.agents),
            self.names("priority", found.kind, [str(priority) for priority in self.plan.priority]),
            self.moments("arrived_at", arrived),
            self.moments("bot_started_at", self.bot_started[first]),
            self.moments("bot_ended_at", self.bot_ended[first]),
            self.names("bot_outcome", np.where(self.bot_ended[first] < NEVER, demand.bot_outcome[first], -1), BOT_OUTCOMES),
            self.moments("queued_at", found.queued),
            self.moments("answered_at", found.answered),
            self.moments("first_reply_at", first_reply if threads is None else threads.first_reply(first_reply)),
            self.moments("ended_at", found.ended),
            self.moments("wrapped_at", found.wrapped),
            self.names("outcome", found.outcome, OUTCOMES),
            self.seconds("talk_time", found.talk, found.is_over),
            self.seconds("hold_time", found.hold, found.is_over),
            self.seconds("wrap_time", found.wrap, found.is_wrapped),
            self.seconds("work_time", found.work, found.is_wrapped),
            pl.Series("is_resolved", found.is_resolved),
            self.moments("resolved_at", np.where(found.is_resolved, found.ended, NEVER)),
            pl.Series("n_transfers", found.n_transfers),
            pl.Series("is_escalated", found.escalated < NEVER),
            pl.Series("was_overflowed", found.overflowed),
        ]
        if self.plan.life.tier:
            columns.append(self.moments("escalated_at", found.escalated))
        if any(contact.reopen for contact in self.spec.contacts.values()):
            columns.append(self.moments("reopened_at", np.where(found.is_resolved, self.again_at[found.last], NEVER)))
        due = due_moments(self.spec, found.kind.astype(np.int16), arrived)
        if due is not None:
            columns.append(self.moments("due_at", due))
        if demand.returns is not None and (demand.chains is None or self.plan.open):
            columns.append(pl.Series("comes_back", self.comes_back[found.last]))
        if demand.bot_reply is not None:
            replied = np.where(self.has_bot, self.bot_started + demand.bot_reply, NEVER)[first]
            columns.append(self.moments("bot_replied_at", np.where(replied < self.stop, replied, NEVER)))
        if self.spec.costs.bot_session and self.spec.bots:
            columns.append(pl.Series("bot_cost", np.where(self.bot_started[first] < NEVER, self.spec.costs.bot_session, 0.0)))
        written = [] if chats is None else chats.columns()
        columns += written if threads is None else threads.columns(written)
        if demand.visits is not None:
            columns.append(visit_starts(self, demand.visits))
        return pl.DataFrame(columns)

    def messages(self) -> pl.DataFrame | None:
        """Return one row per message, by contact, then time; None = no contacts are simulated message by message."""
        tables = [] if self.demand.chats is None else [Messages(self).table()]
        if "rounds" in self.plan.features:
            tables.append(Threads(self).messages())
        if len(tables) < 2:
            return tables[0] if tables else None
        return pl.concat(tables).sort(pl.col("contact_id").cast(pl.Int64), maintain_order=True)

    def agent_states(self) -> pl.DataFrame:
        """Return one row per stay of an agent in a state."""
        time = agent_time(self.spec, self.plan, self.demand, self.log)
        slots = np.array([team.slots for team in self.plan.teams], dtype=np.int64)
        agents = [*self.agents, *(missing_name(self.plan, missing) for missing in time.missing)]
        columns = [
            self.names("agent_id", time.agent, agents),
            self.names("team", time.team, self.teams),
            self.names("state", time.state, STATES),
            self.moments("from_at", time.start),
            self.moments("to_at", time.end),
            pl.Series("slots", slots[time.team]),
        ]
        if len(time.scheduled):
            columns.append(self.names("scheduled", time.scheduled, STATES))
        if has_costs(self.spec):
            columns.append(pl.Series("cost_rate", pay(self.spec, self.plan, time)))
        return pl.DataFrame(columns)

    def legs(self) -> pl.DataFrame:
        """Return one row per stay of a contact."""
        legs = legs_of(self.demand, self.log, self.bot_ended)
        contact = self.number[legs.contact]
        if self.demand.chains is not None:
            order = np.lexsort((np.arange(len(contact)), contact))
            legs, contact = legs.of(order), contact[order]
        places, kinds = pl.Series("place", [None] * len(legs.kind), dtype=pl.String), np.unique(legs.kind).tolist()
        for kind in kinds:
            rows = np.flatnonzero(legs.kind == kind)
            places = places.scatter(rows, self.names("place", legs.place[rows], self.places[kind]))
        begins = np.flatnonzero(np.diff(contact, prepend=-1))
        number = np.arange(len(contact)) - np.repeat(begins, np.diff(np.append(begins, len(contact))))
        return pl.DataFrame(
            [
                pl.Series("contact_id", contact).cast(pl.String),
                pl.Series("leg", number, dtype=pl.Int64),
                self.names("kind", legs.kind, LEG_KINDS),
                places,
                self.moments("from_at", legs.start),
                self.moments("to_at", legs.end),
                self.names("end", legs.how, LEG_ENDS),
            ]
        )
