"""Chats of days that were not fitted: distributions, open chats and their prediction intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from simkpi.errors import InputError
from simkpi.interactions.files import read_log
from simkpi.interactions.table import Log
from simkpi.interactions.zones import as_wall_clock
from simkpi.planning.backtest.backtest import Backtest, backtest
from simkpi.planning.backtest.chat_figures import open_levels, sample
from simkpi.planning.backtest.split import split
from simkpi.report.backtest_table import lines, record
from simkpi.report.charts.chats import chats as chart
from tests.planning.test_calibrate_turns import made

STRIPE = Path(__file__).parents[3] / "shared/data/stripe_dev_chat/messages_logs_1_2.csv.gz"


@pytest.fixture(scope="module")
def found() -> Backtest:
    log = made("effort: reply, idle_close: 1d, customer_messages: 1.8")
    return backtest(split(log, train="5d"), replications=10, tuned=False, explained=False)


def test_days_that_were_not_fitted_have_the_replies_messages_and_open_chats_that_were_predicted(found: Backtest) -> None:
    assert found.chats is not None
    inside = sum(line.is_inside for line in found.chats.lines)
    assert inside >= 0.8 * len(found.chats.lines)
    held, many = found.chats.open_inside
    assert 0.8 * many <= held < many
    assert {line.measure for line in found.chats.lines} >= {"reply time", "messages per chat", "chats open at once"}


def test_the_prediction_lies_nearer_than_an_exponential_law(found: Backtest) -> None:
    assert found.chats is not None
    by_name = {one.measure: one for one in found.chats.distances}
    for name in ("reply time", "customer's reply", "messages per chat"):
        one = by_name[name]
        assert one.exponential is not None
        assert one.predicted < 0.6 * one.exponential
        assert one.predicted < 2.5 * one.by_chance


def test_chats_are_in_the_table_the_record_and_the_chart(found: Backtest) -> None:
    assert found.chats is not None
    text = "\n".join(lines(found, "fr"))
    assert "Chats message par message" in text
    assert "chats ouverts à la fois" in text
    figures = record(found)["chats"]["figures"]
    assert {"measure", "figure", "actual", "predicted", "low", "high", "is_inside"} <= figures[0].keys()
    figure = chart(found.chats.shares, title="x", lang="fr")
    assert sum(axes.axison for axes in figure.axes) == 6


def test_open_chats_are_weighted_by_time() -> None:
    agent = np.array(["A", "A", "B", ""], dtype=object)
    levels, lengths = open_levels(agent, np.array([0.0, 10.0, 0.0, 0.0]), np.array([30.0, 20.0, 5.0, 9.0]))
    one = sample(levels, lengths)
    assert one is not None
    assert one.mean == pytest.approx((25 * 1 + 10 * 2) / 35)
    assert one.quantile(0.5) == 1
    assert one.share_up_to(np.array([0.5, 1.0, 2.0])).tolist() == pytest.approx([0, 25 / 35, 1])


def test_the_distance_of_two_samples_is_their_largest_difference() -> None:
    first, second = sample(np.array([1.0, 2.0, 3.0, 4.0])), sample(np.array([3.0, 4.0, 5.0, 6.0]))
    assert first is not None
    assert second is not None
    assert first.distance(second) == 0.5
    assert first.distance(first) == 0
    assert sample(np.array([np.nan])) is None


def test_hours_are_dealt_from_every_day() -> None:
    parts = split(made("effort: reply, idle_close: 1d"), train="50%", how="hours")
    assert len(parts.train_days) == len(parts.test_days) == 10
    hours = [set(part.interactions.lazy().collect()["arrived_at"].dt.truncate("1h")) for part in (parts.train, parts.test)]
    assert not hours[0] & hours[1]
    assert len(hours[0]) == len(hours[1]) == 40
    assert parts.test.messages is not None
    kept = set(parts.test.messages.lazy().collect()["contact_id"])
    assert kept <= set(parts.test.interactions.lazy().collect()["contact_id"])


def test_hours_are_counted_in_hours() -> None:
    log = made("effort: reply, idle_close: 1d")
    parts = split(log, train="3h", test="5h", how="hours")
    assert parts.test.interactions.lazy().collect()["arrived_at"].dt.truncate("1h").n_unique() == 5
    with pytest.raises(InputError, match="whole hours, got 90min"):
        split(log, train="90min", how="hours")


@pytest.mark.skipif(not STRIPE.exists(), reason="needs ../shared/data/stripe_dev_chat, a log that is not part of the project")
class TestStripe:
    @pytest.fixture(scope="class")
    @staticmethod
    def log() -> Log:
        return as_wall_clock(read_log(str(STRIPE))).collect()

    def test_a_held_back_half_of_the_hours_is_predicted_from_the_rest(self, log: Log) -> None:
        found = backtest(split(log, how="hours", seed=2), replications=20, tuned=False, explained=False)
        assert found.chats is not None
        inside = sum(line.is_inside for line in found.chats.lines)
        assert inside >= 0.75 * len(found.chats.lines)
        for one in found.chats.distances:
            if one.measure == "messages per chat":
                assert one.predicted < one.by_chance

    def test_chats_without_a_reply_are_said(self, log: Log) -> None:
        parts = split(log, how="hours", seed=2)
        assert any("got no reply although an agent had room" in note for note in parts.train.notes)
        unanswered = log.interactions.lazy().filter(pl.col("outcome") == "abandoned").collect().height
        assert unanswered == 9
