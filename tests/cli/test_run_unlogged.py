from __future__ import annotations

import csv
import io
import json

import pytest

from simkpi.experiment.unlogged import simulate_kpis
from simkpi.scenario.files import load, shipped
from tests.cli.running import simkpi

SHOP = ("quickstart", "--replications", "2", "--engine", "compiled", "--kpi", "service_level,offered,backlog")


def test_the_table_is_that_of_a_run_with_its_log(capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = (simkpi(capsys, "run", *SHOP, *more, "--format", "csv") for more in (("--no-log",), ()))
    assert ours.code == theirs.code == 0
    one, two = (list(csv.DictReader(io.StringIO(done.out))) for done in (ours, theirs))
    assert [row["kpi"] for row in one] == [row["kpi"] for row in two]
    for name in ("value", "low", "high"):
        assert [float(row[name]) for row in one] == pytest.approx([float(row[name]) for row in two], rel=1e-12)


def test_it_prints_title_kpis_and_targets_for_reading(capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "run", *SHOP, "--no-log")
    assert done.code == 0
    assert "2 replications of" in done.out
    assert "Service level" in done.out
    assert "Targets" in done.out
    assert "in one go" not in done.err


def test_intervals_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "run", *SHOP, "--no-log", "--by", "interval", "--interval", "1h", "--format", "json")
    found = json.loads(done.out)
    expected = simulate_kpis(
        load(shipped("quickstart")),
        kpis=["service_level", "offered", "backlog"],
        by="interval",
        interval=3600.0,
        replications=2,
        engine="compiled",
    )
    assert len(found["kpis"]) == len(expected.broken_down())
    assert found["replications"] == 2


def test_what_goes_in_one_go_is_said_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "run", "features/redial", "-n", "2", "--no-log")
    assert done.code == 0
    assert "note: one replication at a time, each in one go (" in done.err


@pytest.mark.parametrize("more", [("--log",), ("--jobs", "2"), ("--precision", "asa=2s"), ("--control-variate",)])
def test_options_that_need_the_log_are_refused(more: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "run", *SHOP[:1], "--no-log", *more)
    assert done.code == 2
    assert more[0] in done.err
