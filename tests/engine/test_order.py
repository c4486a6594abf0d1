"""Simultaneous events: for every pair of kinds, a world in whole seconds whose outcome tells which came first."""

from __future__ import annotations

from simkpi.engine.recorder import ABANDONED, ANSWERED, BLOCKED
from tests.engine.engine_worlds import Row, play, scenario, seconds

ONE = {"phone": {"count": 1}}
BACKUP = {"front": {"count": 1}, "back": {"count": 1, "skills": {"voice": {"after": "5s"}}}}


def test_a_falling_head_count_precedes_work_that_ends_at_the_same_tick() -> None:
    world = scenario({"phone": {"counts": [1], "at_close": "finish_contact"}})
    log = play(world, Row(0, talk=10), Row(1, talk=5))
    assert seconds(log.answered) == [0, None]  # told to finish at 10, then free: goes home


def test_a_rising_head_count_precedes_the_end_of_patience() -> None:
    log = play(scenario({"phone": {"counts": [0, 1]}}), Row(3, patience=7))
    assert seconds(log.answered) == [10]


def test_a_falling_head_count_precedes_an_overflow() -> None:
    world = scenario({**BACKUP, "back": {"counts": [1], "skills": BACKUP["back"]["skills"], "at_close": "finish_contact"}})
    log = play(world, Row(0, talk=20), Row(5, talk=5))
    assert seconds(log.answered) == [0, 20]


def test_a_falling_head_count_precedes_the_end_of_a_bot_session_and_an_arrival() -> None:
    world = scenario({"phone": {"counts": [2], "at_close": "finish_contact"}})
    log = play(world, Row(8, bot="handed_off", bot_time=2), Row(10))
    assert seconds(log.answered) == [None, None]


def test_a_rising_head_count_precedes_an_arrival() -> None:
    log = play(scenario({"phone": {"counts": [0, 1]}}), Row(10, patience=0))
    assert log.outcome.tolist() == [ANSWERED]


def test_work_ends_before_an_overflow() -> None:
    log = play(scenario(BACKUP), Row(0, talk=5), Row(0, talk=5))
    assert log.team.tolist() == [0, 0]
    assert log.overflowed.tolist() == [False, False]


def test_work_ends_before_patience_does() -> None:
    log = play(scenario(ONE), Row(0, talk=10), Row(2, patience=8))
    assert seconds(log.answered) == [0, 10]


def test_work_ends_before_a_bot_session_and_an_arrival() -> None:
    log = play(scenario(ONE), Row(0, talk=10), Row(4, bot="handed_off", bot_time=6, patience=0), Row(10, patience=0))
    assert log.outcome.tolist() == [ANSWERED, ANSWERED, ABANDONED]


def test_an_overflow_precedes_the_end_of_patience() -> None:
    log = play(scenario(BACKUP), Row(0, talk=30), Row(0, patience=5))
    assert seconds(log.answered) == [0, 5]
    assert log.overflowed.tolist() == [False, True]


def test_an_overflow_precedes_the_end_of_a_bot_session_and_an_arrival() -> None:
    teams = {**BACKUP, "back": {"count": 1, "skills": {"voice": {"after": "5s"}, "chat": {}}}}
    world = scenario(teams, {"voice": {}, "chat": {}})
    for rival in (Row(1, kind="chat", bot="handed_off", bot_time=4), Row(5, kind="chat")):
        log = play(world, Row(0, talk=30), Row(0, talk=10), rival)
        assert seconds(log.answered) == [0, 5, 15]


def test_patience_ends_before_a_bot_session_and_an_arrival() -> None:
    world = scenario(ONE, {"voice": {"queue_capacity": 1}})
    for rival in (Row(1, bot="handed_off", bot_time=4), Row(5)):
        log = play(world, Row(0, talk=30), Row(0, patience=5), rival)
        assert log.outcome.tolist() == [ANSWERED, ABANDONED, ANSWERED]


def test_without_the_tie_the_place_in_the_queue_is_not_yet_free() -> None:
    world = scenario(ONE, {"voice": {"queue_capacity": 1}})
    assert play(world, Row(0, talk=30), Row(0, patience=5), Row(4.999)).outcome.tolist() == [ANSWERED, ABANDONED, BLOCKED]


def test_a_bot_session_ends_before_a_fresh_arrival_even_of_an_earlier_contact_type() -> None:
    world = scenario({"all": {"skills": {"voice": {}, "chat": {}}}}, {"voice": {}, "chat": {}})
    log = play(world, Row(1, kind="chat", bot="handed_off", bot_time=4), Row(5, kind="voice"))
    assert seconds(log.answered) == [5, 15]


def test_within_a_kind_the_lower_id_comes_first() -> None:
    log = play(scenario({"phone": {"count": 2}}), Row(0, talk=10), Row(0, talk=10), Row(1), Row(2))
    assert log.agent.tolist() == [0, 1, 0, 1]


def test_what_an_event_causes_is_over_before_the_next_event_of_the_tick() -> None:
    """A conversation of no length frees its agent before the next arrival of the same tick asks."""
    log = play(
        scenario(ONE), Row(5, talk=0, patience=0), Row(5, talk=0, patience=0), Row(5, talk=1, patience=0), Row(5, patience=0)
    )
    assert log.outcome.tolist() == [ANSWERED, ANSWERED, ANSWERED, ABANDONED]
