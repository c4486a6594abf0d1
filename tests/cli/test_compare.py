from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.running import simkpi
from tests.experiment.small_world import SHORT


def write(path: Path, **changes: object) -> str:
    path.write_text(json.dumps({**SHORT, **changes}), encoding="utf-8")
    return str(path)


@pytest.fixture
def pair(tmp_path: Path) -> list[str]:
    teams = {
        **SHORT["teams"],
        "phone": {"skills": ["voice"], "staffing": {"interval": "1h", "from": "08:00", "count": [4, 5, 4, 3]}},
    }
    return [write(tmp_path / "three.yaml"), write(tmp_path / "four.yaml", teams=teams)]


class TestTable:
    def test_both_figures_the_difference_the_correlation_and_a_word(
        self, pair: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = simkpi(capsys, "compare", *pair, "--kpi", "service_level,offered")
        assert done.code == 0
        title, _, header, _, *lines = done.out.splitlines()
        assert title == "four against three: 6 replications of 1 day with the same customers, seed 11, engine reference"
        assert header.split() == ["KPI", "three", "four", "Difference", "Correlation", "Verdict"]
        assert "the same" in next(line for line in lines if line.startswith("Offered"))
        level = next(line for line in lines if line.startswith("Service level"))
        assert " pts ± " in level
        assert level.endswith("better")
        assert "independent runs would need about" in done.out
        assert "next: simkpi sweep" in done.err

    def test_three_scenarios_have_a_line_each_and_are_judged_together(
        self, pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        third = write(tmp_path / "bot.yaml", bots={"helper": {"serves": ["chat"], "contains": "45%", "time": "60s"}})
        out = simkpi(capsys, "compare", *pair, third, "--kpi", "asa", "-q", "--baseline", "four").out
        assert [line.split()[4] for line in out.splitlines() if line.startswith("Average")] == ["three", "bot"]
        assert "Holm" in out

    def test_in_french(self, pair: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        out = simkpi(capsys, "compare", *pair, "--kpi", "service_level", "--lang", "fr").out
        assert "avec les mêmes clients" in out
        assert "mieux" in out


class TestForms:
    def test_csv_holds_the_interval_of_every_difference(self, pair: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        rows = list(csv.DictReader(io.StringIO(simkpi(capsys, "compare", *pair, "--format", "csv").out)))
        row = next(row for row in rows if (row["scenario"], row["kpi"]) == ("four", "service_level"))
        assert float(row["difference_low"]) < float(row["difference"]) < float(row["difference_high"])
        assert row["verdict"] == "better"

    def test_json_states_where_it_comes_from(self, pair: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        stated = json.loads(simkpi(capsys, "compare", *pair, "--format", "json", "--kpi", "asa").out)
        assert [one["name"] for one in stated["scenarios"]] == ["three", "four"]
        assert len(stated["kpis"]) == 2

    def test_files_with_a_manifest(self, pair: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        simkpi(capsys, "compare", *pair, "--kpi", "asa", "--out", tmp_path / "results")
        manifest = json.loads((tmp_path / "results" / "manifest.json").read_text(encoding="utf-8"))
        assert set(manifest["files"]) == {"comparison.csv", "targets.csv"}


class TestMistakes:
    def test_one_scenario_is_wrong_usage(self, pair: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "compare", pair[0])
        assert done.code == 2
        assert "at least two scenarios" in done.err

    def test_an_unknown_kpi_or_group_is_wrong_usage(self, pair: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        for given, hint in ((("--kpi", "servce_level"), "service_level"), (("--by", "chanel"), "channel")):
            done = simkpi(capsys, "compare", *pair, *given)
            assert done.code == 2
            assert f"did you mean '{hint}'" in done.err

    def test_a_baseline_that_is_none_of_them(self, pair: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "compare", *pair, "--baseline", "five")
        assert done.code == 3
        assert "must be one of three, four; got 'five'" in done.err
