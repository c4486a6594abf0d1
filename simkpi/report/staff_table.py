"""A staffing plan as a planner reads it: load, need by formula and by simulation, today's staff, and what to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from simkpi.experiment.result import Result
from simkpi.planning.costs import has_costs
from simkpi.planning.goals import Check
from simkpi.planning.staff_plan import StaffPlan
from simkpi.report.goal_words import goal_words
from simkpi.report.tables import aligned, figure
from simkpi.report.words import say
from simkpi.units import format_share, format_value

#: Intervals that a table on a terminal shows.
MOST_LINES = 120


def change(difference: int, lang: str = "en") -> str:
    """Say what to do about a head-count that differs from the plan.

    Examples
    --------
    >>> change(2), change(0), change(-1)
    ('2 more', 'right', '1 spare')
    """
    return say("right" if difference == 0 else "{n} more" if difference > 0 else "{n} spare", lang, n=abs(difference))


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


def staff_lines(plan: StaffPlan, lang: str = "en") -> tuple[list[str], list[list[str]], str]:
    """Header, lines and a note on what was left out."""
    days = plan.scenario.spec.calendar.days > 1
    names = ["team", *(["day"] if days else []), "interval", "load", "formula", "simulated", "now", "change", "with the plan"]
    header = [say(name, lang) for name in names]
    lines = []
    for row in staff_frame(plan).iter_rows(named=True):
        shown = figure(row["value"], row["half_width"], row["unit"] or "count", lang=lang)
        lines.append(
            [
                "".join(letter if letter.isprintable() else "?" for letter in row["team"]),
                *([row["day"]] if days else []),
                row["interval"],
                f"{row['load']:.1f}",
                str(row["by_formula"]),
                str(row["by_simulation"]),
                str(row["now"]),
                change(row["by_simulation"] - row["now"], lang),
                shown,
            ]
        )
    left = len(lines) - MOST_LINES
    note = say("({n} more intervals: --format csv shows all)", lang, n=left) if left > 0 else ""
    return header, lines[:MOST_LINES], note


def goal_lines(plan: StaffPlan, lang: str = "en") -> Iterator[str]:
    """Each goal under the recommended plan, the formula's and today's staff."""
    names = ("recommended", "formula", "current")
    columns = {name: plan.checks(name) for name in names}
    rows = []
    for index, goal in enumerate(plan.goals):
        rows.append([goal_words(goal, lang), *[_cell(columns[name][index], plan.results[name], lang) for name in names]])
    days = plan.scenario.spec.calendar.days
    rows.append(
        [
            say("probability that a single day meets all", lang)
            if days == 1
            else say("probability that any {n} days meet all", lang, n=days),
            *[_probability(plan, name, lang) for name in names],
        ]
    )
    rows.append([say("agent-hours", lang), *[format_value(plan.hours(name), "count", locale=lang) for name in names]])
    if has_costs(plan.scenario):
        currency = plan.scenario.spec.costs.currency
        costs = [format_value(round(plan.cost(name), 2), "count", locale=lang) for name in names]
        rows.append([say("cost, {unit}", lang, unit=currency), *costs])
    header = [say(word, lang) for word in ("target", "recommended", "by formula", "now")]
    yield from aligned(header, rows, left=(0,)).splitlines()


def _cell(one: Check, result: Result, lang: str) -> str:
    verdict = say("ok" if one.is_shown else "not shown" if one.margin >= 0 else "MISSED", lang)
    shown = one.goal.estimate(result)  # with the usual 95 % interval; the test has its own
    return f"{figure(shown.value, shown.half_width, one.goal.unit, lang=lang)} {verdict}"


def _probability(plan: StaffPlan, name: str, lang: str) -> str:
    found = plan.days_met(name)
    share, low, high = (f"{100 * (value or 0.0):.0f}" for value in (found.value, found.low, found.high))
    return say("{share}% ({low} to {high})", lang, share=share, low=low, high=high)


def guarantee(plan: StaffPlan, lang: str = "en") -> str:
    """Say what was shown, how, and what was not."""
    best, beyond, n = plan.hours(), plan.beyond, plan.results["recommended"].replications
    text = "; the next smaller plan tested, {hours} agent-hours, is not shown to be enough"
    return say(
        "Shown with {share} confidence: over the whole horizon {hours} agent-hours meet every target (one-sided tests from above "
        "in a fixed order, {n} fresh replications{next_}). Figures per interval are estimates with 95% intervals, not promises.",
        lang,
        share=format_share(1 - plan.alpha),
        hours=f"{best:,.10g}",
        n=n,
        next_=say(text, lang, hours=f"{beyond.hours:,.10g}") if beyond else "",
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


def steps_lines(plan: StaffPlan, lang: str = "en") -> Iterator[str]:
    """How the formula comes to its figure in the interval of each team with the highest load."""
    for team in dict.fromkeys(cell.team for cell in plan.cells):
        own = [(need, cell) for need, cell in zip(plan.formula, plan.cells, strict=True) if cell.team == team and need.steps]
        if own:
            need, cell = max(own, key=lambda pair: pair[0].load)
            steps = "; ".join(
                f"{say(name, lang)} {value}" + (f" ({why})" if name != "whole agents" and lang == "en" else "")
                for name, value, why in need.steps
            )
            text = "{team} at {clock}, {formula}, {load} Erlangs: {steps}"
            yield say(text, lang, team=team, clock=cell.clock, formula=need.formula, load=f"{need.load:.1f}", steps=steps)


def heading(plan: StaffPlan, lang: str = "en") -> str:
    """Say what was planned, and how."""
    result = plan.results["recommended"]
    text = "{name}: staff for {n} targets, seed {seed}, engine {engine}"
    if len(plan.goals) == 1:
        text = "{name}: staff for 1 target, seed {seed}, engine {engine}"
    return say(text, lang, name=plan.scenario.name, n=len(plan.goals), seed=result.seed, engine=result.engine)
