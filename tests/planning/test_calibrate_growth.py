"""A volume that grows: found, taken out of the means, and gone on with in the scenario and the prediction."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.backtest.predict import predict
from simkpi.planning.backtest.split import split
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.growth import Growth
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads

WEEKLY = 0.08
ROWS = ", ".join(f"[{400 * (1 + WEEKLY) ** (day / 7):.2f}]" for day in range(42))
WORLD = f"""
simkpi: 1
calendar: {{from: 2026-03-02, days: 42}}
contacts: {{calls: {{channel: voice, volume: {{interval: 4h, from: "09:00", expected: [{ROWS}]}}, handle: 2m, patience: 4m}}}}
teams: {{phone: {{skills: [calls], staffing: {{interval: 4h, from: "09:00", count: [8]}}}}}}
"""


@pytest.fixture(scope="module")
def log() -> Log:
    return Log(simulate(loads(WORLD), replications=1, seed=2).interactions.drop("replication"))


def test_the_growth_comes_back_and_is_no_spread(log: Log) -> None:
    fitted = fit(log)
    assert fitted.growth is not None
    assert abs(fitted.growth.weekly - WEEKLY) < 3 * fitted.growth.error
    assert fitted.total.day.cv < 0.04
    assert any("+" in note and "a week" in note for note in fitted.notes)


def test_the_scenario_grows_as_the_log_did(log: Log) -> None:
    scenario = loads(scenario_text(fit(log), name="growing"))
    again = simulate(scenario, replications=4, seed=3).interactions
    days = (again["arrived_at"].dt.date() - date(2026, 3, 2)).dt.total_days().to_numpy()
    weeks = np.bincount(days // 7, minlength=6) / 4
    there = (log.interactions["arrived_at"].dt.date() - date(2026, 3, 2)).dt.total_days().to_numpy()
    assert weeks == pytest.approx(np.bincount(there // 7, minlength=6), rel=0.05)


def test_a_prediction_from_the_profile_goes_on_growing(log: Log) -> None:
    parts = split(log, train="28d")
    prediction = predict(fit(parts.train), parts.test, volumes="profile")
    expected = prediction.calibration.contacts[0].volume.expected.sum()
    assert expected == pytest.approx(len(parts.test.interactions.lazy().collect()), rel=0.06)


def test_a_steady_volume_has_no_growth_and_three_weeks_are_the_least(log: Log) -> None:
    flat = loads(WORLD.replace(ROWS, ", ".join(["[400]"] * 42)))
    assert fit(Log(simulate(flat, replications=1, seed=2).interactions.drop("replication"))).growth is None
    assert fit(split(log, train="14d").train).growth is None
    assert fit(log, profile="date").growth is None


def test_factors_hold_at_the_middle_of_the_log_and_go_on_after_it() -> None:
    growth = Growth(0.1, 0.01, date(2026, 3, 2), 7.0)
    assert growth.factors(15)[[0, 7, 14]] == pytest.approx([1 / 1.1, 1.0, 1.1])
    assert growth.factors(1, since=date(2026, 3, 23)) == pytest.approx([1.1**2])
