"""A sweep's figures: what is finished of it, as tables, and what is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from simkpi.experiment.cells import Failed
from simkpi.experiment.differences import Rows, below_each_other, beside
from simkpi.experiment.payload import unpack
from simkpi.experiment.plan import Plan, shown_value
from simkpi.experiment.provenance import environment
from simkpi.experiment.scores import PARTS, WHOLE, Scores
from simkpi.experiment.target_days import targets_met


class FoundScores(Mapping[int, Scores]):
    """Figures of the complete variants, by place: kept as packed bytes, put together when they are asked for.

    Parameters
    ----------
    plan : Plan
        Whose variants they are.
    packed : mapping of str to bytes
        Key of each cell -> its packed payload.
    """

    def __init__(self, plan: Plan, packed: Mapping[str, bytes]) -> None:
        self._plan = plan
        self._packed = packed
        self._places = [place for place, cells in enumerate(plan.cells) if all(cell.key in packed for cell in cells)]

    def __getitem__(self, place: int) -> Scores:
        """Return the figures of the variant at *place*."""
        cells = self._plan.cells[place]
        payloads = [unpack(self._packed[cell.key]) for cell in cells]
        return Scores.stored(self._plan.subjects[place].scoring, payloads, replications=self._plan.replications)

    def __iter__(self) -> Iterator[int]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def in_order(self, places: Sequence[int]) -> Sequence[Scores]:
        """Return the figures of *places* one after the other, never all at once."""
        return _InOrder(self, places)


class _InOrder(Sequence[Scores]):
    """Some of the figures as a sequence."""

    def __init__(self, found: FoundScores, places: Sequence[int]) -> None:
        self._found = found
        self._places = places

    def __getitem__(self, number: Any) -> Any:
        return self._found[self._places[number]]

    def __len__(self) -> int:
        return len(self._places)


class Worked(NamedTuple):
    """What is worked out of a variant: its rows beside the first one's in each table, and its targets, if it has any."""

    rows: Mapping[str, Rows]
    met: pl.DataFrame | None


def names_of(plan: Plan) -> tuple[str, ...]:
    """Names of a sweep's tables of KPIs."""
    return (WHOLE, PARTS) if plan.scoring.by else (WHOLE,)


def met_targets(plan: Plan, place: int, scores: Scores) -> pl.DataFrame:
    """On how many days a variant meets its targets."""
    return targets_met(scores, plan.subjects[place].scenario, confidence=plan.confidence)


@dataclass
class SweepResult:
    """A sweep: what is finished of it, and what is not.

    Parameters
    ----------
    plan : Plan
        What was asked for.
    scores : FoundScores
        Figures of the variants that are complete, by their place.
    checksums : dict of str to str
        Key of each finished cell -> checksum of its bytes.
    engines : tuple of str
        Engines that computed them.
    failed : tuple of Failed
        Cells that could not be computed.
    computed, reused : int
        Cells computed now, and taken from the store.
    interrupted : bool
        Whether it was told to stop before the end.
    files : list of Path
        Result files written.
    worked : dict of int to Worked
        What is worked out already of variants, by place: beside the first of them.
    """

    plan: Plan
    scores: FoundScores
    checksums: dict[str, str]
    engines: tuple[str, ...]
    failed: tuple[Failed, ...] = ()
    computed: int = 0
    reused: int = 0
    interrupted: bool = False
    files: list[Path] = field(default_factory=list)
    worked: Mapping[int, Worked] = field(default_factory=dict, repr=False)

    @property
    def missing(self) -> int:
        """Cells that are not finished."""
        return len(self.plan.cells_by_key) - len(self.checksums)

    @cached_property
    def table(self) -> pl.DataFrame:
        """One row per variant and KPI: the varied values, the figure with its interval, the paired difference from the first."""
        return self._tables[WHOLE]

    @cached_property
    def by_table(self) -> pl.DataFrame | None:
        """The same broken down by ``by``; None if that was not asked for."""
        return self._tables.get(PARTS)

    @cached_property
    def targets(self) -> pl.DataFrame | None:
        """On how many days each variant meets its targets (see ``target_days.targets_met``); None without targets."""
        subjects = self.plan.subjects
        if not any(subject.scoring.watched for subject in subjects[:1]):  # shared by all: no variant has a target
            return None
        places = [place for place in sorted(self.scores) if subjects[place].scenario.spec.targets]
        if not places:
            return None
        met = [self._met(place).with_columns(pl.lit(place + 1, pl.Int64).alias("scenario")) for place in places]
        varied = {path: _column(path, [self.plan.changes[place].get(path) for place in places]) for path in self.plan.paths}
        values = pl.DataFrame({"scenario": [place + 1 for place in places], **varied})
        return values.join(pl.concat(met), on="scenario", how="right", maintain_order="right").select(
            "scenario", *self.plan.paths, pl.exclude("scenario", *self.plan.paths)
        )

    def _met(self, place: int) -> pl.DataFrame:
        known = self.worked[place].met if place in self.worked else None
        return met_targets(self.plan, place, self.scores[place]) if known is None else known

    @cached_property
    def _tables(self) -> dict[str, pl.DataFrame]:
        names, places = names_of(self.plan), sorted(self.scores)
        if not places:
            schema = {"scenario": pl.Int64, **dict.fromkeys(self.plan.paths, pl.String), "kpi": pl.String}
            return {name: pl.DataFrame(schema=schema) for name in names}
        varied = pl.DataFrame(
            [
                pl.Series("scenario", range(len(places)), dtype=pl.Int64),
                pl.Series("_number", [place + 1 for place in places], dtype=pl.Int64),
                *[_column(path, [self.plan.changes[place].get(path) for place in places]) for path in self.plan.paths],
            ]
        )
        found = below_each_other(self._rows(places), confidence=self.plan.confidence)
        return {name: self._with_values(table, varied) for name, table in found.items()}

    def _rows(self, places: Sequence[int]) -> list[Mapping[str, Rows]]:
        """Compare each variant with the first one, unless that is done."""
        names, confidence = names_of(self.plan), self.plan.confidence
        known = self.worked if places[0] in self.worked else {}
        base = self.scores[places[0]] if len(known) < len(places) else None
        found: list[Mapping[str, Rows]] = []
        for place in places:
            if place in known:
                found.append(known[place].rows)
            elif place == places[0]:
                assert base is not None
                found.append(beside(base, names, None, confidence=confidence))
            else:
                found.append(beside(self.scores[place], names, base, confidence=confidence))
        return found

    def _with_values(self, table: pl.DataFrame, varied: pl.DataFrame) -> pl.DataFrame:
        joined = table.join(varied, on="scenario", how="left", maintain_order="left").with_columns(scenario=pl.col("_number"))
        first = ["scenario", *self.plan.paths]
        return joined.drop("_number").select(*first, pl.exclude(first))

    def stated(self) -> dict[str, Any]:
        """Return the provenance of the whole sweep, ready for JSON; the same for every number of workers and every folder."""
        return {
            "kind": "sweep",
            "plan": self.plan.stated(),
            "engines": list(self.engines),
            "environment": environment(),
            "cells": {key: self.checksums[key] for key in self.plan.cells_by_key if key in self.checksums},
            "failed": {one.key: one.why for one in sorted(self.failed, key=lambda one: one.key)},
        }


def _column(path: str, values: Sequence[Any]) -> pl.Series:
    """Values of a varied field as a column: numbers if all are numbers, else as written."""
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values if value is not None):
        whole = all(isinstance(value, int) for value in values if value is not None)
        return pl.Series(path, values, dtype=pl.Int64 if whole else pl.Float64, strict=False)
    return pl.Series(path, [None if value is None else shown_value(value) for value in values], dtype=pl.String)
