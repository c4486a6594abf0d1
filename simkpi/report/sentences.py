"""What a run says in words: its title, whether targets are met, and how the formula compares."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from polars import DataFrame

from simkpi.experiment.confidence import Estimate
from simkpi.experiment.result import Result
from simkpi.experiment.sequential import Precision
from simkpi.experiment.stored import SweepTables
from simkpi.experiment.unlogged import Unlogged
from simkpi.experiment.verdicts import MISSED, Verdict
from simkpi.kpi.measure import KPIS
from simkpi.planning.crosscheck import Crosscheck
from simkpi.planning.phrase import Phrase
from simkpi.report.tables import DASH, MAIN, Layout, aligned, figure, title
from simkpi.report.words import french, numbered, numbers_in, say
from simkpi.units import format_duration, format_share, format_value


def run_title(result: Result | Unlogged, *, lang: str = "en") -> str:
    """Say in one line what was simulated and how."""
    return say(
        "{name}: {many} of {horizon}, seed {seed}, engine {engine}; counts are per replication ({horizon})",
        lang,
        name=_clean(result.scenario.name),
        many=numbered(result.replications, "replication", lang),
        horizon=numbered(result.scenario.spec.calendar.days, "day", lang),
        seed=result.seed,
        engine=result.engine,
    )


def how(result: Result, lang: str = "en", *, shaded: bool = True) -> str:
    """Say in a subtitle how much was simulated, and what the bands mean."""
    about = [numbered(result.replications, "replication", lang), say("seed {seed}", lang, seed=result.seed)]
    band = say("; ", lang) + say("shaded: {share} interval", lang, share="95%") if shaded and result.replications > 1 else ""
    return ", ".join(about) + band


def how_sweep(swept: SweepTables, lang: str = "en") -> str:
    """Say in a subtitle how much was simulated for each scenario of a sweep."""
    many = numbered(swept.plan.replications, "replication", lang)
    return say("{many} each with the same customers, seed {seed}", lang, many=many, seed=swept.plan.seed)


def precision_lines(precision: Precision, *, lang: str = "en") -> Iterator[str]:
    """Say whether the half-widths asked for were reached, KPI by KPI."""
    if precision.reached:
        text = "Precision reached after {n} replications, and kept for {more} more"
        yield say(text, lang, n=precision.after, more=precision.replications - (precision.after or 0))
    else:
        yield say("PRECISION NOT REACHED in {n} replications", lang, n=precision.replications)
    for name, wanted in precision.goals.items():
        unit, half = KPIS.get(name.partition(":")[0]).unit, precision.half_widths[name]
        shown = [say("n/a", lang) if width is None else _width(width, unit, lang) for width in (half, wanted)]
        yield say("  {kpi}: ± {half}, asked for ± {wanted}", lang, kpi=title(name, lang), half=shown[0], wanted=shown[1])


def _width(half_width: float, unit: str, lang: str) -> str:
    return format_value(half_width, unit, half_width=half_width / 10, locale=lang)


def target_lines(judged: Sequence[Verdict], *, lang: str = "en", figures: str = "simulated", days: int = 1) -> Iterator[str]:
    """Write each target: for whom, the goal, the figure, the verdict in a word, and the share of single days that meet it.

    Parameters
    ----------
    judged : sequence of Verdict
    figures : str
        What the figures are: simulated or recorded.
    days : int
        Days of a replication: with more than one, what meets a target is a replication and no day.
    """
    counted = any(one.replications_met is not None for one in judged)
    rows = [
        [
            _clean(one.contact),
            f"{title(one.kpi, lang)} {goal(one, lang=lang)}",
            figure(one.value, one.half_width, one.unit, lang=lang),
            _verdict(one, lang),
            *([share_of_days(one.replications_met, lang=lang)] if counted else []),
        ]
        for one in judged
    ]
    last = [("days met" if days == 1 else "replications met")] if counted else []
    header = [say(word, lang) for word in ("for", "goal", figures, "verdict", *last)]
    yield from aligned(header, rows, left=(0, 1, 3)).splitlines()


def share_of_days(met: Estimate | None, *, lang: str = "en") -> str:
    """Write a share of days with its interval: ``90% (74% to 97%)``; a single day shows nothing about others."""
    if met is None or met.value is None or met.replications < 2:
        return DASH
    shown = [format_value(end, "fraction", half_width=0.5, locale=lang) for end in (met.value, met.low, met.high)]
    return f"{shown[0]} ({say('{low} to {high}', lang, low=shown[1], high=shown[2])})"


def all_met_line(met: Estimate | None, *, days: int = 1, lang: str = "en") -> str:
    """Say on which share of the days every target is met at once; empty where there is none or only one day."""
    if met is None or met.replications < 2:
        return ""
    text = "All targets on the same day: {share} of days" if days == 1 else "All targets at once: {share} of replications"
    return say(text, lang, share=share_of_days(met, lang=lang))


def spread_layout(spread: DataFrame, *, days: int = 1, lang: str = "en") -> Layout:
    """Lay out how figures spread over the days: one day in ten lies below the first, half below the second, nine above.

    Parameters
    ----------
    spread : DataFrame
        From :func:`simkpi.experiment.days.distribution`, without groups.
    """
    levels = (0.1, 0.5, 0.9)
    rows: dict[str, dict[float, dict[str, Any]]] = {}
    for row in spread.iter_rows(named=True):
        rows.setdefault(row["kpi"], {})[row["level"]] = row
    shown = [name for name in MAIN if name in rows] or list(rows)[: len(MAIN)]
    what = "{share} of days below" if days == 1 else "{share} of replications below"
    header = [say("KPI", lang), *[say(what, lang, share=format_share(level)) for level in levels]]
    lines = [[title(name, lang), *[_quantile(rows[name][level], lang) for level in levels]] for name in shown]
    return Layout(header, lines, "", (0,))


def inputs_layout(sure: DataFrame, *, lang: str = "en") -> Layout:
    """Lay out how sure the inputs are beside the simulation (from :func:`simkpi.experiment.inputs.input_uncertainty`)."""
    draws = 0
    lines = []
    for row in sure.iter_rows(named=True):
        if row["half_width"] is None:
            continue
        draws = row["draws"]
        both = [_width(row[f"{source}_half_width"], row["unit"], lang) for source in ("simulation", "input")]
        lines.append([title(row["kpi"], lang), figure(row["value"], row["half_width"], row["unit"], lang=lang), *both])
    header = [say(word, lang) for word in ("KPI", "Value, both together", "± simulation", "± inputs")]
    return Layout(header, lines, say("How sure the inputs are ({n} draws)", lang, n=draws), (0,))


def _quantile(row: Mapping[str, Any], lang: str) -> str:
    """Write a quantile with its interval; an end that so few days do not bound is left open."""
    if row["value"] is None:
        return DASH
    ends = [end for end in (row["low"], row["high"]) if end is not None]
    half = max(abs(end - row["value"]) for end in ends) if ends else None
    value, *shown = (
        "..." if figure_ is None else format_value(figure_, row["unit"], half_width=half or None, locale=lang)
        for figure_ in (row["value"], row["low"], row["high"])
    )
    return f"{value} ({say('{low} to {high}', lang, low=shown[0], high=shown[1])})"


def _verdict(one: Verdict, lang: str) -> str:
    word = say(one.verdict.upper() if one.verdict == MISSED else one.verdict, lang)
    light = getattr(one, "light", "")  # of a log, where nothing is uncertain
    return f"{word} ({say(light, lang)})" if light else word


def goal(one: Verdict, *, lang: str = "en") -> str:
    """Write a target: ``at least 80% in 20s``."""
    if one.unit == "seconds":
        amount = format_duration(one.goal)
    else:
        amount = format_share(one.goal) if one.unit == "fraction" else format_value(one.goal, one.unit, locale=lang)
    words = say("at least {amount}" if one.direction == "at_least" else "at most {amount}", lang, amount=amount)
    return words if one.within is None else say("{goal} in {duration}", lang, goal=words, duration=format_duration(one.within))


def crosscheck_lines(checked: Sequence[Crosscheck], *, lang: str = "en") -> Iterator[str]:
    """Write the formula's figures beside the simulated ones, then why they differ; or why no formula applies."""
    for one in checked:
        why = say("; ", lang).join(in_language(phrase, lang) for phrase in one.differences)
        if not one.formula:
            yield say("{contact}: no formula describes it ({why})", lang, contact=_clean(one.contact), why=why)
            continue
        figures = say("; ", lang).join(_compared(kpi, *pair, lang) for kpi, pair in one.figures.items())
        formula = in_language(one.formula, lang)
        yield say("{contact}: {formula}: {figures}", lang, contact=_clean(one.contact), formula=formula, figures=figures)
        if why:
            yield say("  the scenario differs from the formula: {why}", lang, why=why)


def _compared(kpi: str, by_formula: float, simulated: Estimate, lang: str) -> str:
    unit = KPIS.get(kpi).unit
    formula = say("without bound", lang) if math.isinf(by_formula) else format_value(by_formula, unit, locale=lang)
    shown = figure(simulated.value, simulated.half_width, unit, lang=lang)
    return say("{kpi} {formula}, simulated {simulated}", lang, kpi=title(kpi, lang), formula=formula, simulated=shown)


def in_language(phrase: str, lang: str) -> str:
    """Say a phrase, and the phrases inside it, in *lang*; plain text (a name) stays as it is."""
    if not isinstance(phrase, Phrase) or lang == "en":
        return phrase
    if not phrase.values:  # names of formulas are the same
        return french().get(phrase.template) or _titles().get(phrase.template, phrase.template)
    if not any(character.isalpha() for character in re.sub(r"{.*?}", "", phrase.template)):
        return phrase.template.format(**{name: _value(name, value, lang) for name, value in phrase.values.items()})
    return say(phrase.template, lang, **{name: _value(name, value, lang) for name, value in phrase.values.items()})


#: Values of phrases that are made of words of ours; other plain values are names, which stay as they are.
_OUR_WORDS = {"laws", "law", "spread", "share", "duration"}


#: Plain values that are numbers, with a sign or a unit.
_NUMBER = re.compile(r"[+-]?\d[\d,]*(\.\d+)? ?%?")


@functools.lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    """English label of every KPI with its French one."""
    return {kpi.title: kpi.title_fr for _, kpi in KPIS.items()}


def _value(name: str, value: str, lang: str) -> str:
    if not isinstance(value, Phrase) and _NUMBER.fullmatch(value):
        return numbers_in(value, lang)
    if isinstance(value, Phrase) or name not in _OUR_WORDS:
        return in_language(value, lang)
    words = sorted((word for word in french() if word.startswith("law: ")), key=len, reverse=True)
    for word in words:
        value = re.sub(rf"(?<!\w){re.escape(word.removeprefix('law: '))}(?!\w)", french()[word], value)
    return numbers_in(value, lang)


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
            {
                "contact_types": list(one.contacts),
                "formula": one.formula or None,
                "kpis": figures,
                "differences": list(one.differences),
            }
        )
    return records


def _clean(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)
