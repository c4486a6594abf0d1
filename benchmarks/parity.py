"""Are the engines' logs equal over a million contacts? Counts differing cells; run by a slow test too.

Run from the repository: ``python -m benchmarks.parity [CONTACTS]`` (default 1,200,000; the reference engine takes some 12 s for
each million).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.plan import Plan, plan
from simkpi.engine.ppm import paces
from simkpi.engine.routing.policy import load_policies
from simkpi.scenario.files import load, shipped
from tests.parity.parity import differences, in_whole, staffed

LOADS = (0.5, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5, 3.0)
#: Times as drawn, in whole seconds, in half-minutes.
UNITS = (1, 1000, 30_000)


def days() -> Iterator[tuple[str, Plan, Demand]]:
    """Yield the benchmark day without end: another world, load, unit of time, policy and slow-down each time."""
    scenario = load(shipped("benchmark_day.yaml"))
    numbers = plan(scenario)
    agents = [policy for _, policy in load_policies().items() if policy.rank_agent]
    contacts = [policy for _, policy in load_policies().items() if policy.rank_contact]
    slower = ((), (), paces([0, 0.25, 0.6]))
    for day in count():
        demand = draw(scenario, seed="parity", replication=day)
        share, unit = LOADS[day % len(LOADS)], UNITS[day // 2 % len(UNITS)]
        agent, contact = agents[day % len(agents)], contacts[day // 3 % len(contacts)]
        chosen = replace(numbers, agent_policy=(agent,) * 2, contact_policy=contact, pace=((), slower[day % len(slower)]))
        name = f"day {day}: load {share}, unit {unit} ms, {agent.name}, {contact.name}"
        yield name, staffed(chosen, 1 / share), in_whole(unit, demand)


def compare(contacts: int) -> tuple[int, int, Counter[str], dict[str, dict[str, int]]]:
    """Compare at least *contacts* contacts; return days, contacts, and the differing cells by column and by day."""
    n_days = n_contacts = 0
    by_column: Counter[str] = Counter()
    by_day = {}
    for name, numbers, demand in days():
        if n_contacts >= contacts:
            break
        differing = differences(numbers, demand)
        by_column.update(differing)
        if differing:
            by_day[name] = differing
        n_days, n_contacts = n_days + 1, n_contacts + len(demand)
    return n_days, n_contacts, by_column, by_day


def main() -> int:
    n_days, n_contacts, by_column, by_day = compare(int(sys.argv[1]) if len(sys.argv) > 1 else 1_200_000)
    for name, differing in by_day.items():
        print(name, differing)
    print(f"{n_days} days, {n_contacts:,} contacts: {by_column.total()} cells differ")
    return 1 if by_day else 0


if __name__ == "__main__":
    sys.exit(main())
