"""A staffing plan as a planner reads it: load, need by formula and by simulation, today's staff, and what to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from simkpi.planning.costs import has_costs
from simkpi.planning.goals import Check
from simkpi.planning.staffing import StaffPlan
from simkpi.report.tables import aligned, figure
from simkpi.units import format_share, format_value

#: Intervals that a table on a terminal shows.
MOST_LINES = 120


def change(difference: int) -> str:
    """Say what to do about a head-count that differs from the plan.

    Examples
    --------
    >>> change(2), change(0), change(-1)
    ('2 more', 'right', '1 spare')
    """
    return "right" if difference == 0 else (f"{difference} more" if difference > 0 else f"{-difference} spare")


def staff_frame(plan: StaffPlan) -> pl.DataFrame:
    """One row per team and interval, ready for CSV, JSON and the chart."""
    rows: list[dict[str, Any]] = []
    first = plan.scenario.spec.calendar.start
    for index, (cell, need, (goal, estimate)) in enumerate(zip(plan.cells, plan.formula, plan.by_cell, strict=True)):
        rows.append(
            {
                "team": cell.team,
                "day": str(first.fromordinal(first.toordinal() + cell.day)),
                "interval": cell.clock,
                "seconds": cell.start,
                "length": cell.length,
                "load": need.load,
                "formula": need.formula,
                "by_formula": need.agents,
                "by_simulation": int(plan.recommended[index]),
                "now": int(plan.current[index]),
                "change": change(int(plan.recommended[index] - plan.current[index])),
                "goal": "" if goal is None else str(goal),
                "kpi": None if goal is None else goal.kpi,
                "unit": None if goal is None else goal.unit,
                "value": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "half_width": estimate.half_width,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def staff_lines(plan: StaffPlan) -> tuple[list[str], list[list[str]], str]:
    """Header, lines and a note on what was left out."""
    days = plan.scenario.spec.calendar.days > 1
    header = ["team", *(["day"] if days else []), "interval", "load", "formula", "simulated", "now", "change", "with the plan"]
    lines = []
    for row in staff_frame(plan).iter_rows(named=True):
        shown = figure(row["value"], row["half_width"], row["unit"] or "count")
        lines.append(
            [
                "".join(letter if letter.isprintable() else "?" for letter in row["team"]),
                *([row["day"]] if days else []),
                row["interval"],
                f"{row['load']:.1f}",
                str(row["by_formula"]),
                str(row["by_simulation"]),
                str(row["now"]),
                row["change"],
                shown,
            ]
        )
    left = len(lines) - MOST_LINES
    return header, lines[:MOST_LINES], f"({left} more intervals: --format csv shows all)" if left > 0 else ""


def goal_lines(plan: StaffPlan) -> Iterator[str]:
    """Each goal under the recommended plan, the formula's and today's staff."""
    names = ("recommended", "formula", "current")
    columns = {name: plan.checks(name) for name in names}
    rows = []
    for index, goal in enumerate(plan.goals):
        rows.append([str(goal), *[_cell(columns[name][index]) for name in names]])
    days = plan.scenario.spec.calendar.days
    rows.append(
        [
            f"probability that {'a single day' if days == 1 else f'any {days} days'} meet{'s' * (days == 1)} all",
            *[_probability(plan, name) for name in names],
        ]
    )
    rows.append(["agent-hours", *[format_value(plan.hours(name), "count") for name in names]])
    if has_costs(plan.scenario):
        currency = plan.scenario.spec.costs.currency
        rows.append([f"cost, {currency}", *[format_value(round(plan.cost(name), 2), "count") for name in names]])
    yield from aligned(["target", "recommended", "by formula", "now"], rows, left=(0,)).splitlines()


def _cell(one: Check) -> str:
    verdict = "ok" if one.is_shown else "not shown" if one.margin >= 0 else "MISSED"
    return f"{figure(one.estimate.value, one.estimate.half_width, one.goal.unit)} {verdict}"


def _probability(plan: StaffPlan, name: str) -> str:
    found = plan.days_met(name)
    share, low, high = (f"{100 * (value or 0.0):.0f}" for value in (found.value, found.low, found.high))
    return f"{share}% ({low} to {high})"


def guarantee(plan: StaffPlan) -> str:
    """Say what was shown, how, and what was not."""
    best, beyond, n = plan.hours(), plan.beyond, plan.results["recommended"].replications
    next_ = f"; the next smaller plan tested, {beyond.hours:,.10g} agent-hours, is not shown to be enough" if beyond else ""
    return (
        f"Shown with {format_share(1 - plan.alpha)} confidence: over the whole horizon {best:,.10g} agent-hours meet every "
        f"target (one-sided tests from above in a fixed order, {n} fresh replications{next_}). "
        "Figures per interval are estimates with 95% intervals, not promises."
    )


def record(plan: StaffPlan) -> dict[str, Any]:
    """Everything, ready for JSON."""
    from simkpi.report.tables import to_records

    found = plan.results["recommended"].provenance
    return {
        **{key: found[key] for key in ("scenario", "seed", "replications", "engine", "simkpi", "digest")},
        "alpha": plan.alpha,
        "plans": {name: _plan(plan, name) for name in ("recommended", "formula", "current")},
        "tests": [{"agent_hours": one.hours, "is_shown": one.is_shown} for one in plan.tested],
        "intervals": to_records(staff_frame(plan)),
        "steps": [
            {"team": cell.team, "day": cell.day, "interval": cell.clock, "steps": [list(step) for step in need.steps]}
            for cell, need in zip(plan.cells, plan.formula, strict=True)
            if need.steps
        ],
        "guarantee": guarantee(plan),
    }


def _plan(plan: StaffPlan, name: str) -> dict[str, Any]:
    met = plan.days_met(name)
    return {
        "agent_hours": plan.hours(name),
        "cost": plan.cost(name),
        "probability_all_met": {"value": met.value, "low": met.low, "high": met.high},
        "targets": [
            {"target": str(one.goal), "value": one.estimate.value, "bound": one.bound, "is_shown": one.is_shown}
            for one in plan.checks(name)
        ],
    }


def steps_lines(plan: StaffPlan) -> Iterator[str]:
    """How the formula comes to its figure in the interval of each team with the highest load."""
    for team in dict.fromkeys(cell.team for cell in plan.cells):
        own = [(need, cell) for need, cell in zip(plan.formula, plan.cells, strict=True) if cell.team == team and need.steps]
        if own:
            need, cell = max(own, key=lambda pair: pair[0].load)
            steps = "; ".join(
                f"{name} {value}" + (f" ({why})" if name != "whole agents" else "") for name, value, why in need.steps
            )
            yield f"{team} at {cell.clock}, {need.formula}, {need.load:.1f} Erlangs: {steps}"
