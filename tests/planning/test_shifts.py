from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simkpi.errors import InputError, ScenarioError
from simkpi.planning.formula_queue import Steps
from simkpi.planning.head_counts import Cell, staffed
from simkpi.planning.shift_cover import Program
from simkpi.planning.shift_library import Library, duty_step, patterns, read_library
from simkpi.planning.shift_plan import ShiftPlan
from simkpi.planning.shift_scenario import with_timetables
from simkpi.planning.shifts import plan_shifts
from simkpi.planning.trials import Trials
from simkpi.scenario.files import override, scenarios_folder
from simkpi.scenario.heads import heads
from tests.planning.planning_worlds import voice


def library(**shifts: object) -> Library:
    return Library.model_validate({"shifts": shifts})


ONE = {"start": "08:00-09:00", "every": "1h", "length": "2h"}


def program(given: Library, hours: range, *, days: int = 1) -> Program:
    ways = [way for day in range(days) for way in patterns(given, "phone", day, weekday=day % 7, step=3600.0)]
    cells = [Cell("phone", day, 3600.0 * hour, 3600.0) for day in range(days) for hour in hours]
    return Program(given, ways, cells)


class TestLibrary:
    def test_the_shipped_one_is_read(self) -> None:
        found = read_library(scenarios_folder() / "shifts_library.yml")
        assert list(found.shifts) == ["full-time", "part-time"]
        assert duty_step(found) == 1800

    def test_every_start_and_break_is_a_pattern(self) -> None:
        given = library(
            full={"start": "08:00-09:00", "every": "30m", "length": "8h", "break": {"after": ["3h", "4h"], "length": "30m"}}
        )
        found = list(patterns(given, "phone", 0, weekday=0, step=1800.0))
        assert len(found) == 3 * 3
        assert {way.hours for way in found} == {7.5}
        assert found[0].label == "08:00 (break 11:00)"
        assert np.flatnonzero(found[0].duty).tolist() == [*range(16, 22), *range(23, 32)]

    def test_teams_and_weekdays_are_kept_to(self) -> None:
        given = library(a={**ONE, "teams": ["web"]}, b={**ONE, "days": "sat,sun"})
        assert [way.shift for way in patterns(given, "phone", 0, weekday=0, step=3600.0)] == []
        assert {way.shift for way in patterns(given, "phone", 5, weekday=5, step=3600.0)} == {"b"}
        assert {way.shift for way in patterns(given, "web", 0, weekday=0, step=3600.0)} == {"a"}

    def test_all_mistakes_are_told_with_their_lines(self, tmp_path: Path) -> None:
        file = tmp_path / "bad.yml"
        file.write_text("shifts:\n  a: {start: 08:00, lenght: 8h}\n  b: {start: 20:00, length: 28h}\n", encoding="utf-8")
        with pytest.raises(ScenarioError) as found:
            read_library(file)
        text = str(found.value)
        assert "bad.yml:2: shifts.a.lenght: unknown field; did you mean 'length'?" in text
        assert "bad.yml:2: shifts.a.length: is missing" in text
        assert "bad.yml:3: shifts.b.length" in text

    @pytest.mark.parametrize(
        ("shift", "message"),
        [
            ({**ONE, "start": "09:00-08:00"}, "needs the first start before the last"),
            ({**ONE, "break": {"after": "1h45m", "length": "30m"}}, "a break that does not end before the shift"),
            ({**ONE, "break": {"after": ["1h", "30m"], "length": "30m"}}, "the earliest begin before the latest"),
            ({**ONE, "days": "mo"}, "is no weekday"),
        ],
    )
    def test_impossible_shifts_are_refused(self, shift: dict[str, object], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            library(a=shift)

    def test_a_file_that_is_not_there_says_so(self) -> None:
        with pytest.raises(ScenarioError, match=r"none\.yml: no such file"):
            read_library("none.yml")

    def test_too_fine_a_step_is_refused(self) -> None:
        with pytest.raises(ScenarioError, match="at least 5 minutes"):
            duty_step(library(a={**ONE, "length": "2h1m"}))


class TestCover:
    def test_it_is_the_cheapest(self) -> None:
        # need 2, 3, 1 from 08:00: two shifts at 8 and one at 9 are the fewest
        found = program(library(a=ONE), range(8, 11)).solve(np.array([2, 3, 1]))
        assert found.numbers.tolist() == [2, 1]
        assert found.counts.tolist() == [2, 3, 1]
        assert found.hours == 6
        assert found.bound == pytest.approx(6, abs=1e-3)

    def test_pay_decides_between_shifts_that_cover_alike(self) -> None:
        cheap = program(library(a={**ONE, "pay": "110%"}, b=ONE), range(8, 11)).solve(np.array([2, 3, 1]))
        assert cheap.numbers.tolist() == [0, 0, 2, 1]

    def test_limits_hold(self) -> None:
        limited = program(library(a={**ONE, "at_most": 2}, b={**ONE, "pay": "200%"}), range(8, 11)).solve(np.array([2, 3, 1]))
        assert limited.numbers[:2].sum() == 2
        assert limited.numbers[2:].sum() == 1
        with pytest.raises(InputError, match="no set of shifts within the library's limits"):
            program(library(a={**ONE, "at_most": 2}), range(8, 11)).solve(np.array([2, 3, 1]))

    def test_people_work_five_days_a_week(self) -> None:
        week = np.array([1, 0] * 7)
        given = {"start": "08:00", "length": "2h", "days_a_week": 5}
        program(library(a={**given, "people": 2}), range(8, 10), days=7).solve(week)
        with pytest.raises(InputError, match="within the library's limits"):
            program(library(a={**given, "people": 1}), range(8, 10), days=7).solve(week)

    def test_a_time_that_no_shift_covers_is_named(self) -> None:
        with pytest.raises(InputError, match="no shift of the library covers phone at 12:00"):
            program(library(a=ONE), range(8, 13)).solve(np.array([1, 1, 1, 0, 1]))

    def test_a_cut_asks_for_more(self) -> None:
        given = program(library(a=ONE), range(8, 11))
        given.add_cut(np.array([0.0, 0.0, 1.0]), 2.0)
        assert given.solve(np.array([2, 3, 1])).counts.tolist() == [2, 4, 2]


SHIFTS = library(
    short={"start": "09:00-10:00", "every": "1h", "length": "1h"}, both={"start": "09:00", "length": "2h", "pay": "90%"}
)


@functools.lru_cache(maxsize=3)
def plan(need: str = "load") -> ShiftPlan:
    return plan_shifts(voice(), SHIFTS, need=need)


class TestPlan:
    @pytest.mark.parametrize("need", ["load", "formula", "simulation"])
    def test_the_roster_meets_the_target_on_customers_it_never_met(self, need: str) -> None:
        found = plan(need)
        assert all(one.is_shown for one in found.checks)
        assert np.all(found.roster.counts >= found.floor)
        fresh = Trials(seed="elsewhere", replications=60).run(staffed(voice(), found.cells, found.roster.counts))
        level = found.goals[0].estimate(fresh).value
        assert level is not None
        assert level > 0.8

    def test_cuts_find_a_roster_that_is_no_dearer_than_covering_the_formula(self) -> None:
        assert plan("load").hours <= plan("formula").hours
        assert plan("load").cuts > 0
        assert plan("formula").cuts == 0

    def test_the_bound_is_below_the_hours_and_the_gap_says_by_how_much(self) -> None:
        found = plan("load")
        assert 0 < found.bound <= found.hours
        assert found.gap == pytest.approx(1 - found.bound / found.hours)
        assert found.cost == pytest.approx(found.hours * 20)

    def test_the_hours_cost_what_their_team_costs(self) -> None:
        found = plan("load")
        dear = override(found.scenario, {"costs.teams": {"phone": 31}})
        assert replace(found, scenario=dear).cost == pytest.approx(found.hours * 31)

    def test_hours_are_those_of_the_shifts_and_the_head_counts_follow(self) -> None:
        found = plan("load")
        hours = sum(way.hours * int(n) for n, way in zip(found.roster.numbers, found.patterns, strict=True))
        assert found.hours == pytest.approx(hours)
        assert found.scenario_with_shifts.spec.teams["phone"].staffing.count[0] == tuple(found.roster.counts.tolist())

    def test_as_timetables_the_same_agents_are_on_queue_at_every_moment(self) -> None:
        found = plan("load")
        timetables = with_timetables(found).spec
        assert sum(shift.count for shift in timetables.teams["phone"].shifts) == int(found.roster.numbers.sum())
        staffing = heads(timetables, "phone")
        on_queue = Steps.of(staffing.count or (), staffing.start, staffing.interval)
        middles = np.array([cell.since + cell.length / 2 for cell in found.cells])
        assert on_queue.at(middles).tolist() == found.roster.counts.tolist()

    @pytest.mark.parametrize(
        ("given", "message"),
        [({"need": "guess"}, "need: must be one of"), ({"alpha": 0.7}, "alpha: must lie"), ({"replications": 1}, "at least 2")],
    )
    def test_nonsense_is_refused(self, given: dict[str, object], message: str) -> None:
        with pytest.raises(InputError, match=message):
            plan_shifts(voice(), SHIFTS, **given)

    def test_a_team_that_does_not_exist_is_refused(self) -> None:
        with pytest.raises(InputError, match="there is no team 'fone'"):
            plan_shifts(voice(), library(a={**ONE, "teams": ["fone"]}))


class TestNight:
    def test_a_night_shift_goes_on_the_next_day_and_the_evening_before_the_horizon_counts_too(self) -> None:
        given = library(night={"start": "22:00", "length": "8h", "break": {"after": "3h", "length": "1h"}})
        (way,) = patterns(given, "phone", 0, weekday=0, step=3600.0)
        assert np.flatnonzero(way.duty).tolist() == [22, 23, 24, 26, 27, 28, 29]
        assert (way.hours, way.label) == (7.0, "22:00 (break 01:00)")
        (before,) = patterns(given, "phone", -1, weekday=6, step=3600.0)
        assert before.hours == pytest.approx(7.0 * 6 / 8)

    def test_a_centre_that_never_closes_is_covered_round_the_clock(self) -> None:
        always = voice(
            calendar={"from": "2026-01-05", "days": 2, "open": "00:00-24:00"},
            contacts={"voice": {"volume": "30 per hour", "handle": "3m", "patience": "2m"}},
            teams={"phone": {"skills": ["voice"], "count": 5}},
        )
        given = library(**{f"at{start:02d}": {"start": f"{start:02d}:00", "length": "8h"} for start in (6, 14, 22)})
        plan = plan_shifts(always, given, need="formula", replications=5)
        assert np.all(plan.roster.counts >= plan.floor)
        assert {cell.day for cell in plan.cells} == {0, 1}
        days = {way.day for way, number in zip(plan.patterns, plan.roster.numbers, strict=True) if number}
        assert days == {-1, 0, 1}
        assert min(map(min, plan.scenario_with_shifts.spec.teams["phone"].staffing.count)) >= 1


@pytest.mark.slow
def test_a_team_with_two_skills_gets_cuts_until_both_targets_are_shown_and_the_gap_is_told() -> None:
    queue = {"interval": "1h", "from": "09:00", "expected": [40, 60, 50, 40]}
    contacts = {
        name: {"channel": "voice", "volume": queue, "handle": handle, "patience": "3m"}
        for name, handle in (("red", "3m"), ("blue", "4m"))
    }
    skills = {"red": {"skills": ["red"], "count": 3}, "both": {"skills": {"red": {"preference": 1}, "blue": {}}, "count": 6}}
    targets = {name: {"service_level": "80% in 20s"} for name in contacts}
    shared = voice(calendar={"open": "09:00-13:00"}, contacts=contacts, teams=skills, targets=targets)
    given = library(a={"start": "09:00-11:00", "every": "1h", "length": "2h"}, b={"start": "09:00", "length": "4h", "pay": "95%"})
    plan = plan_shifts(shared, given, replications=10, seed=2)
    assert all(one.is_shown for one in plan.checks)
    assert plan.cuts > 0
    assert 0 <= plan.gap < 0.15
    assert plan.bound <= plan.hours
