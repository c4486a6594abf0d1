"""Stored scenarios know on how many days they meet their targets, whatever the goals are by then."""

from __future__ import annotations

import polars as pl
import pytest

import simkpi
from simkpi.experiment.compare import compare
from simkpi.experiment.verdicts import all_met, verdicts
from tests.experiment.small_world import simulated, small


def test_a_sweep_says_what_a_run_says() -> None:
    result = simkpi.sweep(small(), {"contacts.voice.volume.scale": ["100%", "150%"]}, kpis=["asa"])
    assert result.targets is not None
    rows = result.targets.filter(pl.col("scenario") == 1)
    judged = verdicts(simulated())
    assert rows["replications_met"].to_list()[:-1] == [one.replications_met.value for one in judged if one.replications_met]
    together = all_met(simulated())
    assert together is not None
    last = rows.row(-1, named=True)
    assert (last["contact"], last["replications_met"]) == ("every target", together.value)
    assert last["replications_met_low"] == pytest.approx(together.low)
    assert set(result.targets["contacts.voice.volume.scale"]) == {"100%", "150%"}


def test_varied_goals_are_judged_each_by_its_own() -> None:
    result = simkpi.sweep(small(), {"targets.voice.abandon_rate": ["at most 0.1%", "at most 99%"]}, kpis=["asa"])
    assert result.targets is not None
    met = result.targets.filter(pl.col("kpi") == "abandon_rate")["replications_met"].to_list()
    assert met == [0.0, 1.0]
    assert result.plan.cells[0][0].key == result.plan.cells[1][0].key  # the goal changes no figure: one cell serves both


def test_a_comparison_knows_them_too() -> None:
    found = compare(small(), small(), names=["a", "b"], replications=3, kpis=["asa"])
    assert found.targets["scenario"].unique(maintain_order=True).to_list() == ["a", "b"]


def test_without_targets_there_is_no_table() -> None:
    assert (
        simkpi.sweep(small(targets={}), {"contacts.voice.volume.scale": ["100%"]}, replications=2, kpis=["asa"]).targets is None
    )
