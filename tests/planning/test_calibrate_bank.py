"""The Anonymous Bank log of ../shared: published counts, and the shipped scenario against a fresh fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simkpi.interactions.files import read_log
from simkpi.interactions.table import Log
from simkpi.planning.calibrate import check, tuning
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.patience import fit_patience
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import load, loads

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared" / "data" / "anonymous_bank_1999_08"
SHIPPED = ROOT / "scenarios" / "bank_1999.yaml"
needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs ../shared/data/anonymous_bank_1999_08")


@pytest.fixture(scope="module")
def log() -> Log:
    return read_log(FOLDER / "calls_0801_0815.csv.gz", "anonymous-bank").collect()


@pytest.fixture(scope="module")
def fitted(log: Log) -> Calibration:
    return fit(log)


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "expected_kpis_0801_0815.json").read_text()))


@needs_data
def test_patience_equals_the_second_computation(fitted: Calibration, published: dict[str, Any]) -> None:
    observed = fitted.observed
    patience = fit_patience(observed.wait, observed.is_abandoned)
    assert patience.abandoned == published["abandoned_in_queue"]
    assert patience.exponential_mean == pytest.approx(published["patience_exponential_mle_mean_s"], rel=1e-9)
    assert patience.naive_mean == pytest.approx(published["mean_wait_abandoned_s"], rel=1e-9)
    for moment, share, low, high in patience.survival:
        expected = published["patience_kaplan_meier_survival"].get(f"{moment:g}")
        if expected is not None:
            assert share == pytest.approx(expected, abs=1e-9)
            assert low < share < high


@needs_data
def test_volumes_and_handle_times_equal_the_published_ones(fitted: Calibration, published: dict[str, Any]) -> None:
    contacts = {contact.name: contact for contact in fitted.contacts}
    assert contacts["internet support"].talk.observations == 963
    # The published means leave out the 1 % of calls with no service time; the fit keeps them as an atom.
    means = published["service_mean_by_type_s"]
    stock = [contacts["stock exchange"].talk, contacts["stock exchange, priority 1"].talk]
    assert sum(each.observations for each in stock) == 1545
    total = sum(each.mean * each.observations for each in stock)
    assert total == pytest.approx(means["NE"]["mean"] * means["NE"]["n"])
    assert contacts["regular"].talk.law["empirical"]["values"][0] == 0
    assert sum(contact.volume.contacts for contact in fitted.contacts) == fitted.total.contacts
    outage = published["offered_per_half_hour"]["1999-08-09"][40:44]
    assert outage == [0, 0, 0, 0]
    assert any("1999-08-09" in note and "20:00" in note and "outage" in note for note in fitted.notes)


@needs_data
def test_agents_on_duty_lie_between_those_serving_and_those_active(fitted: Calibration, published: dict[str, Any]) -> None:
    (team,) = fitted.teams
    on_duty = float((team.hours * fitted.days.sizes).sum())
    serving = published["agent_service_seconds_union_of_overlaps"] / 3600
    active = sum(map(sum, published["agents_active_per_half_hour"].values())) / 2
    assert serving < on_duty < active
    assert team.active_hours == pytest.approx(active, rel=0.01)
    assert team.availability == pytest.approx(0.78, abs=0.03)
    written = (fitted.heads(team).sum(axis=1) * fitted.days.sizes).sum() / 2
    assert written == pytest.approx(on_duty, rel=0.03)


@needs_data
def test_the_untuned_model_already_comes_near(fitted: Calibration, log: Log) -> None:
    lines = {line.kpi: line for line in check.compare(fitted, log, replications=4, same_days=False).lines}
    for name, off in (("abandon_rate", 0.03), ("service_level@20s", 0.05), ("service_level@60s", 0.05)):
        recorded, value = lines[name].recorded, lines[name].value
        assert recorded is not None
        assert value == pytest.approx(recorded, abs=off), name
    assert lines["asa"].value == pytest.approx(114.67, abs=40)


@needs_data
@pytest.mark.slow
def test_the_shipped_scenario_is_what_a_fresh_fit_writes(fitted: Calibration) -> None:
    fresh = loads(scenario_text(tuning.tune(fitted), name=load(SHIPPED).name))
    assert fresh == load(SHIPPED)


def test_the_shipped_scenario_holds_figures_and_no_rows() -> None:
    scenario = load(SHIPPED)
    text = SHIPPED.read_text(encoding="utf-8")
    assert "Technion" in text
    assert not scenario.warnings
    assert scenario.spec.calendar.days == 15
    volume = sum(sum(map(sum, contact.volume.expected or ())) for contact in scenario.spec.contacts.values())
    assert volume == pytest.approx(23_000, rel=0.03)
    staffing = scenario.spec.teams["agents"].staffing
    assert staffing is not None
    assert staffing.count is not None
    assert np.array(staffing.count).sum() / 2 == pytest.approx(1058, rel=0.05)
