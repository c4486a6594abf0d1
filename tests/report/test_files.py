from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import simkpi
from simkpi.errors import OutputError
from simkpi.report.chart import draw
from simkpi.report.day_drawing import service_level_target
from simkpi.report.day_table import of_result, service_level_goals
from simkpi.report.files import write_chart, write_result, write_text
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
        assert "voice: 80% in 20s" in drawn
        assert simulated().provenance["digest"] in drawn


class TestServiceLevelTarget:
    @pytest.mark.parametrize(
        ("targets", "line"),
        [
            ({"all": {"service_level": "70%"}, "voice": {"service_level": "80%"}}, 0.7),
            ({"voice": {"service_level": "80%"}, "chat": {"service_level": "80% in 1m"}}, None),
            ({"voice": {"service_level": "80%"}, "chat": {"service_level": "90%"}}, None),
            ({}, None),
        ],
    )
    def test_one_line_only_where_one_goal_is_meant(self, targets: dict, line: float | None) -> None:
        assert service_level_target(simkpi.simulate(small(targets=targets), replications=1)) == line


class TestServiceLevelGoals:
    def test_contact_types_with_goals_of_their_own_are_drawn_apart_each_at_its_threshold(self) -> None:
        targets = {"voice": {"service_level": "80%"}, "chat": {"service_level": "90% in 1m"}}
        result = simkpi.simulate(small(targets=targets), replications=3)
        goals = service_level_goals(result)
        assert [(goal.contact_type, goal.value, goal.threshold) for goal in goals] == [("voice", 0.8, 20.0), ("chat", 0.9, 60.0)]
        table = of_result(result)[0]
        half_hours = table.filter(pl.col("kpi") == "service_level:chat")
        expected = result.kpis(["service_level"], by=("time_of_day",), where=pl.col("contact_type") == "chat", threshold=60)
        assert half_hours["value"].to_list() == expected["value"].to_list()
        lines = [(goal.kpi, goal.contact_type, goal.value, goal.threshold) for goal in goals]
        legend = draw("day", table, goals=lines).axes[2].get_legend()
        assert [text.get_text() for text in legend.get_texts()] == ["voice: 80% in 20s", "chat: 90% in 1m"]

    def test_one_goal_for_all_leaves_one_line(self) -> None:
        targets = {"all": {"service_level": "80%"}, "voice": {"service_level": "90%"}}
        assert service_level_goals(simkpi.simulate(small(targets=targets), replications=1)) == []


class TestWriteText:
    def test_a_missing_folder_is_one_line(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="can not be written"):
            write_text("x", tmp_path / "none" / "x.txt")

    def test_lines_end_the_same_on_every_system(self, tmp_path: Path) -> None:
        assert write_text("é\n", tmp_path / "x.txt").read_bytes() == b"\xc3\xa9\n"
