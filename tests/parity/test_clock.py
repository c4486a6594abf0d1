"""The compiled engine's event list beside Python's heap: any events, scheduled, taken and called off in any order."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from simkpi.engine.compiled import native
from simkpi.engine.compiled.clock import KIND_BITS, NO_EVENT, NOWHERE, at, call_off, first, id_of, make_room, pop
from simkpi.engine.compiled.jit import address_of, compiled, ints, longs
from simkpi.engine.compiled.state import STATE, State, state_at
from simkpi.engine.compiled.translate import module_text

#: In the place of an event: take the first one. Lower by n: call off that of action n - 1, if it is still to come.
TAKE = -1
_ID_BITS = 20
_ROOM = 1000


@compiled
def follow(state_address: int, actions_address: int, count: int, taken_address: int) -> None:
    """Schedule, take and call off events: one is ``tick * 8 + kind``, and its id the position among the actions."""
    state = state_at(state_address, 0)
    actions, taken = longs(actions_address), longs(taken_address)
    make_room(state)
    for number in range(count):
        action = actions[number]
        if action >= 0:
            ints(state.patience_timer)[number] = at(state, action >> 3, action & 7, number)
        elif action < TAKE:
            leave(state, TAKE - 1 - action)
        else:
            entry = first(state)
            taken[number] = entry
            if entry < NO_EVENT:
                ints(state.patience_timer)[id_of(state, entry)] = NOWHERE
                pop(state)


@compiled
def leave(state: State, number: int) -> None:
    """Call an event off."""
    call_off(state, ints(state.patience_timer)[number])
    ints(state.patience_timer)[number] = NOWHERE


@pytest.fixture(scope="module")
def compiled_follow() -> Callable[..., None]:
    return native.load(native.machine_code(module_text(follow)), "follow", 4)


def by_heap(actions: list[int]) -> tuple[list[int], int]:
    """Return what is taken, and the last of what is called off."""
    heap: list[int] = []
    taken, called_off = [], 0
    for number, action in enumerate(actions):
        if action >= 0:
            heappush(heap, key_of(actions, number))
        elif action == TAKE:
            taken.append(heappop(heap) if heap else NO_EVENT)
        elif key_of(actions, TAKE - 1 - action) in heap:
            heap.remove(key_of(actions, TAKE - 1 - action))
            heapify(heap)
            called_off = max(called_off, key_of(actions, TAKE - 1 - action))
    return taken, called_off


def key_of(actions: list[int], number: int) -> int:
    return (actions[number] >> 3 << KIND_BITS | actions[number] & 7) << _ID_BITS | number


def by_tournament(run: Callable[..., None], actions: list[int], room: int = _ROOM) -> tuple[list[int], int]:
    """Return the same by the compiled list, with *room* for so many events."""
    state = np.zeros(1, STATE)
    columns = {"events": np.empty(2 * room, np.int64), "winners": np.empty(2 * room, np.int32)}
    columns |= {"places": np.empty(room, np.int32), "patience_timer": np.full(len(actions), NOWHERE, np.int32)}
    for name, column in columns.items():
        state[name] = address_of(column)
    state["most_places"], state["gap"], state["id_bits"], state["last_tick"] = room, NOWHERE, _ID_BITS, 1 << 38
    asked: NDArray[np.int64] = np.array(actions, np.int64)
    taken = np.zeros(len(actions), np.int64)
    run(address_of(state), address_of(asked), len(actions), address_of(taken))
    return taken[asked == TAKE].tolist(), int(state["called_off"][0])


@st.composite
def some_actions(pick: st.DrawFn) -> list[int]:
    actions: list[int] = []
    for number in range(pick(st.integers(1, 200))):
        called_off = st.integers(0, number - 1).map(lambda which: TAKE - 1 - which) if number else st.nothing()
        actions.append(pick(st.integers(0, 200) | st.just(TAKE) | called_off))
    return actions


@settings(derandomize=True, deadline=None, max_examples=200)
@given(actions=some_actions())
def test_events_come_in_the_order_of_their_keys_but_for_those_called_off(
    compiled_follow: Callable[..., None], actions: list[int]
) -> None:
    assert by_tournament(compiled_follow, actions) == by_heap(actions)


@pytest.mark.parametrize("room", [300, 256, 257, 1000])
def test_places_are_doubled_as_far_as_there_is_room(compiled_follow: Callable[..., None], room: int) -> None:
    random = np.random.default_rng(1)
    actions = random.integers(0, 10_000, 256).tolist() + [TAKE] * 100 + random.integers(0, 10_000, 100).tolist() + [TAKE] * 300
    assert by_tournament(compiled_follow, actions, room) == by_heap(actions)


def test_an_event_takes_the_place_of_the_one_that_it_follows(compiled_follow: Callable[..., None]) -> None:
    actions = [8 * number for number in range(60)] + [TAKE, 8 * 1000] * 500 + [TAKE] * 61
    taken, _ = by_tournament(compiled_follow, actions, room=64)  # not one place more is needed
    assert taken == by_heap(actions)[0]
    assert taken[-1] == NO_EVENT


def test_an_event_takes_the_place_of_one_called_off(compiled_follow: Callable[..., None]) -> None:
    actions = [8 * number for number in range(64)]
    for number in range(500):
        called_off = number if number < 64 else 65 + 2 * (number - 64)
        actions += [TAKE - 1 - called_off, 8 * 1000 - number]
    actions += [TAKE] * 65
    taken, _ = by_tournament(compiled_follow, actions, room=64)
    assert taken == by_heap(actions)[0]
    assert len(set(taken)) == 65
