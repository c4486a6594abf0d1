"""A forecast in words and tables: weeks, days, and how far off such forecasts were on the history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import polars as pl

from simkpi.planning.forecast.forecast import LEVEL, Forecast
from simkpi.planning.forecast.models import BASELINE
from simkpi.report.sentences import in_language
from simkpi.report.tables import aligned
from simkpi.report.words import say
from simkpi.units import format_value

#: Days that are printed; the files have them all.
_MOST_DAYS = 21


def lines(found: Forecast, lang: str = "en") -> Iterator[str]:
    """Write the whole result, one line at a time."""
    yield subtitle(found, lang)
    yield ""
    head = [say(word, lang) for word in ("Day", "Forecast", "90% interval", "Seasonal naive")]
    yield from aligned(
        head, [_row(row, lang) for row in found.days.head(_MOST_DAYS).iter_rows(named=True)], left=(0,)
    ).splitlines()
    if found.days.height > _MOST_DAYS:
        yield say("({n} more days: see --out)", lang, n=found.days.height - _MOST_DAYS)
    yield ""
    one = found.accuracy[0]
    yield say("How far off such forecasts were: {n} forecasts from earlier days of the history", lang, n=one.origins)
    words = ("Model", "Error of days (WAPE)", "Bias", "Error of the whole", "Held by the intervals")
    yield from aligned([say(word, lang) for word in words], list(_accuracy(found, lang)), left=(0,)).splitlines()
    if found.special:
        names = ", ".join(map(str, found.special[:10])) + (" …" if len(found.special) > 10 else "")
        yield say("special days set apart: {names}", lang, names=names)
    yield from (say("note: {note}", lang, note=in_language(note, lang)) for note in found.history.notes)
    naive = next((one for one in found.accuracy if one.model == BASELINE), None)
    if naive is not None and found.model != BASELINE:
        gain = 1 - found.chosen.wape / naive.wape if naive.wape else 0.0
        words_ = (
            "{model}: error {gain} smaller than that of the seasonal naive forecast"
            if gain > 0
            else "the seasonal naive forecast was no worse"
        )
        yield say(words_, lang, model=found.model, gain=_percent(gain, lang))


def subtitle(found: Forecast, lang: str = "en") -> str:
    """Say what was forecast from what."""
    history = found.history
    return say(
        "{name}: {days} days from {start}, by {model}, from {known} days with contacts since {first}; intervals of {share}",
        lang,
        name=history.name,
        days=found.days.height,
        start=found.days["day"][0] if found.days.height else "–",
        model=found.model,
        known=int(history.is_known.sum()),
        first=history.start,
        share=_percent(LEVEL, lang),
    )


def _row(row: dict[str, Any], lang: str) -> list[str]:
    half = (row["high"] - row["low"]) / 4

    def show(value: float) -> str:
        return format_value(value, "count", half_width=half, locale=lang)

    span = say("{low} to {high}", lang, low=show(row["low"]), high=show(row["high"]))
    return [
        f"{row['day']:%a} {row['day']}" if lang == "en" else str(row["day"]),
        show(row["expected"]),
        span,
        show(row["baseline"]),
    ]


def _accuracy(found: Forecast, lang: str) -> Iterator[list[str]]:
    for one in found.accuracy:
        mark = " *" if one.model == found.model else ""
        held = "–" if one.coverage is None else _percent(one.coverage, lang)
        yield [one.model + mark, _percent(one.wape, lang), _percent(one.bias, lang), _percent(one.total_error, lang), held]


def _percent(value: float, lang: str) -> str:
    half = 0.001 if abs(value) < 0.2 and value != LEVEL else 0.01
    return format_value(value, "fraction", half_width=half, locale=lang)


def record(found: Forecast) -> dict[str, Any]:
    """Return the forecast for JSON; the intervals are in their own file."""
    return {
        "name": found.history.name,
        "model": found.model,
        "level": LEVEL,
        "days": found.days.with_columns(pl.col("day").cast(pl.String)).to_dicts(),
        "accuracy": [asdict(one) for one in found.accuracy],
        "special_days": [str(day) for day in found.special],
        "notes": list(found.history.notes),
    }
