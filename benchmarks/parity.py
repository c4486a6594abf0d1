"""Are the engines' logs equal over a million contacts? Counts differing cells, section by section; run by a slow test too.

Run from the repository: ``python -m benchmarks.parity [CONTACTS] [WORLDS]`` (default 1,200,000 contacts of the benchmark day and
20 generated scenarios for each feature of the model; two to three minutes). Stores ``parity.json``.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from benchmarks.stored import store
from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.compiled.kernel import simulate as compiled
from simkpi.engine.compiled.tables import KNOWN
from simkpi.engine.plan import FEATURES, Plan, paces, plan
from simkpi.engine.recorder import EngineLog
from simkpi.engine.reference.simulation import simulate as reference
from simkpi.engine.routing.policy import is_own, load_policies
from simkpi.scenario.files import load, override, scenarios_folder, shipped, shipped_names
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import blended_worlds, long_lives, returning_worlds, timetabled_worlds, worlds
from tests.engine.scenario_strategies import whole_scenarios
from tests.parity.parity import by_whole_loop, differing_cells, in_whole, staffed

LOADS = (0.5, 0.8, 0.9, 1.0, 1.1, 1.2, 1.5, 3.0)
#: Times as drawn, in whole seconds, in half-minutes.
UNITS = (1, 1000, 30_000)
POLICIES = [policy for _, policy in load_policies().items() if not is_own(policy)]
#: Days of a shipped scenario that are compared, and the size from which one is enough.
SHIPPED_DAYS, LARGE = 3, 20_000
WEEK = 7


@dataclass(frozen=True)
class Case:
    """What both engines are given: a plan and the contacts, and the scenario that they are of."""

    name: str
    scenario: Scenario
    plan: Plan
    demand: Demand


@dataclass
class Section:
    """What was compared, and what differs."""

    runs: int = 0
    contacts: int = 0
    cells: int = 0
    refused: int = 0
    seconds: float = 0.0
    by_column: Counter[str] = field(default_factory=Counter)
    differing: dict[str, dict[str, int]] = field(default_factory=dict)
    features: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    policies: Counter[str] = field(default_factory=Counter)

    def add(self, case: Case) -> None:
        """Run both engines, the compiled one also by the loop with all features; count the cells in which their logs differ."""
        if case.plan.features - KNOWN:
            self.refused += 1
            return
        begun = time.process_time()
        log, other = reference(case.plan, case.demand), compiled(case.plan, case.demand)
        different = differing_cells(log, other) or differing_cells(log, by_whole_loop(case.plan, case.demand))
        self.seconds += time.process_time() - begun
        self.runs, self.contacts, self.cells = self.runs + 1, self.contacts + len(case.demand), self.cells + n_cells(log)
        self.by_column.update(different)
        if different:
            self.differing[case.name] = different
        self.features.update(case.plan.features)
        self.policies.update({*(policy.name for policy in case.plan.agent_policy), case.plan.contact_policy.name})
        channels = [contact.channel for contact in case.scenario.spec.contacts.values()]
        self.channels.update(channels[number] for number in case.demand.contact_type.tolist())


def n_cells(log: EngineLog) -> int:
    """Cells of all columns of a log."""
    return sum(len(getattr(log, each.name)) for each in fields(EngineLog) if each.name != "engine")


def shipped_days() -> Iterator[Case]:
    """Yield some days of every shipped scenario."""
    folder = scenarios_folder()
    for path in sorted({*folder.glob("*.yaml"), *folder.glob("features/*.yaml"), *folder.glob("starters/*.yaml")}):
        scenario = load(path)
        numbers = plan(scenario)
        for replication in range(SHIPPED_DAYS):
            demand = draw(scenario, seed="parity", replication=replication)
            yield Case(f"{path.stem} {replication}", scenario, numbers, demand)
            if len(demand) > LARGE:
                break


def days() -> Iterator[Case]:
    """Yield the benchmark day without end: another world, load, unit of time, policy and slow-down each time."""
    scenario = load(shipped("benchmark_day.yaml"))
    numbers = plan(scenario)
    agents = [policy for policy in POLICIES if policy.rank_agent]
    contacts = [policy for policy in POLICIES if policy.rank_contact]
    slower = ((), (), paces([0, 0.25, 0.6]))
    for day in count():
        demand = draw(scenario, seed="parity", replication=day)
        share, unit = LOADS[day % len(LOADS)], UNITS[day // 2 % len(UNITS)]
        agent, contact = agents[day % len(agents)], contacts[day // 3 % len(contacts)]
        chosen = replace(numbers, agent_policy=(agent,) * 2, contact_policy=contact, pace=((), slower[day % len(slower)]))
        name = f"day {day}: load {share}, unit {unit} ms, {agent.name}, {contact.name}"
        yield Case(name, scenario, staffed(chosen, 1 / share), in_whole(unit, demand))


def compare_days(contacts: int) -> Section:
    """Compare benchmark days of at least so many contacts in all."""
    section = Section()
    for case in days():
        if section.contacts >= contacts:
            break
        section.add(case)
    return section


def compare_shipped() -> Section:
    """Compare every shipped scenario."""
    section = Section()
    for case in shipped_days():
        section.add(case)
    return section


def weeks() -> Iterator[Case]:
    """Yield a week, or more, of every shipped scenario: times as drawn, and in whole seconds."""
    for name in shipped_names():
        scenario = load(shipped(name))
        if scenario.spec.calendar.days < WEEK:
            scenario = override(scenario, {"calendar.days": WEEK})
        numbers, demand = plan(scenario), draw(scenario, seed="week", replication=0)
        for unit in UNITS[:2]:
            title = f"{name}, {scenario.spec.calendar.days} days, unit {unit} ms"
            yield Case(title, scenario, numbers, in_whole(unit, demand))


def compare_weeks() -> Section:
    """Compare a week of every shipped scenario."""
    section = Section()
    for case in weeks():
        section.add(case)
    return section


def compare_generated(strategies: dict[str, SearchStrategy[tuple[Scenario, Demand]]], examples: int) -> Section:
    """Compare so many *examples* of each strategy, always the same ones."""
    section = Section()
    for name, strategy in strategies.items():
        for number, (scenario, demand) in enumerate(examples_of(strategy, examples)):
            section.add(Case(f"{name}, example {number}", scenario, plan(scenario), demand))
    return section


def examples_of(strategy: SearchStrategy[tuple[Scenario, Demand]], examples: int) -> list[tuple[Scenario, Demand]]:
    """Return so many examples, always the same ones."""
    found: list[tuple[Scenario, Demand]] = []

    settled = {"derandomize": True, "deadline": None, "database": None, "phases": [Phase.generate]}

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), **settled)
    @given(strategy)
    def keep(world: tuple[Scenario, Demand]) -> None:
        found.append(world)

    keep()
    return found


def by_feature() -> dict[str, SearchStrategy[tuple[Scenario, Demand]]]:
    """Return for each feature the scenarios that have it at least."""
    return {name: whole_scenarios(lead=name) for name in FEATURES}


def by_hand() -> dict[str, SearchStrategy[tuple[Scenario, Demand]]]:
    """Return the worlds whose contacts are made, not drawn: in whole seconds, with every odd sequence."""
    return {
        "worlds": worlds(), "returning": returning_worlds(), "blended": blended_worlds(), "lives": long_lives(),
        "timetabled": timetabled_worlds(),
    }  # fmt: skip


def sections(contacts: int, examples: int) -> dict[str, Callable[[], Section]]:
    """Return what is compared."""
    return {
        "benchmark day, loads 0.5 to 3": lambda: compare_days(contacts),
        "shipped scenarios": compare_shipped,
        "weeks of shipped scenarios": compare_weeks,
        "generated scenarios": lambda: compare_generated(by_feature(), examples),
        "generated contacts": lambda: compare_generated(by_hand(), 3 * examples),
    }


def show(found: dict[str, Section]) -> None:
    """Print what was compared, how often each feature was in use, and every difference."""
    print(f"{'':34}{'runs':>7}{'contacts':>12}{'cells':>14}{'differ':>8}{'refused':>9}{'CPU s':>8}")
    for name, section in {**found, "all": total(found)}.items():
        line = f"{name:34}{section.runs:>7}{section.contacts:>12,}{section.cells:>14,}{section.by_column.total():>8}"
        print(f"{line}{section.refused:>9}{section.seconds:>8.1f}")
    whole = total(found)
    for what, counts in (("feature", whole.features), ("policy", whole.policies)):
        print(f"\nruns by {what}: " + ", ".join(f"{name} {number}" for name, number in sorted(counts.items())))
    print("contacts by channel: " + ", ".join(f"{name} {number:,}" for name, number in sorted(whole.channels.items())))
    missing = sorted((FEATURES.keys() - whole.features.keys()) | ({policy.name for policy in POLICIES} - whole.policies.keys()))
    print(f"never in use: {', '.join(missing) or 'nothing'}")
    for section in found.values():
        for name, differing in section.differing.items():
            print(f"DIFFERS: {name}: {differing}")


def total(found: dict[str, Section]) -> Section:
    """Return all sections as one."""
    whole = Section()
    for section in found.values():
        for each in fields(Section):
            mine, its = getattr(whole, each.name), getattr(section, each.name)
            if isinstance(mine, dict):
                mine.update(its)
            else:
                setattr(whole, each.name, mine + its)
    return whole


def as_figures(section: Section) -> dict[str, Any]:
    """Return a section's figures as they are stored."""
    figures = {name: getattr(section, name) for name in ("runs", "contacts", "cells", "refused", "seconds")}
    return {**figures, "differing": section.by_column.total()}


def main() -> int:
    given_numbers = [int(argument) for argument in sys.argv[1:]]
    contacts, examples = (*given_numbers, *(1_200_000, 20)[len(given_numbers) :])
    found = {name: run() for name, run in sections(contacts, examples).items()}
    show(found)
    whole = total(found)
    uses = {name: dict(sorted(getattr(whole, name).items())) for name in ("features", "policies", "channels")}
    if not given_numbers:
        store("parity", {"sections": {name: as_figures(section) for name, section in found.items()}, **uses})
    return 1 if whole.differing else 0


if __name__ == "__main__":
    sys.exit(main())
