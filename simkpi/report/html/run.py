"""The report of a simulated scenario: answer, targets, day, comparison, cross-check, assumptions, where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from simkpi.experiment.compare import Comparison
from simkpi.experiment.provenance import in_words
from simkpi.experiment.result import Result
from simkpi.experiment.verdicts import Verdict, verdicts
from simkpi.planning.crosscheck import crosscheck
from simkpi.planning.crosscheck_gap import Waterfall
from simkpi.planning.staff_curve import Lever
from simkpi.report.chart import find
from simkpi.report.charts.day import goal_strips
from simkpi.report.day_drawing import day_drawing
from simkpi.report.html import assumptions, blocks
from simkpi.report.html.answer import comparison_answer, headline, main_kpis, run_answer
from simkpi.report.html.content import Answer, Picture, Plot, Report, Section
from simkpi.report.html.day import day_plots
from simkpi.report.html.panels import Series, clock, panel
from simkpi.report.sentences import crosscheck_lines
from simkpi.report.tables import title
from simkpi.report.theme import to_svg
from simkpi.report.words import clean, numbered, say, whose
from simkpi.units import format_duration, format_share, format_value

#: KPIs of the table by interval and by contact type.
BY_INTERVAL = ("offered", "abandon_rate", "service_level", "asa", "aht")
#: Days of which a table by day is shown, and tables of the formula's gap that stand open.
_MOST_DAYS, _MOST_OPEN = 62, 3


@dataclass(frozen=True)
class Material:
    """Everything that a report of a run may show.

    Parameters
    ----------
    result : Result
        The scenario, simulated.
    comparison : Comparison or None
        Other scenarios on the same customers.
    judged : mapping of str to sequence of Verdict
        Targets of each scenario of the comparison, by its name.
    gap : tuple of Waterfall
        Formula against simulation, in parts; may be empty.
    lever : Lever or None
        What one more or fewer agent does.
    interval : float, seconds
    """

    result: Result
    comparison: Comparison | None = None
    judged: Mapping[str, Sequence[Verdict]] = field(default_factory=dict)
    gap: tuple[Waterfall, ...] = ()
    lever: Lever | None = None
    interval: float = 1800.0


def run_report(material: Material, *, lang: str = "en") -> Report:
    """Put the report together, in the planner's order."""
    result = material.result
    judged = verdicts(result)
    table, about = day_drawing(result, interval=material.interval, lang=lang)
    answer = run_answer(result, judged, table, material.lever, length=material.interval, lang=lang)
    own = [
        *_targets(judged, result.scenario.spec.calendar.days, lang),
        _day(material, table, about, lang),
        *_staff(material, lang),
    ]
    further = [_formula(material, lang), _figures(result, lang), _assumed(material, lang)]
    own, further = _of_baseline(material.comparison, own, lang), _of_baseline(material.comparison, further, lang)
    sections = [*own, *_compared(material, judged, lang), *further]
    if material.comparison is not None:
        answer = _with_comparison(answer, material.comparison, material.judged or {"": judged}, lang)
    spec = result.scenario.spec
    words = "{many} of {horizon}, seed {seed}, engine {engine}"
    horizon = numbered(spec.calendar.days, "day", lang)
    many = numbered(result.replications, "replication", lang)
    subtitle = say(words, lang, many=many, horizon=horizon, seed=result.seed, engine=result.engine)
    stated = {name: clean(value, 2000) for name, value in in_words(result.provenance).items()}
    return Report(lang, clean(result.scenario.name), subtitle, answer, sections, stated)


def _of_baseline(comparison: Comparison | None, sections: list[Section], lang: str) -> list[Section]:
    """Say, where several scenarios are compared, whose figures stand in a section."""
    if comparison is None:
        return sections
    base = clean(comparison.names[comparison.baseline])
    words = say("Of {name}; the others stand under 'Scenarios side by side'.", lang, name=base)
    return [replace(one, lines=[words, *one.lines]) for one in sections]


def _with_comparison(answer: Answer, comparison: Comparison, judged: Mapping[str, Sequence[Verdict]], lang: str) -> Answer:
    """Put the comparison's answer first, then what each scenario makes of its targets, then the baseline's own."""
    every = [one for found in judged.values() for one in found]
    first = comparison_answer(comparison, main_kpis(every, comparison.table["kpi"].unique().to_list()), lang)
    base = comparison.names[comparison.baseline]
    others = [
        say("{name} by itself: {answer}", lang, name=clean(name), answer=f"{headline(found, lang)[0]}.")
        for name, found in judged.items()
        if found and name not in ("", base)
    ]
    own = say("{name} by itself: {answer}", lang, name=clean(base), answer=answer.headline)
    return Answer(first.headline, first.look, [*first.lines, *others, own, *answer.lines])


def _targets(judged: Sequence[Verdict], days: int, lang: str) -> list[Section]:
    if not judged:
        return []
    return [Section("targets", say("Targets", lang), blocks=[blocks.scorecard(judged, lang, days=days)])]


def _day(material: Material, table: pl.DataFrame, about: Mapping[str, Any], lang: str) -> Section:
    """Volume, staff and KPIs by time of day, and the figures as tables."""
    result, interval = material.result, material.interval
    picture = to_svg(find("day")(table, **about)) if not table.is_empty() else ""
    parts: list[Any] = list(day_plots(result, table, interval=interval, picture=picture, lang=lang))
    many = goal_strips(table, **{name: about[name] for name in ("length", "goals", "lang")}) if about else None
    if many is not None:
        parts.insert(1, Picture(say("When each contact type misses its goal", lang), to_svg(many)))
    by_time = result.kpis(list(BY_INTERVAL), by=("time_of_day",), interval=interval)
    caption = say("Figures by time of day", lang)
    key: list[tuple[str, str, Callable[[Any], str]]] = [("time_of_day", say("time of day", lang), _clock)]
    parts.append(blocks.grouped(by_time, key, BY_INTERVAL, caption, lang=lang, is_folded=True))
    spec = result.scenario.spec
    if 1 < spec.calendar.days <= _MOST_DAYS:
        by_day = result.kpis(list(BY_INTERVAL), by=("day",), interval=interval)
        parts.append(
            blocks.grouped(by_day, [("day", say("day", lang), str)], BY_INTERVAL, say("Figures by day", lang), lang=lang)
        )
    if len(spec.contacts) > 1:
        by_type = result.kpis(list(BY_INTERVAL), by=("contact_type",))
        key = [("contact_type", say("Contact type", lang), str)]
        parts.append(blocks.grouped(by_type, key, BY_INTERVAL, say("Figures by contact type", lang), lang=lang))
    return Section("day", say("The day", lang), blocks=parts)


def _clock(value: Any) -> str:
    return clock(float(value))


def _staff(material: Material, lang: str) -> list[Section]:
    """Say what one agent more or fewer does, team by team."""
    if material.lever is None or material.lever.table.is_empty():
        return []
    panels = []
    for (team,), rows in material.lever.table.group_by("team", maintain_order=True):
        own = rows.sort("change")
        first = own.row(0, named=True)
        half = ((own["high"] - own["low"]) / 2).to_list()
        series = [Series(say("by simulation", lang), own["value"].to_list(), own["low"].to_list(), own["high"].to_list(), half)]
        if own["formula"].null_count() < len(own):
            series.append(Series(say("by formula", lang), own["formula"].to_list()))
        named = title(first["kpi"], lang)
        kpi = (
            named
            if first["within"] is None
            else say("{goal} in {duration}", lang, goal=named, duration=format_duration(first["within"]))
        )
        label = say(
            "Team {team}: {kpi}, {contact}",
            lang,
            team=clean(str(team)),
            kpi=kpi,
            contact=clean(whose(first["contact"], lang)),
        )
        goals = [] if first["goal"] is None else [(_goal(first["goal"], first["unit"], lang), first["goal"])]
        changes = [float(change) for change in own["change"]]
        axis = say("agents added in every interval", lang)
        panels.append(panel(label, first["unit"], changes, series, show_x=_signed, x_label=axis, goals=goals, lang=lang))
    text = say(
        "All other teams as they are, the same customers in all. 'simkpi staff' plans by interval and tests on new customers.",
        lang,
    )
    return [
        Section(
            "staff",
            say("One agent more or fewer", lang),
            [text],
            [Plot("staff", say("What a change of the head-count does", lang), panels)],
        )
    ]


def _signed(change: float) -> str:
    return f"{change:+.0f}" if change else "0"


def _goal(value: float, unit: str, lang: str) -> str:
    shown = format_share(value) if unit == "fraction" else format_value(value, unit, locale=lang)
    return say("target {share}", lang, share=shown)


def _compared(material: Material, judged: Sequence[Verdict], lang: str) -> list[Section]:
    result = material.comparison
    if result is None:
        return []
    kpis = main_kpis(judged, result.table["kpi"].unique().to_list())
    judged_too = [blocks.targets_side_by_side(material.judged, lang)] if any(material.judged.values()) else []
    note = say("The same customers meet every scenario, so a difference is due to the scenarios and not to luck.", lang)
    return [
        Section(
            "comparison", say("Scenarios side by side", lang), [note], [*judged_too, blocks.comparison_table(result, lang, kpis)]
        )
    ]


def _formula(material: Material, lang: str) -> Section:
    """Lay the formula beside the simulation, and the gap in parts where it was worked out."""
    lines = [line.strip() for line in crosscheck_lines(crosscheck(material.result), lang=lang)]
    parts = [replace(blocks.gap_table(one, lang), is_folded=len(material.gap) > _MOST_OPEN) for one in material.gap]
    return Section("formula", say("Cross-check by formula", lang), lines, parts)


def _figures(result: Result, lang: str) -> Section:
    spread = result.distribution() if result.replications > 1 else None
    days = result.scenario.spec.calendar.days
    note = say("8 of 10: between the figure that only 1 in 10 stays below and the one that only 1 in 10 exceeds.", lang)
    return Section(
        "figures",
        say("All figures and their definitions", lang),
        [note] if spread is not None else [],
        [blocks.kpi_table(result.kpis(), spread, lang, days=days)],
    )


def _assumed(material: Material, lang: str) -> Section:
    scenario = material.result.scenario
    found = [assumptions.contact_types(scenario, lang), assumptions.teams(scenario, lang), assumptions.bots(scenario, lang)]
    tables: list[Any] = [table for table in found if table is not None]
    return Section(
        "assumptions",
        say("What was assumed", lang),
        assumptions.lines(scenario, lang),
        [*tables, *assumptions.resolved(scenario, lang)],
    )
