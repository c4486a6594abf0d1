"""Agents who work at different paces: found again, and counted by what they do."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.backtest.predict import predict
from simkpi.planning.calibrate.agent_paces import AgentPaces
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.fit import fit
from simkpi.scenario.files import loads

WORLD = """
simkpi: 1
calendar: {{from: 2026-03-02, days: 14}}
contacts: {{calls: {{channel: voice, volume: {{interval: 6h, from: "08:00", weekdays: {{mon-sun: [430]}}}}, handle: {{talk: 4m}},
  patience: 5m}}}}
teams:
  quick: {{skills: {{calls: {{speed: {quick}%}}}}, staffing: {{interval: 3h, from: "08:00", count: [4, 1]}}}}
  slow: {{skills: {{calls: {{speed: {slow}%}}}}, staffing: {{interval: 3h, from: "08:00", count: [2, 5]}}}}
"""


def log_of(quick: int, slow: int) -> Log:
    """Two weeks of one team, whose agents the log tells apart by their names only."""
    made = simulate(loads(WORLD.format(quick=quick, slow=slow)), replications=1, seed=3).interactions
    name = pl.col("team") + "-" + pl.col("agent_id").cast(pl.String)
    return Log(made.with_columns(agent_id=name).drop("replication", "team", "wrap_time", "wrapped_at", "work_time"))


@pytest.fixture(scope="module")
def mixed() -> Calibration:
    return fit(log_of(150, 75))


def test_quick_and_slow_agents_are_told_apart(mixed: Calibration) -> None:
    paces = mixed.teams[0].paces
    known = dict(zip(paces.names, paces.pace.tolist(), strict=True))
    quick = np.mean([pace for name, pace in known.items() if name.startswith("quick")])
    slow = np.mean([pace for name, pace in known.items() if name.startswith("slow")])
    assert slow / quick == pytest.approx(2.0, rel=0.1)
    assert (paces.error < 0.25).all()


def test_agents_who_are_alike_have_no_pace_of_their_own() -> None:
    (team,) = fit(log_of(100, 100)).teams
    assert team.paces.names == ()
    assert team.strength == pytest.approx(team.on_duty)


def test_hours_of_quick_agents_count_for_more_and_all_hours_stay(mixed: Calibration) -> None:
    (team,) = mixed.teams
    morning, afternoon = slice(16, 22), slice(22, 28)
    assert team.strength[:, morning].sum() > 1.1 * team.on_duty[:, morning].sum()
    assert team.strength[:, afternoon].sum() < 0.9 * team.on_duty[:, afternoon].sum()
    assert team.strength.sum() == pytest.approx(team.on_duty.sum(), rel=0.03)


def test_hours_of_the_day_are_not_blamed_for_the_agents(mixed: Calibration) -> None:
    (team,) = mixed.teams
    assert team.pace[16:28] == pytest.approx(np.ones(12), abs=0.06)


def test_an_unknown_agent_is_a_usual_one(mixed: Calibration) -> None:
    paces = mixed.teams[0].paces
    assert paces.of(np.array(["somebody", paces.names[0]], dtype=object)).tolist() == [1.0, paces.pace[0]]
    assert AgentPaces().of(np.array(["a", ""], dtype=object)).tolist() == [1.0, 1.0]


def test_a_prediction_counts_the_agents_of_its_days_by_the_paces_that_were_fitted(mixed: Calibration) -> None:
    read = log_of(150, 75)
    only_quick = Log(read.interactions.filter(~pl.col("agent_id").str.starts_with("slow").fill_null(value=False)))
    (team,) = predict(mixed, only_quick).calibration.teams
    assert team.paces is mixed.teams[0].paces
    assert team.strength.sum() > 1.2 * team.on_duty.sum()
