"""What no log shows, found by simulation: agents who were away, and how long they breathe when nobody waits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.calibrate import tuning
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads
from tests.planning.calibration_logs import exponential, generate, lognormal

WORLD = """
simkpi: 1
calendar: {{from: 2026-03-02, days: 15}}
contacts:
  calls:
    channel: voice
    volume: {{interval: 6h, from: "08:00", weekdays: {{mon-sun: [540]}}}}
    handle: {{talk: 4m{quiet}}}
    patience: 5m
teams: {{phone: {{skills: [calls], staffing: {{interval: 6h, from: "08:00", count: [7]}}}}}}
"""


def log_of(quiet: str) -> Log:
    """Fifteen days of one team."""
    return Log(simulate(loads(WORLD.format(quiet=quiet)), replications=1, seed=9).interactions.drop("replication", "wrap_time"))


@pytest.fixture(scope="module")
def log() -> Log:
    return generate(
        days=14, per_interval=(60, 90, 90, 60), agents=(5, 7, 7, 5), talk=lognormal(150, 1.0), patience=exponential(180), seed=11
    )


def test_tuning_moves_the_abandon_rate_to_that_of_the_log(log: Log) -> None:
    fitted = fit(log)
    # Take a tenth of the agents away: tuning must bring them back.
    thinned = tuple(replace(team, on_duty=team.on_duty * 0.9, strength=team.strength * 0.9) for team in fitted.teams)
    tuned = tuning.tune(replace(fitted, teams=thinned), runs=5, contacts=20_000)
    assert tuned.tuning is not None
    assert tuned.tuning.abandon_rate == pytest.approx((log.interactions["outcome"] == "abandoned").mean())
    assert not tuned.tuning.has_breath
    assert tuned.tuning.factor_error is not None
    assert tuned.tuning.factor_error < 0.05
    assert tuned.factor == pytest.approx(1 / 0.9, rel=0.06)


def test_too_few_abandonments_are_not_tuned_to() -> None:
    calm = generate(days=3, agents=(9, 9, 9, 9), talk=lognormal(150, 1.0), patience=exponential(180))
    fitted = fit(calm)
    assert tuning.tune(fitted) is fitted


@pytest.mark.parametrize("root", [0.8, 0.97, 1.0, 1.3])
def test_the_root_of_a_stepwise_falling_function_is_found_in_few_runs(root: float) -> None:
    calls: list[float] = []

    def miss(factor: float) -> float:
        calls.append(factor)
        return round((root - factor) * 50) / 100

    found = tuning._root(miss, tolerance=0.006, runs=8)
    assert found == pytest.approx(root, abs=0.03)
    assert len(calls) <= 8


def test_a_breath_that_the_log_does_not_tell_is_tuned() -> None:
    read = log_of(", longer_when_quiet: {exponential: 90s}")
    bare = fit(Log(read.interactions.drop("wrapped_at", "work_time", strict=False)))
    tuned = tuning.tune(replace(bare, teams=tuple(replace(team, breath=None) for team in bare.teams)), contacts=40_000)
    assert tuned.tuning is not None
    assert tuned.tuning.has_breath
    assert tuned.tuning.quiet_error is not None
    assert abs(tuned.quiet - 90) < max(3 * tuned.tuning.quiet_error, 25)
    again = simulate(loads(scenario_text(tuned, name="again")), replications=5, seed=2).interactions
    target = tuning.recorded(tuned)
    assert target is not None
    assert tuning._measured(again).mean(axis=0) == pytest.approx(target, abs=0.02)


def test_a_breath_that_was_measured_is_not_tuned_and_predicts_the_service_level() -> None:
    read = log_of(", longer_when_quiet: {exponential: 90s}")
    tuned = tuning.tune(fit(Log(read.interactions.drop("wrapped_at", "work_time", strict=False))), contacts=40_000)
    assert tuned.tuning is not None
    assert not tuned.tuning.has_breath
    assert tuned.quiet == 0
    again = simulate(loads(scenario_text(tuned, name="again")), replications=5, seed=2).interactions
    target = tuning.recorded(tuned)
    assert target is not None
    assert tuning._measured(again).mean(axis=0) == pytest.approx(target, abs=0.025)


def test_the_days_themselves_can_be_simulated_in_place_of_their_weekdays(log: Log) -> None:
    fitted = fit(log)
    emptied = replace(fitted, teams=tuple(replace(team, strength=team.strength * 0.5) for team in fitted.teams))
    assert tuning.tune(emptied, days=fitted, runs=3, contacts=10_000).factor == pytest.approx(
        tuning.tune(fitted, runs=3, contacts=10_000).factor
    )


def test_agents_who_are_ready_at_once_get_no_breath() -> None:
    tuned = tuning.tune(fit(log_of("")), contacts=20_000)
    assert tuned.quiet == 0
    assert "longer_when_quiet" not in scenario_text(tuned, name="plain")
