"""Work in the background: set aside for live contacts and gone on with afterwards, at a cost, as a second engine has it."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from simkpi.demand.rows import Demand
from simkpi.engine.ppm import PPM
from simkpi.engine.recorder import INTERRUPTED, EngineLog
from simkpi.engine.run import frames, run
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import blended_worlds
from tests.engine.engine_worlds import SECOND, Row, demand, play, scenario, seconds
from tests.engine.test_reference import check

CONTACTS: dict[str, Any] = {"voice": {}, "chat": {"channel": "chat"}, "email": {"channel": "email"}}


def desk(count: int = 1, **email: Any) -> Scenario:
    skills = {"voice": {}, "chat": {"at_once": 3}, "email": {"background": True, "resume": "2s", **email}}
    return scenario({"desk": {"skills": skills, "count": count}}, CONTACTS)


def pieces(log: EngineLog, contact: int) -> list[tuple[float | None, ...]]:
    mine = log.leg_contact == contact
    return list(zip(seconds(log.leg_from[mine]), seconds(log.leg_to[mine]), strict=True))


def test_a_call_interrupts_an_email_which_goes_on_afterwards_at_a_cost() -> None:
    log = play(desk(), Row(0, talk=10, wrap=4, kind="email"), Row(3, talk=5))
    assert seconds(log.answered) == [0, 3]
    # 3 s done, set aside for 5 s; then 7 s of talk and 2 s to find the way back
    assert seconds(log.ended) == [17, 8]
    assert seconds(log.wrapped) == [21, 8]
    assert pieces(log, 0) == [(0, 3), (8, 17)]


def test_an_email_may_be_interrupted_again_and_in_its_wrap_up() -> None:
    rows = [Row(0, talk=4, wrap=4, kind="email"), Row(2, talk=1), Row(9, talk=3)]
    log = play(desk(), *rows)
    # talk 0-2 and 3-7 (2 s left and 2 s back), wrap-up 7-9, set aside, 12-16 (2 s left and 2 s back)
    assert pieces(log, 0) == [(0, 2), (3, 7), (7, 9), (12, 16)]
    assert seconds(log.ended)[0] == 7
    table = frames(desk(), demand(desk(), rows), log)
    assert table.interactions["talk_time"].to_list()[0] == 6
    assert table.interactions["wrap_time"].to_list()[0] == 6
    assert table.legs.filter(table.legs["contact_id"] == "0")["end"].to_list() == [
        "answered", "interrupted", "answered", "interrupted", "answered"
    ]  # fmt: skip


def test_nobody_is_interrupted_while_a_colleague_is_free() -> None:
    log = play(desk(2), Row(0, talk=10, kind="email"), Row(3, talk=5), Row(4, talk=5))
    assert log.agent.tolist() == [0, 1, 0]
    assert pieces(log, 0) == [(0, 4), (9, 17)]


def test_whoever_has_had_the_same_contacts_open_for_longest_is_interrupted() -> None:
    log = play(desk(2), Row(0, talk=20, kind="email"), Row(1, talk=20, kind="email"), Row(3, talk=2), Row(4, talk=2))
    assert log.agent.tolist() == [0, 1, 0, 1]


def test_live_contacts_come_first_then_what_was_set_aside_then_other_emails() -> None:
    rows = [Row(0, talk=10, kind="email"), Row(1, talk=5, kind="email"), Row(2, talk=4), Row(3, talk=4, patience=60)]
    log = play(desk(), *rows)
    assert seconds(log.answered) == [0, 20, 2, 6]
    assert pieces(log, 0) == [(0, 2), (10, 20)]


def test_an_email_does_not_interrupt_an_email() -> None:
    log = play(desk(), Row(0, talk=10, kind="email"), Row(3, talk=5, kind="email"))
    assert seconds(log.answered) == [0, 10]
    assert len(log.leg_contact) == 0


def test_an_email_set_aside_for_chats_waits_until_all_its_room_is_free() -> None:
    log = play(desk(), Row(0, talk=10, kind="email"), Row(1, talk=6, kind="chat"), Row(2, talk=9, kind="chat"))
    assert pieces(log, 0) == [(0, 1), (11, 22)]


def test_the_last_one_begun_is_set_aside_first_and_taken_up_first() -> None:
    world = desk(at_once=2)
    log = play(world, Row(0, talk=10, kind="email"), Row(1, talk=10, kind="email"), Row(2, talk=3, kind="chat"), Row(3, talk=2))
    # an e-mail takes half of the agent, a chat a third; the call needs all of him, and has him when the chat is over
    assert seconds(log.answered) == [0, 1, 2, 5]
    assert pieces(log, 0) == [(0, 5), (7, 14)]
    assert pieces(log, 1) == [(1, 2), (7, 18)]


def test_whoever_goes_home_finishes_what_was_set_aside() -> None:
    skills = {"voice": {}, "email": {"background": True, "resume": "2s"}}
    world = scenario({"desk": {"skills": skills, "counts": [1, 0], "interval": "10s"}}, CONTACTS)
    log = play(world, Row(0, talk=9, kind="email"), Row(8, talk=6), Row(9, talk=3, kind="email"))
    assert pieces(log, 0) == [(0, 8), (14, 17)]
    assert seconds(log.answered)[2] is None


def test_the_work_done_is_the_work_content_and_the_cost_of_each_return() -> None:
    rows = [Row(0, talk=100, wrap=10, kind="email"), *(Row(7 * k, talk=3) for k in range(1, 9))]
    log = play(desk(), *rows)
    interrupted = int((log.leg_end == INTERRUPTED).sum())
    assert interrupted == 8
    done = (log.leg_to - log.leg_from).sum() + (log.wrapped - log.ended)[0]
    assert done == (100 + 10 + 2 * interrupted) * SECOND


def test_emails_that_nobody_interrupts_are_what_they_were() -> None:
    rows = [Row(second, talk=7, kind="email") for second in range(0, 40, 3)]
    plain, behind = (play(desk(2, background=flag, resume=None), *rows) for flag in (None, True))
    assert (plain.wrapped == behind.wrapped).all()
    assert PPM == 1_000_000


@given(blended_worlds())
@settings(derandomize=True, deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
def test_generated_worlds_keep_the_identities_and_equal_the_plain_second_implementation(world: tuple[Scenario, Demand]) -> None:
    check(world)


def test_the_generated_worlds_interrupt() -> None:
    found = 0

    @given(blended_worlds())
    @settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=list(HealthCheck), database=None)
    def count(world: tuple[Scenario, Demand]) -> None:
        nonlocal found
        found += int((run(*world, "reference").leg_end == INTERRUPTED).any())

    count()
    assert found > 10
