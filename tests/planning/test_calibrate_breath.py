"""Agents who have nothing to do and are not there: found again in logs whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.breath import Breath, Desk, moments_of
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads
from tests.planning.test_calibrate_tuning import log_of


def breath_of(quiet: str) -> Breath | None:
    read = log_of(quiet)
    (team,) = fit(Log(read.interactions.drop("wrapped_at", "work_time", strict=False))).teams
    return team.breath


def test_some_who_go_away_are_told_from_those_who_are_ready() -> None:
    found = breath_of(", longer_when_quiet: {empirical: {values: [0, 60s, 120s, 240s], weights: [60, 10, 10, 20]}}")
    assert found is not None
    assert abs(found.chance - 0.4) < 3 * found.chance_error
    assert found.chance_error < 0.06
    assert abs(found.mean - 165) < 3 * found.mean_error


def test_a_short_breath_of_everybody_is_seen_to_pass() -> None:
    found = breath_of(", longer_when_quiet: {exponential: 90s}")
    assert found is not None
    assert found.chance > 0.85
    assert abs(found.mean - 90 * (1 - np.exp(-300 / 90))) < 3 * found.mean_error


def test_agents_who_are_ready_at_once_have_no_breath() -> None:
    found = breath_of("")
    assert found is not None
    assert found.chance == 0


def test_too_few_moments_tell_nothing() -> None:
    read = log_of("")
    first = read.interactions.filter(read.interactions["arrived_at"].dt.date() == read.interactions["arrived_at"].dt.date()[0])
    (team,) = fit(Log(first)).teams
    assert team.breath is None


def test_only_calls_beside_one_idle_agent_count() -> None:
    calibration = fit(Log(log_of("").interactions.drop("wrapped_at", "work_time", strict=False)))
    (team,) = calibration.teams
    observed = calibration.observed
    everything = np.ones(len(observed), dtype=bool)
    seen = moments_of(observed, Desk(everything, everything, (team.spells,)))
    assert 0 < len(seen.day) < len(team.spells.free)
    assert seen.at_once.all()
    assert (seen.elapsed >= 0).all()


def test_the_law_has_an_atom_at_zero_and_is_cut_at_the_longest() -> None:
    law = Breath(chance=0.25, chance_error=0.02, scale=400, mean=211, mean_error=40, longest=300, seen=300).law["empirical"]
    assert law["values"][0] == 0
    assert law["weights"][0] == pytest.approx(75)
    assert law["values"][-1] == "5m"
    assert sum(law["weights"]) == pytest.approx(100, abs=0.1)


def test_the_scenario_holds_the_law_and_says_where_it_comes_from() -> None:
    read = log_of(", longer_when_quiet: {exponential: 90s}")
    text = scenario_text(fit(Log(read.interactions.drop("wrapped_at", "work_time", strict=False))), name="away")
    assert "calls beside one idle agent" in text
    law = loads(text).spec.contacts["calls"].handle.longer_when_quiet
    assert law is not None
    assert law.empirical is not None
