"""Threads that pause while the customer is away: parked without taking room, back to the agent who wrote last, else requeued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.demand.rounds import parts_of, shares_of_work
from simkpi.demand.rows import AWAY, NEVER, ROUND
from simkpi.engine.features import FEATURES
from simkpi.engine.frames import frames
from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.recorder import EngineLog
from simkpi.engine.run import run
from simkpi.scenario.files import load
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_worlds import Row, demand, scenario, seconds
from tests.engine.engine_worlds import play as play_reference

THREADS = {"rounds": {"replies": 2, "away": "5s"}, "channel": "messaging"}
TYPES = {"messaging": THREADS, "voice": {}}


def desk(count: int = 1, end: str = "drain", **more: object) -> Scenario:
    return scenario({"desk": {"count": count, "skills": {"messaging": {}, "voice": {}}, **more}}, TYPES, end=end)


def thread(at: float, talk: float, *rounds: tuple[float, float], **more: float) -> Row:
    return Row(at, talk, kind="messaging", rounds=rounds, **more)


def play(world: Scenario, *rows: Row) -> EngineLog:
    log = play_reference(world, *rows)
    assert violations(world, demand(world, list(rows)), log) == []
    return log


def test_a_thread_alone_is_replies_and_pauses_in_turn_and_the_wrap_up_comes_last() -> None:
    log = play(desk(), thread(0, 10, (20, 5), (7, 3), wrap=4))
    assert seconds(log.queued) == [0, 30, 42]
    assert seconds(log.answered) == [0, 30, 42]
    assert seconds(log.ended) == [10, 35, 45]
    assert seconds(log.wrapped) == [10, 35, 49]


def test_a_parked_thread_leaves_its_agent_free() -> None:
    log = play(desk(), thread(0, 10, (20, 5)), Row(11, 10))
    assert seconds(log.answered) == [0, 11, 30]


def test_whoever_writes_again_goes_to_the_agent_who_wrote_last_though_another_is_idle_for_longer() -> None:
    # agent 0 writes until 10, agent 1 talks from 1 to 5: at 30 agent 1 has been idle for longer
    log = play(desk(2), thread(0, 10, (20, 5)), Row(1, 4))
    assert log.agent.tolist() == [0, 1, 0]


def test_if_the_agent_is_busy_somebody_else_takes_the_thread() -> None:
    log = play(desk(2), thread(0, 10, (20, 5), (20, 5)), Row(1, 4), Row(12, 40), Row(13, 5))
    # agent 1 takes the call at 12, agent 0 the one at 13; at 30 agent 0 is free again
    assert log.agent.tolist() == [0, 1, 1, 0, 0, 0]
    log = play(desk(2), thread(0, 10, (20, 5), (20, 5)), Row(1, 15), Row(12, 100))
    # agent 0 takes the call at 12, so agent 1 goes on at 30, and again at 55
    assert log.agent.tolist() == [0, 1, 0, 1, 1]


def test_if_nobody_has_room_it_waits_in_the_queue_in_the_order_of_the_messages() -> None:
    log = play(
        desk(),
        thread(0, 10, (2, 5)),
        Row(11, 20, kind="messaging"),
        Row(11.5, 20, kind="messaging"),
        Row(13, 3, kind="messaging"),
    )
    # messages at 11, 11.5, 12 (the thread's) and 13
    assert seconds(log.answered) == [0, 11, 31, 56, 51]


def test_an_agent_who_has_gone_home_is_not_waited_for() -> None:
    teams = {
        "early": {"counts": [1, 0], "skills": {"messaging": {}}},
        "late": {"counts": [0, 1], "skills": {"messaging": {}}},
    }
    log = play(scenario(teams, {"messaging": THREADS}), thread(0, 5, (10, 5)))
    assert log.agent.tolist() == [0, 1]


def test_with_last_agent_a_thread_waits_for_a_while() -> None:
    world = scenario({"desk": {"count": 2, "skills": {"messaging": {}, "voice": {}}}}, TYPES, last_agent={"messaging": "8s"})
    log = play(world, thread(0, 10, (20, 5)), Row(12, 25), Row(13, 2))
    # the call at 12 goes to agent 1, who has been idle since 0; the one at 13 to agent 0
    assert log.agent.tolist() == [0, 1, 0, 0]
    log = play(world, thread(0, 10, (20, 5)), Row(1, 15), Row(12, 24))
    assert (log.agent.tolist(), seconds(log.answered)) == ([0, 1, 0, 0], [0, 1, 12, 36])
    log = play(world, thread(0, 10, (20, 5)), Row(1, 15), Row(12, 30))
    assert (log.agent.tolist(), seconds(log.answered)) == ([0, 1, 0, 1], [0, 1, 12, 38])


def test_a_message_after_the_horizon_leaves_the_thread_open() -> None:
    world = desk()
    rows = [thread(86_390, 5, (10, 5))]
    log = play(world, *rows)
    assert seconds(log.queued) == [86_390, None]
    table = frames(world, demand(world, rows), log).interactions
    assert table["outcome"].to_list() == ["open"]
    assert table["n_agent_messages"].to_list() == [1]


def test_the_log_has_one_row_a_contact_messages_and_legs() -> None:
    world, rows = desk(), [thread(0, 10, (20, 5), wrap=4), Row(28, 6)]
    log = play(world, *rows)
    tables = frames(world, demand(world, rows), log)
    first, call = tables.interactions.to_dicts()
    # the second message waits for the call: from 30 to 34
    expected = {"talk_time": 15, "wrap_time": 4, "n_messages": 4, "n_customer_messages": 2, "n_agent_messages": 2}
    expected |= {"reply_time": 9.5, "outcome": "answered", "is_resolved": True}
    assert {name: first[name] for name in expected} == expected
    assert [(first[name] - first["arrived_at"]).total_seconds() for name in ("first_reply_at", "ended_at")] == [10, 39]
    assert (call["n_messages"], call["reply_time"], call["first_reply_at"]) == (None, None, call["answered_at"])
    mine = tables.legs.filter(contact_id="0")
    assert mine["kind"].to_list() == ["queue", "agent", "queue", "agent", "wrap"]
    assert mine["end"].to_list() == ["answered", "parked", "answered", "answered", "answered"]
    assert tables.companions["messages"]["sender"].to_list() == ["customer", "agent"] * 2


def test_threads_beside_chats_with_turns_share_the_columns_and_the_table_of_messages() -> None:
    chat = {"channel": "chat", "turns": {"replies": 2, "think": "5s", "idle_close": "60s"}}
    world = scenario({"desk": {"count": 2, "skills": {"messaging": {}, "chat": {}}}}, {"messaging": THREADS, "chat": chat})
    rows = [thread(0, 10, (20, 5)), Row(1, 8, kind="chat", turns=((50, 3), (50, None)))]
    tables = frames(world, demand(world, rows), play(world, *rows))
    assert tables.interactions["n_messages"].to_list() == [4, 4]
    assert tables.interactions["reply_time"].to_list() == [7.5, 4]
    assert tables.companions["messages"]["contact_id"].to_list() == ["0"] * 4 + ["1"] * 4


@pytest.mark.parametrize(
    "forge",
    [
        lambda log: replace(log, answered=np.where(np.arange(2) == 1, log.answered - 1, log.answered)),
        lambda log: replace(log, queued=np.where(np.arange(2) == 1, log.queued + 1, log.queued)),
        lambda log: replace(log, wrapped=np.where(np.arange(2) == 0, log.wrapped + 5, log.wrapped)),
    ],
)
def test_a_forged_thread_is_noticed(forge: Callable[[EngineLog], EngineLog]) -> None:
    world, rows = desk(), [thread(0, 10, (20, 5))]
    log = play(world, *rows)
    assert violations(world, demand(world, rows), forge(log)) != []


def test_a_thread_that_somebody_else_takes_is_noticed() -> None:
    world, rows = desk(2), [thread(0, 10, (20, 5)), Row(1, 4)]
    log = play(world, *rows)
    other = replace(log, agent=np.where(np.arange(3) == 2, 1, log.agent).astype(np.int32))
    complaint = "thread 2 went to agent 1 though agent 0, who wrote last, had room"
    assert complaint in violations(world, demand(world, rows), other)


def test_the_shipped_scenario_breaks_no_identity_and_keeps_the_work_of_each_customer() -> None:
    world = load("scenarios/features/messaging.yaml")
    contacts = draw(world, seed=1, replication=0)
    assert violations(world, contacts, run(world, contacts, "reference")) == []
    assert contacts.chains is not None
    whole = draw(without_rounds(world), seed=1, replication=0)
    talk = np.bincount(contacts.chains.head, weights=contacts.talk)[: len(whole)]
    assert talk.astype(int).tolist() == whole.talk.tolist()
    assert np.bincount(contacts.chains.head, weights=contacts.wrap)[: len(whole)].astype(int).tolist() == whole.wrap.tolist()
    away = contacts.chains.fate == AWAY
    assert (contacts.chains.kind[contacts.chains.next[away]] == ROUND).all()
    assert (contacts.chains.after[away] > 0).all()
    # geometric with mean 3
    mean = (1 + np.bincount(contacts.chains.head[contacts.chains.kind == ROUND], minlength=len(whole)))[
        whole.contact_type == 1
    ].mean()
    assert 2.4 < mean < 3.6
    assert (contacts.patience[contacts.chains.kind == ROUND] == NEVER).all()


def without_rounds(world: Scenario) -> Scenario:
    contacts = {name: contact.model_copy(update={"rounds": None}) for name, contact in world.spec.contacts.items()}
    return replace(world, spec=world.spec.model_copy(update={"contacts": contacts}))


def test_without_rounds_nothing_is_known_of_them() -> None:
    plain = without_rounds(load("scenarios/features/messaging.yaml"))
    assert "rounds" in FEATURES
    assert "rounds" not in plan(plain).features
    assert plan(plain).last_agent == ()
    assert draw(plain, seed=1, replication=0).chains is None


def test_parts_of_work_that_does_not_divide_add_up() -> None:
    share = shares_of_work(np.array([3, 1]), lambda number, which: np.array([0.3, 0.6, 0.2])[number - 1] + 0 * which)
    work = np.array([10_001, 77])
    parts = [parts_of(work, before, after).tolist() for before, after in pairwise(share)]
    assert np.sum(parts, axis=0).tolist() == work.tolist()
    assert [row[1] for row in parts] == [77, 0, 0]
