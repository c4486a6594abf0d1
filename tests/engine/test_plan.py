"""The scenario as whole numbers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.demand.rows import NEVER
from simkpi.engine.plan import plan
from simkpi.engine.ppm import PPM, scaled
from simkpi.errors import InputError
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Spec
from tests.engine.engine_worlds import scenario

DAY = 86_400_000


@given(st.integers(0, 10**10), st.integers(1, 10 * PPM))
@settings(derandomize=True, deadline=None)
def test_scaled_work_is_the_exact_quotient_to_the_nearest_tick(ticks: int, speed: int) -> None:
    assert abs(scaled(ticks, speed) * speed - ticks * PPM) * 2 <= speed
    assert scaled(ticks, PPM) == ticks


def test_capacity_is_the_least_common_multiple_and_weights_share_it() -> None:
    contacts = {"voice": {}, "chat": {"channel": "chat"}, "email": {"channel": "email"}}
    team = {"skills": {"voice": {"at_once": 1}, "chat": {"at_once": 3}, "email": {"at_once": 2}}}
    numbers = plan(scenario({"desk": team}, contacts)).teams[0]
    assert (numbers.capacity, numbers.slots) == (6, 3)
    assert [skill.weight for skill in numbers.skills] == [6, 2, 3]


def test_the_head_count_becomes_steps_without_repeats_and_ends_with_its_rows() -> None:
    counts = {"counts": [2, 2, 3, 0, 0, 1], "interval": "1h", "from": "08:00"}
    hour = 3_600_000
    changes = ((8 * hour, 2), (10 * hour, 3), (11 * hour, 0), (13 * hour, 1), (14 * hour, 0))
    assert plan(scenario({"phone": counts})).teams[0].changes == changes


def test_staff_round_the_clock_do_not_change_at_midnight_and_leave_at_the_horizon() -> None:
    assert plan(scenario({"phone": {"count": 4}}, days=3)).teams[0].changes == ((0, 4), (3 * DAY, 0))


def test_a_row_that_runs_past_midnight_yields_to_the_next_days_row_and_to_the_horizon() -> None:
    night = {"counts": [1, 2, 3], "interval": "10h", "from": "10:00"}
    hour = 3_600_000
    first = ((10 * hour, 1), (20 * hour, 2), (30 * hour, 3))
    second = ((34 * hour, 1), (44 * hour, 2), (48 * hour, 0))
    assert plan(scenario({"phone": night}, days=2)).teams[0].changes == first + second


def test_agents_are_numbered_over_all_teams_by_the_highest_head_count() -> None:
    numbers = plan(scenario({"a": {"counts": [1, 3, 2]}, "b": {"count": 2}}))
    assert [(team.first_agent, team.n_agents) for team in numbers.teams] == [(0, 3), (3, 2)]
    assert numbers.n_agents == 5


def test_overflow_waits_are_sorted_and_queue_capacity_defaults_to_none() -> None:
    teams = {name: {"skills": {"voice": {"after": after}}} for name, after in (("a", "9s"), ("b", "0s"), ("c", "2s"))}
    numbers = plan(scenario(teams))
    assert numbers.overflow_waits(0) == (2000, 9000)
    assert numbers.queue_capacity == (NEVER,)


def test_an_arriving_contact_uses_its_channels_policy_unless_the_scenario_names_one() -> None:
    contacts = {"voice": {}, "chat": {"channel": "chat"}}
    teams = {"all": {"skills": {"voice": {}, "chat": {}}}}
    assert [policy.name for policy in plan(scenario(teams, contacts)).agent_policy] == ["longest_idle", "least_loaded"]
    chosen = plan(scenario(teams, contacts, agent="most-loaded")).agent_policy
    assert [policy.name for policy in chosen] == ["most_loaded"] * 2


def test_a_slow_down_becomes_a_pace_for_each_number_of_open_contacts() -> None:
    contacts = {"voice": {}, "chat": {"channel": "chat", "handle": {"talk": "5m", "slower_when_busy": ["0%", "25%", "60%"]}}}
    numbers = plan(scenario({"desk": {"skills": {"voice": {}, "chat": {"at_once": 3}}}}, contacts))
    assert numbers.pace == ((), (PPM, 800_000, 625_000))
    assert numbers.features == {"slower_when_busy"}


def test_opening_hours_are_kept_only_where_somebody_may_come_back() -> None:
    hour = 3_600_000
    assert plan(scenario({"phone": {}}, hours="08:00-20:00")).open == ()
    back = {"voice": {"retry": {"chance": 0.5, "after": "5m"}}}
    numbers = plan(scenario({"phone": {}}, back, days=2, hours="08:00-20:00"))
    assert numbers.open == ((8 * hour, 20 * hour), (32 * hour, 44 * hour))
    assert [numbers.comes_at(each * hour) for each in (0, 4, 8, 19, 20, 26, 32)] == [
        each * hour for each in (8, 14, 8, 19, 32, 38, 32)
    ]
    assert numbers.comes_at(44 * hour) == NEVER


def test_a_scenario_that_is_not_resolved_is_refused() -> None:
    short = {"simkpi": 1, "contacts": {"voice": {"channel": "voice", "volume": "9 per day", "handle": "1m"}}}
    for team in ({"count": 1, "skills": {"voice": {"at_once": 1}}}, {"staffing": {"count": [1]}, "skills": {"voice": {}}}):
        with pytest.raises(InputError, match="resolve the scenario first"):
            plan(Scenario(Spec.model_validate({**short, "teams": {"phone": team}})))
