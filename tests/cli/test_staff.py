from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from simkpi.scenario.files import load
from tests.cli.running import simkpi
from tests.planning.planning_worlds import voice, voice_plan


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "calls.yaml"
    file.write_text(json.dumps(voice().short), encoding="utf-8")
    return str(file)


def test_the_table_says_what_to_change_and_what_is_shown(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "staff", scenario, "--alpha", "5%")
    assert done.code == 0
    plan = voice_plan()
    assert f"{plan.hours():g} agent-hours meet every target" in " ".join(done.out.split())
    lines = [line.split() for line in done.out.splitlines() if line.startswith("phone ")]
    assert [line[4] for line in lines[:2]] == [str(count) for count in plan.recommended]
    assert "1 more" in done.out
    assert "2 spare" in done.out
    assert "estimates with 95% intervals, not promises" in done.out
    assert "target 7 (agents for voice service_level at least 80% in 20s)" in done.out
    assert "--apply recommended.yaml" in done.err


def test_csv_json_files_and_the_applied_scenario_agree(scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, recommended = tmp_path / "out", tmp_path / "recommended.yaml"
    done = simkpi(capsys, "staff", scenario, "--alpha", "5%", "--format", "json", "--out", out, "--apply", recommended)
    found = json.loads(done.out)
    plan = voice_plan()
    assert found["plans"]["recommended"]["agent_hours"] == plan.hours()
    assert [row["by_simulation"] for row in found["intervals"]] == plan.recommended.tolist()
    rows = list(csv.DictReader(io.StringIO((out / "staff.csv").read_text(encoding="utf-8"))))
    assert [int(row["by_formula"]) for row in rows] == plan.formula_counts.tolist()
    assert load(recommended).spec.teams["phone"].staffing.count == (tuple(plan.recommended.tolist()),)
    assert (out / "staff.png").stat().st_size > 10_000
    assert set(json.loads((out / "manifest.json").read_text(encoding="utf-8"))["files"]) == {
        "staff.csv",
        "staff.png",
        "staff.svg",
    }
    assert f"next: simkpi run {recommended}" in done.err


def test_mistakes_are_told_before_any_simulation(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "staff", scenario, "--alpha", "5%", "--target", "servce_level>=80%")
    assert (done.code, "did you mean 'service_level'" in done.err) == (2, True)
    done = simkpi(capsys, "staff", scenario, "--alpha", "5%", "--target", "service_level above 80%")
    assert (done.code, "write e.g. service_level>=80%" in done.err) == (3, True)
    assert simkpi(capsys, "staff", scenario, "--alpha", "5%", "--interval", "7min").code == 2
