from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import simkpi
from simkpi.errors import InputError, UnknownName
from simkpi.experiment import sequential
from simkpi.experiment.confidence import mean_interval
from simkpi.experiment.sequential import Precision, read_goals, simulate_until
from tests.experiment.small_world import small


def until(goals: dict[str, float | str], **given: object) -> Precision:
    return simulate_until(small(), goals, **given)[1]


class TestSimulateUntil:
    def test_it_stops_five_replications_after_the_goal_was_reached_for_good(self) -> None:
        result, found = simulate_until(small(), {"service_level": "4%"})
        assert found.reached
        assert found.replications == result.replications == found.after + 5
        for n in range(found.after, found.replications + 1):
            assert half_width(n) <= 0.04
        assert found.after == 10 or half_width(found.after - 1) > 0.04

    def test_the_replications_are_those_of_a_plain_run(self) -> None:
        result, found = simulate_until(small(), {"service_level": "50%"})
        plain = simkpi.simulate(small(), replications=found.replications)
        assert result.interactions.equals(plain.interactions)
        assert result.kpis().equals(plain.kpis())

    def test_never_fewer_than_ten_replications_before_the_first_decision(self) -> None:
        assert until({"service_level": "50%"}).after == 10

    def test_a_spent_budget_is_said(self) -> None:
        found = until({"service_level": "0.1%"}, max_replications=12)
        assert (found.reached, found.after, found.replications) == (False, None, 12)
        assert found.half_widths["service_level"] == pytest.approx(half_width(12))

    def test_a_figure_without_interval_is_never_precise(self) -> None:
        found = until({"csat": "50%"}, max_replications=10)
        assert (found.reached, found.half_widths) == (False, {"csat": None})

    def test_with_several_kpis_each_needs_a_surer_interval(self) -> None:
        alone = until({"asa": "60s"}).half_widths["asa"]
        both = until({"asa": "60s", "aht": "60s"}).half_widths["asa"]
        assert both > alone

    def test_any_number_of_workers_stops_at_the_same_replication(self) -> None:
        expected = simulate_until(small(), {"asa": "3s"})
        with ThreadPoolExecutor(3) as executor:
            found = simulate_until(small(), {"asa": "3s"}, executor=executor)
        assert found[1] == expected[1]
        assert found[0].interactions.equals(expected[0].interactions)

    def test_progress_counts_towards_the_budget(self) -> None:
        told: list[tuple[int, int]] = []
        until({"asa": "1h"}, max_replications=50, progress=lambda *given: told.append(given))
        assert told[0] == (1, 50)
        assert told[-1] == (15, 50)


def half_width(replications: int) -> float:
    return simkpi.simulate(small(), replications=replications).kpis(["service_level"])["half_width"].item()


class TestGoals:
    def test_each_is_read_in_the_unit_of_its_kpi(self) -> None:
        assert read_goals({"tsf": "1%", "asa": "2s", "offered": "10", "service_level:answered": 0.02}) == {
            "service_level": 0.01,
            "asa": 2.0,
            "offered": 10.0,
            "service_level:answered": 0.02,
        }

    def test_all_mistakes_are_told_at_once(self) -> None:
        with pytest.raises(InputError) as told:
            read_goals({"asa": "1%", "service_level": "0%", "offered": "many"})
        assert [problem.path for problem in told.value.problems] == [
            "precision of asa",
            "precision of service_level",
            "precision of offered",
        ]

    def test_an_unknown_kpi_is_named(self) -> None:
        with pytest.raises(UnknownName, match="did you mean 'service_level'"):
            read_goals({"servce_level": "1%"})

    def test_no_goal_and_a_budget_below_ten_are_refused(self) -> None:
        with pytest.raises(InputError, match="names no KPI"):
            until({})
        with pytest.raises(InputError, match="at least 10, got 9"):
            until({"asa": "1s"}, max_replications=9)


@pytest.mark.slow
def test_stopping_early_covers_the_truth_almost_as_often_as_a_fixed_number() -> None:
    """The rule itself (minimum, look-ahead), on days of a known law: 92 % at a wide goal, 93.5 % at a narrow one."""
    random = np.random.default_rng(3)
    for goal, least in ((0.05, 0.92), (0.02, 0.935)):
        hits = 0
        for _ in range(1500):
            days = random.beta(8, 2, 2000)
            n = sequential.MINIMUM
            streak = 0
            while streak <= sequential.LOOK_AHEAD:
                streak = streak + 1 if mean_interval(days[:n]).half_width <= goal else 0
                n += 1
            found = mean_interval(days[: n - 1])
            hits += found.low <= 0.8 <= found.high
        assert hits / 1500 >= least - 0.01
