from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure

from simkpi.errors import OutputError
from simkpi.report.theme import clock_axis, literal, save, style


def plain_figure(text: str = "hello") -> Figure:
    with style():
        figure = Figure(figsize=(2, 2))
        figure.subplots().set_title(literal(text))
    return figure


class TestLiteral:
    @pytest.mark.parametrize("text", ["cost $5", "$x^2$", r"$\frac$", r"\$", "50% _under_ {brace} <b>&"])
    def test_text_is_drawn_as_it_is_written(self, text: str, tmp_path: Path) -> None:
        save(plain_figure(text), tmp_path / "a.svg")
        drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert f">{escaped}</text>" in drawn

    def test_control_characters_and_endless_names_are_tamed(self) -> None:
        assert literal("a\x00b\nc") == "a b c"
        assert len(literal("x" * 1000)) == 90


class TestSave:
    @pytest.mark.parametrize("ending", ["png", "svg"])
    def test_the_same_figure_gives_the_same_bytes_whatever_the_users_settings(self, ending: str, tmp_path: Path) -> None:
        save(plain_figure(), tmp_path / f"a.{ending}")
        with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path", "svg.hashsalt": None}):
            save(plain_figure(), tmp_path / f"b.{ending}")
        assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()

    def test_provenance_is_inside(self, tmp_path: Path) -> None:
        for name in ("a.png", "a.svg"):
            save(plain_figure(), tmp_path / name, provenance={"seed": "4711"})
            assert b"4711" in (tmp_path / name).read_bytes()

    def test_svg_holds_text_and_no_date(self, tmp_path: Path) -> None:
        save(plain_figure("find me"), tmp_path / "a.svg")
        drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
        assert ">find me</text>" in drawn
        assert "<dc:date>" not in drawn

    def test_a_folder_that_is_not_there_is_a_line_and_no_traceback(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="can not be written \\(no such file or directory\\)"):
            save(plain_figure(), tmp_path / "none" / "a.png")


class TestClockAxis:
    @pytest.mark.parametrize(("first", "last"), [(8, 20), (0, 24), (9, 10), (22, 23.5)])
    def test_ticks_are_times_of_day_and_not_too_many(self, first: float, last: float) -> None:
        axes = Figure().subplots()
        clock_axis(axes, first * 3600, last * 3600)
        inside = [label.get_text() for label in axes.get_xticklabels() if first * 3600 <= label.get_position()[0] <= last * 3600]
        assert 3 <= len(inside) <= 14
        assert all(len(text) == 5 and text[2] == ":" for text in inside)
