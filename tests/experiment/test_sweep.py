from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import simkpi
from simkpi.errors import InputError, OutputError, ScenarioError, UnknownName
from simkpi.experiment import cells as cells_module
from simkpi.experiment import compute as compute_module
from simkpi.experiment import durable, executors
from simkpi.experiment import sweep_run as sweep_module
from simkpi.experiment.compare import compare
from simkpi.experiment.explain import explain
from simkpi.experiment.plan import Plan, make_plan
from simkpi.experiment.store import Store
from simkpi.experiment.sweep import sweep
from simkpi.experiment.sweep_run import SweepFolder, run_plan
from simkpi.scenario.files import override
from tests.experiment.small_world import small
from tests.experiment.sweeping import VARY, digests, plan, run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an uninterrupted sweep."""
    folder = tmp_path_factory.mktemp("whole")
    run(folder)
    return folder


class TestResult:
    def test_each_variant_has_the_figures_of_its_own_run(self) -> None:
        result = sweep(small(), VARY, replications=4, kpis=["service_level", "offered"])
        rows = result.table.filter(pl.col("scenario") == 5)
        alone = simkpi.simulate(
            override(small(), {"bots.helper.contains": "40%", "teams.web.staffing.count": [2]}), replications=4
        )
        assert rows["value"].to_list() == alone.kpis(["service_level", "offered"])["value"].to_list()
        assert rows.row(0)[:3] == (5, "40%", "[2]")

    def test_differences_are_those_of_compare(self) -> None:
        result = sweep(small(), {"teams.web.staffing.count": [[1], [2]]}, replications=4, kpis=["service_level"])
        pair = [override(small(), {"teams.web.staffing.count": [count]}) for count in (1, 2)]
        expected = compare(*pair, names="ab", replications=4, kpis=["service_level"]).table
        same = ["value", "half_width", "difference", "difference_low", "p_holm", "verdict"]
        assert result.table.select(same).equals(expected.select(same))

    def test_a_second_table_is_broken_down(self) -> None:
        result = sweep(small(), VARY, replications=2, kpis=["offered"], by="channel")
        assert result.by_table is not None
        assert len(result.by_table) == 12
        total = result.by_table.group_by("scenario").agg(pl.col("value").sum()).sort("scenario")["value"]
        assert total.to_list() == pytest.approx(result.table["value"].to_list())

    @pytest.mark.parametrize("other", ["service_level", "service_level:answered"])  # read off the engine's arrays, and off tables
    def test_percentiles_of_the_whole_are_the_same_with_and_without_intervals(self, other: str) -> None:
        given: dict[str, Any] = {"replications": 12, "kpis": ["wait_p90", "backlog", other]}
        kept = ["scenario", "kpi", "value", "low", "high", "difference", "difference_half_width", "p_holm"]
        parted, whole = sweep(small(), VARY, by="interval", **given), sweep(small(), VARY, **given)
        assert parted.table.select(kept).equals(whole.table.select(kept))
        assert parted.table.filter(pl.col("kpi") == "wait_p90")["low"].null_count() == 0

    def test_numbers_stay_numbers_in_the_columns_of_the_varied_fields(self) -> None:
        table = sweep(small(), {"teams.phone.count": "3:4:1"}, replications=1, kpis=["offered"]).table
        assert table["teams.phone.count"].to_list() == [3, 4]

    def test_equal_variants_are_computed_once(self) -> None:
        result = sweep(small(), {"teams.phone.count": [3, 3, 4]}, replications=1, kpis=["offered"])
        assert (result.computed, len(result.scores)) == (2, 3)


class TestChecks:
    def test_a_path_that_names_nothing_is_told_once_with_the_nearest_name(self) -> None:
        with pytest.raises(ScenarioError, match="did you mean 'contains'") as told:
            make_plan(small(), {"bots.helper.contians": "20%,30%,40%"})
        assert len(told.value.problems) == 1

    def test_every_wrong_value_is_told_before_anything_runs(self) -> None:
        with pytest.raises(ScenarioError) as told:
            make_plan(small(), {"bots.helper.contains": "120%,30%,-5%"})
        assert len(told.value.problems) == 2

    def test_a_billion_scenarios_are_refused_with_what_they_would_take(self) -> None:
        with pytest.raises(InputError, match=r"makes 1,000,000,000 scenarios, 3,000,000,000 cells, about .* days .* GB of disk"):
            make_plan(small(), {"teams.phone.count": "1:1000000:1", "teams.web.count": "1:1000:1"}, replications=30)

    def test_unknown_kpis_and_groups_are_found_first(self) -> None:
        with pytest.raises(UnknownName, match="did you mean 'service_level'"):
            sweep(small(), VARY, kpis=["servce_level"])
        with pytest.raises(UnknownName, match="did you mean 'channel'"):
            sweep(small(), VARY, by="chanel")

    def test_a_plan_survives_being_written_down(self) -> None:
        again = Plan.of(json.loads(json.dumps(plan().stated())))
        assert again.digest == plan().digest
        assert list(again.cells_by_key) == list(plan().cells_by_key)

    def test_a_plan_takes_the_files_that_the_scenario_names_along(self, tmp_path: Path) -> None:
        (tmp_path / "volume.csv").write_text("time,calls\n08:00,10\n08:30,20\n")
        data = small().short
        voice = {**data["contacts"]["voice"], "volume": {"file": "volume.csv", "column": "calls", "interval": "30m"}}
        file = tmp_path / "scenario.yaml"
        file.write_text(json.dumps({**data, "contacts": {**data["contacts"], "voice": voice}}))
        made = make_plan(simkpi.load(file), {"teams.web.staffing.count": "[1],[2]"})
        stated = json.loads(json.dumps(made.stated()))
        shutil.rmtree(tmp_path)
        assert list(Plan.of(stated).cells_by_key) == list(made.cells_by_key)

    def test_a_plan_of_another_format_or_resolution_is_refused(self) -> None:
        stated = plan().stated()
        with pytest.raises(InputError, match="result format 99"):
            Plan.of({**stated, "format": 99})
        with pytest.raises(InputError, match="resolve otherwise"):
            Plan.of({**stated, "variants": [{**variant, "digest": "x"} for variant in stated["variants"]]})
        with pytest.raises(InputError, match="holds no plan"):
            Plan.of({"format": stated["format"]})
        with pytest.raises(InputError, match="outside its folder"):
            Plan.of({**stated, "scenario": {**stated["scenario"], "files": {"../escape": "x"}}})


class TestSameBytes:
    def test_for_worker_processes(self, whole: Path, tmp_path: Path) -> None:
        run(tmp_path, jobs=2)
        assert digests(tmp_path) == digests(whole)

    @pytest.mark.slow
    def test_for_four_worker_processes(self, whole: Path, tmp_path: Path) -> None:
        run(tmp_path, jobs=4)
        assert digests(tmp_path) == digests(whole)

    def test_for_threads_and_shuffled_cells(self, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def shuffled(cells: Any, **_: Any) -> list[tuple[Any, ...]]:
            found = [(cell,) for cell in cells]
            random.Random(5).shuffle(found)
            return found

        monkeypatch.setattr(sweep_module, "batches", shuffled)
        with ThreadPoolExecutor(3) as executor:
            run(tmp_path, executor=executor)
        assert digests(tmp_path) == digests(whole)

    @pytest.mark.parametrize("hash_seed", ["0", pytest.param("1", marks=pytest.mark.slow)])
    def test_for_another_hash_seed(self, hash_seed: str, whole: Path, tmp_path: Path) -> None:
        subprocess.run(command(tmp_path), env={**os.environ, "PYTHONHASHSEED": hash_seed}, check=True, cwd=ROOT)
        assert digests(tmp_path) == digests(whole)

    @pytest.mark.slow
    def test_without_the_fast_instructions_of_the_processor(self, whole: Path, tmp_path: Path) -> None:
        features = "AVX512F AVX512CD AVX512_SKX AVX2 FMA3"
        env = {**os.environ, "NPY_DISABLE_CPU_FEATURES": features, "PYTHONWARNINGS": "ignore"}
        subprocess.run(command(tmp_path), env=env, check=True, cwd=ROOT)
        assert digests(tmp_path) == digests(whole)

    @pytest.mark.slow
    def test_for_both_engines(self, whole: Path, tmp_path: Path) -> None:
        run(tmp_path, engine="compiled")
        keys = plan().cells_by_key
        assert {key: digests(tmp_path)[key] for key in keys} == {key: digests(whole)[key] for key in keys}


def command(folder: Path, jobs: int = 1) -> list[str]:
    return [sys.executable, "-m", "tests.experiment.sweeping", str(folder), str(jobs)]


class TestResume:
    def test_a_finished_sweep_computes_nothing_again(self, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(executors, "compute", None)
        before = digests(whole)
        result = run(whole)
        assert (result.computed, result.reused) == (0, 12)
        assert digests(whole) == before

    def test_more_replications_compute_only_the_new_ones(self, whole: Path, tmp_path: Path) -> None:
        shutil.copytree(whole, tmp_path / "more")
        result = run(tmp_path / "more", plan(replications=6))
        assert (result.computed, result.reused) == (6, 12)

    def test_when_told_to_stop_it_keeps_what_is_finished_and_goes_on_later(self, whole: Path, tmp_path: Path) -> None:
        told: list[int] = []
        with SweepFolder(tmp_path) as folder:
            part = run_plan(plan(), folder.store, stop=lambda: len(told) >= 5, progress=lambda done, _: told.append(done))
        assert part.interrupted
        assert 0 < part.computed < 12
        rest = run(tmp_path)
        assert rest.computed == 12 - part.computed
        assert digests(tmp_path) == digests(whole)

    def test_a_damaged_cell_is_found_and_computed_again(self, whole: Path, tmp_path: Path) -> None:
        shutil.copytree(whole, tmp_path / "copy")
        store = Store(tmp_path / "copy" / "cells.sqlite")
        store._db.execute("UPDATE cells SET payload = x'0123' WHERE key = ?", (min(plan().cells_by_key),))
        reasons = [why for _, _, todo, why in explain(plan(), store) if todo]
        store.close()
        assert reasons == ["its stored bytes are damaged (checksum)"]
        assert run(tmp_path / "copy").computed == 1
        assert digests(tmp_path / "copy") == digests(whole)

    def test_cells_of_an_older_format_are_never_mixed_in(
        self, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copytree(whole, tmp_path / "copy")
        monkeypatch.setattr(cells_module, "RESULT_FORMAT", 99)
        newer = plan()
        with SweepFolder(tmp_path / "copy") as folder:
            assert {why for *_, why in explain(newer, folder.store)} == {"result format: 4, now 99"}
            assert run_plan(newer, folder.store).computed == 12


class TestExplain:
    @pytest.fixture
    def store(self, whole: Path, tmp_path: Path) -> Iterator[Store]:
        shutil.copy(whole / "cells.sqlite", tmp_path / "cells.sqlite")
        store = Store(tmp_path / "cells.sqlite")
        yield store
        store.close()

    def reasons(self, given: Plan, store: Store) -> set[str]:
        return {why for *_, why in explain(given, store)}

    def test_nothing_to_say_about_what_is_there(self, store: Store) -> None:
        assert self.reasons(plan(), store) == {""}

    def test_a_changed_seed_scoring_or_number_of_replications(self, store: Store) -> None:
        assert self.reasons(plan(seed=12), store) == {"seed: 11, now 12"}
        assert self.reasons(plan(replications=6), store) == {"replications 5 to 6: not computed yet"}
        (why,) = self.reasons(plan(scoring=None), store)
        assert why.startswith("kpis: service_level, offered, wait_p90, now ")

    def test_a_changed_field_of_the_scenario(self, store: Store) -> None:
        changed = override(small(), {"definitions.threshold": "30s"})
        other = make_plan(changed, VARY, replications=4, block=2, scoring=plan().scoring)
        (why,) = self.reasons(other, store)
        assert "definitions.threshold" in why

    def test_a_new_variant(self, store: Store) -> None:
        other = make_plan(small(), {"teams.phone.count": "9,10"}, replications=4, block=2, scoring=plan().scoring)
        assert self.reasons(other, store) == {"not computed yet"}


class TestHolder:
    def test_a_second_sweep_on_the_folder_is_told_who_holds_it(self, tmp_path: Path) -> None:
        with SweepFolder(tmp_path), pytest.raises(OutputError, match=f"process {os.getpid()} on .*--join"), SweepFolder(tmp_path):
            pass

    def test_the_folder_is_free_again_afterwards(self, tmp_path: Path) -> None:
        for _ in range(2):
            with SweepFolder(tmp_path):
                pass

    def test_a_helper_may_join_and_nothing_comes_out_twice_or_different(self, whole: Path, tmp_path: Path) -> None:
        with SweepFolder(tmp_path) as first, SweepFolder(tmp_path, join=True) as second:
            helped: list[int] = []
            run_plan(
                plan(),
                second.store,
                backwards=True,
                stop=lambda: bool(helped),
                progress=lambda done, _: helped.append(done) if done else None,
            )
            result = run_plan(plan(), first.store)
        assert 0 < result.reused < 12
        run(tmp_path)
        assert digests(tmp_path) == digests(whole)

    def test_a_folder_that_can_not_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError, match="can not be made"), SweepFolder(tmp_path / "file" / "sweep"):
            pass


class TestFailures:
    def test_a_failing_cell_is_reported_and_the_others_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = compute_module.run
        bad = plan().subjects[2].scenario

        def failing(scenario: Any, *given: Any, **named: Any) -> Any:
            if scenario == bad:
                raise MemoryError("no room")
            return real(scenario, *given, **named)

        monkeypatch.setattr(compute_module, "run", failing)
        store = Store(None)
        result = run_plan(plan(), store)
        assert sorted(result.scores) == [0, 1, 3, 4, 5]
        assert {one.why for one in result.failed} == {"MemoryError: no room"}
        assert (len(result.failed), result.missing) == (2, 2)
        monkeypatch.setattr(compute_module, "run", real)
        assert run_plan(plan(), store).computed == 2

    @pytest.mark.parametrize("call", ["fsync", "replace", "open"])
    def test_a_failure_at_any_step_of_writing_leaves_old_or_new_files_and_the_next_run_repairs(
        self, call: str, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shutil.copytree(whole, tmp_path / "copy")
        old = digests(tmp_path / "copy")
        steps = 0
        for number in range(1, 100):
            steps = number
            with monkeypatch.context() as patch:
                fail_at(patch, call, number)
                try:
                    run(tmp_path / "copy")
                    break
                except OutputError:
                    pass
            assert digests(tmp_path / "copy") == old  # every file is whole
            assert not list((tmp_path / "copy").glob(".part-*"))
        assert steps > 5
        run(tmp_path / "copy")
        assert digests(tmp_path / "copy") == old


def fail_at(patch: pytest.MonkeyPatch, call: str, number: int) -> None:
    """Make the n-th fsync, renaming or reopening of a result file fail."""
    count = [0]

    def failing(real: Any) -> Any:
        def called(*given: Any, **named: Any) -> Any:
            if call == "open" and not str(given[0]).rpartition("/")[2].startswith(".part-"):
                return real(*given, **named)
            count[0] += 1
            if count[0] == number:
                raise OSError(28, "No space left on device")
            return real(*given, **named)

        return called

    if call == "fsync":
        patch.setattr(durable.os, "fsync", failing(os.fsync))
    else:
        patch.setattr(Path, call, failing(getattr(Path, call)))


def killed_and_resumed(folder: Path, kills: int, *, jobs: int, seed: int, lasts: float = 3.0) -> int:
    """Kill a sweep's process group *kills* times at random moments, then let it finish; return how often it really was killed.

    *lasts*: seconds that the sweep takes if it is left alone.
    """
    chance = random.Random(seed)
    real = 0
    for _ in range(kills):
        process = subprocess.Popen(command(folder, jobs), cwd=ROOT, start_new_session=True)
        time.sleep(lasts * chance.uniform(0.1, 0.8))
        if process.poll() is None:
            os.killpg(process.pid, 9)
            real += 1
        process.wait()
        for path in folder.glob("results*"):
            assert path.stat().st_size > 0
    subprocess.run(command(folder, jobs), cwd=ROOT, check=True)
    return real


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
class TestKills:
    def test_a_killed_sweep_goes_on_and_ends_with_the_same_bytes(self, whole: Path, tmp_path: Path) -> None:
        killed_and_resumed(tmp_path, 2, jobs=1, seed=1)
        assert digests(tmp_path) == digests(whole)

    @pytest.mark.slow
    @pytest.mark.parametrize("jobs", [1, 2])
    def test_many_kills_at_random_moments_lose_and_double_nothing(self, jobs: int, whole: Path, tmp_path: Path) -> None:
        killed, start = 0, time.perf_counter()
        subprocess.run(command(tmp_path / "alone", jobs), cwd=ROOT, check=True)
        lasts = time.perf_counter() - start
        for trial in range(6):
            folder = tmp_path / str(trial)
            folder.mkdir()
            killed += killed_and_resumed(folder, 3, jobs=jobs, seed=100 * jobs + trial, lasts=lasts)
            assert digests(folder) == digests(whole)
        assert killed >= 10
