"""The reference engine on generated worlds: the identities hold, and a plain second implementation gives the same log."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from simkpi.demand.rows import Demand
from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.run import run
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import worlds
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


@pytest.mark.slow
@given(worlds())
@settings(derandomize=True, deadline=None, max_examples=5000, suppress_health_check=list(HealthCheck))
def test_many_generated_worlds_do_too(
    world: tuple[Scenario, Demand],
) -> None:
    check(world)
