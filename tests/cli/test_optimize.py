from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from simkpi.scenario.files import load
from tests.cli.running import simkpi
from tests.planning.test_optimize import calls

ASKED = ("--vary", "teams.phone.count=4:8:1", "--zone", "4%")


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "calls.yaml"
    file.write_text(json.dumps(calls().short), encoding="utf-8")
    return str(file)


def test_the_answer_its_guarantee_and_the_applied_scenario_agree(
    scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    applied, out = tmp_path / "applied.yaml", tmp_path / "search"
    done = simkpi(capsys, "optimize", scenario, *ASKED, "--out", out, "--apply", applied)
    assert done.code == 0
    assert "CHEAPEST" in done.out
    assert "Cheapest: teams.phone.count = 6" in done.out
    assert "Guaranteed with 95% probability" in done.out
    assert "cheaper by 2.40 EUR or more" in done.out or "EUR or more" in done.out
    assert load(applied).spec.teams["phone"].staffing.count[0][0] == 6
    again = simkpi(capsys, "optimize", scenario, *ASKED, "--out", out, "--format", "json")
    found = json.loads(again.out)
    assert found["best"]["changes"] == {"teams.phone.count": 6}
    assert found == json.loads((out / "optimize.json").read_text(encoding="utf-8"))
    rows = list(csv.DictReader(io.StringIO((out / "optimize.csv").read_text(encoding="utf-8"))))
    assert [row["teams.phone.count"] for row in rows] == ["4", "5", "6", "7", "8"]
    assert next(row["verdict"] for row in rows) == "ruled out by formula"


def test_a_small_budget_promises_nothing(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "optimize", scenario, *ASKED, "--budget", "40", "--zone", "1%", "--lang", "fr")
    assert done.code == 0
    assert "Rien n'est garanti" in done.out


def test_mistakes_are_told_at_once(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert simkpi(capsys, "optimize", scenario).code == 2
    done = simkpi(capsys, "optimize", scenario, "--vary", "teams.fone.count=3:5:1")
    assert (done.code, "did you mean 'phone'" in done.err) == (3, True)
    done = simkpi(capsys, "optimize", scenario, *ASKED, "--target", "servce_level>=80%")
    assert (done.code, "did you mean 'service_level'" in done.err) == (2, True)
