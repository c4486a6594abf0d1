from __future__ import annotations

import json
from pathlib import Path

import pytest

import simkpi
from simkpi.errors import OutputError
from simkpi.report.files import service_level_target, write_chart, write_result, write_text
from tests.experiment.small_world import simulated, small


class TestWriteResult:
    def test_the_same_result_writes_the_same_bytes_and_the_manifest_repeats_the_provenance(self, tmp_path: Path) -> None:
        table = simulated().kpis(["asa"])
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            write_result(simulated(), tmp_path / name, table=table)
        for path in (tmp_path / "a").iterdir():
            assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
        stated = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
        assert {key: stated[key] for key in simulated().provenance} == simulated().provenance


class TestWriteChart:
    def test_it_says_scenario_seed_and_definition(self, tmp_path: Path) -> None:
        write_chart(simulated(), tmp_path)
        drawn = (tmp_path / "day.svg").read_text(encoding="utf-8")
        assert ">Small shop</text>" in drawn
        assert "6 replications, seed 11; shaded: 95% interval" in drawn
        assert "answered within 20s, of all offered" in drawn
        assert simulated().provenance["digest"] in drawn


class TestServiceLevelTarget:
    @pytest.mark.parametrize(
        ("targets", "line"),
        [
            ({"all": {"service_level": "70%"}, "voice": {"service_level": "80%"}}, 0.7),
            ({"voice": {"service_level": "80%"}, "chat": {"service_level": "80% in 1m"}}, 0.8),
            ({"voice": {"service_level": "80%"}, "chat": {"service_level": "90%"}}, None),
            ({}, None),
        ],
    )
    def test_one_line_only_where_one_goal_is_meant(self, targets: dict, line: float | None) -> None:
        assert service_level_target(simkpi.simulate(small(targets=targets), replications=1)) == line


class TestWriteText:
    def test_a_missing_folder_is_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="can not be written"):
            write_text("x", tmp_path / "none" / "x.txt")

    def test_lines_end_the_same_on_every_system(self, tmp_path: Path) -> None:
        assert write_text("é\n", tmp_path / "x.txt").read_bytes() == b"\xc3\xa9\n"
