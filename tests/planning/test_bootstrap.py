"""Re-sampled logs keep weekdays and days whole, and their fits spread like the days do."""

from __future__ import annotations

import polars as pl
import pytest

import simkpi
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.bootstrap import draws, resampled
from simkpi.planning.calibrate.fit import fit

WEEKS = {
    "simkpi": 1,
    "calendar": {"from": "2026-01-05", "days": 14, "open": "09:00-12:00"},
    "contacts": {
        "voice": {
            "volume": {"interval": "1h", "expected": [30, 40, 30], "day_spread": "20%"},
            "handle": {"talk": {"exponential": "4m"}},
            "patience": {"exponential": "3m"},
        }
    },
    "teams": {"phone": {"skills": ["voice"], "count": 4}},
}


@pytest.fixture(scope="module")
def log() -> Log:
    result = simkpi.simulate(WEEKS, replications=1, seed=4)
    return Log(result.interactions.drop("replication").lazy(), agent_states=result.agent_states.lazy(), source="simkpi")


def by_day(log: Log) -> dict[object, list[int]]:
    rows = log.interactions.collect().with_columns(day=pl.col("arrived_at").dt.date())
    seconds = rows.with_columns(at=(pl.col("arrived_at") - pl.col("day").cast(pl.Datetime("ms"))).dt.total_milliseconds())
    return {day: sorted(group["at"].to_list()) for (day,), group in seconds.group_by("day")}


def test_every_day_is_a_whole_day_of_the_same_weekday(log: Log) -> None:
    recorded, drawn = by_day(log), by_day(resampled(log, seed=1, draw=0))
    assert set(drawn) == set(recorded)
    for day, arrivals in drawn.items():
        assert arrivals in [other for same, other in recorded.items() if same.weekday() == day.weekday()]
    assert drawn != recorded


def test_waits_stay_and_contacts_are_told_apart(log: Log) -> None:
    drawn = resampled(log, seed=1, draw=3).interactions.collect()
    assert drawn["contact_id"].is_unique().all()
    waits = (pl.col("answered_at") - pl.col("queued_at")).dt.total_milliseconds()
    assert set(drawn.select(waits).to_series().drop_nulls()) <= set(
        log.interactions.collect().select(waits).to_series().drop_nulls()
    )


def test_the_same_seed_draws_the_same_days(log: Log) -> None:
    assert by_day(resampled(log, seed=1, draw=2)) == by_day(resampled(log, seed=1, draw=2))
    assert by_day(resampled(log, seed=1, draw=2)) != by_day(resampled(log, seed=2, draw=2))


def test_fits_differ_in_the_inputs_but_not_in_who_is_on_duty(log: Log) -> None:
    fitted = fit(log)
    found = list(draws(log, fitted, 3, seed=1))
    assert len({one.contacts[0].volume.contacts for one in found}) > 1
    assert all(one.teams is fitted.teams for one in found)
