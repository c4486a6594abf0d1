from __future__ import annotations

import pytest

from simkpi.errors import InputError, ScenarioError, UnknownName
from simkpi.planning.goals import Goal, all_shown, check, days_met, goals_of, read_goal
from tests.experiment.small_world import simulated, small
from tests.planning.planning_worlds import voice


class TestReading:
    @pytest.mark.parametrize(
        ("text", "goal"),
        [
            ("service_level>=80%", Goal("all", "service_level", 0.8, "at_least")),
            ("voice.service_level >= 80% in 20s", Goal("voice", "service_level", 0.8, "at_least", 20.0)),
            ("chat: asa at most 1m", Goal("chat", "asa", 60.0, "at_most")),
            ("all.occupancy<=0.85", Goal("all", "occupancy", 0.85, "at_most")),
        ],
    )
    def test_a_goal_is_read_from_its_words(self, text: str, goal: Goal) -> None:
        if "0.85" in text:
            with pytest.raises(InputError, match="must be a share such as 80%, got a number"):
                read_goal(text, small())
            return
        assert read_goal(text, small()) == goal

    def test_what_is_no_goal_is_refused_with_an_example(self) -> None:
        with pytest.raises(InputError, match=r"got 'service_level 80'; write e\.g\. service_level>=80%"):
            read_goal("service_level 80", small())
        with pytest.raises(InputError, match="no contact type or channel 'voce'; did you mean 'voice'"):
            read_goal("voce.asa<=30s", small())
        with pytest.raises(UnknownName, match="did you mean 'service_level'"):
            read_goal("servce_level>=80%", small())
        with pytest.raises(InputError, match="must be a duration such as 60s, got a share"):
            read_goal("asa<=30%", small())
        with pytest.raises(InputError, match="target: "):
            read_goal("asa<=soon", small())

    def test_the_scenarios_targets_come_in_its_order_and_a_scenario_without_any_says_what_to_add(self) -> None:
        assert [goal.kpi for goal in goals_of(small())] == ["service_level", "abandon_rate", "service_level"]
        with pytest.raises(ScenarioError, match="has no targets; add"):
            goals_of(voice(targets={}))


class TestChecking:
    def test_the_bound_is_one_sided_and_the_verdict_follows_it(self) -> None:
        result = simulated()
        middle = Goal("voice", "service_level", 0.0, "at_least", 20.0).estimate(result)
        assert middle.value is not None
        (loose,) = check(result, [Goal("voice", "service_level", 0.0, "at_least", 20.0)], alpha=0.025)
        assert loose.bound == middle.low
        for goal, shown in ((middle.low - 0.001, True), (middle.low + 0.001, False), (middle.value + 0.001, False)):
            (one,) = check(result, [Goal("voice", "service_level", goal, "at_least", 20.0)], alpha=0.025)
            assert one.is_shown is shown
            assert one.margin == pytest.approx(middle.value - goal)

    def test_a_goal_to_stay_below_is_tested_at_the_upper_end(self) -> None:
        (one,) = check(simulated(), [Goal("voice", "abandon_rate", 0.95, "at_most")], alpha=0.05)
        assert one.bound == one.estimate.high
        assert one.is_shown
        (other,) = check(simulated(), [Goal("voice", "abandon_rate", 0.0, "at_most")], alpha=0.05)
        assert not all_shown([one, other])

    def test_the_share_of_days_is_counted_over_all_goals(self) -> None:
        result = simulated()
        levels = Goal("voice", "service_level", 0.0, "at_least", 20.0).daily(result)
        assert len(levels) == 6
        limit = sorted(level for level in levels if level is not None)[2]
        found = days_met(result, [Goal("voice", "service_level", limit, "at_least", 20.0)])
        assert found.value == pytest.approx(4 / 6)
        # Wilson, 4 of 6
        assert (found.low, found.high) == (pytest.approx(0.29999, abs=1e-4), pytest.approx(0.90323, abs=1e-4))
        none = days_met(result, [Goal("voice", "service_level", limit, "at_least", 20.0), Goal("all", "asa", 0.0, "at_most")])
        assert none.value == 0
