"""A folder of results gives the same figures when it is opened again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simkpi.errors import InputError
from simkpi.experiment.provenance import file_digest
from simkpi.experiment.stored import SCENARIO, SweepTables, open_run, open_sweep, scenario_text
from simkpi.experiment.sweep import sweep
from simkpi.experiment.verify import read_manifest
from simkpi.scenario.dump import digest
from simkpi.scenario.files import load
from tests.experiment.small_world import simulated, small


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / SCENARIO).write_text(scenario_text(simulated().scenario), encoding="utf-8")
    files = {SCENARIO: file_digest(tmp_path / SCENARIO)}
    (tmp_path / "manifest.json").write_text(json.dumps({**simulated().provenance, "files": files}), encoding="utf-8")
    return tmp_path


class TestRun:
    def test_the_resolved_scenario_is_the_same_one(self, folder: Path) -> None:
        assert digest(load(folder / SCENARIO)) == digest(simulated().scenario)

    def test_it_is_simulated_again_to_the_byte(self, folder: Path) -> None:
        again = open_run(folder, read_manifest(folder))
        assert again.interactions.equals(simulated().interactions)
        assert again.kpis().equals(simulated().kpis())

    def test_a_scenario_that_was_edited_is_refused(self, folder: Path) -> None:
        text = (folder / SCENARIO).read_text(encoding="utf-8")
        (folder / SCENARIO).write_text(text.replace("threshold: 20s", "threshold: 25s"), encoding="utf-8")
        with pytest.raises(InputError, match="has changed since"):
            open_run(folder, read_manifest(folder))

    def test_a_folder_without_one_says_what_to_do(self, folder: Path) -> None:
        (folder / SCENARIO).unlink()
        with pytest.raises(InputError, match=r"holds no scenario\.yaml; run the scenario again"):
            open_run(folder, read_manifest(folder))


class TestSweep:
    def test_tables_and_plan_come_back(self, tmp_path: Path) -> None:
        result = sweep(small(), {"teams.phone.count": "3:4:1"}, replications=2, kpis=["asa"], by="channel", out=tmp_path)
        found = open_sweep(tmp_path, read_manifest(tmp_path))
        assert found.table.equals(result.table)
        assert found.by_table is not None
        assert found.by_table.equals(result.by_table)
        assert found.plan.digest == result.plan.digest
        assert SweepTables.of(result).engines == found.engines

    def test_a_lost_table_is_said(self, tmp_path: Path) -> None:
        sweep(small(), {"teams.phone.count": "3:4:1"}, replications=2, kpis=["asa"], out=tmp_path)
        (tmp_path / "results.parquet").unlink()
        with pytest.raises(InputError, match=r"no readable results\.parquet"):
            open_sweep(tmp_path, read_manifest(tmp_path))
