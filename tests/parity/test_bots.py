"""Bots with places and hours have equal logs in both engines."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest

from simkpi.demand.draws import draw
from simkpi.engine.plan import plan
from simkpi.scenario.files import load, override, shipped
from tests.engine import test_bots as by_hand
from tests.engine.engine_worlds import Row, demand
from tests.parity.parity import compiled, differences, differing_cells, in_whole, reference

CASES = [
    name
    for name, case in vars(by_hand).items()
    if name.startswith("test_")
    and inspect.isfunction(case)
    and "play(" in inspect.getsource(case)
    and not inspect.signature(case).parameters
]


@pytest.mark.parametrize("name", CASES)
def test_a_hand_made_case_holds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def play_both(world, *rows: Row):
        numbers, contacts = plan(world), demand(world, list(rows))
        log = compiled(numbers, contacts)
        assert differing_cells(reference(numbers, contacts), log) == {}
        return log

    monkeypatch.setattr(by_hand, "play_reference", play_both)
    vars(by_hand)[name]()


@pytest.mark.parametrize("at_once", [1, 3, 8])
@pytest.mark.parametrize("unit", [1, 1000, 30_000])
def test_a_crowded_bot_with_returns_has_equal_logs(at_once: int, unit: int) -> None:
    world = override(load(shipped("features/bot_places.yaml")), {"bots.assistant.at_once": at_once})
    contacts = in_whole(unit, draw(world, seed=2, replication=1))
    if unit > 1:
        contacts = replace(contacts, bot_terms=replace(contacts.bot_terms, talk=contacts.bot_terms.talk // unit * unit))
    assert contacts.bot_terms is not None
    assert differences(plan(world), contacts) == {}
