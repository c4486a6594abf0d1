"""A scenario argument of a command: a file, ``-`` for standard input, or the name of a shipped scenario."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
        With all problems of the file.
    """
    from simkpi.scenario.files import MAX_BYTES, load, loads, shipped, shipped_names

    if name == "-":
        return loads(sys.stdin.buffer.read(MAX_BYTES + 1), file="<stdin>")
    if not Path(name).exists() and name in shipped_names():
        return load(shipped(name))
    return load(name)
