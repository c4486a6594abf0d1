"""The report: the answer first, all text escaped, one file, the same bytes."""

from __future__ import annotations

import functools
import json
import re
from html import unescape
from pathlib import Path

import polars as pl
import pytest

import simkpi
from simkpi.experiment.compare import compare
from simkpi.experiment.result import Result
from simkpi.experiment.stored import SweepTables
from simkpi.experiment.sweep import sweep
from simkpi.experiment.verdicts import verdicts
from simkpi.planning.staff_curve import SCHEMA, Lever, staff_curve
from simkpi.report.day_drawing import day_drawing
from simkpi.report.html.answer import headline, lever_lines, run_answer, spans
from simkpi.report.html.content import Bar
from simkpi.report.html.page import draw_bar, island, to_html
from simkpi.report.html.panels import Series, panel
from simkpi.report.html.run import Material, run_report
from simkpi.report.html.sweep import sweep_report, write_sweep_report
from tests.experiment.small_world import SHORT, small

TARGETS = {"voice": {"service_level": "95% in 20s", "abandon_rate": "at most 95%"}, "chat": {"service_level": "50% in 1h"}}
HOSTILE = "<script>alert(1)</script>\"'&${7*7}{{7*7}}=cmd"


@functools.lru_cache(maxsize=1)
def missing() -> Result:
    """A result that misses one target of three."""
    return simkpi.simulate(small(targets=TARGETS))


@functools.lru_cache(maxsize=4)
def page(lang: str = "en") -> str:
    return to_html(run_report(Material(missing()), lang=lang))


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", text, flags=re.S)).split())


class TestAnswer:
    def test_the_headline_counts_the_verdicts(self) -> None:
        judged = verdicts(missing())
        missed = sum(one.verdict == "missed" for one in judged)
        assert missed == 1
        assert headline(judged, "en") == ("1 of 3 targets is missed", "bad")
        met = [one for one in judged if one.verdict == "met"]
        assert headline(met, "en")[1] == "good"
        assert headline(met[:1], "fr") == ("L'objectif est atteint", "good")

    def test_it_says_figure_goal_verdict_when_and_how_sure(self) -> None:
        judged = verdicts(missing())
        table, _ = day_drawing(missing())
        answer = run_answer(missing(), judged, table, None, length=1800.0, lang="en")
        missed = next(one for one in judged if one.verdict == "missed")
        assert answer.lines[0].startswith(f"{missed.contact}: Service level ")
        assert "goal at least 95% in 20s: missed." in answer.lines[0]
        assert any("misses its goal for sure from " in line for line in answer.lines)
        assert "reaches all targets: " in answer.lines[-2]
        assert answer.lines[-1].startswith("From 6 replications")
        assert "Fewer than 10 are rough" in answer.lines[-1]

    def test_without_targets_it_says_so(self) -> None:
        bare = simkpi.simulate(small(targets={}), replications=2)
        assert "the scenario sets no targets" in plain(to_html(run_report(Material(bare))))

    def test_a_centre_that_nobody_calls_still_has_a_report(self) -> None:
        quiet = {name: {**block, "volume": "0 per hour"} for name, block in SHORT["contacts"].items()}
        empty = simkpi.simulate(small(contacts=quiet, targets={}), replications=2)
        for lang, words in (("en", "Nobody was offered"), ("fr", "Aucun contact n'a été présenté")):
            assert words in plain(to_html(run_report(Material(empty), lang=lang)))

    def test_intervals_that_follow_each_other_are_one_span(self) -> None:
        assert spans([84600.0], 1800.0) == [("23:30", "24:00")]
        assert spans([0.0, 900.0, 3600.0], 900.0) == [("00:00", "00:30"), ("01:00", "01:15")]


class TestLever:
    @staticmethod
    def table(*rows: tuple[str, int, float, bool]) -> Lever:
        filled = [{"team": team, "change": change, "hours": hours, "is_enough": enough} for team, change, hours, enough in rows]
        return Lever(pl.DataFrame(filled, schema_overrides={"change": pl.Int64}))

    def test_the_leanest_change_that_is_enough_wins_over_all_teams(self) -> None:
        lever = self.table(("a", 0, 10, False), ("a", 1, 22, True), ("b", 0, 5, False), ("b", 1, 9, True), ("b", 2, 13, True))
        assert lever.leanest() == ("b", 1, 9, 5)
        assert "1 agent more in team b all day (9 agent-hours, now 5)" in next(lever_lines(lever, 3, "en"))

    def test_fewer_agents_are_recommended_where_they_are_enough(self) -> None:
        lever = self.table(("a", -1, 8, True), ("a", 0, 10, True))
        assert "1 agent fewer" in next(lever_lines(lever, 2, "en"))

    def test_if_none_is_enough_it_says_so(self) -> None:
        lever = self.table(("a", -1, 8, False), ("a", 0, 10, False))
        assert lever.leanest() is None
        assert next(lever_lines(lever, 2, "en")).startswith("No change of one team alone")

    def test_the_curve_says_whether_all_targets_are_met(self) -> None:
        table = staff_curve(small(), replications=2)
        assert table.schema == pl.Schema(SCHEMA)
        generous = table.filter((pl.col("team") == "phone") & (pl.col("change") == 4))["is_enough"][0]
        assert generous == all(
            one.verdict == "met" for one in verdicts(simkpi.simulate(small(teams=more_phones(4)), replications=2))
        )


def more_phones(extra: int) -> dict[str, object]:
    counts = [count + extra for count in SHORT["teams"]["phone"]["staffing"]["count"]]
    return {
        **SHORT["teams"],
        "phone": {"skills": {"voice": {}}, "staffing": {"interval": "1h", "from": "08:00", "count": counts}},
    }


class TestPage:
    def test_sections_come_in_the_planners_order(self) -> None:
        names = re.findall(r'<section id="(\w+)">', page())
        assert names == ["targets", "day", "formula", "figures", "assumptions", "provenance"]
        assert page().index('class="answer bad"') < page().index('id="targets"')

    def test_nothing_is_fetched_and_only_its_own_script_and_style_may_run(self) -> None:
        assert "default-src 'none'" in page()
        assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}'", page())
        assert not re.search(r'(?:src|href)="(?!#|data:)', page())
        assert not re.search(r"<[^>]+\s(?:style|on\w+)=", page().split("<script>")[0])

    def test_the_hashes_are_those_of_what_is_inside(self) -> None:
        import base64
        import hashlib

        for tag in ("script", "style"):
            inside = re.search(rf"<{tag}>(.*?)</{tag}>", page(), re.S).group(1)
            found = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{found}'" in page()

    def test_it_is_small_and_the_same_every_time(self) -> None:
        assert len(page().encode()) < 400_000
        assert page() == to_html(run_report(Material(missing())))

    def test_french_has_no_english_words_left(self) -> None:
        words = plain(page("fr"))
        for english in (
            "Targets",
            "Definition",
            "interval against",
            "missed",
            "Contents",
            "agent-hours",
            "Digest",
        ):
            assert english not in words, english
        assert '<html lang="fr">' in page("fr")
        assert "1 objectif sur 3 est manqué" in words

    def test_every_target_of_the_scenario_is_in_the_table(self) -> None:
        words = plain(page())
        for one in verdicts(missing()):
            assert f"{one.contact}: " in words

    def test_hostile_names_stay_text(self) -> None:
        renamed = small(
            name=HOSTILE + "\u202e",
            contacts={HOSTILE[:60]: SHORT["contacts"]["voice"]},
            bots={},
            teams={HOSTILE: {"skills": [HOSTILE[:60]], "count": 3}},
            targets={},
        )
        text = to_html(run_report(Material(simkpi.simulate(renamed, replications=2))))
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert "{{7*7}}" in unescape(text)
        assert text.count("<script>") == 1
        for data in re.findall(r'<script type="application/json">(.*?)</script>', text, re.S):
            json.loads(data)

    def test_an_island_can_not_end_its_element_and_reads_back(self) -> None:
        data = {"name": "</script><!-- & \u2028", "n": [1.5, None]}
        assert not set("<>&\u2028") & set(island(data))
        assert json.loads(island(data)) == data


class TestComparison:
    def test_the_headline_compares_and_targets_stand_side_by_side(self) -> None:
        scenarios = (small(), small(teams=more_phones(1)))
        found = compare(*scenarios, names=("three", "four"), replications=4)
        judged = {name: verdicts(simkpi.simulate(one, replications=4)) for name, one in zip(found.names, scenarios, strict=True)}
        report = run_report(Material(simkpi.simulate(scenarios[0], replications=4), found, judged))
        assert report.answer.headline.startswith("four is better than three")
        assert any(line.startswith("four by itself: ") for line in report.answer.lines)
        words = plain(to_html(report))
        assert "Targets in every scenario" in words
        assert "What changes against three" in words


class TestSweep:
    @pytest.fixture(scope="class")
    @classmethod
    def swept(cls) -> SweepTables:
        priced = small(costs={"agent_hour": 20})
        result = sweep(
            priced,
            {"teams.phone.count": "3:6:1", "bots.helper.contains": "20%,40%"},
            replications=4,
            kpis=["service_level", "asa"],
        )
        return SweepTables.of(result)

    def test_the_cheapest_that_meets_the_goals_for_sure_is_the_answer(self, swept: SweepTables) -> None:
        report = sweep_report(swept, goals=["asa<=10m"])
        assert report.answer.look == "good"
        assert report.answer.headline.startswith(
            "Cheapest that meets Average speed of answer ≤ 10m for sure: scenario 1 (teams.phone.count=3"
        )
        nowhere = sweep_report(swept, goals=["service_level>=99.9%"]).answer
        assert nowhere.headline == "No scenario meets Service level ≥ 99.9% for sure."

    def test_targets_of_single_contact_types_are_not_judged_by_figures_of_all(self, swept: SweepTables) -> None:
        assert "no target for all contacts" in sweep_report(swept).answer.headline

    def test_every_scenario_is_a_row_and_both_languages_are_whole(self, swept: SweepTables, tmp_path: Path) -> None:
        for lang in ("en", "fr"):
            text = write_sweep_report(swept, tmp_path, goals=["service_level>=50%"], lang=lang).read_text(encoding="utf-8")
            assert text.count("<tr>") >= 1 + 8
            assert len(re.findall("<img alt=", text)) == 3
        assert "Quel champ fait le plus bouger la valeur ?" in text


class TestPanel:
    def test_points_carry_their_words_and_ticks_theirs(self) -> None:
        made = panel(
            "ASA",
            "seconds",
            [0.0, 1800.0],
            [Series("voice", [12.0, None], [10.0, None], [14.0, None], [2.0, None])],
            show_x=str,
            length=1800.0,
            lang="fr",
        )
        assert made["series"][0]["words"] == ["12s ± 2s", "–"]
        assert made["series"][0]["low"] == [10.0, None]
        assert made["y"][0] == 0
        assert made["y"][1] >= 14
        assert made["yTicks"][-1][0] == made["y"][1]

    def test_shares_run_from_0_to_100_unless_zoomed(self) -> None:
        series = [Series("a", [0.91, 0.95])]
        assert panel("SL", "fraction", [0, 1], series, show_x=str)["y"] == [0.0, 1.0]
        low, high = panel("SL", "fraction", [0, 1], series, show_x=str, is_zoomed=True)["y"]
        assert 0.85 < low <= 0.91
        assert 0.95 <= high < 1

    @pytest.mark.parametrize("values", [[None, None], [0.0, 0.0], [float("nan"), 3.0], [-5.0, 5.0], [1e9, 1e9]])
    def test_odd_values_still_give_an_axis(self, values: list[float | None]) -> None:
        low, high = panel("x", "count", [0, 1], [Series("a", values)], show_x=str)["y"]
        assert high > low


def test_a_bar_lies_inside_its_cell_whatever_the_figure() -> None:
    text = draw_bar(Bar(5.0, -1.0, 50.0, (0.0, 10.0), 2.0, "right"), '5 "x"')
    assert all(0 <= float(share) <= 100 for share in re.findall(r'"(-?[\d.]+)%"', text))
    assert 'aria-label="5 &#34;x&#34;"' in text
