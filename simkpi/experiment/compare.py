"""Run scenarios on the same customers and set them side by side: every figure, and its difference from the baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from simkpi.errors import InputError
from simkpi.experiment.cells import Subject
from simkpi.experiment.compute import batches, engine_of
from simkpi.experiment.differences import side_by_side
from simkpi.experiment.executors import done_only, outcomes
from simkpi.experiment.payload import decode
from simkpi.experiment.provenance import provenance
from simkpi.experiment.replicate import _at_least_one
from simkpi.experiment.scores import PARTS, WHOLE, Scores, Scoring
from simkpi.experiment.target_days import targets_met
from simkpi.scenario.resolve import Scenario


@dataclass(frozen=True)
class Comparison:
    """Scenarios run on the same customers.

    Parameters
    ----------
    names : tuple of str
        What the scenarios are called here.
    scenarios : tuple of Scenario
        The scenarios.
    scores : tuple of Scores
        Their figures per replication.
    baseline : int
        Which one the others are compared with.
    seed : int or str
        The world.
    replications : int
        Independent horizons of each.
    engine : str
        Engine that ran.
    confidence : float, fraction
        Coverage of the intervals; Holm's level is one minus it.
    """

    names: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    scores: tuple[Scores, ...]
    baseline: int
    seed: int | str
    replications: int
    engine: str
    confidence: float = 0.95

    @cached_property
    def table(self) -> pl.DataFrame:
        """One row per scenario and KPI (and group): its figure, and its difference from the baseline with all that is known."""
        name = PARTS if self.scores[0].scoring.by else WHOLE
        table = side_by_side(self.scores, baseline=self.baseline, name=name, confidence=self.confidence)
        return table.with_columns(pl.Series("name", self.names).gather(table["scenario"]).alias("scenario"))

    @property
    def targets(self) -> pl.DataFrame:
        """On how many days each scenario meets its targets (see ``target_days.targets_met``)."""
        met = [
            targets_met(scores, scenario, confidence=self.confidence).with_columns(pl.lit(name).alias("scenario"))
            for name, scenario, scores in zip(self.names, self.scenarios, self.scores, strict=True)
        ]
        return pl.concat(met).select("scenario", pl.exclude("scenario"))

    @property
    def provenance(self) -> dict[str, Any]:
        """Everything needed to compute this comparison again."""
        stated = [
            {**provenance(one, seed=self.seed, replications=self.replications, engine=self.engine), "name": name}
            for one, name in zip(self.scenarios, self.names, strict=True)
        ]
        shared = {key: stated[0].pop(key) for key in ("simkpi", "seed", "replications", "engine", "environment")}
        kept = [{key: item for key, item in one.items() if key not in shared} for one in stated]
        return {**shared, "baseline": self.names[self.baseline], "scenarios": kept}


def compare(
    *scenarios: Scenario | str | Path | Mapping[str, Any],
    names: Sequence[str] | None = None,
    baseline: int | str = 0,
    replications: int | None = None,
    seed: int | str | None = None,
    kpis: str | Sequence[str] | None = None,
    by: str | Sequence[str] = (),
    interval: float = 1800.0,
    confidence: float = 0.95,
    engine: str = "auto",
    executor: Executor | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run scenarios on the same customers and compare them with one of them.

    Parameters
    ----------
    *scenarios : Scenario, path or mapping
        At least two.
    names : sequence of str, optional
        What to call them; default: their files' names, else their titles.
    baseline : int or str
        Which one the others are compared with: its place from 0, or its name.
    replications, seed : optional
        For all of them. Default: the baseline's.
    kpis, by, interval
        What is compared, as for :meth:`simkpi.experiment.result.Result.kpis`.
    confidence : float, fraction
        Coverage of the intervals.
    engine, executor, jobs, progress
        As for :func:`simkpi.simulate`; progress counts blocks of replications.

    Returns
    -------
    Comparison
        Its ``table`` is equal for any number of workers.

    Raises
    ------
    InputError
        For fewer than two scenarios or replications, or a baseline that is none of them.
    """
    from simkpi.scenario.files import load

    loaded = tuple(one if isinstance(one, Scenario) else load(one) for one in scenarios)
    if len(loaded) < 2:
        raise InputError(f"needs at least two scenarios to compare, got {len(loaded)}")
    called = tuple(names) if names is not None else _names(loaded)
    if len(called) != len(loaded) or len(set(called)) != len(called):
        raise InputError(f"needs one name for each of the {len(loaded)} scenarios, all different; got {', '.join(called)}")
    place = _place(baseline, called)
    run = loaded[place].spec.run
    count = _at_least_one("replications", run.replications if replications is None else replications)
    if count < 2:
        raise InputError("needs at least 2 replications to compare, got 1")
    world = run.seed if seed is None else seed
    chosen = kpis if kpis is None or isinstance(kpis, str) else tuple(kpis)
    scoring = Scoring(chosen, (by,) if isinstance(by, str) else tuple(by), interval)
    scoring.check()
    scoring = scoring.watching(loaded)
    subjects = [Subject(one, world, scoring) for one in loaded]
    work = {cell.key: cell for subject in subjects for cell in subject.cells(count)}
    chosen_engine = engine_of(subjects, sum(cell.contacts for cell in work.values()), engine)
    found = []
    for outcome in outcomes(
        batches(work.values(), engine=chosen_engine), engine=chosen_engine, executor=executor, jobs=_at_least_one("jobs", jobs)
    ):
        found.append(outcome)
        if progress is not None:
            progress(len(found), len(work))
    done = {one.key: one for one in done_only(found)}
    tables = {key: decode(one.payload) for key, one in done.items()}
    scores = tuple(
        Scores.merged(scoring, [tables[cell.key] for cell in subject.cells(count)], replications=count) for subject in subjects
    )
    return Comparison(called, loaded, scores, place, world, count, next(iter(done.values())).engine, confidence)


def _names(scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """File names without their endings if they differ, else titles, else both with numbers."""
    stems = [Path(one.file).stem or one.name for one in scenarios]
    for names in (stems, [one.name for one in scenarios]):
        if len(set(names)) == len(names):
            return tuple(names)
    return tuple(f"{stem} ({number})" for number, stem in enumerate(stems, start=1))


def _place(baseline: int | str, names: Sequence[str]) -> int:
    if isinstance(baseline, str):
        if baseline not in names:
            raise InputError(f"the baseline must be one of {', '.join(names)}; got '{baseline}'")
        return names.index(baseline)
    if not 0 <= baseline < len(names):
        raise InputError(f"the baseline must be a number from 0 to {len(names) - 1}, got {baseline}")
    return baseline
