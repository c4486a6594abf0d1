"""Many variants of a scenario on the same customers: what is stored already is not computed again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from simkpi.errors import InputError, OutputError
from simkpi.experiment.cells import BATCH_CONTACTS, BLOCK, Cell, Done, Failed, batches, canonical, engine_of
from simkpi.experiment.differences import sides
from simkpi.experiment.executors import bursts
from simkpi.experiment.holder import held
from simkpi.experiment.overrides import Changes, Values
from simkpi.experiment.payload import unpack
from simkpi.experiment.plan import Plan, make_plan, shown_value
from simkpi.experiment.provenance import environment
from simkpi.experiment.recall import from_folder
from simkpi.experiment.replicate import _at_least_one
from simkpi.experiment.scores import PARTS, WHOLE, Scores, Scoring
from simkpi.experiment.store import FILE, Kept, Store
from simkpi.experiment.target_days import targets_met
from simkpi.scenario.resolve import Scenario

if TYPE_CHECKING:
    from distributed import Client

Progress = Callable[[int, int], None]
#: Batches for each worker at least, if there are as many cells.
SHARES = 4
#: Seconds between two tables of what is finished so far.
PARTIAL_EVERY = 20.0


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
        met = [
            targets_met(self.scores[place], subjects[place].scenario, confidence=self.plan.confidence).with_columns(
                pl.lit(place + 1, pl.Int64).alias("scenario")
            )
            for place in places
        ]
        varied = {path: _column(path, [self.plan.changes[place].get(path) for place in places]) for path in self.plan.paths}
        values = pl.DataFrame({"scenario": [place + 1 for place in places], **varied})
        return values.join(pl.concat(met), on="scenario", how="right", maintain_order="right").select(
            "scenario", *self.plan.paths, pl.exclude("scenario", *self.plan.paths)
        )

    @cached_property
    def _tables(self) -> dict[str, pl.DataFrame]:
        names, places = [WHOLE, PARTS][: 1 + bool(self.plan.scoring.by)], sorted(self.scores)
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
        found = sides(self.scores.in_order(places), names, confidence=self.plan.confidence)
        return {name: self._with_values(table, varied) for name, table in found.items()}

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


def sweep(
    scenario: Scenario | str | Path | Mapping[str, Any],
    vary: Mapping[str, str | Values] | None = None,
    *,
    design: str | Path | Sequence[Changes] = "grid",
    replications: int | None = None,
    seed: int | str | None = None,
    kpis: str | Sequence[str] | None = None,
    by: str | Sequence[str] = (),
    interval: float = 1800.0,
    confidence: float = 0.95,
    block: int = BLOCK,
    out: str | Path | None = None,
    engine: str = "auto",
    executor: Executor | Client | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> SweepResult:
    """Simulate many variants of a scenario on the same customers.

    Parameters
    ----------
    scenario : Scenario, path or mapping
        What is varied.
    vary : mapping of str to str or sequence
        Path -> values: ``{"teams.phone.count": "20:30:2", "bots.assistant.contains": ["20%", "30%"]}``.
    design : str, path or list of dict
        ``grid``, ``zip``, ``lhs:50``, a CSV file of variants, or a list of variants (``[{"teams.phone.count": 4}, ...]``).
    replications, seed : optional
        Default: the scenario's.
    kpis, by, interval
        What is scored: KPIs over everything, and with *by* a second table broken down.
    confidence : float, fraction
        Coverage of the intervals.
    block : int
        Replications computed and stored at a time.
    out : path, optional
        Folder: cells are stored there as they are finished, and found there by the next run; result tables and the manifest are
        written there at the end.
    engine, jobs
        As for :func:`simkpi.simulate`; jobs are threads for the compiled engine.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Computes the cells: any executor, or a Dask cluster.
    progress : callable, optional
        Called with (cells done, cells in all).

    Returns
    -------
    SweepResult
        Its tables are equal for any number of workers and any interruption before.

    Raises
    ------
    InputError, ScenarioError, UnknownName
        If anything that was asked for is wrong: before anything runs.
    OutputError
        If the folder can not be written or another sweep is at work in it.

    Examples
    --------
    >>> result = sweep({"simkpi": 1, "contacts": {"voice": {"volume": "60 per hour", "handle": "5m"}},
    ...                 "calendar": {"open": "09:00-11:00"}, "teams": {"phone": {"skills": ["voice"], "count": 6}}},
    ...                {"teams.phone.count": "6:8:1"}, replications=2, kpis=["service_level"])
    >>> result.table["teams.phone.count"].to_list()
    [6, 7, 8]
    """
    if not isinstance(scenario, Scenario):
        from simkpi.scenario.files import load

        scenario = load(scenario)
    chosen = kpis if kpis is None or isinstance(kpis, str) else tuple(kpis)
    scoring = Scoring(chosen, (by,) if isinstance(by, str) else tuple(by), interval)
    plan = make_plan(
        scenario,
        vary or {},
        design=design,
        replications=replications,
        seed=seed,
        scoring=scoring,
        block=block,
        confidence=confidence,
        recall=from_folder(None if out is None else Path(out)),
    )
    if out is None:
        store = Store(None)
        try:
            return run_plan(plan, store, engine=engine, executor=executor, jobs=jobs, progress=progress)
        finally:
            store.close()
    from simkpi.experiment.outputs import still_valid, write_data

    with SweepFolder(Path(out)) as folder:
        result = run_plan(plan, folder.store, engine=engine, executor=executor, jobs=jobs, progress=progress)
        result.files = still_valid(result, folder.path) or write_data(result, folder.path)
    return result


class SweepFolder:
    """A folder with a store that is ours while the block runs.

    Parameters
    ----------
    path : Path
        The folder; made if it is not there.
    join : bool
        Work beside the process that holds the folder.

    Raises
    ------
    OutputError
        If it can not be written, or another sweep is at work there.
    """

    def __init__(self, path: Path, *, join: bool = False) -> None:
        self.path = path
        self._join = join
        self._left = ExitStack()

    def __enter__(self) -> SweepFolder:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self.path}: can not be made ({(error.strerror or str(error)).lower()})") from None
        with ExitStack() as entered:
            if not self._join:
                entered.enter_context(held(self.path))
            self.store = Store(self.path / FILE)
            entered.callback(self.store.close)
            self._left = entered.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()


def run_plan(
    plan: Plan,
    store: Store,
    *,
    shard: tuple[int, int] = (1, 1),
    backwards: bool = False,
    engine: str = "auto",
    executor: Executor | Client | None = None,
    jobs: int = 1,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
    partial: Callable[[SweepResult], None] | None = None,
) -> SweepResult:
    """Compute what the store lacks of a plan, and put the figures together.

    Parameters
    ----------
    plan : Plan
        What is asked for.
    store : Store
        Where cells are found and kept.
    shard : pair of int
        Number of this part, from 1, and of all parts.
    backwards : bool
        Begin at the end: for a second process that helps the first.
    engine, executor, jobs, progress
        As for :func:`sweep`.
    partial : callable, optional
        Called now and then with what is finished so far.
    stop : callable
        Once it says True, what runs is finished and kept, and nothing new is begun.

    Returns
    -------
    SweepResult
        Without the figures of variants of which cells are missing.
    """
    workers = _at_least_one("jobs", jobs)
    wanted = own_cells(plan, shard)
    there = {kept.key: kept for kept in store.sound(wanted)}
    if plan.known is None or len(there) < len(wanted):
        plan = plan.resolved()  # what is recalled saves time where nothing is to be done; figures come from what is there now
        wanted = own_cells(plan, shard)
        store.remember(plan.request, plan.found_out().text())
    store.add_plan(plan.digest, canonical(plan.stated()))
    lacking = {key: cell for key, cell in wanted.items() if key not in there}
    subjects = {id(cell.subject): cell.subject for cell in lacking.values()}
    contacts = sum(cell.contacts for cell in lacking.values())
    chosen = engine_of(subjects.values(), contacts, engine)
    # a second of work, or less where there would not be enough to do for everybody
    todo = batches(lacking.values(), contacts=min(BATCH_CONTACTS[chosen], contacts / (SHARES * _workers(executor, workers))))
    if backwards:
        todo.reverse()
    store.forget(lacking)
    partial_at = time.monotonic() + PARTIAL_EVERY
    reused = done = len(there)
    failed = list[Failed]()
    if progress is not None:
        progress(done, len(wanted))
    found = bursts(
        todo, engine=chosen, jobs=workers, executor=executor, stop=stop, needless=lambda cell: store.has(cell.key)
    )  # needless: another process has stored it in the meantime
    for burst in found:  # one commit for what comes back together: a cell is whole on the disk, or not there
        finished = [outcome for outcome in burst if isinstance(outcome, Done)]
        if finished:
            there |= {kept.key: kept for kept in store.add((lacking[outcome.key], outcome) for outcome in finished)}
        for outcome in burst:
            if isinstance(outcome, Failed):
                failed.append(outcome)
            else:
                done += 1
            if progress is not None:
                progress(done, len(wanted))
        if partial is not None and time.monotonic() >= partial_at:
            begun = time.monotonic()
            partial(gather(plan, store, known=there))
            partial_at = time.monotonic() + max(PARTIAL_EVERY, 20 * (time.monotonic() - begun))
    return gather(plan, store, known=there, failed=failed, computed=done - reused, reused=reused, interrupted=stop())


def _workers(executor: object, jobs: int) -> int:
    """How many work at a time, as far as that is known."""
    if executor is None:
        return jobs
    threads = getattr(executor, "nthreads", None)
    return max(1, sum(threads().values())) if threads is not None else int(getattr(executor, "_max_workers", None) or jobs)


def own_cells(plan: Plan, shard: tuple[int, int]) -> dict[str, Cell]:
    """Return the cells of a part: every n-th group of cells that share their draws and block.

    Raises
    ------
    InputError
        If there is no such part.
    """
    number, parts = shard
    if not 1 <= number <= parts:
        raise InputError(f"shard must be i/n with i from 1 to n, got {number}/{parts}")
    if parts == 1:
        return dict(plan.cells_by_key)
    cells = batches(plan.cells_by_key.values())
    return {cell.key: cell for place, batch in enumerate(cells) if place % parts == number - 1 for cell in batch}


def gather(plan: Plan, store: Store, *, known: Mapping[str, Kept] | None = None, **about: Any) -> SweepResult:
    """Put together what the store has of a plan; cells that are *known* already are not read again."""
    known = known or {}
    checksums: dict[str, str] = {}
    engines: set[str] = set()
    packed: dict[str, bytes] = {}
    read = {kept.key: kept for kept in store.sound(key for key in plan.cells_by_key if key not in known)}
    for kept in (known.get(key) or read.get(key) for key in plan.cells_by_key):
        if kept is None:
            continue
        checksums[kept.key] = kept.checksum
        engines.add(kept.engine)
        packed[kept.key] = kept.packed
    failed = about.pop("failed", ())
    return SweepResult(plan, FoundScores(plan, packed), checksums, tuple(sorted(engines)), tuple(failed), **about)
