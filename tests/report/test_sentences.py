from __future__ import annotations

import polars as pl

from simkpi.experiment.confidence import Estimate
from simkpi.experiment.days import distribution, share_interval
from simkpi.experiment.verdicts import Verdict
from simkpi.planning.crosscheck import Crosscheck
from simkpi.planning.phrase import Phrase
from simkpi.report.sentences import (
    all_met_line,
    crosscheck_lines,
    crosscheck_records,
    goal,
    in_language,
    run_title,
    share_of_days,
    spread_layout,
    target_lines,
)
from tests.experiment.small_world import simulated

LEVEL = Estimate(0.79, 0.782, 0.798, 0.008, 30)


def verdict(**changes: object) -> Verdict:
    given = {"contact": "voice", "kpi": "service_level", "goal": 0.8, "direction": "at_least", "within": 20.0, "unit": "fraction"}
    figures = {"value": 0.79, "low": 0.782, "high": 0.798, "half_width": 0.008, "verdict": "missed"}
    return Verdict(**{**given, **figures, **changes})


class TestRunTitle:
    def test_it_says_what_was_simulated_and_how(self) -> None:
        words = f"Small shop: 6 replications of 1 day, seed 11, engine {simulated().engine}; counts are per replication (1 day)"
        assert run_title(simulated()) == words


class TestGoal:
    def test_in_the_planners_words(self) -> None:
        assert goal(verdict()) == "at least 80% in 20s"
        assert goal(verdict(kpi="asa", goal=90.0, unit="seconds", within=None, direction="at_most")) == "at most 1m30s"
        assert goal(verdict(kpi="offered", goal=1200.0, unit="count", within=None, direction="at_most")) == "at most 1,200"


class TestTargetLines:
    def test_a_missed_target_stands_out_without_colour(self) -> None:
        *_, line = target_lines([verdict()])
        assert line.split() == ["voice", "Service", "level", "at", "least", "80%", "in", "20s", "79.0%", "±", "0.8", "MISSED"]


class TestCrosscheckLines:
    def test_formula_beside_simulation_and_why_they_differ(self) -> None:
        found = Crosscheck(
            ("voice",), Phrase("Erlang A"), {"service_level": (0.812, LEVEL)}, (Phrase("patience is {law}", law="weibull"),)
        )
        assert list(crosscheck_lines([found])) == [
            "voice: Erlang A: Service level 81.2%, simulated 79.0% ± 0.8",
            "  the scenario differs from the formula: patience is weibull",
        ]

    def test_no_formula_says_why(self) -> None:
        assert list(
            crosscheck_lines(
                [Crosscheck(("chat",), Phrase(""), {}, (Phrase("served by {n} teams: {teams}", n=2, teams="a, b"),))]
            )
        ) == ["chat: no formula describes it (served by 2 teams: a, b)"]

    def test_a_queue_without_bound_is_said_so_and_is_null_in_json(self) -> None:
        found = Crosscheck(("voice",), Phrase("Erlang C"), {"asa": (float("inf"), Estimate(30.0, 25.0, 35.0, 5.0, 10))}, ())
        assert "without bound, simulated 30s ± 5s" in next(iter(crosscheck_lines([found])))
        assert crosscheck_records([found])[0]["kpis"]["asa"] == {"formula": None, "value": 30.0, "low": 25.0, "high": 35.0}

    def test_in_french(self) -> None:
        formula = Phrase("{formula}, interval by interval", formula=Phrase("Erlang A"))
        found = Crosscheck(("voice",), formula, {"service_level": (0.812, LEVEL)}, (Phrase("patience is {law}", law="weibull"),))
        assert [line.replace("\u202f", " ") for line in crosscheck_lines([found], lang="fr")] == [
            "voice : Erlang A, intervalle par intervalle : Niveau de service 81,2 %, simulé 79,0 % ± 0,8",
            "  le scénario s'écarte de la formule : la patience suit la loi Weibull",
        ]


class TestDays:
    def test_a_target_shows_on_how_many_days_it_is_met(self) -> None:
        head, _, line = target_lines([verdict(replications_met=share_interval(9, 10))])
        assert head.endswith("days met")
        assert line.endswith("MISSED   90% (60% to 98%)")

    def test_one_day_shows_nothing_about_others(self) -> None:
        assert share_of_days(share_interval(1, 1)) == "–"
        assert all_met_line(share_interval(1, 1)) == ""

    def test_all_targets_at_once_in_both_languages(self) -> None:
        assert all_met_line(share_interval(9, 10)) == "All targets on the same day: 90% (60% to 98%) of days"
        assert "réplications" in all_met_line(share_interval(9, 10), days=7, lang="fr")

    def test_the_spread_shows_a_bad_a_usual_and_a_good_day(self) -> None:
        spread = distribution(
            pl.DataFrame({"kpi": ["asa"] * 40, "value": [float(second) for second in range(40)], "unit": ["seconds"] * 40})
        )
        layout = spread_layout(spread)
        assert layout.header[1:] == ["10% of days below", "50% of days below", "90% of days below"]
        assert layout.lines[0][0] == "Average speed of answer"
        assert layout.lines[0][2].startswith("20s (")


def test_in_french_the_laws_inside_a_phrase_are_french_and_names_stay() -> None:
    laws = Phrase("handle time is not exponential ({laws})", laws="talk lognormal, cv 0.8, wrap-up exponential")
    assert in_language(laws, "fr").endswith("(conversation lognormale, cv 0,8, post-traitement exponentielle)")
    assert in_language(laws, "en") == "handle time is not exponential (talk lognormal, cv 0.8, wrap-up exponential)"
    assert "6\u202f% par jour" in in_language(Phrase("volume varies more than Poisson ({spread})", spread="6% a day"), "fr")
    assert "talk" in in_language(Phrase("team {team} helps after {duration}", team="talk", duration="30s"), "fr")
