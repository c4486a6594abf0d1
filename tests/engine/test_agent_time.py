"""Agents' states as a table: what was scheduled, who is missing, what an hour costs; and the KPIs that follow."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from simkpi.demand.draws import draw
from simkpi.engine.run import frames, run
from simkpi.kpi.score import score
from simkpi.scenario.files import loads
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_worlds import Row, demand

DAY = 86_400


def centre(team: str, more: str = "") -> Scenario:
    return loads(f"""
simkpi: 1
calendar: {{from: 2026-01-05}}
contacts: {{voice: {{volume: 0 per day, handle: 4m, patience: 2m}}}}
teams:
  phone:
    skills: [voice]
    {team}
{more}
""")


def tables(world: Scenario, *rows: Row) -> dict[str, pl.DataFrame]:
    contacts = demand(world, list(rows)) if rows else draw(world, seed=1, replication=0)
    found = frames(world, contacts, run(world, contacts, "reference"))
    return {"interactions": found.interactions, "agent_states": found.agent_states}


def spans(states: pl.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    """Rows of these columns, with begin and end in minutes after eight."""
    eight = pl.datetime(2026, 1, 5, 8)
    minutes = [((pl.col(name) - eight).dt.total_seconds() / 60).alias(name) for name in ("from_at", "to_at")]
    return states.select(*names, *minutes).rows()


def test_a_late_break_is_cut_where_something_else_is_scheduled() -> None:
    world = centre("shifts: {start: 08:00, length: 2h, break: {after: 1h, length: 20m}}")
    # a call from 8:50 to 9:10, so that the break is from 9:10 to 9:30 instead of 9:00 to 9:20
    states = tables(world, Row(8 * 3600 + 50 * 60, talk=20 * 60))["agent_states"]
    assert spans(states, "state", "scheduled") == [
        ("work", "work", 0, 60),
        ("work", "break", 60, 70),
        ("break", "break", 70, 80),
        ("break", "work", 80, 90),
        ("work", "work", 90, 120),
    ]


def test_adherence_and_conformance_by_hand() -> None:
    world = centre("shifts: {start: 08:00, length: 2h, break: {after: 1h, length: 20m}}")
    log = tables(world, Row(8 * 3600 + 50 * 60, talk=20 * 60))
    found = score(**log, kpis=["adherence", "conformance", "shrinkage"])["value"].to_list()
    assert found == pytest.approx([100 / 120, 1.0, 20 / 120])


def test_of_a_counted_team_those_are_absent_who_are_planned_to_be() -> None:
    world = centre("staffing: {interval: 1h, from: 08:00, count: [5, 10]}\n    shrinkage: {planned: 20%}")
    log = tables(world)
    absent = log["agent_states"].filter(state="absent")
    assert spans(absent, "agent_id", "scheduled") == [("phone-9", "absent", 0, 120), ("phone-10", "absent", 60, 120)]
    assert score(**log, kpis=["shrinkage"])["value"][0] == pytest.approx(0.2)


def test_who_is_absent_by_chance_was_scheduled_to_work() -> None:
    world = centre("staffing: {interval: 1h, from: 08:00, count: [40]}\n    shrinkage: {unplanned: 25%}")
    states = tables(world)["agent_states"]
    absent = states.filter(state="absent")
    assert 2 < absent.height < 20
    assert absent["scheduled"].unique().to_list() == ["work"]
    assert states.height == 40


def test_a_team_without_absence_has_no_such_columns() -> None:
    assert tables(centre("count: 3"))["agent_states"].columns == ["agent_id", "team", "state", "from_at", "to_at", "slots"]


def test_overtime_and_teams_cost_what_they_cost() -> None:
    team = "shifts: {start: 08:00, length: 2h, lunch: {after: 1h, length: 30m}}\n    overtime: 150%"
    world = centre(team, "costs: {agent_hour: 10, teams: {phone: 20}}")
    log = tables(world, Row(9 * 3600 + 55 * 60, talk=20 * 60))
    # 90 paid minutes at 20 an hour, and 15 minutes of overtime at 30
    found = score(**log, kpis=["cost", "cost_per_contact"])["value"].to_list()
    assert found == pytest.approx([30 + 7.5, 37.5])


def test_bot_sessions_cost_too() -> None:
    more = "bots: {bot: {serves: [voice], contains: 50%, time: 1m}}\ncosts: {bot_session: 0.35}"
    world = centre("count: 1", more)
    log = tables(world, Row(10, bot="contained", bot_time=60), Row(20, bot="handed_off", bot_time=60), Row(30))
    assert log["interactions"]["bot_cost"].to_list() == [0.35, 0.35, 0.0]
    assert score(**log, kpis=["cost"])["value"][0] == pytest.approx(0.7)


@pytest.mark.parametrize("chance", ["", "lateness: {chance: 100%, time: 5m}", "shrinkage: {unplanned: 30%, planned: 10%}"])
def test_a_team_whose_shifts_fall_on_no_day_of_the_calendar_is_off_all_the_time(chance: str) -> None:
    world = centre(f"shifts: [{{days: 'sat,sun', start: 08:00, length: 8h}}]\n    {chance}")
    found = tables(world, Row(0))
    states = found["agent_states"]
    assert states.filter(pl.col("state") == "work").is_empty()
    assert found["interactions"]["answered_at"].null_count() == 1
