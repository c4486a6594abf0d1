"""The hand-made cases of the reference engine's tests hold for the compiled engine, and it treats them alike."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType

import pytest

from simkpi.engine.plan import plan
from simkpi.engine.recorder import EngineLog
from simkpi.scenario.resolve import Scenario
from tests.engine import (
    test_head_count,
    test_last_agents,
    test_lives,
    test_metamorphic,
    test_order,
    test_policies,
    test_reserves,
    test_routing,
)
from tests.engine.engine_worlds import Row, demand
from tests.parity.parity import compiled, differing_cells, reference

MODULES = (
    test_order,
    test_head_count,
    test_routing,
    test_metamorphic,
    test_policies,
    test_reserves,
    test_last_agents,
    test_lives,
)


def cases() -> list[tuple[ModuleType, str]]:
    """Tests that play a world and take no arguments."""
    return [
        (module, name)
        for module in MODULES
        if hasattr(module, "play")
        for name, case in vars(module).items()
        if name.startswith("test_") and inspect.isfunction(case) and not inspect.signature(case).parameters
    ]


def play_both(world: Scenario, *rows: Row) -> EngineLog:
    """Stands in for ``play``: runs both engines, and returns what the compiled one did."""
    numbers, contacts = plan(world), demand(world, list(rows))
    log = compiled(numbers, contacts)
    assert differing_cells(reference(numbers, contacts), log) == {}
    return log


def test_there_are_such_cases_in_every_module_that_has_ties_schedules_or_routing() -> None:
    found = [module for module, _ in cases()]
    assert found.count(test_order) >= 15
    assert found.count(test_head_count) >= 5
    assert found.count(test_routing) >= 12


@pytest.mark.parametrize(("module", "name"), cases(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_hand_made_case_holds(module: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "play", play_both)
    case: Callable[[], None] = getattr(module, name)
    case()
