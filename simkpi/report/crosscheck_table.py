"""Formula against simulation in words: the gap in parts, and both by time of day."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from simkpi.kpi.measure import KPIS
from simkpi.planning.crosscheck_gap import STEADY, Waterfall
from simkpi.report.sentences import in_language
from simkpi.report.tables import DASH, aligned, figure, title, to_records
from simkpi.report.words import say
from simkpi.units import decimals_for, format_time_of_day, format_value

#: What each part means, for those who read it for the first time.
MEANING = {STEADY: "the day begins empty, volumes and staff change, queues are carried over"}


def gap_frame(found: Sequence[Waterfall]) -> pl.DataFrame:
    """One row per queue and part, the first and the last one being the two figures."""
    rows: list[dict[str, Any]] = []
    for one in found:
        about = {"contact": one.contact, "kpi": one.kpi}
        first = one.simulated
        rows.append({**about, "part": "simulated", "change": None, "low": first.low, "high": first.high, "total": first.value})
        total = first.value or 0.0
        for bar in one.bars:
            total += bar.change.value or 0.0
            rows.append(
                {
                    **about,
                    "part": bar.name,
                    "change": bar.change.value,
                    "low": bar.change.low,
                    "high": bar.change.high,
                    "total": total,
                }
            )
        rows.append({**about, "part": one.formula, "change": None, "low": None, "high": None, "total": one.by_formula})
    return pl.DataFrame(rows, infer_schema_length=None)


def gap_lines(one: Waterfall, lang: str = "en") -> Iterator[str]:
    """Write the way from the simulated figure to the formula's."""
    unit = KPIS.get(one.kpi).unit
    rows = [[say("simulated, as it is", lang), figure(one.simulated.value, one.simulated.half_width, unit, lang=lang), ""]]
    total = one.simulated.value or 0.0
    for bar in one.bars:
        total += bar.change.value or 0.0
        name = say(bar.name, lang)
        name = say("without: {part}", lang, part=name)
        words = _signed(bar.change.value, bar.change.half_width, unit, lang)
        rows.append([name, words, _plain(total, unit, lang)])
    rows.append(
        [say("by formula ({formula})", lang, formula=in_language(one.formula, lang)), _plain(one.by_formula, unit, lang), ""]
    )
    yield from aligned([title(one.kpi, lang), say("change", lang), say("then", lang)], rows, left=(0,)).splitlines()


def _plain(value: float, unit: str, lang: str = "en") -> str:
    return format_value(value, unit, locale=lang) if math.isfinite(value) else say("without bound", lang)


def _signed(value: float | None, half: float | None, unit: str, lang: str = "en") -> str:
    """Write a change: ``+84.0 ± 1.0`` in points, or seconds."""
    if value is None or not math.isfinite(value):
        return DASH
    factor, ending = (100.0, "") if unit == "fraction" else (1.0, "s")
    digits = decimals_for(None if half is None else half * factor) if half else 1
    spread = "" if half is None else f" ± {half * factor:.{digits}f}"
    text = f"{value * factor:+.{digits}f}{ending}{spread}"
    return text.replace(".", ",") if lang == "fr" else text


def interval_lines(one: Waterfall, lang: str = "en") -> Iterator[str]:
    """Write formula and simulation side by side by time of day."""
    unit = KPIS.get(one.kpi).unit
    rows = [
        [
            format_time_of_day(row["time_of_day"]),
            format_value(round(row["contacts"], 1), "contacts", half_width=0.5, locale=lang),
            f"{row['agents']:g}",
            DASH if row["formula"] is None else _plain(row["formula"], unit, lang),
            figure(row["value"], row["half_width"], unit, lang=lang),
        ]
        for row in one.intervals.iter_rows(named=True)
    ]
    header = [say(word, lang) for word in ("interval", "contacts", "servers", "formula", "simulated")]
    yield from aligned(header, rows).splitlines()


def heading(one: Waterfall, lang: str = "en") -> str:
    """Say which queue is held against which formula."""
    return say(
        "{contact}: {formula}, {n} servers at most, {replications} replications",
        lang,
        contact=one.contact,
        formula=in_language(one.formula, lang),
        n=f"{one.agents:g}",
        replications=one.simulated.replications,
    )


def verdict(one: Waterfall, lang: str = "en") -> str:
    """Say in one sentence how far off the formula is and what explains most of it."""
    unit = KPIS.get(one.kpi).unit
    value = one.simulated.value
    if value is None or not math.isfinite(one.by_formula):
        return say("The formula says that the queue grows without bound.", lang)
    gap, half = one.by_formula - value, one.simulated.half_width or 0.0
    size = _signed(gap, one.simulated.half_width, unit, lang)
    size = say("{n} points", lang, n=size) if unit == "fraction" else size
    if abs(gap) <= half:
        return say("The formula is right here within the simulation's precision (gap {size}).", lang, size=size)
    main = max(one.bars, key=lambda bar: abs(bar.change.value or 0.0) * (1 if (bar.change.value or 0.0) * gap > 0 else 0))
    meaning = f" ({say(MEANING[main.name], lang)})" if main.name in MEANING else ""
    return say(
        "The formula looks better than the simulation: gap {size}, most of it from {part}: {change}."
        if (gap > 0) == (KPIS.get(one.kpi).better == "higher")
        else "The formula looks worse than the simulation: gap {size}, most of it from {part}: {change}.",
        lang,
        size=size,
        part=say(main.name, lang) + meaning,
        change=_signed(main.change.value, main.change.half_width, unit, lang),
    )


def records(found: Sequence[Waterfall]) -> list[dict[str, Any]]:
    """Everything, ready for JSON."""
    return [
        {
            "contact_types": list(one.contacts),
            "kpi": one.kpi,
            "unit": KPIS.get(one.kpi).unit,
            "formula": one.formula,
            "by_formula": one.by_formula if math.isfinite(one.by_formula) else None,
            "servers": one.agents,
            "simulated": {"value": one.simulated.value, "low": one.simulated.low, "high": one.simulated.high},
            "parts": [
                {
                    "name": bar.name,
                    "change": _finite(bar.change.value),
                    "low": _finite(bar.change.low),
                    "high": _finite(bar.change.high),
                }
                for bar in one.bars
            ],
            "verdict": verdict(one),
            "intervals": to_records(one.intervals),
        }
        for one in found
    ]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
