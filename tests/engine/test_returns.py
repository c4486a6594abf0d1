"""Customers who come back: redials after a failed attempt, repeat contacts after an unresolved one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.recorder import EngineLog
from simkpi.engine.returns import arrivals, realised
from simkpi.engine.run import ENGINES, frames, run
from simkpi.errors import InputError
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import returning_worlds
from tests.engine.engine_worlds import Row, demand, scenario, seconds

DAY = 86_400
VOICE = {"voice": {"retry": {"chance": 1, "after": "1m", "at_most": 9}, "queue_capacity": 1}}


def play(*rows: Row, world: Scenario | None = None, **more: Any) -> tuple[Demand, EngineLog, pl.DataFrame]:
    world = world or scenario({"phone": {"count": 1}}, VOICE, **more)
    contacts = demand(world, list(rows))
    log = run(world, contacts, "reference")
    assert violations(world, contacts, log) == []
    return *realised(plan(world), contacts, log)[:2], frames(world, contacts, log).interactions


def test_who_abandons_tries_again_after_the_delay() -> None:
    contacts, log, _ = play(Row(0, talk=50), Row(1, patience=5, redial=(60, Row(0, talk=7))))
    assert seconds(contacts.arrived) == [0, 1, 66]
    assert seconds(log.ended) == [50, 6, 73]


def test_who_is_answered_does_not_redial_and_leaves_no_trace() -> None:
    contacts, log, table = play(Row(0, talk=5, redial=(60, Row(0))))
    assert len(contacts) == len(log) == table.height == 1
    assert table["comes_back"].to_list() == [False]


def test_blocked_and_given_up_are_failed_attempts_too() -> None:
    blocked = Row(2, redial=(60, Row(0)))
    gave_up = Row(3, bot="gave_up", bot_time=4, redial=(60, Row(0)))
    contacts, _, table = play(Row(0, talk=20), Row(1), blocked, gave_up)
    assert seconds(contacts.arrived)[4:] == [62, 67]
    assert table["origin"].to_list() == ["reactive"] * 4 + ["redial"] * 2


def test_an_unresolved_contact_is_followed_after_the_wrap_up() -> None:
    contacts, _, table = play(Row(0, talk=5, wrap=3, again=(60, Row(0, talk=2))))
    assert seconds(contacts.arrived) == [0, 68]
    assert table["origin"].to_list() == ["reactive", "return"]
    assert table["case_id"].to_list() == ["0", "0"]
    assert table["customer_id"].to_list() == ["voice-0"] * 2


def test_a_falsely_contained_contact_comes_back_by_another_channel() -> None:
    world = scenario({"desk": {"skills": {"chat": {}, "voice": {}}}}, {**VOICE, "chat": {"channel": "chat"}})
    follows = Row(0, kind="voice", talk=5)
    _, _, table = play(Row(0, kind="chat", bot="contained", bot_time=4, again=(10, follows)), world=world)
    assert table["channel"].to_list() == ["chat", "voice"]
    assert table["outcome"].to_list() == ["contained", "answered"]
    assert table["customer_id"].to_list() == ["chat-0"] * 2


def test_a_chain_goes_on_as_long_as_there_is_somebody_to_follow() -> None:
    third = Row(0, talk=1)
    second = Row(0, patience=1, redial=(10, third))
    contacts, _, table = play(Row(0, talk=60), Row(1, patience=1, redial=(10, second)), Row(2, patience=80))
    # the second attempt finds the one place in the queue taken: blocked at once
    assert seconds(contacts.arrived) == [0, 1, 2, 12, 22]
    assert contacts.returns is not None
    assert contacts.returns.attempt.tolist() == [0, 0, 0, 1, 2]
    assert table["case_id"].to_list() == ["0", "1", "2", "1", "1"]


def test_who_comes_back_is_before_a_fresh_contact_of_the_same_moment() -> None:
    contacts, log, _ = play(Row(0, talk=30), Row(1, patience=1, redial=(58, Row(0, talk=9))), Row(60, talk=4))
    assert seconds(contacts.arrived) == [0, 1, 60, 60]
    assert seconds(log.answered)[2:] == [60, 69]
    assert contacts.returns is not None
    assert contacts.returns.attempt.tolist() == [0, 0, 1, 0]


def test_who_would_come_after_the_horizon_is_marked_and_not_simulated() -> None:
    for end in ("drain", "cut"):
        contacts, _, table = play(Row(DAY - 100, talk=5, again=(95, Row(0))), Row(DAY - 50, again=(10, Row(0))), end=end)
        assert seconds(contacts.arrived) == [DAY - 100, DAY - 50, DAY - 30]
        assert table["comes_back"].to_list() == [True, True, False]


def test_who_would_come_by_night_comes_at_the_same_share_of_the_next_day() -> None:
    world = scenario({"phone": {"count": 1}}, VOICE, days=2, hours="08:00-20:00")
    noon, six = 12 * 3600, 6 * 3600
    contacts, _, _ = play(
        Row(noon, talk=0, again=(2 * 3600, Row(0))),  # 14:00, still open
        Row(noon, talk=0, again=(2 * noon - six, Row(0))),  # 06:00, ten twelfths of the night gone: 18:00
        Row(noon, talk=0, again=(2 * noon, Row(0))),  # noon of the next day
        Row(noon, talk=0, again=(2 * noon + 8 * 3600, Row(0))),  # 20:00, closed for good
        world=world,
    )
    assert seconds(contacts.arrived)[4:] == [14 * 3600, DAY + noon, DAY + 18 * 3600]


def test_teams_that_close_do_not_wait_for_those_who_come_back_later() -> None:
    world = scenario({"phone": {"counts": [1, 0]}}, VOICE)
    first = Row(5, talk=12, again=(1, Row(0, patience=30)))
    contacts, log, _ = play(first, Row(6, talk=4), world=world)
    assert seconds(contacts.arrived) == [5, 6, 18]
    assert seconds(log.answered) == [5, 17, None]


def test_a_return_that_nobody_had_a_reason_for_is_noticed() -> None:
    world = scenario({"phone": {"count": 1}}, VOICE)
    contacts = demand(world, [Row(0, talk=5, redial=(60, Row(0)))])
    log = run(world, contacts, "reference")
    ended = log.ended.copy()
    ended[1] = 70_000
    assert any("without a reason" in each for each in violations(world, contacts, replace(log, ended=ended)))


def test_a_plan_names_what_an_engine_must_know_and_the_compiled_one_refuses_what_it_does_not() -> None:
    world = scenario({"phone": {"count": 1}}, VOICE)
    assert plan(world).features == {"retry"}
    contacts = demand(world, [Row(0)])
    with pytest.raises(InputError, match="does not know telepathy yet; try"):
        ENGINES.get("compiled")(replace(plan(world), features=frozenset({"telepathy"})), contacts)


@given(returning_worlds())
@settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
def test_the_log_without_returns_of_those_who_came_is_the_same(world: tuple[Scenario, Demand]) -> None:
    """Metamorphic: customers who come back are, for the centre, fresh contacts of that moment (where no ties are settled)."""
    centre, contacts = world
    numbers = plan(centre)
    if numbers.last_agent:  # agents know who comes back
        return
    came, log, _ = realised(numbers, contacts, run(centre, contacts, "reference"))
    if len(np.unique(came.arrived)) < len(came) or (came.bot_time[came.bot >= 0] > 0).any():
        return
    again = run(centre, replace(came, returns=None), "reference")
    assert again.outcome.tolist() == log.outcome.tolist()
    assert again.answered.tolist() == log.answered.tolist()


@given(returning_worlds(), st.integers(0, 10))
@settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
def test_one_more_potential_return_changes_nobody_before_it(world: tuple[Scenario, Demand], place: int) -> None:
    centre, contacts = world
    if contacts.returns is None or not (contacts.returns.return_to >= 0).any():
        return
    log = run(centre, contacts, "reference")
    rows = np.flatnonzero(contacts.returns.return_to >= 0)
    row = int(rows[place % len(rows)])
    fewer = contacts.returns.return_to.copy()
    child, fewer[row] = fewer[row], -1
    moment = int(arrivals(plan(centre), contacts, log)[child])
    other = run(centre, replace(contacts, returns=replace(contacts.returns, return_to=fewer)), "reference")
    before = (log.answered < moment) & (log.answered < NEVER)
    assert (other.answered[before] == log.answered[before]).all()
