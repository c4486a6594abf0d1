"""Chats message by message have equal logs in both engines."""

from __future__ import annotations

import inspect

import pytest

from simkpi.demand.draws import draw
from simkpi.engine.plan import plan
from simkpi.engine.recorder import EngineLog
from simkpi.scenario.files import load, override, shipped
from simkpi.scenario.resolve import Scenario
from tests.engine import test_turns as by_hand
from tests.engine.engine_worlds import Row, demand
from tests.parity.parity import compiled, differences, differing_cells, reference

CASES = [
    name
    for name, case in vars(by_hand).items()
    if name.startswith("test_")
    and inspect.isfunction(case)
    and "play(" in inspect.getsource(case)
    and not inspect.signature(case).parameters
]


def play_both(world: Scenario, *rows: Row) -> EngineLog:
    numbers, contacts = plan(world), demand(world, list(rows))
    log = compiled(numbers, contacts)
    assert differing_cells(reference(numbers, contacts), log) == {}
    return log


@pytest.mark.parametrize("name", CASES)
def test_a_hand_made_case_holds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_hand, "play_reference", play_both)
    vars(by_hand)[name]()


@pytest.mark.parametrize(
    "changes", [{}, {"run.end": "cut"}, {"teams.online.skills.chat.speed": "90%"}, {"teams.online.count": 3}]
)
def test_a_day_of_chats_has_equal_logs(changes: dict[str, str | int]) -> None:
    world = override(load(shipped("features/chat_turns.yaml")), changes)
    contacts = draw(world, seed=2, replication=1)
    assert contacts.chats is not None
    assert differences(plan(world), contacts) == {}


def test_a_day_of_chats_whose_replies_have_work_of_their_own_has_equal_logs() -> None:
    world = load(shipped("features/chat_replies.yaml"))
    assert differences(plan(world), draw(world, seed=2, replication=1)) == {}
