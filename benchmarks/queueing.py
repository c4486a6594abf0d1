"""How fast the Erlang formulas answer: single points, grids, staffing. Run: python benchmarks/queueing.py."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from simkpi.queueing import evaluate
from simkpi.queueing.least_agents import least_agents
from simkpi.queueing.patience_laws import Lognormal
from simkpi.queueing.staffing import agents_needed
from simkpi.queueing.targets import Target


def seconds(task: Callable[[], object], repeats: int) -> float:
    """Median time of one run of *task*, after a first one that warms up."""
    task()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main() -> None:
    rate = 0.95 * 1000 / 180
    point = {"arrival_rate": rate, "aht": 180.0, "agents": 1000}
    rng = np.random.default_rng(1)
    size = 10_000
    agents = rng.integers(1, 1000, size)
    grid = {
        "arrival_rate": agents * rng.uniform(0.3, 1.5, size) / 300,
        "aht": 300.0,
        "agents": agents,
        "patience": rng.uniform(30, 600, size),
    }
    need = {"arrival_rate": rate, "aht": 180.0, "targets": [Target("service_level", 0.8), Target("occupancy", 0.95)]}
    many = {"arrival_rate": 10 ** rng.uniform(-3, 0.5, size), "aht": 300.0, "targets": [Target("service_level", 0.8)]}
    start = [sys.executable, "-m", "simkpi.cli.main", "erlang", "a", "--volume", "100/30min", "--aht", "3m", "--patience", "2m"]
    rows = [
        ("Erlang C, 1,000 agents, one answer", lambda: evaluate(**point), 300),
        ("Erlang A, 1,000 agents, one answer", lambda: evaluate(patience=120.0, **point), 300),
        ("M/M/n/K+M, 1,000 agents, 50 waiting places", lambda: evaluate(patience=120.0, places=1050, **point), 300),
        ("Erlang A, 100,000 agents, one answer", lambda: evaluate(patience=120.0, **(point | {"agents": 100_000})), 300),
        ("M/M/n+G lognormal, 1,000 agents, one answer", lambda: evaluate(patience=Lognormal.from_mean(120, 1), **point), 30),
        ("Erlang A, grid of 10,000 points", lambda: evaluate(**grid), 5),
        ("M/M/n/K+M, grid of 10,000 points, up to 200 places", lambda: evaluate(places=agents + agents % 200, **grid), 5),
        ("agents for two targets with certificates, 950 Erlangs", lambda: agents_needed(**need), 20),
        ("agents for 10,000 queues", lambda: least_agents(patience=120.0, **many), 3),
        (
            "simkpi erlang a, from the shell",
            lambda: subprocess.run([*start, "--agents", "12"], capture_output=True, check=True),
            5,
        ),
    ]
    for name, task, repeats in rows:
        print(f"{name:<55} {seconds(task, repeats) * 1e3:9.2f} ms")


if __name__ == "__main__":
    main()
