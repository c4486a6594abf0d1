"""The standard KPIs straight from an engine's arrays, in the tables that the KPI engine would give: what sweeps are made of.

Building a table of every contact and scoring it takes ten times as long as simulating it. Where scenario, KPIs and breakdown
allow it, the same figures (a test compares them to the bit) are added up without those tables; else there is no tally, and
the log goes the long way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.demand.rows import Demand
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import EngineLog
from simkpi.experiment.histograms import bins_of_ticks
from simkpi.experiment.scores import PARTS, TARGETS, WHOLE, Scoring, targets_table
from simkpi.experiment.tally_agents import AgentTime, agent_time, backlog
from simkpi.experiment.tally_contacts import CONTACTS, Facts, Sums
from simkpi.experiment.verdicts import within_parameter
from simkpi.kpi.aggregate import Request
from simkpi.kpi.groups import interval_ticks
from simkpi.kpi.measure import KPIS, Percentile
from simkpi.kpi.score import requests
from simkpi.scenario.resolve import Scenario
from simkpi.units import TICKS_PER_SECOND

Floats = NDArray[np.float64]
#: Features of plans whose logs the tally can read.
KNOWN = frozenset({"slower_when_busy", "balk_per_waiting", "shorter_per_waiting", "backlog"})
#: KPIs of agent time: what stands above and below the line.
_AGENTS = {"occupancy": ("busy", "work"), "slot_occupancy": ("used", "slots"), "utilization": ("busy", "work")}
_TICK = float(TICKS_PER_SECOND)
_HOUR = 3600.0 * _TICK
#: Room for a bin beside the number of the interval.
_BIN_BITS = 20


class _Column(NamedTuple):
    """One KPI of one replication by planning interval: whole numbers above and below the line, rows, undecided rows.

    What is shown are the sums over *per_above* and *per_below*; rows of the horizon as a whole may be fewer than those of its
    intervals together.
    """

    above: Floats
    below: Floats | None
    n: Floats
    n_whole: float
    per_above: float = 1.0
    per_below: float = 1.0
    censored: Floats | None = None


class _Waits(NamedTuple):
    """The waits of one replication: the percentile by interval and over all, how many, and their histograms."""

    value: Floats
    whole: float
    n: Floats
    bins: tuple[NDArray[np.int64], NDArray[np.int64]]
    parts: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


class _Watch(NamedTuple):
    """What a target is about: a KPI with its parameters, and the numbers of the contact types that count."""

    request: Request
    values: dict[str, Any]
    contact_types: list[int]


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
    asked : list of Request
        The KPIs, with the scenario's definitions.
    values : list of dict
        Their parameters.
    watched : list of _Watch
        What targets are about.
    """

    scenario: Scenario
    plan: Plan
    scoring: Scoring
    asked: list[Request]
    values: list[dict[str, Any]]
    watched: list[_Watch]
    replications: list[int] = field(default_factory=list)
    columns: dict[str, list[_Column]] = field(default_factory=dict)
    waits: dict[str, list[_Waits]] = field(default_factory=dict)
    targets: list[list[tuple[float, float, float]]] = field(default_factory=list)

    @classmethod
    def of(cls, scenario: Scenario, plan: Plan, scoring: Scoring, definitions: Mapping[str, Any]) -> Tally | None:
        """Return a tally, or None if the scenario, a KPI or the breakdown needs the tables."""
        simple = all(
            all(way is None for way in (contact.retry, contact.recontact, contact.reopen, contact.chase, contact.responses))
            for contact in scenario.spec.contacts.values()
        )
        if plan.features - KNOWN or not simple or scoring.by not in ((), ("interval",)):
            return None
        if scoring.by and "backlog" not in scoring.labels:  # which intervals there are is then for the tables to say
            return None
        asked = requests(scoring.kpis, definitions)
        values = [_values(request, definitions) for request in asked]
        watched = [_watch(scenario, definitions, *watch) for watch in scoring.watched]
        known = all(map(_knows, asked, values)) and all(_knows(watch.request, watch.values) for watch in watched)
        return cls(scenario, plan, scoring, asked, values, watched) if known else None

    @property
    def piece(self) -> int:
        """Ticks of a planning interval."""
        return interval_ticks(self.scoring.interval)

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
        facts = Facts(self.plan, demand, log)
        place = demand.arrived // self.piece
        every = [*self.asked, *[watch.request for watch in self.watched]]
        agents = agent_time(facts, self.piece) if any(map(_is_of_agents, every)) else None
        self.replications.append(replication)
        for request, values in zip(self.asked, self.values, strict=True):
            if isinstance(request.measure, Percentile):
                self.waits.setdefault(request.label, []).append(_waits(request.measure.level, facts, place, self.n_pieces))
            else:
                self.columns.setdefault(request.label, []).append(self._column(request, values, facts, place, agents))
        self.targets.append([self._target(watch, facts, place, agents) for watch in self.watched])
        return True

    def _target(
        self, watch: _Watch, facts: Facts, place: NDArray[np.int64], agents: AgentTime | None
    ) -> tuple[float, float, float]:
        """Value, numerator and denominator of what a target is about; NaN = null."""
        request, chosen = watch.request, np.isin(facts.demand.contact_type, watch.contact_types)
        if isinstance(request.measure, Percentile):
            return _waits(request.measure.level, facts, place, self.n_pieces, chosen).whole, np.nan, np.nan
        if request.kpi.name in CONTACTS:
            column = self._of_contacts(CONTACTS[request.kpi.name].sums(facts, watch.values).of(chosen), place[chosen])
        else:
            column = self._column(request, watch.values, facts, place, agents)
        total = column.above[-1] if request.kpi.name == "backlog" else column.above.sum()
        above = float(total / column.per_above)
        if column.below is None:
            return above, above, np.nan
        below = float((column.below[-1] if request.kpi.name == "backlog" else column.below.sum()) / column.per_below)
        return above / below if below else np.nan, above, below

    @property
    def n_pieces(self) -> int:
        """Planning intervals of the horizon."""
        return -(-self.plan.horizon // self.piece)

    def _sum(self, place: NDArray[np.int64], array: NDArray[Any]) -> Floats:
        """Add up per piece; whole numbers, so that the order does not matter."""
        if array.dtype == np.bool_:
            return np.bincount(place[array], minlength=self.n_pieces).astype(np.float64)
        return np.asarray(np.bincount(place, weights=array, minlength=self.n_pieces), dtype=np.float64)

    def _column(
        self,
        request: Request,
        values: Mapping[str, Any],
        facts: Facts,
        place: NDArray[np.int64],
        agents: AgentTime | None,
    ) -> _Column:
        name = request.kpi.name
        if name == "backlog":
            still_open = backlog(facts, self.piece)
            return _Column(still_open, np.ones(len(still_open)), np.ones(len(still_open)), 1.0)
        if name in _AGENTS:
            assert agents is not None
            above, below = (getattr(agents, part) for part in _AGENTS[name])
            return _Column(above, below, agents.n_work, agents.n_whole, _TICK, _TICK)
        if name == "contacts_per_agent_hour":
            assert agents is not None
            above = self._sum(place, facts.answered)
            return _Column(above, agents.work, above, float(above.sum()), 1.0, _HOUR)
        return self._of_contacts(CONTACTS[name].sums(facts, values), place)

    def _of_contacts(self, sums: Sums, place: NDArray[np.int64]) -> _Column:
        above = self._sum(place, sums.above)
        below = None if sums.below is None else self._sum(place, sums.below)
        n = above if below is None else below
        censored = None if sums.censored is None else self._sum(place, sums.censored)
        return _Column(above, below, n, float(n.sum()), 1.0 if sums.above.dtype == np.bool_ else _TICK, censored=censored)

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return the tables of :func:`simkpi.experiment.scores.score_block` for the replications taken in."""
        found = {WHOLE: self._table(whole=True), f"{WHOLE}.samples": self._samples(whole=True)}
        if self.scoring.by:
            found |= {PARTS: self._table(whole=False), f"{PARTS}.samples": self._samples(whole=False)}
        if self.watched:
            found[TARGETS] = targets_table([self._watched(number) for number in range(len(self.watched))], self.scoring.watched)
        return found

    def _watched(self, number: int) -> pl.DataFrame:
        figures = zip(*(row[number] for row in self.targets), strict=True)
        names = ("value", "numerator", "denominator")
        columns = {name: pl.Series(values, dtype=pl.Float64).fill_nan(None) for name, values in zip(names, figures, strict=True)}
        return pl.DataFrame({"replication": pl.Series(self.replications, dtype=pl.Int32), **columns})

    def _table(self, *, whole: bool) -> pl.DataFrame:
        rows = len(self.replications) * (1 if whole else self.n_pieces)
        figures = [self._figures(request, rows, whole=whole) for request in self.asked]
        names = ("value", "n", "numerator", "denominator", "censored")
        stacked = {name: pl.Series(name, np.concatenate([one[name] for one in figures])).fill_nan(None) for name in names}
        value = stacked["value"]
        status = pl.select(pl.when(value.is_not_null()).then(pl.lit("ok")).otherwise(pl.lit("undefined"))).to_series()
        return pl.DataFrame(
            [
                _texts("kpi", [request.label for request in self.asked], rows),
                self._replication(len(self.asked), whole=whole),
                *([] if whole else [self._intervals(len(self.asked) * len(self.replications))]),
                value,
                _texts("unit", [request.kpi.unit for request in self.asked], rows),
                stacked["n"].cast(pl.Int64),
                stacked["numerator"],
                stacked["denominator"],
                _texts("definition", [request.definition for request in self.asked], rows),
                status.alias("status"),
                stacked["censored"].cast(pl.Int64),
            ]
        )

    def _replication(self, times: int, *, whole: bool) -> pl.Series:
        each = np.repeat(np.array(self.replications, dtype=np.int32), 1 if whole else self.n_pieces)
        return pl.Series("replication", np.tile(each, times))

    def _intervals(self, times: int) -> pl.Series:
        epoch = np.datetime64(self.scenario.start, "ms").astype(np.int64)
        starts = epoch + np.arange(self.n_pieces, dtype=np.int64) * self.piece
        return pl.Series("interval", np.tile(starts, times)).cast(pl.Datetime("ms"))

    def _figures(self, request: Request, rows: int, *, whole: bool) -> dict[str, Floats]:
        """Columns of one KPI; NaN = null."""
        nothing = np.full(rows, np.nan)
        if request.label in self.waits:
            found = self.waits[request.label]
            value = [one.whole for one in found] if whole else np.concatenate([one.value for one in found])
            n = [one.n.sum() for one in found] if whole else np.concatenate([one.n for one in found])
            given = {"value": np.asarray(value, dtype=float), "n": np.asarray(n, dtype=float)}
            return {**dict.fromkeys(("numerator", "denominator", "censored"), nothing), **given}
        columns = self.columns[request.label]
        backlog_ = request.kpi.name == "backlog"

        def stacked(part: str, per: float = 1.0) -> Floats:
            arrays = [getattr(column, part) for column in columns]
            if not whole:
                return np.asarray(np.concatenate(arrays) / per)
            return np.array([array[-1] if backlog_ else array.sum() for array in arrays], dtype=float) / per

        above = stacked("above", columns[0].per_above)
        n = np.array([column.n_whole for column in columns], dtype=float) if whole else stacked("n")
        censored = nothing if columns[0].censored is None else stacked("censored")
        if columns[0].below is None:
            return {"value": above, "n": n, "numerator": above, "denominator": nothing, "censored": censored}
        below = stacked("below", columns[0].per_below)
        value = np.full(rows, np.nan)
        np.divide(above, below, out=value, where=below != 0)
        return {"value": value, "n": n, "numerator": above, "denominator": below, "censored": censored}

    def _samples(self, *, whole: bool) -> pl.DataFrame:
        parts = [
            self._histogram(label, number, one, whole=whole)
            for label, found in self.waits.items()
            for number, one in zip(self.replications, found, strict=True)
        ]
        return pl.concat(parts) if parts else pl.DataFrame(schema={"kpi": pl.String})

    def _histogram(self, label: str, replication: int, waits: _Waits, *, whole: bool) -> pl.DataFrame:
        bins, counts = waits.bins if whole else waits.parts[1:]
        columns = [
            _texts("kpi", [label], len(bins)),
            pl.repeat(replication, len(bins), dtype=pl.Int32, eager=True).alias("replication"),
            *([] if whole else [self._intervals(1).gather(waits.parts[0])]),
            pl.Series("bin", bins),
            pl.Series("count", counts),
        ]
        return pl.DataFrame(columns)


def _texts(name: str, values: Sequence[str], times: int) -> pl.Series:
    """Each text as often as there are rows."""
    return pl.Series(name, values, dtype=pl.String).gather(np.repeat(np.arange(len(values)), times))


def _values(request: Request, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that a KPI was built with."""
    kpi, (_, _, variant) = request.kpi, request.label.partition(":")
    stated = {name: value for name, value in definitions.items() if name in kpi.parameters}
    return kpi.read({**stated, **({"variant": variant} if variant else {})})


def _watch(scenario: Scenario, definitions: Mapping[str, Any], contact: str, kpi: str, within: float | None) -> _Watch:
    known = {**definitions, **within_parameter(kpi, within)}
    (request,) = requests([kpi], {name: value for name, value in known.items() if name in KPIS.get(kpi).parameters})
    contacts = scenario.spec.contacts
    wanted = [
        number
        for number, (name, one) in enumerate(contacts.items())
        if contact == "all" or (name == contact if contact in contacts else one.channel == contact)
    ]
    return _Watch(request, _values(request, known), wanted)


def _is_of_agents(request: Request) -> bool:
    return request.kpi.name in (*_AGENTS, "contacts_per_agent_hour")


def _knows(request: Request, values: Mapping[str, Any]) -> bool:
    name = request.kpi.name
    if name in CONTACTS:
        return CONTACTS[name].knows(values)
    if name == "occupancy":
        return bool(values["overtime"] == "leave_out")
    if name == "backlog":
        return bool(values["backlog"] == "closed")
    return name in ("wait_p90", "slot_occupancy", "utilization", "contacts_per_agent_hour")


def _waits(
    level: float, facts: Facts, place: NDArray[np.int64], n_pieces: int, chosen: NDArray[np.bool_] | None = None
) -> _Waits:
    """Sort the waits (of the *chosen* contacts) within each interval once, and read everything off."""
    known = facts.has_waited if chosen is None else facts.has_waited & chosen
    others = ~known if chosen is None else ~known & chosen
    unknown = np.bincount(place[others], minlength=n_pieces)
    wait, place = facts.wait[known], place[known]
    order = np.lexsort((wait, place))
    by_piece, n = wait[order], np.bincount(place, minlength=n_pieces)
    firsts = np.cumsum(n) - n
    value = np.full(n_pieces, np.nan)
    some = n > 0
    value[some] = _quantiles(by_piece, firsts[some], n[some], unknown[some], level)
    everything, lacking = np.sort(wait), np.array([np.count_nonzero(others)])
    whole = _quantiles(everything, np.zeros(1, np.int64), np.array([len(wait)]), lacking, level)[0] if len(wait) else np.nan
    found, counts = np.unique(bins_of_ticks(wait), return_counts=True)
    packed, in_parts = np.unique((place << _BIN_BITS) | bins_of_ticks(wait), return_counts=True)
    parts = (packed >> _BIN_BITS, packed & ((1 << _BIN_BITS) - 1), in_parts)
    return _Waits(value / _TICK, float(whole / _TICK), n.astype(float), (found, counts), parts)


def _quantiles(
    values: NDArray[np.int64], firsts: NDArray[np.int64], n: NDArray[np.int64], unknown: NDArray[np.int64], level: float
) -> Floats:
    """Linear between order statistics, of stretches of *values* that are sorted.

    The place is counted with the *unknown* ones in front, as polars does: the last bits of the figure depend on it.
    """
    place = (n - 1) * level + unknown
    below = np.floor(place).astype(np.int64)
    low = values[firsts + below - unknown].astype(float)
    high = values[firsts + np.minimum(below - unknown + 1, n - 1)].astype(float)
    return np.asarray((place - below) * (high - low) + low)
