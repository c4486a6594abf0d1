"""The standard KPIs straight from an engine's arrays, in the tables that the KPI engine would give: what sweeps are made of.

Building a table of every contact and scoring it takes ten times as long as simulating it. Where scenario, KPIs and breakdown
allow it, the same figures (a test compares them to the bit) are added up without those tables; else there is no tally, and
the log goes the long way.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.demand.rows import Demand
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import EngineLog
from simkpi.experiment.payload import decode
from simkpi.experiment.scores import Scoring
from simkpi.experiment.tally_accounts import Bins, Terms, add_up
from simkpi.experiment.tally_kpis import BACKLOG, MADE, WAITS, figures, knows
from simkpi.experiment.tally_rows import Contacts, Crew, Limits, Table, contacts_of, crew_of, stays_of
from simkpi.experiment.tally_sums import N_SUMS, WAITED
from simkpi.experiment.verdicts import within_parameter
from simkpi.kpi.aggregate import Request
from simkpi.kpi.groups import interval_ticks
from simkpi.kpi.measure import KPIS, Percentile
from simkpi.kpi.score import requests
from simkpi.scenario.resolve import Scenario
from simkpi.units import TICKS_PER_SECOND, to_ticks

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
#: Features of plans whose logs the tally can read.
KNOWN = frozenset({"slower_when_busy", "balk_per_waiting", "shorter_per_waiting", "backlog"})


class Watch(NamedTuple):
    """What a target is about: a KPI with its parameters, and which contact types count."""

    request: Request
    values: dict[str, Any]
    counts: NDArray[np.bool_]

    @property
    def is_of_its_contacts(self) -> bool:
        """Whether other contact types have to be left out; agents and the backlog are those of everybody."""
        return self.request.kpi.name != BACKLOG and not _is_of_agents(self.request)


class Added(NamedTuple):
    """What one replication adds up to.

    Parameters
    ----------
    sums : ndarray, shape (n_intervals, n_sums)
        See :mod:`simkpi.experiment.tally_sums`.
    quantiles : ndarray, shape (n_intervals + 1,), ticks
        Percentile of the waits by interval, and of all of them.
    whole, parts : ndarray of int32, shape (n_bins, 3)
        Histograms of the waits, over all and by interval: number of the interval, bin, count.
    stretches : int
        Stretches of agent time where no border of an interval cuts it.
    """

    sums: Whole
    quantiles: Floats
    whole: Bins
    parts: Bins
    stretches: int


@dataclass
class Tally:
    """Figures of one scenario, replication by replication.

    Parameters
    ----------
    scenario : Scenario
        What is simulated.
    plan : Plan
        Its numbers.
    scoring : Scoring
        What is scored.
    asked : sequence of Request
        The KPIs, with the scenario's definitions.
    values : sequence of dict
        Their parameters.
    watched : list of Watch
        What targets are about.
    """

    scenario: Scenario
    plan: Plan
    scoring: Scoring
    asked: Sequence[Request]
    values: Sequence[dict[str, Any]]
    watched: list[Watch]
    replications: list[int] = field(default_factory=list)
    added: list[Added] = field(default_factory=list)
    targets: list[list[tuple[float, float, float]]] = field(default_factory=list)

    @classmethod
    def of(cls, scenario: Scenario, plan: Plan, scoring: Scoring, definitions: Mapping[str, Any]) -> Tally | None:
        """Return a tally, or None if the scenario, a KPI or the breakdown needs the tables (:func:`why_tables`)."""
        if _unread_parts(scenario, plan, scoring):
            return None
        asked, values = _asked(scoring.kpis, tuple(definitions.items()))
        watched = [_watch(scenario, definitions, *watch) for watch in scoring.watched]
        return None if _unread_kpis(asked, values, watched) else cls(scenario, plan, scoring, asked, values, watched)

    @cached_property
    def piece(self) -> int:
        """Ticks of a planning interval."""
        return interval_ticks(self.scoring.interval)

    @cached_property
    def n_pieces(self) -> int:
        """Planning intervals of the horizon."""
        return -(-self.plan.horizon // self.piece)

    def add(self, replication: int, demand: Demand, log: EngineLog) -> bool:
        """Take in one replication; False if its log is none that can be read."""
        horizon = self.plan.horizon
        if (
            demand.returns is not None
            or len(log.leg_contact)
            or not len(demand)
            or demand.arrived[0] < 0
            or demand.arrived[-1] >= horizon
        ):
            return False
        columns = contacts_of(demand, log), stays_of(log)
        added = self._add_up(columns, self.terms)
        own = [added if terms is None else self._add_up(columns, terms) for terms in self.own_terms]
        self.keep(replication, added, own)
        return True

    def keep(self, replication: int, added: Added, own: Sequence[Added]) -> None:
        """Keep what a replication adds up to, and for each target what its contacts do."""
        self.replications.append(replication)
        self.added.append(added)
        self.targets.append([_target(*pair) for pair in zip(self.watched, own, strict=True)])

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Parameters of all KPIs."""
        return {name: value for each in self.values for name, value in each.items()}

    @cached_property
    def wants(self) -> tuple[float, bool]:
        """Level of the percentile, and whether agent time is asked for."""
        return level_of(self.asked), any(map(_is_of_agents, [*self.asked, *[watch.request for watch in self.watched]]))

    @cached_property
    def crew(self) -> Crew:
        """Who there is to work."""
        return crew_of(self.plan)

    @cached_property
    def terms(self) -> Terms:
        """What is added up of everything."""
        return Terms(self.crew, self.limits(self.parameters), *self.wants)

    @cached_property
    def own_terms(self) -> list[Terms | None]:
        """What is added up for each target; None: the same as of everything."""
        return [
            Terms(self.crew._replace(counts=watch.counts), self.limits(watch.values), level_of([watch.request]), of_agents=False)
            if watch.is_of_its_contacts
            else None
            for watch in self.watched
        ]

    def limits(self, parameters: Mapping[str, Any]) -> Limits:
        """Return intervals, horizon and windows for KPIs with these parameters."""
        windows = (to_ticks(parameters.get(name, 0.0)) for name in ("threshold", "fcr_window", "recontact_window"))
        return Limits(self.piece, self.plan.horizon, int(self.plan.cut), *windows)

    def _add_up(self, columns: tuple[Contacts, Table], terms: Terms) -> Added:
        sums, quantiles = np.zeros((self.n_pieces, N_SUMS), dtype=np.int64), np.full(self.n_pieces + 1, np.nan)
        found = add_up(*columns, terms, sums, quantiles)
        return Added(sums, quantiles, found.whole, found.parts, found.stretches)

    def payload(self) -> bytes:
        """Return the bytes of the tables of :func:`simkpi.experiment.scores.score_block` for the replications taken in."""
        from simkpi.experiment.tally_tables import payload

        return payload(self)

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return those tables."""
        return decode(self.payload())


def _target(watch: Watch, added: Added) -> tuple[float, float, float]:
    """Value, numerator and denominator of what a target is about; NaN = null."""
    if watch.request.kpi.name == WAITS:
        return float(added.quantiles[-1] / TICKS_PER_SECOND), np.nan, np.nan
    found = figures((watch.request.kpi.name,), added.sums[None], np.array([added.stretches]), whole=True)
    return found.value.item(), found.numerator.item(), found.denominator.item()


def level_of(asked: Sequence[Request]) -> float:
    """Share of the percentile that is asked for, negative if there is none."""
    return next((request.measure.level for request in asked if isinstance(request.measure, Percentile)), -1.0)


def _is_of_agents(request: Request) -> bool:
    return request.kpi.name in MADE and MADE[request.kpi.name].of_agents


def why_tables(scenario: Scenario, plan: Plan, scoring: Scoring, definitions: Mapping[str, Any]) -> str:
    """Say which part of a scenario, which KPIs or which breakdown need the tables of a log; empty if none does."""
    asked, values = _asked(scoring.kpis, tuple(definitions.items()))
    watched = [_watch(scenario, definitions, *watch) for watch in scoring.watched]
    needs = _unread_parts(scenario, plan, scoring) or _unread_kpis(asked, values, watched)
    return f"{' and '.join(needs)} {'needs' if len(needs) == 1 else 'need'} the tables of a log" if needs else ""


def _unread_parts(scenario: Scenario, plan: Plan, scoring: Scoring) -> list[str]:
    """Fields and features of a scenario, or a breakdown, that can not be read off the engines' arrays."""
    fields = [
        f"contacts.{name}.{field}"
        for name, contact in scenario.spec.contacts.items()
        for field in ("retry", "recontact", "reopen", "chase", "responses")
        if getattr(contact, field) is not None
    ]
    if needs := fields or sorted(plan.features - KNOWN):
        return needs
    if scoring.by not in ((), ("interval",)):
        return [f"a breakdown by {' and '.join(scoring.by)}"]
    if scoring.by and "backlog" not in scoring.labels:  # which intervals there are is then for the tables to say
        return ["a breakdown by interval without the KPI backlog"]
    return []


def _unread_kpis(asked: Sequence[Request], values: Sequence[dict[str, Any]], watched: Sequence[Watch]) -> list[str]:
    """KPIs that can not be read off the engines' arrays."""
    both = [*zip(asked, values, strict=True), *((watch.request, watch.values) for watch in watched)]
    return list(dict.fromkeys(request.label for request, each in both if not knows(request.kpi.name, each)))


@lru_cache(maxsize=64)
def _asked(
    kpis: tuple[str, ...] | str | None, definitions: tuple[tuple[str, Any], ...]
) -> tuple[tuple[Request, ...], tuple[dict[str, Any], ...]]:
    """Return KPIs and their parameters: the same for all variants with the same definitions."""
    asked = tuple(requests(kpis, dict(definitions)))
    return asked, tuple(_values(request, dict(definitions)) for request in asked)


def _values(request: Request, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that a KPI was built with."""
    kpi, (_, _, variant) = request.kpi, request.label.partition(":")
    stated = {name: value for name, value in definitions.items() if name in kpi.parameters}
    return kpi.read({**stated, **({"variant": variant} if variant else {})})


def _watch(scenario: Scenario, definitions: Mapping[str, Any], contact: str, kpi: str, within: float | None) -> Watch:
    known = {**definitions, **within_parameter(kpi, within)}
    (request,) = requests([kpi], {name: value for name, value in known.items() if name in KPIS.get(kpi).parameters})
    contacts = scenario.spec.contacts
    wanted = [
        contact == "all" or (name == contact if contact in contacts else one.channel == contact) for name, one in contacts.items()
    ]
    return Watch(request, _values(request, known), np.array(wanted, dtype=np.bool_))


def waits_of(tally: Tally) -> tuple[Floats, Floats]:
    """Return the percentile of the waits in seconds by replication and interval, the last column over all; and how many."""
    value = np.array([one.quantiles for one in tally.added]) / TICKS_PER_SECOND
    n = np.array([one.sums[:, WAITED] for one in tally.added], dtype=np.float64)
    return value, n


def is_loaded() -> bool:
    """Whether this process has the compiled loops at hand, which take a second to load and longer to compile; loads nothing."""
    is_ready = getattr(sys.modules.get("simkpi.experiment.tally_loops"), "is_loaded", None)  # None: another thread imports it now
    return is_ready is not None and bool(is_ready())
