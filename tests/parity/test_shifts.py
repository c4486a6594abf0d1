"""Agents with timetables: the two engines give the equal log, states included."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.compiled.schedules import schedules
from simkpi.engine.plan import on_duty, plan
from simkpi.scenario.files import load, loads
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import timetabled_worlds
from tests.parity.parity import differences, in_whole
from tests.parity.test_parity import SCENARIOS


@settings(derandomize=True, deadline=None, max_examples=300)
@given(timetabled_worlds())
def test_generated_worlds_have_equal_logs(world: tuple[Scenario, Demand]) -> None:
    centre, contacts = world
    assert differences(plan(centre), contacts) == {}


@pytest.mark.parametrize("name", ["shifts", "absence", "named_agents"])
def test_shipped_scenarios_have_equal_logs_in_whole_seconds_too(name: str) -> None:
    shipped = load(SCENARIOS / "features" / f"{name}.yaml")
    for replication in range(4):
        contacts = draw(shipped, seed=5, replication=replication)
        assert differences(plan(shipped), contacts) == {}
        assert differences(plan(shipped), in_whole(30_000, contacts)) == {}


def test_what_chance_does_differs_by_replication_and_is_in_both_logs() -> None:
    absence = load(SCENARIOS / "features" / "absence.yaml")
    days = [on_duty(plan(absence), draw(absence, seed=5, replication=replication)) for replication in range(2)]
    assert days[0].teams[-1].changes != days[1].teams[-1].changes


def test_a_demand_without_duty_is_run_as_planned() -> None:
    absence = load(SCENARIOS / "features" / "absence.yaml")
    contacts = replace(draw(absence, seed=5, replication=0), duty=None)
    assert differences(plan(absence), contacts) == {}


@pytest.mark.parametrize("chance", [{}, {"lateness": {"chance": "100%", "time": "5m"}}, {"shrinkage": {"unplanned": "30%"}}])
def test_agents_without_any_shift_on_the_days_of_the_calendar_never_come(chance: dict[str, Any]) -> None:
    shifts = [{"start": "09:00", "length": "2h", "days": "sat,sun"}]
    monday = {
        "simkpi": 1,
        "calendar": {"from": "2026-01-05"},
        "contacts": {"voice": {"volume": "30 per day", "handle": "3m", "patience": "2m"}},
        "teams": {"phone": {"skills": ["voice"], "shifts": shifts, **chance}},
    }
    scenario = load(monday)
    numbers, contacts = plan(scenario), draw(scenario, seed=1, replication=0)
    timetables = schedules(on_duty(numbers, contacts)).timetables
    assert len(timetables) == numbers.n_agents == 1
    assert differences(numbers, contacts) == {}


def test_many_agents_of_many_profiles_have_equal_logs() -> None:
    people = "".join(
        f"      a{number}: {{shifts: {{start: '{8 + number % 4:02}:00', length: 6h, break: {{after: 3h, length: 20m}}}}, "
        f"speed: {90 + 5 * (number % 5)}%}}\n"
        for number in range(24)
    )
    text = f"""
simkpi: 1
calendar: {{days: 2, open: 08:00-18:00}}
contacts:
  voice: {{volume: 120 per hour, handle: 5m, patience: 3m}}
  chat: {{volume: 90 per hour, handle: {{talk: 7m, slower_when_busy: [0, 0.3, 0.7]}}, patience: 2m}}
teams:
  all:
    skills: {{voice: {{}}, chat: {{at_once: 3}}}}
    shifts: [{{start: 08:00, length: 9h, lunch: {{after: 4h, length: 1h}}, meetings: {{at: 10:00, length: 30m}}, count: 6}}]
    agents:
{people}    shrinkage: {{planned: 10%, unplanned: 10%}}
    adherence: 90%
    lateness: {{chance: 20%, time: 10m}}
"""
    centre = loads(text)
    contacts = draw(centre, seed=1, replication=0)
    assert differences(plan(centre), contacts) == {}
