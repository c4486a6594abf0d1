"""Bots with places and hours: who waits for a session, who goes to the agents without one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER
from simkpi.engine.frames import frames
from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.recorder import ANSWERED, CONTAINED, GAVE_UP, EngineLog
from simkpi.engine.run import run
from simkpi.queueing.erlang_b import blocking_probability
from simkpi.scenario.files import load
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_worlds import Row, demand, scenario, seconds
from tests.engine.engine_worlds import play as play_reference

VOICE = {"voice": {"recontact": {"chance": 0.5, "after": "1m"}}}


def play(world: Scenario, *rows: Row) -> EngineLog:
    log = play_reference(world, *rows)
    assert violations(world, demand(world, list(rows)), log) == []
    return log


def desk(count: int = 5, contacts: dict[str, Any] | None = None, **bot: Any) -> Scenario:
    return scenario({"phone": {"count": count}}, contacts, bot=bot)


def session(at: float, time: float = 10, ends: str = "contained", **more: Any) -> Row:
    return Row(at, bot=ends, bot_time=time, **more)


def test_a_full_bot_lets_the_next_customer_ask_for_a_human_at_once() -> None:
    log = play(desk(at_once=2), session(0), session(1), session(2, talk=7, alone=9), session(10))
    assert seconds(log.bot_started) == [0, 1, None, 10]
    assert log.outcome.tolist() == [CONTAINED, CONTAINED, ANSWERED, CONTAINED]
    assert seconds(log.queued)[2] == 2
    assert seconds(log.ended)[2] == 11  # the talk time of a contact without the bot


def test_customers_wait_for_a_place_first_come_first_served() -> None:
    log = play(desk(at_once=1, waits_at_most="20s"), session(0), session(1), session(2, ends="gave_up"))
    assert seconds(log.bot_started) == [0, 10, 20]
    assert seconds(log.ended) == [10, 20, 30]
    assert log.outcome.tolist() == [CONTAINED, CONTAINED, GAVE_UP]


def test_who_has_waited_long_enough_asks_for_a_human() -> None:
    log = play(desk(at_once=1, waits_at_most="5s"), session(0), session(1), session(7))
    assert seconds(log.bot_started) == [0, None, 10]
    assert seconds(log.queued) == [None, 6, None]


def test_at_the_same_tick_the_wait_ends_before_the_session() -> None:
    log = play(desk(at_once=1, waits_at_most="5s"), session(0), session(5))
    assert seconds(log.bot_started) == [0, None]
    assert seconds(log.queued) == [None, 10]


def test_at_the_same_tick_a_session_ends_before_an_arrival() -> None:
    log = play(desk(at_once=1), session(0), session(10))
    assert seconds(log.bot_started) == [0, 10]


def test_a_bot_takes_nobody_outside_its_hours_nor_who_will_not_try_it() -> None:
    world = desk(at_once=9, hours={"mon-sun": "00:00-00:01"})
    log = play(world, session(59), session(60), session(3, tried=(4, 90)), session(4, tried=(4, 90)), session(5, tried=(0, 5)))
    assert seconds(log.bot_started) == [None, 4, None, 59, None]  # in the order of arrival


def test_who_comes_back_to_a_bot_that_is_closed_by_then_gets_a_human() -> None:
    world = desk(contacts=VOICE, hours={"mon-sun": "00:00-00:01"})
    again = (55, session(0, talk=7, alone=9))
    log = play(world, session(0, solved=(False, True), again=again))
    assert seconds(log.bot_started) == [0, None]
    assert log.outcome.tolist() == [CONTAINED, ANSWERED]
    assert seconds(log.ended) == [10, 74]


def test_whether_a_customer_comes_back_depends_on_who_took_the_contact() -> None:
    world = desk(contacts=VOICE, at_once=1)
    back = (60, Row(0))
    log = play(world, session(0, solved=(True, False), again=back), session(1, solved=(True, False), again=back))
    assert seconds(log.queued) == [None, 1, None, 71]


def test_a_team_that_closes_stays_for_those_who_wait_for_the_bot() -> None:
    world = scenario({"phone": {"counts": [1]}}, bot={"at_once": 1, "waits_at_most": "8s"})
    log = play(world, session(4, 20), session(5, talk=3))
    assert log.outcome.tolist() == [CONTAINED, ANSWERED]
    assert seconds(log.answered) == [None, 13]


def test_the_log_shows_the_session_as_it_was() -> None:
    world = desk(at_once=1, waits_at_most="20s")
    rows = [session(0), session(1, ends="handed_off"), session(2, time=1), session(3)]
    contacts = demand(world, rows)
    table = frames(world, contacts, run(world, contacts, "reference"))
    moments = table.interactions.select("bot_started_at", "bot_ended_at", "queued_at").rows()
    assert [[moment and moment.second for moment in row] for row in moments] == [
        [0, 10, None],
        [10, 20, 20],
        [20, 21, None],
        [21, 31, None],
    ]
    assert table.legs.filter(kind="bot")["from_at"].dt.second().to_list() == [0, 10, 20, 21]
    bypassed = demand(desk(at_once=1), rows)
    missing = frames(desk(at_once=1), bypassed, run(desk(at_once=1), bypassed, "reference")).interactions
    assert missing["bot_outcome"].to_list() == ["contained", None, None, None]


@pytest.mark.parametrize(
    ("started", "complaint"),
    [([0, 1, 10], "holds more sessions"), ([0, NEVER, 20], "went without"), ([0, 12, 11], "overtook"), ([0, 10, 99], "beyond")],
)
def test_a_forged_session_is_noticed(started: list[int], complaint: str) -> None:
    world = desk(at_once=1, waits_at_most="20s")
    rows = [session(0), session(1), session(11)]
    log = play(world, *rows)
    assert seconds(log.bot_started) == [0, 10, 20]
    forged = np.array([tick * 1000 if tick < NEVER else tick for tick in started])
    if started[1] == NEVER:
        queued, answered = log.queued.copy(), log.answered.copy()
        queued[1] = answered[1] = 1_000
        log = replace(log, queued=queued, answered=answered)
        rows[0] = replace(rows[0], bot_time=0.5)
    assert any(complaint in each for each in violations(world, demand(world, rows), replace(log, bot_started=forged)))


def test_the_plan_names_the_feature_only_where_the_run_must_decide() -> None:
    assert plan(desk()).features == frozenset()
    assert plan(desk(hours={"mon-sun": "08:00-09:00"})).features == frozenset()  # fresh contacts: known before
    assert plan(desk(at_once=3)).features == {"bot_terms"}
    assert "bot_terms" in plan(desk(contacts=VOICE, hours={"mon-sun": "08:00-09:00"})).features


def test_a_bot_without_waiting_is_full_as_often_as_erlang_b_says() -> None:
    """Sessions that find no place go elsewhere: M/G/c/c, whatever the law of the session (Erlang 1917)."""
    chat = {"volume": "60 per hour", "handle": "1s", "patience": "never"}
    bot = {"serves": ["chat"], "contains": 0.5, "time": {"lognormal": {"mean": "3m", "cv": 1.2}}, "at_once": 4}
    blocks = {"calendar": {"days": 6}, "contacts": {"chat": chat}, "bots": {"bot": bot}}
    world = load({"simkpi": 1, **blocks, "teams": {"desk": {"skills": {"chat": {"at_once": 1}}, "count": 9}}})
    missed = []
    for replication in range(8):
        contacts = draw(world, seed=4, replication=replication)
        log = run(world, contacts, "reference")
        missed.append(float((log.bot_started[contacts.arrived > 3_600_000] >= NEVER).mean()))
    error = np.std(missed, ddof=1) / np.sqrt(len(missed))
    assert error < 0.008
    assert abs(np.mean(missed) - blocking_probability(agents=4, offered_load=3.0)) < 4 * error
