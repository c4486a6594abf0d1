"""How fast is the reference engine? B2 by simkpi against a plain SimPy script, same rows, interleaved rounds, CPU time.

Run from the repository: ``python -m benchmarks.b2_simpy [ROUNDS]`` (stores ``b2_simpy.json``).
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable

from benchmarks import b2_plain_simpy
from benchmarks.stored import store
from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.frames import agent_names
from simkpi.engine.plan import plan
from simkpi.engine.recorder import EngineLog
from simkpi.engine.reference.simulation import simulate
from simkpi.interactions.columns import OUTCOMES
from simkpi.scenario.files import load, shipped
from simkpi.scenario.resolve import Scenario


def plain_rows(demand: Demand) -> list[b2_plain_simpy.Row]:
    """Return the same contacts for the plain script."""
    return [
        b2_plain_simpy.Row(kind, arrival, time_in_bot if bot >= 0 else None, outcome == 0, patience, talk + hold, wrap)
        for kind, arrival, bot, time_in_bot, outcome, patience, talk, hold, wrap in zip(
            demand.contact_type.tolist(), demand.arrived.tolist(), demand.bot.tolist(), demand.bot_time.tolist(),
            demand.bot_outcome.tolist(), demand.patience.tolist(), demand.talk.tolist(), demand.hold.tolist(),
            demand.wrap.tolist(), strict=True,
        )
    ]  # fmt: skip


def differing_rows(scenario: Scenario, log: EngineLog, entries: list[b2_plain_simpy.Entry]) -> int:
    """Count the contacts that the two programs treat differently in any logged column."""
    names = agent_names(plan(scenario))

    def moment(tick: int) -> int | None:
        return None if tick >= NEVER else tick

    differing = 0
    for row, entry in enumerate(entries):
        outcome = OUTCOMES[log.outcome[row]]
        mine = (
            moment(log.queued[row]),
            moment(log.answered[row]),
            moment(log.wrapped[row]),
            names[log.agent[row]] if log.agent[row] >= 0 else None,
            outcome,
        )
        differing += mine != (entry.queued, entry.answered, entry.freed, entry.agent, entry.outcome)
    return differing


def cpu_time(action: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    action()
    return time.process_time() - start


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    scenario = load(shipped("benchmark_day.yaml"))
    demand = draw(scenario, seed=1, replication=0)
    numbers, rows = plan(scenario), plain_rows(demand)
    ours, plain = [], []
    for _ in range(rounds):
        ours.append(cpu_time(lambda: simulate(numbers, demand)))
        plain.append(cpu_time(lambda: b2_plain_simpy.simulate(rows)))
    ratios = [mine / other for mine, other in zip(ours, plain, strict=True)]
    print(f"{len(demand)} contacts, {rounds} interleaved rounds, CPU time of this process")
    print(f"plain script      {statistics.median(plain) * 1000:7.1f} ms")
    rate = len(demand) / statistics.median(ours)
    print(f"reference engine  {statistics.median(ours) * 1000:7.1f} ms  {rate:,.0f} contacts per CPU second")
    print(f"ratio             {statistics.median(ratios):7.2f}     (from {min(ratios):.2f} to {max(ratios):.2f})")
    entries = b2_plain_simpy.simulate(rows)
    differing = differing_rows(scenario, simulate(numbers, demand), entries)
    print(f"contacts logged differently: {differing}")
    medians = {"plain_ms": statistics.median(plain) * 1000, "reference_ms": statistics.median(ours) * 1000}
    store("b2_simpy", {"rounds": rounds, **medians, "ratio": statistics.median(ratios), "differing": differing})


if __name__ == "__main__":
    main()
