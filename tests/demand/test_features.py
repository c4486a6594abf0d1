"""What holidays, summer time, overlays and replay look like in the log of a run of the shipped scenarios."""

from datetime import date

import polars as pl
import pytest

import simkpi
from simkpi.scenario.files import load, shipped


@pytest.fixture(scope="module")
def log():
    def contacts(name, **options):
        settings = {"replications": 1, "seed": 3, "engine": "reference"} | options
        return simkpi.simulate(load(shipped(f"features/{name}")), **settings).interactions

    return contacts


def test_nobody_comes_on_a_closed_holiday_or_after_it_closes_early(log):
    arrived = log("holidays")["arrived_at"]
    assert set(arrived.dt.date()) == {date(2026, 12, day) for day in (21, 22, 23, 24, 26)}
    assert arrived.filter(arrived.dt.date() == date(2026, 12, 24)).max().hour == 12


def test_nobody_comes_in_the_hour_that_summer_time_skips(log):
    arrived = log("summer_time")["arrived_at"]
    assert 2 not in set(arrived.filter(arrived.dt.date() == date(2026, 3, 29)).dt.hour())
    assert arrived.dt.hour().n_unique() == 24


def test_an_outage_silences_the_telephone_and_a_bot_that_is_down_meets_nobody(log):
    table = log("overlays")
    hour, day = pl.col("arrived_at").dt.hour(), pl.col("arrived_at").dt.date()
    silent = (day == date(2026, 1, 8)) & (hour == 10) & (pl.col("arrived_at").dt.minute() < 30)
    assert set(table.filter(silent)["channel"]) == {"chat"}
    without = (day == date(2026, 1, 9)) & hour.is_between(14, 16) & (pl.col("channel") == "chat")
    assert table.filter(without)["bot_outcome"].is_null().all()
    assert table.filter(without).height > 50
    assert table.filter((pl.col("channel") == "chat") & ~without)["bot_outcome"].is_not_null().all()


def test_a_replayed_contact_comes_at_its_recorded_moment(log):
    recorded = pl.read_csv(shipped("features/replay").with_suffix(".csv"), try_parse_dates=True).filter(
        pl.col("channel") == "chat"
    )
    replayed = log("replay").filter(pl.col("arrived_at").dt.millisecond() == 0)
    missing = set(recorded["arrived_at"].cast(pl.Datetime("ms"))) - set(replayed["arrived_at"])
    assert missing == set()
    assert log("replay").height > recorded.height
