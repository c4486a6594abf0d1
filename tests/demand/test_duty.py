"""What chance does to agents' time: keyed by agent and day, nested in the rate, and as often as stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.demand.duty import draw_duty
from simkpi.demand.rows import Duty
from simkpi.scenario.files import loads, override
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.rosters import ABSENT, AWAY, COME, LEAVE, PAUSE, Roster

HOUR = 3_600_000
CENTRE = loads("""
simkpi: 1
calendar: {from: 2026-01-05, days: 5}
contacts: {voice: {volume: 240 per day, handle: 4m, patience: 2m}}
teams:
  phone:
    skills: [voice]
    shifts: {start: 08:00, length: 8h, lunch: {after: 4h, length: 1h}, count: 40}
    agents: {ann: {shifts: {start: 08:00, length: 4h}}}
  counted: {skills: [voice], count: 30}
""")


def with_(**fields: Any) -> Scenario:
    return override(CENTRE, {f"teams.phone.{name}": value for name, value in fields.items()})


def duty(scenario: Scenario, replication: int = 0) -> Duty:
    found = draw_duty(scenario.spec, 1, replication)
    assert found is not None
    return found


def roster(scenario: Scenario, replication: int = 0) -> Roster:
    found = duty(scenario, replication).roster
    assert found is not None
    return found


def absences(scenario: Scenario, replication: int = 0) -> set[tuple[int, int]]:
    """(agent, tick) of the shifts not worked."""
    rows = roster(scenario, replication)
    away = np.flatnonzero((rows.action[:-1] == AWAY) & (rows.action[1:] == LEAVE))
    return {(int(rows.place[row]), int(rows.tick[row])) for row in away}


def test_without_chance_nothing_is_drawn() -> None:
    assert draw_duty(CENTRE.spec, 1, 0) is None
    assert draw(CENTRE, seed=1, replication=0).duty is None


def test_absence_does_not_change_who_calls() -> None:
    plain, less = draw(CENTRE, seed=1, replication=0), draw(with_(shrinkage={"unplanned": "20%"}), seed=1, replication=0)
    assert np.array_equal(plain.arrived, less.arrived)


def test_agents_are_absent_as_often_as_stated_and_a_lower_rate_leaves_a_part_of_it() -> None:
    many = [absences(with_(shrinkage={"unplanned": "20%"}), number) for number in range(10)]
    few = [absences(with_(shrinkage={"unplanned": "5%"}), number) for number in range(10)]
    assert abs(sum(map(len, many)) / (10 * 41 * 5) - 0.2) < 4 * np.sqrt(0.16 / 2050)
    assert all(less < more for less, more in zip(few, many, strict=True))


def test_another_agent_or_team_changes_nobody_elses_absence() -> None:
    less = with_(shrinkage={"unplanned": "20%"})
    more = override(less, {"teams.phone.shifts[0].count": 41, "teams.counted.count": 3})
    mine = {agent for agent in absences(less) if agent[0] < 40}
    assert mine == {agent for agent in absences(more) if agent[0] < 40}


def test_of_counted_agents_those_come_who_are_not_absent_that_day() -> None:
    less = override(CENTRE, {"teams.counted.shrinkage": {"unplanned": "20%"}})
    changes = duty(less).head_counts[1]
    counts = [count for _, count in changes]
    assert changes[-1] == (5 * 24 * HOUR, 0)
    assert len(set(counts)) > 2
    assert max(counts) <= 30
    fewer = duty(override(less, {"teams.counted.count": 29})).head_counts[1]
    assert all(0 <= more - few <= 1 for (_, more), (_, few) in zip(changes, fewer, strict=True) if len(changes) == len(fewer))


def test_lateness_moves_the_begin_and_only_that() -> None:
    rows = roster(with_(lateness={"chance": "30%", "time": {"uniform": {"low": "5m", "high": "30m"}}}))
    come = rows.tick[rows.action == COME] % (24 * HOUR)
    late = come > 8 * HOUR
    assert 0.2 < late.mean() < 0.4
    assert come.max() <= 8.5 * HOUR
    assert (rows.tick[rows.action == LEAVE] % (24 * HOUR) <= 16 * HOUR).all()


@pytest.mark.parametrize("share", [0.8, 0.95])
def test_exactly_the_stated_share_of_every_stretch_is_kept(share: float) -> None:
    rows = roster(with_(adherence=share))
    away = (rows.action == PAUSE) & (rows.kind == ABSENT)
    for agent in (0, 17):
        mine = away & (rows.place == agent)
        assert rows.length[mine].sum() / (5 * 7 * HOUR) == pytest.approx(1 - share, abs=1e-6)
        # nobody is away twice at once, nor during lunch
        starts, lengths = rows.tick[mine], rows.length[mine]
        assert (starts[1:] >= (starts + lengths)[:-1]).all()
        lunch = (starts % (24 * HOUR) < 13 * HOUR) & ((starts + lengths) % (24 * HOUR) > 12 * HOUR)
        assert not lunch.any()
