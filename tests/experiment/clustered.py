"""A real Dask cluster of worker processes on this machine, and work that goes wrong on it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from simkpi.experiment.cells import Cell, Done, Outcome

#: Key of the cell that ends its worker, handed over in the engine's name.
SEPARATOR = ":"


@contextmanager
def cluster(workers: int) -> Iterator[Any]:
    """Give a client of a cluster with *workers* processes of one thread each."""
    import dask
    from distributed import Client, LocalCluster

    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.worker.daemon": True}
    with (
        dask.config.set(settings),
        LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50) as local,
        Client(local, set_as_default=False) as client,
    ):
        yield client


def poisonous(batch: Sequence[Cell], engine: str) -> list[Outcome]:
    """One cell ends the process that computes it."""
    if engine.partition(SEPARATOR)[2] in {cell.key for cell in batch}:
        os._exit(9)
    return [Done(cell.key, cell.key.encode(), engine) for cell in batch]
