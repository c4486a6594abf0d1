"""The benchmark sweep (B3) through the public command: CPU and wall time, one thread and two in turn, and where the time goes.

Run: ``python -m benchmarks.sweep SCENARIOS REPLICATIONS ROUNDS``; B3 in full is ``100 30 5``. A small run before the clock starts
compiles the engine if need be. Figures go to ``benchmarks/sweep.json``.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.stored import store


def command(scenarios: int, replications: int, *, jobs: int, engine: str, out: Path) -> list[str]:
    """Return the sweep over two teams' head-counts, half-hour KPIs for each cell."""
    across = max(size for size in (10, 6, 4, 2, 1) if scenarios >= size)
    first_a, first_b = {10: (38, 13), 6: (42, 16), 4: (44, 16), 2: (46, 17), 1: (46, 17)}[across]
    vary = [f"teams.A.count={first_a}:{first_a + 2 * (across - 1)}:2"] if across > 1 else ["teams.A.count=46"]
    vary += [f"teams.B.count={first_b}:{first_b + scenarios // across - 1}:1"] if scenarios // across > 1 else []
    asked = [word for text in vary for word in ("--vary", text)]
    options = ["-n", str(replications), "--engine", engine, "--jobs", str(jobs), "-q", "--out", str(out), "--by", "interval"]
    return ["sweep", "benchmark_day", *asked, *options]


#: Modules are compiled once and kept, as those of an installed package are, wherever this environment keeps them or does not.
SETTINGS = {
    **os.environ,
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "simkpi-bytecode"),
}


def timed(arguments: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of a command, its workers included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "simkpi.cli.main", *arguments], check=True, stdout=subprocess.DEVNULL, env=SETTINGS)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rounds(scenarios: int, replications: int, count: int, place: Path) -> dict[int, list[tuple[float, float]]]:
    """Run with one thread and with two, one after the other, so many times."""
    found: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
    for _ in range(count):
        for jobs, times in found.items():
            out = place / f"sweep-{jobs}"
            shutil.rmtree(out, ignore_errors=True)
            times.append(timed(command(scenarios, replications, jobs=jobs, engine="compiled", out=out)))
    return found


def parts(scenarios: int, replications: int, count: int) -> dict[str, float]:
    """Median CPU seconds of each part, over so many runs."""
    run = [sys.executable, "-m", "benchmarks.sweep_parts", str(scenarios), str(replications)]
    found = [
        json.loads(subprocess.run(run, check=True, capture_output=True, text=True, env=SETTINGS).stdout) for _ in range(count)
    ]
    return {part: statistics.median(one[part] for one in found) for part in found[0]}


def main() -> None:
    scenarios, replications, count = (int(text) for text in (sys.argv[1:4] or ("12", "10", "3")))
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        timed(command(1, 2, jobs=1, engine="compiled", out=place / "first"))
        times = rounds(scenarios, replications, count, place)
        again, _ = timed(command(scenarios, replications, jobs=1, engine="compiled", out=place / "sweep-1"))
        size = (place / "sweep-1" / "cells.sqlite").stat().st_size
    days = scenarios * replications
    wall = {jobs: statistics.median(one[0] for one in found) for jobs, found in times.items()}
    cpu = {jobs: statistics.median(one[1] for one in found) for jobs, found in times.items()}
    more = statistics.median(two[1] / one[1] for one, two in zip(times[1], times[2], strict=True)) - 1
    print(f"{scenarios} scenarios x {replications} days, medians of {count}")
    for jobs, seconds in cpu.items():
        print(f"  {jobs} thread(s): {seconds:.1f} s CPU, {1000 * seconds / days:.2f} ms a day; {wall[jobs]:.1f} s wall")
    print(f"  two threads cost {more:+.1%} CPU; {size / days / 1000:.1f} kB a day stored; the same command again {again:.1f} s")
    print(f"  peak memory of a process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000:.0f} MB")
    by_part = parts(scenarios, replications, count)
    for part, seconds in by_part.items():
        print(f"  {part:<28} {seconds:6.2f} s {1000 * seconds / days:8.3f} ms a day")
    figures = {"scenarios": scenarios, "replications": replications, "rounds": count, "cpu": cpu, "wall": wall, "again": again}
    store("sweep", {**figures, "second_thread": more, "bytes_a_day": size / days, "parts": by_part})


if __name__ == "__main__":
    main()
