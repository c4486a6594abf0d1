"""The compiled engine's event list beside Python's heap: any events, scheduled and taken in any order."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from simkpi.engine.compiled import native
from simkpi.engine.compiled.clock import KIND_BITS, NO_EVENT, at, first, make_room, pop
from simkpi.engine.compiled.jit import address_of, compiled, longs
from simkpi.engine.compiled.state import STATE, state_at
from simkpi.engine.compiled.translate import module_text

#: In the place of an event: take the first one.
TAKE = -1
_ID_BITS = 20
_ROOM = 1000


@compiled
def follow(state_address: int, actions_address: int, count: int, taken_address: int) -> None:
    """Schedule and take events: an action is ``tick * 8 + kind``, its position the id, or ``TAKE``."""
    state = state_at(state_address, 0)
    if state.n_places == 0:
        make_room(state)
    actions, taken = longs(actions_address), longs(taken_address)
    for number in range(count):
        if actions[number] != TAKE:
            at(state, actions[number] >> 3, actions[number] & 7, number)
        else:
            taken[number] = first(state)
            if taken[number] < NO_EVENT:
                pop(state)


@pytest.fixture(scope="module")
def compiled_follow() -> Callable[..., None]:
    return native.load(native.machine_code(module_text(follow)), "follow", 4)


def by_heap(actions: list[int]) -> list[int]:
    heap: list[int] = []
    taken = []
    for number, action in enumerate(actions):
        if action == TAKE:
            taken.append(heappop(heap) if heap else NO_EVENT)
        else:
            heappush(heap, (action >> 3 << KIND_BITS | action & 7) << _ID_BITS | number)
    return taken


def by_tournament(run: Callable[..., None], actions: list[int], room: int = _ROOM) -> list[int]:
    state = np.zeros(1, STATE)
    columns = {"events": np.empty(room, np.int64), "places": np.empty(room, np.int32), "winners": np.empty(2 * room, np.int32)}
    for name, column in columns.items():
        state[name] = address_of(column)
    state["most_places"], state["gap"], state["id_bits"], state["last_tick"] = room, -1, _ID_BITS, 1 << 38
    asked: NDArray[np.int64] = np.array(actions, np.int64)
    taken = np.zeros(len(actions), np.int64)
    run(address_of(state), address_of(asked), len(actions), address_of(taken))
    return taken[asked == TAKE].tolist()


_EVENTS = st.integers(0, 200)


@settings(derandomize=True, deadline=None)
@given(actions=st.lists(st.just(TAKE) | _EVENTS, max_size=300))
def test_events_come_in_the_order_of_their_keys(compiled_follow: Callable[..., None], actions: list[int]) -> None:
    assert by_tournament(compiled_follow, actions) == by_heap(actions)


@pytest.mark.parametrize("room", [300, 256, 257, 1000])
def test_places_are_doubled_as_far_as_there_is_room(compiled_follow: Callable[..., None], room: int) -> None:
    random = np.random.default_rng(1)
    actions = random.integers(0, 10_000, 256).tolist() + [TAKE] * 100 + random.integers(0, 10_000, 100).tolist() + [TAKE] * 300
    assert by_tournament(compiled_follow, actions, room) == by_heap(actions)


def test_an_event_takes_the_place_of_the_one_that_it_follows(compiled_follow: Callable[..., None]) -> None:
    actions = [8 * number for number in range(60)] + [TAKE, 8 * 1000] * 500 + [TAKE] * 61
    taken = by_tournament(compiled_follow, actions, room=64)  # not one place more is needed
    assert taken == by_heap(actions)
    assert taken[-1] == NO_EVENT
