"""Where batches of cells go: threads, processes that are started again, anybody's executor, or a cluster."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Protocol

from simkpi.errors import SimkpiError
from simkpi.experiment.cells import Cell, Outcome
from simkpi.experiment.compute import Work
from simkpi.experiment.replicate import begin_worker

if TYPE_CHECKING:
    from distributed import Client

#: Batches handed to a worker beyond the one that it runs.
AHEAD = 1

Batch = Sequence[Cell]


def pool_for(executor: Executor | Client | None, jobs: int, engine: str) -> Pool:
    """Return where batches go: a cluster, *executor*, or *jobs* threads (compiled engine) or processes of our own."""
    if executor is not None:
        from simkpi.experiment.cluster import ClusterPool, is_client

        return ClusterPool(executor) if is_client(executor) else ForeignPool(executor)
    return Threads(jobs) if engine == "compiled" else Processes(jobs)


class Pool(Protocol):
    """A place where batches are computed."""

    #: Whether a batch that lags behind is begun a second time.
    backs_up: bool

    @property
    def width(self) -> int:
        """Batches to hand over at a time."""

    def ship(self, batches: Sequence[Batch]) -> None:
        """Learn what all batches need."""

    def submit(self, work: Work, batch: Batch, engine: str) -> Future[list[Outcome]]:
        """Hand over a batch."""

    def renew(self) -> None:
        """Start again after a worker died."""

    def close(self) -> None:
        """End, when all is done."""

    def kill(self) -> None:
        """End at once."""


class ForeignPool:
    """Somebody else's executor."""

    backs_up = False

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self.width = int(getattr(executor, "_max_workers", None) or os.cpu_count() or 1) + AHEAD

    def ship(self, batches: Sequence[Batch]) -> None:
        """Nothing to prepare: each batch brings what it needs."""

    def submit(self, work: Work, batch: Batch, engine: str) -> Future[list[Outcome]]:
        """Hand over a batch."""
        return _submitted(self._executor, work, batch, engine)

    def renew(self) -> None:
        """Start again, or say why not."""
        raise SimkpiError("the executor broke: one of its workers ended; what was finished is kept")

    def close(self) -> None:
        """Leave it: it is not ours to end."""

    def kill(self) -> None:
        """Leave it: it is not ours to end."""


class Threads:
    """Threads of this process: the compiled engine and most of the scoring let one another run."""

    backs_up = False

    def __init__(self, jobs: int) -> None:
        self._pool = ThreadPoolExecutor(jobs, thread_name_prefix="simkpi")
        self.width = jobs + AHEAD

    def ship(self, batches: Sequence[Batch]) -> None:
        """Threads share everything."""

    def submit(self, work: Work, batch: Batch, engine: str) -> Future[list[Outcome]]:
        """Hand over a batch."""
        return self._pool.submit(work, batch, engine)

    def renew(self) -> None:
        """Start again, or say why not."""
        raise SimkpiError("a thread broke: a bug")

    def close(self) -> None:
        """End, when all is done."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def kill(self) -> None:
        """End at once."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _submitted(executor: Executor, work: Work, batch: Batch, engine: str) -> Future[list[Outcome]]:
    """Hand over a batch; a pool that broke in the meantime says so through the future, like any other time."""
    try:
        return executor.submit(work, batch, engine)
    except BrokenExecutor as error:
        failed: Future[list[Outcome]] = Future()
        failed.set_exception(error)
        return failed


class Processes:
    """Worker processes that are started again after one of them died."""

    backs_up = False

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._own: ProcessPoolExecutor | None = None
        self.width = jobs + AHEAD

    def ship(self, batches: Sequence[Batch]) -> None:
        """Nothing to prepare: each batch brings what it needs."""

    def submit(self, work: Work, batch: Batch, engine: str) -> Future[list[Outcome]]:
        """Hand over a batch."""
        if self._own is None:
            # Not fork: polars holds threads, and a forked child of a threaded process may hang.
            self._own = ProcessPoolExecutor(self._jobs, mp_context=get_context("spawn"), initializer=begin_worker)
        return _submitted(self._own, work, batch, engine)

    def renew(self) -> None:
        """Start again, or say why not."""
        self.close()
        self._own = None

    def close(self) -> None:
        """End, when all is done."""
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
