"""Generated worlds of transfers, calls back, closed doors, silent departures, announced waits and trunk lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from simkpi.demand.rows import Demand
from simkpi.engine.identities import violations
from simkpi.engine.recorder import EngineLog
from simkpi.engine.run import frames, run
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import long_lives
from tests.engine.engine_worlds import Row, demand, scenario

# a world is too large to be shrunk in reasonable time
GENERATED = settings(
    derandomize=True, deadline=None, max_examples=120, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)


@given(long_lives())
@GENERATED
def test_generated_lives_break_no_identity_and_make_sound_tables(world: tuple[Scenario, Demand]) -> None:
    centre, contacts = world
    log = run(centre, contacts, "reference")
    assert violations(centre, contacts, log) == []
    tables = frames(centre, contacts, log)
    table, legs = tables.interactions, tables.legs
    assert legs["contact_id"].is_in(table["contact_id"].to_list()).all()
    assert table["contact_id"].is_unique().all()
    for earlier, later in (("arrived_at", "queued_at"), ("queued_at", "answered_at"), ("answered_at", "ended_at")):
        assert (table[earlier] <= table[later]).fill_null(value=True).all(), (earlier, later)
    assert (
        (table["answered_at"].is_not_null() == table["outcome"].is_in(["answered", "open"]))
        .filter(table["outcome"] != "open")
        .all()
    )


@pytest.mark.parametrize(
    ("forge", "complaint"),
    [
        (lambda log: replace(log, queued=np.where(np.arange(4) == 2, 0, log.queued)), "without a reason|does not ask"),
        (lambda log: replace(log, wrapped=np.where(np.arange(4) == 0, log.wrapped + 1, log.wrapped)), "busy time"),
    ],
)
def test_a_forged_transfer_is_noticed(forge: Callable[[EngineLog], EngineLog], complaint: str) -> None:
    world = scenario({"all": {"count": 2}})
    contacts = demand(world, [Row(0, talk=4, transfer=("warm", Row(0, talk=9))), Row(1, transfer=("cold", Row(0)))])
    log = run(world, contacts, "reference")
    assert violations(world, contacts, log) == []
    assert any(re.search(complaint, each) for each in violations(world, contacts, forge(log)))
