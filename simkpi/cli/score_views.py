"""Views of a scored log beside the KPI table: agents, trend, peaks, distributions and benchmarks, as tables ready to print."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from polars import DataFrame

Lines = list[list[str]]


@dataclass(frozen=True)
class Wanted:
    """Which views the user asked for."""

    agents: bool = False
    trend: str | None = None
    peaks: bool = False
    distributions: tuple[str, ...] = ()
    benchmarks: bool = False

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.agents or self.trend or self.peaks or self.distributions or self.benchmarks)


def view_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--agents``, ``--trend day``, ``--peaks``, ``--distribution talk_time``, ``--benchmarks``."""
    for option in (
        click.option("--benchmarks", is_flag=True, help="Judge the KPIs by what their sources call usual or a concern."),
        click.option(
            "--distribution",
            "distributions",
            multiple=True,
            metavar="KPI",
            help="Distribution of a time: talk_time, mean_wait_abandoned, ...",
        ),
        click.option("--peaks", is_flag=True, help="The busiest interval (of each group of --by)."),
        click.option(
            "--trend",
            type=click.Choice(("day", "week", "month")),
            help="Each period against the one before, improvement in words.",
        ),
        click.option("--agents", is_flag=True, help="Agent performance report: one row an agent."),
    ):
        function = option(function)
    return function


def tables_of(
    wanted: Wanted,
    frames: Mapping[str, Any],
    table: DataFrame,
    *,
    kpis: Any,
    by: tuple[str, ...],
    interval: float,
    parameters: Mapping[str, Any],
) -> dict[str, DataFrame]:
    """Compute the views: name -> table."""
    from simkpi.kpi.agent_report import COLUMNS, agent_report
    from simkpi.kpi.distributions import distribution
    from simkpi.kpi.measure import KPIS
    from simkpi.kpi.targets import judge
    from simkpi.kpi.trends import peaks, trend

    companions = {name: frame for name, frame in frames.items() if name != "interactions"}
    log = frames["interactions"]
    found: dict[str, DataFrame] = {}
    if wanted.agents:
        chosen = COLUMNS if kpis is None or isinstance(kpis, str) else kpis
        found["agents"] = agent_report(log, kpis=chosen, **companions, **parameters)[0]
    if wanted.trend:
        found["trend"] = trend(log, period=wanted.trend, kpis=kpis, by=by, interval=interval, **companions, **parameters)
    if wanted.peaks:
        found["peaks"] = peaks(log, by=by, interval=interval)
    for name in wanted.distributions:
        kpi = KPIS.get(name)
        own = {key: value for key, value in parameters.items() if key in kpi.parameters}
        found[f"distribution_{kpi.name}"] = distribution(log, kpi.name, by=by, companions=companions, **own)
    if wanted.benchmarks:
        import polars as pl

        found["benchmarks"] = judge(table).filter(pl.col("light").is_not_null() | pl.col("typical").is_not_null())
    return found


def lines_of(name: str, table: DataFrame, *, by: tuple[str, ...], lang: str) -> tuple[str, list[str], Lines, tuple[int, ...]]:
    """Lay out a view: its title, header, lines and the columns of text."""
    from simkpi.report.tables import title
    from simkpi.report.words import say

    kind, _, kpi = name.partition("_")
    if kind == "distribution":
        heading = say("Distribution: {kpi}", lang, kpi=title(kpi, lang))
        return (heading, *_distribution(table, kpi, by, lang))
    headings = {"agents": "Agents", "trend": "Trend by {period}", "peaks": "Peaks", "benchmarks": "Benchmarks of the sources"}
    layouts = {"agents": _agents, "trend": _trend, "peaks": _peaks, "benchmarks": _benchmarks}
    period = next((one for one in ("day", "week", "month") if one in table.columns and one not in by), "day")
    heading = say(headings[name], lang, period=say(period, lang))
    return (heading, *layouts[name](table, by, lang))


def _figure(value: Any, unit: str, lang: str) -> str:
    from simkpi.report.tables import figure

    return figure(value, None, unit, lang=lang)


def _agents(table: DataFrame, by: tuple[str, ...], lang: str) -> tuple[list[str], Lines, tuple[int, ...]]:
    from simkpi.kpi.measure import KPIS
    from simkpi.report.tables import title
    from simkpi.report.words import say

    names = [name for name in table.columns if name != "agent"]
    units = {name: KPIS.get(name.partition(":")[0]).unit for name in names}
    lines = [
        [_shown(row["agent"]), *(_figure(row[name], units[name], lang) for name in names)] for row in table.iter_rows(named=True)
    ]
    return [say("agent", lang), *(title(name, lang) for name in names)], lines, (0,)


def _trend(table: DataFrame, by: tuple[str, ...], lang: str) -> tuple[list[str], Lines, tuple[int, ...]]:
    from simkpi.report.tables import title
    from simkpi.report.words import say

    period = next(one for one in ("day", "week", "month") if one in table.columns and one not in by)
    keys = [*by, period]
    lines = []
    for row in table.iter_rows(named=True):
        if row["status"] != "unavailable":
            figures = [_figure(row[name], row["unit"], lang) for name in ("value", "previous", "change")]
            word = say(row["trend"], lang) if row["trend"] else ""
            lines.append([title(row["kpi"], lang), *(_shown(row[key]) for key in keys), *figures, word])
    header = [say("KPI", lang), *by, *(say(word, lang) for word in (period, "value", "previous", "change", "trend"))]
    return header, lines, (0, *range(1, len(keys) + 1), len(header) - 1)


def _peaks(table: DataFrame, by: tuple[str, ...], lang: str) -> tuple[list[str], Lines, tuple[int, ...]]:
    from simkpi.report.words import say

    lines = [
        [
            *(_shown(row[key]) for key in by),
            "" if row["interval"] is None else f"{row['interval']:%Y-%m-%d %H:%M}",
            _figure(row["value"], "count", lang),
            _figure(row["share"], "fraction", lang),
        ]
        for row in table.iter_rows(named=True)
    ]
    return [*by, *(say(word, lang) for word in ("interval", "contacts", "share"))], lines, tuple(range(len(by) + 1))


def _distribution(table: DataFrame, kpi: str, by: tuple[str, ...], lang: str) -> tuple[list[str], Lines, tuple[int, ...]]:
    from simkpi.kpi.measure import KPIS
    from simkpi.report.words import say

    unit = KPIS.get(kpi).unit
    lines = [
        [
            *(_shown(row[key]) for key in by),
            "" if row["above"] is None else _figure(row["above"], unit, lang),
            "" if row["up_to"] is None else _figure(row["up_to"], unit, lang),
            _figure(row["n"], "count", lang),
            _figure(row["share"], "fraction", lang),
            _figure(row["cumulative"], "fraction", lang),
        ]
        for row in table.iter_rows(named=True)
    ]
    return (
        [*by, *(say(word, lang) for word in ("above ", "up to", "contacts", "share", "cumulative"))],
        lines,
        tuple(range(len(by))),
    )


def _benchmarks(table: DataFrame, by: tuple[str, ...], lang: str) -> tuple[list[str], Lines, tuple[int, ...]]:
    from simkpi.report.tables import title
    from simkpi.report.words import say

    lines = []
    for row in table.iter_rows(named=True):
        target = _goal(row["kpi"], row["unit"], lang)
        light, place = row["light"], row["typical"]
        judged = "" if light is None else say(light, lang).upper() if light == "red" else say(light, lang)
        usual = say(place, lang) if place else ""
        value = _figure(row["value"], row["unit"], lang)
        lines.append([title(row["kpi"], lang), *(_shown(row[key]) for key in by), value, target, judged, usual])
    header = [say("KPI", lang), *by, *(say(word, lang) for word in ("value", "target", "light", "usual range"))]
    return header, lines, (0, *range(1, len(by) + 1), len(header) - 3, len(header) - 2, len(header) - 1)


def _goal(name: str, unit: str, lang: str) -> str:
    from simkpi.kpi.measure import KPIS
    from simkpi.kpi.targets import benchmark
    from simkpi.report.words import say

    goal = benchmark(KPIS.get(name.partition(":")[0]))
    if goal is None:
        return ""
    amount = _figure(goal.threshold, unit, lang)
    text = "at least {amount}" if goal.direction == "at least" else "at most {amount}"
    return say(text, lang, amount=amount)


def _shown(value: Any) -> str:
    return "–" if value is None else "".join(one if one.isprintable() else "?" for one in str(value))
