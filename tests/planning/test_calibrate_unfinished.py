from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from polars import col

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.observed import observe
from simkpi.planning.calibrate.times import fit_law
from simkpi.planning.calibrate.unfinished import fit_unfinished, kaplan_meier
from tests.planning.calibration_logs import exponential, generate


def cut_off(times: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Times that ended before a random moment, and how long the others had taken by then."""
    limit = np.random.default_rng(seed).exponential(400, len(times))
    return times[times <= limit], limit[times > limit]


@pytest.mark.parametrize("kind", ["lognormal", "gamma", "weibull"])
def test_times_that_were_cut_off_do_not_shorten_the_mean(kind: str) -> None:
    random = np.random.default_rng(5)
    times = {
        "lognormal": lambda: random.lognormal(np.log(300) - 0.18, 0.6, 4000),
        "gamma": lambda: random.gamma(3, 100, 4000),
        "weibull": lambda: 338.5 * random.weibull(2.0, 4000),
    }[kind]()
    seen, cut = cut_off(times)
    found = fit_unfinished(seen, cut)
    assert found.kind == kind
    assert abs(found.mean - 300) < 4 * found.mean_error
    assert fit_law(seen).mean < 300 - 10 * found.mean_error
    assert f"{len(cut)} still going on when the log ended" in found.why


def test_times_of_no_simple_law_are_weighted_as_kaplan_meier_does() -> None:
    random = np.random.default_rng(6)
    times = np.where(random.random(4000) < 0.3, 5.0, 0.0) + random.gamma(40, 10, 4000) * (random.random(4000) < 0.7) + 1.0
    seen, cut = cut_off(times)
    found = fit_unfinished(seen, cut)
    assert found.kind == "empirical"
    assert abs(found.mean - times.mean()) < 4 * found.mean_error


def test_without_unfinished_times_the_fit_is_the_usual_one() -> None:
    times = np.random.default_rng(2).exponential(200, 300)
    assert fit_unfinished(times, np.array([np.nan, 0.0])) == fit_law(times)


def test_few_times_give_total_time_over_those_that_ended() -> None:
    found = fit_unfinished(np.array([100.0, 200.0]), np.array([300.0]))
    assert found.mean == 300.0
    assert found.kind == "exponential"


def test_the_longest_time_counts_as_finished() -> None:
    values, weights = kaplan_meier(np.array([10.0, 20.0]), np.array([30.0, 15.0]))
    assert values.tolist() == [10.0, 20.0, 30.0]
    assert weights.tolist() == pytest.approx([0.25, 0.375, 0.375])


def afternoon_cut() -> tuple[Log, pl.DataFrame]:
    """A log exported in the middle of its last day, and the whole of it."""
    whole = generate(agents=(8, 8), per_interval=(40, 40), talk=exponential(600), patience=exponential(120)).interactions
    frame = whole.lazy().collect().with_columns(agent_id=col("agent_id").cast(pl.String))
    end = frame["arrived_at"].max() - timedelta(minutes=15)
    begun = frame.filter(col("arrived_at") <= end)
    later = col("ended_at") > end
    return Log(
        begun.with_columns(
            outcome=pl.when(later | col("ended_at").is_null()).then(pl.lit("open")).otherwise(col("outcome")),
            answered_at=pl.when(col("answered_at") <= end).then(col("answered_at")),
            ended_at=pl.when(~later).then(col("ended_at")),
        )
    ), frame


def test_calls_still_going_on_are_bounds_and_not_times_of_zero() -> None:
    log, _ = afternoon_cut()
    observed = observe(log)
    going = int((log.interactions.lazy().collect()["outcome"] == "open").sum())
    running = ~np.isnan(observed.running)
    assert 0 < running.sum() <= going
    assert np.isnan(observed.talk[running]).all()
    assert any("still being handled when the log ended" in note for note in observed.notes)
    waiting = observed.outcome == "open"
    assert (observed.wait[waiting] >= 0).all()
    assert "still going on" in fit(log).contacts[0].talk.why


def test_an_answer_without_end_or_length_is_not_a_talk_time_of_zero() -> None:
    frame = generate(talk=exponential(300), patience=exponential(200)).interactions.lazy().collect()
    lost = pl.int_range(pl.len()) % 10 == 0
    log = Log(frame.with_columns(ended_at=pl.when(lost & (col("outcome") == "answered")).then(None).otherwise(col("ended_at"))))
    assert abs(fit(log).contacts[0].talk.mean - 300) < 40
    assert np.isnan(observe(log).talk[observe(log).is_answered]).any()


def e_mails() -> Log:
    """E-mails of the whole day and night; two agents answer those of the day and of the night before from nine on."""
    random = np.random.default_rng(3)
    rows, free = [], {}
    for day in range(14):
        opening = 86_400 * day + 9 * 3600.0
        free = {"ann": opening, "bob": opening}
        for arrived in np.sort(random.uniform(opening - 54_000, opening + 32_400, 60)):
            agent = min(free, key=lambda each: free[each])
            answered = max(arrived, free[agent])
            free[agent] = answered + random.gamma(4, 100)
            rows.append({"arrived_at": arrived, "answered_at": answered, "ended_at": free[agent], "agent_id": agent})
    moments = [
        pl.from_epoch((col(name) * 1000).cast(pl.Int64), "ms").alias(name) for name in ("arrived_at", "answered_at", "ended_at")
    ]
    frame = pl.DataFrame(rows).with_columns(*moments, channel=pl.lit("email"), outcome=pl.lit("answered"))
    return Log(frame.with_columns(queued_at="arrived_at").with_row_index("contact_id").cast({"contact_id": pl.String}))


def test_e_mails_of_the_night_are_in_the_volumes_since_they_wait_for_the_morning() -> None:
    found = fit(e_mails())
    assert found.left_out == 0
    assert found.contacts[0].volume.contacts == 14 * 60
    assert found.contacts[0].patience.law is None


def test_who_can_not_abandon_does_not_get_the_patience_of_callers() -> None:
    calls = generate(days=14, per_interval=(60, 60), agents=(4, 4), talk=exponential(200), patience=exponential(60)).interactions
    mails = e_mails().interactions.lazy().collect().with_columns(contact_id="m" + col("contact_id"))
    moved = [
        (col(name) - pl.lit("1970-01-01").str.to_datetime() + pl.lit("2026-03-02").str.to_datetime()).alias(name)
        for name in ("arrived_at", "queued_at", "answered_at", "ended_at")
    ]
    both = pl.concat([calls.lazy().collect(), mails.with_columns(moved)], how="diagonal_relaxed")
    by_name = {one.name: one for one in fit(Log(both)).contacts}
    assert by_name["voice"].patience.law is not None
    assert by_name["email"].patience.law is None


def test_the_time_until_a_ticket_is_solved_is_not_taken_for_work() -> None:
    frame = e_mails().interactions.lazy().collect()
    solved = frame.with_columns(ended_at=col("ended_at") + pl.duration(hours=20))
    found = fit(Log(solved))
    assert found.contacts[0].talk.law == {"fixed": "10m"}
    assert any("not how long agents worked on them: 10 min of work are assumed" in note for note in found.notes)
    timed = fit(Log(solved.with_columns(talk_time=pl.lit(300.0))))
    assert timed.contacts[0].talk.law == {"fixed": "5m"}
    assert not any("assumed for each" in note for note in timed.notes)


def test_the_patience_that_a_back_test_compares_is_that_of_who_may_leave() -> None:
    both = observe(e_mails())
    assert not both.may_leave.any()
    assert observe(generate(talk=exponential(200), patience=exponential(200))).may_leave.all()
