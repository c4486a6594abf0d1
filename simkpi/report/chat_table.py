"""Chats of a back-test in words and tables: replies, messages and open chats beside what happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import polars as pl

from simkpi.planning.backtest.chats import ChatLine, Chats, Distance
from simkpi.report.tables import aligned
from simkpi.report.words import say
from simkpi.units import format_value


def chat_lines(found: Chats, lang: str = "en") -> Iterator[str]:
    """Write figures and distances, one line at a time."""
    yield say("Chats message by message", lang)
    words = ("Measure", "Figure", "Happened", "Predicted", "90% interval", "Inside")
    header = [say(word, lang) for word in words]
    yield from aligned(header, [_row(line, lang) for line in found.lines], left=(0, 1)).splitlines()
    inside = sum(line.is_inside for line in found.lines)
    held, many = found.open_inside
    yield say(
        "{inside} of {n} figures lie in their interval, and the number of open chats in {held} of {many} intervals.",
        lang,
        inside=inside,
        n=len(found.lines),
        held=held,
        many=many,
    )
    yield ""
    yield say("Largest difference between the recorded distribution and (Kolmogorov-Smirnov)", lang)
    words = ("Measure", "Number", "the prediction", "by chance below", "the fitted days", "an exponential law")
    header = [say(word, lang) for word in words]
    yield from aligned(header, [_distance_row(one, lang) for one in found.distances], left=(0,)).splitlines()


def _row(line: ChatLine, lang: str) -> list[str]:
    half = (line.high - line.low) / 4

    def show(value: float) -> str:
        return format_value(value, line.unit, half_width=half, locale=lang)

    span = say("{low} to {high}", lang, low=show(line.low), high=show(line.high))
    figure = say("mean", lang) if line.figure == "mean" else line.figure
    verdict = say("yes" if line.is_inside else "no", lang)
    return [say(line.measure, lang), figure, show(line.actual), show(line.predicted), span, verdict]


def _distance_row(one: Distance, lang: str) -> list[str]:
    figures = (one.predicted, one.by_chance, one.as_before, one.exponential)
    shown = ["–" if each is None else format_value(each, "number", half_width=0.01, locale=lang) for each in figures]
    return [say(one.measure, lang), str(one.count), *shown]


def chat_record(found: Chats) -> dict[str, Any]:
    """Return figures, distances and open chats, for JSON."""
    inside, judged = found.open_inside
    return {
        "figures": [{**asdict(line), "is_inside": line.is_inside} for line in found.lines],
        "distances": [asdict(one) for one in found.distances],
        "open": found.open.with_columns(pl.col("from").cast(pl.String)).to_dicts(),
        "open_inside": {"inside": inside, "judged": judged},
    }
