"""Visits to the site and invitations to chat: shown while there is room, told in the table of visits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simkpi.demand.rows import NEVER, Demand, Returns, Visits
from simkpi.engine.frames import frames
from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.recorder import EngineLog
from simkpi.engine.run import run
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_worlds import SECOND, Row, demand, scenario, seconds

VISITORS = {"opens": 0.5, "stay": "1m", "invite": {"after": "5s", "accepts": 0.5, "free": 2}}


def shop(free: int = 2, count: int = 1, at_once: int = 3) -> Scenario:
    visitors = {**VISITORS, "invite": {**VISITORS["invite"], "free": free}}
    chat = {"channel": "chat", "visitors": visitors}
    return scenario({"online": {"count": count, "skills": {"chat": {"at_once": at_once}}}}, {"chat": chat})


def visited(world: Scenario, rows: list[Row], invited: list[tuple[float, Row | None]]) -> Demand:
    """Contacts by themselves, and visitors who may be invited at a moment; a row = accepts."""
    accepting = [row for _, row in invited if row is not None]
    whole = demand(world, [*rows, *(replace(row, at=10_000 + number) for number, row in enumerate(accepting))])
    n_fresh, n_rows = len(rows), len(whole)
    arrived = whole.arrived.copy()
    arrived[n_fresh:] = NEVER
    nobody, none = np.full(n_rows, -1), np.zeros(n_rows, dtype=np.int64)
    further = iter(range(n_fresh, n_rows))
    moments = np.array([round(at * SECOND) for at, _ in invited], dtype=np.int64)
    visits = Visits(
        contact_type=np.zeros(len(invited), dtype=np.int16),
        customer=np.arange(len(invited), dtype=np.uint64),
        started=np.maximum(moments - 5 * SECOND, 0),
        ended=moments + 60 * SECOND,
        invite_at=moments,
        row=np.array([-1 if row is None else next(further) for _, row in invited], dtype=np.int64),
        buys=np.zeros(len(invited), dtype=np.bool_),
    )
    returns = Returns(n_fresh, np.arange(n_rows), none, nobody, none, nobody, none)
    return replace(whole, arrived=arrived, returns=returns, visits=visits)


def chat(at: float = 0, talk: float = 30) -> Row:
    return Row(at, talk, kind="chat")


def play(world: Scenario, contacts: Demand) -> EngineLog:
    log = run(world, contacts, "reference")
    assert violations(world, contacts, log) == []
    return log


def test_a_visitor_is_invited_while_there_is_room_for_so_many() -> None:
    world = shop(free=2)
    log = play(world, visited(world, [chat(0)], [(1, chat()), (2, chat()), (3, None)]))
    assert log.invited.tolist() == [True, False, False]
    assert seconds(log.answered) == [0, 1, None]


def test_who_declines_takes_no_room() -> None:
    world = shop(free=3)
    log = play(world, visited(world, [], [(1, None), (2, None), (3, chat())]))
    assert log.invited.tolist() == [True, True, True]
    assert seconds(log.answered) == [3]


def test_nobody_is_invited_while_somebody_waits_or_nobody_works() -> None:
    voice = {"channel": "voice", "priority": 2}
    skills = {"chat": {"at_once": 2}, "voice": {"at_once": 1}}
    types = {"chat": {"channel": "chat", "visitors": {**VISITORS, "invite": {"after": "5s", "accepts": 0.5}}}, "voice": voice}
    world = scenario({"online": {"counts": [1, 1, 0], "skills": skills, "at_close": "finish_contact"}}, types)
    contacts = visited(world, [Row(0, 15, kind="voice"), chat(1, talk=2)], [(5, None), (18, None), (25, None)])
    assert play(world, contacts).invited.tolist() == [False, True, False]


def test_at_the_same_tick_the_invitation_comes_after_work_ends_and_before_an_arrival() -> None:
    world = shop(free=1, at_once=1)
    log = play(world, visited(world, [chat(0, talk=10), chat(10)], [(10, chat(talk=4))]))
    assert log.invited.tolist() == [True]
    assert seconds(log.answered) == [0, 14, 10]


def test_the_table_of_visits_tells_who_was_invited_and_who_came() -> None:
    world = shop(free=2)
    contacts = visited(world, [chat(0)], [(6, chat()), (7, chat()), (8, None)])
    tables = frames(world, contacts, run(world, contacts, "reference"))
    assert tables.interactions["origin"].to_list() == ["reactive", "proactive"]
    assert tables.interactions["visit_started_at"].dt.second().to_list() == [None, 1]
    visits = tables.companions["visits"]
    assert visits["contact_id"].to_list() == ["1", None, None]
    assert visits["invited_at"].dt.second().to_list() == [6, None, None]
    assert visits["requested_at"].dt.second().to_list() == [6, None, None]
    assert visits["ended_at"].dt.second().to_list() == [36, 7, 8]
    assert visits["is_converted"].to_list() == [None, False, False]


def test_an_invitation_while_somebody_waits_is_noticed() -> None:
    world = shop(free=1, at_once=1)
    contacts = visited(world, [chat(0, talk=20), chat(1)], [(5, None)])
    log = play(world, contacts)
    assert log.invited.tolist() == [False]
    forged = replace(log, invited=np.array([True]))
    assert violations(world, contacts, forged) == ["invited a visitor to chat while contacts waited"]


def test_only_invitations_are_a_feature_of_engines() -> None:
    assert plan(shop()).features == {"invite"}
    quiet = scenario({"online": {"skills": {"chat": {}}}}, {"chat": {"channel": "chat", "visitors": {"opens": 0.5}}})
    assert plan(quiet).features == frozenset()
