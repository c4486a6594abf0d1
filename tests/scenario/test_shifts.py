"""Shifts laid out on the days of the calendar: who works when, who is planned to be absent, and how many are on queue."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from simkpi.scenario.crews import crews_of, net_count, stints_of
from simkpi.scenario.dump import to_dict
from simkpi.scenario.files import load, loads, override
from simkpi.scenario.heads import counted, heads
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.shifts import RampUp

HOUR = 3_600_000
DAY = 24 * HOUR


def centre(team: str, calendar: str = "{from: 2026-01-05, days: 7}") -> Scenario:
    """A centre from Monday on, with one team."""
    return loads(f"""
simkpi: 1
calendar: {calendar}
contacts: {{voice: {{volume: 240 per day, handle: 4m, patience: 2m}}}}
teams:
  phone:
    skills: [voice]
    {team}
""")


def worked(scenario: Scenario) -> list[tuple[int, int, int]]:
    """(day, start, end) of every stint, hours."""
    return [(stint.day, stint.start // HOUR, stint.end // HOUR) for stint in stints_of(scenario.spec)]


class TestDays:
    def test_a_shift_is_worked_on_its_weekdays(self) -> None:
        found = centre("shifts: {days: 'mon,sat', start: 08:00, length: 8h}")
        assert worked(found) == [(0, 8, 16), (5, 128, 136)]

    def test_it_is_worked_on_open_days_only_unless_named_by_date(self) -> None:
        calendar = "{from: 2026-01-05, days: 3, open: 08:00-18:00, holidays: [2026-01-06]}"
        assert [day for day, _, _ in worked(centre("shifts: {start: 08:00, length: 8h}", calendar))] == [0, 2]
        named = centre("shifts: {start: 08:00, length: 8h, dates: [2026-01-06]}", calendar)
        assert [day for day, _, _ in worked(named)] == [1]

    def test_a_night_shift_is_under_way_as_the_horizon_begins_and_cut_as_it_ends(self) -> None:
        found = centre("shifts: {start: 22:00, end: 06:00, overnight: true}", "{from: 2026-01-05, days: 2}")
        assert worked(found) == [(-1, 0, 6), (0, 22, 30), (1, 46, 48)]

    def test_a_pause_by_the_clock_may_lie_after_midnight(self) -> None:
        found = centre("shifts: {start: 22:00, end: 06:00, overnight: true, break: {at: 02:00, length: 30m}}")
        first, second = stints_of(found.spec)[:2]
        assert [pause[0] // HOUR for pause in (*first.pauses, *second.pauses)] == [2, 26]

    def test_the_hour_that_summer_time_skips_is_unpaid_time(self) -> None:
        calendar = "{from: 2026-03-29, timezone: Europe/Paris}"
        found = centre("shifts: {start: 00:00, length: 8h, count: 1}", calendar)
        assert stints_of(found.spec)[0].pauses == ((2 * HOUR, HOUR, 5, 1),)
        assert any("is 1h shorter on 2026-03-29" in str(warning) for warning in found.warnings)


class TestPeople:
    def test_agents_of_shifts_and_agents_by_name_make_one_crew_if_they_are_alike(self) -> None:
        found = centre("shifts: {start: 08:00, length: 8h, count: 2}\n    agents: {ann: {shifts: {start: 09:00, length: 7h}}}")
        assert [crew.agents for crew in crews_of(found.spec)] == [("phone-1", "phone-2", "ann")]

    def test_a_skill_of_an_agent_takes_the_rest_from_the_team(self) -> None:
        found = centre(
            "shifts: {start: 08:00, length: 8h}\n"
            "    agents: {ann: {shifts: {start: 09:00, length: 7h}, speed: 2, skills: {voice: {speed: 90%}}}}"
        )
        found = override(found, {"teams.phone.skills": {"voice": {"preference": 3, "speed": "70%"}}})
        usual, ann = crews_of(found.spec)
        assert (usual.skills["voice"].speed, usual.skills["voice"].preference) == (0.7, 3)
        assert (ann.skills["voice"].speed, ann.skills["voice"].preference) == (1.8, 3)

    def test_a_ramp_rises_in_steps_to_the_full_pace(self) -> None:
        ramp = RampUp.model_validate({"from": "60%", "over": "4w", "since": "2026-01-05"})
        assert [ramp.pace(days) for days in (0, 6, 7, 14, 27, 28, 400)] == [0.6, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0]
        assert ramp.since == date(2026, 1, 5)

    def test_resolving_twice_changes_nothing(self) -> None:
        found = centre(
            "shifts: {start: 08:00, length: 8h, lunch: {after: 4h, length: 30m}, meetings: {at: 10:00, length: 15m}}\n"
            "    agents: {ann: {shifts: {start: 09:00, end: 13:00}, skills: {voice: {speed: 90%}}}}\n    adherence: 95%"
        )
        assert load(to_dict(found)) == found


class TestPlannedAbsence:
    @pytest.mark.parametrize("share", [0.1, 0.18, 0.5, 0.99])
    def test_its_number_is_right_over_the_horizon_and_it_falls_on_everybody(self, share: float) -> None:
        found = centre(f"shifts: {{start: 08:00, length: 8h, count: 9}}\n    shrinkage: {{planned: {share}}}")
        stints = stints_of(found.spec)
        absent = [stint for stint in stints if stint.is_planned_absence]
        assert len(absent) == int(63 * share + 0.5)
        by_day = [sum(stint.day == day for stint in absent) for day in range(7)]
        assert max(by_day) - min(by_day) <= 1

    @pytest.mark.parametrize(("count", "net"), [(0, 0), (1, 1), (2, 2), (3, 2), (12, 10), (100, 82)])
    def test_of_counted_agents_the_nearest_whole_number_comes(self, count: int, net: int) -> None:
        assert net_count(count, 0.18) == net


class TestHeads:
    def test_pauses_and_planned_absence_are_taken_off(self) -> None:
        found = centre("shifts: {start: 08:00, length: 4h, break: {after: 2h, length: 30m}, count: 5}", "{from: 2026-01-05}")
        assert heads(found.spec, "phone").count == ((5, 5, 5, 5, 0, 5, 5, 5),)
        found = override(found, {"teams.phone.shrinkage": {"planned": "20%"}})
        assert heads(found.spec, "phone").count == ((4, 4, 4, 4, 0, 4, 4, 4),)

    def test_what_chance_takes_counts_with_its_mean(self) -> None:
        found = centre(
            "shifts: {start: 08:00, length: 4h, count: 100}\n    shrinkage: {unplanned: 10%}\n    adherence: 90%",
            "{from: 2026-01-05}",
        )
        assert heads(found.spec, "phone").count == ((81,),)

    def test_short_pauses_are_averaged_over_quarters_of_an_hour(self) -> None:
        found = centre("shifts: {start: 08:00, length: 1h, break: {after: 20m, length: 5m}, count: 9}", "{from: 2026-01-05}")
        assert heads(found.spec, "phone").count == ((9, 6, 9, 9),)

    def test_counted_teams_without_absence_stay_as_they_are(self) -> None:
        found = centre("count: 5")
        assert counted(found.spec) is found.spec
        less = override(found, {"teams.phone.shrinkage": {"planned": "20%"}})
        assert heads(less.spec, "phone").count == ((4,),) * 7


def test_setting_shifts_by_an_override_takes_the_place_of_a_count_and_the_reverse() -> None:
    found = centre("count: 5")
    shifts: list[dict[str, Any]] = [{"start": "08:00", "length": "8h", "count": 3}]
    with_shifts = override(found, {"teams.phone.shifts": shifts})
    assert with_shifts.spec.teams["phone"].count is None
    again = override(with_shifts, {"teams.phone.shifts[0].count": 4})
    assert again.spec.teams["phone"].shifts[0].count == 4
    assert override(again, {"teams.phone.count": 7}).spec.teams["phone"].shifts == ()
