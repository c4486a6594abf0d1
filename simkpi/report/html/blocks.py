"""Tables of a report: figures, targets, differences and definitions as cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from simkpi.experiment.compare import Comparison
from simkpi.experiment.differences import BETTER, WORSE
from simkpi.experiment.verdicts import MET, MISSED, UNSURE, Verdict
from simkpi.kpi.measure import KPIS
from simkpi.planning.crosscheck_gap import Waterfall
from simkpi.report.comparison import change
from simkpi.report.definitions import definition_words
from simkpi.report.html.content import BAD, DOUBT, GOOD, Bar, Cell, Column, Table
from simkpi.report.sentences import goal
from simkpi.report.tables import DASH, figure, title
from simkpi.report.words import clean, french, say, whose
from simkpi.units import format_value

#: Look of each verdict.
LOOKS = {MET: GOOD, MISSED: BAD, UNSURE: DOUBT, BETTER: GOOD, WORSE: BAD}


def text(value: str, look: str = "") -> Cell:
    """Make a cell of words."""
    return Cell(clean(value), look=look)


def number(row: Mapping[str, Any], lang: str, look: str = "") -> Cell:
    """Make a cell of a figure with its half-width."""
    return Cell(figure(row["value"], row["half_width"], row["unit"], lang=lang), sort=row["value"], look=look)


def share(value: float | None, low: float | None, high: float | None, lang: str) -> str:
    """Write a probability with its interval: ``40% (25% to 58%)``."""
    if value is None or low is None or high is None:
        return DASH
    shown = [format_value(one, "fraction", half_width=0.01, locale=lang) for one in (value, low, high)]
    return say("{share} ({low} to {high})", lang, share=shown[0], low=shown[1], high=shown[2])


def scorecard(judged: Sequence[Verdict], lang: str, *, days: int = 1) -> Table:
    """Targets: the figure beside its goal, and on how many days it is reached."""
    columns = [
        Column(say("KPI", lang), is_text=True),
        Column(say("Goal", lang), is_text=True),
        Column(say("Simulated", lang)),
        Column(say("{share} interval against the goal", lang, share=_level(lang)), is_wide=True),
        Column(say("Verdict", lang), is_text=True),
        Column(say("Days that reach it" if days == 1 else "Horizons that reach it", lang), is_wide=True),
    ]
    rows = [_target(one, lang) for one in judged]
    note = say("Blue: the good side of the goal. A target is met or missed when the whole interval lies on one side of it.", lang)
    return Table(say("Targets and what the simulation says", lang), columns, rows, note)


def _target(one: Verdict, lang: str) -> list[Cell]:
    known = [part for part in (one.goal, one.value, one.low, one.high) if part is not None]
    room = max((max(known) - min(known)) * 0.35, abs(one.goal) * 0.12, 1e-6)
    top = max(known) + room
    span = (max(0.0, min(known) - room), min(1.0, top) if one.unit == "fraction" and max(known) <= 1 else top)
    bar = Bar(one.value, one.low, one.high, span, one.goal, "right" if one.direction == "at_least" else "left")
    shown = figure(one.value, one.half_width, one.unit, lang=lang)
    look = LOOKS.get(one.verdict, "")
    word = say(one.verdict.upper() if one.verdict == MISSED else one.verdict, lang)
    met = one.replications_met
    days = Cell(DASH) if met is None else Cell(share(met.value, met.low, met.high, lang), sort=met.value)
    name = say("{contact}: {kpi}", lang, contact=whose(one.contact, lang), kpi=title(one.kpi, lang))
    return [
        text(name),
        text(goal(one, lang=lang)),
        Cell(shown, one.value),
        Cell(shown, one.value, look, bar),
        Cell(word, look=look),
        days,
    ]


def _level(lang: str) -> str:
    return format_value(0.95, "fraction", half_width=0.5, locale=lang)


def kpi_table(table: pl.DataFrame, spread: pl.DataFrame | None, lang: str, *, days: int = 1) -> Table:
    """All KPIs: figure, interval, how it spreads over the days, and the definition in force."""
    columns = [
        Column(say("KPI", lang), is_text=True),
        Column(say("Value", lang)),
        Column(say("{share} interval", lang, share=_level(lang)), is_wide=True),
        Column(say("8 of 10 days" if days == 1 else "8 of 10 horizons", lang), is_wide=True),
        Column(say("Definition", lang), is_text=True, is_wide=True),
    ]
    spreads = {} if spread is None else {(row["kpi"], row["level"]): row["value"] for row in spread.iter_rows(named=True)}
    rows = []
    for row in table.filter(pl.col("status") == "ok").iter_rows(named=True):
        ends = _ends(row["low"], row["high"], row, lang)
        between = _ends(spreads.get((row["kpi"], 0.1)), spreads.get((row["kpi"], 0.9)), row, lang)
        words = text(definition_words(row["definition"], lang) if "=" in row["definition"] else "")
        rows.append([text(title(row["kpi"], lang)), number(row, lang), Cell(ends, row["low"]), Cell(between), words])
    return Table(say("All KPIs", lang), columns, rows)


def _ends(low: float | None, high: float | None, row: Mapping[str, Any], lang: str) -> str:
    if low is None or high is None:
        return DASH
    shown = [format_value(one, row["unit"], half_width=row["half_width"] or None, locale=lang) for one in (low, high)]
    return say("{low} to {high}", lang, low=shown[0], high=shown[1])


def grouped(
    table: pl.DataFrame,
    keys: Sequence[tuple[str, str, Callable[[Any], str]]],
    kpis: Sequence[str],
    caption: str,
    *,
    lang: str,
    is_folded: bool = False,
) -> Table:
    """One line a group, one column a KPI.

    Parameters
    ----------
    table : DataFrame
        KPIs by the group columns.
    keys : sequence of (column, title, writer)
        Group columns, and how their values are written.
    kpis : sequence of str
        Columns, in order.
    """
    columns = [Column(words, is_text=True) for _, words, _ in keys] + [Column(title(kpi, lang)) for kpi in kpis]
    names = [name for name, _, _ in keys]
    busy = table.filter(pl.col("value").fill_null(0) != 0)
    cells = {(*(row[name] for name in names), row["kpi"]): number(row, lang) for row in table.iter_rows(named=True)}
    rows = []
    for group in busy.select(names).unique().sort(names, nulls_last=True).rows():
        heads = [_key(value, write) for value, (_, _, write) in zip(group, keys, strict=True)]
        rows.append([*heads, *[cells.get((*group, kpi), Cell(DASH)) for kpi in kpis]])
    return Table(caption, columns, rows, is_folded=is_folded)


def _key(value: Any, write: Callable[[Any], str]) -> Cell:
    words = clean(write(value)) if value is not None else DASH
    return Cell(words, sort=float(value)) if isinstance(value, (int, float)) else Cell(words)


def comparison_table(result: Comparison, lang: str, kpis: Sequence[str]) -> Table:
    """Differences of every scenario from the baseline, KPI by KPI, zero in the middle of each bar."""
    base = result.names[result.baseline]
    others = [name for name in result.names if name != base]
    rows = {(row["scenario"], row["kpi"]): row for row in result.table.iter_rows(named=True)}
    columns = [
        Column(say("KPI", lang), is_text=True),
        *([Column(say("Scenario", lang), is_text=True)] if len(others) > 1 else []),
        Column(clean(base), is_wide=True),
        Column(clean(others[0]) if len(others) == 1 else say("Value", lang), is_wide=True),
        Column(say("Difference", lang)),
        Column(say("{share} interval, zero in the middle", lang, share=_level(lang)), is_wide=True),
        Column(say("Verdict", lang), is_text=True),
    ]
    lines = []
    for kpi in kpis:
        widest = max((_reach(rows.get((name, kpi))) for name in others), default=0.0) or 1.0
        for name in others:
            before, after = rows.get((base, kpi)), rows.get((name, kpi))
            if before is None or after is None or after["difference"] is None:
                continue
            look = LOOKS.get(after["verdict"] or "", "")
            shown = change(after["difference"], after["difference_half_width"], after["unit"], lang=lang)
            bar = Bar(after["difference"], after["difference_low"], after["difference_high"], (-1.1 * widest, 1.1 * widest), 0.0)
            word = say(after["verdict"], lang) if after["verdict"] else ""
            cells = [
                text(title(kpi, lang)),
                *([text(name)] if len(others) > 1 else []),
                number(before, lang),
                number(after, lang),
            ]
            lines.append(
                [*cells, Cell(shown, after["difference"]), Cell(shown, after["difference"], look, bar), Cell(word, look=look)]
            )
    return Table(say("What changes against {baseline}", lang, baseline=clean(base)), columns, lines)


def _reach(row: Mapping[str, Any] | None) -> float:
    ends = [] if row is None else [row["difference"], row["difference_low"], row["difference_high"]]
    return max((abs(end) for end in ends if end is not None), default=0.0)


def gap_table(one: Waterfall, lang: str) -> Table:
    """Lay out the way from the simulated figure of a queue to the formula's, one assumption at a time."""
    unit = KPIS.get(one.kpi).unit
    columns = [
        Column(say("What the formula leaves out", lang), is_text=True),
        Column(say("Change", lang)),
        Column(title(one.kpi, lang)),
        Column(say("{share} interval of the change, zero in the middle", lang, share=_level(lang)), is_wide=True),
    ]
    simulated = one.simulated
    rows = [
        [
            text(say("simulated, as it is", lang)),
            Cell(""),
            Cell(figure(simulated.value, simulated.half_width, unit, lang=lang)),
            Cell(""),
        ]
    ]
    widest = max(
        (
            abs(end)
            for bar in one.bars
            for end in (bar.change.value, bar.change.low, bar.change.high)
            if end is not None and math.isfinite(end)
        ),
        default=0.0,
    )
    total = simulated.value or 0.0
    for bar in one.bars:
        moved = bar.change
        total += moved.value or 0.0
        if moved.value is None or not math.isfinite(moved.value):
            rows.append([text(_part(bar.name, lang)), Cell(DASH), Cell(say("without bound", lang)), Cell("")])
            continue
        shown = change(moved.value, moved.half_width, unit, lang=lang)
        drawn = Bar(moved.value, moved.low, moved.high, (-1.05 * (widest or 1.0), 1.05 * (widest or 1.0)), 0.0)
        then = format_value(total, unit, locale=lang)
        rows.append(
            [text(_part(bar.name, lang)), Cell(shown, moved.value), Cell(then, total), Cell(shown, moved.value, bar=drawn)]
        )
    bound = format_value(one.by_formula, unit, locale=lang) if math.isfinite(one.by_formula) else say("without bound", lang)
    rows.append([text(say("by formula", lang) + f" ({_formula(one.formula, lang)})"), Cell(""), Cell(bound), Cell("")])
    return Table(say("{contact}: from the simulation to the formula", lang, contact=clean(one.contact)), columns, rows)


def _part(name: str, lang: str) -> str:
    return french().get(name, name) if lang == "fr" else name


def _formula(name: str, lang: str) -> str:
    ending = ", interval by interval"
    if lang == "fr" and name.endswith(ending):
        return say("{formula}, interval by interval", lang, formula=name.removesuffix(ending))
    return name


def targets_side_by_side(judged: Mapping[str, Sequence[Verdict]], lang: str) -> Table:
    """Targets down, scenarios across: the figure and the verdict of each."""
    columns = [Column(say("KPI", lang), is_text=True), Column(say("Goal", lang), is_text=True, is_wide=True)]
    columns += [Column(clean(name, 40), is_text=True) for name in judged]
    keys = list(dict.fromkeys((one.contact, one.kpi, goal(one, lang=lang)) for found in judged.values() for one in found))
    rows = []
    for contact, kpi, words in keys:
        cells = [text(say("{contact}: {kpi}", lang, contact=whose(contact, lang), kpi=title(kpi, lang))), text(words)]
        for found in judged.values():
            own = next((one for one in found if (one.contact, one.kpi, goal(one, lang=lang)) == (contact, kpi, words)), None)
            cells.append(Cell(DASH) if own is None else _judged(own, lang))
        rows.append(cells)
    return Table(say("Targets in every scenario", lang), columns, rows)


def _judged(one: Verdict, lang: str) -> Cell:
    shown = figure(one.value, one.half_width, one.unit, lang=lang)
    return Cell(f"{shown}, {say(one.verdict, lang)}", one.value, LOOKS.get(one.verdict, ""))
