"""What every chart keeps: a question in both languages, the lang option, an answer to an empty table, the same bytes twice."""

from __future__ import annotations

import inspect
from pathlib import Path

import polars as pl
import pytest

from simkpi.errors import InputError
from simkpi.report.chart import Chart, every_chart
from simkpi.report.chart_input import drawn_from
from simkpi.report.words import french

CHARTS = every_chart()


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
class TestEveryChart:
    def test_its_question_is_there_in_both_languages(self, chart: Chart) -> None:
        assert len(chart.question) > 20
        assert chart.question in french()

    def test_it_is_alone_in_a_file_of_its_name_and_shares_the_signature(self, chart: Chart) -> None:
        draw = chart.__wrapped__
        assert Path(inspect.getfile(draw)).stem == chart.name
        parameters = inspect.signature(draw).parameters
        first, *rest = parameters.values()
        assert first.name == "table"
        assert all(
            one.kind is inspect.Parameter.KEYWORD_ONLY and one.default is not inspect.Parameter.empty
            for one in rest
            if one.name not in ("kpi", "paths")
        )
        assert {"title", "subtitle", "lang"} <= set(parameters)

    def test_a_table_without_its_columns_is_refused_by_name(self, chart: Chart) -> None:
        with pytest.raises(InputError, match=f"chart '{chart.name}' needs the column {chart.needs[0]}"):
            chart(pl.DataFrame({"other": [1]}))

    def test_it_says_what_it_can_be_drawn_from(self, chart: Chart) -> None:
        assert drawn_from(chart)
        assert drawn_from(chart, "fr") != drawn_from(chart)


def test_the_charts_that_planners_ask_for_are_there() -> None:
    names = {chart.name for chart in CHARTS}
    of_runs = {"day", "waits", "occupancy", "gantt", "backlog", "scorecard", "staffing", "staffing_curve", "waterfall"}
    assert names >= of_runs | {"heatmap", "frontier", "tornado", "comparison", "calibration"}
