"""``simkpi verify``: the table, its forms, and the exit code when a figure is too far from what is known."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from simkpi.planning.verification import cases as models
from simkpi.planning.verification.case import Case
from tests.cli.running import simkpi

LOSS = next(case for case in models.cases() if case.name == "trunk reservation")


@pytest.fixture
def one_model(monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """Only one model, known well or badly."""
    chosen = [LOSS]
    monkeypatch.setattr(models, "cases", lambda: chosen)
    monkeypatch.setattr(models, "USUAL", 5)
    return chosen


def test_the_table_shows_each_measure_with_its_z_score(one_model: list[Case], capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "verify")
    assert done.code == 0
    assert done.out.splitlines()[0].split() == ["model", "measure", "known", "simulated", "standard", "error", "z"]
    assert "3 measures of 1 models; largest |z| " in done.out
    assert "next: simkpi verify --full" in done.err


def test_csv_json_and_file_say_the_same(one_model: list[Case], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(simkpi(capsys, "verify", "--format", "csv").out)))
    found = json.loads(simkpi(capsys, "verify", "--format", "json").out)["measures"]
    assert [float(row["z"]) for row in rows] == [each["z"] for each in found]
    assert simkpi(capsys, "verify", "-o", tmp_path / "z.txt", "--lang", "fr").out == ""
    assert "mesures de 1 modèles" in (tmp_path / "z.txt").read_text(encoding="utf-8")


def test_a_figure_too_far_from_what_is_known_exits_with_4(one_model: list[Case], capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [replace(LOSS.expected[0], value=0.5), *LOSS.expected[1:]]
    one_model[:] = [replace(LOSS, expected=wrong)]
    done = simkpi(capsys, "verify")
    assert done.code == 4
    assert "trunk reservation: p_block vip is -" in done.err


def test_an_unknown_engine_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert simkpi(capsys, "verify", "--engine", "steam").code == 2


def test_quick_takes_a_few_models_and_full_more_replications(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(Case, "run", lambda case, n, engine: asked.append((case.name, n)) or [])
    counts = {}
    for how in ("quick", "usual", "full"):
        asked.clear()
        assert list(models.verify(how)) == []
        counts[how] = len(asked), min(n for _, n in asked)
    assert counts["quick"][0] < counts["usual"][0] == counts["full"][0]
    assert counts["full"][1] >= 100 > counts["usual"][1] >= 30
