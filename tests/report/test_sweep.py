from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from simkpi.experiment.sweep import sweep
from simkpi.experiment.sweep_result import SweepResult
from simkpi.report.chart import draw
from simkpi.report.comparison import change
from simkpi.report.sweep import main_kpis, sweep_lines, write_charts
from tests.experiment.small_world import small


@pytest.fixture(scope="module")
def grid() -> SweepResult:
    return sweep(small(), {"teams.phone.count": "3:5:1", "bots.helper.contains": "20%,40%"}, replications=2)


def chart(result: SweepResult, kpi: str = "service_level") -> Figure:
    return draw("sweep", result.table, kpi=kpi, paths=result.plan.paths, title="A $hop", subtitle="2 replications")


class TestChart:
    def test_two_fields_give_a_map_with_a_figure_in_each_cell(self, grid: SweepResult) -> None:
        axes = chart(grid).axes[0]
        assert axes.images[0].get_array().shape == (2, 3)
        assert len(axes.texts) == 6
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["3", "4", "5"]

    def test_one_number_gives_a_line_in_its_order(self) -> None:
        result = sweep(small(), {"teams.phone.count": [5, 3, 4]}, replications=2, kpis=["asa"])
        line = chart(result, "asa").axes[0].lines[0]
        assert line.get_xdata().tolist() == [3, 4, 5]
        assert line.get_linestyle() == "-"

    def test_texts_and_many_fields_give_points_side_by_side(self) -> None:
        result = sweep(small(), {"bots.helper.contains": "20%,40%"}, replications=2, kpis=["asa"])
        axes = chart(result, "asa").axes[0]
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["20%", "40%"]

    def test_the_same_sweep_gives_the_same_bytes(self, grid: SweepResult, tmp_path: Path) -> None:
        for name in "ab":
            (tmp_path / name).mkdir()
            write_charts(grid, tmp_path / name)
        files = sorted((tmp_path / "a" / "charts").iterdir())
        assert [file.name for file in files] == sorted(f"{kpi}.svg" for kpi in main_kpis(grid))
        assert all(file.read_bytes() == (tmp_path / "b" / "charts" / file.name).read_bytes() for file in files)


def test_a_line_has_number_values_and_marked_figures(grid: SweepResult) -> None:
    layout = sweep_lines(grid)
    assert [line[:3] for line in layout.lines][:3] == [["1", "3", "20%"], ["2", "3", "40%"], ["3", "4", "20%"]]
    assert all(cell[-2:] in (" +", " -", "  ") for line in layout.lines for cell in line[3:-1])
    assert layout.header[-1] == "days met"
    assert "Holm" in layout.note


def test_a_few_chosen_kpis_are_all_shown(grid: SweepResult) -> None:
    few = sweep(small(), {"teams.phone.count": "3:4:1"}, replications=1, kpis=["offered", "aht"])
    assert main_kpis(few) == ["offered", "aht"]
    assert main_kpis(grid) == ["service_level", "abandon_rate", "asa", "wait_p90", "occupancy"]


def test_changes_have_a_sign_and_shares_change_by_points() -> None:
    assert change(-0.02, 0.004, "fraction") == "-2.0 pts ± 0.4"
    assert change(0.02, 0.004, "fraction", lang="fr") == "+2,0\u202fpts ± 0,4"
    assert change(3.0, 0.4, "seconds") == "+3.0s ± 0.4s"
