"""The optimiser's answer in words: the cheapest setting, what else was looked at, and what is guaranteed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from simkpi.experiment.confidence import Estimate
from simkpi.experiment.plan import shown_value
from simkpi.planning.costs import has_costs
from simkpi.planning.optimize import Optimum
from simkpi.planning.optimize_candidates import Candidate
from simkpi.planning.selection import UNTOUCHED
from simkpi.report.tables import DASH, aligned, figure, to_records
from simkpi.report.words import say
from simkpi.units import format_share, format_value

#: Settings that a table on a terminal shows.
MOST_LINES = 25
SCREENED = "ruled out by formula"


def optimum_frame(found: Optimum) -> pl.DataFrame:
    """One row per setting, cheapest first."""
    rows = [_row(found, one) for one in _by_cost(found)]
    return pl.DataFrame(rows, infer_schema_length=None)


def _by_cost(found: Optimum) -> list[Candidate]:
    return sorted(found.candidates, key=lambda one: (one.expected, one.number))


def _row(found: Optimum, one: Candidate) -> dict[str, Any]:
    system = found.system(one)
    verdict = SCREENED if system is None else system.verdict
    cost = Estimate(one.expected) if system is None or not system.replications else system.cost
    row: dict[str, Any] = {"setting": one.number + 1, **{path: shown_value(value) for path, value in one.changes.items()}}
    row |= {"expected_cost": one.expected, "cost": cost.value, "cost_low": cost.low, "cost_high": cost.high}
    row |= {"verdict": verdict, "replications": 0 if system is None else system.replications}
    row |= {"is_best": found.best is not None and one.number == found.best.number, "why": found.screened.get(one.number, "")}
    for place, goal in enumerate(found.goals):
        value = found.figures[one.number][place] if one.number in found.figures else Estimate(None)
        row |= {str(goal): value.value, f"{goal}, low": value.low, f"{goal}, high": value.high}
    return row


def optimum_lines(found: Optimum, lang: str = "en") -> Iterator[str]:
    """Write the settings that were looked at, cheapest first."""
    seen = [one for one in _by_cost(found) if one.number in found.figures]
    best = found.best
    place = next((at for at, one in enumerate(seen) if best is not None and one.number == best.number), len(seen) - 1)
    shown = seen[max(0, place - MOST_LINES + 8) :][:MOST_LINES]
    paths = list(dict.fromkeys(path for one in found.candidates for path in one.changes))
    unit = found.scenario.spec.costs.currency if has_costs(found.scenario) else say("agent-hours", lang)
    header = [*paths, say("cost, {unit}", lang, unit=unit), *map(str, found.goals), say("runs", lang), say("verdict", lang)]
    rows = []
    for one in shown:
        system = found.system(one)
        assert system is not None
        figures = [
            figure(value.value, value.half_width, goal.unit, lang=lang)
            for goal, value in zip(found.goals, found.figures[one.number], strict=True)
        ]
        verdict = say("CHEAPEST", lang) if best is not None and one.number == best.number else say(system.verdict, lang)
        cost = figure(system.cost.value, system.cost.half_width or None, "count", lang=lang)
        values = [shown_value(one.changes[path]) if path in one.changes else DASH for path in paths]
        rows.append([*values, cost, *figures, str(system.replications), verdict])
    yield from aligned(header, rows, left=(*range(len(paths)), len(header) - 1)).splitlines()


def optimum_sentences(found: Optimum, lang: str = "en") -> Iterator[str]:
    """Say which setting is the cheapest, what it took to find it, and what that is worth."""
    if found.best is None:
        text = "No setting is shown to meet every target."
        if not found.selection.is_guaranteed:
            text = "No setting is shown to meet every target within the budget; allow more replications (--budget)."
        yield say(text, lang)
    else:
        setting = ", ".join(f"{path} = {shown_value(value)}" for path, value in found.best.changes.items())
        yield say("Cheapest: {setting}", lang, setting=setting)
    looked = sum(system.verdict != UNTOUCHED for system in found.selection.systems)
    yield say(
        "{n} settings: {out} ruled out by formula, {looked} simulated ({runs} replications), the others are dearer.",
        lang,
        n=len(found.candidates),
        out=len(found.screened),
        looked=looked,
        runs=f"{found.selection.replications:,}",
    )
    yield guarantee(found, lang)


def guarantee(found: Optimum, lang: str = "en") -> str:
    """Say what is guaranteed of the selection."""
    if not found.selection.is_guaranteed:
        return say("Nothing is guaranteed: the budget ended before every cheaper setting was decided.", lang)
    zones = ", ".join(
        f"{goal.contact} {goal.kpi} ± {_zone(zone, goal.unit, lang)}" for goal, zone in zip(found.goals, found.zones, strict=True)
    )
    price = format_value(found.price_zone, "count", half_width=found.price_zone / 10, locale=lang)
    unit = found.scenario.spec.costs.currency if has_costs(found.scenario) else say("agent-hours", lang)
    return say(
        "Guaranteed with {share} probability, among the settings not ruled out by formula: it meets every target to within its "
        "zone ({zones}), and none that meets them all with a zone to spare is cheaper by {price} {unit} or more.",
        lang,
        share=format_share(1 - found.alpha),
        zones=zones,
        price=price,
        unit=unit,
    )


def _zone(zone: float, unit: str, lang: str) -> str:
    return (
        say("{n} points", lang, n=f"{100 * zone:g}")
        if unit == "fraction"
        else format_value(zone, unit, half_width=zone / 10, locale=lang)
    )


def record(found: Optimum) -> dict[str, Any]:
    """Everything, ready for JSON."""
    best = found.best
    return {
        "scenario": found.scenario.name,
        "seed": found.seed,
        "engine": found.engine,
        "targets": [str(goal) for goal in found.goals],
        "zones": list(found.zones),
        "price_zone": found.price_zone,
        "alpha": found.alpha,
        "best": None if best is None else {"setting": best.number + 1, "changes": dict(best.changes)},
        "is_guaranteed": found.selection.is_guaranteed,
        "replications": found.selection.replications,
        "settings": to_records(optimum_frame(found)),
        "sentences": list(optimum_sentences(found)),
    }
