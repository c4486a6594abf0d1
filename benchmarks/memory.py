"""How much memory do ten million contacts take, log included, and a year in pieces? Peak beyond the loaded program; a minute.

Run from the repository: ``python -m benchmarks.memory [CONTACTS]``. Stores ``memory.json``.
"""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import time
from typing import Any

import polars as pl

from benchmarks.stored import store
from simkpi.demand.draws import draw
from simkpi.engine.chunks import run_in_chunks
from simkpi.engine.compiled.drawing import draw_compiled
from simkpi.engine.run import run
from simkpi.experiment.unlogged import simulate_kpis
from simkpi.scenario.files import load, override, shipped
from simkpi.scenario.resolve import Scenario

Figures = dict[str, float]
CONTACTS = 10_000_000
#: Days of the benchmark day with ten million contacts: more would not leave room for its moments beside their numbers.
DAYS = 300


def peak() -> int:
    """Most memory that this process has had, bytes (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def erlang_a(contacts: float) -> Scenario:
    """Return the Erlang-A benchmark over as many days as it takes."""
    return override(load(shipped("benchmark_erlang_a")), {"calendar.days": math.ceil(contacts / 28_800)})


def benchmark_day(contacts: float) -> Scenario:
    """Return the benchmark day, 300 times, as much larger as it takes."""
    times = contacts / (10_000 * DAYS)
    changes: dict[str, Any] = {f"contacts.{name}.volume.scale": times for name in ("voice", "chat")}
    changes |= {"teams.A.count": math.ceil(46 * times), "teams.B.count": math.ceil(17 * times)}
    return override(load(shipped("benchmark_day")), {"calendar.days": DAYS, **changes})


def whole(scenario: Scenario) -> int:
    """Draw and run in one go; return the contacts."""
    demand = draw(scenario, seed=1, replication=0)
    return len(run(scenario, demand, "compiled"))


def pieces(scenario: Scenario) -> int:
    """Simulate by weeks, keeping nothing; return the contacts."""
    return sum(len(piece.demand) for piece in run_in_chunks(scenario, seed=1, replication=0, days=7))


def figures(scenario: Scenario, by: str | tuple[()] = ()) -> int:
    """Simulate by weeks for the KPIs; return the contacts."""
    found = simulate_kpis(scenario, by=by, replications=1, seed=1, engine="compiled")
    assert found.whole is None, found.whole
    return int(found.kpis().row(by_predicate=pl.col("kpi") == "total_contacts", named=True)["value"])


def by_half_hour(scenario: Scenario) -> int:
    """Likewise, with the table by half hour."""
    return figures(scenario, "interval")


def worlds(contacts: float) -> dict[str, Any]:
    """Return what is measured: how, and on what."""
    day = load(shipped("benchmark_day"))
    return {
        "Erlang A, in one go": (whole, lambda: erlang_a(contacts)),
        "benchmark day, in one go": (whole, lambda: benchmark_day(contacts)),
        "Erlang A, a year by weeks": (pieces, lambda: erlang_a(365 * 28_800)),
        "benchmark day, a year by weeks": (pieces, lambda: override(day, {"calendar.days": 365})),
        "benchmark day, KPIs of 90 days": (figures, lambda: override(day, {"calendar.days": 90})),
        "benchmark day, KPIs of a year": (figures, lambda: override(day, {"calendar.days": 365})),
        "likewise by half hour": (by_half_hour, lambda: override(day, {"calendar.days": 365})),
    }


def measure(name: str, contacts: float) -> Figures:
    """Measure one world in this process, which has to be new: the peak is the process's."""
    how, make = worlds(contacts)[name]
    draw_compiled()
    how(override(load(shipped("benchmark_day")), {"calendar.days": 14} if how in (figures, by_half_hour) else {}))
    scenario, before, start = make(), peak(), time.process_time()
    n_contacts = how(scenario)
    seconds, more = time.process_time() - start, peak() - before
    return {
        "contacts": n_contacts,
        "bytes_per_contact": more / n_contacts,
        "mb": more / 1e6,
        "ns_per_contact": seconds / n_contacts * 1e9,
    }


def main() -> None:
    contacts = float(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS
    found = {}
    for name in worlds(contacts):
        code = f"import json; from benchmarks.memory import measure; print(json.dumps(measure({name!r}, {contacts!r})))"
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        found[name] = json.loads(done.stdout)
        print(f"{name:32}" + " ".join(f"{value:14,.1f} {what}" for what, value in found[name].items()))
    if contacts == CONTACTS:
        store("memory", found)


if __name__ == "__main__":
    main()
