"""What is drawn is what the table says, and the table is what the result says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

import simkpi
from simkpi.errors import InputError
from simkpi.experiment.compare import Comparison, compare
from simkpi.experiment.sensitivity import SensitivityTable, sensitivity
from simkpi.experiment.stored import SweepTables
from simkpi.experiment.sweep import sweep
from simkpi.report.chart import Wish, find
from simkpi.report.chart_input import drawing
from simkpi.report.charts.frontier import undominated
from simkpi.report.theme import save
from tests.experiment.small_world import SHORT, simulated, small

PHONE = {"skills": {"voice": {}}, "staffing": {"interval": "1h", "from": "08:00", "count": [4, 5, 4, 3]}}


def drawn(name: str, given: object, wish: Wish | None = None) -> tuple[pl.DataFrame, Figure]:
    table, about = drawing(find(name), given, wish or Wish())
    return table, find(name)(table, **about)


@pytest.fixture(scope="module")
def swept() -> SweepTables:
    priced = small(costs={"currency": "EUR", "agent_hour": 20})
    result = sweep(
        priced, {"teams.phone.count": "3:5:1", "bots.helper.contains": "20%,40%"}, replications=3, kpis=["service_level", "asa"]
    )
    return SweepTables.of(result)


@pytest.fixture(scope="module")
def pair() -> Comparison:
    return compare(small(), small(teams={**SHORT["teams"], "phone": PHONE}), names=("three", "four"), replications=4)


class TestWaits:
    def test_the_curve_at_the_threshold_is_the_service_level(self) -> None:
        table, _ = drawn("waits", simulated())
        for name in ("voice", "chat"):
            level = simulated().kpis(["service_level"], where=pl.col("contact_type") == name, threshold=20.0)
            row = table.filter((pl.col("contact_type") == name) & (pl.col("wait") == 20.0)).row(0, named=True)
            assert row["answered"] == pytest.approx(level["value"][0])
            assert (row["low"], row["high"]) == (pytest.approx(level["low"][0]), pytest.approx(level["high"][0]))

    def test_targets_are_marked_on_their_own_threshold(self) -> None:
        _, figure = drawn("waits", simulated())
        labels = {line.get_label(): line for line in figure.axes[0].lines}
        mark = labels["voice: goal 80% in 20s"]
        assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (20.0, 0.8)


class TestOccupancy:
    def test_one_panel_a_team_with_its_total_in_the_title(self) -> None:
        _, figure = drawn("occupancy", simulated())
        totals = simulated().kpis(["occupancy"], by=("team",))
        assert [axes.get_title(loc="left").split(":")[0] for axes in figure.axes] == ["phone", "web"]
        share = totals.filter(pl.col("team") == "phone")["value"][0]
        assert figure.axes[0].get_title(loc="left").startswith(f"phone: {share * 100:.0f}")

    def test_intervals_above_the_limit_for_sure_are_marked(self) -> None:
        table = pl.DataFrame(
            {
                "team": ["a"] * 2,
                "interval": [0.0, 1800.0],
                "value": [0.9, 0.8],
                "low": [0.88, 0.7],
                "high": [0.92, 0.9],
                "total": ["85%"] * 2,
            }
        )
        (axes,) = find("occupancy")(table, cap=0.85).axes
        (bar,) = [one for one in axes.collections if one.get_label() == "above it for sure"]
        assert len(bar.get_paths()) == 1


class TestGantt:
    def test_contacts_lie_inside_the_lanes_of_their_agent_and_never_overlap(self) -> None:
        table, _ = drawing(find("gantt"), simulated(), Wish(replication=2))
        held = table.filter(pl.col("kind") == "contact")
        assert held["lanes"].max() == 3
        for _, rows in held.group_by("agent", "lane"):
            ordered = rows.sort("start")
            assert (ordered["start"].to_numpy()[1:] >= ordered["end"].to_numpy()[:-1]).all()
        legs = simulated().legs.filter((pl.col("replication") == 2) & pl.col("kind").is_in(["agent", "wrap"]))
        assert len(held) == len(legs.filter(pl.col("to_at") > pl.col("from_at")))

    def test_a_replication_that_is_not_there(self) -> None:
        with pytest.raises(InputError, match="must be from 0 to 5, got 6"):
            drawing(find("gantt"), simulated(), Wish(replication=6))


class TestBacklog:
    def test_the_mean_number_waiting_is_rate_times_wait(self) -> None:
        table, _ = drawn("backlog", simulated())
        queued = simulated().interactions.filter((pl.col("contact_type") == "voice") & pl.col("queued_at").is_not_null())
        left = pl.coalesce("answered_at", "ended_at")
        waited = queued.select(((left - pl.col("queued_at")).dt.total_milliseconds() / 1000).sum())[0, 0]
        area = table.filter(pl.col("contact_type") == "voice")["value"].sum() * 900 * simulated().replications
        assert area == pytest.approx(waited)  # Little's law, exact over the whole horizon


class TestScorecard:
    def test_a_row_a_target_with_its_verdict(self) -> None:
        table, figure = drawn("scorecard", simulated())
        assert table["verdict"].to_list() == [one.verdict for one in simkpi_verdicts()]
        assert len(figure.axes) == 3
        words = [text.get_text() for axes in figure.axes for text in axes.texts]
        assert "at least 80% in 20s" in words
        assert {one.verdict.replace("missed", "MISSED") for one in simkpi_verdicts()} <= set(words)

    def test_no_targets_is_said_with_what_to_write(self) -> None:
        bare = simkpi.simulate(small(targets={}), replications=2)
        with pytest.raises(InputError, match="has no targets; add"):
            drawn("scorecard", bare)


def simkpi_verdicts() -> tuple[object, ...]:
    from simkpi.experiment.verdicts import verdicts

    return verdicts(simulated())


class TestComparison:
    def test_intervals_are_lines_around_zero_of_the_paired_differences(self, pair: Comparison) -> None:
        _, figure = drawn("comparison", pair, Wish(kpi="service_level"))
        (axes,) = figure.axes
        row = pair.table.filter((pl.col("scenario") == "four") & (pl.col("kpi") == "service_level")).row(0, named=True)
        assert axes.lines[0].get_xdata().tolist() == [row["difference_low"], row["difference_high"]]
        assert axes.lines[1].get_marker() == ("o" if row["verdict"] == "better" else "X" if row["verdict"] == "worse" else "o")
        low, high = axes.get_xlim()
        assert low == -high

    def test_scenarios_that_are_the_same_are_no_chart(self) -> None:
        same = compare(small(), small(), names=("a", "b"), replications=2)
        with pytest.raises(InputError, match="no KPI differs"):
            drawn("comparison", same)


class TestSweepCharts:
    def test_the_heat_map_outlines_what_meets_the_target_for_sure(self, swept: SweepTables) -> None:
        table, figure = drawn("heatmap", swept, Wish(goals=("service_level>=1%",)))
        assert table["state"].to_list() == ["met"] * 6
        outline = [line for line in figure.axes[0].lines if line.get_linewidth() == 2.6]
        assert len(outline) == 10  # the border of 3 by 2 cells
        assert "Service level ≥ 1% for sure" in figure.texts[1].get_text()

    def test_without_targets_nothing_is_outlined(self, swept: SweepTables) -> None:
        table, figure = drawn("heatmap", swept)
        assert table["state"].null_count() == 6
        assert not figure.axes[0].lines

    def test_the_frontier_holds_what_no_other_beats(self) -> None:
        table = pl.DataFrame(
            {"scenario": [1, 2, 3, 4, 5], "cost": [10.0, 10.0, 12.0, 14.0, 9.0], "value": [0.7, 0.8, 0.75, 0.9, 0.6]}
        )
        assert undominated(table) == [5, 2, 4]
        assert undominated(table, "lower") == [5]

    def test_costs_are_agent_hours_at_their_price(self, swept: SweepTables) -> None:
        table, figure = drawn("frontier", swept)
        assert table["cost"].to_list() == [20.0 * hours for hours in self.hours(swept)]
        assert figure.axes[0].get_xlabel() == "cost of agents, EUR"

    @staticmethod
    def hours(swept: SweepTables) -> list[float]:
        found = []
        for subject in swept.plan.subjects:
            blocks = [team.staffing for team in subject.scenario.spec.teams.values()]
            found.append(sum(sum(row) * block.interval / 3600 for block in blocks for row in block.count))
        return found

    def test_the_tornado_takes_variants_that_differ_in_one_field(self, swept: SweepTables) -> None:
        table, figure = drawn("tornado", swept)
        assert table["setting"].to_list() == ["20% → 40%", "3 → 4", "3 → 5"]
        farthest = table.filter(pl.col("factor") == "teams.phone.count")["difference"].max()
        assert max(patch.get_width() for patch in figure.axes[0].patches) == pytest.approx(farthest)

    def test_the_tornado_of_a_sensitivity_shows_both_ends_of_each_range(self) -> None:
        found = sensitivity(small(), {"teams.phone.count": "2:4:1", "contacts.voice.volume.scale": "90%:110%"}, replications=3)
        table, figure = drawn("tornado", SensitivityTable.of(found))
        assert sorted(table["setting"].to_list()) == ["110%", "2", "4", "90%"]
        ends = found.table.select(pl.concat_list("low_difference", "high_difference").explode()).to_series()
        assert sorted(patch.get_width() for patch in figure.axes[0].patches) == pytest.approx(sorted(ends))
        line = found.table.row(0, named=True)
        row = table.filter((pl.col("factor") == line["path"]) & (pl.col("setting") == line["high_at"])).row(0, named=True)
        assert row["high"] - row["low"] == pytest.approx(2 * line["high_half_width"])

    def test_a_kpi_that_was_not_scored_is_named(self, swept: SweepTables) -> None:
        with pytest.raises(InputError, match="has no KPI 'frt'; it has service_level, asa"):
            drawn("frontier", swept, Wish(kpi="frt"))


class TestStaffingCurve:
    def test_simulation_and_formula_over_each_teams_heads(self) -> None:
        table, figure = drawn("staffing_curve", small(), Wish(replications=2))
        phone = table.filter(pl.col("team") == "phone").sort("change")
        assert phone["hours"].to_list() == [
            max(3 + change, 0) + max(4 + change, 0) + max(3 + change, 0) + max(2 + change, 0) for change in phone["change"]
        ]
        now = phone.filter(pl.col("change") == 0)["value"][0]
        level = simkpi.simulate(small(), replications=2).kpis(
            ["service_level"], where=pl.col("contact_type") == "voice", threshold=20.0
        )
        assert now == pytest.approx(level["value"][0])
        assert phone["formula"].null_count() == 0
        assert np.all(np.diff(phone["formula"].to_numpy()) > 0)
        assert len(figure.axes) == 2


class TestCalibration:
    def test_a_log_outside_the_range_has_another_mark(self) -> None:
        table = pl.DataFrame(
            {
                "title": ["Offered", "ASA"],
                "unit": ["count", "seconds"],
                "recorded": [100.0, 30.0],
                "value": [101.0, 20.0],
                "low": [90.0, 18.0],
                "high": [112.0, 22.0],
            }
        )
        marks = [axes.lines[-1].get_marker() for axes in find("calibration")(table).axes]
        assert marks == ["D", "X"]


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("name", ["day", "waits", "occupancy", "gantt", "backlog", "scorecard"])
def test_a_run_gives_the_same_bytes_twice_and_no_word_of_the_other_language(name: str, lang: str, tmp_path: Path) -> None:
    for file in ("a.svg", "b.svg"):
        _, figure = drawn(name, simulated(), Wish(lang=lang))
        save(figure, tmp_path / file, provenance={"seed": "11"})
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert text == (tmp_path / "b.svg").read_text(encoding="utf-8")
    assert ("replication" in text) == (lang == "en")
    assert ("réplication" in text) == (lang == "fr")


def test_pdf_has_no_date_and_says_where_it_comes_from(tmp_path: Path) -> None:
    _, figure = drawn("scorecard", simulated())
    for file in ("a.pdf", "b.pdf"):
        save(figure, tmp_path / file, provenance={"seed": "4711"})
    data = (tmp_path / "a.pdf").read_bytes()
    assert data == (tmp_path / "b.pdf").read_bytes()
    assert b"4711" in data
    assert b"CreationDate" not in data


def test_a_chart_is_found_without_loading_the_others() -> None:
    words = (
        "import sys; from simkpi.report.chart import find; find('heatmap'); sys.exit('simkpi.report.charts.gantt' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0
