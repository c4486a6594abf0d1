"""A run is simulated again from its folder, and a figure that was changed since is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import simkpi


def test_a_run_comes_out_the_same_and_a_changed_seed_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    simkpi(capsys, "run", "quickstart", "-n", "2", "--kpi", "asa", "--out", str(folder))
    done = simkpi(capsys, "replay", str(folder))
    assert done.code == 0
    assert "replications.csv: came out the same" in done.out
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text(encoding="utf-8")), "seed": 999}), encoding="utf-8")
    changed = simkpi(capsys, "replay", str(manifest))
    assert changed.code == 3
    assert "replications.csv: DIFFERS" in changed.out
