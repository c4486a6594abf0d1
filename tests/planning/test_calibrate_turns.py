"""Chats fitted message by message: laws of turns recovered from logs with known truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from simkpi.experiment.replicate import simulate
from simkpi.interactions.conversations import contacts_of
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.dialogue import dialogue, work_of
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.pick_ups import with_pick_ups
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.planning.calibrate.turns import conversations
from simkpi.scenario.files import loads

TRUTH = """
simkpi: 1
calendar: {from: 2026-01-05, days: 10, open: 09:00-17:00}
contacts:
  chat:
    volume: 30 per hour
    handle: {talk: {lognormal: {mean: 4m, cv: 1.2}}, wrap: 10s}
    turns: {replies: 4, think: {lognormal: {mean: 70s, cv: 1.5}}, %s}
    patience: 3m
teams:
  online: {skills: {chat: {at_once: 4}}, count: 4}
"""
#: Chance that a customer of these centres thinks for longer than four minutes, or than a day.
BEYOND_4M = 0.0424


def made(turns: str, *, bare: bool = False) -> Log:
    """A simulated log with its messages; *bare*: nothing else is known of it."""
    result = simulate(loads(TRUTH % turns), replications=1, seed=3)
    contacts = result.interactions.drop("replication").with_columns(pl.col("contact_id").cast(pl.String))
    who = contacts.select("contact_id", "agent_id")
    messages = result.companions["messages"].drop("replication").join(who, on="contact_id", how="left", maintain_order="left")
    by_whom = pl.when(pl.col("sender") == "agent").then("agent_id").otherwise("contact_id")
    messages = messages.with_columns(sender_id=by_whom).drop("agent_id")
    return Log(contacts_of(messages) if bare else contacts, messages=messages)


@pytest.fixture(scope="module")
def own_work() -> Log:
    return made("effort: reply, idle_close: 1d, customer_messages: 1.8, agent_messages: [70, 20, 10]")


def near(value: float, truth: float, error: float) -> bool:
    return abs(value - truth) < 3.5 * error


def test_replies_with_work_of_their_own_are_recovered(own_work: Log) -> None:
    contact = fit(own_work).contacts[0]
    turns = contact.turns
    assert turns is not None
    assert turns.effort == "reply"
    assert near(turns.replies.mean, 4, turns.replies.mean_error)
    assert near(turns.reply_work.mean, 60, turns.reply_work.mean_error)
    assert near(contact.talk.mean, 240, contact.talk.mean_error)
    assert abs(contact.talk.cv - 1.2) < 0.12
    assert near(turns.think.mean, 70, turns.think.mean_error)
    assert near(turns.wrap.mean, 10, 0.2)
    assert near(turns.customer_messages.mean, 1.8, turns.customer_messages.mean_error)
    assert near(turns.agent_messages.mean, 1.4, turns.agent_messages.mean_error)
    assert not turns.tells_silence
    assert turns.silent == 0


def test_a_chat_whose_work_does_not_grow_with_its_replies_is_told_apart() -> None:
    contact = fit(made("idle_close: 4m, silent: 5%")).contacts[0]
    turns = contact.turns
    assert turns is not None
    assert turns.effort == "chat"
    assert near(turns.slope, -1, turns.slope_error)
    assert near(contact.talk.mean, 240, contact.talk.mean_error)
    assert turns.tells_silence
    assert turns.idle_close == 240
    assert near(turns.silent, 0.05 + 0.95 * BEYOND_4M, turns.silent_error)
    assert near(turns.replies.mean, 4, turns.replies.mean_error)  # although silence cut a third of the chats short
    assert turns.replies.censored > 300


def test_messages_alone_are_enough_for_the_laws(own_work: Log) -> None:
    log = own_work
    assert log.messages is not None
    contacts = contacts_of(log.messages.collect() if isinstance(log.messages, pl.LazyFrame) else log.messages)
    fitted = fit(Log(contacts, messages=log.messages))
    turns = fitted.contacts[0].turns
    assert turns is not None
    assert near(turns.replies.mean, 4, turns.replies.mean_error)
    assert abs(turns.reply_work.mean - 60) < 3.5 * turns.reply_work.mean_error + 2.5  # wrap-ups are not told, and count as work
    assert near(turns.think.mean, 70, turns.think.mean_error)
    assert any("only messages" in note for note in fitted.notes)


def test_pick_ups_lie_between_arrival_and_first_reply_and_are_told_once(own_work: Log) -> None:
    log = Log(contacts_of(own_work.messages), messages=own_work.messages)
    picked = with_pick_ups(log)
    served = picked.interactions.lazy().filter(pl.col("outcome") == "answered").collect()
    assert (served["answered_at"] >= served["queued_at"]).all()
    assert (served["answered_at"] <= served["first_reply_at"]).all()
    assert (served["answered_at"] == served["queued_at"]).mean() > 0.9
    assert with_pick_ups(picked) is picked


def test_the_fitted_scenario_is_read_and_replies_like_the_log(own_work: Log) -> None:
    fitted = fit(own_work)
    again = simulate(loads(scenario_text(fitted, name="again")), replications=4, seed=8)
    log = own_work.interactions.lazy().collect()
    simulated = again.interactions
    for column in ("n_messages", "reply_time"):
        mean, spread = log[column].mean(), log[column].std()
        assert abs(simulated[column].mean() - mean) < 4 * spread / np.sqrt(log.height)


def test_chats_that_nobody_answered_although_an_agent_had_room_are_left_out_and_said() -> None:
    log = made("effort: reply, idle_close: 1d", bare=True)
    messages = log.messages
    assert isinstance(messages, pl.DataFrame)
    lost = log.interactions.lazy().collect()["contact_id"].gather_every(10)
    unanswered = messages.filter(~(pl.col("contact_id").is_in(lost.implode()) & (pl.col("sender") == "agent")))
    picked = with_pick_ups(Log(contacts_of(unanswered), messages=unanswered))
    gone = lost.len() - (picked.interactions.lazy().collect()["outcome"] == "abandoned").sum()
    assert gone > 0.8 * lost.len()
    assert any(f"{gone} chats got no reply" in note for note in picked.notes)


def test_work_is_what_is_left_after_waiting_for_other_chats() -> None:
    agent = np.array(["A", "A", "B", "A", ""], dtype=object)
    asked, done = np.array([0.0, 5.0, 6.0, 100.0, 1.0]), np.array([10.0, 14.0, 9.0, 103.0, 2.0])
    work = work_of(agent, asked, done)
    assert work[:4].tolist() == [10.0, 4.0, 3.0, 3.0]
    assert np.isnan(work[4])  # nobody knows whose


def test_an_agent_who_was_away_for_more_than_an_hour_tells_nothing_of_his_work() -> None:
    assert np.isnan(work_of(np.array(["A"], dtype=object), np.array([0.0]), np.array([3601.0])))[0]


def hand_made(*spoken: tuple[str, str, int]) -> Log:
    start = pl.datetime(2026, 1, 5, 9, time_unit="ms")
    frame = pl.DataFrame(spoken, schema=["contact_id", "sender", "second"], orient="row")
    messages = frame.select(
        "contact_id", (start + pl.duration(seconds="second")).alias("sent_at"), "sender", sender_id=pl.col("sender")
    )
    return Log(contacts_of(messages), messages=messages)


def test_messages_in_a_row_are_one_turn_and_greetings_and_thanks_only_count() -> None:
    log = hand_made(
        ("1", "agent", 0),
        ("1", "customer", 10),
        ("1", "customer", 15),
        ("1", "bot", 16),
        ("1", "agent", 40),
        ("1", "agent", 45),
        ("1", "customer", 60),
        ("1", "agent", 70),
        ("1", "customer", 80),
    )
    told = dialogue(log)
    assert told is not None
    assert (told.replied - told.asked).tolist() == [30, 10]
    assert told.think[0] == 20
    assert np.isnan(told.think[1])
    assert told.customer_messages.tolist() == [2, 2]
    assert told.agent_messages.tolist() == [3, 1]


def test_a_log_without_replies_has_no_dialogue() -> None:
    log = hand_made(("1", "customer", 0), ("1", "customer", 4))
    assert dialogue(log) is None
    assert conversations(log) is None
    assert with_pick_ups(log) is log
    assert dialogue(replace(log, messages=None)) is None


def test_too_few_replies_are_said(own_work: Log) -> None:
    contacts = own_work.interactions.lazy().collect()
    few = contacts.with_columns(
        contact_id=pl.when(pl.int_range(pl.len()) < contacts.height - 4)
        .then(pl.lit("x") + pl.col("contact_id"))
        .otherwise("contact_id")
    )
    fitted = fit(replace(own_work, interactions=few))
    assert fitted.contacts[0].turns is None
    assert any("too few to fit how chats go" in note for note in fitted.notes)
