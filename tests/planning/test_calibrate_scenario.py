from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads
from tests.planning.calibration_logs import exponential, generate, lognormal

TALK, PATIENCE = lognormal(240, 1.0), exponential(180)


def test_the_written_scenario_holds_the_fitted_figures() -> None:
    fitted = fit(generate(talk=TALK, patience=PATIENCE, wrap=exponential(30)))
    spec = loads(scenario_text(fitted, name="centre")).spec
    contact, (found,) = spec.contacts["voice"], fitted.contacts
    assert spec.name == "centre"
    assert (spec.calendar.start, spec.calendar.days) == (fitted.observed.start, 14)
    assert contact.volume.expected is not None
    assert np.allclose(contact.volume.expected[0], found.volume.expected[0, 18:22], rtol=1e-3)
    assert np.allclose(contact.volume.expected[7], contact.volume.expected[0])
    assert contact.handle.talk.mean == pytest.approx(found.talk.mean, rel=1e-3)
    assert contact.handle.wrap.mean == pytest.approx(found.wrap.mean, rel=1e-3)
    assert contact.patience.law is not None
    staffing = spec.teams["agents"].staffing
    assert staffing is not None
    assert staffing.count is not None
    assert list(staffing.count[0]) == fitted.heads(fitted.teams[0])[0, 18:22].tolist()


def test_every_figure_says_where_it_comes_from() -> None:
    text = scenario_text(
        fit(generate(talk=TALK, patience=PATIENCE)), name="x", origin="Data of somebody, with thanks.\nSecond line."
    )
    assert "# Data of somebody, with thanks." in text
    assert "# Second line." in text
    for words in ("n=", "± ", "exponential estimator", "Kaplan-Meier", "agent-hours a day", "beyond Poisson"):
        assert words in text, words
    assert max(map(len, text.splitlines())) <= 130


@pytest.mark.parametrize("name", ["no", "regular, in English", "a: b", "#1", "été", 'say "hi"', "{x}", "42", "- a"])
def test_any_name_of_a_contact_type_survives(name: str) -> None:
    read = generate(days=2, talk=TALK, patience=PATIENCE)
    frame = read.interactions.with_columns(contact_type=pl.lit(name), bot_started_at="arrived_at", bot_ended_at="arrived_at")
    frame = frame.with_columns(bot_outcome=pl.lit("handed_off"))
    spec = loads(scenario_text(fit(Log(frame)), name="x")).spec
    assert list(spec.contacts) == [name]
    assert spec.bots[f"{name} bot"].serves == (name,)
    assert list(spec.teams["agents"].skills) == [name]


def test_the_logs_own_days_can_be_written_one_by_one() -> None:
    read = generate(days=9, talk=TALK, patience=PATIENCE)
    fitted = fit(read, profile="date")
    spec = loads(scenario_text(fitted, name="x")).spec
    volume = spec.contacts["voice"].volume
    assert volume.mode == "exact_interval"
    assert volume.expected is not None
    assert [sum(row) for row in volume.expected] == fitted.total.per_day.tolist()
    assert sum(map(sum, volume.expected)) == len(read.interactions.lazy().collect())


def test_customers_who_never_left_wait_for_ever_and_the_bound_is_told() -> None:
    read = generate(agents=(12, 12, 12, 12), talk=TALK, patience=lambda random, n: np.full(n, 1e7))
    text = scenario_text(fit(read), name="x")
    assert "patience: never" in text
    assert "mean patience above" in text
    assert loads(text).spec.contacts["voice"].patience.law is None


def test_resolution_and_pooling_are_written() -> None:
    read = generate(days=14, talk=TALK, patience=PATIENCE)
    rare = pl.int_range(pl.len()) % 100 == 0
    frame = read.interactions.with_columns(
        contact_type=pl.when(rare).then(pl.lit("rare")).otherwise(pl.lit("usual")),
        is_resolved=pl.int_range(pl.len()) % 4 > 0,
    )
    fitted = fit(Log(frame))
    text = scenario_text(fitted, name="x")
    assert "too few, so all contact types of the channel together" in text
    assert "too few abandonments of its own" in text
    assert loads(text).spec.contacts["usual"].resolved == pytest.approx(0.75, abs=0.03)


def test_a_simple_law_of_patience_is_written_with_those_who_leave_at_once() -> None:
    fitted = fit(
        generate(days=14, talk=TALK, patience=lambda random, n: np.where(random.random(n) < 0.1, 0, random.exponential(180, n))),
        patience="simple",
    )
    text = scenario_text(fitted, name="x")
    patience = loads(text).spec.contacts["voice"].patience
    assert patience.balk == pytest.approx(fitted.contacts[0].patience.at_zero, abs=1e-3)
    assert patience.law.exponential is not None or patience.law.weibull is not None
    assert "AIC" in text
