"""The published figures of the incident log and the chat channel, from our tables with plain polars."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from simkpi.interactions.files import read_log
from simkpi.interactions.table import Log

SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
INCIDENTS, CHAT = SHARED / "it_incidents_uci498", SHARED / "stripe_dev_chat"


def agrees(values: pl.Series, wanted: dict) -> None:
    assert len(values) == wanted["n"]
    assert values.mean() == pytest.approx(wanted["mean"], rel=1e-12)
    assert values.std() == pytest.approx(wanted["sd"], rel=1e-9)
    for level, quantile in wanted["quantiles"].items():
        assert values.quantile(float(level), interpolation="linear") == pytest.approx(quantile, rel=1e-9, abs=1e-9)


@pytest.mark.skipif(not INCIDENTS.exists(), reason="the incident log is not here")
class TestIncidents:
    @pytest.fixture
    def log(self) -> Log:
        return read_log(INCIDENTS / "incident_events.csv.gz")

    @pytest.fixture
    def expected(self) -> dict:
        return json.loads((INCIDENTS / "expected_kpis.json").read_text())

    def test_counts(self, log: Log, expected: dict) -> None:
        tickets = log.interactions
        assert log.rejects is None
        assert log.notes[1].startswith(f"{expected['events']} events of {expected['incidents']} incidents")
        assert tickets.height == expected["incidents"]
        assert tickets.filter(n_transfers=0).height == expected["never_reassigned"]
        assert tickets["reopened_at"].count() == expected["reopened"]
        assert tickets["made_sla"].sum() == expected["made_sla"]
        clean = tickets.filter("is_resolved", pl.col("n_transfers") == 0, pl.col("reopened_at").is_null())
        assert clean.height == expected["resolved_and_never_reassigned_nor_reopened"]
        assert tickets.filter(outcome="answered").height == expected["last_state"]["Closed"]

    def test_hours_to_resolution_and_closure(self, log: Log, expected: dict) -> None:
        hours = {
            end: (log.interactions[end] - log.interactions["arrived_at"]).dt.total_milliseconds() / 3.6e6
            for end in ("resolved_at", "ended_at")
        }
        agrees(hours["resolved_at"].drop_nulls(), expected["resolution_hours"])
        agrees(hours["ended_at"].drop_nulls(), expected["closure_hours"])

    def test_states_follow_each_other_without_gaps(self, log: Log) -> None:
        assert log.items is not None
        states = log.items
        following = states.with_columns(next_from=pl.col("from_at").shift(-1).over("contact_id"))
        assert following.filter(pl.col("to_at") != pl.col("next_from")).is_empty()
        assert set(states["state"]) == {"new", "open", "pending", "resolved", "closed"}
        assert states.filter(pl.col("to_at").is_null()).height == 890


@pytest.mark.skipif(not CHAT.exists(), reason="the chat log is not here")
class TestStripeChat:
    @pytest.fixture
    def log(self) -> Log:
        return read_log(CHAT / "messages_logs_1_2.csv.gz")

    @pytest.mark.parametrize("number", ["1", "2"])
    def test_messages_conversations_and_reply_gaps(self, log: Log, number: str) -> None:
        wanted = json.loads((CHAT / "expected_stats.json").read_text())[number]
        assert log.messages is not None
        messages = log.messages.filter(log=number)
        assert messages.height == wanted["messages"]
        assert messages["sender_id"].n_unique() == wanted["senders"]
        assert (messages["sent_at"].max() - messages["sent_at"].min()).total_seconds() / 3600 == pytest.approx(
            wanted["span_hours"]
        )
        assert messages["mentions"].count() == wanted["messages_mentioning_a_participant"]
        agrees(messages["n_chars"], wanted["chars_per_message"])
        chats = log.interactions.filter(pl.col("contact_id").str.starts_with(f"{number}-"))
        assert chats.height == wanted["annotated_conversations_in_last_200"]
        # the published figure leaves out the one message before the annotated 200 that belongs to a conversation
        annotated = messages.filter(pl.col("seq") >= 1000).group_by("contact_id").len()
        agrees(annotated["len"], wanted["messages_per_conversation"])
        assert chats["n_messages"].sum() == annotated["len"].sum() + 1
        replies = messages.filter(~pl.col("contact_id").str.ends_with("unassigned")).select(
            "sender_id", "sent_at", pl.col("replies_to").str.split(";")
        )
        replies = replies.drop_nulls("replies_to").explode("replies_to").with_columns(pl.col("replies_to").cast(pl.Int64))
        pairs = replies.join(messages, left_on="replies_to", right_on="seq", suffix="_before").filter(
            pl.col("sender_id") != pl.col("sender_id_before")
        )
        agrees(
            pairs.select((pl.col("sent_at") - pl.col("sent_at_before")).dt.total_seconds()).to_series(),
            wanted["reply_gap_seconds_between_different_people"],
        )

    def test_first_replies_come_after_the_customer_wrote(self, log: Log) -> None:
        answered = log.interactions.filter(pl.col("first_reply_at").is_not_null())
        assert answered.height > 20
        assert answered.filter(pl.col("first_reply_at") < pl.col("arrived_at")).is_empty()
        assert answered["reply_time"].min() >= 0
