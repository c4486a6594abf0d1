"""Customers whose patience is shorter the more of the channel's contacts wait already."""

from __future__ import annotations

import pytest

from simkpi.engine.identities import violations
from simkpi.engine.life_plan import shortened
from simkpi.engine.plan import plan
from simkpi.engine.recorder import ABANDONED, ANSWERED
from tests.engine.engine_worlds import Row, demand, play, scenario, seconds

HALVED = {"patience": {"law": None, "shorter_per_waiting": 0.5}}
WORLD = scenario({"phone": {"skills": {"voice": {}, "chat": {}}}}, {"voice": HALVED, "chat": {"channel": "chat"}})


def test_each_waiting_contact_of_the_channel_takes_its_share() -> None:
    rows = [Row(0, talk=100), Row(1, patience=40), Row(2, patience=40), Row(3, patience=40), Row(50, patience=40)]
    log = play(WORLD, *rows)
    assert log.outcome.tolist() == [ANSWERED, *[ABANDONED] * 4]
    assert seconds(log.ended)[1:] == [41, 22, 13, 90]  # nobody, one, two, nobody before them
    assert violations(WORLD, demand(WORLD, rows), log) == []


def test_contacts_of_another_channel_do_not_count_and_another_type_of_the_channel_does() -> None:
    log = play(WORLD, Row(0, talk=100), Row(1, kind="chat"), Row(2, patience=40))
    assert seconds(log.ended)[2] == 42
    same = scenario({"phone": {"skills": {"voice": {}, "chat": {}}}}, {"voice": HALVED, "chat": {"channel": "voice"}})
    log = play(same, Row(0, talk=100), Row(1, kind="chat"), Row(2, patience=40))
    assert seconds(log.ended)[2] == 22


def test_who_leaves_earlier_than_the_queue_explains_is_noticed() -> None:
    rows = [Row(0, talk=100), Row(1, patience=40), Row(2, patience=40)]
    for moved in (-2_000, 2_000):
        log = play(WORLD, *rows)
        log.ended[2] += moved
        assert "patience is not shortened by those who wait: contacts 2" in violations(WORLD, demand(WORLD, rows), log)


@pytest.mark.parametrize("patience", [1, 7, 60_000, 10**15])
def test_patience_shrinks_like_a_power_and_never_to_nothing(patience: int) -> None:
    for waiting in range(6):
        assert shortened(patience, 700_000, waiting) == pytest.approx(max(patience * 0.7**waiting, 1), abs=waiting + 1)
    assert shortened(patience, 0, 3) == 1


def test_the_plan_names_the_feature_and_without_it_holds_nothing() -> None:
    assert plan(WORLD).features == {"shorter_per_waiting"}
    assert plan(scenario({"phone": {"count": 1}})).life.kept == ()
