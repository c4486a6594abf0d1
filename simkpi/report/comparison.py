"""Scenarios side by side, as a planner reads them: figures, what changes, how sure that is, and in a word what to think."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from simkpi.experiment.compare import Comparison
from simkpi.experiment.confidence import Estimate
from simkpi.experiment.differences import SAME
from simkpi.report.sentences import all_met_line
from simkpi.report.tables import DASH, NARROW, Layout, figure, title
from simkpi.report.words import numbered, say
from simkpi.units import decimals_for, format_value


def comparison_title(result: Comparison, *, lang: str = "en") -> str:
    """Say in one line what was compared and how."""
    return say(
        "{names} against {baseline}: {many} of {horizon} with the same customers, seed {seed}, engine {engine}",
        lang,
        names=", ".join(name for place, name in enumerate(result.names) if place != result.baseline),
        baseline=result.names[result.baseline],
        many=numbered(result.replications, "replication", lang),
        horizon=numbered(result.scenarios[result.baseline].spec.calendar.days, "day", lang),
        seed=result.seed,
        engine=result.engine,
    )


def comparison_lines(result: Comparison, *, lang: str = "en") -> Layout:
    """Lay out a comparison: one line per KPI (and group, and scenario if there are more than two)."""
    table, keys = result.table, list(result.scores[0].scoring.by)
    base = result.names[result.baseline]
    others = [name for name in result.names if name != base]
    rows = {(row["scenario"], row["kpi"], *(row[key] for key in keys)): row for row in table.iter_rows(named=True)}
    groups = list(dict.fromkeys(group[1:] for group in rows))
    many = len(others) > 1
    scenario = [say("Scenario", lang)] if many else []
    named = [base, say("Value", lang)] if many else [base, others[0]]
    rest = [say(word, lang) for word in ("Difference", "Correlation", "Verdict")]
    lines = []
    for group in groups:
        before = rows.get((base, *group))
        for name in others:
            after = rows.get((name, *group))
            if not _says_something(before, after):
                continue
            cells = [title(group[0], lang), *[_text(key) for key in group[1:]], *([name] if many else [])]
            lines.append([*cells, _cell(before, lang), _cell(after, lang), *_difference(after, lang)])
    header = [say("KPI", lang), *keys, *scenario, *named, *rest]
    left = tuple(range(1 + len(keys) + len(scenario)))
    return Layout(header, lines, "", (*left, len(header) - 1))


def comparison_notes(result: Comparison, *, lang: str = "en") -> Iterator[str]:
    """Say what has to be known beside the figures: what the pairing gained, how it was judged, definitions that differ."""
    gains = result.table.filter(pl.col("kpi").is_in(["service_level", "abandon_rate", "asa"]) & pl.col("gain").is_not_null())
    if len(gains):
        middle = float(gains["gain"].median() or 0.0)  # type: ignore[arg-type]
        text = (
            "The same customers in all: independent runs would need about {gain} times as many replications."
            if middle >= 1
            else "Pairing did not help here: independent runs would need only {gain} times as many replications."
        )
        yield say(text, lang, gain=format_value(middle, "number", half_width=middle / 20 or None, locale=lang))
    yield from _days_met(result, lang)
    if len(result.names) > 2:
        yield say("Verdicts hold for all scenarios together (Holm, 95%).", lang)
    stated = result.table.group_by("kpi", maintain_order=True).agg(pl.col("definition").n_unique())
    differing = [title(name, lang) for name, count in stated.iter_rows() if count > 1]
    if differing:
        yield say("Defined differently in the scenarios: {kpis}.", lang, kpis=", ".join(differing))


def _days_met(result: Comparison, lang: str) -> Iterator[str]:
    """Say for each scenario on how many days it meets all its targets (or its only one)."""
    last = result.targets.group_by("scenario", maintain_order=True).last()
    for row in last.iter_rows(named=True):
        met = Estimate(
            row["replications_met"], row["replications_met_low"], row["replications_met_high"], None, result.replications
        )
        line = all_met_line(met, days=result.scenarios[0].spec.calendar.days, lang=lang)
        if line:
            yield f"{row['scenario']}: {line}"


def change(value: float | None, half_width: float | None, unit: str, *, lang: str = "en") -> str:
    """Write a difference with its half-width and sign; that of shares in percentage points.

    Examples
    --------
    >>> change(0.0645, 0.0129, "fraction"), change(-26.75, 8.4, "seconds"), change(None, None, "count")
    ('+6 pts ± 1', '-27s ± 8s', '–')
    >>> change(-0.3, 2.0, "seconds")
    '0s ± 2s'
    """
    if value is None:
        return DASH
    if unit == "fraction":
        points, half = value * 100, None if half_width is None else half_width * 100
        digits = decimals_for(half) if half else 1
        text = f"{points:+.{digits}f} pts" + ("" if half is None else f" ± {half:.{digits}f}")
        text = text.replace(".", ",").replace(" pts", f"{NARROW}pts") if lang == "fr" else text
        return _unsigned_zero(text)
    sign = "-" if value < 0 else "+"
    return _unsigned_zero(sign + figure(abs(value), half_width, unit, lang=lang))


def _unsigned_zero(text: str) -> str:
    """Take the sign off a figure that is nothing once rounded: ``-0s`` reads as if it were something."""
    return text if re.search("[1-9]", text.partition("±")[0]) else text.lstrip("+-")


def _says_something(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> bool:
    """Whether a line holds more than dashes and zeros."""
    return any(row is not None and row["value"] not in (None, 0) for row in (before, after))


def _cell(row: Mapping[str, Any] | None, lang: str) -> str:
    return DASH if row is None else figure(row["value"], row["half_width"], row["unit"], lang=lang)


def _difference(row: Mapping[str, Any] | None, lang: str) -> Sequence[str]:
    if row is None:
        return DASH, DASH, ""
    if row["verdict"] == SAME:
        return "", "", say(SAME, lang)
    shown = change(row["difference"], row["difference_half_width"], row["unit"], lang=lang)
    correlation = DASH if row["correlation"] is None else f"{row['correlation']:.2f}"
    word = row["verdict"] or ""
    return shown, correlation.replace(".", "," if lang == "fr" else "."), say(word, lang) if word else ""


def _text(value: object) -> str:
    return "" if value is None else str(value)
