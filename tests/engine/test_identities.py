"""Each identity complains of a log that breaks it: a check that can not fail proves nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simkpi.demand.rows import NEVER
from simkpi.engine.identities import violations
from simkpi.engine.recorder import ABANDONED, OPEN, EngineLog
from tests.engine.engine_worlds import Row, demand, play, scenario

WORLD = scenario({"phone": {"counts": [2, 1, 1]}}, {"voice": {"queue_capacity": 3}})
ROWS = [Row(0, talk=5, wrap=1), Row(0, talk=9), Row(1, talk=4), Row(2, patience=3), Row(3, talk=4), Row(20, talk=1)]


@pytest.fixture
def log() -> EngineLog:
    return play(WORLD, *ROWS)


def complaints(log: EngineLog, **columns: np.ndarray) -> str:
    return "\n".join(violations(WORLD, demand(WORLD, ROWS), replace(log, **columns)))


def changed(column: np.ndarray, row: int, value: int) -> np.ndarray:
    column = column.copy()
    column[row] = value
    return column


def test_a_sound_log_breaks_nothing(log: EngineLog) -> None:
    assert complaints(log) == ""


@pytest.mark.parametrize(
    ("column", "row", "value", "complaint"),
    [
        ("outcome", 0, OPEN, "'open' with the wrong moments"),
        ("outcome", 3, 3, "wrong moments"),
        ("outcome", 0, ABANDONED, "'abandoned' with the wrong moments"),
        ("queued", 1, 1000, "does not ask for a human when"),
        ("queued", 2, 999_000, "left the queue before"),
        ("ended", 3, 4000, "abandoned before their patience"),
        ("ended", 3, 9000, "waited beyond their patience"),
        ("wrapped", 0, 4000, "wrapped up before ended"),
        ("ended", 0, 6000, "not as long as its talk"),
        ("wrapped", 0, 7000, "busy time differs"),
        ("answered", 2, 7000, "waits while an agent of phone has room"),
        ("agent", 1, 0, "above capacity"),
        ("state_to", 0, 4000, "outside the time on duty"),
        ("state_to", 0, 4000, "agents at work"),
        ("wrapped", 5, NEVER, "'answered' with the wrong moments"),
    ],
)  # fmt: skip
def test_a_forged_moment_is_noticed(log: EngineLog, column: str, row: int, value: int, complaint: str) -> None:
    assert complaint in complaints(log, **{column: changed(getattr(log, column), row, value)})


def test_a_contact_that_overtakes_is_noticed(log: EngineLog) -> None:
    order = [0, 1, 4, 3, 2, 5]
    swapped = {name: getattr(log, name)[order] for name in ("answered", "ended", "wrapped", "agent")}
    assert "overtook an earlier contact" in complaints(log, **swapped)


def test_an_agent_in_two_states_is_noticed(log: EngineLog) -> None:
    assert "two states at once" in complaints(log, state_agent=changed(log.state_agent, 1, 0))
