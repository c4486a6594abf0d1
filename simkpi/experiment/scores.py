"""KPIs of a scenario replication by replication, without the log: what cells store, and what intervals and differences need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from simkpi.experiment.histograms import bins_of, spread_out
from simkpi.experiment.pool import Floats, Grid, Samples, pool_grid
from simkpi.experiment.result import Result
from simkpi.experiment.verdicts import contact_filter, within_parameter
from simkpi.interactions.columns import AGENT_STATES, INTERACTIONS
from simkpi.kpi.aggregate import Request
from simkpi.kpi.formulas import Percentile
from simkpi.kpi.groups import check_keys, interval_ticks
from simkpi.kpi.score import requests
from simkpi.scenario.resolve import Scenario

#: The table over everything, the one broken down, and the one of what targets are about.
WHOLE, PARTS, TARGETS = "all", "by", "targets"
#: Contact type, channel or ``all``; KPI; threshold in seconds.
Watched: TypeAlias = tuple[str, str, float | None]


def watched_by(scenario: Scenario) -> Iterator[Watched]:
    """Yield what each target of the scenario is about."""
    for contact, goals in scenario.spec.targets.items():
        for kpi, target in goals.items():
            yield contact, kpi, target.within


@dataclass(frozen=True)
class Scoring:
    """What is scored.

    Parameters
    ----------
    kpis : tuple of str, "all" or None
        KPIs, variants included (``service_level:answered``); None: the default set.
    by : tuple of str
        Group keys of a second table; empty: no such table.
    interval : float, seconds
        Length of a planning interval.
    watched : tuple of (str, str, float or None)
        What targets are about: contact type, channel or ``all``; KPI; threshold in seconds. The goals are no part of it: they may
        change without a new run.
    """

    kpis: tuple[str, ...] | str | None = None
    by: tuple[str, ...] = ()
    interval: float = 1800.0
    watched: tuple[Watched, ...] = ()

    def watching(self, scenarios: Iterable[Scenario]) -> Scoring:
        """Return it with what the targets of *scenarios* are about."""
        found = {watch: None for scenario in scenarios for watch in watched_by(scenario)}
        return replace(self, watched=tuple(found))

    @cached_property
    def _requests(self) -> tuple[Request, ...]:
        return tuple(requests(self.kpis, {}))

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the KPIs, in order.

        Raises
        ------
        UnknownName
            If one is not known.
        """
        return tuple(request.label for request in self._requests)

    @property
    def kinds(self) -> dict[str, str]:
        """KPI -> kind of its measure."""
        return {request.label: request.measure.kind for request in self._requests}

    @property
    def levels(self) -> dict[str, float]:
        """Percentile -> its share; 1 (the longest of a day) is not among them: it pools as a figure of the day."""
        found = {request.label: request.measure.level for request in self._requests if isinstance(request.measure, Percentile)}
        return {label: level for label, level in found.items() if 0 < level < 1}

    def check(self) -> None:
        """Refuse names that nothing has, before any work.

        Raises
        ------
        UnknownName
            For a KPI or group key that is not known.
        InputError
            For an interval that does not divide the day.
        """
        interval_ticks(self.interval)
        check_keys(self.by, [*INTERACTIONS, *AGENT_STATES, "was_overflowed"])
        self.kinds  # noqa: B018 (reads the names)

    def stated(self) -> dict[str, Any]:
        """Return it ready for JSON; the default set is written out, so that a change of the default is seen."""
        watched = {"watched": [list(watch) for watch in self.watched]} if self.watched else {}
        return {"kpis": list(self.labels), "by": list(self.by), "interval": self.interval, **watched}

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Scoring:
        """Read what :meth:`stated` wrote."""
        return cls(tuple(stated["kpis"]), tuple(stated["by"]), float(stated["interval"]))


def score_block(result: Result, scoring: Scoring) -> dict[str, pl.DataFrame]:
    """Score some replications one by one.

    Parameters
    ----------
    result : Result
        Holds the replications; their numbers need not start at 0.

    Returns
    -------
    dict of str to DataFrame
        ``all`` and, if asked for, ``by``: KPI figures with a column ``replication``; ``all.samples``, ``by.samples``:
        histograms (``kpi, replication, group columns, bin, count``) behind the percentiles.
    """
    tables: dict[str, pl.DataFrame] = {}
    for name, by in ((WHOLE, ()), (PARTS, scoring.by)) if scoring.by else ((WHOLE, ()),):
        table = result.kpis(scoring.labels, by=("replication", *by), interval=scoring.interval)
        tables[name] = table.drop("low", "high", "half_width", "replications")
        tables[f"{name}.samples"] = _histograms(result, scoring, by)
    if scoring.watched:
        tables[TARGETS] = targets_table([_watched(result, watch) for watch in scoring.watched], scoring.watched)
    return tables


def _watched(result: Result, watch: Watched) -> pl.DataFrame:
    contact, kpi, within = watch
    table = result.kpis([kpi], by="replication", where=contact_filter(result.scenario, contact), **within_parameter(kpi, within))
    return table.select("replication", "value", "numerator", "denominator")


def targets_table(tables: Sequence[pl.DataFrame], watched: Sequence[Watched]) -> pl.DataFrame:
    """Put the figures that targets are about, replication by replication, below each other; ``target`` is their number."""
    numbered = [table.with_columns(pl.lit(number, pl.Int64).alias("target")) for number, table in enumerate(tables)]
    return pl.concat(numbered).select("target", pl.col("replication").cast(pl.Int32), "value", "numerator", "denominator")


def _histograms(result: Result, scoring: Scoring, by: Sequence[str]) -> pl.DataFrame:
    keys = ["kpi", "replication", *by]
    found = []
    for label in scoring.levels:
        samples = result.samples(label, by=by, interval=scoring.interval)
        bins = pl.Series("bin", bins_of(samples["sample"].to_numpy()), dtype=pl.Int64)
        counted = samples.with_columns(bins, pl.lit(label).alias("kpi")).group_by([*keys, "bin"]).len("count")
        found.append(counted.select(*keys, "bin", pl.col("count").cast(pl.Int64)).sort([*keys, "bin"], nulls_last=True))
    return pl.concat(found) if found else pl.DataFrame(schema={"kpi": pl.String})


@dataclass
class Scores:
    """A scenario's figures, replication by replication.

    Parameters
    ----------
    scoring : Scoring
        What was scored.
    replications : int
        How many replications there are, numbered from 0.
    tables : dict of str to DataFrame
        From :func:`score_block`, all blocks together.
    """

    scoring: Scoring
    replications: int
    tables: dict[str, pl.DataFrame]
    _pooled: dict[tuple[str, float], pl.DataFrame] = field(default_factory=dict, repr=False)
    _grids: dict[str, Grid] = field(default_factory=dict, repr=False)
    _sampled: dict[tuple[str, str], Samples] = field(default_factory=dict, repr=False)

    @classmethod
    def merged(cls, scoring: Scoring, blocks: Sequence[Mapping[str, pl.DataFrame]], *, replications: int) -> Scores:
        """Put blocks together, in the order of their replications."""
        names = list(blocks[0])
        parts = {name: [block[name] for block in blocks if block[name].width > 1] or [blocks[0][name]] for name in names}
        joined = {name: pl.concat(found, how="vertical_relaxed") for name, found in parts.items()}
        return cls(scoring, replications, joined)

    def keys(self, name: str) -> tuple[str, ...]:
        """Group columns of a table."""
        return self.scoring.by if name == PARTS else ()

    def grid(self, name: str = WHOLE) -> Grid:
        """Return a table as matrices."""
        if name not in self._grids:
            self._grids[name] = Grid(self.tables[name], self.replications, self.keys(name))
        return self._grids[name]

    def pooled(self, name: str = WHOLE, *, confidence: float = 0.95) -> pl.DataFrame:
        """Return KPIs over all replications with their intervals (see :func:`simkpi.experiment.pool.pool`)."""
        if (name, confidence) not in self._pooled:
            self._pooled[name, confidence] = pool_grid(
                self.grid(name),
                kinds=self.scoring.kinds,
                samples=lambda label: self.samples(label, name),
                by=self.keys(name),
                confidence=confidence,
            )
        return self._pooled[name, confidence]

    def samples(self, label: str, name: str = WHOLE) -> Samples:
        """Return the contacts' values behind a percentile, by group, and its share."""
        if (label, name) not in self._sampled:
            self._sampled[label, name] = self._samples(label, name)
        return self._sampled[label, name]

    def _samples(self, label: str, name: str) -> Samples:
        share, keys = self.scoring.levels.get(label, 1.0), self.keys(name)
        table = self.tables[f"{name}.samples"]
        arrays: dict[tuple[Any, ...], list[Floats]] = {}
        if table.width == 1 or share >= 1:
            return arrays, share
        rows = table.filter(pl.col("kpi") == label).group_by(["replication", *keys], maintain_order=True).agg("bin", "count")
        for row in rows.iter_rows(named=True):
            group = tuple(row[key] for key in keys)
            values = spread_out(row["bin"], row["count"])
            arrays.setdefault(group, [np.empty(0)] * self.replications)[row["replication"]] = values
        return arrays, share
