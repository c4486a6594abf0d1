from __future__ import annotations

from typing import Any, ClassVar

import pytest

import simkpi
from simkpi.planning.crosscheck import Crosscheck, crosscheck
from tests.experiment.small_world import simulated, small


def one_queue(volume: Any, *, team: Any = None, contact: Any = None, **blocks: Any) -> Any:
    """A scenario with one queue and one team."""
    return simkpi.load(
        {
            "simkpi": 1,
            "contacts": {
                "voice": {
                    "channel": "voice",
                    "volume": volume,
                    "handle": {"talk": {"exponential": "3m"}},
                    "patience": "never",
                    **(contact or {}),
                }
            },
            "teams": {"phone": {"skills": {"voice": {}}, "count": 14, **(team or {})}},
            **blocks,
        }
    )


def check(scenario: Any, *, replications: int = 2) -> Crosscheck:
    (found,) = crosscheck(simkpi.simulate(scenario, replications=replications))
    return found


STEADY = "100/30min"
OPEN = {"open": "08:00-14:00"}


class TestFormula:
    def test_a_steady_queue_without_abandonment_is_erlang_c_and_nothing_differs(self) -> None:
        found = check(one_queue(STEADY))
        assert (found.formula, found.differences) == ("Erlang C", ())
        assert found.figures["service_level"][0] == pytest.approx(0.888350, abs=5e-7)
        assert found.figures["asa"][0] == pytest.approx(7.836, abs=5e-4)
        assert found.figures["abandon_rate"][0] == 0

    def test_the_simulation_agrees_with_it(self) -> None:
        found = check(one_queue(STEADY, calendar=OPEN), replications=10)
        for kpi in ("service_level", "asa"):
            formula, simulated_ = found.figures[kpi]
            assert abs(simulated_.value - formula) < 2 * simulated_.half_width

    def test_with_patience_it_is_erlang_a(self) -> None:
        found = check(one_queue(STEADY, contact={"patience": {"exponential": "2m"}}))
        exact = simkpi.queueing.evaluate(arrival_rate=100 / 1800, aht=180, agents=14, patience=120, threshold=20)
        assert found.formula == "Erlang A"
        assert found.figures["abandon_rate"][0] == pytest.approx(exact.p_abandon)
        assert found.figures["asa"][0] == pytest.approx(exact.asa)

    def test_a_limited_queue_has_places(self) -> None:
        found = check(one_queue(STEADY, contact={"queue_capacity": 2}))
        exact = simkpi.queueing.evaluate(arrival_rate=100 / 1800, aht=180, agents=14, places=16, threshold=20)
        assert found.formula == "Erlang C with a limited queue"
        assert found.figures["service_level"][0] == pytest.approx(exact.service_level)

    def test_intervals_are_weighted_by_their_contacts(self) -> None:
        volume = {"interval": "1h", "from": "08:00", "expected": [200, 100]}
        found = check(one_queue(volume))
        first, second = (simkpi.queueing.evaluate(arrival_rate=n / 3600, aht=180, agents=14, threshold=20) for n in (200, 100))
        assert found.formula == "Erlang C, interval by interval"
        assert found.figures["service_level"][0] == pytest.approx((2 * first.service_level + second.service_level) / 3)
        assert found.figures["asa"][0] == pytest.approx((2 * first.asa + second.asa) / 3)
        assert found.differences == ("a queue is carried over from one interval to the next",)

    def test_staff_and_volume_may_change_at_different_moments(self) -> None:
        volume = {"interval": "1h", "from": "08:00", "expected": [200, 200]}
        staffing = {"interval": "30m", "from": "08:00", "count": [14, 12, 14, 14]}
        scenario = simkpi.load(
            {
                "simkpi": 1,
                "contacts": {"voice": {"channel": "voice", "volume": volume, "handle": "3m"}},
                "teams": {"phone": {"skills": ["voice"], "staffing": staffing}},
            }
        )
        many, few = (simkpi.queueing.evaluate(arrival_rate=200 / 3600, aht=180, agents=n, threshold=20) for n in (14, 12))
        assert check(scenario).figures["service_level"][0] == pytest.approx((3 * many.service_level + few.service_level) / 4)

    def test_chat_slots_count_as_servers_and_the_bot_takes_its_share(self) -> None:
        voice, chat = crosscheck(simulated())
        assert voice.formula == chat.formula == "Erlang A, interval by interval"
        rate = 0.7 * 14 / 1800
        exact = simkpi.queueing.evaluate(arrival_rate=rate, aht=380, agents=6, patience=180, threshold=20)
        assert exact.service_level < chat.figures["service_level"][0] < 1
        assert "the bot delays its contacts" in chat.differences

    def test_an_overloaded_queue_without_abandonment_grows_without_bound(self) -> None:
        found = check(one_queue({"interval": "30m", "from": "08:00", "expected": [200]}, calendar={"open": "08:00-08:30"}))
        assert found.figures["asa"][0] == float("inf")
        assert found.figures["service_level"][0] == 0

    @pytest.mark.parametrize("variant", ["answered", "excl_short", "wait_within"])
    def test_the_variant_of_the_service_level_is_the_scenarios(self, variant: str) -> None:
        contact = {"patience": {"exponential": "1m"}}
        scenario = one_queue("150/30min", contact=contact, definitions={"service_level": variant}, calendar=OPEN)
        formula, simulated_ = check(scenario, replications=4).figures["service_level"]
        offered = check(one_queue("150/30min", contact=contact, calendar=OPEN)).figures["service_level"][0]
        assert formula > offered + 0.01
        assert abs(simulated_.value - formula) < 3 * simulated_.half_width


class TestDifferences:
    def test_every_broken_assumption_is_named(self) -> None:
        contact = {
            "handle": {"talk": {"lognormal": {"mean": "3m", "cv": 1.2}}, "wrap": {"fixed": "20s"}},
            "patience": {"law": {"weibull": {"mean": "2m", "shape": 0.7}}, "balk": "5%", "at_most": "10m"},
        }
        volume = {"interval": "1h", "from": "08:00", "expected": [200, 100], "day_spread": "10%"}
        assert check(one_queue(volume, contact=contact)).differences == (
            "handle time is not exponential (talk lognormal, cv 1.2, wrap-up fixed)",
            "patience is weibull",
            "5% do not wait at all",
            "nobody waits longer than 10m",
            "volume varies more than Poisson (10% a day)",
            "a queue is carried over from one interval to the next",
        )

    def test_an_uncertain_forecast_is_named_with_all_its_parts_together(self) -> None:
        volume = {"interval": "1h", "from": "08:00", "expected": [200, 100], "forecast_error": "8%", "day_spread": "3%"}
        calendar = {"day_spread": "4%", "forecast_error": "6%"}
        found = check(one_queue(volume, contact={"patience": {"exponential": "1m"}}, calendar=calendar)).differences
        assert "volume varies more than Poisson (10% in the forecast, 5% a day)" in found

    def test_overflow_is_named_on_both_sides(self) -> None:
        teams = {
            "phone": {"skills": {"voice": {}}, "count": 4},
            "web": {"skills": {"chat": {"at_once": 3}, "voice": {"after": "45s"}}, "count": 2},
        }
        voice, chat = crosscheck(simkpi.simulate(small(teams=teams), replications=2))
        assert "team web helps after 45s" in voice.differences
        assert "team web also takes voice that waited 45s" in chat.differences

    def test_two_teams_or_different_numbers_at_once_have_no_formula(self) -> None:
        teams = {"all": {"skills": {"voice": {}, "chat": {"at_once": 3}}, "count": 4}}
        for found in crosscheck(simkpi.simulate(small(teams=teams), replications=2)):
            assert (found.formula, found.figures) == ("", {})
            assert found.differences == ("team all takes different numbers at once",)
        teams = {name: {"skills": {"voice": {}, "chat": {}}, "count": 4} for name in ("one", "two")}
        assert crosscheck(simkpi.simulate(small(teams=teams), replications=2))[0].differences == ("served by 2 teams: one, two",)

    def test_a_type_that_shares_its_team_with_one_of_two_teams_has_no_formula(self) -> None:
        teams = {"one": {"skills": {"voice": {}, "chat": {}}, "count": 4}, "two": {"skills": {"chat": {}}, "count": 4}}
        voice, chat = crosscheck(simkpi.simulate(small(teams=teams), replications=2))
        assert voice.differences == ("team one also serves chat",)
        assert chat.differences == ("served by 2 teams: one, two",)

    def test_no_volume_no_formula(self) -> None:
        found = check(one_queue("0 per day"))
        assert found.differences == ("no contact is expected",)


class TestMixedQueue:
    TEAMS: ClassVar = {"all": {"skills": {"voice": {}, "chat": {"at_once": 1}}, "count": 6}}

    def test_types_that_one_team_serves_alike_are_one_queue(self) -> None:
        (found,) = crosscheck(simkpi.simulate(small(teams=self.TEAMS), replications=2))
        assert found.contact == "voice + chat"
        assert "contact types differ in handle time" in found.differences
        assert "contact types differ in patience" in found.differences

    def test_its_figures_are_those_of_the_mean_handle_time_and_the_mean_abandonment_rate(self) -> None:
        kinds = {
            "a": {
                "channel": "voice",
                "volume": "60/30min",
                "handle": {"talk": {"exponential": "2m"}},
                "patience": {"exponential": "1m"},
            },
            "b": {"channel": "voice", "volume": "30/30min", "handle": {"talk": {"exponential": "5m"}}, "patience": "never"},
        }
        scenario = simkpi.load({"simkpi": 1, "contacts": kinds, "teams": {"all": {"skills": ["a", "b"], "count": 10}}})
        exact = simkpi.queueing.evaluate(arrival_rate=90 / 1800, aht=180, agents=10, patience=90, threshold=20)
        (found,) = crosscheck(simkpi.simulate(scenario, replications=2))
        assert found.figures["service_level"][0] == pytest.approx(exact.service_level)
        assert found.figures["abandon_rate"][0] == pytest.approx(exact.p_abandon)

    def test_the_simulated_figure_is_that_of_all_its_types(self) -> None:
        result = simkpi.simulate(small(teams=self.TEAMS), replications=2)
        (found,) = crosscheck(result)
        assert found.figures["asa"][1].value == pytest.approx(result.kpis(["asa"])["value"].item())
