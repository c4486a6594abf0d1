"""Visits and invitations have equal logs in both engines, and in the plain second implementation."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.plan import plan
from simkpi.engine.recorder import EngineLog
from simkpi.engine.reference.simulation import simulate
from simkpi.scenario.files import load, override, shipped
from simkpi.scenario.resolve import Scenario
from tests.engine import test_invitations as by_hand
from tests.engine.naive_engine import Naive
from tests.parity.parity import compiled, differences, differing_cells, reference

CASES = [
    name
    for name, case in vars(by_hand).items()
    if name.startswith("test_") and inspect.isfunction(case) and not inspect.signature(case).parameters
]


def play_both(world: Scenario, contacts: Demand) -> EngineLog:
    log = compiled(plan(world), contacts)
    assert differing_cells(reference(plan(world), contacts), log) == {}
    return log


@pytest.mark.parametrize("name", CASES)
def test_a_hand_made_case_holds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_hand, "play", play_both)
    vars(by_hand)[name]()


@pytest.mark.parametrize("unit", [1, 1000, 30_000])
@pytest.mark.parametrize("changes", [{"teams.shop.count": 2}, {"teams.shop.count": 2, "run.end": "cut"}])
def test_a_day_in_the_shop_has_equal_logs(unit: int, changes: dict[str, str | int]) -> None:
    world = override(load(shipped("features/visitors.yaml")), changes)
    contacts = draw(world, seed=2, replication=1)
    visits = contacts.visits
    assert visits is not None

    def cut(ticks: np.ndarray) -> np.ndarray:
        return np.where(ticks >= NEVER, NEVER, ticks // unit * unit)

    visits = replace(visits, invite_at=cut(visits.invite_at))
    contacts = replace(
        contacts, visits=visits, **{name: cut(getattr(contacts, name)) for name in ("arrived", "talk", "patience")}
    )
    log = simulate(plan(world), contacts)
    assert 0 < log.invited.sum() < (visits.invite_at < NEVER).sum()
    assert differences(plan(world), contacts) == {}
    for name, column in Naive(plan(world), contacts).run().items():
        assert getattr(log, name).tolist() == column, name
