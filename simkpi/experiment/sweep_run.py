"""Computing what a store lacks of a sweep's plan, in a folder that is ours meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkpi.errors import InputError, OutputError
from simkpi.experiment.cells import Cell, Done, Failed, canonical
from simkpi.experiment.compute import BATCH_CONTACTS, batches, engine_of, variant_by_variant
from simkpi.experiment.executors import bursts
from simkpi.experiment.holder import held
from simkpi.experiment.plan import Plan
from simkpi.experiment.replicate import _at_least_one
from simkpi.experiment.store import FILE, Kept, Store

if TYPE_CHECKING:
    from distributed import Client
from simkpi.experiment.sweep_result import FoundScores, SweepResult
from simkpi.experiment.sweep_wake import Wake

Progress = Callable[[int, int], None]
#: Batches for each worker at least, if there are as many cells.
SHARES = 4
#: Seconds between two tables of what is finished so far.
PARTIAL_EVERY = 20.0


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
    size = min(BATCH_CONTACTS[chosen], contacts / (SHARES * _workers(executor, workers)))
    todo = variant_by_variant(batches(lacking.values(), contacts=size))
    if backwards:
        todo.reverse()
    store.forget(lacking)
    partial_at = time.monotonic() + PARTIAL_EVERY
    reused = done = len(there)
    failed = list[Failed]()
    in_the_wake = Wake(plan)
    if progress is not None:
        progress(done, len(wanted))
    found = bursts(
        todo, engine=chosen, jobs=workers, executor=executor, stop=stop, needless=lambda cell: store.has(cell.key)
    )  # needless: another process has stored it in the meantime
    for burst in found:  # one commit for what comes back together: a cell is whole on the disk, or not there
        finished = [outcome for outcome in burst if isinstance(outcome, Done)]
        if finished:
            there |= {kept.key: kept for kept in store.add((lacking[outcome.key], outcome) for outcome in finished)}
            if shard[1] == 1:  # the tables of parts are made when they are merged
                in_the_wake.take(finished, there)
        for outcome in burst:
            if isinstance(outcome, Failed):
                failed.append(outcome)
            else:
                done += 1
            if progress is not None:
                progress(done, len(wanted))
        if partial is not None and time.monotonic() >= partial_at:
            begun = time.monotonic()
            partial(gather(plan, store, known=there, worked=in_the_wake.found))
            partial_at = time.monotonic() + max(PARTIAL_EVERY, 20 * (time.monotonic() - begun))
    about: dict[str, Any] = {"failed": failed, "computed": done - reused, "reused": reused, "interrupted": stop()}
    return gather(plan, store, known=there, worked=in_the_wake.found, **about)


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
