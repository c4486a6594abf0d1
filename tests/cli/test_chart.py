from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import simkpi
from tests.experiment.small_world import SHORT


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(json.dumps({**SHORT, "run": {"replications": 2, "seed": 3}}), encoding="utf-8")
    return str(path)


class TestChart:
    def test_of_a_scenario_and_of_its_folder_is_the_same(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for flags, name in (([], "plain"), (["--log"], "kept")):
            assert simkpi(capsys, "run", scenario, "-q", "--out", tmp_path / name, *flags).code == 0
        files = []
        for source in (scenario, tmp_path / "plain", tmp_path / "kept", tmp_path / "kept" / "manifest.json"):
            files.append(tmp_path / f"{len(files)}.svg")
            done = simkpi(capsys, "chart", "waits", source, "-o", files[-1])
            assert done.code == 0, done.err
            assert "next: simkpi report" in done.err
        drawings = {file.read_text(encoding="utf-8").partition("</metadata>")[2] for file in files}
        assert len(drawings) == 1

    def test_of_several_scenarios_is_their_comparison(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        other = tmp_path / "other.yaml"
        phone = {"skills": ["voice"], "count": 5}
        other.write_text(json.dumps({**SHORT, "teams": {**SHORT["teams"], "phone": phone}}), encoding="utf-8")
        done = simkpi(capsys, "chart", "comparison", scenario, str(other), "-o", tmp_path / "c.svg", "--lang", "fr")
        assert done.code == 0, done.err
        assert ">other face à small<" in (tmp_path / "c.svg").read_text(encoding="utf-8")

    def test_of_the_json_and_csv_that_commands_write(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        run = simkpi(capsys, "run", scenario, "--format", "json", "-q").out
        (tmp_path / "run.json").write_text(run, encoding="utf-8")
        crosscheck = simkpi(capsys, "crosscheck", scenario, "--format", "json", "-q", "--out", tmp_path / "check").out
        (tmp_path / "check.json").write_text(crosscheck, encoding="utf-8")
        for name, source in (
            ("scorecard", "run.json"),
            ("waterfall", "check.json"),
            ("waterfall", "check"),
            ("waterfall", "check/crosscheck.csv"),
        ):
            done = simkpi(capsys, "chart", name, tmp_path / source, "-o", tmp_path / "x.svg")
            assert done.code == 0, (source, done.err)

    def test_the_list_names_each_chart_with_its_question(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "which field moves the figure most?" in simkpi(capsys, "chart", "--list").out
        assert "quel champ fait le plus bouger la valeur ?" in simkpi(capsys, "chart", "--list", "--lang", "fr").out


class TestMistakes:
    def test_another_kind_of_result_is_refused_with_what_it_is_good_for(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = simkpi(capsys, "chart", "heatmap", scenario, "-o", tmp_path / "x.png")
        assert done.code == 3
        assert "is drawn from a sweep" in done.err
        assert "it is good for backlog, day, gantt" in done.err

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("dya", "quickstart"), "did you mean 'day'"),
            (("day",), "--list shows the charts"),
            (("day", "quickstart", "-o", "x.gif"), "must end in .png, .svg or .pdf"),
            (("waits", "quickstart", "--kpi", "servce_level"), "did you mean 'service_level'"),
        ],
    )
    def test_wrong_usage(self, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "chart", *arguments)
        assert done.code == 2
        assert said in done.err

    def test_files_that_are_no_results(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "a.json").write_text("[1, 2]", encoding="utf-8")
        (tmp_path / "b.json").write_text("{", encoding="utf-8")
        (tmp_path / "c.csv").write_bytes(b"\xff\xfe\x00\x01,\x00")
        for name in ("a.json", "b.json", "c.csv"):
            done = simkpi(capsys, "chart", "day", tmp_path / name, "-o", tmp_path / "x.png")
            assert done.code == 3, (name, done.err)
            assert "Traceback" not in done.err
            assert "internal error" not in done.err


def test_a_forecast_is_drawn_from_its_csv_on_its_own_days(tmp_path: Path) -> None:
    from simkpi.report.chart import Wish, find
    from simkpi.report.chart_input import drawing, open_given

    file = tmp_path / "forecast_days.csv"
    file.write_text("day,expected,low,high,baseline\n2026-02-02,10,8,12,9\n2026-02-03,11,9,13,9\n", encoding="utf-8")
    table, about = drawing(find("forecast"), open_given(file), Wish(lang="fr"))
    figure = find("forecast")(table, **about)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()][:1] == ["02/02"]
    assert figure.texts[0].get_text() == "forecast_days"


def test_a_folder_of_compare_is_drawn_with_the_names_of_its_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from simkpi.report.chart import Wish, find
    from simkpi.report.chart_input import drawing, open_given

    done = simkpi(capsys, "compare", "erlang_a", "erlang_c", "-n", "2", "--out", str(tmp_path / "pair"))
    assert done.code == 0, done.err
    _, about = drawing(find("comparison"), open_given(tmp_path / "pair"), Wish())
    assert about["title"] == "erlang_c against erlang_a"
