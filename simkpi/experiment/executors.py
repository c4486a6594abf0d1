"""Where cells are computed: here, in threads or processes, on any executor or a cluster; a dead worker costs its cell a retry."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simkpi.errors import SimkpiError
from simkpi.experiment.cells import Cell, Done, Failed, Outcome
from simkpi.experiment.compute import Work, compute
from simkpi.experiment.drawn import DRAWN
from simkpi.experiment.workers import Batch, Pool, pool_for

if TYPE_CHECKING:
    from distributed import Client

#: Times that a cell is tried before it is given up.
TRIES = 3
#: A batch is late after this many times the usual time, and at least so many seconds.
LATE, LATE_AT_LEAST = 4.0, 10.0


def outcomes(
    batches: Sequence[Batch],
    *,
    engine: str = "auto",
    jobs: int = 1,
    executor: Executor | Client | None = None,
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
        Threads (compiled engine) or worker processes; 1 = this process.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Computes instead of workers of our own.
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
    given = {"engine": engine, "jobs": jobs, "executor": executor, "stop": stop, "needless": needless, "work": work}
    for burst in bursts(batches, **given):  # type: ignore[arg-type]
        yield from burst


def bursts(
    batches: Sequence[Batch],
    *,
    engine: str = "auto",
    jobs: int = 1,
    executor: Executor | Client | None = None,
    stop: Callable[[], bool] = lambda: False,
    needless: Callable[[Cell], bool] = lambda _: False,
    work: Work = compute,
) -> Iterator[list[Outcome]]:
    """Compute batches of cells as :func:`outcomes` does.

    Yields
    ------
    list of Done or Failed
        What came back together, to be stored together; never empty.
    """
    queue = _Queue(deque(batches), needless)
    with DRAWN:
        if executor is None and jobs == 1:
            while not stop() and (batch := queue.next()) is not None:
                if found := list(queue.settled(batch, work(batch, engine))):
                    yield found
            return
        pool = pool_for(executor, jobs, engine)
        pool.ship(batches)
        try:
            for found in _through_pool(pool, queue, engine, stop, work):
                if found:
                    yield found
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


def _through_pool(pool: Pool, queue: _Queue, engine: str, stop: Callable[[], bool], work: Work) -> Iterator[list[Outcome]]:
    running, pace = _Running(), _Pace()
    while True:
        room = pool.width if queue.todo else 1
        while len(running.batches) < room and not stop() and (queue.todo or not running.batches) and (batch := queue.next()):
            running.begin(pool.submit(work, batch, engine), batch)
        if not running.batches:
            return
        if pool.backs_up and not queue.todo and not queue.alone and not stop():
            for batch in running.late(pace.usual):
                running.begin(pool.submit(work, batch, engine), batch)
        broken = False
        for future in wait(running.batches, timeout=1.0 if pool.backs_up else None, return_when=FIRST_COMPLETED).done:
            batch, seconds = running.end(future)
            error = future.exception()
            if running.has_twin(batch):
                if error is not None:
                    continue  # the other copy may still come
                running.forget(batch)
            if error is None:
                pace.add(seconds)
                yield list(queue.settled(batch, future.result()))
            elif isinstance(error, BrokenExecutor):
                broken = True
                yield list(queue.died(batch))
            elif type(error).__name__ == "WorkerLost":  # a class of the optional cluster module
                yield list(queue.died(batch))
            else:  # could not be sent or received, say
                why = f"{type(error).__name__}: {error}"
                yield list(queue.settled(batch, [Failed(cell.key, why, final=False) for cell in batch]))
        if broken:
            for batch in running.batches.values():
                yield list(queue.died(batch))
            running = _Running()
            pool.renew()


@dataclass
class _Running:
    """Batches that are being computed, and since when; the same batch may run twice."""

    batches: dict[Future[list[Outcome]], Batch] = field(default_factory=dict)
    since: dict[Future[list[Outcome]], float] = field(default_factory=dict)

    def begin(self, future: Future[list[Outcome]], batch: Batch) -> None:
        self.batches[future], self.since[future] = batch, time.monotonic()

    def end(self, future: Future[list[Outcome]]) -> tuple[Batch, float]:
        return self.batches.pop(future, ()), time.monotonic() - self.since.pop(future, time.monotonic())

    def has_twin(self, batch: Batch) -> bool:
        return any(other is batch for other in self.batches.values())

    def forget(self, batch: Batch) -> None:
        """Wait no longer for the other copy of *batch*."""
        for future in [future for future, other in self.batches.items() if other is batch]:
            self.end(future)

    def late(self, usual: float) -> list[Batch]:
        """Batches that take much longer than *usual* and run only once."""
        limit = time.monotonic() - max(LATE * usual, LATE_AT_LEAST)
        return [
            batch
            for future, batch in self.batches.items()
            if self.since[future] < limit and sum(other is batch for other in self.batches.values()) == 1
        ]


@dataclass
class _Pace:
    """How long a batch usually takes."""

    seconds: list[float] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        self.seconds.append(seconds)

    @property
    def usual(self) -> float:
        return sorted(self.seconds)[len(self.seconds) // 2] if self.seconds else math.inf


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
