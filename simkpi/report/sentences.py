"""What a run says in words: its title, whether targets are met, and how the formula compares."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from simkpi.experiment.result import Result
from simkpi.experiment.verdicts import Verdict
from simkpi.planning.crosscheck import Crosscheck
from simkpi.report.tables import aligned, figure, title
from simkpi.units import format_duration, format_share, format_value


def run_title(result: Result) -> str:
    """One line that says what was simulated and how."""
    days = result.scenario.spec.calendar.days
    horizon = "1 day" if days == 1 else f"{days} days"
    many = "1 replication" if result.replications == 1 else f"{result.replications} replications"
    per = f"; counts are per replication ({horizon})"
    return f"{_clean(result.scenario.name)}: {many} of {horizon}, seed {result.seed}, engine {result.engine}{per}"


def target_lines(judged: Sequence[Verdict], *, locale: str = "en") -> Iterator[str]:
    """Write each target: for whom, the goal, the figure, and the verdict in a word."""
    rows = [
        [
            one.contact,
            f"{title(one.kpi, locale)} {goal(one)}",
            figure(one.value, one.half_width, one.unit, locale=locale),
            one.verdict.upper() if one.verdict == "missed" else one.verdict,
        ]
        for one in judged
    ]
    yield from aligned(["for", "goal", "simulated", "verdict"], rows, left=(0, 1, 3)).splitlines()


def goal(one: Verdict) -> str:
    """Write a target: ``at least 80% in 20s``."""
    words = "at least" if one.direction == "at_least" else "at most"
    amount = format_share(one.goal) if one.unit == "fraction" else format_value(one.goal, one.unit)
    amount = format_duration(one.goal) if one.unit == "seconds" else amount
    return f"{words} {amount}" + (f" in {format_duration(one.within)}" if one.within is not None else "")


def crosscheck_lines(checked: Sequence[Crosscheck], *, locale: str = "en") -> Iterator[str]:
    """Write the formula's figures beside the simulated ones, then why they differ; or why no formula applies."""
    for one in checked:
        if not one.formula:
            yield f"{_clean(one.contact)}: no formula describes it ({'; '.join(one.differences)})"
            continue
        parts = []
        for kpi, (by_formula, simulated) in one.figures.items():
            unit = "seconds" if kpi == "asa" else "fraction"
            formula = (
                "without bound" if math.isinf(by_formula) else format_value(by_formula, unit, half_width=None, locale=locale)
            )
            shown = figure(simulated.value, simulated.half_width, unit, locale=locale)
            parts.append(f"{title(kpi, locale)} {formula}, simulated {shown}")
        yield f"{_clean(one.contact)}: {one.formula}: {'; '.join(parts)}"
        if one.differences:
            yield f"  the scenario differs from the formula: {'; '.join(one.differences)}"


def crosscheck_records(checked: Sequence[Crosscheck]) -> list[dict[str, Any]]:
    """Return the comparison ready for JSON; a figure that is not finite is null."""
    records = []
    for one in checked:
        figures = {
            kpi: {
                "formula": formula if math.isfinite(formula) else None,
                "value": simulated.value,
                "low": simulated.low,
                "high": simulated.high,
            }
            for kpi, (formula, simulated) in one.figures.items()
        }
        records.append(
            {"contact_type": one.contact, "formula": one.formula or None, "kpis": figures, "differences": list(one.differences)}
        )
    return records


def _clean(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)
