"""The benchmark sweep (B3) through the public command: time with storing and KPIs, overhead per cell, time to resume, memory.

Run: ``python benchmarks/sweep.py SCENARIOS REPLICATIONS JOBS ENGINE``; B3 in full is ``100 30 2 compiled``.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def timed(arguments: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of a command, its workers included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "simkpi.cli.main", *arguments], check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    scenarios, replications, jobs = (int(text) for text in (sys.argv[1:4] or ("6", "10", "2")))
    engine = sys.argv[4] if len(sys.argv) > 4 else "auto"
    teams = {10: (38, 13), 6: (42, 16), 4: (44, 16), 2: (46, 17)}
    across = max(size for size in teams if scenarios >= size)
    first_a, first_b = teams[across]
    down = scenarios // across
    vary = [
        "--vary",
        f"teams.A.count={first_a}:{first_a + 2 * (across - 1)}:2",
        "--vary",
        f"teams.B.count={first_b}:{first_b + down - 1}:1",
    ]
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "sweep"
        command = ["sweep", "benchmark_day", *vary, "-n", str(replications), "--engine", engine, "--jobs", str(jobs), "-q"]
        command += ["--out", str(out), "--by", "interval"]
        wall, cpu = timed(command)
        days = across * down * replications
        print(
            f"{across * down} scenarios x {replications} days, {jobs} jobs, engine {engine}: {wall:.1f} s wall, {cpu:.1f} s CPU"
        )
        print(f"  {1000 * cpu / days:.1f} ms CPU a day, {wall / days * 1000:.1f} ms wall a day")
        again, _ = timed(command)
        size = (out / "cells.sqlite").stat().st_size
        print(f"  the same command again: {again:.1f} s; cells.sqlite {size / 1e6:.1f} MB, {size / days / 1000:.1f} kB a day")
        print(f"  peak memory of a process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000:.0f} MB")
        shutil.rmtree(out)


if __name__ == "__main__":
    main()
