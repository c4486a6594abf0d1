"""Would the parity tests notice a mistake in the compiled engine? Makes small ones, one at a time, and runs the tests on each.

Run from the repository: ``python -m benchmarks.mutants [NAME ...]`` (a quarter of an hour for all; stores ``mutants.json``). Each
mistake is made in a copy of the package in a temporary folder, which has an engine of its own, compiled anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.mutant_list import MUTANTS, Mutant
from benchmarks.stored import FOLDER, store, stored

ROOT = FOLDER.parent
#: Seconds after which the tests are taken to run for ever.
LONGEST = 900.0
#: Tests that notice most in the shortest time, and so are run before all others.
FIRST = tuple(f"tests/parity/test_{name}.py" for name in ("hand_made", "on_the_dot", "whole_scenarios", "parity"))
#: What a copy needs besides the package.
_NEEDED = ("simkpi", "tests", "scenarios", "benchmarks", "pyproject.toml")


def noticed_by(mutant: Mutant) -> tuple[str, float]:
    """Return the first test that fails with the mistake, empty if none does, and the seconds that took."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in _NEEDED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)
        mutant.make(folder)
        environment = {**os.environ, "PYTHONPATH": place, "NUMBA_CACHE_DIR": str(folder / "cache")}
        begun = time.perf_counter()
        found = _first_failure(FIRST, folder, environment) or _first_failure(("tests/parity",), folder, environment)
        return found, time.perf_counter() - begun


def _first_failure(tests: tuple[str, ...], folder: Path, environment: dict[str, str]) -> str:
    """Return the first of *tests* that fails in the copy in *folder*, empty if none does."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-x", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return "a run without end"
    failed = re.search(r"^(?:FAILED|ERROR) (?:\S*/)?(\S+)", done.stdout, re.MULTILINE)
    return failed.group(1) if failed else "" if done.returncode == 0 else done.stdout[-200:]


def main() -> int:
    chosen = {name: mutant for name, mutant in MUTANTS.items() if not sys.argv[1:] or any(word in name for word in sys.argv[1:])}
    known = stored("mutants")["mutants"] if (FOLDER / "mutants.json").exists() else {}
    for name, mutant in chosen.items():
        test, seconds = noticed_by(mutant)
        known[name] = {"file": mutant.file, "noticed_by": test, "seconds": seconds}
        store("mutants", {"mutants": {each: known[each] for each in MUTANTS if each in known}})
        print(f"{name}: {f'noticed by {test}' if test else 'NOT NOTICED'} ({seconds:.0f} s)", flush=True)
    return sum(not known[name]["noticed_by"] for name in chosen)


if __name__ == "__main__":
    sys.exit(main())
