"""The two engines give the equal log: shipped scenarios, forced ties, overload, every policy, generated worlds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given, settings

from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.compiled.kernel import simulate as compiled
from simkpi.engine.compiled.tables import KNOWN
from simkpi.engine.plan import Plan, plan
from simkpi.engine.routing.policy import load_policies
from simkpi.scenario.files import load, shipped
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import worlds
from tests.engine.engine_worlds import Row, demand, scenario
from tests.parity.parity import differences, in_whole, staffed

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
SHIPPED = sorted(SCENARIOS.rglob("*.yaml"))
#: Contacts per replication that a default test may simulate: the reference engine needs some 10 us for each.
MOST = 12_000
POLICIES = load_policies()
AGENT_POLICIES = [name for name, policy in POLICIES.items() if policy.rank_agent]
CONTACT_POLICIES = [name for name, policy in POLICIES.items() if policy.rank_contact]
#: Each policy of one side with one of the other; generated worlds mix them all.
PAIRS = [
    (AGENT_POLICIES[number % len(AGENT_POLICIES)], CONTACT_POLICIES[number % len(CONTACT_POLICIES)])
    for number in range(max(len(AGENT_POLICIES), len(CONTACT_POLICIES)))
]


def with_levels(numbers: Plan) -> Plan:
    """The same plan with teams that know their contact types differently well."""
    teams = (
        replace(team, skills=tuple(replace(skill, level=1 + (row + skill.contact_type) % 2) for skill in team.skills))
        for row, team in enumerate(numbers.teams)
    )
    return replace(numbers, teams=tuple(teams))


def benchmark(seed: int = 1, **routing: Any) -> tuple[Scenario, Demand]:
    """The benchmark day, possibly under another policy."""
    day = load(SCENARIOS / "benchmark_day.yaml")
    if routing:
        spec = day.spec.model_copy(update={"routing": day.spec.routing.model_copy(update=routing)})
        day = replace(day, spec=spec)
    return day, draw(day, seed=seed, replication=0)


def thinned(demand: Demand, step: int) -> Demand:
    """Every *step*-th contact; all of them where customers may come back, for rows then name other rows."""
    if demand.returns is not None:
        return demand
    columns = {name: value[::step] for name, value in vars(demand).items() if isinstance(value, np.ndarray)}
    return replace(demand, **columns)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_scenarios_have_equal_logs(path: Path) -> None:
    shipped = load(path)
    if plan(shipped).features - KNOWN:
        pytest.skip("uses what the compiled engine does not know yet, and refuses")
    contacts = draw(shipped, seed=7, replication=3)
    assert differences(plan(shipped), thinned(contacts, 1 + len(contacts) // MOST)) == {}


@pytest.mark.parametrize("load_factor", [0.5, 0.9, 1.0, 1.1, 1.5])
@pytest.mark.parametrize("unit", [1000, 30_000])
def test_whole_seconds_force_ties_and_the_logs_are_still_equal(load_factor: float, unit: int) -> None:
    day, contacts = benchmark(seed=round(load_factor * 10))
    assert differences(staffed(plan(day), 1 / load_factor), in_whole(unit, thinned(contacts, 3))) == {}


@pytest.mark.parametrize(("agent", "contact"), PAIRS)
def test_every_policy_gives_equal_logs(agent: str, contact: str) -> None:
    routing = {"priority_per_minute": {"voice": 0.3, "chat": 2}, "target_wait": {"voice": 15.0, "chat": 40.0}}
    day, contacts = benchmark(agent=agent, contact=contact, **routing, queue_weight={"chat": 2.5}, head_start={"voice": 7.0})
    numbers = with_levels(plan(day))
    assert differences(staffed(numbers, 0.3), in_whole(1000, thinned(contacts, 3))) == {}
    # a policy that looks at every agent, not only at the longest idle of each load
    every = tuple(replace(policy, longest_idle_first=False) for policy in numbers.agent_policy)
    assert differences(staffed(replace(numbers, agent_policy=every), 0.3), in_whole(1000, thinned(contacts, 9))) == {}


def test_a_day_with_a_fifth_of_the_agents_gives_equal_logs() -> None:
    day, contacts = benchmark()
    assert differences(staffed(plan(day), 0.2), contacts) == {}


@settings(derandomize=True, deadline=None, max_examples=250)
@given(worlds())
def test_generated_worlds_have_equal_logs(world: tuple[Scenario, Demand]) -> None:
    centre, contacts = world
    assume(not plan(centre).features - KNOWN)
    assert differences(plan(centre), contacts) == {}


@settings(derandomize=True, deadline=None, max_examples=60)
@given(worlds(), st.integers(1, 3))
def test_generated_worlds_in_steps_of_seconds_have_equal_logs(world: tuple[Scenario, Demand], seconds: int) -> None:
    centre, contacts = world
    assume(not plan(centre).features - KNOWN)
    assert differences(plan(centre), in_whole(seconds * 5000, contacts)) == {}


@st.composite
def closing_worlds(draw: Any) -> tuple[Scenario, Demand]:
    """Teams that close while customers are still with a bot, and later ones already wait."""
    kinds = ("voice", "chat")
    at_once = st.integers(1, 2).map(lambda number: {"at_once": number})
    teams = {
        f"team{number}": {
            "skills": draw(st.dictionaries(st.sampled_from(kinds), at_once, min_size=1)),
            "counts": draw(st.sampled_from([[1], [2], [1, 0, 1], [2, 0, 0, 2], [2, 1, 0, 1, 0], [3, 1]])),
            "interval": "20s",
        }
        for number in range(draw(st.integers(1, 2)))
    }
    row = st.builds(
        Row,
        at=st.integers(0, 40),
        talk=st.integers(1, 9),
        kind=st.sampled_from(kinds),
        patience=st.one_of(st.none(), st.integers(1, 60)),
        bot=st.sampled_from([None, "handed_off", "handed_off", "contained"]),
        bot_time=st.integers(0, 40),
    )
    world = scenario(teams, {"voice": {}, "chat": {"channel": "chat"}})
    return world, demand(world, draw(st.lists(row, min_size=5, max_size=20)))


@settings(derandomize=True, deadline=None, max_examples=200)
@given(closing_worlds())
def test_teams_that_close_with_customers_in_the_bot_have_equal_logs(world: tuple[Scenario, Demand]) -> None:
    closing, contacts = world
    assert differences(plan(closing), contacts) == {}


def test_a_run_without_an_end_ends_with_the_patience_of_who_was_answered() -> None:
    scenario = load(shipped("benchmark_day"))
    numbers = plan(scenario)
    # nobody goes home, so that the end is seen in the agents' states
    numbers = replace(numbers, teams=tuple(replace(team, changes=team.changes[:1]) for team in numbers.teams))
    demand = draw(scenario, seed=1, replication=0)
    demand = replace(demand, patience=np.full(len(demand), 40 * 3_600_000, np.int64))
    log = compiled(numbers, demand)
    waited = log.answered > log.queued
    assert log.state_to.max() == (log.queued + demand.patience)[waited & (log.answered < NEVER)].max() > log.wrapped[waited].max()
    assert differences(numbers, demand) == {}
