"""What parity is: the two engines' logs of the same plan and demand differ in no cell of any column."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.compiled.demand_columns import Rows
from simkpi.engine.compiled.kernel import duty_of, finish, tables_of
from simkpi.engine.compiled.kernel import simulate as compiled
from simkpi.engine.compiled.replication import Replication
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import EngineLog
from simkpi.engine.reference.simulation import simulate as reference

#: Columns of a demand that hold ticks.
TICKS = ("arrived", "talk", "hold", "wrap", "patience", "bot_time")


def differing_cells(log: EngineLog, other: EngineLog) -> dict[str, int]:
    """Cells that differ, by column; a column of another type or length differs altogether."""
    differing = {}
    for field in fields(EngineLog):
        if field.name == "engine":
            continue
        mine, its = getattr(log, field.name), getattr(other, field.name)
        if mine.dtype != its.dtype or mine.shape != its.shape:
            differing[field.name] = max(len(mine), len(its), 1)
        elif (n_cells := int((mine != its).sum())) > 0:
            differing[field.name] = n_cells
    return differing


def differences(plan: Plan, demand: Demand) -> dict[str, int]:
    """Run both engines; return the cells in which their logs differ."""
    log = reference(plan, demand)
    return differing_cells(log, compiled(plan, demand)) or differing_cells(log, by_whole_loop(plan, demand))


def by_whole_loop(plan: Plan, demand: Demand) -> EngineLog:
    """The compiled engine's log by the loop that knows all features, though the one for few of them might do."""
    n_fresh = len(demand) if demand.returns is None else demand.returns.n_fresh
    replication = Replication(tables_of(plan), Rows(demand), n_fresh, duty_of(plan, demand))
    replication.state["is_plain"] = 0
    finish([replication])
    return replication.engine_log()


def in_whole(unit: int, demand: Demand) -> Demand:
    """The same demand with every time cut to whole *unit* ticks, so that very many events share their tick."""

    def cut(ticks: Any) -> Any:
        return np.where(ticks >= NEVER, NEVER, ticks // unit * unit)

    terms = demand.bot_terms
    # without a bot a contact's talk time is that of its row: one is cut like the other
    alone = {} if terms is None else {"bot_terms": replace(terms, talk=cut(terms.talk))}
    return replace(demand, **{name: cut(getattr(demand, name)) for name in TICKS}, **alone)


def staffed(numbers: Plan, share: float) -> Plan:
    """The same plan with *share* of the agents: load 1 / *share*."""
    teams: list[Any] = []
    for team in numbers.teams:
        changes = tuple((tick, round(count * share)) for tick, count in team.changes)
        kept = [change for change, before in zip(changes, ((0, 0), *changes), strict=False) if change[1] != before[1]]
        first = teams[-1].first_agent + teams[-1].n_agents if teams else 0
        n_agents = max((count for _, count in kept), default=0)
        teams.append(replace(team, first_agent=first, n_agents=n_agents, changes=tuple(kept)))
    return replace(numbers, teams=tuple(teams))
