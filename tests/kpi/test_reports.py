"""Trends, peaks, distributions and the agent report."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import polars as pl
import pytest

from simkpi.errors import InputError, UnknownName
from simkpi.kpi.agent_report import COLUMNS, agent_report
from simkpi.kpi.distributions import distribution, mix
from simkpi.kpi.score import score
from simkpi.kpi.trends import peaks, trend
from tests.kpi.random_logs import frames, tables
from tests.kpi.test_score import log
from tests.kpi.test_second_implementation import MOMENTS


def waits(*seconds: float, day: int = 0, **columns: Any) -> list[dict[str, Any]]:
    start = day * 86400.0
    return [
        {"arrived_at": start, "queued_at": start, "answered_at": start + wait, "ended_at": start + wait, **columns}
        for wait in seconds
    ]


class TestTrend:
    def test_each_day_is_compared_with_the_day_before_in_the_sense_of_the_kpi(self) -> None:
        data = log(*waits(10.0, 30.0), *waits(10.0, day=1), *waits(50.0, 5.0, 5.0, day=2))
        table = trend(data, period="day", kpis=["asa", "service_level", "total_contacts"])
        asa = table.filter(pl.col("kpi") == "asa")
        assert asa["value"].to_list() == [20, 10, 20]
        assert asa["previous"].to_list() == [None, 20, 10]
        assert asa["change"].to_list() == [None, -10, 10]
        assert asa["relative_change"].to_list() == [None, -0.5, 1.0]
        assert asa["trend"].to_list() == [None, "better", "worse"]
        assert table.filter(pl.col("kpi") == "service_level")["trend"].to_list() == [None, "better", "worse"]
        assert table.filter(pl.col("kpi") == "total_contacts")["trend"].to_list() == [None, "down", "up"]

    def test_groups_have_trends_of_their_own(self) -> None:
        data = log(*waits(10.0, channel="chat"), *waits(10.0, day=1, channel="chat"), *waits(99.0, day=1))
        table = trend(data, kpis=["asa"], by="channel").filter(pl.col("channel") == "chat")
        assert table["trend"].to_list() == [None, "same"]

    def test_an_unknown_period_is_refused(self) -> None:
        with pytest.raises(InputError, match="day, week, month"):
            trend(log({}), period="year")


class TestPeaks:
    def test_the_busiest_interval_is_named_and_the_first_wins_a_tie(self) -> None:
        data = log(*({"arrived_at": at} for at in (0.0, 1800.0, 1900.0, 3600.0, 3700.0)))
        assert peaks(data).rows() == [(dt.datetime(1970, 1, 1, 0, 30), 2.0, 0.4)]

    def test_each_group_has_its_peak(self) -> None:
        data = log({"channel": "chat"}, {"channel": "voice", "arrived_at": 7200.0})
        assert peaks(data, by="channel")["interval"].dt.hour().to_list() == [0, 2]


class TestDistribution:
    def test_a_value_on_a_limit_belongs_to_the_class_below(self) -> None:
        data = log(*({**row, "outcome": "abandoned", "answered_at": None} for row in waits(5.0, 5.001, 10.0, 400.0)))
        table = distribution(data, "mean_wait_abandoned", edges=[5, 10, 60])
        assert table.rows() == [
            (None, 5.0, 1, 0.25, 0.25),
            (5.0, 10.0, 2, 0.5, 0.75),
            (10.0, 60.0, 0, 0.0, 0.75),
            (60.0, None, 1, 0.25, 1.0),
        ]

    def test_groups_add_up_to_one_each(self) -> None:
        data = log(*waits(1.0, 2.0, 50.0), *waits(3.0, channel="chat"))
        table = distribution(data, "asa", by="channel")
        assert table.group_by("channel").agg(pl.col("share").sum()).sort("channel").rows() == [
            ("chat", 1.0),
            ("voice", pytest.approx(1.0)),
        ]

    def test_limits_have_to_increase(self) -> None:
        with pytest.raises(InputError, match="increase"):
            distribution(log({}), "asa", edges=[10, 5])

    def test_a_mix_counts_values_and_each_tag_of_a_contact_once(self) -> None:
        data = log({"tags": ["a", "b"]}, {"tags": ["a"]}, {"tags": None}, {"tags": []})
        assert mix(data, "tags").rows() == [("a", 2, 0.5), ("b", 1, 0.25)]
        assert mix(data, "outcome").rows() == [("answered", 4, 1.0)]
        with pytest.raises(UnknownName, match="did you mean 'tags'"):
            mix(data, "tag")


class TestAgentReport:
    def test_it_has_one_row_an_agent_and_agrees_with_the_scores(self) -> None:
        data = frames(tables(Random(4), 80))
        report, missing = agent_report(**data, horizon=MOMENTS)
        assert report["agent"].to_list() == ["a", "b", "c", "idle"]
        scored = score(**data, horizon=MOMENTS, kpis=COLUMNS, by="agent")
        for kpi in ("answered", "occupancy", "aht"):
            wanted = scored.filter(pl.col("kpi") == kpi, pl.col("agent").is_not_null())["value"].to_list()
            assert report[kpi].to_list() == wanted
        assert missing == {}

    def test_columns_that_the_log_can_not_give_are_named_with_their_reason(self) -> None:
        report, missing = agent_report(log(*waits(5.0, agent_id="a"), *waits(7.0, day=1, agent_id="a")), period="day")
        assert report.height == 2
        assert missing["occupancy"] == "needs table agent_states"
        assert "occupancy" not in report.columns
