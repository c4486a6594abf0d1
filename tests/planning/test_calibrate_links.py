"""Redials and returns from linked contacts: found, fitted, and not counted as fresh volume."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.calibration_recovery import redials
from simkpi.errors import InputError
from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.links import fit_redials, fit_returns, link
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads

NINE = datetime(2026, 3, 2, 9)
TRUTH = """
simkpi: 1
calendar: {from: 2026-03-02, days: 14, open: 08:00-18:00}
contacts:
  voice:
    channel: voice
    volume: 500 per day
    handle: {talk: {lognormal: {mean: 4m, cv: 1}}, wrap: 20s}
    patience: {exponential: {mean: 2m}}
    resolved: 80%
    retry: {chance: 45%, after: {exponential: {mean: 10m}}, at_most: 3}
    recontact: {chance: 60%, after: {exponential: {mean: 1h}}, by: {voice: 70%, chat: 30%}}
  chat: {channel: chat, volume: 200 per day, handle: {talk: 8m}, patience: {exponential: {mean: 2m}}}
teams: {phone: {skills: [voice], count: 4}, desk: {skills: {chat: {at_once: 2}}, count: 2}}
"""


def rows(*contacts: tuple[str, float, str, float, bool | None]) -> pl.DataFrame:
    """(case, minute of arrival, outcome, minutes until the end, resolved), in order of arrival."""
    return pl.DataFrame(
        [
            {
                "contact_id": str(number),
                "case_id": case or None,
                "customer_id": case or None,
                "arrived_at": NINE + timedelta(minutes=arrived),
                "ended_at": NINE + timedelta(minutes=arrived + length),
                "outcome": outcome,
                "is_resolved": resolved,
            }
            for number, (case, arrived, outcome, length, resolved) in enumerate(contacts)
        ],
        schema_overrides={"is_resolved": pl.Boolean, "case_id": pl.String, "customer_id": pl.String},
    )


def linked(frame: pl.DataFrame, **options):
    frame = frame.with_columns(pl.col("customer_id") + " lives") if "customer_id" in frame.columns else frame
    return link(frame, names=("voice",), index=np.zeros(len(frame), dtype=np.intp), **options)


def test_the_next_contact_of_a_case_follows_the_one_before_it():
    found = linked(
        rows(
            ("a", 0, "abandoned", 1, None),
            ("b", 2, "answered", 5, False),
            ("a", 11, "answered", 4, True),
            ("", 20, "blocked", 0, None),
        )
    )
    assert found is not None
    assert found.is_linked.tolist() == [False, False, True, False]
    assert found.failed.select("is_followed", "delay").rows() == [(True, 600.0), (False, None)]
    assert found.handled["is_followed"].to_list() == [False, False]
    assert found.most == 2


def test_contacts_without_a_case_follow_nobody():
    frame = rows(
        ("a", 0, "abandoned", 1, None),
        ("a", 5, "answered", 1, True),
        ("", 9, "abandoned", 1, None),
        ("", 12, "answered", 1, True),
    )
    found = linked(frame)
    assert found is not None
    assert found.is_linked.tolist() == [False, True, False, False]


def test_a_log_whose_cases_have_one_contact_each_links_nothing():
    assert linked(rows(("a", 0, "abandoned", 1, None), ("b", 5, "answered", 1, True))) is None


def test_cases_that_are_customers_are_no_cases():
    frame = rows(("a", 0, "abandoned", 1, None), ("a", 5, "answered", 1, True))
    index = np.zeros(2, dtype=np.intp)
    assert link(frame, names=("voice",), index=index) is None
    asked = link(frame, names=("voice",), index=index, by="case")
    assert asked is not None
    assert asked.is_linked.tolist() == [False, True]


def test_an_origin_that_says_fresh_is_believed():
    frame = rows(("a", 0, "abandoned", 1, None), ("a", 5, "answered", 1, True), ("a", 9, "answered", 1, True))
    found = linked(frame.with_columns(pl.Series("origin", ["reactive", "redial", "reactive"])))
    assert found is not None
    assert found.is_linked.tolist() == [False, True, False]


def test_by_customer_only_what_comes_soon_follows():
    day = 24 * 60
    frame = rows(
        ("a", 0, "abandoned", 1, None),
        ("a", 2 * day, "answered", 5, True),
        ("a", 5 * day, "answered", 5, True),
        ("a", 20 * day, "answered", 5, True),
    )
    found = linked(frame, by="customer")
    assert found is not None
    assert found.is_linked.tolist() == [False, False, True, False]


def test_asking_for_customers_that_the_log_lacks_is_refused():
    with pytest.raises(InputError, match="no customer_id"):
        linked(rows(("a", 0, "answered", 1, None)).drop("customer_id"), by="customer")


def test_too_few_followed_contacts_are_no_law():
    frame = rows(*[("a", minute, "abandoned", 1, None) for minute in range(0, 40, 4)])
    found = linked(frame)
    assert found is not None
    assert fit_redials(found, "voice") is None


def test_returns_without_a_word_on_resolution_are_all_unresolved():
    contacts = [(f"case {number}", 10.0 * number, "answered", 1, None) for number in range(100)]
    contacts += [(f"case {number}", 2000.0 + number, "answered", 1, None) for number in range(30)]
    contacts += [("", 40_000.0, "answered", 1, None)]
    found = linked(rows(*contacts))
    assert found is not None
    fitted = fit_returns(found, "voice")
    assert fitted is not None
    assert fitted.chance == 1.0
    assert fitted.at_most == 1  # nobody came a third time
    assert fitted.resolved == pytest.approx(1 - 30 / 100, abs=0.01)


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    made = simulate(loads(TRUTH), replications=1, seed=3)
    return fit(Log(made.interactions.drop("replication", strict=False), agent_states=made.agent_states))


def test_known_redials_and_returns_are_recovered(fitted):
    voice = next(one for one in fitted.contacts if one.name == "voice")
    assert voice.redials is not None
    assert voice.returns is not None
    assert abs(voice.redials.chance - 0.45) < 4 * voice.redials.error
    assert abs(voice.returns.chance - 0.60) < 4 * voice.returns.error
    assert abs(voice.returns.by["chat"] - 0.3) < 0.06
    assert voice.resolved == pytest.approx(0.8, abs=0.03)


def test_volume_is_that_of_fresh_contacts(fitted):
    voice = next(one for one in fitted.contacts if one.name == "voice")
    assert voice.volume.per_day.mean() == pytest.approx(500, abs=4 * np.sqrt(500 / 14))
    assert any("follow an earlier one" in note for note in fitted.notes)


def test_the_scenario_says_who_comes_back(fitted):
    spec = loads(scenario_text(fitted, name="again")).spec
    assert spec.contacts["voice"].retry.chance == pytest.approx(0.45, abs=0.04)
    assert set(spec.contacts["voice"].recontact.by) == {"chat", "voice"}
    assert spec.contacts["chat"].retry is None


def test_contacts_after_which_nobody_comes_again_do_not_lower_the_chance():
    # every caller gives up; half of them try again, but never more than once
    calls = [call for case in range(120) for call in ((f"c{case}", 30 * case), (f"c{case}", 30 * case + 9))[: 1 + case % 2]]
    found = linked(rows(*((case, minute, "abandoned", 1, None) for case, minute in calls)))
    assert found is not None
    fitted = fit_redials(found, "voice")
    assert fitted is not None
    assert fitted.at_most == 1
    assert fitted.chance == pytest.approx(0.5, abs=0.01)  # not a third, which is the share of all attempts that were followed


def test_chances_and_fresh_volume_lie_within_their_errors_where_most_try_again():
    for name, truth, value, error in redials(2):
        assert abs(value - truth) < 3 * error, name
