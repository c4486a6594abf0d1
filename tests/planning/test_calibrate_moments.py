"""Tuning by simulated moments: known factors come back, and what can not be told is said."""

from __future__ import annotations

import dataclasses

import pytest
from click.testing import CliRunner

from simkpi.cli.calibrate import command
from simkpi.errors import InputError
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.moments import tune_moments, with_factors
from simkpi.planning.calibrate.scaling import scaled_law
from tests.planning.calibration_logs import exponential, generate, lognormal

FEW = 9_000


@pytest.fixture(scope="module")
def log() -> Log:
    return generate(
        days=21,
        per_interval=(30, 45, 45, 30),
        agents=(4, 6, 6, 4),
        talk=lognormal(240, 1.0),
        patience=exponential(180),
        hidden=exponential(40),
        seed=5,
    )


@pytest.fixture(scope="module")
def fitted(log: Log) -> Calibration:
    return fit(log)


def test_a_wrong_patience_and_availability_are_put_right(log, fitted):
    wrong = with_factors(fitted, {"availability": 1.15, "patience": 0.7})
    found = tune_moments(wrong, log, parameters=("availability", "patience"), moments=("abandon_rate", "asa"), contacts=FEW)
    assert found.is_identified
    assert found.factors["availability"] * 1.15 == pytest.approx(1, abs=0.08)
    assert found.factors["patience"] * 0.7 == pytest.approx(1, abs=4 * found.errors["patience"])
    for recorded, before, after in found.moments.values():
        assert abs(after - recorded) < 0.5 * abs(before - recorded)
    assert any("tuned by simulation until abandon_rate, asa agree" in note for note in found.calibration.notes)


def test_what_two_figures_can_not_tell_apart_is_said(log, fitted):
    found = tune_moments(fitted, log, parameters=("availability", "unlogged_work"), moments=("abandon_rate", "asa"), contacts=FEW)
    assert not found.is_identified
    assert any("not identified" in warning for warning in found.warnings)
    assert any("not identified" in note for note in found.calibration.notes)


@pytest.mark.parametrize(
    ("parameters", "moments", "says"),
    [
        (("availabilty",), ("asa",), "did you mean 'availability'"),
        (("availability",), ("occupancy_of_ann",), "can not tune 'occupancy_of_ann'"),
        (("availability", "patience"), ("asa",), "at least as many KPIs"),
        (("availability", "availability"), ("asa", "aht"), "once"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(log, fitted, parameters, moments, says):
    with pytest.raises(InputError, match=says):
        tune_moments(fitted, log, parameters=parameters, moments=moments)


def test_patience_that_nobody_showed_can_not_be_tuned(log, fitted):
    never = tuple(dataclasses.replace(one, patience=dataclasses.replace(one.patience, law=None)) for one in fitted.contacts)
    with pytest.raises(InputError, match="nobody abandoned"):
        tune_moments(dataclasses.replace(fitted, contacts=never), log, parameters=("patience",), moments=("asa",))


def test_all_times_of_a_law_are_scaled_and_shapes_stay():
    assert scaled_law({"weibull": {"median": "75s", "shape": 0.8}}, 2) == {"weibull": {"median": "2m30s", "shape": 0.8}}
    assert scaled_law({"empirical": {"values": [0, "10s"], "weights": [1, 3]}}, 0.5) == {
        "empirical": {"values": [0, "5s"], "weights": [1, 3]}
    }


def test_the_command_needs_both_what_is_tuned_and_what_shall_agree(tmp_path):
    done = CliRunner().invoke(command, ["log.csv", "-o", str(tmp_path / "x.yaml"), "--tune-by", "availability"])
    assert done.exit_code == 2
    assert "--match" in done.output
