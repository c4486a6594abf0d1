"""A small sweep for tests, and what its folder holds."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

from simkpi.experiment.outputs import write_data
from simkpi.experiment.plan import Plan, make_plan
from simkpi.experiment.scores import Scoring
from simkpi.experiment.store import Store
from simkpi.experiment.sweep_result import SweepResult
from simkpi.experiment.sweep_run import SweepFolder, run_plan
from tests.experiment.small_world import small

VARY = {"bots.helper.contains": "20%,40%", "teams.web.staffing.count": "[1],[2],[3]"}


def plan(**given: Any) -> Plan:
    """Six variants, four replications in blocks of two: twelve cells."""
    scoring = Scoring(("service_level", "offered", "wait_p90"), by=("channel",))
    return make_plan(small(), VARY, **{"replications": 4, "block": 2, "scoring": scoring, **given})


def run(folder: Path, given: Plan | None = None, **more: Any) -> SweepResult:
    """Sweep into *folder*, files included."""
    with SweepFolder(folder) as place:
        result = run_plan(given or plan(), place.store, **more)
        result.files = write_data(result, folder)
    return result


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every result file, and of every cell in the store."""
    files = [path for path in folder.iterdir() if path.name.startswith("results") or path.name == "manifest.json"]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    store = Store(folder / "cells.sqlite")
    found |= {kept.key: kept.checksum for kept in store.sound(store.keys())}
    store.close()
    return found


if __name__ == "__main__":
    sys.exit("; ".join(one.why for one in run(Path(sys.argv[1]), jobs=int(sys.argv[2])).failed) or None)
