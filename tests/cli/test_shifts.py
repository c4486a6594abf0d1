from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from simkpi.scenario.files import load
from tests.cli.running import simkpi
from tests.planning.planning_worlds import voice

LIBRARY = """shifts:
  short: {start: 09:00-10:00, every: 1h, length: 1h}
  both: {start: 09:00, length: 2h, pay: 90%}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    scenario, library = tmp_path / "calls.yaml", tmp_path / "shifts.yml"
    scenario.write_text(json.dumps(voice().short), encoding="utf-8")
    library.write_text(LIBRARY, encoding="utf-8")
    return str(scenario), str(library)


def test_the_roster_is_printed_with_what_was_shown_and_the_gap(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    done = simkpi(capsys, "shifts", files[0], "--library", files[1])
    assert done.code == 0
    assert "paid hours" in done.out
    assert "Shown with 95% confidence over the whole horizon (20 fresh replications)" in done.out
    assert "Optimality gap " in done.out
    assert f"next: simkpi shifts {files[0]} --library {files[1]} --apply with_shifts.yaml" in done.err


def test_json_csv_files_and_the_applied_scenario_agree(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    applied, out = tmp_path / "applied.yaml", tmp_path / "out"
    options = ("--library", files[1], "--need", "formula", "--format", "json", "--out", out, "--apply", applied)
    found = json.loads(simkpi(capsys, "shifts", files[0], *options).out)
    rows = list(csv.DictReader(io.StringIO((out / "shifts.csv").read_text(encoding="utf-8"))))
    assert sum(float(row["paid_hours"]) for row in rows) == pytest.approx(found["paid_hours"])
    assert [row["by_simulation"] for row in found["cover"]] == list(load(applied).spec.teams["phone"].staffing.count[0])
    assert (out / "cover.png").stat().st_size > 10_000


def test_a_bad_library_is_told_with_its_lines(files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text("shifts:\n  a: {start: 09:00}\n", encoding="utf-8")
    done = simkpi(capsys, "shifts", files[0], "--library", bad)
    assert (done.code, "bad.yml:2: shifts.a.length: is missing" in done.err) == (3, True)
    assert simkpi(capsys, "shifts", files[0]).code == 2
