"""Cells on a Dask cluster: scenarios travel once, dead workers cost a retry, and the last batches are begun twice."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simkpi import __version__
from simkpi.errors import InputError, SimkpiError
from simkpi.experiment.cells import Cell, Outcome, Subject
from simkpi.experiment.compute import Work
from simkpi.experiment.scores import Scoring
from simkpi.scenario.resolve import Scenario

if TYPE_CHECKING:
    from distributed import Client

#: Batches handed over per thread of the cluster, so that nobody waits for the next one.
PER_THREAD = 2
#: Seconds for which the number of threads is believed.
BELIEVED = 5.0
#: Seconds to wait for a scheduler to answer.
PATIENCE = 10

Place = tuple[str, int, int]


class WorkerLost(Exception):
    """The worker ended during a batch, more often than the scheduler tries again."""


@dataclass
class Shipment:
    """Scenarios on their way to every worker, by digest of what decides their figures.

    Parameters
    ----------
    scenarios : dict of str to Scenario
        The subjects' scenarios.
    seed : int or str
        The world.
    scoring : Scoring
        What is scored.
    """

    scenarios: dict[str, Scenario]
    seed: int | str
    scoring: Scoring
    _subjects: dict[str, Subject] = field(default_factory=dict)

    def cell(self, place: Place) -> Cell:
        """Return the cell that *place* (scenario, first replication, number of replications) names."""
        digest, first, count = place
        if digest not in self._subjects:
            self._subjects[digest] = Subject(self.scenarios[digest], self.seed, self.scoring)
        return Cell(self._subjects[digest], first, count)


def arrived(shipment: Shipment) -> Shipment:
    """Take delivery: what this returns stays on the workers, and travels between them once each."""
    return shipment


def compute_shipped(shipment: Shipment, places: Sequence[Place], engine: str, work: Work) -> list[Outcome]:
    """Compute cells on a worker that has the scenarios already."""
    return work([shipment.cell(place) for place in places], engine)


def worker_version() -> str:
    """Version of simkpi on a worker."""
    return __version__


def is_client(executor: object) -> bool:
    """Whether *executor* is a client of a Dask cluster."""
    return type(executor).__module__.partition(".")[0] == "distributed" and not isinstance(executor, Executor)


class ClusterPool:
    """A Dask cluster as a place where batches are computed.

    Parameters
    ----------
    client : distributed.Client
        Connected; the cluster stays the caller's.

    Raises
    ------
    SimkpiError
        If a worker lacks simkpi or has another version: its cells would not be those asked for.
    """

    #: A batch that lags behind is begun a second time.
    backs_up = True

    def __init__(self, client: Client) -> None:
        self._client = client
        self._shipped: dict[int, Any] = {}
        self._kept: list[Sequence[Cell]] = []
        self._asked: tuple[float, int] = (-BELIEVED, 1)
        self._running: set[Any] = set()
        self._check_versions()

    def _check_versions(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
            found = self._client.run(worker_version)
        except Exception as error:
            raise SimkpiError(
                f"the cluster's workers can not load simkpi ({type(error).__name__}: {error}); install it there"
            ) from error
        others = sorted({version for version in found.values() if version != __version__})
        if others:
            raise SimkpiError(
                f"the cluster's workers have simkpi {', '.join(others)}, this is {__version__}; install the same there"
            )

    @property
    def width(self) -> int:
        """Batches to hand over at a time."""
        asked, threads = self._asked
        if time.monotonic() - asked > BELIEVED:
            threads = max(1, sum(self._client.nthreads().values()))
            self._asked = time.monotonic(), threads
        return threads * PER_THREAD

    def ship(self, batches: Sequence[Sequence[Cell]]) -> None:
        """Send the scenarios of all batches, once; each worker fetches them with its first batch."""
        subjects = {id(cell.subject): cell.subject for batch in batches for cell in batch}
        groups: dict[tuple[str, str], list[Subject]] = {}
        for subject in subjects.values():
            groups.setdefault((repr(subject.seed), repr(subject.scoring)), []).append(subject)
        for group in groups.values():
            shipment = Shipment({one.digest: one.scenario for one in group}, group[0].seed, group[0].scoring)
            # a task, not scattered data: if every worker that holds it dies, the scheduler makes it again
            remote = self._client.submit(arrived, shipment, pure=False, priority=1)
            self._shipped |= {id(subject): remote for subject in group}
        self._kept = list(batches)  # the identities above stay taken

    def submit(self, work: Work, batch: Sequence[Cell], engine: str) -> Future[list[Outcome]]:
        """Hand over a batch."""
        if any(id(cell.subject) not in self._shipped for cell in batch):
            self.ship([batch])
        places = [(cell.subject.digest, cell.first, cell.count) for cell in batch]
        remote = self._client.submit(
            compute_shipped, self._shipped[id(batch[0].subject)], places, engine, work, pure=False, retries=0
        )
        local: Future[list[Outcome]] = Future()
        self._running.add(remote)
        remote.add_done_callback(lambda done: self._settle(done, local))
        return local

    def _settle(self, remote: Any, local: Future[list[Outcome]]) -> None:
        from distributed import CancelledError, KilledWorker

        self._running.discard(remote)
        if local.done():
            return
        try:
            local.set_result(remote.result())
        except (KilledWorker, CancelledError):
            local.set_exception(WorkerLost())
        except BaseException as error:  # told to whoever waits for the batch
            local.set_exception(error)

    def renew(self) -> None:
        """Give up: the cluster is not ours to start again."""
        raise SimkpiError("the cluster broke; what was finished is kept")

    def close(self) -> None:
        """Leave the cluster as it is; second copies of batches that are done are called off."""
        self.kill()

    def kill(self) -> None:
        """Call off what has been handed over."""
        for remote in list(self._running):
            remote.cancel()
        self._running.clear()


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """Connect to the scheduler at *address* (``tcp://host:8786``) while the block runs.

    Raises
    ------
    InputError
        If Dask is not installed, or no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError("a cluster needs Dask: pip install 'simkpi[cluster]'") from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"no scheduler answers at {address} ({type(error).__name__}); write e.g. tcp://host:8786") from None
    with client:
        if not client.nthreads():
            raise InputError(f"the scheduler at {address} has no workers yet; start one with: dask worker {address}")
        yield client
