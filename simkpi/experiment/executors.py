"""Where cells are computed: in this process, in worker processes, or on any executor; a dead worker costs its cell a retry."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from simkpi.errors import SimkpiError
from simkpi.experiment.cells import Cell, Done, Failed, Outcome, Work, compute
from simkpi.experiment.replicate import begin_worker

#: Times that a cell is tried before it is given up.
TRIES = 3
#: Batches handed to a worker beyond the one that it runs.
AHEAD = 1

Batch = Sequence[Cell]


def outcomes(
    batches: Sequence[Batch],
    *,
    engine: str = "auto",
    jobs: int = 1,
    executor: Executor | None = None,
    stop: Callable[[], bool] = lambda: False,
    needless: Callable[[Cell], bool] = lambda _: False,
    work: Work = compute,
) -> Iterator[Outcome]:
    """Compute batches of cells.

    Parameters
    ----------
    batches : sequence of sequence of Cell
        From :func:`simkpi.experiment.cells.batches`.
    engine : str
        Engine.
    jobs : int
        Worker processes; 1 = this process.
    executor : concurrent.futures.Executor, optional
        Computes instead of processes of our own.
    stop : callable
        Asked between batches: once it says True, what runs is finished and nothing new is begun.
    needless : callable
        Asked for each cell just before it is begun: True leaves it out.
    work : callable
        Computes a batch; a test's stand-in.

    Yields
    ------
    Done or Failed
        As they come, in any order. A cell that fails without saying that it always will, or during which a worker dies, is tried
        three times, the last times alone; then it is Failed and the others go on.

    Raises
    ------
    SimkpiError
        If *executor* broke: it can not be started again from here.
    """
    queue = _Queue(deque(batches), needless)
    if executor is None and jobs == 1:
        while not stop() and (batch := queue.next()) is not None:
            yield from queue.settled(batch, work(batch, engine))
        return
    pool = _Pool(executor, jobs)
    try:
        yield from _through_pool(pool, queue, engine, stop, work)
    except BaseException:
        pool.kill()
        raise
    pool.close()


@dataclass
class _Queue:
    """What is to be done: batches, and after trouble single cells (*alone*, one at a time, so that the guilty one is known)."""

    todo: deque[Batch]
    needless: Callable[[Cell], bool] = lambda _: False
    alone: deque[Cell] = field(default_factory=deque)
    tries: dict[str, int] = field(default_factory=dict)

    def next(self) -> Batch | None:
        """Take the next batch; None if nothing is left."""
        while self.todo:
            batch = tuple(cell for cell in self.todo.popleft() if not self.needless(cell))
            if batch:
                return batch
        return (self.alone.popleft(),) if self.alone else None

    def settled(self, batch: Batch, found: Sequence[Outcome]) -> Iterator[Outcome]:
        """Yield what is final; put aside what is to be tried again."""
        for cell, outcome in zip(batch, found, strict=True):
            if isinstance(outcome, Failed) and not outcome.final and not self.given_up(cell):
                self.alone.append(cell)
            else:
                yield outcome

    def died(self, batch: Batch) -> Iterator[Outcome]:
        """Settle a batch during which a worker died."""
        why = "the worker process ended during this cell (out of memory?)"
        yield from self.settled(batch, [Failed(cell.key, why, final=False) for cell in batch])

    def given_up(self, cell: Cell) -> bool:
        """Count a try; say whether it was the last one."""
        self.tries[cell.key] = self.tries.get(cell.key, 0) + 1
        return self.tries[cell.key] >= TRIES


def _through_pool(pool: _Pool, queue: _Queue, engine: str, stop: Callable[[], bool], work: Work) -> Iterator[Outcome]:
    running: dict[Future[list[Outcome]], Batch] = {}
    while True:
        room = pool.width if queue.todo else 1
        while len(running) < room and not stop() and (queue.todo or not running) and (batch := queue.next()) is not None:
            running[pool.submit(work, batch, engine)] = batch
        if not running:
            return
        broken = False
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            batch = running.pop(future)
            error = future.exception()
            if error is None:
                yield from queue.settled(batch, future.result())
            elif isinstance(error, BrokenExecutor):
                broken = True
                yield from queue.died(batch)
            else:  # could not be sent or received, say
                why = f"{type(error).__name__}: {error}"
                yield from queue.settled(batch, [Failed(cell.key, why, final=False) for cell in batch])
        if broken:
            for batch in running.values():
                yield from queue.died(batch)
            running.clear()
            pool.renew()


class _Pool:
    """Worker processes that are started again after one of them died; or somebody else's executor."""

    def __init__(self, given: Executor | None, jobs: int) -> None:
        self._given = given
        self._jobs = jobs
        self._own: ProcessPoolExecutor | None = None
        workers = getattr(given, "_max_workers", None) or (os.cpu_count() or 1)
        self.width = (jobs if given is None else int(workers)) + AHEAD

    def submit(self, work: Work, batch: Batch, engine: str) -> Future[list[Outcome]]:
        """Hand over a batch; a pool that broke in the meantime says so through the future, like any other time."""
        try:
            return self._executor().submit(work, batch, engine)
        except BrokenExecutor as error:
            failed: Future[list[Outcome]] = Future()
            failed.set_exception(error)
            return failed

    def _executor(self) -> Executor:
        if self._given is not None:
            return self._given
        if self._own is None:
            # Not fork: polars holds threads, and a forked child of a threaded process may hang.
            self._own = ProcessPoolExecutor(self._jobs, mp_context=get_context("spawn"), initializer=begin_worker)
        return self._own

    def renew(self) -> None:
        if self._given is not None:
            raise SimkpiError("the executor broke: one of its workers ended; what was finished is kept")
        self.close()
        self._own = None

    def close(self) -> None:
        if self._own is not None:
            self._own.shutdown(wait=True, cancel_futures=True)

    def kill(self) -> None:
        """End the processes without waiting for what they do."""
        if self._own is None:
            return
        processes: dict[int, Any] = dict(getattr(self._own, "_processes", None) or {})
        self._own.shutdown(wait=False, cancel_futures=True)
        for process in processes.values():
            process.terminate()


def done_only(found: Sequence[Outcome]) -> list[Done]:
    """Return the computed cells.

    Raises
    ------
    SimkpiError
        If one failed, with every reason.
    """
    failed = list(dict.fromkeys(outcome.why for outcome in found if isinstance(outcome, Failed)))
    if failed:
        raise SimkpiError("\n".join(failed))
    return [outcome for outcome in found if isinstance(outcome, Done)]
