"""The same sweep under other Pythons and library versions, or with fast instructions switched off, should give the same bytes.

Run once per interpreter, with simkpi importable: ``python benchmarks/same_bytes.py`` prints versions and digests of the cells, of
the result tables and of a run's tables. ``NPY_DISABLE_CPU_FEATURES="AVX2 FMA3 AVX512F ..."`` switches instructions off.
"""

from __future__ import annotations

import hashlib
import platform
import tempfile
from pathlib import Path

import numpy as np
import scipy

import simkpi
from simkpi.experiment.plan import make_plan
from simkpi.experiment.scores import Scoring
from simkpi.experiment.sweep_run import SweepFolder, run_plan
from simkpi.report.tables import to_csv
from simkpi.scenario.files import shipped


def digests() -> dict[str, str]:
    """Return the digests of what is computed here."""
    scenario = simkpi.load(shipped("quickstart"))
    varied = {"contacts.voice.volume.scale": "90%,110%", "bots.assistant.contains": "30%,50%"}
    plan = make_plan(scenario, varied, replications=12, scoring=Scoring(by=("interval",)))
    with tempfile.TemporaryDirectory() as folder, SweepFolder(Path(folder)) as place:
        swept = run_plan(plan, place.store)
        cells = "".join(f"{key}{checksum}" for key, checksum in sorted(swept.checksums.items()))
        tables = [to_csv(swept.table), to_csv(swept.by_table), to_csv(swept.targets)]  # type: ignore[arg-type]
    result = simkpi.simulate(scenario, replications=12)
    run = [to_csv(result.kpis()), to_csv(result.kpis(by=("interval", "channel"))), to_csv(result.distribution())]
    found = {"cells": cells, "sweep": "".join(tables), "run": "".join(run)}
    return {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in found.items()}


def main() -> None:
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}: {digests()}")


if __name__ == "__main__":
    main()
