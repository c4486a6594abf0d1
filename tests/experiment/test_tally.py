"""Figures read off the engine's arrays are those of the KPI engine, to the bit, in every shipped scenario."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.compiled.tables import KNOWN as COMPILED
from simkpi.engine.plan import plan
from simkpi.engine.run import frames, run
from simkpi.experiment.payload import encode
from simkpi.experiment.result import Result, definitions_of, together
from simkpi.experiment.scores import Scoring, score_block
from simkpi.experiment.tally import KNOWN, Tally
from simkpi.experiment.tally_kpis import BACKLOG, MADE, WAITS
from simkpi.kpi.score import requests
from simkpi.scenario.files import load, override
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import worlds
from tests.experiment.small_world import small
from tests.parity.parity import in_whole

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "scenarios").rglob("*.yaml"))
#: Scenarios that have to be read off the arrays: the benchmark and the ordinary ones.
READ = ("benchmark_day", "quickstart", "multichannel")


def both_ways(scenario: Scenario, scoring: Scoring, numbers: tuple[int, ...] = (0, 4)) -> tuple[Any, Any]:
    """Tables by the KPI engine and by the tally; None if there is no tally."""
    demands = [draw(scenario, seed=3, replication=number) for number in numbers]
    return scored(scenario, scoring.watching([scenario]), numbers, demands)


def scored(scenario: Scenario, scoring: Scoring, numbers: tuple[int, ...], demands: list[Demand]) -> tuple[Any, Any]:
    engine = "reference" if plan(scenario).features - COMPILED else "compiled"
    logs = [run(scenario, demand, engine=engine) for demand in demands]
    found = [frames(scenario, *pair, number) for *pair, number in zip(demands, logs, numbers, strict=True)]
    result = Result(
        scenario,
        seed=3,
        replications=len(numbers),
        engine=engine,
        interactions=pl.concat([one.interactions for one in found]),
        agent_states=pl.concat([one.agent_states for one in found]),
        legs=pl.concat([one.legs for one in found]),
        companions=together(one.companions for one in found),
    )
    tally = Tally.of(scenario, plan(scenario), scoring, definitions_of(scenario))
    if tally is None or not all(tally.add(*row) for row in zip(numbers, demands, logs, strict=True)):
        return score_block(result, scoring), None
    theirs = score_block(result, scoring)
    assert encode(theirs) == tally.payload()
    return theirs, tally.tables()


def same(scenario: Scenario, scoring: Scoring, numbers: tuple[int, ...] = (0, 4)) -> bool:
    theirs, ours = both_ways(scenario, scoring, numbers)
    if ours is None:
        return False
    assert list(ours) == list(theirs)
    for name in theirs:
        assert_frame_equal(theirs[name], ours[name], check_exact=True)
    return True


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_scenario_scores_alike(path: Path) -> None:
    scenario = load(path)
    shorter = override(scenario, {"calendar.days": 3}) if scenario.spec.calendar.days > 7 and path.stem in READ else scenario
    assert same(shorter, Scoring(by=("interval",))) or path.stem not in READ


@pytest.mark.parametrize("by", [(), ("interval",)])
def test_a_small_scenario_scores_alike_with_its_targets(by: tuple[str, ...]) -> None:
    assert same(small(), Scoring(by=by))


def test_one_replication_scores_alike() -> None:
    assert same(small(), Scoring(), (2,))


def test_a_day_that_is_cut_off_scores_alike() -> None:
    assert same(small(run={"end": "cut", "seed": 1}, calendar={"open": "08:00-12:00"}), Scoring(by=("interval",), interval=900.0))


@pytest.mark.parametrize("unit", [5_000, 60_000, 300_000])
@pytest.mark.parametrize("end", ["drain", "cut"])
def test_events_at_the_same_moment_at_borders_and_thresholds_score_alike(unit: int, end: str) -> None:
    # in whole minutes a moment ends one contact and begins the next, and is the border of an interval
    scenario = small(run={"end": end, "seed": 1}, calendar={"open": "08:00-12:00"}, definitions={"threshold": "60s"})
    demands = [in_whole(unit, draw(scenario, seed=3, replication=number)) for number in range(3)]
    theirs, ours = scored(scenario, Scoring(by=("interval",), interval=900.0).watching([scenario]), (0, 1, 2), demands)
    assert ours is not None
    for name in theirs:
        assert_frame_equal(theirs[name], ours[name], check_exact=True)


def test_targets_of_every_kind_score_alike() -> None:
    targets = {
        "all": {
            "occupancy": "at most 85%",
            "asa": "30s",
            "wait_p90": "at most 2m",
            "backlog": "at most 2",
            "utilization": "at least 10%",
        },
        "voice": {"wait_p90": "at most 60s", "offered": "at most 200", "aht": "5m"},
        "chat": {"service_level": "80% in 45s", "containment_rate": "at least 20%", "fcr": "at least 10%"},
    }
    assert same(small(targets=targets), Scoring())


def test_days_on_which_hardly_anybody_calls_score_alike() -> None:
    contacts = {
        "voice": {"channel": "voice", "volume": {"interval": "1h", "from": "08:00", "expected": [0.5, 0, 1]}, "handle": "4m"}
    }
    teams = {"phone": {"skills": ["voice"], "count": 1}}
    scenario = small(contacts=contacts, teams=teams, bots={}, targets={"voice": {"asa": "20s"}}, calendar={"open": "08:00-12:00"})
    assert same(scenario, Scoring(by=("interval",)), tuple(range(6, 12))) or any(
        len(draw(scenario, seed=3, replication=number)) == 0 for number in range(6, 12)
    )


@pytest.mark.parametrize(
    "scoring",
    [Scoring(by=("channel",)), Scoring(kpis=("service_level:answered",)), Scoring(kpis=("service_level",), by=("interval",))],
)
def test_what_needs_the_tables_has_no_tally(scoring: Scoring) -> None:
    assert Tally.of(small(), plan(small()), scoring, definitions_of(small())) is None


def test_features_that_are_not_known_have_no_tally() -> None:
    numbers = replace(plan(small()), features=frozenset({"something new"}))
    assert Tally.of(small(), numbers, Scoring(), definitions_of(small())) is None


def test_the_default_set_can_be_read_off() -> None:
    assert {request.kpi.name for request in requests(None, {})} == {*MADE, BACKLOG, WAITS}


def generated(world: tuple[Scenario, Demand], *, as_drawn: bool) -> bool:
    """Score a generated world both ways, once as drawn and once in whole minutes; False if it has no tally."""
    scenario, contacts = world
    assume(len(contacts) > 0 and contacts.returns is None and not plan(scenario).features - KNOWN)
    demand = contacts if as_drawn else in_whole(60_000, contacts)
    theirs, ours = scored(scenario, Scoring(by=("interval",)).watching([scenario]), (0,), [demand])
    if ours is None:
        return False
    for name in theirs:
        assert_frame_equal(theirs[name], ours[name], check_exact=True)
    return True


@settings(derandomize=True, deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(worlds(), st.booleans())
def test_some_generated_worlds_score_alike(world: tuple[Scenario, Demand], as_drawn: bool) -> None:
    generated(world, as_drawn=as_drawn)


@pytest.mark.slow
def test_many_generated_worlds_score_alike() -> None:
    read = 0

    @settings(derandomize=True, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
    @given(worlds(), st.booleans())
    def alike(world: tuple[Scenario, Demand], as_drawn: bool) -> None:
        nonlocal read
        read += generated(world, as_drawn=as_drawn)

    alike()
    assert read > 40
