"""Dials, tables and goals: what a planner changes on the page becomes fields of the scenario, and mistakes find their control."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simkpi.errors import ScenarioError
from simkpi.planning.day_tables import STAFF, DayTable, day_tables, recommended_tables, table_changes
from simkpi.planning.dials import dials_of
from simkpi.planning.staffing import staff
from simkpi.planning.what_if import WhatIf, changed, goals_now
from simkpi.scenario.files import load, override, shipped, shipped_names
from simkpi.scenario.resolve import Scenario
from tests.experiment.small_world import small

SHIPPED = [name for name in shipped_names() if "features/" in name or name in ("quickstart", "shifts_voice", "benchmark_day")]


def dial(scenario: Scenario, name: str) -> object:
    return next(one for one in dials_of(scenario) if one.name == name)


def mistakes(scenario: Scenario, what: WhatIf) -> dict[str, str]:
    with pytest.raises(ScenarioError) as caught:
        changed(scenario, what)
    return {one.path: one.message for one in caught.value.problems}


class TestDials:
    @pytest.mark.parametrize("name", SHIPPED)
    def test_every_step_of_every_dial_can_be_set_and_the_one_in_force_changes_nothing(self, name: str) -> None:
        scenario = load(shipped(name))
        dials = dials_of(scenario)
        assert len({one.name for one in dials}) == len(dials)
        for one in dials:
            assert one.value in one.steps
            for value in (one.steps[0] or one.steps[1], one.steps[-1]):
                assert override(scenario, one.changes(value)).spec != scenario.spec or value == one.value
            assert override(scenario, one.changes(one.value)).spec == scenario.spec, one.name

    def test_handle_time_stretches_talk_hold_and_wrap_alike_and_keeps_their_laws(self) -> None:
        scenario = load(shipped("quickstart"))
        more = changed(scenario, WhatIf(dials={"handle:voice": "11m"}))  # twice 5m30s
        before, after = (one.spec.contacts["voice"].handle for one in (scenario, more))
        assert (after.talk.mean, after.wrap.mean) == (2 * before.talk.mean, 2 * before.wrap.mean)
        assert after.talk.lognormal is not None
        assert after.talk.lognormal.cv == 0.8

    def test_volume_is_a_factor_on_what_the_scenario_says(self) -> None:
        scenario = override(small(), {"contacts.voice.volume.scale": "150%"})
        more = changed(scenario, WhatIf(dials={"volume:voice": "110%"}))
        assert more.spec.contacts["voice"].volume.expected[0][0] == pytest.approx(10 * 1.5 * 1.1)

    def test_topics_of_a_bot_and_shifts_of_a_team_have_their_own(self) -> None:
        topics = {one.name for one in dials_of(load(shipped("features/bot_topics")))}
        assert sum(name.count(":") == 2 for name in topics if name.startswith("contains")) >= 1
        shifts = load(shipped("features/shifts"))
        name = next(one.name for one in dials_of(shifts) if one.name.startswith("shift:"))
        team = name.split(":")[1]
        assert changed(shifts, WhatIf(dials={name: "9"})).spec.teams[team].shifts[0].count == 9


class TestTables:
    @pytest.mark.parametrize("name", SHIPPED)
    def test_a_table_put_back_as_it_is_leaves_the_scenario_as_it_is(self, name: str) -> None:
        scenario = load(shipped(name))
        for table in day_tables(scenario):
            if table.is_fixed:
                continue
            again = override(scenario, table_changes(scenario, table))
            if table.kind == STAFF:
                assert again.spec.teams[table.owner].staffing == scenario.spec.teams[table.owner].staffing
            else:
                ours, theirs = (one.spec.contacts[table.owner].volume for one in (again, scenario))
                assert ours.model_copy(update={"expected": ()}) == theirs.model_copy(update={"expected": ()})
                for row, other in zip(ours.expected, theirs.expected, strict=True):
                    assert row == pytest.approx(other, rel=1e-5)

    def test_numbers_may_be_written_as_they_are_in_french_spreadsheets(self) -> None:
        table = next(one for one in day_tables(small()) if one.name == "volume:voice")
        found = changed(small(), WhatIf(tables={table.name: replace(table, rows=[["12,5", "1 250", *[3] * 6]])}))
        assert found.spec.contacts["voice"].volume.expected[0][:2] == (12.5, 1250.0)

    def test_a_dial_turns_the_edited_table(self) -> None:
        table = next(one for one in day_tables(small()) if one.name == "volume:voice")
        what = WhatIf(dials={"volume:voice": "200%"}, tables={table.name: replace(table, rows=[[5] * 8])})
        assert changed(small(), what).spec.contacts["voice"].volume.expected == ((10.0,) * 8,)

    def test_recommended_staff_takes_the_place_of_shifts_and_absence(self) -> None:
        scenario = load(shipped("features/shifts"))
        fixed = next(one for one in day_tables(scenario) if one.kind == STAFF and one.is_fixed)
        table = replace(fixed, rows=[[4 for _ in row] for row in fixed.rows], is_on_queue=True)
        team = changed(scenario, WhatIf(tables={fixed.name: table})).spec.teams[fixed.owner]
        assert not team.has_timetables
        assert set(team.staffing.count[0]) == {4}
        assert team.shrinkage.unplanned == 0

    def test_a_staffing_plan_comes_as_tables_that_give_its_scenario(self) -> None:
        scenario = small(targets={"voice": {"service_level": "60% in 1m"}})
        plan = staff(scenario, alpha=0.1)
        what = WhatIf(tables={table.name: table for table in recommended_tables(plan)})
        assert changed(scenario, what).spec.teams == plan.scenario_with_staff.spec.teams


class TestGoals:
    def test_those_that_are_set_and_a_blank_for_each_live_contact_type_without(self) -> None:
        assert goals_now(small()) == {"voice": "80% in 20s", "chat": "50% in 1h"}
        assert goals_now(small(targets={})) == {"voice": "", "chat": ""}
        assert goals_now(small(targets={"all": {"service_level": "80%"}})) == {"all": "80%"}

    def test_setting_one_keeps_the_others_and_emptying_it_takes_it_away(self) -> None:
        found = changed(small(), WhatIf(goals={"voice": "90 % en 10 s", "chat": ""})).spec.targets
        assert set(found) == {"voice"}
        assert set(found["voice"]) == {"service_level", "abandon_rate"}
        assert (found["voice"]["service_level"].value, found["voice"]["service_level"].within) == (0.9, 10.0)


def test_every_mistake_is_told_at_its_control_in_the_words_of_the_validator() -> None:
    scenario = load(shipped("quickstart"))
    table = next(one for one in day_tables(scenario) if one.name == "staff:phone")
    what = WhatIf(
        dials={
            "volume:voice": "abc",
            "contains:assistant": "145%",
            "patience:voice": "3",
            "at_once:online:chat": "2.5",
            "x:y": "1",
        },
        tables={"staff:phone": replace(table, rows=[[1, "x", -3]]), "staff:nobody": replace(table, owner="nobody")},
        goals={"chat": "foo"},
    )
    found = mistakes(scenario, what)
    assert found["staff:phone[0][1]"] == "must be a whole number, got 'x'"
    assert "negative" in found["staff:phone[0][2]"]
    assert found["contains:assistant"] == "must be between 0% and 100%, got '145%'"
    assert found["patience:voice"].startswith("needs a unit")
    assert found["at_once:online:chat"] == "must be a whole number, got '2.5'"
    assert found["goal:chat"].startswith("must be a target, got 'foo'")
    assert "no such control" in found["x:y"]
    assert "there is no 'nobody'" in found["staff:nobody"]
    assert "must be a number" in found["volume:voice"]


def test_a_goal_that_no_kpi_answers_is_told_there_too() -> None:
    assert "share" in mistakes(small(), WhatIf(goals={"voice": "20s"}))["goal:voice"]


def test_a_table_of_another_length_is_a_mistake_and_no_crash() -> None:
    table = DayTable(STAFF, "phone", 3600.0, 8 * 3600.0, [[1] * 40])
    assert list(mistakes(small(), WhatIf(tables={"staff:phone": table}))) == ["staff:phone"]
