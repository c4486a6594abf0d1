"""How fast are the engines? B1 and B2 by both, interleaved rounds, CPU time; first results; growth with size, types, backlog.

Run from the repository: ``python -m benchmarks.b1_b2_engines [ROUNDS]`` (default 7 rounds, a minute; stores ``engines.json``).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.b2_simpy import cpu_time
from benchmarks.stored import store
from simkpi.demand.draws import draw
from simkpi.demand.fused import draw_by, drawing
from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.compiled.drawing import draw_compiled
from simkpi.engine.compiled.kernel import simulate as compiled
from simkpi.engine.plan import Plan, plan
from simkpi.engine.reference.simulation import simulate as reference
from simkpi.scenario.files import load, shipped
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Spec

Figures = dict[str, float]


def median_ms(action: Callable[[], object], rounds: int) -> float:
    return statistics.median(cpu_time(action) for _ in range(rounds)) * 1000


def b2(rounds: int) -> Figures:
    """One benchmark day by both engines."""
    scenario = load(shipped("benchmark_day.yaml"))
    demand, numbers = draw(scenario, seed=1, replication=0), plan(scenario)
    compiled(numbers, demand)
    slow, fast = [], []
    for _ in range(rounds):
        slow.append(cpu_time(lambda: reference(numbers, demand)))
        # some days at a time, one after the other: one takes about a millisecond
        fast.append(cpu_time(lambda: [len(compiled(numbers, demand)) for _ in range(20)]) / 20)
    ratios = [one / other for one, other in zip(slow, fast, strict=True)]
    return {
        "contacts": len(demand),
        "reference_ms": statistics.median(slow) * 1000,
        "compiled_ms": statistics.median(fast) * 1000,
        "ratio": statistics.median(ratios),
        "ratio_low": min(ratios),
        "ratio_high": max(ratios),
        "draw_ms": median_ms(lambda: draw(scenario, seed=1, replication=1), rounds),
    }


def b1(rounds: int) -> Figures:
    """Erlang-A, 100 agents, one long day: contacts per CPU second; from the world's name to the log, and its parts."""
    scenario = load(shipped("benchmark_erlang_a.yaml"))
    demand, numbers = draw(scenario, seed=1, replication=0), plan(scenario)
    compiled(numbers, demand)
    draw_compiled()
    fused = drawing()
    plain, engine, both = [], [], []
    for _ in range(rounds):
        draw_by(None)
        plain.append(cpu_time(lambda: draw(scenario, seed=1, replication=0)))
        draw_by(fused)
        engine.append(cpu_time(lambda: compiled(numbers, demand)))
        both.append(cpu_time(lambda: compiled(numbers, draw(scenario, seed=1, replication=0))))
    whole = statistics.median(both)
    return {
        "contacts": len(demand),
        "compiled_per_s": len(demand) / statistics.median(engine),
        "with_drawing_per_s": len(demand) / whole,
        "with_numpy_drawing_per_s": len(demand) / statistics.median(map(sum, zip(engine, plain, strict=True))),
        "drawing_ratio": statistics.median(plain) / (whole - statistics.median(engine)),
    }


_FIRST = """
import time; start = time.perf_counter()
from simkpi.scenario.files import load, shipped
from simkpi.demand.draws import draw
from simkpi.demand.fused import draw_by, drawing
from simkpi.engine.run import run
day = load(shipped("benchmark_day.yaml")); log = run(day, draw(day, seed=1, replication=0), {engine!r})
print(time.perf_counter() - start, time.process_time())
"""


def first_results(rounds: int) -> Figures:
    """Wall and CPU seconds from a new process's start to the log of one day: medians, interleaved; "cold" compiles first."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            for name, engine in (("cold", "compiled"), ("warm", "compiled"), ("reference", "reference")):
                environment = {**os.environ, "NUMBA_CACHE_DIR": f"{folder}/{number}"}
                start = time.perf_counter()
                command = [sys.executable, "-c", _FIRST.format(engine=engine)]
                done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
                found.setdefault(f"{name}_wall_s", []).append(time.perf_counter() - start)
                found.setdefault(f"{name}_cpu_s", []).append(float(done.stdout.split()[1]))
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def growth(rounds: int) -> Figures:
    """CPU nanoseconds per contact as the centre, the number of types, or the backlog grows, and the ratio to the first."""
    scenario = load(shipped("benchmark_day.yaml"))
    small, numbers = draw(scenario, seed=1, replication=0), plan(scenario)
    centres = {
        f"agents_{times * numbers.n_agents}": (staffed(numbers, times), multiplied(small, times)) for times in (1, 10, 200)
    }
    worlds = {n_types: types_scenario(n_types) for n_types in (1, 4, 16, 64)}
    types = {f"types_{n_types}": (plan(world), draw(world, seed=1, replication=0)) for n_types, world in worlds.items()}
    backlogs = {f"backlog_{hours * 3000}": backlog(hours * 3000) for hours in (1, 11)}
    figures = {}
    for family in (centres, types, backlogs):
        costs = per_contact(family, rounds)
        figures |= costs | {f"{name}_ratio": cost / next(iter(costs.values())) for name, cost in costs.items()}
    return figures


def per_contact(family: dict[str, tuple[Plan, Demand]], rounds: int) -> Figures:
    """CPU nanoseconds per contact of each world: the least of interleaved rounds."""
    seconds = {name: [cpu_time(lambda world=world: compiled(*world)) for _ in range(2)] for name, world in family.items()}
    for _ in range(rounds):
        for name, world in family.items():
            # small worlds several times: the clock is coarse
            times = max(1, 100_000 // len(world[1]))
            seconds[name].append(cpu_time(lambda world=world, times=times: [compiled(*world) for _ in range(times)]) / times)
    return {name: min(each[1:]) * 1e9 / len(family[name][1]) for name, each in seconds.items()}


def multiplied(demand: Demand, times: int) -> Demand:
    """Return the same day *times* over, within a minute of one another."""
    columns: dict[str, Any] = {}
    for name, column in vars(demand).items():
        columns[name] = np.tile(column, times) if isinstance(column, np.ndarray) else column
    columns["arrived"] = columns["arrived"] + np.repeat(np.arange(times) * 997 % 60_000, len(demand))
    order = np.argsort(columns["arrived"], kind="stable")
    return Demand(**{name: column[order] if isinstance(column, np.ndarray) else column for name, column in columns.items()})


def staffed(numbers: Plan, times: int) -> Plan:
    """Return the same plan with *times* as many agents."""
    teams: list[Any] = []
    for team in numbers.teams:
        first = teams[-1].first_agent + teams[-1].n_agents if teams else 0
        changes = tuple((tick, count * times) for tick, count in team.changes)
        teams.append(replace(team, first_agent=first, n_agents=team.n_agents * times, changes=changes))
    return replace(numbers, teams=tuple(teams))


def types_scenario(n_types: int) -> Scenario:
    """256 agents who all serve every one of *n_types* contact types, at load 1.1: the dearest search for a contact."""
    rate = 256 * 1.1 / 5 / n_types
    contact = {"channel": "voice", "volume": {"interval": "30m", "expected": [[rate * 30] * 20]}, "patience": {"law": "3m"}}
    contact["handle"] = {"talk": {"exponential": {"mean": "5m"}}}
    names = [f"t{number}" for number in range(n_types)]
    team = {"skills": {name: {"at_once": 1} for name in names}, "staffing": {"interval": "24h", "count": [[256]]}}
    return Scenario(Spec.model_validate({"simkpi": 1, "contacts": dict.fromkeys(names, contact), "teams": {"all": team}}))


def backlog(n_contacts: int) -> tuple[Plan, Demand]:
    """E-mails that all wait before the first agent comes, and never leave."""
    scenario = types_scenario(1)
    demand = draw(scenario, seed=1, replication=0)
    rows = np.arange(n_contacts)
    columns = {name: np.resize(column, n_contacts) for name, column in vars(demand).items() if isinstance(column, np.ndarray)}
    columns["arrived"], columns["patience"] = rows.astype(np.int64), np.full(n_contacts, NEVER, np.int64)
    numbers = plan(scenario)
    late = tuple(replace(team, changes=((n_contacts, 256), *team.changes[1:])) for team in numbers.teams)
    return replace(numbers, teams=late), replace(demand, **columns)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    draw_compiled()
    results = {"B2": b2(rounds), "B1": b1(rounds), "first result": first_results(rounds), "growth, ns a contact": growth(rounds)}
    for name, figures in results.items():
        print(name)
        for what, value in figures.items():
            print(f"  {what:22} {value:14,.2f}")
    store("engines", results)


if __name__ == "__main__":
    main()
