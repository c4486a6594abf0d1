from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from simkpi.errors import InputError, UnknownName
from simkpi.experiment.result import Result
from simkpi.report.chart import CHARTS, draw
from simkpi.report.day_table import of_log, of_result
from simkpi.report.theme import save
from tests.experiment.small_world import simulated


def table() -> pl.DataFrame:
    return of_result(simulated())[0]


def of_kpi(name: str, rows: pl.DataFrame) -> dict[float, float]:
    return dict(rows.filter(pl.col("kpi") == name).select("interval", "value").iter_rows())


class TestOfResult:
    def test_contacts_of_the_day_add_up(self) -> None:
        assert sum(of_kpi("offered", table()).values()) == pytest.approx(simulated().kpis(["offered"])["value"].item())

    def test_agents_are_the_scheduled_ones(self) -> None:
        agents = of_kpi("agents", table())
        assert [agents[hour * 3600] for hour in (7, 8, 9, 10, 11, 12)] == pytest.approx([0, 5, 6, 5, 4, 0])

    def test_load_is_contacts_times_handle_time_over_slots(self) -> None:
        log = simulated().interactions.filter(pl.col("queued_at").is_not_null())
        by_hand = 0.0
        for name, slots in (("voice", 1), ("chat", 3)):
            rows = log.filter(pl.col("contact_type") == name)
            by_hand += len(rows) * rows.filter(pl.col("answered_at").is_not_null())["work_time"].mean() / slots
        assert sum(of_kpi("offered_load", table()).values()) * 1800 == pytest.approx(by_hand / 6)

    def test_intervals_surround_the_figures(self) -> None:
        rows = table().filter(pl.col("kpi") != "agents").drop_nulls("low")
        assert len(rows) > 20
        assert (rows["low"] <= rows["value"] + 1e-12).all()
        assert (rows["high"] >= rows["value"] - 1e-12).all()

    def test_shorter_intervals_split_the_same_contacts(self) -> None:
        quarters, days = of_result(simulated(), interval=900.0)
        assert days == 1
        assert sum(of_kpi("offered", quarters).values()) == pytest.approx(sum(of_kpi("offered", table()).values()))


class TestOfLog:
    def test_one_replication_read_as_a_log_gives_the_same_figures(self) -> None:
        first = simulated().interactions.filter(pl.col("replication") == 0).drop("replication")
        states = simulated().agent_states.filter(pl.col("replication") == 0).drop("replication")
        rows, days = of_log(first, states)
        assert days == 1
        assert sum(of_kpi("offered", rows).values()) == first["queued_at"].count()
        assert of_kpi("agents", rows)[9 * 3600] == pytest.approx(6)

    def test_a_lazy_log_without_times_still_has_its_volume(self) -> None:
        first = simulated().interactions.lazy().select("contact_id", "channel", "arrived_at", "outcome", "queued_at")
        rows, _ = of_log(first, None)
        assert "offered_load" not in rows["kpi"].unique().to_list()
        assert sum(of_kpi("offered", rows).values()) > 0

    def test_an_empty_log_has_nothing_to_draw(self) -> None:
        rows, days = of_log(simulated().interactions.clear(), None)
        assert (len(rows), days) == (0, 0)
        with pytest.raises(InputError, match="nothing to draw"):
            draw("day", rows)


class TestDay:
    def test_every_series_is_drawn_and_named(self) -> None:
        figure = draw("day", table(), title="A day", target=0.8, service_level="answered within 20s")
        volume, staff, level = figure.axes
        legend = [text.get_text() for axes in figure.axes for text in axes.get_legend().get_texts()]
        assert legend[:5] == ["offered", "answered", "abandoned", "agents on duty", "offered load (Erlangs)"]
        assert "target 80%" in legend
        assert level.get_title(loc="left") == "Service level: answered within 20s"
        assert volume.get_ylim()[0] == staff.get_ylim()[0] == 0

    def test_only_the_busy_part_of_the_day_is_shown(self) -> None:
        assert draw("day", table()).axes[2].get_xlim() == (8 * 3600, 12 * 3600)

    def test_steps_are_where_the_figures_are(self) -> None:
        (answered,) = [patch for patch in draw("day", table()).axes[0].patches if patch.get_label() == "answered"]
        values, edges, _ = answered.get_data()
        assert values == pytest.approx(np.array([of_kpi("answered", table())[edge] for edge in edges[:-1]]))

    def test_intervals_below_the_target_beyond_doubt_are_marked(self) -> None:
        rows = pl.DataFrame(
            {
                "kpi": ["service_level"] * 3,
                "interval": [0.0, 1800.0, 3600.0],
                "value": [0.7, 0.79, 0.9],
                "low": [0.65, 0.7, 0.8],
                "high": [0.75, 0.85, 1.0],
            }
        )
        (marks,) = [part for part in draw("day", rows, target=0.8).axes[2].collections if part.get_label() == "missed for sure"]
        assert [path.get_extents().x0 for path in marks.get_paths()] == [0.0]

    def test_the_file_is_the_same_every_time(self, tmp_path: Path) -> None:
        for name in ("a.svg", "b.svg", "a.png", "b.png"):
            save(draw("day", table(), title="A day"), tmp_path / name)
        for ending in ("svg", "png"):
            assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()

    def test_one_replication_has_no_band_but_a_line(self) -> None:
        one = simulated()
        first = Result(
            one.scenario,
            seed=one.seed,
            replications=1,
            engine=one.engine,
            interactions=one.interactions.filter(pl.col("replication") == 0),
            agent_states=one.agent_states.filter(pl.col("replication") == 0),
            legs=one.legs.filter(pl.col("replication") == 0),
        )
        assert len(draw("day", of_result(first)[0], target=0.8).axes) == 3


class TestRegistry:
    def test_a_missing_column_and_an_unknown_chart_are_named(self) -> None:
        with pytest.raises(InputError, match="chart 'day' needs the column low, high"):
            draw("day", table().drop("low", "high"))
        with pytest.raises(UnknownName, match="unknown chart 'dya'; did you mean 'day'"):
            draw("dya", table())

    def test_every_chart_says_what_question_it_answers_and_what_it_needs(self) -> None:
        draw("day", table())
        for name in CHARTS:
            chart = CHARTS.get(name)
            assert chart.__doc__
            assert chart.needs
