"""The report of a sweep: the scenario to choose, all of them side by side, the choice in pictures, where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from simkpi.errors import InputError
from simkpi.experiment.durable import replace_file
from simkpi.experiment.outputs import REPORT
from simkpi.experiment.stored import SweepTables
from simkpi.experiment.verdicts import MET, MISSED
from simkpi.kpi.measure import KPIS
from simkpi.planning.goals import Goal
from simkpi.report.chart import Wish, find
from simkpi.report.costs import sweep_costs
from simkpi.report.goals import goals_for, states
from simkpi.report.html import assumptions
from simkpi.report.html.content import BAD, DOUBT, GOOD, Answer, Cell, Column, Picture, Plot, Report, Section, Table
from simkpi.report.html.page import to_html
from simkpi.report.html.panels import Series, panel
from simkpi.report.sentences import how_sweep
from simkpi.report.sweep import MAIN
from simkpi.report.tables import figure, title
from simkpi.report.theme import to_svg
from simkpi.report.words import clean, numbered, say
from simkpi.units import format_share, format_value

#: Scenarios that a page lists; the files hold all of them.
MOST_ROWS = 500
_MOST_LINES = 6


def sweep_report(swept: SweepTables, *, goals: Sequence[str] = (), lang: str = "en") -> Report:
    """Put the report together.

    Parameters
    ----------
    swept : SweepTables
    goals : sequence of str
        Targets in words instead of the scenario's for all contacts.
    lang : str
    """
    if swept.table.is_empty():
        raise InputError("nothing to report: no scenario of the sweep is complete")
    wanted = [goal for goal in goals_for(swept.plan.base, goals) if goal.kpi in swept.table["kpi"]]
    costs, cost_words = sweep_costs(swept, lang=lang)
    found = states(swept.table, wanted)
    kpis = _kpis(swept, wanted)
    sections = [
        Section("scenarios", say("All scenarios", lang), [], [_table(swept, kpis, found, (costs, cost_words), lang)]),
        Section(
            "plots",
            say("What the varied fields do", lang),
            [],
            [Plot("fields", say("KPI over the varied fields", lang), _panels(swept, kpis, wanted, lang))],
        ),
        *_pictures(swept, wanted, goals, lang),
        Section("assumptions", say("What was assumed", lang), assumptions.lines(swept.plan.base, lang), _assumed(swept, lang)),
    ]
    name = clean(swept.plan.base.name)
    subtitle = f"{numbered(len(swept.plan.changes), 'scenario', lang)}; {how_sweep(swept, lang)}"
    return Report(lang, name, subtitle, _answer(swept, wanted, found, (costs, cost_words), lang), sections, _stated(swept))


def write_sweep_report(swept: SweepTables, folder: Path, *, goals: Sequence[str] = (), lang: str = "en") -> Path:
    """Write ``report.html`` into the folder of a sweep."""
    text = to_html(sweep_report(swept, goals=goals, lang=lang))
    return replace_file(folder / REPORT, lambda part: _write(part, text))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _kpis(swept: SweepTables, goals: Sequence[Goal]) -> list[str]:
    names = swept.table["kpi"].unique(maintain_order=True).to_list()
    wanted = dict.fromkeys([*(goal.kpi for goal in goals), *MAIN])
    return [name for name in wanted if name in names] or names[:6]


def _answer(
    swept: SweepTables, goals: Sequence[Goal], judged: Mapping[int, str | None], costs: tuple[dict[int, float], str], lang: str
) -> Answer:
    by_number, words = costs
    certainty = say(
        "{many} each on the same customers; ± is half a {share} interval.",
        lang,
        many=numbered(swept.plan.replications, "replication", lang),
        share="95%",
    )
    failed = [say("{n} cells failed and are left out.", lang, n=swept.failed)] if swept.failed else []
    if not goals:
        text = say("{n} scenarios; no target for all contacts to choose by (give one with --goal)", lang, n=len(judged))
        return Answer(f"{text}.", lines=[*_best(swept, lang), certainty, *failed])
    said = ", ".join(f"{title(goal.kpi, lang)} {'≥' if goal.sign > 0 else '≤'} {_amount(goal)}" for goal in goals)
    sure = [number for number, state in judged.items() if state == MET]
    open_ = [number for number, state in judged.items() if state == "not sure"]
    counts = say(
        "{met} of {n} scenarios meet {goals} for sure, {unsure} are not sure.",
        lang,
        met=len(sure),
        n=len(judged),
        goals=said,
        unsure=len(open_),
    )
    if not sure:
        return Answer(
            say("No scenario meets {goals} for sure.", lang, goals=said),
            DOUBT if open_ else BAD,
            [counts, *_best(swept, lang), certainty, *failed],
        )
    best = min(sure, key=lambda number: (by_number.get(number, 0.0), number))
    price = format_value(by_number.get(best), "count", half_width=1.0, locale=lang)
    head = say(
        "Cheapest that meets {goals} for sure: scenario {n} ({called})", lang, goals=said, n=best, called=_called(swept, best)
    )
    return Answer(
        f"{head}.",
        GOOD,
        [f"{words[:1].upper()}{words[1:]}: {price}.", *_figures(swept, best, goals, lang), counts, certainty, *failed],
    )


def _called(swept: SweepTables, number: int) -> str:
    return clean(swept.plan.called(number - 1))


def _amount(goal: Goal) -> str:
    return format_share(goal.value) if goal.unit == "fraction" else format_value(goal.value, goal.unit)


def _figures(swept: SweepTables, number: int, goals: Sequence[Goal], lang: str) -> list[str]:
    rows = {row["kpi"]: row for row in swept.table.filter(pl.col("scenario") == number).iter_rows(named=True)}
    shown = [(title(goal.kpi, lang), rows[goal.kpi]) for goal in goals]
    return [f"{name} {figure(row['value'], row['half_width'], row['unit'], lang=lang)}." for name, row in shown]


def _best(swept: SweepTables, lang: str) -> list[str]:
    """Name the scenario with the best service level (or first KPI)."""
    names = swept.table["kpi"].unique(maintain_order=True).to_list()
    kpi = "service_level" if "service_level" in names else names[0]
    rows = swept.table.filter((pl.col("kpi") == kpi) & pl.col("value").is_not_null())
    if rows.is_empty():
        return []
    better = KPIS.get(kpi.partition(":")[0]).better
    best = rows.sort("value", descending=better != "lower", maintain_order=True).row(0, named=True)
    shown = figure(best["value"], best["half_width"], best["unit"], lang=lang)
    words = "Best {kpi}: scenario {n} ({called}), {figure}."
    return [say(words, lang, kpi=title(kpi, lang), n=best["scenario"], called=_called(swept, best["scenario"]), figure=shown)]


def _table(
    swept: SweepTables, kpis: Sequence[str], judged: Mapping[int, str | None], costs: tuple[dict[int, float], str], lang: str
) -> Table:
    by_number, words = costs
    looks = {MET: GOOD, MISSED: BAD, "not sure": DOUBT}
    has_goals = any(judged.values())
    columns = [Column(say("Scenario", lang)), *[Column(path.replace(".", ".\u200b"), is_text=True) for path in swept.plan.paths]]
    columns += [Column(say("Targets", lang), is_text=True)] if has_goals else []
    columns += [Column(words), *[Column(title(kpi, lang)) for kpi in kpis]]
    rows = {(row["scenario"], row["kpi"]): row for row in swept.table.iter_rows(named=True)}
    lines = []
    for number in list(judged)[:MOST_ROWS]:
        first = rows[number, kpis[0]]
        cells = [Cell(str(number), float(number)), *[_value(first[path]) for path in swept.plan.paths]]
        state, cost = judged[number] or "", by_number.get(number)
        cells += [Cell(say(state.upper() if state == MISSED else state, lang), look=looks[state])] if has_goals else []
        cells.append(Cell(format_value(cost, "count", half_width=1.0, locale=lang), cost))
        for kpi in kpis:
            row = rows[number, kpi]
            sign = {"better": " +", "worse": " −"}.get(row["verdict"] or "", "")
            cells.append(Cell(figure(row["value"], row["half_width"], row["unit"], lang=lang) + sign, row["value"]))
        lines.append(cells)
    notes = [
        say("+ better, − worse than scenario 1 for sure (paired, all scenarios together: Holm, {share}).", lang, share="95%")
    ]
    if len(judged) > MOST_ROWS:
        notes.append(say("({n} more in results.csv)", lang, n=len(judged) - MOST_ROWS))
    return Table(say("Scenarios and their figures", lang), columns, lines, " ".join(notes))


def _value(value: Any) -> Cell:
    if isinstance(value, (int, float)):
        return Cell(f"{value:g}", float(value))
    shown = "–" if value is None else clean(str(value))
    digits = shown.removesuffix("%")
    return Cell(shown, float(digits) if digits.replace(".", "", 1).isdecimal() else None)


def _panels(swept: SweepTables, kpis: Sequence[str], goals: Sequence[Goal], lang: str) -> list[dict[str, Any]]:
    """One panel a KPI: over the first varied field if that is all that varies but one further field, else over the scenarios."""
    found = []
    for kpi in kpis:
        rows = swept.table.filter(pl.col("kpi") == kpi)
        unit = str(rows["unit"][0])
        marks = [(say("target {share}", lang, share=_amount(goal)), goal.value) for goal in goals if goal.kpi == kpi]
        varied = [path for path in swept.plan.paths if rows.n_unique(path) > 1]
        series, places, words, axis = _lines(rows, varied, lang)
        found.append(
            panel(
                title(kpi, lang),
                unit,
                places,
                series,
                show_x=_Words(words),
                x_label=axis,
                goals=marks,
                is_zoomed=True,
                lang=lang,
            )
        )
    return found


class _Words(list[str]):
    """Values of a field by their place on the axis."""

    def __call__(self, x: float) -> str:
        return self[round(x)]


def _lines(rows: pl.DataFrame, varied: Sequence[str], lang: str) -> tuple[list[Series], list[float], list[str], str]:
    """Series over the values of the first field, one for each value of the second; else one over all scenarios."""
    if (
        1 <= len(varied) <= 2
        and rows.select(varied).n_unique() == len(rows)
        and (len(varied) == 1 or rows.n_unique(varied[1]) <= _MOST_LINES)
    ):
        values = list(dict.fromkeys(rows[varied[0]].to_list()))
        others = list(dict.fromkeys(rows[varied[1]].to_list())) if len(varied) == 2 else [None]
        series = []
        for other in others:
            own = rows if len(varied) == 1 else rows.filter(pl.col(varied[1]).eq_missing(other))
            by_value = {row[varied[0]]: row for row in own.iter_rows(named=True)}
            name = f"{varied[1]} {other}" if len(varied) == 2 else say("simulated", lang)
            series.append(_series(clean(name, 60), [by_value.get(value, {}) for value in values]))
        return (
            series,
            [float(place) for place in range(len(values))],
            [clean(str(value), 24) for value in values],
            varied[0],
        )
    kept = list(rows.iter_rows(named=True))[:MOST_ROWS]
    numbers = [str(row["scenario"]) for row in kept]
    return [_series(say("simulated", lang), kept)], [float(place) for place in range(len(kept))], numbers, say("Scenario", lang)


def _series(name: str, rows: Sequence[Any]) -> Series:
    parts = {part: [row.get(part) for row in rows] for part in ("value", "low", "high", "half_width")}
    return Series(name, parts["value"], parts["low"], parts["high"], parts["half_width"])


def _pictures(swept: SweepTables, wanted: Sequence[Goal], goals: Sequence[str], lang: str) -> list[Section]:
    """Draw the charts of the sweep that can be drawn: a map of two fields, cost against service, what matters most."""
    kpi = wanted[0].kpi if wanted else ("service_level" if "service_level" in swept.table["kpi"] else str(swept.table["kpi"][0]))
    shown = []
    for name in ("heatmap", "frontier", "tornado"):
        chart = find(name)
        try:
            table, about = chart.sources[SweepTables](swept, Wish(lang=lang, kpi=kpi, goals=tuple(goals)))
            shown.append(
                Picture(say(chart.question, lang).capitalize() + (" ?" if lang == "fr" else "?"), to_svg(chart(table, **about)))
            )
        except InputError:
            continue  # that chart needs other fields than these
    return [Section("choice", say("The choice in pictures", lang), [], shown)] if shown else []


def _assumed(swept: SweepTables, lang: str) -> list[Any]:
    base = swept.plan.base
    found = [assumptions.contact_types(base, lang), assumptions.teams(base, lang), assumptions.bots(base, lang)]
    return [*[table for table in found if table is not None], *assumptions.resolved(base, lang)]


def _stated(swept: SweepTables) -> dict[str, str]:
    stated = swept.plan.stated()
    about = {"simkpi": stated["simkpi"], "scenario": swept.plan.base.name, "plan": swept.plan.digest, "seed": swept.plan.seed}
    about |= {"replications": swept.plan.replications, "engines": ", ".join(swept.engines), "command": swept.plan.command}
    return {name: clean(str(value), 2000) for name, value in about.items() if value != ""}
