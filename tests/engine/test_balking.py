"""Customers who leave at once when too many are waiting."""

from __future__ import annotations

from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.recorder import ABANDONED, ANSWERED, BLOCKED
from simkpi.engine.run import run
from tests.engine.engine_worlds import Row, demand, play, scenario, seconds

WORLD = scenario({"phone": {"count": 1}})


def test_a_customer_joins_the_longest_queue_he_accepts_and_no_longer_one() -> None:
    log = play(WORLD, Row(0, talk=60), Row(1), Row(2, longest_queue=1), Row(3, longest_queue=1), Row(4, longest_queue=0))
    assert log.outcome.tolist() == [ANSWERED, ANSWERED, ANSWERED, ABANDONED, ABANDONED]
    assert seconds(log.ended)[3:] == [3, 4]
    assert (
        violations(WORLD, demand(WORLD, [Row(0, talk=60), Row(1, longest_queue=0)]), play(WORLD, Row(0, talk=60), Row(1))) == []
    )


def test_who_finds_an_agent_does_not_look_at_the_queue() -> None:
    world = scenario(
        {"phone": {"skills": {"voice": {}, "email": {}}}, "chat": {"skills": {"chat": {}}}},
        {"voice": {}, "email": {}, "chat": {}},
    )
    log = play(world, Row(0, talk=60), Row(1, kind="email"), Row(2, kind="chat", longest_queue=0), Row(3, longest_queue=0))
    # the e-mail waits in a queue of its own, so the second call finds its own one empty
    assert seconds(log.answered) == [0, 60, 2, 70]


def test_a_full_queue_blocks_before_anybody_balks() -> None:
    world = scenario({"phone": {"count": 1}}, {"voice": {"queue_capacity": 1}})
    log = play(world, Row(0, talk=60), Row(1), Row(2, longest_queue=0))
    assert log.outcome.tolist() == [ANSWERED, ANSWERED, BLOCKED]


def test_a_customer_who_leaves_a_queue_that_was_short_enough_is_noticed() -> None:
    rows = [Row(0, talk=60), Row(1, longest_queue=9)]
    log = play(WORLD, *rows)
    log.outcome[1], log.ended[1], log.answered[1], log.wrapped[1], log.agent[1] = ABANDONED, 1000, 1 << 62, 1 << 62, -1
    assert violations(WORLD, demand(WORLD, rows), log) == ["balked at a queue that was short enough: contacts 1"]


def test_the_plan_names_the_feature() -> None:
    world = scenario({"phone": {"count": 1}}, {"voice": {"patience": {"law": None, "balk_per_waiting": 0.1}}})
    assert plan(world).features == {"balk_per_waiting"}
    assert len(run(world, demand(world, [Row(0)]), "reference")) == 1
