"""Opening hours told from who was on duty, and what became of those who came outside."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from simkpi.interactions.table import Log
from simkpi.planning.backtest.predict import predict
from simkpi.planning.backtest.split import split
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads
from tests.planning.calibration_logs import exponential, generate


def with_night(read: Log, outcome: str, count: int = 40) -> Log:
    """Add calls at three in the morning, which nobody answers."""
    first = read.interactions["arrived_at"].min()
    assert isinstance(first, datetime)
    day = first.replace(hour=3, minute=0, second=0, microsecond=0)
    moments = [day + timedelta(days=n % 10, minutes=n) for n in range(count)]
    night = pl.DataFrame(
        {
            "contact_id": [f"night-{n}" for n in range(count)],
            "channel": ["voice"] * count,
            "outcome": [outcome] * count,
            "arrived_at": moments,
            "queued_at": moments if outcome == "abandoned" else [None] * count,
            "ended_at": [moment + timedelta(seconds=20) for moment in moments],
        }
    ).with_columns(pl.col("queued_at").cast(pl.Datetime("us")))
    return Log(pl.concat([read.interactions, night], how="diagonal_relaxed"))


def test_the_hours_span_those_in_which_contacts_come_and_somebody_is_there() -> None:
    fitted = fit(generate(days=14, talk=exponential(150), patience=exponential(300)))
    assert fitted.hours is not None
    spans = {span for span in fitted.hours.spans.values() if span}
    assert spans == {(9 * 3600.0, 11 * 3600.0)}
    scenario = loads(scenario_text(fitted, name="hours"))
    assert fitted.hours.text == '{mon-sun: "09:00-11:00"}'
    assert len(set(scenario.spec.calendar.open.values())) == 1
    assert not fitted.hours.note


def test_contacts_that_came_at_night_are_told_and_refused() -> None:
    fitted = fit(with_night(generate(days=14, talk=exponential(150), patience=exponential(300)), "abandoned"))
    assert fitted.hours is not None
    assert fitted.hours.rule == "refuse"
    assert fitted.hours.outside == {"abandoned": 40}
    assert any("40 contacts came while nobody was on duty: abandoned 100 %" in note for note in fitted.notes)
    assert "when_closed: refuse" in scenario_text(fitted, name="night")


def test_few_contacts_outside_the_hours_tell_no_rule() -> None:
    fitted = fit(with_night(generate(days=14, talk=exponential(150), patience=exponential(300)), "gave_up", count=5))
    assert fitted.hours is not None
    assert fitted.hours.rule == ""
    assert not fitted.hours.note
    assert "when_closed" not in scenario_text(fitted, name="night")


def test_days_one_by_one_have_the_hours_of_their_weekday() -> None:
    made = generate(days=14, per_interval=(20, 20), agents=(3, 3), talk=exponential(200), patience=exponential(180))
    by_weekday, by_date = fit(made), fit(made, profile="date")
    assert by_date.hours is not None
    assert by_weekday.hours is not None
    assert by_date.hours.spans == by_weekday.hours.spans
    assert "open: {mon-sun: " in scenario_text(by_date, name="dates")


def test_predicted_weekdays_have_the_fitted_hours_and_not_their_own() -> None:
    made = generate(days=14, per_interval=(20, 20), agents=(3, 3), talk=exponential(200), patience=exponential(180))
    parts = split(made, train="1w")
    train = fit(parts.train)
    assert predict(train, parts.test, volumes="profile", staff="profile").calibration.hours is train.hours
    assert predict(train, parts.test).calibration.hours is not train.hours
