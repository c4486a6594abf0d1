"""Contacts that slow one another down have equal logs in both engines, though each re-times them at other moments."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from simkpi.demand.rows import Demand
from simkpi.engine.compiled.kernel import simulate
from simkpi.engine.plan import plan
from simkpi.engine.ppm import paces
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import worlds
from tests.engine.engine_worlds import Row, demand, scenario
from tests.parity.parity import differences, in_whole, staffed
from tests.parity.test_parity import benchmark, thinned

SLOWER = [(0, 0.25, 0.6), (0.1, 0.5), (0, 2, 5, 9)]


@pytest.mark.parametrize("slower", SLOWER)
@pytest.mark.parametrize("unit", [1, 1000, 30_000])
def test_a_day_of_slowed_chats_has_equal_logs(slower: tuple[float, ...], unit: int) -> None:
    world, contacts = benchmark(seed=2)
    numbers = replace(staffed(plan(world), 0.4), pace=((), paces(slower)))
    assert differences(numbers, in_whole(unit, thinned(contacts, 3))) == {}


def test_calls_and_chats_that_are_all_slowed_have_equal_logs_where_the_clock_stops() -> None:
    world, contacts = benchmark(seed=3)
    numbers = replace(staffed(plan(world), 0.4), pace=(paces([0.5]), paces([0, 1])), cut=True, horizon=50_000_000)
    assert differences(numbers, thinned(contacts, 3)) == {}


@settings(derandomize=True, deadline=None, max_examples=120)
@given(worlds(), st.data())
def test_generated_worlds_with_slowed_contacts_have_equal_logs(world: tuple[Scenario, Demand], data: st.DataObject) -> None:
    given_world, contacts = world
    numbers = plan(given_world)
    pace = tuple(data.draw(st.sampled_from([(), *map(paces, SLOWER)])) for _ in numbers.contact_types)
    assert differences(replace(numbers, pace=pace), contacts) == {}


def test_the_event_list_grows_when_work_is_re_timed_very_often() -> None:
    """Each arrival and each departure at the one agent re-times forty open chats: more timers than three a contact."""
    world = scenario({"desk": {"skills": {"chat": {"at_once": 40}}}}, {"chat": {"channel": "chat"}})
    numbers = replace(plan(world), pace=(paces([each / 10 for each in range(40)]),))
    contacts = demand(world, [Row(at, 20, kind="chat") for at in range(300)])
    assert differences(numbers, contacts) == {}
    assert simulate(numbers, contacts).engine == "compiled"
