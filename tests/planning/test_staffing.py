from __future__ import annotations

import numpy as np
import pytest

import simkpi
from simkpi.errors import InputError
from simkpi.experiment.confidence import Estimate, ratio_interval
from simkpi.planning.goals import Check, Goal, check, check_trial, goals_of, read_goal
from simkpi.planning.head_counts import Cell, cells_of, staffed
from simkpi.planning.removals import Chain, blocks_of, descend
from simkpi.planning.staff_plan import PlanTest
from simkpi.planning.staffing import PILOT_WORLD, _Search, from_above, staff
from simkpi.planning.trials import Trials
from simkpi.scenario.files import load, override, scenarios_folder, shipped
from tests.planning.planning_worlds import voice, voice_plan


class TestTrials:
    def test_they_are_the_replications_of_simulate(self) -> None:
        ours = Trials(seed=5, replications=3).run(voice())
        theirs = simkpi.simulate(voice(), replications=3)
        assert ours.interactions.equals(theirs.interactions)
        assert ours.agent_states.equals(theirs.agent_states)

    def test_other_staff_meets_the_same_customers_and_other_worlds_meet_others(self) -> None:
        trials = Trials(seed=5, replications=2)
        cells, counts = cells_of(voice())
        few, many = (trials.run(staffed(voice(), cells, counts + extra)) for extra in (0, 5))
        assert few.interactions["arrived_at"].equals(many.interactions["arrived_at"])
        assert not few.interactions["answered_at"].equals(many.interactions["answered_at"])
        far = Trials(seed=5, replications=2, first=PILOT_WORLD).run(voice())
        assert not far.interactions["arrived_at"].equals(few.interactions["arrived_at"])
        assert trials.simulated == 4

    def test_another_volume_is_drawn_anew(self) -> None:
        trials = Trials(seed=5, replications=2)
        before = len(trials.run(voice()).interactions)
        assert len(trials.run(override(voice(), {"contacts.voice.volume.scale": 2})).interactions) > 1.5 * before

    @pytest.mark.parametrize("engine", ["reference", "compiled"])
    @pytest.mark.parametrize(
        "name", ["quickstart", "starters/blended", "multiskill_trap", "features/absence", "features/returns"]
    )
    def test_figures_straight_from_the_engine_are_those_of_the_log(self, name: str, engine: str) -> None:
        scenario = load(shipped(name) if "/" not in name else scenarios_folder() / f"{name}.yaml")
        goals = [
            read_goal(text, scenario) for text in ("service_level>=80% in 30s", "asa<=20s", "abandon_rate<=5%", "occupancy<=85%")
        ]
        trials = Trials(seed=5, replications=3, engine=engine)
        quick = check_trial(trials, scenario, goals, alpha=0.05)
        slow = check(Trials(seed=5, replications=3).run(scenario), goals, alpha=0.05)
        for ours, theirs in zip(quick, slow, strict=True):
            assert ours.estimate.value == pytest.approx(theirs.estimate.value, rel=1e-12)
            assert ours.estimate.low == pytest.approx(theirs.estimate.low, rel=1e-9)
            assert ours.estimate.high == pytest.approx(theirs.estimate.high, rel=1e-9)
        assert trials.simulated == 3


class TestCheck:
    def test_no_miss_in_a_few_hundred_contacts_does_not_show_four_nines(self) -> None:
        perfect = Estimate(1.0, 1.0, 1.0, 0.0, 20)
        assert Check(Goal("all", "service_level", 0.95, "at_least"), perfect, 0.01, 400).is_shown
        assert not Check(Goal("all", "service_level", 0.9999, "at_least"), perfect, 0.01, 400).is_shown
        assert Check(Goal("all", "service_level", 0.9999, "at_least"), perfect, 0.01, 40_000).is_shown

    def test_nobody_who_left_among_a_few_hundred_does_not_show_one_in_a_thousand(self) -> None:
        nobody = Estimate(0.0, 0.0, 0.0, 0.0, 20)
        assert Check(Goal("all", "abandon_rate", 0.05, "at_most"), nobody, 0.01, 400).is_shown
        assert not Check(Goal("all", "abandon_rate", 0.001, "at_most"), nobody, 0.01, 400).is_shown

    def test_contacts_are_counted_alike_with_and_without_a_log(self) -> None:
        goals = [read_goal("service_level>=80% in 30s", voice())]
        quick = check_trial(Trials(seed=5, replications=3), voice(), goals, alpha=0.05)
        slow = check(Trials(seed=5, replications=3).run(voice()), goals, alpha=0.05)
        assert quick[0].counted == slow[0].counted > 100


class TestChain:
    def test_the_sure_plans_come_first_and_then_every_one(self) -> None:
        plans = tuple(np.array([20 - step]) for step in range(11))
        assert Chain(plans, (0, 4, 7)).sequence(24) == (0, 4, 7, 8, 9, 10)
        assert Chain(plans, (0,)).sequence(3) == (0, 5, 10)

    def test_neighbours_are_judged_together_when_there_are_too_many_cells(self) -> None:
        cells = [Cell("a", 0, 3600.0 * hour, 3600.0) for hour in range(8)] + [Cell("b", 0, 0.0, 3600.0)]
        counts = np.array([1] * 8 + [0])
        assert blocks_of(cells, counts, 100) == tuple((index,) for index in range(8))
        assert blocks_of(cells, counts, 3) == ((0, 1, 2, 3), (4, 5, 6, 7))

    def test_agents_who_are_not_missed_go_first(self) -> None:
        cells = [Cell("a", 0, 0.0, 3600.0), Cell("a", 0, 3600.0, 3600.0)]
        goal = Goal("all", "service_level", 0.8, "at_least")

        def judge(counts: np.ndarray) -> tuple[Check, ...]:  # the first cell does nothing, the second is worth 5 % an agent
            level = 0.71 + 0.05 * float(counts[1])
            return (Check(goal, Estimate(level, level - 0.01, level + 0.01, 0.01, 10), 0.01),)

        chain = descend(np.array([3, 5]), cells, judge, contacts=100)
        assert [plan.tolist() for plan in chain.plans[:3]] == [[3, 5], [2, 5], [2, 4]]
        assert chain.plans[-1].tolist() == [0, 1]
        assert all((before >= after).all() for before, after in zip(chain.plans, chain.plans[1:], strict=False))


class TestStaff:
    def test_the_plan_meets_the_target_on_worlds_it_never_met_and_fewer_agents_do_not(self) -> None:
        plan = voice_plan()
        assert plan.hours() < plan.hours("formula") + 1
        goal = plan.goals[0]
        fresh = Trials(seed="elsewhere", replications=60)
        there = goal.estimate(fresh.run(staffed(voice(), plan.cells, plan.recommended)))
        assert there.value is not None
        assert there.value > 0.8
        assert plan.beyond is not None
        fewer = goal.estimate(fresh.run(staffed(voice(), plan.cells, plan.beyond.counts)))
        assert fewer.value is not None
        assert fewer.value < 0.8

    def test_the_tests_go_down_and_end_at_the_first_failure(self) -> None:
        plan = voice_plan()
        assert [one.is_shown for one in plan.tested] == [True] * (len(plan.tested) - 1) + [False]
        assert list(np.diff([one.hours for one in plan.tested])) == sorted(np.diff([one.hours for one in plan.tested]))
        assert plan.tested[-2].counts is plan.recommended

    def test_figures_of_the_plan_are_those_of_running_it(self) -> None:
        plan = voice_plan()
        again = simkpi.simulate(plan.scenario_with_staff)
        assert plan.checks()[0].estimate == plan.goals[0].estimate(again, confidence=0.9)
        assert plan.cost() == plan.hours() * 20

    def test_each_interval_has_its_own_figure_and_they_pool_to_the_days(self) -> None:
        plan = voice_plan()
        offered = plan.results["recommended"].kpis(["offered"], by="interval", interval=3600.0)["value"].to_list()
        pooled = sum(n * estimate.value for n, (_, estimate) in zip(offered, plan.by_cell, strict=True)) / sum(offered)
        assert pooled == pytest.approx(plan.checks()[0].estimate.value)

    def test_one_horizon_is_a_matter_of_luck_that_is_shown(self) -> None:
        daily = voice_plan().goals[0].daily(voice_plan().results["recommended"])
        assert voice_plan().days_met().value == sum(level >= 0.8 for level in daily if level is not None) / 20

    def test_larger_plans_than_the_search_found_are_tested_before_it(self) -> None:
        cells, _ = cells_of(voice(), None)
        goals = goals_of(voice())
        search = _Search(voice(), goals, cells, np.zeros(len(cells), dtype=np.int64), 0.05)
        largest, larger, found = search.generous(Trials(seed=3, replications=4))
        assert all(one.is_shown for one in search.judge(Trials(seed=3, replications=4), found))
        assert largest.sum() > larger.sum() > found.sum()
        assert (largest >= larger).all()
        assert (larger >= found).all()

    def test_the_same_question_has_the_same_answer(self) -> None:
        again = staff(voice(), replications=20, alpha=0.05)
        assert again.recommended.tolist() == voice_plan().recommended.tolist()
        assert [one.hours for one in again.tested] == [one.hours for one in voice_plan().tested]


class TestRefusals:
    def test_an_unreachable_target_says_what_the_best_is(self) -> None:
        contact = {"volume": {"interval": "1h", "from": "09:00", "expected": [60, 100]}, "handle": "3m", "patience": "2m"}
        bot = {"guide": {"serves": ["voice"], "contains": "0%", "gives_up": "0%", "time": {"fixed": "90s"}}}
        scenario = voice(contacts={"voice": contact}, bots=bot, targets={"voice": {"frt": "60s"}})
        with pytest.raises(InputError, match=r"unreachable: voice frt at most 1m: best is 1m30s with \d+ agents"):
            staff(scenario)

    def test_certainty_is_refused_before_any_simulation(self) -> None:
        with pytest.raises(InputError, match=r"all\.service_level: unreachable: no team is certain to; ask for less"):
            staff(voice(), goals=[Goal("all", "service_level", 1.0, "at_least", 0.0)])
        with pytest.raises(InputError, match=r"all\.abandon_rate: unreachable"):
            staff(voice(), goals=[Goal("all", "abandon_rate", 0.0, "at_most")])

    def test_no_wait_at_all_is_certainty_too(self) -> None:
        with pytest.raises(InputError, match=r"all\.asa: unreachable: no team is certain to"):
            staff(voice(), goals=[Goal("all", "asa", 0.0, "at_most")])

    def test_what_never_happens_is_no_target(self) -> None:
        with pytest.raises(InputError, match="unreachable: all csat at least"):
            staff(voice(), goals=[Goal("all", "csat", 4.0, "at_least")])

    @pytest.mark.parametrize(("given", "message"), [({"alpha": 0.0}, "alpha: must lie"), ({"replications": 1}, "at least 2")])
    def test_nonsense_is_refused_before_any_simulation(self, given: dict[str, float], message: str) -> None:
        with pytest.raises(InputError, match=message):
            staff(voice(), **given)

    def test_too_few_replications_say_so(self) -> None:
        with pytest.raises(InputError, match=r"can not be shown with 2 replications: .*--replications 50"):
            staff(
                voice(targets={"voice": {"service_level": "80% in 20s", "abandon_rate": "at most 3%"}}),
                replications=2,
                alpha=0.001,
            )


@pytest.mark.slow
def test_over_200_studies_of_10_replications_at_most_one_per_cent_miss_and_the_excess_is_below_one_and_a_half_agents() -> None:
    """Truth from 400 replications of each head-count; a study is 10 of them, the same for all head-counts."""
    scenario = voice(
        contacts={"voice": {"volume": {"interval": "8h", "from": "09:00", "expected": [1920]}, "handle": "5m", "patience": "3m"}},
        calendar={"open": "09:00-17:00"},
        teams={"phone": {"skills": ["voice"], "count": 20}},
    )
    cells, counts = cells_of(scenario)
    trials = Trials(seed=7, replications=400, runs=20)
    levels = list(range(27, 19, -1))
    above, below = np.zeros((len(levels), 400)), np.zeros((len(levels), 400))
    for row, agents in enumerate(levels):
        result = trials.run(staffed(scenario, cells, np.full_like(counts, agents)))
        table = result.kpis(["service_level"], by="replication", threshold=20.0).sort("replication")
        above[row], below[row] = table["numerator"], table["denominator"]
    truth = above.sum(axis=1) / below.sum(axis=1)
    least = min(agents for agents, level in zip(levels, truth, strict=True) if level >= 0.8)
    chosen = []
    generator = np.random.Generator(np.random.PCG64(3))
    for _ in range(200):
        days = generator.choice(400, size=10, replace=False)

        def test(counts: np.ndarray, days: np.ndarray = days) -> PlanTest:
            row = levels.index(int(counts[0]))
            low = ratio_interval(above[row, days], below[row, days], confidence=0.9).low
            shown = low is not None and low >= 0.8
            return PlanTest(counts, float(levels[row]), () if shown else (_failed(),))

        order = [np.array([level]) for level in levels]
        chosen.append([int(one.hours) for one in from_above(order, test) if one.is_shown][-1])
    missed = np.mean([agents < least for agents in chosen])
    excess = np.mean([agents - least for agents in chosen])
    assert missed <= 0.01
    assert excess <= 1.5
    print(missed, excess, least)  # noqa: T201 - for the figures in docs/planning.md


def _failed() -> object:
    return Check(Goal("all", "service_level", 0.8, "at_least"), Estimate(None), 0.05)
