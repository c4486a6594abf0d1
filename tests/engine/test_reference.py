"""The reference engine on generated worlds: the identities hold, and a plain second implementation gives the same log."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.identities import violations
from simkpi.engine.order import Kind
from simkpi.engine.plan import plan
from simkpi.engine.reference.simulation import Process, Simulation
from simkpi.engine.run import run
from simkpi.scenario.files import load, shipped
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import returning_worlds, worlds
from tests.engine.engine_worlds import Row, demand, scenario, seconds
from tests.engine.naive_engine import Naive


def check(world: tuple[Scenario, Demand]) -> None:
    centre, contacts = world
    log = run(centre, contacts, "reference")
    assert violations(centre, contacts, log) == []
    expected = Naive(plan(centre), contacts).run()
    for name, column in expected.items():
        assert getattr(log, name).tolist() == column, name


@given(worlds())
@settings(derandomize=True, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
def test_generated_worlds_keep_the_identities_and_equal_the_plain_second_implementation(world: tuple[Scenario, Demand]) -> None:
    check(world)


@given(returning_worlds())
@settings(derandomize=True, deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
def test_generated_worlds_of_customers_who_come_back_do_too(world: tuple[Scenario, Demand]) -> None:
    check(world)


@pytest.mark.slow
@given(st.one_of(worlds(), returning_worlds()))
@settings(derandomize=True, deadline=None, max_examples=5000, suppress_health_check=list(HealthCheck))
def test_many_generated_worlds_do_too(
    world: tuple[Scenario, Demand],
) -> None:
    check(world)


class _Announced(Simulation):
    """Every contact first hears an announcement of 5 s."""

    def contact(self, contact: int) -> Process:
        yield self.clock.at(self.clock.now + 5_000, Kind.BOT_ENDS, contact)
        yield from super().contact(contact)


def test_a_process_can_be_overridden_to_try_new_behaviour() -> None:
    world = scenario({"phone": {"count": 1}})
    log = _Announced(plan(world), demand(world, [Row(0), Row(1)])).run()
    assert seconds(log.answered) == [5, 15]


def test_the_same_contacts_give_the_same_log() -> None:
    world = load(shipped("quickstart.yaml"))
    contacts = draw(world, seed=3, replication=2)
    first, second = run(world, contacts, "reference"), run(world, contacts, "reference")
    assert all(np.array_equal(getattr(first, each.name), getattr(second, each.name)) for each in fields(first))


def test_every_shipped_scenario_keeps_the_identities() -> None:
    folder = shipped("quickstart.yaml").parent
    for path in [folder / "quickstart.yaml", *sorted((folder / "features").glob("*.yaml"))]:
        world = load(path)
        contacts = draw(world, seed=1, replication=0)
        assert violations(world, contacts, run(world, contacts, "reference")) == [], path.name
