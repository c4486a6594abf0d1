from __future__ import annotations

import json
from pathlib import Path

import pytest

from simkpi import __version__
from simkpi.cli import doctor
from tests.cli.running import simkpi


def test_it_names_versions_and_cores(capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "doctor", "--format", "json")
    facts = json.loads(done.out)
    assert done.code == 0
    assert facts["simkpi"] == __version__
    assert int(facts["cores"]) >= 1
    assert facts["polars"][0].isdigit()


def test_csv_and_table_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    table, text = simkpi(capsys, "doctor").out, simkpi(capsys, "doctor", "--format", "csv").out
    assert text.startswith("fact,value\nsimkpi,")
    assert [line.split()[0] for line in table.splitlines()] == [line.split(",")[0] for line in text.splitlines()[1:]]


def test_a_missing_library_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-library"))
    done = simkpi(capsys, "doctor")
    assert done.code == 3
    assert "missing: no-such-library; install simkpi again" in done.err


def test_it_says_whether_the_engine_is_compiled_and_where_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    facts = json.loads(simkpi(capsys, "doctor", "--format", "json").out)
    assert facts["compiled-engine"].startswith("not yet compiled")
    assert facts["cache"].startswith(str(tmp_path))
    (tmp_path / "a_file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "a_file"))
    assert json.loads(simkpi(capsys, "doctor", "--format", "json").out)["cache"].startswith("none")


def test_without_a_library_it_still_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-library"))
    monkeypatch.setattr(doctor, "_engine", lambda: pytest.fail("it would load what is not there"))
    assert "no-such-library  missing" in simkpi(capsys, "doctor").out
