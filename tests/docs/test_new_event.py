"""The worked example of docs/engines.md, a new kind of event, still fits the source, and both engines then agree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```diff\n--- (\S+)\n(.*?)```", re.DOTALL)
REPLICATION = "simkpi/engine/compiled/replication.py"
#: The room for events: so many for each contact.
ROOM = re.compile(r"(most_events = \(|n_timers = )3\b")
#: Run in the changed copy: both engines on a busy day in whole seconds, and how many leave.
CHECK = """
from simkpi.demand.draws import draw
from simkpi.engine.compiled.kernel import simulate as compiled
from simkpi.engine.plan import plan
from simkpi.engine.recorder import ABANDONED
from simkpi.engine.reference.simulation import simulate as reference
from simkpi.scenario.files import load, shipped
from tests.parity.parity import differing_cells, in_whole, staffed
day = load(shipped("benchmark_day"))
contacts, numbers = in_whole(1000, draw(day, seed=1, replication=0)), staffed(plan(day), 0.8)
log = compiled(numbers, contacts)
print(differing_cells(reference(numbers, contacts), log), (log.outcome == ABANDONED).sum())
"""


def changes() -> list[tuple[str, str, str]]:
    """File, text and what it becomes, for each part of the example."""
    page = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
    found = []
    for file, body in BLOCK.findall(page):
        for part in body.split("@@\n"):
            lines = part.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] != "+")
            after = "".join(line[1:] for line in lines if line[0] != "-")
            found.append((file, before, after))
    return found


def checked(folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, "-c", CHECK]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_the_example_fits_the_source() -> None:
    assert len(changes()) >= 7
    assert len(ROOM.findall((ROOT / REPLICATION).read_text(encoding="utf-8"))) == 1
    for file, before, _ in changes():
        source = (ROOT / file).read_text(encoding="utf-8")
        assert source.count(before.rstrip("\n")) == 1, f"{file}: {before}"


@pytest.mark.slow
def test_both_engines_know_the_new_event_and_agree(tmp_path: Path) -> None:
    for name in ("simkpi", "scenarios", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = checked(tmp_path)
    for file, text, becomes in changes():
        path = tmp_path / file
        path.write_text(path.read_text(encoding="utf-8").replace(text.rstrip("\n"), becomes.rstrip("\n")), encoding="utf-8")
    path = tmp_path / REPLICATION
    path.write_text(ROOM.sub(r"\g<1>4", path.read_text(encoding="utf-8")), encoding="utf-8")
    after = checked(tmp_path)
    assert before.startswith("{} ")
    assert after.startswith("{} ")
    assert int(after.split()[1]) > int(before.split()[1]) > 0
