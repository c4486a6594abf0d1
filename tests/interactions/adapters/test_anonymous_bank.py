"""The bank's published figures, computed with plain polars over the normalised tables."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from simkpi.interactions.files import read_log
from simkpi.interactions.table import Log

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "anonymous_bank_1999_08"
CALLS = FOLDER / "calls_0801_0815.csv.gz"
pytestmark = pytest.mark.skipif(not CALLS.exists(), reason="the bank's call log is not here")


def length(later: str, earlier: str) -> pl.Expr:
    return (pl.col(later) - pl.col(earlier)).dt.total_milliseconds() / 1000


@pytest.fixture(scope="module")
def expected() -> dict:
    return json.loads((FOLDER / "expected_kpis_0801_0815.json").read_text())


@pytest.fixture(scope="module")
def log() -> Log:
    return read_log(CALLS, "anonymous-bank")


@pytest.fixture(scope="module")
def calls(log: Log) -> pl.DataFrame:
    return log.interactions.with_columns(
        wait=pl.coalesce(length("answered_at", "queued_at"), length("ended_at", "queued_at")),
        offered=pl.col("queued_at").is_not_null(),
    )


def agrees(values: pl.Series, wanted: dict) -> None:
    assert len(values) == wanted["n"]
    assert values.mean() == pytest.approx(wanted["mean"], rel=1e-12)
    assert values.std() == pytest.approx(wanted["sd"], rel=1e-9)
    for level, quantile in wanted["quantiles"].items():
        assert values.quantile(float(level), interpolation="linear") == pytest.approx(quantile, abs=1e-6)


def test_no_call_is_set_aside_and_what_is_left_out_is_counted(log: Log, expected: dict) -> None:
    assert log.rejects is None
    assert f"{expected['phantom']} phantom calls left out" in log.notes
    assert log.interactions.height == expected["calls"] - expected["phantom"]


def test_counts_and_mean_waits(calls: pl.DataFrame, expected: dict) -> None:
    answered, abandoned = calls.filter(outcome="answered"), calls.filter(outcome="abandoned")
    assert calls.filter("offered").height == expected["offered_to_agents"]
    assert calls.filter(outcome="gave_up").height == expected["ended_in_ivr"]
    assert answered.height == expected["answered"]
    assert abandoned.height == expected["abandoned_in_queue"]
    assert abandoned.filter(pl.col("wait") <= 5).height == expected["short_abandons_le_5s"]
    assert answered["wait"].mean() == pytest.approx(expected["asa_s"], rel=1e-12)
    assert abandoned["wait"].mean() == pytest.approx(expected["mean_wait_abandoned_s"], rel=1e-12)
    agrees(abandoned["wait"], expected["queue_s_abandoned"])


@pytest.mark.parametrize("threshold", [20, 30, 60, 120])
def test_service_levels(calls: pl.DataFrame, expected: dict, threshold: int) -> None:
    wanted = expected["service_level"][str(threshold)]
    within = calls.filter(pl.col("wait") <= threshold)
    answered, abandoned = within.filter(outcome="answered").height, within.filter(outcome="abandoned").height
    offered = expected["offered_to_agents"]
    assert (answered, abandoned) == (wanted["answered_within"], wanted["abandoned_within"])
    assert answered / offered == pytest.approx(wanted["sl_offered"], rel=1e-14)
    assert answered / (offered - abandoned) == pytest.approx(wanted["sl_excl_short_aband"], rel=1e-14)
    assert (answered + abandoned) / offered == pytest.approx(wanted["sl_wait_le_T"], rel=1e-14)


def test_bot_and_service_times(calls: pl.DataFrame, expected: dict) -> None:
    agrees(calls["ivr_s"], expected["ivr_s"])
    assert calls.filter((length("bot_ended_at", "bot_started_at") != pl.col("ivr_s")) & (pl.col("ivr_s") >= 0)).is_empty()
    served = calls.filter(pl.col("talk_time") > 0)
    agrees(served["talk_time"], expected["service_s_positive"])
    assert served.filter(length("ended_at", "answered_at") != pl.col("talk_time")).is_empty()
    logs = served["talk_time"].log()
    assert [logs.mean(), logs.std()] == pytest.approx(expected["service_log_mean_sd"], rel=1e-3)
    means = {
        row["contact_type"]: row for row in served.group_by("contact_type").agg(n=pl.len(), mean=pl.mean("talk_time")).to_dicts()
    }
    assert means["stock exchange"]["mean"] == pytest.approx(expected["service_mean_by_type_s"]["NE"]["mean"], rel=1e-12)
    assert means["message called back"]["n"] == expected["service_mean_by_type_s"]["TT"]["n"]


def test_waits_of_those_who_queued_and_the_calls_that_met_no_queue(log: Log, calls: pl.DataFrame, expected: dict) -> None:
    queued = log.legs.filter(kind="queue")["contact_id"]
    answered = calls.filter(outcome="answered")
    agrees(answered.filter(pl.col("contact_id").is_in(queued.implode()))["wait"], expected["queue_s_answered_after_queue"])
    direct = answered.filter(~pl.col("contact_id").is_in(queued.implode()))
    assert direct.height == expected["answered_without_queue"]
    assert direct["wait"].max() == 0


def test_patience_by_kaplan_meier_and_the_exponential_estimate(log: Log, calls: pl.DataFrame, expected: dict) -> None:
    queued = calls.filter(pl.col("contact_id").is_in(log.legs.filter(kind="queue")["contact_id"].implode()))
    wait, event = queued["wait"].to_numpy(), (queued["outcome"] == "abandoned").to_numpy()
    for moment, wanted in expected["patience_kaplan_meier_survival"].items():
        survival = 1.0
        for point in np.unique(wait[event & (wait <= float(moment))]):
            survival *= 1 - (event & (wait == point)).sum() / (wait >= point).sum()
        assert survival == pytest.approx(wanted, rel=1e-9)
    assert wait.sum() / event.sum() == pytest.approx(expected["patience_exponential_mle_mean_s"], rel=1e-12)


def half_hours(moments: pl.Expr, frame: pl.DataFrame) -> dict[tuple[str, int], int]:
    place = moments.dt.hour().cast(pl.Int64) * 2 + moments.dt.minute() // 30
    return {
        (str(day), half): n for day, half, n in frame.group_by(moments.dt.date().alias("day"), place.alias("half")).len().rows()
    }


def wanted_half_hours(rows: dict[str, list[int]]) -> dict[tuple[str, int], int]:
    return {(day, place): n for day, row in rows.items() for place, n in enumerate(row) if n}


def stays_as_recorded(log: Log) -> pl.DataFrame:
    """Undo the adapter's repair of dates past midnight, which the published figures do not have."""
    stays = log.legs.filter(pl.col("kind") == "agent", pl.col("place").is_not_null())
    stays = stays.join(log.interactions.select("contact_id", "arrived_at"), on="contact_id")
    late = pl.col("from_at").dt.date() > pl.col("arrived_at").dt.date()
    back = pl.when(late).then(pl.duration(days=1)).otherwise(pl.duration(days=0))
    same_day = pl.col("from_at").dt.date() == pl.col("to_at").dt.date()
    stays = stays.filter(same_day).with_columns(pl.col("from_at") - back, pl.col("to_at") - back)
    return stays.with_columns(length=length("to_at", "from_at"))


def test_offered_calls_per_half_hour_of_arrival(calls: pl.DataFrame, expected: dict) -> None:
    # the folder's README says "leaving the IVR"; its figures are those of entering it
    got = half_hours(pl.col("arrived_at"), calls.filter("offered"))
    assert got == wanted_half_hours(expected["offered_per_half_hour"])


def test_agents_and_service_seconds_per_half_hour(log: Log, expected: dict) -> None:
    seconds = pl.datetime_ranges("from_at", "to_at", "1s", closed="left", time_unit="ms")
    served = stays_as_recorded(log).select("place", at=seconds).explode("at").with_columns(pl.col("at").dt.truncate("30m"))
    assert half_hours(pl.col("at"), served) == wanted_half_hours(expected["service_seconds_per_half_hour"])
    # the README says "at least one second of service"; its figures also count the one agent whose only call lasted none
    served = pl.concat([served, stays_as_recorded(log).select("place", at=pl.col("from_at").dt.truncate("30m"))])
    assert half_hours(pl.col("at"), served.unique()) == wanted_half_hours(expected["agents_active_per_half_hour"])


def test_agent_states_are_the_half_hours_in_which_an_agent_served(log: Log, expected: dict) -> None:
    starts = pl.datetime_ranges("from_at", "to_at", "30m", closed="left", time_unit="ms")
    got = half_hours(pl.col("at"), log.agent_states.select(at=starts).explode("at"))
    wanted = wanted_half_hours(expected["agents_active_per_half_hour"])
    different = {place for place in got.keys() | wanted.keys() if got.get(place) != wanted.get(place)}
    assert {half for _, half in different} <= {0, 46, 47}  # stays past midnight, whose dates the adapter puts right
    assert len(different) < 15


def test_service_seconds_of_agents_with_and_without_overlaps(log: Log, expected: dict) -> None:
    stays = stays_as_recorded(log)
    assert stays["length"].sum() == expected["agent_service_seconds_sum"]
    assert stays.select("place", pl.col("from_at").dt.date()).n_unique() == expected["agent_days"]
    union = 0.0
    for _, mine in stays.sort("from_at").group_by("place"):
        end = -math.inf
        for start, stop in zip(mine["from_at"].dt.epoch("s"), mine["to_at"].dt.epoch("s"), strict=True):
            union += max(0, stop - max(start, end))
            end = max(end, stop)
    assert union == expected["agent_service_seconds_union_of_overlaps"]


def test_repeat_calls_of_known_customers_within_a_day(calls: pl.DataFrame, expected: dict) -> None:
    known = calls.filter("offered", pl.col("customer_id").is_not_null()).sort("arrived_at", "contact_id")
    soon = (pl.col("arrived_at").shift(-1) - pl.col("arrived_at")).over("customer_id") <= pl.duration(hours=24)
    known = known.with_columns(again=soon.fill_null(False))
    for outcome in ("abandoned", "answered"):
        mine = known.filter(outcome=outcome)
        assert mine.height == expected[f"identified_{outcome}"]
        assert mine["again"].sum() == expected[f"identified_{outcome}_calling_again_within_24h"]


def test_a_case_is_a_known_customer_and_calls_within_a_day_are_redials_or_returns(calls: pl.DataFrame, expected: dict) -> None:
    known = calls.filter("offered", pl.col("customer_id").is_not_null())
    assert known.height == expected["identified_abandoned"] + expected["identified_answered"]
    again = expected["identified_abandoned_calling_again_within_24h"] + expected["identified_answered_calling_again_within_24h"]
    assert known["origin"].is_in(["redial", "return"]).sum() <= again
    assert calls["case_id"].equals(calls["customer_id"].alias("case_id"))
    assert set(known["origin"]) == {"reactive", "redial", "return", "callback"}


def test_the_file_is_recognised_by_its_columns() -> None:
    assert read_log(CALLS).source == "anonymous-bank"
