"""A sweep as a planner reads it: one line a scenario, the main KPIs across, and a chart for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from simkpi.experiment.confidence import Estimate
from simkpi.experiment.durable import replace_file
from simkpi.experiment.sweep_result import SweepResult
from simkpi.report.sentences import share_of_days
from simkpi.report.tables import DASH, Layout, figure, title
from simkpi.report.words import numbered, say

#: KPIs of a sweep's table and charts, unless some are asked for.
MAIN = ("service_level", "abandon_rate", "asa", "wait_p90", "occupancy")
#: Most KPIs across.
ACROSS = 6
#: Lines that a screen takes.
MOST_LINES = 200


def main_kpis(result: SweepResult) -> list[str]:
    """Return the KPIs to show: all if they are few, else the usual ones, else the first."""
    labels = list(result.plan.scoring.labels)
    if len(labels) <= ACROSS:
        return labels
    return [name for name in MAIN if name in labels] or labels[:ACROSS]


def sweep_title(result: SweepResult, *, lang: str = "en") -> str:
    """Say in one line what was swept and how."""
    plan = result.plan
    return say(
        "{name}: {scenarios}, {many} of {horizon} with the same customers, seed {seed}, engine {engine}",
        lang,
        name=plan.base.name,
        scenarios=numbered(len(plan.changes), "scenario", lang),
        many=numbered(plan.replications, "replication", lang),
        horizon=numbered(plan.base.spec.calendar.days, "day", lang),
        seed=plan.seed,
        engine=", ".join(result.engines) or DASH,
    )


def sweep_lines(result: SweepResult, *, lang: str = "en") -> Layout:
    """Lay out a sweep: number and values of each scenario, then its KPIs, marked if Holm's test tells them from scenario 1's."""
    kpis, paths = main_kpis(result), list(result.plan.paths)
    numbers = [place + 1 for place in sorted(result.scores)]
    shown = result.table.filter(pl.col("kpi").is_in(kpis) & pl.col("scenario").is_in(numbers[:MOST_LINES]))
    rows = {(row["scenario"], row["kpi"]): row for row in shown.iter_rows(named=True)}
    met = _days_met(result)
    lines = []
    for number in numbers[:MOST_LINES]:
        first = rows[number, kpis[0]]
        cells = []
        for kpi in kpis:
            row = rows[number, kpi]
            sign = {"better": " +", "worse": " -"}.get(row["verdict"] or "", "  ")
            cells.append(figure(row["value"], row["half_width"], row["unit"], lang=lang) + sign)
        days = [share_of_days(met.get(number), lang=lang)] if met else []
        lines.append([str(number), *["" if first[path] is None else str(first[path]) for path in paths], *cells, *days])
    notes = (
        [say("+ better, - worse than scenario 1 (paired, all scenarios together: Holm, 95%)", lang)] if len(numbers) > 1 else []
    )
    if len(numbers) > MOST_LINES:
        notes.append(say("({n} more scenarios: --format csv, or the result files)", lang, n=len(numbers) - MOST_LINES))
    labels = [title(kpi, lang) for kpi in kpis]
    days = [say("days met" if result.plan.base.spec.calendar.days == 1 else "replications met", lang)] if met else []
    return Layout([say("Scenario", lang), *paths, *labels, *days], lines, "\n".join(notes), ())


def _days_met(result: SweepResult) -> dict[int, Estimate]:
    """Scenario -> share of the days that meet all its targets, or its only one; nothing without targets."""
    if result.targets is None or result.plan.replications < 2:
        return {}
    last = result.targets.group_by("scenario", maintain_order=True).last()
    shares = last.select("scenario", "replications_met", "replications_met_low", "replications_met_high").iter_rows()
    return {number: Estimate(value, low, high, None, result.plan.replications) for number, value, low, high in shares}


def write_charts(result: SweepResult, folder: Path, *, lang: str = "en") -> list[Path]:
    """Write one chart for each main KPI into ``charts/``."""
    from simkpi.report.chart import draw  # matplotlib: a sweep that is asked for again draws nothing
    from simkpi.report.theme import save

    if not result.scores:
        return []
    place = folder / "charts"
    place.mkdir(exist_ok=True)
    about = {"simkpi": result.plan.stated()["simkpi"], "plan": result.plan.digest, "command": result.plan.command}
    subtitle = f"{numbered(result.plan.replications, 'replication', lang)}, {say('seed {seed}', lang, seed=result.plan.seed)}"
    subtitle += "; " + say("shaded: {share} interval", lang, share="95%").split(":")[-1].strip()
    files = []
    for kpi in main_kpis(result):
        if result.table.filter((pl.col("kpi") == kpi) & pl.col("value").is_not_null()).is_empty():
            continue
        paths: Sequence[str] = result.plan.paths
        image = draw("sweep", result.table, kpi=kpi, paths=paths, title=result.plan.base.name, subtitle=subtitle, lang=lang)
        name = place / f"{kpi.replace(':', '_')}.svg"
        files.append(replace_file(name, lambda part, image=image: save(image, part, provenance=about)))  # type: ignore[misc]
    return files
