"""Opening hours: nights, week-ends, holidays and the change of summer time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from simkpi.errors import InputError
from simkpi.kpi.business_hours import open_ticks, opening_hours
from simkpi.kpi.score import score

OFFICE = opening_hours({"mon-fri": "09:00-12:00, 13:00-18:00"}, holidays=["2026-12-25"])
PARIS = ZoneInfo("Europe/Paris")


def hours_between(start: dt.datetime, end: dt.datetime) -> float:
    log = pl.DataFrame(
        {"contact_id": ["1"], "channel": ["email"], "outcome": ["answered"], "arrived_at": [start], "answered_at": [end]}
    )
    hours = OFFICE if start.tzinfo is None else opening_hours({"mon-sun": "00:00-24:00"}, timezone="Europe/Paris")
    return float(score(log, kpis=["frt"], hours=hours)["value"][0]) / 3600


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-12-07T10:00", "2026-12-07T11:30", 1.5),  # inside one period
        ("2026-12-07T11:30", "2026-12-07T13:30", 1.0),  # over lunch
        ("2026-12-07T17:00", "2026-12-08T10:00", 2.0),  # over night
        ("2026-12-11T17:00", "2026-12-14T10:00", 2.0),  # Friday to Monday
        ("2026-12-24T17:00", "2026-12-28T10:00", 2.0),  # over Christmas, a Friday
        ("2026-12-12T10:00", "2026-12-13T10:00", 0.0),  # all on a week-end
        ("2026-12-07T08:00", "2026-12-07T09:00", 0.0),  # before opening
    ],
)
def test_only_opening_hours_count(start: str, end: str, hours: float) -> None:
    assert hours_between(dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)) == hours


def test_the_days_on_which_the_clock_changes_have_23_and_25_hours() -> None:
    for day, hours in ((dt.date(2026, 3, 29), 23), (dt.date(2026, 10, 25), 25), (dt.date(2026, 6, 1), 24)):
        start = dt.datetime.combine(day, dt.time(), PARIS)
        end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), PARIS)
        assert hours_between(start, end) == hours


def test_opening_hours_follow_the_local_clock_through_the_change() -> None:
    office = opening_hours({"mon-sun": "09:00-17:00"}, timezone="Europe/Paris")
    zone = dt.timezone.utc
    # 9:00 in Paris is 7:00 UTC before the change of 25 October, 8:00 UTC after it
    moments = [dt.datetime(2026, 10, 24, 7, 0, tzinfo=zone), dt.datetime(2026, 10, 26, 9, 0, tzinfo=zone)]
    ticks = np.array([[round(moment.timestamp() * 1000)] for moment in moments])
    assert open_ticks(ticks[0], ticks[1], office, zoned=True)[0] == (8 + 8 + 1) * 3_600_000


def slow_count(start: int, end: int) -> int:
    """Open minutes between two moments, minute by minute."""
    total = 0
    for minute in range(start, end):
        moment = dt.datetime(2026, 12, 21) + dt.timedelta(minutes=minute)
        office = 9 <= moment.hour < 12 or 13 <= moment.hour < 18
        total += office and moment.weekday() < 5 and moment.date() != dt.date(2026, 12, 25)
    return total


@settings(derandomize=True, deadline=None, max_examples=30, phases=[Phase.explicit, Phase.generate])
@given(start=st.integers(0, 8 * 1440), length=st.integers(0, 4 * 1440))
def test_it_equals_counting_minute_by_minute(start: int, length: int) -> None:
    zero = round(dt.datetime(2026, 12, 21, tzinfo=dt.timezone.utc).timestamp() * 1000)
    ticks = [np.array([zero + minute * 60_000]) for minute in (start, start + length)]
    assert open_ticks(ticks[0], ticks[1], OFFICE, zoned=False)[0] == slow_count(start, start + length) * 60_000


def test_contacts_without_an_answer_have_no_time() -> None:
    log = pl.DataFrame(
        {
            "contact_id": ["1", "2"],
            "channel": "email",
            "outcome": ["answered", "open"],
            "arrived_at": 0.0,
            "answered_at": [60.0, None],
        }
    )
    row = score(log, kpis=["frt"], hours=opening_hours({"mon-sun": "00:00-24:00"})).row(0, named=True)
    assert (row["value"], row["n"]) == (60, 1)


def test_everything_that_is_wrong_is_reported_at_once() -> None:
    with pytest.raises(InputError) as refused:
        opening_hours(
            {"mon-fry": "08:00-18:00", "sat": "18:00-08:00", "sun": "08:00-12:00, 11:00-13:00"},
            timezone="Mars",
            holidays=["25/12"],
        )
    assert len(refused.value.problems) == 5
