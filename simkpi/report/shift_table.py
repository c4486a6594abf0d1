"""A shift plan as a planner reads it: shifts with their numbers, cover by time of day, and what was shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import polars as pl

from simkpi.planning.costs import has_costs
from simkpi.planning.formula_need import needs, pools_of
from simkpi.planning.shift_plan import ShiftPlan
from simkpi.report.goal_words import goal_words
from simkpi.report.tables import aligned, figure, to_records
from simkpi.report.words import say
from simkpi.scenario.heads import heads
from simkpi.units import DAY, format_share, format_time_of_day


def roster_frame(plan: ShiftPlan) -> pl.DataFrame:
    """One row per pattern that is worked."""
    rows = []
    for number, way in zip(plan.roster.numbers, plan.patterns, strict=True):
        if number:
            rows.append(
                {
                    "team": way.team,
                    "day": str(plan.scenario.spec.calendar.start + timedelta(days=way.day)),
                    "shift": way.shift,
                    "start": format_time_of_day(way.start),
                    "break": None if way.pause is None else format_time_of_day(way.pause % DAY),
                    "number": int(number),
                    "paid_hours": way.hours * int(number),
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None).sort("team", "day", "start", "shift", maintain_order=True)


def cover_frame(plan: ShiftPlan) -> pl.DataFrame:
    """One row per step of the duty grid, in the columns of the chart ``staffing``."""
    first = plan.scenario.spec.calendar.start
    formula = needs(pools_of(plan.scenario), plan.goals, plan.cells)
    rows = [
        {
            "team": cell.team,
            "day": str(first + timedelta(days=cell.day)),
            "interval": cell.clock,
            "seconds": cell.start,
            "length": cell.length,
            "load": need.load,
            "at_least": int(floor),
            "by_formula": need.agents,
            "by_simulation": int(agents),
            "now": _now(plan, cell.team, cell.day, cell.start),
        }
        for cell, need, floor, agents in zip(plan.cells, formula, plan.floor, plan.roster.counts, strict=True)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _now(plan: ShiftPlan, team: str, day: int, moment: float) -> int:
    staffing = heads(plan.scenario.spec, team)
    place = int((moment - staffing.start) // staffing.interval)
    row = (staffing.count or ())[day]
    return int(row[place]) if 0 <= place < len(row) else 0


def roster_lines(plan: ShiftPlan, lang: str = "en") -> tuple[list[str], list[list[str]]]:
    """Header and lines of the roster."""
    days = plan.scenario.spec.calendar.days > 1
    names = ["team", *(["day"] if days else []), "shift", "start", "break", "number", "paid hours"]
    header = [say(name, lang) for name in names]
    lines = []
    for row in roster_frame(plan).iter_rows(named=True):
        day = [row["day"]] if days else []
        lines.append(
            [row["team"], *day, row["shift"], row["start"], row["break"] or "–", str(row["number"]), f"{row['paid_hours']:g}"]
        )
    return header, lines


def summary_lines(plan: ShiftPlan, lang: str = "en") -> Iterator[str]:
    """Say what it costs, what was shown and how near the cheapest it is."""
    rows = [
        [
            goal_words(one.goal, lang),
            figure(one.estimate.value, one.estimate.half_width, one.goal.unit, lang=lang),
            say("ok" if one.is_shown else "not shown", lang),
        ]
        for one in plan.checks
    ]
    yield from aligned([say(word, lang) for word in ("target", "simulated", "verdict")], rows, left=(0, 2)).splitlines()
    costs = plan.scenario.spec.costs
    money = f", {plan.cost:,.2f} {costs.currency}" if has_costs(plan.scenario) else ""
    yield ""
    number = int(plan.roster.numbers.sum())
    text = "{n} shifts, {hours} paid hours{money}; {duty} agent-hours on duty."
    yield say(text, lang, n=number, hours=f"{plan.hours:,.10g}", money=money, duty=f"{plan.duty_hours:,.10g}")
    text = "Shown with {share} confidence over the whole horizon ({n} fresh replications)."
    yield say(text, lang, share=format_share(1 - plan.alpha), n=plan.result.replications)
    yield gap(plan, lang)


def gap(plan: ShiftPlan, lang: str = "en") -> str:
    """Say how much cheaper any other roster could be."""
    if plan.need != "load" and not plan.cuts:
        text = "Cheapest cover of the need by {need}: optimality gap {gap}. The need itself may ask for too much."
        return say(text, lang, need=say(plan.need, lang), gap=f"{plan.gap:.1%}")
    trust = say(
        "they held for every roster seen that meets the targets"
        if not plan.softened
        else "softened {n} times, so the bound is a guide and no proof",
        lang,
        n=plan.softened,
    )
    return say(
        "Optimality gap {gap}: no roster takes fewer than {bound} paid hours under the {cuts} conditions that the simulation "
        "added ({trust}).",
        lang,
        gap=f"{plan.gap:.1%}",
        bound=f"{plan.bound:,.10g}",
        cuts=plan.cuts,
        trust=trust,
    )


def heading(plan: ShiftPlan, lang: str = "en") -> str:
    """Say what was planned, and how."""
    text = "{name}: shifts for {n} targets, seed {seed}, engine {engine}"
    if len(plan.goals) == 1:
        text = "{name}: shifts for 1 target, seed {seed}, engine {engine}"
    return say(text, lang, name=plan.scenario.name, n=len(plan.goals), seed=plan.result.seed, engine=plan.result.engine)


def record(plan: ShiftPlan) -> dict[str, Any]:
    """Everything, ready for JSON."""
    stated = plan.result.provenance
    return {
        **{key: stated[key] for key in ("scenario", "seed", "replications", "engine", "simkpi", "digest")},
        "need": plan.need,
        "alpha": plan.alpha,
        "paid_hours": plan.hours,
        "duty_hours": plan.duty_hours,
        "cost": plan.cost,
        "bound": plan.bound,
        "gap": plan.gap,
        "cuts": plan.cuts,
        "softened": plan.softened,
        "targets": [
            {"target": str(one.goal), "value": one.estimate.value, "bound": one.bound, "is_shown": one.is_shown}
            for one in plan.checks
        ],
        "roster": to_records(roster_frame(plan)),
        "cover": to_records(cover_frame(plan)),
    }
