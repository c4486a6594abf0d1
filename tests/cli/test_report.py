from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import simkpi
from tests.experiment.small_world import SHORT


def write(path: Path, **changes: object) -> str:
    path.write_text(json.dumps({**SHORT, "run": {"replications": 2, "seed": 3}, **changes}), encoding="utf-8")
    return str(path)


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    return write(tmp_path / "small.yaml")


class TestReport:
    def test_of_a_scenario_and_of_its_folder_is_the_same(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        first = simkpi(capsys, "report", scenario, "--quick", "-o", tmp_path / "a.html")
        assert first.code == 0, first.err
        assert first.out.endswith(".\n")
        assert "wrote" in first.err
        assert simkpi(capsys, "run", scenario, "--out", tmp_path / "out", "-q").code == 0
        assert simkpi(capsys, "report", tmp_path / "out", "--quick").code == 0
        pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "a.html", tmp_path / "out" / "report.html")]
        # the file that a scenario came from is named where there is one
        assert pages[0].partition('id="provenance"')[0] == pages[1].partition('id="provenance"')[0]

    def test_deep_adds_one_agent_more_or_fewer_and_the_gap(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert simkpi(capsys, "report", scenario, "-o", tmp_path / "a.html", "-q").code == 0
        text = (tmp_path / "a.html").read_text(encoding="utf-8")
        assert 'id="staff"' in text
        assert "from the simulation to the formula" in text

    def test_of_several_scenarios_compares_them(self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        other = write(tmp_path / "other.yaml", teams={**SHORT["teams"], "phone": {"skills": ["voice"], "count": 6}})
        done = simkpi(capsys, "report", scenario, other, "--quick", "-o", tmp_path / "c.html", "--lang", "fr")
        assert done.code == 0, done.err
        assert done.out.startswith("other ")
        text = (tmp_path / "c.html").read_text(encoding="utf-8")
        assert "Objectifs dans chaque scénario" in text

    def test_a_sweep_writes_its_own_and_again_with_other_goals(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        vary = ("--vary", "teams.phone.count=4:5:1", "--kpi", "service_level,asa")
        done = simkpi(capsys, "sweep", scenario, *vary, "-n", "2", "--out", tmp_path / "s", "-q")
        assert done.code == 0, done.err
        assert "no target for all contacts" in (tmp_path / "s" / "report.html").read_text(encoding="utf-8")
        assert simkpi(capsys, "verify-run", tmp_path / "s").code == 0
        done = simkpi(capsys, "report", tmp_path / "s", "--goal", "asa<=10m")
        assert done.out.startswith("Cheapest that meets Average speed of answer ≤ 10m for sure: scenario 1")


class TestMistakes:
    def test_what_is_no_result(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "empty").mkdir()
        (tmp_path / "a.json").write_text('{"kpis": []}', encoding="utf-8")
        for name in ("empty", "a.json", "absent.yaml"):
            done = simkpi(capsys, "report", tmp_path / name, "-o", tmp_path / "x.html")
            assert done.code == 3, (name, done.err)
            assert "internal error" not in done.err
            assert not (tmp_path / "x.html").exists()

    def test_another_kind_of_file_is_wrong_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "report", "quickstart", "-o", "x.pdf")
        assert done.code == 2
        assert "must end in .html" in done.err
