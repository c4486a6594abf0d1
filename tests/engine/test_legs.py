"""Legs: those that follow from a contact's row, and those that an engine writes down in their place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from simkpi.demand.rows import NEVER
from simkpi.engine.recorder import AGENT_LEG, ANSWERED, INTERRUPTED, OPEN, QUEUE_LEG, EngineLog, Recorder, leg_columns
from simkpi.engine.run import frames, run
from tests.engine.engine_worlds import SECOND, Row, demand, scenario


def with_legs(log: EngineLog, *legs: tuple[int, int, int, int, int, int]) -> EngineLog:
    recorder = Recorder(0)
    recorder.legs.extend(legs)
    made = recorder.log("none")
    return replace(log, **{name: value for name, value in vars(made).items() if name.startswith("leg_")})


def shown(log: EngineLog, world: Any, contacts: Any) -> list[tuple[Any, ...]]:
    return frames(world, contacts, log).legs.select("contact_id", "leg", "kind", "place", "end").rows()


def test_legs_written_down_take_the_place_of_those_of_their_kind_and_contact() -> None:
    world = scenario({"desk": {"count": 2}})
    contacts = demand(world, [Row(0, talk=10), Row(0, talk=10)])
    log = run(world, contacts, "reference")
    pieces = [
        (1, 6 * SECOND, 10 * SECOND, AGENT_LEG, 1, ANSWERED),
        (1, 0, 4 * SECOND, AGENT_LEG, 1, INTERRUPTED),
    ]
    assert shown(with_legs(log, *pieces), world, contacts) == [
        ("0", 0, "queue", "voice", "answered"),
        ("0", 1, "agent", "desk-1", "answered"),
        ("0", 2, "wrap", "desk-1", "answered"),
        ("1", 0, "queue", "voice", "answered"),
        ("1", 1, "agent", "desk-2", "interrupted"),
        ("1", 2, "agent", "desk-2", "answered"),
        ("1", 3, "wrap", "desk-2", "answered"),
    ]


def test_what_lies_beyond_the_stop_has_not_happened() -> None:
    columns = [np.array(values) for values in zip((0, 5, 9, QUEUE_LEG, 0, ANSWERED), (1, 12, 14, QUEUE_LEG, 0, 0), strict=True)]
    kept = leg_columns(columns, stop=9)
    assert {name: values.tolist() for name, values in kept.items()} == {
        "leg_contact": [0], "leg_kind": [QUEUE_LEG], "leg_place": [0], "leg_from": [5], "leg_to": [NEVER], "leg_end": [OPEN],
    }  # fmt: skip
