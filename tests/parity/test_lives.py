"""Transfers, calls back, closed doors, silent departures, announced waits and lines have equal logs in both engines."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, Phase, assume, given, settings

from simkpi.demand.rows import Demand
from simkpi.engine.compiled.tables import KNOWN
from simkpi.engine.plan import plan
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import long_lives
from tests.parity.parity import differences


@settings(derandomize=True, deadline=None, max_examples=250, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(long_lives())
def test_generated_lives_have_equal_logs(world: tuple[Scenario, Demand]) -> None:
    centre, contacts = world
    numbers = plan(centre)
    assume(not numbers.features - KNOWN)
    assert differences(numbers, contacts) == {}
    assert differences(replace(numbers, cut=not numbers.cut), contacts) == {}
