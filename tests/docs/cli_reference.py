"""Writes docs/cli.md from the commands themselves: ``python -m tests.docs.cli_reference``."""

from __future__ import annotations

import copy
import importlib
import importlib.util

import click

from simkpi.cli.main import SECTIONS
from tests.docs.pages import DOCS

PAGE = DOCS / "cli.md"
_WIDTH = 100
_HEAD = """# Commands

Generated from the commands by `python -m tests.docs.cli_reference`; do not edit.

- Results go to standard output, notes and progress to standard error; `--quiet` leaves the notes out.
- `-` as a file name is standard input or output. `--format csv` and `--format json` are for other programs.
- Durations are written `90s`, `4m30s`, `1h30` (a bare number is seconds), shares `80%` or `0.8`.
- `NO_COLOR` in the environment turns colours off. `simkpi COMMAND --help` shows what stands here.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | a bug in simkpi; `--debug` shows the traceback |
| 2 | wrong usage of the command line |
| 3 | an invalid scenario or log: every problem is listed, with its line |
| 4 | targets missed, with `--check` |
| 5 | some runs failed; what was finished is kept |
| 130 | interrupted; what was finished is kept |
"""


def page() -> str:
    """Return the page: every command by task, with its help."""
    parts = [_HEAD]
    for section, members in SECTIONS.items():
        parts.append(f"## {section}\n")
        for name, (home, what) in members.items():
            module, _, attribute = home.partition(":")
            if importlib.util.find_spec(module) is None:
                continue
            parts += _command(getattr(importlib.import_module(module), attribute), f"simkpi {name}", what)
    return "\n".join(parts)


def _command(command: click.Command, name: str, what: str, parent: click.Context | None = None) -> list[str]:
    """Return the parts of one command and of those below it."""
    command = copy.copy(command)
    command._help_option = None  # click keeps it from the first call, which may not have come through the group
    context = click.Context(
        command,
        parent=parent,
        info_name=name if parent is None else name.rsplit(" ", 1)[1],
        max_content_width=_WIDTH,
        terminal_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )
    level = "###" if parent is None else "####"
    with context:
        text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    parts = [f"{level} `{name}`\n", f"{what}\n", f'```text title="{name} --help"\n{text}\n```\n']
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            member = command.get_command(context, below)
            assert member is not None
            parts += _command(member, f"{name} {below}", member.get_short_help_str(_WIDTH), context)
    return parts


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
