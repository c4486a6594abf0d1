"""Chats message by message: an agent writes one reply at a time, customers take their time, silence ends a chat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from simkpi.demand.draws import draw
from simkpi.engine.chats import replies_of
from simkpi.engine.frames import frames
from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.recorder import ANSWERED, OPEN, EngineLog
from simkpi.engine.returns import realised
from simkpi.engine.run import run
from simkpi.scenario.files import load, shipped
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_worlds import Row, demand, scenario, seconds
from tests.engine.engine_worlds import play as play_reference

CHAT = {"chat": {"channel": "chat", "turns": {"replies": 2, "think": "5s", "idle_close": "60s"}}}
HALVES = ((50, 10), (50, None))


def desk(count: int = 1, at_once: int = 3, end: str = "drain") -> Scenario:
    return scenario({"online": {"count": count, "skills": {"chat": {"at_once": at_once}}}}, CHAT, end=end)


def chat(at: float, talk: float = 20, turns: tuple[tuple[int, float | None], ...] = HALVES, **more: float) -> Row:
    return Row(at, talk, kind="chat", turns=turns, **more)


def play(world: Scenario, *rows: Row) -> EngineLog:
    log = play_reference(world, *rows)
    assert violations(world, demand(world, list(rows)), log) == []
    return log


def test_a_chat_alone_is_writing_and_thinking_in_turn() -> None:
    log = play(desk(), chat(0, wrap=5))
    assert seconds(log.message_at) == [0, 20]
    assert seconds(log.reply_at) == [10, 30]
    assert (seconds(log.ended), seconds(log.wrapped)) == ([30], [35])


def test_replies_wait_for_one_another_in_the_order_of_the_messages() -> None:
    log = play(desk(), chat(0), chat(1), chat(2))
    assert seconds(log.answered) == [0, 1, 2]
    # 0-10 first of chat 0, 10-20 of 1, 20-30 of 2; chat 0 wrote again at 20, 1 at 30, 2 at 40
    assert seconds(log.reply_at) == [10, 40, 20, 50, 30, 60]
    assert seconds(log.message_at) == [0, 20, 1, 30, 2, 40]


def test_a_wrap_up_waits_for_its_turn_too() -> None:
    log = play(desk(), chat(0, turns=((100, None),), wrap=5), chat(15, turns=((100, None),)))
    assert seconds(log.ended) == [20, 40]
    assert seconds(log.wrapped) == [45, 40]


def test_a_silent_customer_is_given_up_after_a_while() -> None:
    log = play(desk(), chat(0, turns=((50, None), (50, None))), chat(0, turns=((50, 61), (50, None))))
    assert seconds(log.ended) == [70, 80]
    assert log.outcome.tolist() == [ANSWERED, ANSWERED]
    assert seconds(log.reply_at) == [10, None, 20, None]


def test_silence_up_to_the_limit_is_no_silence() -> None:
    log = play(desk(), chat(0, turns=((50, 60), (50, None))))
    assert seconds(log.message_at) == [0, 70]


def test_the_room_is_free_after_the_wrap_up() -> None:
    log = play(desk(at_once=1), chat(0, wrap=5), chat(3))
    assert seconds(log.answered) == [0, 35]


def test_shares_of_a_talk_time_that_do_not_divide_it_add_up() -> None:
    thirds = ((33, 0), (33, 0), (34, None))
    log = play(desk(), chat(0, talk=0.010, turns=thirds))
    assert seconds(log.ended) == [0.010]
    assert seconds(log.reply_at) == [0.003, 0.006, 0.010]


def test_what_is_under_way_when_the_clock_stops_stays_open() -> None:
    day = 86_400
    world = desk(end="cut")
    log = play(world, chat(day - 15), chat(day - 25, turns=((100, None),), wrap=9))
    assert log.outcome.tolist() == [ANSWERED, OPEN]  # in the order of arrival
    assert seconds(log.reply_at) == [day - 5, None, None]
    assert seconds(log.wrapped) == [None, None]


def test_calls_beside_chats_go_on_by_themselves() -> None:
    both = {"chat": {"at_once": 2}, "mail": {"at_once": 2}}
    world = scenario({"online": {"skills": both}}, {**CHAT, "mail": {"channel": "voice"}})
    log = play(world, chat(0), Row(0, talk=25, kind="mail"))
    assert seconds(log.ended) == [30, 25]


def test_the_log_shows_the_messages() -> None:
    world = desk()
    rows = [chat(0), chat(1, turns=((50, None), (50, None)))]
    table = frames(world, demand(world, rows), run(world, demand(world, rows), "reference"))
    columns = table.interactions.select(
        "n_customer_messages", "n_agent_messages", "n_messages", "reply_time", "reason", "talk_time"
    )
    # chat 0: replies after 10 and 10 s; chat 1: message at 1, reply at 20
    assert columns.rows() == [(2, 2, 4, 10.0, None, 20.0), (1, 1, 2, 19.0, "silent", 10.0)]
    first, answered = table.interactions["first_reply_at"], table.interactions["answered_at"]
    assert (first - answered).dt.total_seconds().to_list() == [10, 19]
    messages = table.companions["messages"]
    assert messages["sender"].to_list() == ["customer", "agent", "customer", "agent", "customer", "agent"]
    assert messages["sent_at"].dt.second().to_list() == [0, 10, 20, 30, 1, 20]


@pytest.mark.parametrize(
    ("column", "place", "second", "complaint"),
    [
        ("message_at", 1, 21, "message at the wrong moment"),
        ("reply_at", 1, 31, "one thing after the other"),
        ("reply_at", 0, 9, "wrong moment"),
    ],
)
def test_a_forged_message_is_noticed(column: str, place: int, second: int, complaint: str) -> None:
    world = desk()
    log = play(world, chat(0), chat(5))
    forged = getattr(log, column).copy()
    forged[place] = second * 1000
    assert any(
        complaint in each for each in violations(world, demand(world, [chat(0), chat(5)]), replace(log, **{column: forged}))
    )


def queue(replies: int, at_once: int = 60, days: int = 12) -> Scenario:
    """One agent who may hold any number of chats; the parts of gamma talk of shape *replies* are exponential."""
    return load(
        {
            "simkpi": 1,
            "calendar": {"from": "2026-01-05", "days": days},
            "contacts": {
                "chat": {
                    "channel": "chat",
                    "volume": "10 per hour",
                    "handle": {"talk": {"gamma": {"mean": "4m", "cv": replies**-0.5}}},
                    "turns": {"replies": {"fixed": replies}, "think": {"lognormal": {"mean": "3m", "cv": 1}}, "idle_close": "9h"},
                    "patience": "never",
                }
            },
            "teams": {"online": {"skills": {"chat": {"at_once": at_once}}, "count": 1}},
        }
    )


def test_reply_times_are_those_of_the_queueing_network() -> None:
    """An exponential first-come-first-served server with delays: product form, reply time s / (1 - rho) (BCMP 1975)."""
    world = queue(replies=4)
    means = []
    for replication in range(12):
        contacts = draw(world, seed=5, replication=replication)
        log = run(world, contacts, "reference")
        contacts, log, _ = realised(plan(world), contacts, log)
        replies = replies_of(plan(world), contacts, log)
        late = contacts.arrived[replies.contact] > 6 * 3_600_000  # steady by then
        means.append(float((replies.reply_at - replies.message_at)[late].mean()) / 1000)
    error = np.std(means, ddof=1) / np.sqrt(len(means))
    assert error < 12
    assert abs(np.mean(means) - 60 / (1 - 2 / 3)) < 4 * error


def test_messages_written_at_a_time_count_in_the_columns_and_in_the_table() -> None:
    world = load(shipped("features/chat_replies.yaml"))
    drawn = draw(world, seed=1, replication=0)
    log = run(world, drawn)
    tables = frames(world, drawn, log)
    contacts, messages = tables.interactions, tables.companions["messages"]
    counted = messages.group_by("contact_id").len().join(contacts.cast({"contact_id": pl.String}), on="contact_id")
    assert (counted["len"] == counted["n_messages"]).all()
    assert contacts["n_agent_messages"].sum() == messages.filter(sender="agent").height
    per_reply = contacts["n_agent_messages"].sum() / contacts["n_customer_messages"].sum()
    assert abs(per_reply - 1.4 / 1.8) < 0.08
