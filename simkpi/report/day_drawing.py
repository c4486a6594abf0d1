"""The chart of the day put together for a result: its table, targets, and the words around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from simkpi.experiment.result import Result
from simkpi.report.day_table import of_result, service_level_goals
from simkpi.report.sentences import how
from simkpi.report.words import say
from simkpi.units import format_duration, parse_duration

#: The commonest variants of the service level in words; the others by their names.
SERVICE_LEVEL = {
    **dict.fromkeys(("offered", "all_offered"), "answered within {threshold}, of all offered"),
    **dict.fromkeys(("answered", "answered_only"), "answered within {threshold}, of the answered"),
    **dict.fromkeys(("excl_short", "late_abandons"), "answered within {threshold}, early abandons apart"),
    **dict.fromkeys(("wait_within", "abandons_ok"), "waited at most {threshold}, of all offered"),
}


def day_drawing(result: Result, *, interval: float = 1800.0, lang: str = "en") -> tuple[pl.DataFrame, dict[str, Any]]:
    """Table and options of :func:`simkpi.report.charts.day.day` for a simulation."""
    table, days = of_result(result, interval=interval)
    about = {
        "length": interval,
        "title": result.scenario.name,
        "subtitle": ", ".join(part for part in (mean_of(days, lang), how(result, lang)) if part),
        "target": service_level_target(result),
        "service_level": service_level_words(result.definitions, lang),
        "goals": [(goal.kpi, goal.contact_type, goal.value, goal.threshold) for goal in service_level_goals(result)],
        "lang": lang,
    }
    return table, about


def service_level_words(parameters: Mapping[str, Any], lang: str) -> str:
    """Write the service level's definition as a phrase."""
    threshold = parse_duration(str(parameters.get("threshold", 20.0)), bare="seconds")
    variant = str(parameters.get("service_level", "offered"))
    text = SERVICE_LEVEL.get(variant)
    return say(text, lang, threshold=format_duration(threshold)) if text else f"{variant}, {format_duration(threshold)}"


def mean_of(days: int, lang: str) -> str:
    """Say that the figures are means of several days; empty for a single one."""
    return say("mean of {n} days", lang, n=days) if days > 1 else ""


def service_level_target(result: Result) -> float | None:
    """Service level to draw as a line: the one for all, or the one of the only contact type."""
    goals = {name: block["service_level"] for name, block in result.scenario.spec.targets.items() if "service_level" in block}
    if "all" in goals:
        return goals["all"].value
    return next(iter(goals.values())).value if goals and len(result.scenario.spec.contacts) == 1 else None


def interval_words(length: float, lang: str) -> str:
    """Name an interval: a half hour, 20 minutes."""
    known = {900.0: "quarter of an hour", 1800.0: "half hour", 3600.0: "hour", 86400.0: "day"}
    return say(known[length], lang) if length in known else say("{n} minutes", lang, n=f"{length / 60:g}")
