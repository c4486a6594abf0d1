from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

import simkpi
from simkpi.errors import InputError, SimkpiError, UnknownName
from simkpi.experiment.replicate import executor_of, useful_jobs
from simkpi.experiment.result import Result
from tests.experiment.small_world import SHORT, simulated, small


def bytes_of(result: Result) -> tuple[bytes, ...]:
    return tuple(frame.serialize() for frame in (result.interactions, result.agent_states, result.legs))


class TestSimulate:
    def test_defaults_come_from_the_scenario(self) -> None:
        assert (simulated().replications, simulated().seed) == (6, 11)
        assert simulated().interactions["replication"].unique().sort().to_list() == list(range(6))

    def test_same_seed_gives_the_same_bytes_and_another_seed_another_day(self) -> None:
        first = bytes_of(simulated())
        assert first == bytes_of(simkpi.simulate(small()))
        assert first != bytes_of(simkpi.simulate(small(), seed=12))

    @pytest.mark.parametrize("workers", [1, 2, 4])
    def test_any_number_of_workers_gives_the_same_bytes(self, workers: int) -> None:
        with ThreadPoolExecutor(workers) as executor:
            assert bytes_of(simkpi.simulate(small(), executor=executor)) == bytes_of(simulated())

    def test_worker_processes_give_the_same_bytes(self) -> None:
        assert bytes_of(simkpi.simulate(small(), jobs=2)) == bytes_of(simulated())

    @pytest.mark.slow
    def test_four_worker_processes_give_the_same_bytes(self) -> None:
        assert bytes_of(simkpi.simulate(small(), jobs=4)) == bytes_of(simulated())

    def test_fewer_replications_are_the_first_ones_of_more(self) -> None:
        fewer = simkpi.simulate(small(), replications=2)
        assert fewer.interactions.equals(simulated().interactions.filter(pl.col("replication") < 2))

    def test_progress_is_told_in_order(self) -> None:
        told: list[tuple[int, int]] = []
        simkpi.simulate(small(), replications=3, progress=lambda done, total: told.append((done, total)))
        assert told == [(1, 3), (2, 3), (3, 3)]

    def test_a_path_and_a_dict_are_loaded(self, tmp_path: Path) -> None:
        import json

        file = tmp_path / "small.yaml"
        file.write_text(json.dumps(SHORT))  # JSON is YAML
        expected = simkpi.simulate(small(), replications=1).interactions
        assert simkpi.simulate(file, replications=1).interactions.equals(expected)
        assert simkpi.simulate(SHORT, replications=1).interactions.equals(expected)

    @pytest.mark.parametrize("name", ["replications", "jobs"])
    @pytest.mark.parametrize("number", [0, -1, 1.5, True])
    def test_a_number_that_is_no_count_is_refused(self, name: str, number: float) -> None:
        with pytest.raises(InputError, match=f"{name} must be a whole number of at least 1"):
            simkpi.simulate(small(), **{name: number})

    def test_an_unknown_engine_is_named(self) -> None:
        with pytest.raises(UnknownName, match="unknown engine 'referense'; did you mean 'reference'"):
            simkpi.simulate(small(), engine="referense")

    def test_a_failing_replication_ends_the_run_with_its_own_error(self) -> None:
        with ThreadPoolExecutor(2) as executor, pytest.raises(UnknownName):
            simkpi.simulate(small(), engine="referense", executor=executor)


class TestUsefulJobs:
    def test_little_work_needs_no_worker_processes_and_much_work_one_a_core(self) -> None:
        assert useful_jobs(small(), 30) == 1
        assert useful_jobs(small(), 100_000) == cores()
        assert useful_jobs(small(), 1) == 1

    def test_the_scenarios_replications_are_the_default(self) -> None:
        assert useful_jobs(small(run={"replications": 100_000})) == cores()


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def die_in_a_worker() -> None:
    with executor_of(None, 2) as pool:
        assert pool is not None
        pool.submit(os._exit, 9).result()


@pytest.mark.slow
def test_a_killed_worker_is_reported_and_not_waited_for() -> None:
    with pytest.raises(SimkpiError, match="worker process was ended from outside"):
        die_in_a_worker()
