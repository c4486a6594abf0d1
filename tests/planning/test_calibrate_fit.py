from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from simkpi.errors import InputError, LogError
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.observed import observe
from tests.planning.calibration_logs import exponential, generate, lognormal

TALK, PATIENCE = lognormal(240, 1.0), exponential(180)


def test_known_parameters_are_recovered() -> None:
    fitted = fit(
        generate(days=28, per_interval=(40, 60, 60, 40), agents=(5, 7, 7, 5), talk=TALK, patience=PATIENCE, wrap=exponential(30))
    )
    (contact,) = fitted.contacts
    volume = contact.volume
    for slot, expected in enumerate((40, 60, 60, 40), start=18):
        assert abs(volume.expected[:, slot].mean() - expected) < 4 * np.sqrt(expected / 28)
    assert contact.talk.kind == "lognormal"
    assert abs(contact.talk.mean - 240) < 4 * contact.talk.mean_error
    assert abs(contact.wrap.mean - 30) < 4 * contact.wrap.mean_error
    assert not contact.wrap_unlogged
    assert contact.patience.exponential_mean is not None
    assert contact.patience.exponential_error is not None
    assert abs(contact.patience.exponential_mean - 180) < 4 * contact.patience.exponential_error
    assert volume.day.cv < 0.08
    assert fitted.left_out == 0


def test_the_spread_of_days_reaches_the_fit() -> None:
    fitted = fit(generate(days=42, day_cv=0.3, agents=(8, 8, 8, 8), talk=TALK, patience=PATIENCE, seed=4))
    day = fitted.total.day
    assert day.low is not None
    assert day.high is not None
    assert day.low <= 0.3 <= day.high
    assert day.cv > 0.15


def test_a_log_without_abandonments_is_handled_and_said() -> None:
    fitted = fit(generate(agents=(30, 30, 30, 30), talk=TALK, patience=lambda random, n: np.full(n, 1e6)))
    assert fitted.contacts[0].patience.law is None
    assert any("nobody abandoned" in note for note in fitted.notes)


def test_a_log_with_only_abandonments_is_refused_with_the_reason() -> None:
    read = generate(agents=(0, 0, 0, 0), talk=TALK, patience=PATIENCE)
    with pytest.raises(LogError, match="no contact of the log was answered"):
        fit(read)


def test_an_empty_log_is_refused() -> None:
    read = generate(days=1, talk=TALK, patience=PATIENCE)
    with pytest.raises(LogError, match="no contacts"):
        fit(Log(read.interactions.head(0)))


def test_one_day_is_handled_and_said() -> None:
    fitted = fit(generate(days=1, talk=TALK, patience=PATIENCE))
    assert fitted.days.labels == ("mon",)
    assert fitted.total.day.low is None
    assert any("holds 1 day" in note for note in fitted.notes)


def test_two_agents_are_handled_and_said() -> None:
    fitted = fit(generate(per_interval=(14, 14, 14, 14), agents=(2, 2, 2, 2), talk=exponential(240), patience=PATIENCE))
    assert any("2 agent(s) seen" in note for note in fitted.notes)
    counts = fitted.heads(fitted.teams[0])[:, 18:22]
    assert counts.min() >= 1
    assert counts.mean() == pytest.approx(2, abs=0.2)


def test_a_gap_of_the_log_is_left_out_of_the_means_and_said() -> None:
    read = generate(days=21, talk=TALK, patience=PATIENCE)
    cut = read.interactions.filter(pl.col("arrived_at").dt.date() != datetime(2026, 3, 11).date())
    fitted = fit(Log(cut))
    wednesday = fitted.days.labels.index("wed")
    assert fitted.days.sizes[wednesday] == 2
    assert fitted.total.per_day[wednesday] == pytest.approx(100, abs=40)
    assert any("2026-03-11" in note and "gap" in note for note in fitted.notes)


def test_an_outage_is_filled_and_said() -> None:
    read = generate(days=28, per_interval=(20, 40, 40, 20), talk=TALK, patience=PATIENCE)
    hole = (datetime(2026, 3, 10, 9, 30), datetime(2026, 3, 10, 10))
    fitted = fit(Log(read.interactions.filter(~pl.col("arrived_at").is_between(*hole))))
    tuesday = fitted.days.labels.index("tue")
    assert fitted.total.expected[tuesday, 19] == pytest.approx(40, abs=4 * np.sqrt(40 / 3))
    assert any("2026-03-10" in note and "09:30" in note for note in fitted.notes)


def test_contacts_outside_staffed_hours_are_left_out_and_counted() -> None:
    read = generate(days=14, talk=TALK, patience=PATIENCE)
    night = read.interactions.head(5).with_columns(
        pl.format("night-{}", "contact_id").alias("contact_id"),
        pl.lit("gave_up").alias("outcome"),
        *(pl.lit(None, dtype=pl.Datetime("us")).alias(name) for name in ("queued_at", "answered_at")),
        arrived_at=pl.lit(datetime(2026, 3, 3, 2)),
        ended_at=pl.lit(datetime(2026, 3, 3, 2, 1)),
    )
    fitted = fit(Log(pl.concat([read.interactions, night], how="diagonal_relaxed")))
    assert fitted.left_out == 5
    assert fitted.total.expected[:, :16].sum() == 0


def test_the_bot_stage_is_fitted_by_outcome() -> None:
    start = datetime(2026, 3, 2, 9)
    rows = [
        {
            "contact_id": str(n),
            "channel": "chat",
            "arrived_at": start + timedelta(seconds=20 * n),
            "outcome": ("contained", "gave_up", "answered", "answered")[n % 4],
            "bot_started_at": start + timedelta(seconds=20 * n),
            "bot_ended_at": start + timedelta(seconds=20 * n + (60, 10, 30, 30)[n % 4]),
            "bot_outcome": ("contained", "gave_up", "handed_off", "handed_off")[n % 4],
            "queued_at": (None, None, *(start + timedelta(seconds=20 * n + 30),) * 2)[n % 4],
            "answered_at": (None, None, *(start + timedelta(seconds=20 * n + 30),) * 2)[n % 4],
            "ended_at": start + timedelta(seconds=20 * n + (60, 10, 90, 90)[n % 4]),
            "agent_id": (None, None, "A", "A")[n % 4],
        }
        for n in range(400)
    ]
    bot = fit(Log(pl.DataFrame(rows, infer_schema_length=None))).contacts[0].bot
    assert bot is not None
    assert bot.gives_up == pytest.approx(0.25)
    assert bot.contains == pytest.approx(1 / 3)
    assert bot.ended_share == pytest.approx(0.5)
    assert {name: time.mean for name, time in bot.times.items()} == {"contained": 60, "handed_off": 30, "gave_up": 10}


def test_a_topic_on_two_channels_makes_two_contact_types() -> None:
    read = generate(days=2, talk=TALK, patience=PATIENCE)
    frame = read.interactions.with_columns(
        contact_type=pl.lit("order"),
        channel=pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("chat")).otherwise(pl.lit("voice")),
    )
    assert observe(Log(frame)).contact_types == ("order voice", "order chat")


def test_blocked_contacts_and_missing_queue_moments_are_said() -> None:
    read = generate(days=2, talk=TALK, patience=PATIENCE)
    some = pl.int_range(pl.len()) < 3
    blocked = read.interactions.with_columns(outcome=pl.when(some).then(pl.lit("blocked")).otherwise("outcome"))
    notes = fit(Log(blocked.with_columns(queued_at=pl.lit(None, dtype=pl.Datetime("ms"))))).notes
    assert any("3 contacts were blocked" in note for note in notes)
    assert any("have no queued_at" in note for note in notes)


def test_an_interval_must_divide_the_day() -> None:
    with pytest.raises(InputError, match="must divide the day"):
        fit(generate(days=1, talk=TALK, patience=PATIENCE), interval=7000)


def test_the_fit_does_not_depend_on_the_order_of_rows() -> None:
    read = generate(days=7, talk=TALK, patience=PATIENCE)
    shuffled = Log(read.interactions.sample(fraction=1, shuffle=True, seed=1))
    first, second = fit(read), fit(shuffled)
    assert first.contacts[0].patience == second.contacts[0].patience
    assert dataclasses.replace(first.contacts[0].talk) == second.contacts[0].talk
    assert np.array_equal(first.teams[0].on_duty, second.teams[0].on_duty)


def test_a_special_day_is_set_apart_and_named() -> None:
    log = generate(days=42, talk=TALK, patience=PATIENCE, seed=9)
    day = pl.col("arrived_at").dt.date() == datetime(2026, 3, 25).date()  # a Wednesday
    kept = pl.int_range(pl.len()) % 5 == 0
    fitted = fit(dataclasses.replace(log, interactions=log.interactions.filter(~day | kept)))
    assert any("2026-03-25" in note and "special day" in note for note in fitted.notes)
    assert fitted.days.row[23] == -1
    assert fitted.contacts[0].volume.day.cv < 0.1


def test_growth_of_the_volume_is_said() -> None:
    log = generate(days=42, per_interval=(60, 80, 80, 60), agents=(9, 12, 12, 9), talk=TALK, patience=PATIENCE, seed=9)
    since = (pl.col("arrived_at").dt.date() - datetime(2026, 3, 2).date()).dt.total_days()
    kept = pl.Series(np.random.default_rng(1).random(log.interactions.height))
    fading = log.interactions.filter(kept < 1 - since / 84)
    fitted = fit(dataclasses.replace(log, interactions=fading))
    assert any("the volume changes by -" in note for note in fitted.notes)
