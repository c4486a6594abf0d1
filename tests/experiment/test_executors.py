from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from simkpi.errors import SimkpiError
from simkpi.experiment.cells import Cell, Done, Failed, Outcome
from simkpi.experiment.executors import done_only, outcomes
from simkpi.scenario.files import override
from tests.experiment.small_world import small
from tests.experiment.test_cells import subject

CELLS = [subject(override(small(), {"teams.web.staffing.count": [count]})).cells(1)[0] for count in range(1, 7)]
BATCHES = [CELLS[:3], CELLS[3:5], CELLS[5:]]


def fine(batch: Sequence[Cell], engine: str) -> list[Outcome]:
    return [Done(cell.key, cell.key.encode(), engine) for cell in batch]


def poisonous(batch: Sequence[Cell], engine: str) -> list[Outcome]:
    """The fifth cell ends the process that computes it."""
    if CELLS[4] in batch:
        os._exit(9)
    return fine(batch, engine)


def stumbling(batch: Sequence[Cell], engine: str) -> list[Outcome]:
    """The first cell always fails, without saying that it always will; the second says so."""
    found = fine(batch, engine)
    for place, cell in enumerate(batch):
        if cell.key == CELLS[0].key:
            TRIED.append(len(batch))
            found[place] = Failed(cell.key, "OSError: out of files", final=False)
        if cell.key == CELLS[1].key:
            TRIED.append(-1)
            found[place] = Failed(cell.key, "no such law", final=True)
    return found


TRIED: list[int] = []


def by_key(found: list[Outcome]) -> dict[str, Outcome]:
    assert len({one.key for one in found}) == len(found)
    return {one.key: one for one in found}


class TestOutcomes:
    def test_every_cell_comes_out_once_here_in_threads_and_in_processes(self) -> None:
        expected = by_key(list(outcomes(BATCHES, engine="reference", work=fine)))
        assert len(expected) == len(CELLS)
        with ThreadPoolExecutor(3) as executor:
            assert by_key(list(outcomes(BATCHES, engine="reference", executor=executor, work=fine))) == expected
        assert by_key(list(outcomes(BATCHES, engine="reference", jobs=2, work=fine))) == expected

    def test_a_cell_that_kills_its_worker_is_given_up_after_three_tries_and_the_rest_completes(self) -> None:
        found = by_key(list(outcomes(BATCHES, jobs=2, work=poisonous)))
        assert len(found) == len(CELLS)
        failed = [one for one in found.values() if isinstance(one, Failed)]
        assert [one.key for one in failed] == [CELLS[4].key]
        assert "worker process ended" in failed[0].why

    def test_a_failure_is_tried_three_times_alone_and_a_final_one_once(self) -> None:
        TRIED.clear()
        found = by_key(list(outcomes(BATCHES, work=stumbling)))
        assert isinstance(found[CELLS[0].key], Failed)
        assert found[CELLS[1].key] == Failed(CELLS[1].key, "no such law", final=True)
        assert TRIED == [3, -1, 1, 1]
        assert sum(isinstance(one, Done) for one in found.values()) == 4

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_when_told_to_stop_nothing_new_is_begun_and_what_runs_is_kept(self, jobs: int) -> None:
        found: list[Outcome] = []
        alone = [[cell] for cell in CELLS]
        for one in outcomes(alone, jobs=jobs, stop=lambda: len(found) >= 2, work=fine):
            found.append(one)  # noqa: PERF402 (stop() looks at it)
        assert 2 <= len(found) <= 2 + (jobs + 1 if jobs > 1 else 0)

    def test_a_foreign_executor_that_breaks_is_reported(self) -> None:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with (
            ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor,
            pytest.raises(SimkpiError, match="the executor broke"),
        ):
            list(outcomes(BATCHES, executor=executor, work=poisonous))


def test_failures_are_raised_with_every_reason() -> None:
    with pytest.raises(SimkpiError, match="one\ntwo"):
        done_only([Failed("a", "one", final=True), Failed("b", "two", final=True), Failed("c", "one", final=True)])
