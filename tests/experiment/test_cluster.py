"""Sweeps on a real Dask cluster of several processes: the same bytes, also when a worker is killed or a cell is poison."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simkpi.errors import InputError, SimkpiError
from simkpi.experiment import cluster as module
from simkpi.experiment.cells import Done, Failed
from simkpi.experiment.cluster import ClusterPool, connected, is_client
from simkpi.experiment.executors import outcomes
from tests.experiment.clustered import cluster, poisonous
from tests.experiment.sweeping import digests, plan, run
from tests.experiment.test_executors import BATCHES, CELLS

pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # the cluster's own warnings are not ours


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with cluster(3) as found:
        yield found


def test_a_sweep_gives_the_same_bytes_though_a_worker_is_killed_in_mid_sweep(client: Any, tmp_path: Path) -> None:
    big = plan(replications=40)
    run(tmp_path / "here", big)
    killed: list[int] = []

    def kill_one(done: int, of: int) -> None:
        if done >= of // 3 and not killed:
            killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    result = run(tmp_path / "cluster", big, executor=client, progress=kill_one)
    assert killed
    assert not result.failed
    assert digests(tmp_path / "cluster") == digests(tmp_path / "here")


def test_a_poison_cell_is_given_up_after_three_tries_and_the_rest_completes(client: Any) -> None:
    poison = CELLS[4].key
    found = {one.key: one for one in outcomes(BATCHES, executor=client, engine=f"auto:{poison}", work=poisonous)}
    assert len(found) == len(CELLS)
    failed = [one for one in found.values() if isinstance(one, Failed)]
    assert [one.key for one in failed] == [poison]
    assert "worker process ended" in failed[0].why
    assert sum(isinstance(one, Done) for one in found.values()) == len(CELLS) - 1


def test_scenarios_travel_once_and_batches_are_small(client: Any) -> None:
    pool = ClusterPool(client)
    pool.ship(BATCHES)
    assert len({id(remote) for remote in pool._shipped.values()}) == 1
    assert pool.width >= module.PER_THREAD


def test_workers_of_another_version_are_refused(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client.wait_for_workers(3, timeout=60)
    monkeypatch.setattr(module, "__version__", "99.0")
    with pytest.raises(SimkpiError, match=r"workers have simkpi .*, this is 99"):
        ClusterPool(client)


def test_the_command_joins_the_cluster_by_its_address(client: Any, tmp_path: Path) -> None:
    words = ["sweep", "quickstart", "--vary", "teams.phone.at_close=finish_contact,serve_queue", "-n", "2", "-q"]
    words += ["--out", str(tmp_path / "s"), "--scheduler", client.scheduler.address]
    done = subprocess.run([sys.executable, "-m", "simkpi", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "s" / "results.csv").is_file()


def test_without_a_scheduler_the_message_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 1)
    with pytest.raises(InputError, match="no scheduler answers at tcp://127"), connected("tcp://127.0.0.1:9"):
        pass


def test_what_is_no_client_is_an_executor() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as executor:
        assert not is_client(executor)
