"""The benchmark day B2: the engine's routing against a plain SimPy script that knows nothing of simkpi."""

from __future__ import annotations

from benchmarks import b2_plain_simpy
from benchmarks.b2_simpy import differing_rows, plain_rows
from simkpi.demand.draws import draw
from simkpi.engine.identities import violations
from simkpi.engine.run import run
from simkpi.scenario.files import load, shipped


def test_b2_equals_the_plain_script_contact_by_contact_and_keeps_the_identities() -> None:
    scenario = load(shipped("benchmark_day.yaml"))
    demand = draw(scenario, seed=1, replication=0)
    log = run(scenario, demand, "reference")
    assert differing_rows(scenario, log, b2_plain_simpy.simulate(plain_rows(demand))) == 0
    assert log.overflowed.sum() > 10
    assert violations(scenario, demand, log) == []
