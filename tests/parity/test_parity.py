"""The two engines give the equal log: shipped scenarios, forced ties, overload, every policy, generated worlds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.plan import Plan, plan
from simkpi.engine.routing.policy import load_policies
from simkpi.scenario.files import load
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import worlds
from tests.parity.parity import differences, in_whole

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
SHIPPED = sorted(SCENARIOS.rglob("*.yaml"))
#: Contacts per replication that a default test may simulate: the reference engine needs some 10 us for each.
MOST = 12_000
POLICIES = load_policies()
AGENT_POLICIES = [name for name, policy in POLICIES.items() if policy.rank_agent]
CONTACT_POLICIES = [name for name, policy in POLICIES.items() if policy.rank_contact]


def benchmark(seed: int = 1, **routing: str) -> tuple[Scenario, Demand]:
    """The benchmark day, possibly under another policy."""
    scenario = load(SCENARIOS / "benchmark_day.yaml")
    if routing:
        spec = scenario.spec.model_copy(update={"routing": scenario.spec.routing.model_copy(update=routing)})
        scenario = replace(scenario, spec=spec)
    return scenario, draw(scenario, seed=seed, replication=0)


def staffed(numbers: Plan, share: float) -> Plan:
    """The same plan with *share* of the agents: load 1 / *share*."""
    teams: list[Any] = []
    for team in numbers.teams:
        changes = tuple((tick, round(count * share)) for tick, count in team.changes)
        kept = [change for change, before in zip(changes, ((0, 0), *changes), strict=False) if change[1] != before[1]]
        first = teams[-1].first_agent + teams[-1].n_agents if teams else 0
        n_agents = max((count for _, count in kept), default=0)
        teams.append(replace(team, first_agent=first, n_agents=n_agents, changes=tuple(kept)))
    return replace(numbers, teams=tuple(teams))


def thinned(demand: Demand, step: int) -> Demand:
    """Every *step*-th contact."""
    columns = {name: value[::step] for name, value in vars(demand).items() if isinstance(value, np.ndarray)}
    return replace(demand, **columns)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_scenarios_have_equal_logs(path: Path) -> None:
    scenario = load(path)
    demand = draw(scenario, seed=7, replication=3)
    demand = thinned(demand, 1 + len(demand) // MOST)
    assert differences(plan(scenario), demand) == {}


@pytest.mark.parametrize("load", [0.5, 0.9, 1.0, 1.1, 1.5])
@pytest.mark.parametrize("unit", [1000, 30_000])
def test_whole_seconds_force_ties_and_the_logs_are_still_equal(load: float, unit: int) -> None:
    scenario, demand = benchmark(seed=round(load * 10))
    assert differences(staffed(plan(scenario), 1 / load), in_whole(unit, thinned(demand, 3))) == {}


@pytest.mark.parametrize("agent", AGENT_POLICIES)
@pytest.mark.parametrize("contact", CONTACT_POLICIES)
def test_every_policy_gives_equal_logs(agent: str, contact: str) -> None:
    scenario, demand = benchmark(agent=agent, contact=contact)
    numbers = plan(scenario)
    assert differences(staffed(numbers, 0.3), in_whole(1000, thinned(demand, 3))) == {}
    # a policy that looks at every agent, not only at the longest idle of each load
    every = tuple(replace(policy, longest_idle_first=False) for policy in numbers.agent_policy)
    assert differences(staffed(replace(numbers, agent_policy=every), 0.3), in_whole(1000, thinned(demand, 9))) == {}


def test_a_day_with_a_fifth_of_the_agents_gives_equal_logs() -> None:
    scenario, demand = benchmark()
    assert differences(staffed(plan(scenario), 0.2), demand) == {}


@settings(derandomize=True, deadline=None, max_examples=250)
@given(worlds())
def test_generated_worlds_have_equal_logs(world: tuple[Scenario, Demand]) -> None:
    scenario, demand = world
    assert differences(plan(scenario), demand) == {}


@settings(derandomize=True, deadline=None, max_examples=60)
@given(worlds(), st.integers(1, 3))
def test_generated_worlds_in_steps_of_seconds_have_equal_logs(world: tuple[Scenario, Demand], seconds: int) -> None:
    scenario, demand = world
    assert differences(plan(scenario), in_whole(seconds * 5000, demand)) == {}
