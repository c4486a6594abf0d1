"""Head-counts that rise, fall and close: who leaves, who stays, and what the states say."""

from __future__ import annotations

from simkpi.engine.recorder import OVERTIME, WORK, EngineLog
from simkpi.interactions.columns import OUTCOMES
from tests.engine.engine_worlds import SECOND, Row, play, scenario, seconds

CHATS = {"skills": {"chat": {"at_once": 3}}}
CHAT = {"chat": {"channel": "chat"}}


def states(log: EngineLog, agent: int) -> list[tuple[str, float, float]]:
    names = {WORK: "work", OVERTIME: "overtime"}
    columns = (log.state_agent.tolist(), log.state.tolist(), log.state_from.tolist(), log.state_to.tolist())
    return [(names[state], start / SECOND, end / SECOND) for who, state, start, end in zip(*columns, strict=True) if who == agent]


def test_as_long_as_more_are_busy_than_scheduled_whoever_becomes_free_leaves() -> None:
    world = scenario({"phone": {"counts": [3, 1, 1, 1], "at_close": "finish_contact"}})
    log = play(world, Row(0, talk=12), Row(0, talk=14), Row(0, talk=20), Row(1, talk=1))
    # 12 and 14: somebody becomes free and leaves; 20: as many busy as scheduled, so the queue is served
    assert seconds(log.answered) == [0, 0, 0, 20]
    assert log.agent.tolist() == [0, 1, 2, 2]


def test_a_colleague_who_becomes_free_leaves_in_place_of_the_one_told_last() -> None:
    world = scenario({"phone": {"counts": [3, 1, 1], "at_close": "finish_contact"}})
    log = play(world, Row(0, talk=12), Row(0, talk=20), Row(0, talk=25))
    # at 10 agents 2 and then 1 are told; agent 0 is free at 12 and leaves for agent 1, who was told last
    assert states(log, 0) == [("work", 0, 12)]
    assert states(log, 1) == [("work", 0, 10), ("overtime", 10, 12), ("work", 12, 20)]
    # free at 20, agent 1 leaves in turn for agent 2, who stays to the end
    assert states(log, 2) == [("work", 0, 10), ("overtime", 10, 20), ("work", 20, 30)]


def test_the_idle_leave_first_with_the_highest_id() -> None:
    world = scenario({"phone": {"counts": [3, 2, 1], "at_close": "finish_contact"}})
    log = play(world, Row(0, talk=30))
    assert [states(log, agent)[0][2] for agent in (2, 1)] == [10, 20]


def test_then_those_with_the_fewest_open_contacts_are_told_to_finish() -> None:
    world = scenario({"desk": {**CHATS, "counts": [2, 1, 1, 1]}}, CHAT)
    log = play(world, *[Row(0, kind="chat", talk=15) for _ in range(3)], Row(11, kind="chat", talk=1))
    # least loaded first: agent 0 has two chats, agent 1 one: agent 1 is told, and takes nothing new although less loaded
    assert log.agent.tolist() == [0, 1, 0, 0]
    assert states(log, 1) == [("work", 0, 10), ("overtime", 10, 15)]


def test_when_the_head_count_rises_those_told_to_finish_stay_before_new_agents_come() -> None:
    world = scenario({"phone": {"counts": [2, 1, 2], "at_close": "finish_contact"}})
    log = play(world, Row(0, talk=25), Row(0, talk=25))
    assert states(log, 1) == [("work", 0, 10), ("overtime", 10, 20), ("work", 20, 30)]


def test_those_who_come_take_waiting_contacts_in_order_of_id() -> None:
    log = play(scenario({"phone": {"counts": [0, 2]}}), Row(1), Row(2), Row(3))
    assert log.agent.tolist() == [0, 1, 0]
    assert seconds(log.answered) == [10, 10, 20]


def test_serve_queue_stays_for_those_who_came_before_and_for_nobody_else() -> None:
    world = scenario({"phone": {"counts": [1], "at_close": "serve_queue"}})
    log = play(world, Row(0, talk=15), Row(5, talk=5), Row(12, talk=5))
    assert seconds(log.answered) == [0, 15, None]
    assert [OUTCOMES[outcome] for outcome in log.outcome] == ["answered", "answered", "open"]
    assert states(log, 0) == [("work", 0, 10), ("overtime", 10, 20)]


def test_finish_contact_leaves_the_queue_behind() -> None:
    world = scenario({"phone": {"counts": [1], "at_close": "finish_contact"}})
    log = play(world, Row(0, talk=15), Row(5, talk=5))
    assert seconds(log.answered) == [0, None]
    assert states(log, 0) == [("work", 0, 10), ("overtime", 10, 15)]


def test_serve_queue_waits_idle_for_a_bot_session_and_leaves_when_it_needs_nobody() -> None:
    world = scenario({"phone": {"counts": [2], "at_close": "serve_queue"}})
    handed = play(world, Row(0, talk=3, bot="handed_off", bot_time=15), Row(12))
    assert seconds(handed.answered) == [15, None]  # the newcomer of second 12 finds idle agents who stay for others
    assert states(handed, 1) == [("work", 0, 10), ("overtime", 10, 15)]
    contained = play(world, Row(0, talk=3, bot="contained", bot_time=15), Row(12))
    assert states(contained, 0) == [("work", 0, 10), ("overtime", 10, 15)]


def test_who_stays_for_those_before_skips_a_later_contact_that_left_the_bot_earlier() -> None:
    world = scenario({"phone": {"counts": [1], "at_close": "serve_queue"}})
    log = play(world, Row(0, talk=20), Row(9, talk=1, bot="handed_off", bot_time=9), Row(12, talk=1))
    assert seconds(log.answered) == [0, 20, None]


def test_a_head_count_that_rises_again_ends_the_overtime() -> None:
    world = scenario({"phone": {"counts": [1, 0, 1], "at_close": "serve_queue"}})
    log = play(world, Row(0, talk=25), Row(5, talk=2), Row(15, talk=1))
    assert seconds(log.answered) == [0, 25, 27]
    assert states(log, 0) == [("work", 0, 10), ("overtime", 10, 20), ("work", 20, 30)]


def test_cut_stops_the_clock_at_the_horizon_and_nothing_lies_beyond() -> None:
    day = 86_400
    rows = (Row(day - 10, talk=5, wrap=20), Row(day - 8, talk=60), Row(day - 3), Row(day - 2, bot="contained", bot_time=5))
    world = scenario({"phone": {"count": 2}}, end="cut")
    log = play(world, *rows)
    assert [OUTCOMES[outcome] for outcome in log.outcome] == ["answered", "open", "open", "open"]
    assert seconds(log.ended) == [day - 5, None, None, None]
    assert seconds(log.wrapped) == [None] * 4
    assert states(log, 0) == [("work", 0, day)]


def test_when_the_head_count_rises_the_one_told_last_stays_first() -> None:
    world = scenario({"phone": {"counts": [3, 1, 2], "at_close": "finish_contact"}})
    log = play(world, Row(0, talk=25), Row(0, talk=25), Row(0, talk=25))
    # at 10 agent 2 is told, then agent 1; at 20 agent 1 goes on; at 25 agent 0 and 1 are free first, 0 leaves for 2
    assert states(log, 1)[:3][-1] == ("work", 20, 30)
    assert states(log, 2)[1] == ("overtime", 10, 25)
