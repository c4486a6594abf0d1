"""The reference engine's clock: SimPy's processes with fewer events, and nothing else changed."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from simpy import Event

from simkpi.engine.order import Kind
from simkpi.engine.reference.clock import Clock


def test_a_process_that_begins_at_once_runs_to_its_first_wait_before_its_creator_goes_on() -> None:
    clock, told = Clock(), []

    def life() -> Generator[Event, Any, None]:
        told.append("begun")
        yield clock.at(5, Kind.ARRIVAL, 0)
        told.append(clock.now)

    clock.begin(life())
    told.append("created")
    clock.run()
    assert told == ["begun", "created", 5]


def test_a_process_that_nobody_waits_for_ends_without_an_event() -> None:
    clock = Clock()

    def life() -> Generator[Event, Any, None]:
        yield clock.at(5, Kind.ARRIVAL, 0)

    clock.begin(life())
    clock.step()
    assert clock.now == 5
    assert clock.peek() == float("inf")


def test_a_process_can_be_waited_for_before_and_after_its_end() -> None:
    clock, told = Clock(), []

    def work() -> Generator[Event, Any, str]:
        yield clock.at(5, Kind.ARRIVAL, 0)
        return "done"

    def waits(process: Event, moment: int) -> Generator[Event, Any, None]:
        yield clock.at(moment, Kind.RETURN, moment)
        told.append((moment, (yield process), clock.now))

    process = clock.process(work())
    clock.begin(waits(process, 1))
    clock.begin(waits(process, 9))
    clock.run()
    assert told == [(1, "done", 5), (9, "done", 9)]


def test_an_error_in_a_process_stops_the_run() -> None:
    clock = Clock()

    def life() -> Generator[Event, Any, None]:
        yield clock.at(5, Kind.ARRIVAL, 0)
        raise ValueError("a mistake of a subclass")

    clock.begin(life())
    with pytest.raises(ValueError, match="a mistake of a subclass"):
        clock.run()
