"""Every command keeps the same manners: an example first, the common options, exit codes, an entry in the reference."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from simkpi.cli.main import SECTIONS, group
from tests.cli.running import simkpi
from tests.docs.cli_reference import page

#: Commands whose output is a file or a text of its own kind, not figures or findings.
NOT_A_TABLE = {
    "new": "a scenario file",
    "template": "a workbook",
    "schema": "a JSON Schema",
    "show": "a scenario, as YAML or JSON",
    "log convert": "a log",
    "report": "an HTML page",
    "chart": "a picture",
    "warm-up": "a line",
    "completion": "a script",
    "serve": "a page",
}
#: Arguments that make a command look for a file that is not there.
ABSENT = {
    "kpis": None,
    "doctor": None,
    "demo": None,
    "new": None,
    "schema": None,
    "verify": None,
    "warm-up": None,
    "completion": None,
    "log sources": None,
    "erlang a": None,
    "erlang b": None,
    "erlang c": None,
    "erlang chat": None,
    "compare": ["absent.yaml", "absent.yaml"],
    "sweep": ["absent.yaml", "--vary", "teams.a.count=1,2"],
    "sensitivity": ["absent.yaml", "--vary", "teams.a.count=1:2"],
    "optimize": ["absent.yaml", "--vary", "teams.a.count=1,2"],
    "goalseek": ["absent.yaml", "--vary", "teams.a.count", "--target", "asa<=20s"],
    "shifts": ["absent.yaml", "--library", "absent.yml"],
    "chart": ["day", "absent.yaml"],
    "merge": ["absent", "-o", "all"],
    "calibrate": ["absent.csv", "-o", "fitted.yaml"],
    "template": ["absent.yaml", "-o", "absent.xlsx"],
    "log convert": ["absent.csv", "-o", "absent.parquet"],
}


def commands(one: click.Command = group, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that runs, with its words."""
    if not isinstance(one, click.Group):
        yield name, one
        return
    context = click.Context(one)
    for word in one.list_commands(context):
        below = one.get_command(context, word)
        assert below is not None, word
        yield from commands(below, f"{name} {word}".strip())


TREE = dict(commands())
NAMES = sorted(TREE)


def options(name: str) -> dict[str, click.Option]:
    return {spelt: option for option in TREE[name].params if isinstance(option, click.Option) for spelt in option.opts}


@pytest.mark.parametrize("name", NAMES)
class TestManners:
    def test_its_help_opens_with_what_it_does_and_an_example(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, *name.split(), "--help")
        assert done.code == 0
        usage, what, example = done.out.split("\n\n")[:3]
        assert usage.startswith("Usage: simkpi ")
        assert what.strip().endswith((".", ":")), "one sentence first"
        assert re.match(r" *Examples?:\n +(simkpi|source <\(simkpi) ", example)
        assert "simkpi " + name.split(maxsplit=1)[0] in example

    def test_its_examples_name_options_that_it_has(self, name: str) -> None:
        known = {*options(name), *(no for option in options(name).values() for no in option.secondary_opts), "-h", "--help"}
        for line in re.findall(rf"^ *simkpi {name} (.*)$", TREE[name].help or "", re.M):
            words = [word for word in shlex.split(line.split(" > ")[0]) if re.fullmatch(r"--?[a-z][a-z-]*", word)]
            assert set(words) <= known, line

    def test_every_option_and_its_default_is_explained(self, name: str) -> None:
        for spelt, option in options(name).items():
            assert option.help, spelt
            assert len(option.help) < 170, f"{spelt}: say it in a line, and the rest in the docs"

    def test_it_can_be_quiet(self, name: str) -> None:
        assert options(name)["--quiet"].is_flag
        assert "-q" in options(name)

    def test_its_figures_come_as_table_csv_or_json(self, name: str) -> None:
        if name in NOT_A_TABLE:
            return
        given = options(name)["--format"].type
        assert isinstance(given, click.Choice)
        assert tuple(given.choices) == ("table", "csv", "json")
        assert options(name)["--format"].default == "table"

    def test_languages_are_english_and_french(self, name: str) -> None:
        given = options(name).get("--lang")
        assert given is None or (isinstance(given.type, click.Choice) and tuple(given.type.choices) == ("en", "fr"))

    def test_wrong_usage_ends_with_2_and_names_the_help(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, *name.split(), "--no-such-option")
        assert (done.code, done.out) == (2, "")
        assert "No such option" in done.err
        assert f"Try 'simkpi {name} --help'." in done.err

    def test_a_file_that_is_not_there_ends_with_3_and_its_name(
        self, name: str, capsys: pytest.CaptureFixture[str], tmp_path: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(str(tmp_path))
        given = ABSENT.get(name, ["absent.yaml"])
        if given is None:
            return
        done = simkpi(capsys, *name.split(), *given)
        assert done.code == 3, done.err
        assert "absent" in done.err
        assert "Traceback" not in done.err

    def test_it_stands_in_the_reference(self, name: str) -> None:
        assert f"`simkpi {name}`" in page()


def test_lists_of_exceptions_name_commands_that_are_there() -> None:
    assert {*NOT_A_TABLE, *ABSENT} <= set(NAMES)


def test_the_help_tells_every_exit_code_and_no_color(capsys: pytest.CaptureFixture[str]) -> None:
    text = simkpi(capsys, "--help").out
    for code in ("0 done", "1 a bug", "2 wrong usage", "3 invalid", "4 targets missed", "5 some runs failed", "130 interrupted"):
        assert code in " ".join(text.split())
    assert "NO_COLOR" in text


def test_every_section_names_each_command_once() -> None:
    names = [name for section in SECTIONS.values() for name in section]
    assert len(names) == len(set(names))
