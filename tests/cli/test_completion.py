"""A shell completes commands, options and names: tried in a real bash."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from simkpi.cli.completion import SHELLS
from simkpi.cli.main import group
from tests.cli.running import simkpi

BASH = shutil.which("bash")
ROOT = Path(__file__).resolve().parents[2]
_TRY = """
source <(simkpi completion bash --quiet)
tried() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _simkpi_completion simkpi; echo "${COMPREPLY[*]}"; }
"""


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script_and_how_to_keep_it(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "completion", shell)
    assert done.code == 0
    assert f"_SIMKPI_COMPLETE={shell}_complete" in done.out
    assert SHELLS[shell] in done.err


def test_completing_a_command_loads_none() -> None:
    code = (
        "import os, sys; os.environ.update(_SIMKPI_COMPLETE='bash_complete', COMP_WORDS='simkpi s', COMP_CWORD='1')\n"
        "from simkpi.cli.main import group\n"
        "try: group.main([], prog_name='simkpi', complete_var='_SIMKPI_COMPLETE')\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith('simkpi.cli.s')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [f"plain,{name}" for name in group.list_commands(click.Context(group)) if name.startswith("s")]
    assert done.stderr.strip() == "[]"


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_bash_completes_commands_options_choices_kpis_and_scenarios(tmp_path: Path) -> None:
    (tmp_path / "simkpi").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m simkpi "$@"\n', encoding="utf-8")
    (tmp_path / "simkpi").chmod(0o755)
    (tmp_path / "quick.yaml").touch()
    (tmp_path / "quick.csv").touch()
    lines = {
        "tried simkpi va": ["validate"],
        "tried simkpi log con": ["convert"],
        "tried simkpi run --repl": ["--replications"],
        "tried simkpi run x --lang ''": ["en", "fr"],
        "tried simkpi run x --kpi service_level,ab": ["service_level,abandoned", "service_level,abandon_rate"],
        "tried simkpi run quick": ["quick.yaml", "quickstart"],
        "tried simkpi new x --preset tr": ["training"],
    }
    assert BASH is not None
    done = subprocess.run(
        [BASH, "-c", _TRY + "\n".join(lines)],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split() for line in done.stdout.splitlines()] == list(lines.values()), done.stderr
