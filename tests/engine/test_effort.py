"""Chats that slow one another down: remaining work is re-timed whenever the number of open contacts changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.identities import broken_by
from simkpi.engine.plan import plan
from simkpi.engine.ppm import PPM, paces
from simkpi.engine.recorder import ANSWERED, OPEN, EngineLog
from simkpi.engine.reference.simulation import simulate
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import worlds
from tests.engine.engine_worlds import Row, demand, scenario, seconds

CHAT = {"chat": {"channel": "chat"}}


def play(*rows: Row, slower: tuple[float, ...] = (0, 1), end: str = "drain", **team: Any) -> EngineLog:
    world = scenario({"desk": {"skills": {"chat": {"at_once": 3}}, **team}}, CHAT, end=end)
    numbers = replace(plan(world), pace=(paces(slower),))
    contacts = demand(world, list(rows))
    log = simulate(numbers, contacts)
    assert broken_by(numbers, contacts, log) == []
    return log


def chat(at: float, talk: float, **more: Any) -> Row:
    return Row(at, talk, kind="chat", **more)


def test_alone_a_chat_goes_at_full_speed() -> None:
    assert seconds(play(chat(3, 20, wrap=5)).wrapped) == [28]


def test_two_at_half_speed_share_the_agent_while_both_are_open() -> None:
    log = play(chat(0, 10), chat(4, 10))
    # alone for 4 s, then both at half speed until 16, then the second one alone with 4 s of work left
    assert seconds(log.ended) == [16, 20]


def test_the_last_figure_holds_for_more_open_contacts() -> None:
    log = play(chat(0, 10), chat(0, 10), chat(0, 10))
    assert seconds(log.ended) == [20, 20, 20]


def test_the_end_of_the_conversation_is_told_apart_from_the_wrap_up() -> None:
    log = play(chat(0, 6, wrap=4), chat(4, 10))
    # 4 s done alone, 2 s of conversation at half speed until 8, 4 s of wrap-up at half speed until 16
    assert seconds(log.ended) == [8, 20]
    assert seconds(log.wrapped) == [16, 20]


def test_work_ends_at_the_first_tick_at_which_it_is_done() -> None:
    log = play(chat(0, 0.001), chat(0, 0.010), slower=(0, 0.5))
    # pace 666,666 ppm: one tick of work takes two; then 10 - 2 x 0.666666 = 8.666668 ticks alone
    assert log.wrapped.tolist() == [2, 11]


def test_a_contact_of_another_type_slows_the_chats_but_not_itself() -> None:
    world = scenario(
        {"desk": {"skills": {"chat": {"at_once": 2}, "email": {"at_once": 2}}}}, {**CHAT, "email": {"channel": "email"}}
    )
    numbers = replace(plan(world), pace=(paces((0, 1)), ()))
    log = simulate(numbers, demand(world, [chat(0, 10), Row(5, 4, kind="email")]))
    assert seconds(log.ended) == [12, 9]


def test_cut_knows_the_conversations_that_were_over_at_the_horizon() -> None:
    day = 86_400
    log = play(chat(day - 10, 4, wrap=9), chat(day - 10, 30), end="cut")
    assert seconds(log.ended) == [day - 2, None]
    assert seconds(log.wrapped) == [None, None]
    assert log.outcome.tolist() == [ANSWERED, OPEN]


@given(worlds())
@settings(derandomize=True, deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
def test_a_curve_that_is_flat_changes_nothing(world: tuple[Scenario, Demand]) -> None:
    numbers, contacts = plan(world[0]), world[1]
    flat = replace(numbers, pace=((PPM,),) * len(numbers.pace))
    plain, slowed = simulate(numbers, contacts), simulate(flat, contacts)
    for name in ("queued", "answered", "ended", "wrapped", "agent", "outcome", "overflowed"):
        assert getattr(plain, name).tolist() == getattr(slowed, name).tolist(), name


@given(worlds(), st.sampled_from([(0, 0.3), (0.1, 0.3, 1.0), (0, 0, 2)]))
@settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
def test_generated_worlds_with_slow_down_keep_the_identities(world: tuple[Scenario, Demand], slower: tuple[float, ...]) -> None:
    numbers, contacts = plan(world[0]), world[1]
    numbers = replace(numbers, pace=(paces(slower), *numbers.pace[1:]))
    log = simulate(numbers, contacts)
    assert broken_by(numbers, contacts, log) == []
    assert (log.wrapped[log.wrapped < NEVER] >= log.ended[log.wrapped < NEVER]).all()
