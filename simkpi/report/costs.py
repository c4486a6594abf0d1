"""What the scenarios of a sweep cost: agent-hours at their price, and bot sessions if they were scored."""

from __future__ import annotations

import polars as pl

from simkpi.experiment.stored import SweepTables
from simkpi.planning.head_counts import agent_hours, cells_of
from simkpi.report.words import say


def sweep_costs(swept: SweepTables, *, lang: str = "en") -> tuple[dict[int, float], str]:
    """Cost of each scenario over the horizon, by its number, and what the figure is called.

    Notes
    -----
    Planned agent-hours times ``costs.agent_hour``, plus mean bot sessions times ``costs.bot_session`` where the sweep scored
    ``bot_sessions``. Without a price per agent-hour the agent-hours themselves.
    """
    hours = {place + 1: agent_hours(*cells_of(subject.scenario)) for place, subject in enumerate(swept.plan.subjects)}
    costs = swept.plan.base.spec.costs
    if not costs.agent_hour:
        return hours, say("agent-hours", lang)
    sessions = dict(swept.table.filter(pl.col("kpi") == "bot_sessions").select("scenario", "value").iter_rows())
    priced = {number: spent * subject_cost(swept, number) for number, spent in hours.items()}
    if costs.bot_session and sessions:
        priced = {number: cost + costs.bot_session * (sessions.get(number) or 0.0) for number, cost in priced.items()}
        return priced, say("cost of agents and bot sessions, {currency}", lang, currency=costs.currency)
    return priced, say("cost of agents, {currency}", lang, currency=costs.currency)


def subject_cost(swept: SweepTables, number: int) -> float:
    """Price of an agent-hour in the scenario of this number: it may be varied itself."""
    return float(swept.plan.subjects[number - 1].scenario.spec.costs.agent_hour)
