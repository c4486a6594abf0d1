"""Parity of work in the background: set aside, gone on with, and shown leg by leg."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.compiled.kernel import simulate
from simkpi.engine.compiled.tables import KNOWN
from simkpi.engine.plan import plan
from simkpi.engine.recorder import INTERRUPTED
from simkpi.scenario.files import load, shipped
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import blended_worlds
from tests.parity.parity import differences, in_whole, staffed


@settings(derandomize=True, deadline=None, max_examples=80, suppress_health_check=list(HealthCheck))
@given(blended_worlds())
def test_generated_worlds_with_background_work_have_equal_logs(world: tuple[Scenario, Demand]) -> None:
    centre, contacts = world
    assume(not plan(centre).features - KNOWN)
    assert differences(plan(centre), contacts) == {}


@settings(derandomize=True, deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
@given(blended_worlds(), st.integers(1, 3))
def test_in_steps_of_seconds_too(world: tuple[Scenario, Demand], seconds: int) -> None:
    centre, contacts = world
    assume(not plan(centre).features - KNOWN)
    assume(contacts.bot_terms is None)  # the work content in there would not be cut
    assert differences(plan(centre), in_whole(seconds * 5000, contacts)) == {}


def test_the_shipped_blend_is_interrupted_often_and_equal_under_pressure() -> None:
    blend = load(shipped("features/blending"))
    contacts = draw(blend, seed=3, replication=1)
    numbers = plan(blend)
    assert (simulate(numbers, contacts).leg_end == INTERRUPTED).sum() > 50
    for share in (0.5, 1.0, 2.0):
        assert differences(staffed(numbers, share), in_whole(1000, contacts)) == {}
        assert differences(staffed(replace(numbers, cut=True), share), contacts) == {}
