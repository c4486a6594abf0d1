"""Scenarios that are simulated and added up in one call have the bytes that each has by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import simkpi
from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.compiled.in_turn import PLACE
from simkpi.engine.plan import plan
from simkpi.engine.run import plan_of, run
from simkpi.experiment import compute
from simkpi.experiment.result import definitions_of
from simkpi.experiment.scores import Scoring
from simkpi.experiment.tally import KNOWN, Tally
from simkpi.experiment.tally_runs import TallyRuns, can_run
from simkpi.scenario.files import load, override
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import worlds
from tests.experiment.small_world import SHORT, small
from tests.experiment.test_tally import READ, SHIPPED
from tests.parity.parity import in_whole

TARGETS = {"all": {"occupancy": "at most 85%"}, "voice": {"wait_p90": "at most 60s"}, "chat": {"service_level": "80% in 45s"}}
STAFFINGS = ((2, 1), (4, 3), (9, 6), (3, 2))


def staffed(scenario: Scenario) -> list[Scenario]:
    """The scenario with other numbers of agents: memory of other sizes, in turn."""
    return [override(scenario, {"teams.phone.count": phone, "teams.web.count": web}) for phone, web in STAFFINGS]


def tally_of(scenario: Scenario, scoring: Scoring) -> Tally:
    tally = Tally.of(scenario, plan_of(scenario), scoring.watching([scenario]), definitions_of(scenario))
    assert tally is not None
    return tally


def by_itself(scenario: Scenario, scoring: Scoring, demands: list[Demand], engine: str = "compiled") -> bytes:
    tally = tally_of(scenario, scoring)
    for number, demand in enumerate(demands):
        assert tally.add(number, demand, run(scenario, demand, engine))
    return tally.payload()


def in_one_call(scenarios: list[Scenario], scoring: Scoring, demands: list[Demand]) -> list[bytes]:
    tallies = {str(number): tally_of(scenario, scoring) for number, scenario in enumerate(scenarios)}
    runs = TallyRuns(tallies, demands[0])
    for number, demand in enumerate(demands):
        assert runs.add(number, demand) == set(tallies)
    return [tally.payload() for tally in tallies.values()]


@pytest.mark.parametrize("by", [(), ("interval",)])
@pytest.mark.parametrize(
    "changes",
    [{}, {"run": {"end": "cut", "seed": 1}, "calendar": {"open": "08:00-12:00"}}, {"targets": TARGETS}],
    ids=["served", "cut", "targets"],
)
def test_each_has_the_bytes_that_it_has_by_itself(changes: dict[str, Any], by: tuple[str, ...]) -> None:
    scenarios, scoring = staffed(small(**changes)), Scoring(by=by)
    demands = [draw(scenarios[0], seed=3, replication=number) for number in range(3)]
    found = in_one_call(scenarios, scoring, demands)
    assert found == [by_itself(scenario, scoring, demands, "reference") for scenario in scenarios]
    assert len(set(found)) == len(scenarios)


def test_what_has_no_room_for_its_events_is_left_to_others_and_has_room_the_next_time() -> None:
    contacts = {**SHORT["contacts"], "chat": {**SHORT["contacts"]["chat"], "handle": SLOWED}}
    scenarios, scoring = staffed(small(contacts=contacts)), Scoring()
    demands = [draw(scenarios[0], seed=3, replication=number) for number in range(2)]
    tallies = {str(number): tally_of(scenario, scoring) for number, scenario in enumerate(scenarios)}
    runs = TallyRuns(tallies, demands[0])
    runs._runs._templates[1:3, PLACE["most_events"]] = 2  # as if work had left more timers behind than there are contacts
    assert runs.add(0, demands[0]) == {"0", "3"}
    assert runs.add(0, demands[0]) == set(tallies)
    assert tallies["1"].payload() == by_itself(scenarios[1], scoring, demands[:1])


SLOWED = {"talk": {"lognormal": {"mean": "6m", "cv": 0.8}}, "hold": "25s", "wrap": "20s", "slower_when_busy": ["0%", "30%"]}


def test_slowed_and_quicker_work_is_added_up_alike() -> None:
    contacts = {**SHORT["contacts"], "chat": {**SHORT["contacts"]["chat"], "handle": SLOWED}}
    teams = {
        "phone": {"skills": {"voice": {"speed": "110%"}, "chat": {"speed": "83%"}}, "count": 3},
        "web": {"skills": {"chat": {"at_once": 3}}, "count": 2},
    }
    scenarios, scoring = staffed(small(contacts=contacts, teams=teams)), Scoring(by=("interval",))
    demands = [draw(scenarios[0], seed=3, replication=number) for number in range(2)]
    assert in_one_call(scenarios, scoring, demands) == [by_itself(each, scoring, demands, "reference") for each in scenarios]


def test_many_more_customers_than_the_first_time_are_left_to_others() -> None:
    scenario = small()
    few, many = (
        draw(scenario, seed=3, replication=0),
        draw(override(scenario, {"contacts.voice.volume.scale": 40}), seed=3, replication=1),
    )
    runs = TallyRuns({"it": tally_of(scenario, Scoring())}, few)
    assert runs.add(0, many) == set()
    assert runs.add(0, few) == {"it"}


def test_what_leaves_more_behind_than_rows_is_not_simulated_in_turn() -> None:
    scenario = small(
        contacts={**SHORT["contacts"], "voice": {**SHORT["contacts"]["voice"], "retry": {"chance": "50%", "after": "5m"}}}
    )
    demand = draw(scenario, seed=3, replication=0)
    assert demand.returns is not None
    tally = tally_of(small(), Scoring())
    assert not can_run(tally, demand)
    assert can_run(tally, draw(small(), seed=3, replication=0))


def test_a_sweep_simulates_in_one_call_what_shares_its_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    add = TallyRuns.add

    def counted(self: TallyRuns, replication: int, demand: Demand) -> set[str]:
        found = add(self, replication, demand)
        asked.append(len(found))
        return found

    monkeypatch.setattr(TallyRuns, "add", counted)
    monkeypatch.setattr(compute, "run_many", lambda *_: pytest.fail("simulated one by one"))
    vary = {"teams.phone.count": "3:10:1"}
    compiled = simkpi.sweep(small(), vary, replications=3, engine="compiled")
    assert asked == [2] * 12
    monkeypatch.undo()
    assert compiled.table.equals(simkpi.sweep(small(), vary, replications=3, engine="reference").table)


def in_turn(world: tuple[Scenario, Demand], *, as_drawn: bool) -> bool:
    """Add a generated world up both ways; False if it is none for it."""
    scenario, contacts = world
    if not len(contacts) or plan(scenario).features - KNOWN:
        return False
    demand = contacts if as_drawn else in_whole(60_000, contacts)
    scoring = Scoring(by=("interval",)).watching([scenario])
    tallies = [Tally.of(scenario, plan_of(scenario), scoring, definitions_of(scenario)) for _ in range(3)]
    if tallies[0] is None or not can_run(tallies[0], demand):
        return False
    runs = TallyRuns({str(number): tally for number, tally in enumerate(tallies[1:]) if tally is not None}, demand)
    log = run(scenario, demand, "compiled")
    if not tallies[0].add(0, demand, log):
        assert runs.add(0, demand) == set()
        return False
    done = runs.add(0, demand) | runs.add(1, demand)  # the second time there is room for all events
    assert done == {"0", "1"}
    for tally in tallies[1:]:
        assert tally is not None
        assert np.array_equal(tally.added[-1].sums, tallies[0].added[0].sums)
        assert np.array_equal(tally.added[-1].quantiles, tallies[0].added[0].quantiles, equal_nan=True)
        assert np.array_equal(tally.added[-1].parts, tallies[0].added[0].parts)
        assert np.array_equal(tally.added[-1].whole, tallies[0].added[0].whole)
        assert tally.added[-1].stretches == tallies[0].added[0].stretches
    return True


@pytest.mark.slow
@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_are_added_up_alike_in_turn(path: Path) -> None:
    scenario = load(path)
    shorter = override(scenario, {"calendar.days": 3}) if scenario.spec.calendar.days > 7 else scenario
    assert in_turn((shorter, draw(shorter, seed=5, replication=1)), as_drawn=True) or path.stem not in READ


@settings(derandomize=True, deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(worlds(), st.booleans())
def test_some_generated_worlds_are_added_up_alike_in_turn(world: tuple[Scenario, Demand], as_drawn: bool) -> None:
    in_turn(world, as_drawn=as_drawn)


@pytest.mark.slow
def test_many_generated_worlds_are_added_up_alike_in_turn() -> None:
    read = 0

    @settings(derandomize=True, deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
    @given(worlds(), st.booleans())
    def alike(world: tuple[Scenario, Demand], as_drawn: bool) -> None:
        nonlocal read
        read += in_turn(world, as_drawn=as_drawn)

    alike()
    assert read > 80
