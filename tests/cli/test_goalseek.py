from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from simkpi.scenario.files import load
from tests.cli.running import simkpi
from tests.planning.planning_worlds import voice

ASKED = ("--vary", "teams.phone.count", "--between", "3", "12", "--target", "voice.service_level>=80% in 20s", "-n", "5")


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "calls.yaml"
    file.write_text(json.dumps(voice(teams={"phone": {"skills": ["voice"], "count": 6}}).short), encoding="utf-8")
    return str(file)


def test_the_answer_is_a_sentence_with_its_interval(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "goalseek", scenario, *ASKED)
    assert done.code == 0
    assert done.out.startswith(
        "teams.phone.count, now 6; target: voice service_level at least 80% in 20s; 5 replications, seed 5"
    )
    assert "is monotone over the range: it rises with teams.phone.count" in done.out
    assert "Answer: teams.phone.count at least " in done.out
    assert "(95% interval " in done.out
    assert f"next: simkpi run {scenario}" in done.err


def test_json_csv_files_and_the_applied_scenario_agree(scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    applied = tmp_path / "applied.yaml"
    done = simkpi(capsys, "goalseek", scenario, *ASKED, "--format", "json", "--out", tmp_path, "--apply", applied)
    found = json.loads(done.out)
    (answer,) = found["answers"]
    assert load(applied).spec.teams["phone"].staffing.count[0][0] == answer["shown"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "goalseek.csv").read_text(encoding="utf-8"))))
    assert [float(row["value"]) for row in rows] == [point["value"] for point in found["curve"]]
    assert {row["verdict"] for row in rows} >= {"met", "missed"}
    assert (tmp_path / "goalseek.png").stat().st_size > 10_000


def test_no_answer_is_said_plainly(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--vary", "teams.phone.count", "--target", "service_level>=80%", "-n", "3")
    low = simkpi(capsys, "goalseek", scenario, *options, "--between", "1", "3")
    assert "Unreachable from 1 to 3: the best is" in low.out
    high = simkpi(capsys, "goalseek", scenario, *options, "--between", "9", "14")
    assert "The target is met everywhere from 9 to 14: the worst is" in high.out


def test_mistakes_are_told_at_once(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "goalseek", scenario, "--vary", "teams.fone.count", "--target", "service_level>=80%")
    assert (done.code, "did you mean 'phone'" in done.err) == (3, True)
    done = simkpi(capsys, "goalseek", scenario, "--vary", "teams.phone.count", "--target", "servce_level>=80%")
    assert (done.code, "did you mean 'service_level'" in done.err) == (2, True)
    assert simkpi(capsys, "goalseek", scenario, "--vary", "teams.phone.count").code == 2
