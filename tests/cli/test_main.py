from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import types

import click
import pytest

from simkpi import __version__
from simkpi.cli import main as shell
from simkpi.cli.main import SECTIONS, group, main
from simkpi.errors import Problem, ScenarioError
from tests.cli.running import fresh, simkpi

HEAVY = ("numpy", "scipy", "polars", "matplotlib", "pydantic", "yaml", "simpy", "rich", "multiprocessing")
COMMANDS = [name for section in SECTIONS.values() for name in section]
LANDED = [name for name in COMMANDS if importlib.util.find_spec(f"simkpi.cli.{name}")]


def command_that_raises(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make ``simkpi doctor`` raise *error*."""

    @click.command()
    def command() -> None:
        raise error

    fake = types.ModuleType("simkpi.cli.fake")
    fake.command = command
    monkeypatch.setitem(sys.modules, "simkpi.cli.fake", fake)
    monkeypatch.setitem(SECTIONS["Look up"], "doctor", ("simkpi.cli.fake:command", "Fails."))


class TestHelp:
    def test_it_lists_every_command_by_task_after_an_example(self, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "--help")
        assert done.code == 0
        assert done.out.index("Example:") < done.out.index("Simulate:") < done.out.index("Options:")
        assert all(re.search(rf"^  {name} ", done.out, re.M) for name in COMMANDS)

    def test_h_and_no_command_at_all_show_the_same_commands(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert simkpi(capsys, "-h").out == simkpi(capsys, "--help").out
        nothing = simkpi(capsys)
        assert nothing.code == 2
        assert "simkpi demo" in nothing.out + nothing.err

    def test_it_loads_nothing_heavy(self) -> None:
        code = (
            "import sys; from simkpi.cli.main import group\n"
            "try: group.main(['--help'], standalone_mode=True)\n"
            f"except SystemExit: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stderr.strip() == "[]"

    @pytest.mark.parametrize("name", LANDED)
    def test_every_command_shows_an_example_before_its_options(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, name, "--help")
        assert done.code == 0
        assert re.search(r"Examples?:", done.out), "no example"
        assert done.out.index("Example") < done.out.index("Options:")
        assert f"simkpi {name}" in done.out.split("Example")[1]

    def test_every_example_uses_options_that_exist(self) -> None:
        context = click.Context(group, info_name="simkpi")
        for name in LANDED:
            command = group.get_command(context, name)
            assert command is not None
            known = option_names(command, context)
            for line in re.findall(rf"^\s+simkpi {name}\b.*$", command.help or "", re.M):
                given = set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", line))
                assert given <= known, f"{line.strip()}: {given - known}"


def option_names(command: click.Command, context: click.Context) -> set[str]:
    names = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {
        "--help",
        "-h",
        "--debug",
    }
    if isinstance(command, click.Group):
        names |= {name for sub in command.commands.values() for name in option_names(sub, context)}
    return names


class TestVersion:
    def test_it_is_printed(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert simkpi(capsys, "--version").out == f"simkpi {__version__}\n"


class TestMistakes:
    def test_an_unknown_command_suggests_the_near_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "rnu")
        assert (done.code, done.out) == (2, "")
        assert done.err == "Error: no command 'rnu'; did you mean 'run'?\nTry 'simkpi --help'.\n"

    def test_a_command_that_is_like_none_lists_them_all(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "commands: demo, run" in simkpi(capsys, "xyzzy").err

    def test_an_unknown_option_is_wrong_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "doctor", "--fromat", "json")
        assert done.code == 2
        assert "--format" in done.err

    def test_all_problems_of_an_input_are_printed_line_by_line(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command_that_raises(
            monkeypatch, ScenarioError([Problem("bad", "a.b", "x.yaml", 3), Problem("worse", "a.c", "x.yaml", 4)])
        )
        done = simkpi(capsys, "doctor")
        assert (done.code, done.err) == (3, "x.yaml:3: a.b: bad\nx.yaml:4: a.c: worse\n")

    def test_a_bug_is_one_line_without_traceback(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command_that_raises(monkeypatch, RuntimeError("first line\nsecond line"))
        done = simkpi(capsys, "doctor")
        assert done.code == 1
        assert done.err.splitlines()[0] == "internal error: RuntimeError: first line second line"
        assert "--debug" in done.err
        assert "Traceback" not in done.err

    @pytest.mark.parametrize("arguments", [("--debug", "doctor"), ("doctor", "--debug")])
    def test_debug_anywhere_shows_the_traceback(
        self, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        command_that_raises(monkeypatch, RuntimeError("inside"))
        with pytest.raises(RuntimeError, match="inside"):
            main(list(arguments))

    def test_an_interrupt_is_no_bug(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        command_that_raises(monkeypatch, KeyboardInterrupt())
        done = simkpi(capsys, "doctor")
        assert done.code == 130
        assert "interrupted" in done.err


class TestStreams:
    def test_a_reader_that_goes_away_ends_it_quietly(self) -> None:
        line = f"{sys.executable} -m simkpi.cli.main doctor --format json | true; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == ("0\n", "")

    def test_output_is_utf_8_whatever_the_terminal_says(self) -> None:
        done = fresh("doctor", environment={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
        assert re.search(r"encoding +utf-8", done.stdout)

    def test_no_color_is_honoured(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen = []
        monkeypatch.setattr(shell.group, "main", lambda *_, color, **__: seen.append(color))
        for value in ("1", ""):
            monkeypatch.setenv("NO_COLOR", value)
            with pytest.raises(SystemExit):
                main([])
        assert seen == [False, None]


class TestHelpTexts:
    def test_no_help_shows_a_mark_that_was_meant_for_the_formatter(self, capsys: pytest.CaptureFixture[str]) -> None:
        for name in [command for section in SECTIONS.values() for command in section]:
            assert "\\b" not in simkpi(capsys, name, "--help").out, name
