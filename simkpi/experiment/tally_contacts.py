"""What each contact adds to a KPI, read off an engine's arrays: the standard KPIs without a table in between.

The definitions are those of :mod:`simkpi.kpi.catalogue`; a test over every shipped scenario proves the figures equal, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Demand, Ticks
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import ABANDONED, ANSWERED, BLOCKED, CONTAINED, OPEN, REFUSED, EngineLog
from simkpi.engine.work_times import bot_times, efforts
from simkpi.interactions.columns import BOT_OUTCOMES
from simkpi.units import to_ticks

Flags = NDArray[np.bool_]
_BOT_CONTAINED, _BOT_GAVE_UP = (BOT_OUTCOMES.index(name) for name in ("contained", "gave_up"))


@dataclass(frozen=True)
class Facts:
    """The contacts of one replication, and what follows from their columns.

    Parameters
    ----------
    plan : Plan
        What was run.
    demand, log : Demand, EngineLog
        Contacts and what happened to them; nobody comes back.
    """

    plan: Plan
    demand: Demand
    log: EngineLog

    @cached_property
    def all(self) -> Flags:
        """Every contact."""
        return np.ones(len(self.demand), dtype=np.bool_)

    @cached_property
    def offered(self) -> Flags:
        """Who entered a queue."""
        return np.asarray(self.log.queued < NEVER)

    @cached_property
    def picked_up(self) -> Flags:
        """Whom an agent has picked up."""
        return np.asarray(self.log.answered < NEVER)

    @cached_property
    def answered(self) -> Flags:
        """Who reached an agent: also those still talking when the horizon ends."""
        return np.asarray((self.log.outcome == ANSWERED) | ((self.log.outcome == OPEN) & self.picked_up))

    @cached_property
    def is_over(self) -> Flags:
        """Whose conversation with an agent has ended."""
        return np.asarray(self.picked_up & (self.log.ended < NEVER))

    @cached_property
    def is_closed(self) -> Flags:
        """Who is not open when the horizon ends."""
        return np.asarray(self.log.outcome != OPEN, dtype=np.bool_)

    @cached_property
    def has_waited(self) -> Flags:
        """Whose wait is known: answered, or gone."""
        return np.asarray(self.offered & (self.answered | (self.is_closed & (self.log.ended < NEVER))))

    @cached_property
    def wait(self) -> Ticks:
        """From queueing to the answer or to leaving; 0 where not known."""
        end = np.where(self.answered, self.log.answered, self.log.ended)
        return np.where(self.has_waited, end - self.log.queued, 0)

    @cached_property
    def bot_ended(self) -> Ticks:
        """When the bot's part was over."""
        return bot_times(self.plan, self.demand, self.log)[1]

    @cached_property
    def bot_outcome(self) -> NDArray[np.int8]:
        """How the bot's part ended; -1 = no bot, or not yet."""
        return np.where(self.bot_ended < NEVER, self.demand.bot_outcome, np.int8(-1))

    @cached_property
    def contained(self) -> Flags:
        """Whom the bot contained."""
        return np.asarray((self.log.outcome == CONTAINED) | (self.bot_outcome == _BOT_CONTAINED))

    @cached_property
    def resolved(self) -> Flags:
        """Whose case is solved."""
        return np.asarray(self.demand.resolved & (self.is_over | (self.log.outcome == CONTAINED)))

    @cached_property
    def efforts(self) -> tuple[Ticks, Ticks, Ticks]:
        """Talk, hold and wrap-up as spent."""
        return efforts(self.plan, self.demand, self.log)

    def last_moment(self, lowest: int) -> Flags:
        """Whose last moment lies after *lowest* ticks."""
        end = np.where(self.log.ended < NEVER, self.log.ended, self.demand.arrived)
        return np.asarray(end > lowest, dtype=np.bool_)


class Sums(NamedTuple):
    """What every contact adds above and below the line; None below: a count. *censored*: not decided at the horizon's end."""

    above: NDArray[Any]
    below: Flags | None = None
    censored: Flags | None = None

    def of(self, chosen: Flags) -> Sums:
        """Return what the chosen contacts add."""
        return Sums(*(None if part is None else part[chosen] for part in self))  # type: ignore[arg-type]


Values = Mapping[str, Any]


class Tally(NamedTuple):
    """A KPI read off the arrays: whether it can be for these parameters, and what each contact adds."""

    knows: Callable[[Values], bool]
    sums: Callable[[Facts, Values], Sums]


def _always(_: Values) -> bool:
    return True


def _ratio(above: Flags, below: Flags) -> Sums:
    return Sums(above & below, below)


def _mean(ticks: Ticks, known: Flags, censored: Flags | None = None) -> Sums:
    return Sums(np.where(known, ticks, 0), known, censored)


def _service_level(facts: Facts, values: Values) -> Sums:
    within = facts.answered & (facts.wait <= to_ticks(values["threshold"]))
    return _ratio(within, facts.offered)


def _aht(facts: Facts, _: Values) -> Sums:
    talk, hold, wrap = facts.efforts
    known = facts.answered & facts.is_closed & facts.is_over
    return _mean(talk + hold + np.where(facts.log.wrapped < NEVER, wrap, 0), known)


def _resolution_time(facts: Facts, _: Values) -> Sums:
    known = facts.resolved & (facts.log.ended < NEVER)
    return _mean(facts.log.ended - facts.demand.arrived, known, ~facts.is_closed)


def _fcr(facts: Facts, values: Values) -> Sums:
    handled = facts.answered | facts.contained
    end = np.where(facts.is_closed, np.where(facts.log.ended < NEVER, facts.log.ended, facts.demand.arrived), facts.plan.horizon)
    return Sums(handled & facts.resolved, facts.all, facts.plan.horizon - end < to_ticks(values["fcr_window"]))


def _deflection(facts: Facts, values: Values) -> Sums:
    undecided = facts.contained & facts.last_moment(facts.plan.horizon - to_ticks(values["recontact_window"]))
    return Sums(facts.contained, facts.all, undecided)


#: KPI -> how it is read off the arrays. Everything else goes through the tables of the log.
CONTACTS: dict[str, Tally] = {
    "total_contacts": Tally(_always, lambda facts, _: Sums(facts.all)),
    "offered": Tally(_always, lambda facts, _: Sums(facts.offered)),
    "answered": Tally(_always, lambda facts, _: Sums(facts.answered)),
    "abandoned": Tally(_always, lambda facts, _: Sums(facts.log.outcome == ABANDONED)),
    "blocked": Tally(_always, lambda facts, _: Sums((facts.log.outcome == BLOCKED) | (facts.log.outcome == REFUSED))),
    "answer_rate": Tally(_always, lambda facts, _: _ratio(facts.answered, facts.offered)),
    "abandon_rate": Tally(
        lambda values: values["abandon_rate"] == "offered",
        lambda facts, _: _ratio(facts.log.outcome == ABANDONED, facts.offered),
    ),
    "service_level": Tally(lambda values: values["service_level"] == "offered", _service_level),
    "frt": Tally(
        lambda values: values["responder"] == "human" and values["hours"] is None,
        lambda facts, _: _mean(facts.log.answered - facts.demand.arrived, facts.picked_up),
    ),
    "asa": Tally(_always, lambda facts, _: _mean(facts.wait, facts.answered & facts.offered)),
    "mean_wait": Tally(_always, lambda facts, _: _mean(facts.wait, facts.has_waited, facts.offered & ~facts.has_waited)),
    "aht": Tally(lambda values: values["aht"] == "effort", _aht),
    "talk_time": Tally(_always, lambda facts, _: _mean(facts.efforts[0], facts.answered & facts.is_closed & facts.is_over)),
    "resolution_time": Tally(lambda values: values["pending"] == "leave_out" and values["hours"] is None, _resolution_time),
    "fcr": Tally(lambda values: (values["bot"], values["censored"], values["resolved"]) == ("counts", "count", "flag"), _fcr),
    "containment_rate": Tally(
        lambda values: values["containment_rate"] == "no_human",
        lambda facts, _: _ratio(facts.contained | (facts.bot_outcome == _BOT_GAVE_UP), facts.demand.bot >= 0),
    ),
    "deflection_rate": Tally(lambda values: (values["per"], values["deflection_rate"]) == ("contact", "net"), _deflection),
    "deflection_rate_gross": Tally(lambda values: values["per"] == "contact", lambda facts, _: Sums(facts.contained, facts.all)),
}
