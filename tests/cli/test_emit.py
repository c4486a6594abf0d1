from __future__ import annotations

import io
import sys
from dataclasses import replace

import click
import pytest

from simkpi.cli import progress as bar
from simkpi.cli.emit import emit_table, emit_targets
from simkpi.cli.progress import progress
from simkpi.experiment.verdicts import Verdict


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


GOAL = Verdict("voice", "asa", 20.0, "at_most", None, 9.0, 8.0, 10.0, 1.0, "seconds", "met")
HEADER, LINES = ["KPI", "Value"], [["Service [level]", "78.4% ± 0.6"], ["ASA", "9s"]]


class TestEmitTable:
    def test_a_pipe_gets_plain_aligned_text(self, capsys: pytest.CaptureFixture[str]) -> None:
        emit_table(HEADER, LINES)
        assert capsys.readouterr().out.splitlines()[2] == "Service [level]  78.4% ± 0.6"

    def test_a_terminal_gets_the_same_cells_and_names_are_no_markup(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdout", screen := Terminal())
        emit_table(HEADER, LINES)
        assert "Service [level]" in screen.getvalue()
        assert "78.4% ± 0.6" in screen.getvalue()

    def test_no_color_is_honoured(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setattr(sys, "stdout", screen := Terminal())
        emit_table(HEADER, LINES)
        assert "\x1b[3" not in screen.getvalue()


class TestProgress:
    def test_there_is_none_in_a_pipe_or_when_quiet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with progress("simulating") as tell:
            assert tell is None
        monkeypatch.setattr(sys, "stderr", Terminal())
        with progress("simulating", quiet=True) as tell:
            assert tell is None

    @pytest.mark.parametrize(("patience", "drawn"), [(-1.0, True), (3600.0, False)])
    def test_a_terminal_gets_a_bar_once_the_work_takes_long(
        self, patience: float, drawn: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bar, "PATIENCE", patience)
        monkeypatch.setattr(sys, "stderr", screen := Terminal())
        with progress("simulating") as tell:
            assert tell is not None
            tell(1, 3)
            tell(3, 3)
        assert ("simulating" in screen.getvalue()) is drawn


class TestTargets:
    def test_a_terminal_shows_each_verdict_in_its_colour_and_no_color_does_not(self, capsys: pytest.CaptureFixture[str]) -> None:
        judged = [replace(one, verdict=verdict) for one, verdict in zip([GOAL] * 3, ("met", "missed", "not sure"), strict=True)]
        for color, marks in ((True, ["\x1b[32m", "\x1b[31m", "\x1b[33m"]), (False, ["", "", ""])):
            with click.Context(click.Command("x"), color=color):
                emit_targets(judged)
            lines = capsys.readouterr().out.splitlines()[-3:]
            assert [line[:5] if line.startswith("\x1b") else "" for line in lines] == marks
            assert [word for word in ("met", "MISSED", "not sure") if word not in "".join(lines)] == []
