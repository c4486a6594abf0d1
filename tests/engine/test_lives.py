"""Transfers, calls back, closed doors, silent departures, announced waits and trunk lines, by hand."""

from __future__ import annotations

from simkpi.engine.recorder import ABANDONED, ANSWERED, BLOCKED, GOES_ON, REFUSED
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_worlds import Row, play, scenario, seconds

TWO = {"front": {"count": 1}, "back": {"count": 1, "skills": {"expert": {}}}}
TYPES = {"voice": {}, "expert": {"tier": 2}}
ONE = {"phone": {"count": 1}}


def announcing(rule: str = "position", **more: object) -> Scenario:
    callback = {"offer_after": "9s"}
    return scenario(ONE, {"voice": {"callback": callback, "announced": rule, "handle": {"talk": {"fixed": "10s"}}, **more}})


def test_a_cold_transfer_queues_at_the_end_of_the_conversation_and_the_first_agent_wraps_up() -> None:
    log = play(scenario(TWO, TYPES), Row(0, talk=5, wrap=3, transfer=("cold", Row(0, kind="expert", talk=7))), Row(1, talk=4))
    # rows: the two contacts, then the stay with the expert
    assert seconds(log.queued) == [0, 1, 5]
    assert seconds(log.answered) == [0, 8, 5]
    assert seconds(log.wrapped) == [8, 12, 12]


def test_with_a_warm_transfer_the_first_agent_stays_until_the_expert_picks_up() -> None:
    expert = Row(0, kind="expert", talk=20)
    log = play(scenario(TWO, TYPES), expert, Row(0, talk=5, wrap=3, transfer=("warm", Row(0, kind="expert", talk=7))), Row(1))
    assert seconds(log.answered) == [0, 0, 23, 20]
    assert seconds(log.ended)[:2] == [5, 20]
    assert seconds(log.wrapped)[0] == 23


def test_whoever_gives_up_in_the_second_queue_frees_the_agent_who_stayed() -> None:
    elsewhere = Row(0, kind="expert", talk=7, patience=4)
    log = play(scenario(TWO, TYPES), Row(0, kind="expert", talk=20), Row(0, talk=5, wrap=3, transfer=("warm", elsewhere)), Row(1))
    assert log.outcome.tolist() == [ANSWERED, ANSWERED, ANSWERED, ABANDONED]
    assert seconds(log.wrapped)[0] == 12
    assert seconds(log.answered)[2] == 12


def test_a_transfer_before_a_team_closes_is_still_served_by_it() -> None:
    teams = {"front": {"counts": [1, 1]}, "back": {"counts": [1, 1], "skills": {"expert": {}}}}
    waits = Row(15, kind="expert", talk=9)
    log = play(scenario(teams, TYPES), Row(10, talk=8, transfer=("cold", Row(0, kind="expert", talk=4))), waits)
    assert seconds(log.answered) == [10, 15, 24]


def test_the_closed_centre_refuses_leaves_the_bot_or_takes_a_message() -> None:
    world = scenario({"all": {"skills": {"voice": {}, "email": {}}}}, {"voice": {}, "email": {"channel": "email"}})
    message = Row(0, kind="email", talk=6)
    rows = Row(0, closed="refuse"), Row(1, closed=message), Row(2, bot="handed_off", bot_time=3, closed="bot_only")
    log = play(world, *rows)
    assert log.outcome.tolist() == [REFUSED, GOES_ON, REFUSED, ANSWERED]
    assert seconds(log.ended) == [0, 1, 5, 7]
    assert seconds(log.queued) == [None, None, None, 1]


def test_who_is_offered_a_call_keeps_the_place_and_nobody_overtakes() -> None:
    called = Row(1, talk=6, patience=5, calls=(0, "y"))
    log = play(announcing(), Row(0, talk=30), called, Row(2, talk=4))
    assert log.outcome.tolist() == [ANSWERED, GOES_ON, ANSWERED, ANSWERED]
    assert seconds(log.answered) == [0, None, 36, 30]


def test_a_call_that_nobody_takes_costs_the_ringing_and_is_tried_again() -> None:
    log = play(announcing(), Row(0, talk=30), Row(1, talk=6, calls=(0, "ny")))
    # the second call is made four seconds after the first, which rang for three
    assert seconds(log.answered) == [0, None, 30, 37]
    assert seconds(log.wrapped) == [30, None, 33, 43]


def test_who_prefers_it_is_called_later() -> None:
    log = play(announcing(), Row(0, talk=30), Row(1, talk=6, calls=(50, "y")))
    assert seconds(log.queued) == [0, 1, 51]


def test_the_announced_wait_is_places_times_handle_time_over_agents() -> None:
    # one waits already: the next one is second, 2 x 10 s; who accepts less leaves at once
    log = play(announcing(), Row(0, talk=90), Row(1), Row(2, balk_above=19), Row(3, balk_above=20))
    assert log.outcome.tolist() == [ANSWERED, ANSWERED, ABANDONED, ANSWERED]


def test_the_last_wait_may_be_what_is_announced() -> None:
    # when the third comes, the last one taken had waited 8 s
    log = play(announcing("last"), Row(0, talk=10), Row(2, talk=20), Row(12, balk_above=7), Row(13, balk_above=8))
    assert log.outcome.tolist() == [ANSWERED, ANSWERED, ABANDONED, ANSWERED]


def test_a_silent_departure_keeps_its_place_and_wastes_the_agents_time() -> None:
    log = play(scenario(ONE), Row(0, talk=20), Row(1, patience=5, noticed=4), Row(2, talk=3))
    assert log.outcome.tolist() == [ANSWERED, ABANDONED, ANSWERED]
    assert seconds(log.ended) == [20, 6, 27]
    assert seconds(log.answered) == [0, 20, 24]
    assert seconds(log.wrapped)[1] == 24


def test_a_silent_customer_taken_at_the_last_moment_is_still_there() -> None:
    log = play(scenario(ONE), Row(0, talk=20), Row(1, patience=19, noticed=4, talk=3))
    assert seconds(log.ended) == [20, 23]


def test_lines_are_busy_until_the_conversation_ends_not_the_wrap_up() -> None:
    world = scenario(ONE, lines={"voice": {"contacts": ["voice"], "count": 2}})
    log = play(world, Row(0, talk=10, wrap=5), Row(1, talk=3), Row(9), Row(10), Row(11))
    # two lines: one talks until 10, one waits; at 10 the first is free again, at 11 both are taken
    assert log.outcome.tolist() == [ANSWERED, ANSWERED, BLOCKED, ANSWERED, BLOCKED]
    assert seconds(log.queued)[2] is None


def test_a_transferred_contact_keeps_its_line() -> None:
    world = scenario(TWO, TYPES, lines={"voice": {"contacts": ["voice"], "count": 1}})
    log = play(world, Row(0, talk=5, transfer=("cold", Row(0, kind="expert", talk=7))), Row(6), Row(12))
    assert log.outcome.tolist() == [ANSWERED, BLOCKED, ANSWERED, ANSWERED]


def test_bot_sessions_take_a_line_unless_they_are_free() -> None:
    rows = Row(0, bot="handed_off", bot_time=5, talk=9), Row(1, talk=4)
    lines = {"contacts": ["voice"], "count": 1}
    held, free = (play(scenario(ONE, lines={"voice": {**lines, "bots": bots}}), *rows) for bots in ("hold", "free"))
    assert held.outcome.tolist() == [ANSWERED, BLOCKED]
    assert free.outcome.tolist() == [ANSWERED, ANSWERED]
