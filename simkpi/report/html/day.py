"""The plots of the day: contacts, agents against load, and any KPI that the reader chooses, by contact type or team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from simkpi.experiment.result import Result
from simkpi.kpi.measure import KPIS
from simkpi.report.charts.waits import the_most
from simkpi.report.day_drawing import interval_words
from simkpi.report.html.content import Plot
from simkpi.report.html.panels import Series, clock, hours, panel
from simkpi.report.tables import title
from simkpi.report.words import clean, say
from simkpi.units import format_duration, format_share, format_value

#: KPIs to choose from, and whether they are figures of teams.
CHOICES = ("service_level", "abandon_rate", "asa", "frt", "aht", "occupancy")
#: What leads a note in a subtitle.
CLAUSE = "\u202f; "
#: Lines in one plot.
_MOST = 6


def day_plots(result: Result, table: pl.DataFrame, *, interval: float, picture: str, lang: str) -> Iterator[Plot]:
    """Yield the plots.

    Parameters
    ----------
    result : Result
    table : DataFrame
        As :func:`simkpi.report.day_drawing.day_drawing` gives it.
    interval : float, seconds
    picture : str
        The chart of the day, for those without scripts.
    lang : str
    """
    busy = table.filter(pl.col("value").fill_null(0) > 0)["interval"]
    if busy.is_empty():
        return
    first, last = float(busy.min()), float(busy.max())  # type: ignore[arg-type]
    grid = [first + interval * place for place in range(round((last - first) / interval) + 1)]
    given: dict[str, Any] = {"show_x": clock, "x_ticks": hours(first, last + interval), "length": interval, "lang": lang}
    shown = {str(name[0]): rows for name, rows in table.group_by("kpi", maintain_order=True)}
    types, note = _main_types(result, lang)
    kpis = list(_kpi_panels(result, types, grid, given, lang))
    yield Plot("kpi", say("KPIs by time of day; shaded: {share} interval", lang, share="95%"), kpis, note, picture)
    load = [
        _series(say(name, lang), shown.get(kpi), grid)
        for name, kpi in (("agents on duty", "agents"), ("offered load (Erlangs)", "offered_load"))
    ]
    yield Plot("load", say("Agents on duty and offered load", lang), [panel(say("Agents", lang), "number", grid, load, **given)])
    counts = [
        _series(say(kpi, lang), shown.get(kpi), grid, is_filled=kpi == "offered") for kpi in ("offered", "answered", "abandoned")
    ]
    caption = say("Contacts per {length}", lang, length=interval_words(interval, lang))
    yield Plot("volume", caption, [panel(say("Contacts", lang), "count", grid, counts, **given)])


def _main_types(result: Result, lang: str) -> tuple[list[str], str]:
    """Contact types to draw, and a note if there are more."""
    counts = dict(result.interactions.group_by("contact_type").len().iter_rows())
    types, note = the_most(counts, list(result.scenario.spec.contacts), lang, most=_MOST)
    return types, f"{note.lstrip(CLAUSE)}." if note else ""


def _kpi_panels(
    result: Result, types: Sequence[str], grid: Sequence[float], given: dict[str, Any], lang: str
) -> Iterator[dict[str, Any]]:
    interval = given["length"]
    by_type = result.kpis([kpi for kpi in CHOICES if kpi != "occupancy"], by=("contact_type", "time_of_day"), interval=interval)
    by_team = result.kpis(["occupancy"], by=("team", "time_of_day"), interval=interval)
    targets = result.scenario.spec.targets
    for kpi in CHOICES:
        own = by_team if kpi == "occupancy" else by_type
        group = "team" if kpi == "occupancy" else "contact_type"
        names = list(result.scenario.spec.teams)[:_MOST] if kpi == "occupancy" else types
        goals, series = [], []
        for name in names:
            rows = own.filter((pl.col("kpi") == kpi) & (pl.col(group) == name))
            goal = targets.get(name, {}).get(kpi)
            words = clean(name, 40)
            if kpi == "service_level" and goal is not None and goal.within is not None:
                where = pl.col("contact_type") == name
                rows = result.kpis([kpi], by=("time_of_day",), interval=interval, where=where, threshold=goal.within)
                words = say("{name}: in {time}", lang, name=words, time=format_duration(goal.within))
            if goal is not None:
                goals.append((clean(name, 40), goal.value))
            rows = rows.with_columns(interval=pl.col("time_of_day").cast(pl.Float64))
            series.append(_series(words, rows, grid))
        whole = targets.get("all", {}).get(kpi)
        if whole is not None:
            goals.append((say("all contacts", lang), whole.value))
        if any(value is not None for one in series for value in one.value):
            yield panel(
                title(kpi, lang), KPIS.get(kpi).unit, grid, series, goals=_goals(goals, KPIS.get(kpi).unit, lang), **given
            )


def _goals(goals: Sequence[tuple[str, float]], unit: str, lang: str) -> list[tuple[str, float]]:
    """One line a value, naming all that it is the goal of."""
    found = []
    for value in dict.fromkeys(value for _, value in goals):
        whose = ", ".join(name for name, other in goals if other == value)
        shown = format_share(value) if unit == "fraction" else format_value(value, unit, locale=lang)
        found.append((say("goal of {whose}: {share}", lang, whose=whose, share=shown), value))
    return found


def _series(name: str, rows: pl.DataFrame | None, grid: Sequence[float], *, is_filled: bool = False) -> Series:
    """Lay the rows on the grid; nothing where they have no figure."""
    found = {} if rows is None else {round(row["interval"]): row for row in rows.iter_rows(named=True)}
    own = [found.get(round(moment), {}) for moment in grid]
    value, low, high = ([row.get(part) for row in own] for part in ("value", "low", "high"))
    half = [None if row.get("low") is None else (row["high"] - row["low"]) / 2 for row in own]
    has_band = any(end is not None for end in low)
    return Series(name, value, low if has_band else None, high if has_band else None, half, is_filled)
