from __future__ import annotations

import json

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
