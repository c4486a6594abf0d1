from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.running import simkpi


def test_the_trap_is_explained_in_words_and_figures(capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "crosscheck", "multiskill_trap", "--replications", "3", "--interval", "6h")
    assert done.code == 0
    assert "without: shared agents: skills, overflow, priorities" in done.out
    assert "The formula looks better than the simulation" in done.out
    assert "most of it from shared agents" in done.out
    assert "the formulas count 20 servers where 10 are" in done.out
    assert "next: simkpi staff multiskill_trap" in done.err


def test_csv_json_and_files_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("crosscheck", "quickstart", "--replications", "2", "--interval", "1h")
    found = json.loads(simkpi(capsys, *options, "--format", "json", "--out", tmp_path).out)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "crosscheck.csv").read_text(encoding="utf-8"))))
    for queue in found["queues"]:
        own = [row for row in rows if row["contact"] == queue["contact_types"][0]]
        assert float(own[0]["total"]) == queue["simulated"]["value"]
        assert [float(row["change"]) for row in own[1:-1]] == [part["change"] for part in queue["parts"]]
        assert float(own[-1]["total"]) == pytest.approx(float(own[-2]["total"]), abs=1e-12)
        assert len(queue["intervals"]) == 12
    assert (tmp_path / "crosscheck.png").stat().st_size > 10_000


def test_an_unstable_queue_has_no_answer_by_erlang_c(capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "crosscheck", "quickstart", "--kpi", "asa", "--formula", "c", "--replications", "2")
    assert done.code == 0
    assert "without bound" in done.out
    assert simkpi(capsys, "crosscheck", "quickstart", "--kpi", "csat").code == 2
