"""KPIs of a scenario replication by replication, without the log: what cells store, and what intervals and differences need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from simkpi.experiment.blocks import BlockFrames, JoinedBlocks
from simkpi.experiment.grids import Floats, Grid
from simkpi.experiment.histograms import bins_of
from simkpi.experiment.many import Estimates, picked, without_nan
from simkpi.experiment.paired import Sample
from simkpi.experiment.payload import read
from simkpi.experiment.payload_columns import Columns
from simkpi.experiment.percentiles import Counted, Percentiles, histograms_of, histograms_of_table
from simkpi.experiment.pool import pooled_columns, pooled_table
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

    @cached_property
    def kinds(self) -> dict[str, str]:
        """KPI -> kind of its measure."""
        return {request.label: request.measure.kind for request in self._requests}

    @cached_property
    def levels(self) -> dict[str, float]:
        """Percentile -> its share; 1 (the longest of a day) is not among them: it pools as a figure of the day."""
        found = {request.label: request.measure.level for request in self._requests if isinstance(request.measure, Percentile)}
        return {label: level for label, level in found.items() if 0 < level < 1}

    @property
    def by_interval(self) -> bool:
        """Whether the breakdown is by interval alone: every contact is then in one part."""
        return self.by == ("interval",)

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
        histograms (``kpi, replication, group columns, bin, count``) behind the percentiles. Those over everything are left out
        where they are the sum of those by interval.
    """
    tables: dict[str, pl.DataFrame] = {}
    for name, by in ((WHOLE, ()), (PARTS, scoring.by)) if scoring.by else ((WHOLE, ()),):
        table = result.kpis(scoring.labels, by=("replication", *by), interval=scoring.interval)
        tables[name] = table.drop("low", "high", "half_width", "replications")
        if by or not scoring.by_interval:
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
    tables : mapping of str to DataFrame
        From :func:`score_block`, all blocks together.
    blocks : sequence of dict, optional
        The same by the columns of stored blocks, which are quicker to read.
    """

    scoring: Scoring
    replications: int
    tables: Mapping[str, pl.DataFrame]
    blocks: Sequence[Mapping[str, Columns]] = ()
    _pooled: dict[tuple[str, float], dict[str, Floats]] = field(default_factory=dict, repr=False)
    _grids: dict[str, Grid] = field(default_factory=dict, repr=False)
    _numbers: dict[str, Floats] = field(default_factory=dict, repr=False)
    _samples: dict[str, Sample] = field(default_factory=dict, repr=False)
    _counted: dict[tuple[str, str], Counted] = field(default_factory=dict, repr=False)
    _percentiles: dict[tuple[str, str], Percentiles | None] = field(default_factory=dict, repr=False)

    @classmethod
    def merged(cls, scoring: Scoring, blocks: Sequence[Mapping[str, pl.DataFrame]], *, replications: int) -> Scores:
        """Put blocks together, in the order of their replications."""
        return cls(scoring, replications, JoinedBlocks(list(blocks)))

    @classmethod
    def stored(cls, scoring: Scoring, payloads: Sequence[bytes], *, replications: int) -> Scores:
        """Read stored blocks, in the order of their replications."""
        return cls.of_columns(scoring, [read(payload) for payload in payloads], replications=replications)

    @classmethod
    def of_columns(cls, scoring: Scoring, blocks: Sequence[Mapping[str, Columns]], *, replications: int) -> Scores:
        """Take blocks by their columns, in the order of their replications."""
        return cls(scoring, replications, JoinedBlocks([BlockFrames(block) for block in blocks]), blocks)

    def keys(self, name: str) -> tuple[str, ...]:
        """Group columns of a table."""
        return self.scoring.by if name == PARTS else ()

    def grid(self, name: str = WHOLE) -> Grid:
        """Return a table as matrices."""
        if name not in self._grids:
            keys = self.keys(name)
            found = Grid.of_columns([block[name] for block in self.blocks], self.replications, keys) if self.blocks else None
            self._grids[name] = found or Grid.of_table(self.tables[name], self.replications, keys)
        return self._grids[name]

    def pooled(self, name: str = WHOLE, *, confidence: float = 0.95) -> pl.DataFrame:
        """Return KPIs over all replications with their intervals (see :func:`simkpi.experiment.pool.pool`)."""
        figures = self.figures(name, confidence=confidence)
        return pooled_table(self.grid(name).groups, figures, replications=self.replications, by=self.keys(name))

    def figures(self, name: str = WHOLE, *, confidence: float = 0.95) -> dict[str, Floats]:
        """Return the same as columns (see :func:`simkpi.experiment.pool.pooled_columns`)."""

        def percentiles(label: str) -> Estimates | None:
            found = self.percentiles(label, name)
            return None if found is None else found.estimates(confidence=confidence)

        if (name, confidence) not in self._pooled:
            self._pooled[name, confidence] = pooled_columns(
                self.grid(name), kinds=self.scoring.kinds, percentiles=percentiles, confidence=confidence
            )
        return self._pooled[name, confidence]

    def numbers(self, name: str = WHOLE) -> Floats:
        """Return one number per row of the grid and replication, whose mean estimates the figure and whose spread is its error.

        See :func:`simkpi.experiment.differences.per_replication`.
        """
        if name not in self._numbers:
            grid, kinds = self.grid(name), self.scoring.kinds
            found, is_count = grid.matrix("value").copy("K"), grid.rows_of(kinds, ("count",))
            is_ratio, ratios = grid.ratios(kinds)
            found.T[:, is_count] = without_nan(picked(found, is_count)).T
            pseudo, given = ratios.pseudo
            found.T[:, is_ratio] = pseudo.T if given.all() else np.where(given, pseudo.T, np.nan)
            for number, label in enumerate(grid.kpis):
                percentiles = self.percentiles(label, name)
                if percentiles is not None:
                    found[grid.kpi_of == number] = percentiles.pseudo_rows()
            self._numbers[name] = found
        return self._numbers[name]

    def sample(self, name: str = WHOLE) -> Sample:
        """Return :meth:`numbers` with how they vary."""
        if name not in self._samples:
            self._samples[name] = Sample(self.numbers(name))
        return self._samples[name]

    def percentiles(self, label: str, name: str = WHOLE) -> Percentiles | None:
        """Return the contacts' values behind a percentile, one group for each of its rows; None if there is none."""
        if (label, name) not in self._percentiles:
            share = self.scoring.levels.get(label)
            self._percentiles[label, name] = None if share is None else self._read_percentiles(label, name, share)
        return self._percentiles[label, name]

    def _read_percentiles(self, label: str, name: str, share: float) -> Percentiles:
        grid, keys = self.grid(name), self.keys(name)
        rows = grid.kpi_of == grid.kpis.index(label)
        if self.blocks and keys in ((), ("interval",)):
            counted = self._read_counted(label, name)
        else:
            samples = self.tables[f"{PARTS if self.scoring.by_interval else name}.samples"]
            counted = histograms_of_table(samples, label, grid.groups.filter(pl.Series(rows)).select(keys))
        return Percentiles(counted, n_groups=int(rows.sum()), n_replications=self.replications, share=share)

    def _read_counted(self, label: str, name: str) -> Counted:
        """Read histograms off the blocks; those of the whole are those by interval, read once."""
        kept = PARTS if self.scoring.by_interval else name
        if (label, kept) not in self._counted:
            grid, blocks = self.grid(kept), [block[f"{kept}.samples"] for block in self.blocks]
            rows = grid.kpi_of == grid.kpis.index(label)
            starts = grid.groups["interval"].to_physical().to_numpy()[rows] if self.keys(kept) else None
            self._counted[label, kept] = histograms_of(blocks, label, starts)
        counted = self._counted[label, kept]
        return counted if kept == name else counted._replace(group=np.zeros_like(counted.group))
