from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simkpi
from simkpi.errors import InputError, ScenarioError
from simkpi.experiment.replicate import simulate
from simkpi.planning.costs import plan_cost, staff_cost, staff_hours
from simkpi.planning.goals import goals_of, read_goal
from simkpi.planning.head_counts import cells_of
from simkpi.planning.optimize import optimize
from simkpi.planning.optimize_candidates import candidates_of, ruled_out
from simkpi.planning.selection import FAILS, MEETS, UNTOUCHED
from simkpi.scenario.resolve import Scenario
from tests.planning.planning_worlds import voice


def calls(**changes: Any) -> Scenario:
    """Two hours of calls: 5 agents answer 70% in time, 6 answer 82%."""
    short = {"teams": {"phone": {"skills": ["voice"], "count": 6}}, "targets": {"voice": {"service_level": "76% in 20s"}}}
    return voice(**{**short, **changes})


def two_skills() -> Scenario:
    """Two queues with teams of their own: the cheapest mix is the cheapest of each."""
    queue = {"volume": {"interval": "1h", "from": "09:00", "expected": [60, 60]}, "handle": "3m", "patience": "2m"}
    return simkpi.load(
        {
            "simkpi": 1,
            "calendar": {"open": "09:00-11:00"},
            "contacts": {"red": {"channel": "voice", **queue}, "blue": {"channel": "voice", **queue, "handle": "4m"}},
            "teams": {name: {"skills": [name], "count": 5} for name in ("red", "blue")},
            "targets": {name: {"service_level": "80% in 20s"} for name in ("red", "blue")},
            "costs": {"agent_hour": 20, "teams": {"blue": 30}},
            "run": {"seed": 5},
        }
    )


def test_it_finds_the_team_that_brute_force_finds() -> None:
    found = optimize(calls(), {"teams.phone.count": "4:8:1"})
    goal = goals_of(calls())[0]
    truth = {
        count: goal.estimate(simulate(one.scenario, replications=60, seed="truth")).value
        for count, one in zip(range(4, 9), found.candidates, strict=True)
    }
    least = min(count for count, value in truth.items() if value >= 0.76)
    assert all(abs(value - 0.76) > 0.03 for value in truth.values()), "an answer that no zone blurs"
    assert found.best.changes == {"teams.phone.count": least}
    assert found.selection.is_guaranteed
    verdicts = {one.changes["teams.phone.count"]: found.system(one) for one in found.candidates}
    assert verdicts[least].verdict == MEETS
    assert all(system is None or system.verdict == FAILS for count, system in verdicts.items() if count < least)
    simulated = found.figures[found.best.number][0]
    assert simulated.value == pytest.approx(truth[least], abs=3 * simulated.half_width)


def test_teams_with_rates_of_their_own_are_mixed_as_each_alone() -> None:
    both = optimize(two_skills(), {"teams.red.count": "5:7:1", "teams.blue.count": "6:8:1"}, zone=0.04)
    red = optimize(two_skills(), {"teams.red.count": "5:7:1"}, goals=goals_of(two_skills())[:1], zone=0.04)
    blue = optimize(two_skills(), {"teams.blue.count": "6:8:1"}, goals=goals_of(two_skills())[1:], zone=0.04)
    assert both.best.changes == {**red.best.changes, **blue.best.changes}
    assert both.best.staff == 2 * (20 * both.best.changes["teams.red.count"] + 30 * both.best.changes["teams.blue.count"])
    assert any(system.verdict == UNTOUCHED for system in both.selection.systems), "what is dearer is never simulated"


def test_what_was_simulated_is_kept_and_the_same_search_computes_nothing(tmp_path: Path) -> None:
    asked = {"teams.phone.count": "5:7:1"}
    cut = optimize(calls(), asked, budget=60, out=tmp_path)
    whole = optimize(calls(), asked, out=tmp_path)
    again = optimize(calls(), asked, out=tmp_path)
    fresh = optimize(calls(), asked)
    assert 0 < cut.computed <= 60
    assert (whole.computed, again.computed) == (fresh.computed - cut.computed, 0)
    assert again.figures == whole.figures == fresh.figures
    assert again.best.changes == fresh.best.changes


def test_a_bot_is_weighed_with_its_sessions() -> None:
    contacts = {"voice": {**calls().short["contacts"]["voice"], "resolved": "100%"}}
    bots = {"helper": {"serves": ["voice"], "contains": "0%", "time": {"fixed": "5s"}}}
    cheap = calls(contacts=contacts, bots=bots, costs={"agent_hour": 20, "bot_session": 0.01})
    found = optimize(cheap, {"bots.helper.contains": ["0%", "40%"], "teams.phone.count": "3:7:1"})
    assert found.best.changes["bots.helper.contains"] == "40%"
    assert found.best.changes["teams.phone.count"] <= 5
    cost = found.selection.best.cost
    assert cost.value == pytest.approx(found.best.staff + 160 * 0.01, abs=0.2)


def test_formulas_rule_out_what_is_hopeless_and_nothing_else() -> None:
    few, some = candidates_of(calls(), [{"teams.phone.count": 2}, {"teams.phone.count": 5}])
    goals = goals_of(calls())
    assert "voice service_level at least 76% in 20s" in ruled_out(few, goals)
    assert ruled_out(some, goals) == ""
    assert ruled_out(few, [read_goal("occupancy<=70%", calls())]) == ""
    with pytest.raises(InputError, match="the formulas rule out all 2 settings; even the dearest misses voice service_level"):
        optimize(calls(), {"teams.phone.count": "1:2:1"})


def test_a_figure_without_denominator_is_judged_by_its_days() -> None:
    goal = read_goal("voice.wait_p90<=2m", calls())
    found = optimize(calls(), {"teams.phone.count": "5:7:1"}, goals=[goal])
    system = found.selection.best
    assert system.slack[:, 0].mean() == pytest.approx(120 - found.figures[found.best.number][0].value, abs=1e-6)


def test_costs_count_every_team_at_its_rate() -> None:
    scenario = two_skills()
    assert staff_hours(scenario) == {"red": 10, "blue": 10}
    assert staff_cost(scenario) == 500
    cells, counts = cells_of(scenario)
    assert plan_cost(scenario, cells, counts) == 500
    with pytest.raises(ScenarioError, match=r"costs\.teams\.blu: there is no such team; did you mean 'blue'"):
        simkpi.load({**scenario.short, "costs": {"teams": {"blu": 3}}})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"vary": {"teams.phone.count": "6"}}, "nothing to choose from"),
        ({"vary": {"teams.phone.count": "1:30000:1"}}, "makes 30,000 settings"),
        ({"vary": {"teams.phone.count": "5:7:1"}, "zone": 0}, "zone must lie between"),
    ],
)
def test_mistakes_are_told_before_anything_is_simulated(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        optimize(calls(), **asked)


def test_every_setting_that_is_wrong_is_named_once() -> None:
    with pytest.raises(ScenarioError, match=r"teams\.phone\.count"):
        optimize(calls(), {"teams.phone.count": ["many", 6], "contacts.voice.patience": ["2m", "3m"]})


@pytest.mark.slow
def test_over_many_worlds_the_choice_is_right_as_often_as_promised() -> None:
    right = [
        optimize(calls(), {"teams.phone.count": "4:8:1"}, seed=seed).best.changes["teams.phone.count"] == 6 for seed in range(40)
    ]
    assert np.mean(right) >= 0.95
