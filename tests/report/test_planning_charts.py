"""The charts of the planning commands: what is drawn is what the table says."""

from __future__ import annotations

import polars as pl
import pytest

from simkpi.errors import InputError
from simkpi.report.chart import draw

STAFF = pl.DataFrame(
    {
        "team": ["phone"] * 3,
        "day": ["2026-01-05"] * 3,
        "seconds": [32400.0, 36000.0, 39600.0],
        "length": [3600.0] * 3,
        "load": [2.0, 4.0, 1.0],
        "by_formula": [4, 7, 3],
        "by_simulation": [4, 6, 2],
        "now": [3, 6, 4],
    }
)
GAP = pl.DataFrame(
    {
        "contact": ["voice"] * 3,
        "part": ["simulated", "shared agents", "Erlang C"],
        "change": [None, 0.84, None],
        "low": [0.02, 0.82, None],
        "high": [0.04, 0.86, None],
        "total": [0.03, 0.87, 0.87],
    }
)


def labels(axes: object) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


class TestStaffing:
    def test_plan_formula_and_today_are_steps_of_the_table(self) -> None:
        (axes,) = draw("staffing", STAFF, title="Monday").axes
        steps = {patch.get_label(): list(patch.get_data().values) for patch in axes.patches}
        assert steps["by simulation"] == [4, 6, 2]
        assert steps["by formula"] == [4, 7, 3]
        assert steps["now"] == [3, 6, 4]
        assert labels(axes)[:3] == ["load (Erlangs)", "too few now", "spare now"]

    def test_of_several_days_the_busiest_is_drawn(self) -> None:
        quiet = STAFF.with_columns(day=pl.lit("2026-01-06"), load=pl.col("load") / 2)
        (axes,) = draw("staffing", pl.concat([quiet, STAFF])).axes
        assert axes.get_xlabel() == "time of day, 2026-01-05"

    def test_an_empty_table_is_no_chart(self) -> None:
        with pytest.raises(InputError, match="nothing to draw"):
            draw("staffing", STAFF.clear())


class TestWaterfall:
    def test_parts_lead_from_the_simulated_figure_to_the_formulas(self) -> None:
        (axes,) = draw("waterfall", GAP, kpi="Service level").axes
        bars = [(patch.get_x(), patch.get_width()) for patch in axes.patches]
        assert bars == [(0, 0.03), (0.03, pytest.approx(0.84)), (0, 0.87)]
        assert [text.get_text().strip() for text in axes.texts] == ["3.0%", "+84.0", "87.0%"]

    def test_figures_that_are_close_are_points_on_an_axis_that_begins_later(self) -> None:
        close = GAP.with_columns(total=pl.Series([0.80, 0.87, 0.87]), change=pl.Series([None, 0.07, None]), low=None, high=None)
        (axes,) = draw("waterfall", close.cast({"low": pl.Float64, "high": pl.Float64})).axes
        assert axes.get_xlim()[0] > 0.5
        assert len(axes.patches) == 1

    def test_a_figure_without_bound_is_said_and_not_drawn(self) -> None:
        endless = GAP.with_columns(total=pl.Series([20.0, 25.0, float("inf")]))
        (axes,) = draw("waterfall", endless, unit="seconds").axes
        assert "without bound" in [text.get_text().strip() for text in axes.texts]
