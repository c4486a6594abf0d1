"""The chart of occupancy: how busy each team is over the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from simkpi.errors import InputError
from simkpi.experiment.result import Result
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.sentences import how
from simkpi.report.tables import figure as written
from simkpi.report.words import say
from simkpi.units import format_share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Teams in one figure.
MOST_TEAMS = 6


@chart(needs=("team", "interval", "value", "low", "high", "total"))
def occupancy(
    table: DataFrame, *, length: float = 1800.0, cap: float | None = None, title: str = "", subtitle: str = "", lang: str = "en"
) -> Figure:
    """Answer: which team is too busy, and when, and which has time to spare.

    Parameters
    ----------
    table : DataFrame
        One row per team and interval: ``interval`` (its start, seconds after midnight), ``value``, ``low``, ``high``
        (fractions), ``total`` (the team's occupancy over everything, in words).
    length : float, seconds
        Length of an interval.
    cap : float or None, fraction
        Occupancy not to exceed.
    title, subtitle : str
        What was simulated, and how.
    lang : str
        ``en`` or ``fr``.
    """
    table = table.filter(table["value"].is_not_null())
    if table.is_empty():
        raise InputError("nothing to draw: no agent is on duty")
    teams = table["team"].unique(maintain_order=True).to_list()[:MOST_TEAMS]
    height = 1.5 + 2.0 * len(teams)
    figure = Figure(figsize=(9.5, height), dpi=120)
    axes = figure.subplots(len(teams), 1, sharex=True, squeeze=False)[:, 0]
    for each, team in zip(axes, teams, strict=True):
        rows = table.filter(table["team"] == team).sort("interval")
        _team(each, rows, length=length, cap=cap, lang=lang)
        each.set_title(say("{name}: {share}", lang, name=theme.literal(str(team), limit=40), share=rows["total"][0]))
    theme.clock_axis(axes[-1], float(table["interval"].min()), float(table["interval"].max()) + length)  # type: ignore[arg-type]
    axes[-1].set_xlabel(say("time of day", lang))
    handles = {label: handle for each in axes for handle, label in zip(*each.get_legend_handles_labels(), strict=True)}
    axes[0].legend(list(handles.values()), list(handles), ncols=3, **theme.KEY)
    top = theme.heading(figure, title, subtitle)
    figure.subplots_adjust(left=0.075, right=0.975, top=top - 0.12 / height, bottom=0.5 / height, hspace=0.34)
    return figure


def _team(axes: Axes, rows: DataFrame, *, length: float, cap: float | None, lang: str) -> None:
    """Draw steps of constant width; a gap where nobody of the team is on duty."""
    first, last = float(rows["interval"].min()), float(rows["interval"].max())  # type: ignore[arg-type]
    borders = np.arange(first, last + 1.5 * length, length)
    figures = np.full((3, len(borders) - 1), np.nan)
    for start, *values in rows.select("interval", "value", "low", "high").iter_rows():
        figures[:, round((start - first) / length)] = [np.nan if value is None else value for value in values]
    ends = np.column_stack([figures, figures[:, -1]])
    axes.fill_between(borders, ends[1], ends[2], step="post", color=theme.BLUE, alpha=0.25, linewidth=0)
    axes.stairs(figures[0], borders, baseline=None, color=theme.BLUE, linewidth=1.8, label=say("occupancy", lang))
    if cap is not None:
        words = say("limit {share}", lang, share=format_share(cap))
        axes.axhline(cap, color=theme.VERMILLION, linestyle=(0, (1, 1.2)), label=words)
        over = [(borders[place], length) for place in np.flatnonzero(np.nan_to_num(figures[1], nan=0.0) > cap)]
        if over:
            axes.broken_barh(over, (0, 0.03), facecolor=theme.VERMILLION, label=say("above it for sure", lang))
    theme.percent_axis(axes, lang)


@occupancy.source(Result)
def of_result(result: Result, wish: Wish) -> Drawing:
    """Occupancy of each team by time of day and in all; the limit is the target for all, if there is one."""
    by_time = result.kpis(["occupancy"], by=("team", "time_of_day"), interval=wish.interval)
    totals = {
        row["team"]: written(row["value"], row["half_width"], "fraction", lang=wish.lang)
        for row in result.kpis(["occupancy"], by=("team",)).iter_rows(named=True)
    }
    order = {name: place for place, name in enumerate(result.scenario.spec.teams)}
    table = by_time.filter(pl.col("team").is_not_null()).with_columns(
        interval=pl.col("time_of_day").cast(pl.Float64),
        total=pl.col("team").replace_strict(totals, default=""),
        _place=pl.col("team").replace_strict(order, default=len(order)),
    )
    goal = result.scenario.spec.targets.get("all", {}).get("occupancy")
    table, note = _busiest(table, wish.lang)
    about = {"title": result.scenario.name, "subtitle": how(result, wish.lang) + note, "lang": wish.lang, "length": wish.interval}
    return table.sort("_place", "interval").drop("_place"), {**about, "cap": None if goal is None else goal.value}


def _busiest(table: DataFrame, lang: str) -> tuple[DataFrame, str]:
    """Keep the teams with the highest occupancy if there are more than a figure shows, and say so."""
    teams = table.group_by("team").agg(pl.col("value").mean()).sort("value", "team", descending=[True, False], nulls_last=True)
    if len(teams) <= MOST_TEAMS:
        return table, ""
    note = say("{k} of {n} teams: the busiest", lang, k=MOST_TEAMS, n=len(teams))
    return table.filter(pl.col("team").is_in(teams["team"].head(MOST_TEAMS).to_list())), say("; ", lang) + note
