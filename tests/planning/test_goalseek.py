from __future__ import annotations

import functools
from typing import Any

import pytest
from scipy.optimize import brentq

from simkpi import queueing
from simkpi.errors import InputError, ScenarioError
from simkpi.experiment.confidence import Estimate
from simkpi.planning.goals import read_goal
from simkpi.planning.goalseek import BOTH, FALLS, FLAT, RISES, GoalSeek, Point, goalseek, shape_of
from simkpi.planning.numeric_field import numeric_field
from simkpi.scenario.files import load, shipped
from tests.planning.planning_worlds import voice


def steady(**changes: Any) -> Any:
    """Eight steady hours of calls: 100 an hour, 3 min each, patience 2 min."""
    contact = {
        "channel": "voice",
        "volume": {"interval": "8h", "from": "09:00", "expected": [800]},
        "handle": "3m",
        "patience": "2m",
    }
    return voice(
        calendar={"open": "09:00-17:00"},
        contacts={"voice": {**contact, **changes}},
        teams={"phone": {"skills": ["voice"], "count": 7}},
    )


def seek(path: str, target: str, *between: str, scenario: Any = None, **given: Any) -> GoalSeek:
    world = scenario or steady()
    field = numeric_field(world, path, between[0] if between else None)
    ends = (field.read(between[0]), field.read(between[1])) if between else None
    return goalseek(field, read_goal(target, world), between=ends, **{"replications": 10, **given})


@functools.lru_cache(maxsize=1)
def scale() -> GoalSeek:
    return seek("contacts.voice.volume.scale", "service_level>=80%", "50%", "150%")


class TestField:
    @pytest.mark.parametrize(
        ("path", "kind", "current"),
        [
            ("bots.assistant.contains", "share", 0.5),
            ("bots.assistant.understands", "share", 0.75),
            ("contacts.voice.volume.scale", "share", 1.0),
            ("contacts.voice.handle.talk.lognormal.mean", "duration", 290.0),
            ("contacts.voice.handle.talk.lognormal.cv", "number", 0.8),
            ("contacts.chat.patience.lognormal.mean", "duration", 240.0),
            ("contacts.voice.volume.expected[0][3]", "number", 25.0),
            ("contacts.voice.priority", "count", 0.0),
            ("teams.online.skills.chat.at_once", "count", 3.0),
            ("teams.phone.staffing.count[0][2]", "count", 7.0),
            ("costs.agent_hour", "number", 24.5),
        ],
    )
    def test_a_field_is_found_with_its_unit_and_can_be_set(self, path: str, kind: str, current: float) -> None:
        field = numeric_field(load(shipped("quickstart")), path)
        assert (field.kind, field.current) == (kind, current)
        again = numeric_field(field.put(current), path)
        assert again.current == current

    def test_a_path_that_names_nothing_or_no_number_is_refused(self) -> None:
        world = load(shipped("quickstart"))
        with pytest.raises(ScenarioError, match="did you mean 'assistant'"):
            numeric_field(world, "bots.asistant.contains")
        with pytest.raises(ScenarioError, match="no field 'contain'; did you mean 'contains'"):
            numeric_field(world, "bots.assistant.contain")
        with pytest.raises(InputError, match=r"contacts\.voice: is a block"):
            numeric_field(world, "contacts.voice")
        with pytest.raises(InputError, match="must be a number to be varied, is 'voice'"):
            numeric_field(world, "contacts.voice.channel")
        with pytest.raises(InputError, match="has no value now; say where to look"):
            numeric_field(world, "teams.phone.count")

    def test_shares_are_looked_for_everywhere_and_other_values_around_the_present_one(self) -> None:
        world = load(shipped("quickstart"))
        assert numeric_field(world, "bots.assistant.contains").between() == (0.0, 1.0)
        assert numeric_field(world, "contacts.voice.volume.scale").between() == (0.25, 4.0)
        assert numeric_field(world, "teams.online.skills.chat.at_once").between() == (1.0, 12.0)
        with pytest.raises(InputError, match="is 0 now; say where to look"):
            numeric_field(world, "contacts.voice.priority").between()

    def test_values_are_read_in_the_unit_of_the_field(self) -> None:
        world = load(shipped("quickstart"))
        assert numeric_field(world, "contacts.voice.volume.scale").read("150%") == 1.5
        assert numeric_field(world, "contacts.voice.handle.talk.lognormal.mean").read("4m30s") == 270
        with pytest.raises(InputError, match=r"at_once: must be a whole number, got '2\.5'"):
            numeric_field(world, "teams.online.skills.chat.at_once").read("2.5")


class TestAnswer:
    def test_it_is_where_the_formula_says_within_its_interval(self) -> None:
        def gap(factor: float) -> float:
            return float(queueing.evaluate(arrival_rate=factor / 36, aht=180, agents=7, patience=120).service_level) - 0.8

        (answer,) = scale().answers
        assert scale().shape == FALLS
        assert answer.better == "below"
        assert answer.low is not None
        assert answer.high is not None
        assert answer.low < brentq(gap, 0.3, 2) < answer.high
        assert answer.low < answer.x < answer.high
        assert answer.shown == answer.low
        assert answer.high - answer.low < 0.2

    def test_the_curve_says_the_same_at_the_answer(self) -> None:
        (answer,) = scale().answers
        around = [point for point in scale().points if abs(point.x - answer.x) <= 1 / 250 + 1e-9]
        assert [point.margin >= 0 for point in around] == sorted([point.margin >= 0 for point in around], reverse=True)
        shown = next(point for point in scale().points if point.x == answer.shown)
        assert shown.is_shown

    def test_a_whole_number_is_the_first_on_the_good_side(self) -> None:
        found = seek("teams.phone.count", "service_level>=80%", "3", "12")
        (answer,) = found.answers
        margins = {point.x: point.margin for point in found.points}
        assert margins[answer.x - 1] < 0 <= margins[answer.x]
        assert answer.shown is not None
        assert answer.shown >= answer.x
        assert found.shape == RISES

    def test_an_unreachable_target_gives_the_best_and_an_easy_one_no_crossing(self) -> None:
        never = seek("teams.phone.count", "service_level>=80%", "1", "4", replications=4)
        assert never.answers == ()
        assert never.best.x == 4
        assert never.best.margin < 0
        assert seek("teams.phone.count", "service_level>=80%", "10", "14", replications=4).best.margin > 0

    def test_what_does_not_matter_hardly_moves(self) -> None:
        found = seek("costs.agent_hour", "service_level>=99%", "1", "9", replications=4)
        assert (found.shape, found.answers) == (FLAT, ())

    def test_a_curve_that_rises_and_falls_has_two_answers(self) -> None:
        goal = read_goal("service_level>=80%", steady())
        heights = [0.5, 0.7, 0.9, 0.9, 0.6]
        points = [Point(float(x), Estimate(y, y - 0.05, y + 0.05, 0.05, 9), goal) for x, y in enumerate(heights)]
        assert shape_of(points) == BOTH
        assert shape_of(points[:3]) == RISES
        assert shape_of(points[2:4]) == FLAT

    @pytest.mark.parametrize("ends", [("9", "3"), ("3", "3")])
    def test_a_range_that_is_none_is_refused(self, ends: tuple[str, str]) -> None:
        with pytest.raises(InputError, match="must be looked for between two values"):
            seek("teams.phone.count", "service_level>=80%", *ends)
