"""Scenarios as arguments of commands: a file, ``-`` for standard input, or a shipped name; and text files written with care."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simkpi.planning.goals import Goal
    from simkpi.scenario.resolve import Scenario


def load_input(name: str) -> Scenario:
    """Load the scenario that a command's argument names.

    Parameters
    ----------
    name : str
        A path; ``-`` reads standard input; a shipped scenario's name (``quickstart``) if no such file exists.

    Raises
    ------
    ScenarioError
        With all problems of the file, routing policies that are not there among them.
    """
    from simkpi.engine.routing_names import check_policies
    from simkpi.scenario.files import MAX_BYTES, load, loads, shipped, shipped_names

    if name == "-":
        return loads(sys.stdin.buffer.read(MAX_BYTES + 1), file="<stdin>", checks=[check_policies])
    if not Path(name).exists() and name in shipped_names():
        return load(shipped(name), checks=[check_policies])
    return load(name, checks=[check_policies])


def open_input(name: str, *, out: Path | None = None, quiet: bool = False) -> Scenario:
    """Load a command's scenario, say its warnings, and make the folder *out* for the results: all before any long work."""
    from simkpi.cli import options

    scenario = load_input(name)
    for warning in scenario.warnings:
        options.note(f"warning: {warning}", quiet=quiet)
    if out is not None:
        options.writable_folder(out)
    return scenario


def asked_goals(texts: Sequence[str], scenario: Scenario) -> Sequence[Goal]:
    """Return the goals of ``--target``, or the scenario's own; one that can not be read is wrong usage."""
    from simkpi.cli import options
    from simkpi.planning.goals import goals_of, read_goal

    with options.bad_names_are_usage("--target"):
        return [read_goal(text, scenario) for text in texts] or goals_of(scenario)


def write_text(path: Path, text: str, *, overwrite: bool = True) -> None:
    """Write a text file, or say why not.

    Raises
    ------
    OutputError
        If the folder is absent or not writable, or the file exists and *overwrite* is False.
    """
    from simkpi.errors import OutputError

    try:
        with path.open("w" if overwrite else "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise OutputError(f"{path}: exists already; choose another name or add --force") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(f"{path}: can not be written ({reason}); choose another place") from None
