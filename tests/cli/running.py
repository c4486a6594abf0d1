"""Runs the command line as a user does: in this process where possible, in a fresh one where that is the point."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from simkpi.cli.main import main


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


def simkpi(capsys: pytest.CaptureFixture[str], *arguments: str) -> Done:
    """Run in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return Done(int(left.value.code or 0), captured.out, captured.err)


def fresh(*arguments: str, environment: dict[str, str] | None = None, **given: object) -> subprocess.CompletedProcess[str]:
    """Run in a fresh process."""
    return subprocess.run(
        [sys.executable, "-m", "simkpi.cli.main", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **(environment or {})},
        timeout=120,
        check=False,
        **given,
    )
