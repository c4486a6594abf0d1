"""The chart of one more agent: the KPI over the head-count of each team, by simulation and by formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from simkpi.errors import InputError
from simkpi.experiment.result import Result
from simkpi.planning.staff_curve import staff_curve
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.tables import title as kpi_title
from simkpi.report.words import numbered, say, whose
from simkpi.scenario.resolve import Scenario
from simkpi.units import format_duration, format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame


@chart(needs=("team", "contact", "kpi", "unit", "change", "hours", "value", "low", "high", "formula", "goal", "within"))
def staffing_curve(table: DataFrame, *, title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: what does one agent more or fewer do, and does the formula agree.

    Parameters
    ----------
    table : DataFrame
        One row per team and change of its head-count: ``change`` (agents added in every interval in which the team works),
        ``hours`` (its agent-hours), ``value``, ``low``, ``high`` (simulated), ``formula`` (null if no formula applies),
        ``contact``, ``kpi``, ``unit``, ``goal`` and ``within`` (the target that the team works for; null if none).
    title, subtitle : str
        What was simulated, and how.
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: no team serves a contact type")
    teams = table["team"].unique(maintain_order=True).to_list()
    height = 1.6 + 2.7 * len(teams)
    figure = Figure(figsize=(9.5, height), dpi=120)
    panels = figure.subplots(len(teams), 1, squeeze=False)[:, 0]
    for axes, team in zip(panels, teams, strict=True):
        _team(axes, table.filter(pl.col("team") == team).sort("change"), lang)
    panels[-1].set_xlabel(say("agents added in every interval (agent-hours)", lang))
    theme.key(panels[0], 3)
    top = theme.heading(figure, title, subtitle)
    figure.subplots_adjust(left=0.085, right=0.975, top=top - 0.12 / height, bottom=0.75 / height, hspace=0.5)
    return figure


def _team(axes: Axes, rows: DataFrame, lang: str) -> None:
    first = rows.row(0, named=True)
    change = rows["change"].to_numpy()
    columns = {name: rows[name].cast(float).fill_null(float("nan")).to_numpy() for name in ("value", "low", "high", "formula")}
    columns["formula"] = np.where(np.isfinite(columns["formula"]), columns["formula"], np.nan)
    axes.fill_between(change, columns["low"], columns["high"], color=theme.BLUE, alpha=0.22, linewidth=0)
    axes.plot(change, columns["value"], color=theme.BLUE, marker="o", markersize=4, label=say("by simulation", lang))
    if not np.isnan(columns["formula"]).all():
        axes.plot(
            change,
            columns["formula"],
            color=theme.ORANGE,
            linestyle=(0, (4, 1.5)),
            marker="s",
            markersize=3.5,
            label=say("by formula", lang),
        )
    unit = str(first["unit"])
    if first["goal"] is not None:
        amount = format_value(first["goal"], unit, half_width=0.01 if unit == "fraction" else None, locale=lang)
        axes.axhline(
            first["goal"], color=theme.VERMILLION, linestyle=(0, (1, 1.2)), label=say("target {share}", lang, share=amount)
        )
    axes.axvline(0, color=theme.BLACK, linewidth=0.9)
    name = kpi_title(first["kpi"], lang)
    kpi = (
        name
        if first["within"] is None
        else say("{goal} in {duration}", lang, goal=name, duration=format_duration(first["within"]))
    )
    heading = say("Team {team}: {kpi}, {contact}", lang, team=first["team"], kpi=kpi, contact=whose(first["contact"], lang))
    axes.set_title(theme.literal(heading, limit=80))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xticks(
        change,
        [
            f"{number:+d}\n({hours:g} h)" if number else f"0\n({hours:g} h)"
            for number, hours in rows.select("change", "hours").iter_rows()
        ],
    )
    if unit == "fraction":
        theme.percent_axis(axes, lang)
    else:
        axes.set_ylim(bottom=0)
        theme.value_axis(axes.yaxis, unit, lang)


@staffing_curve.source(Scenario, Result)
def of_scenario(given: Scenario | Result, wish: Wish) -> Drawing:
    """Simulate the scenario with a few agents fewer and more in each team."""
    scenario = given.scenario if isinstance(given, Result) else given
    seed, replications = (given.seed, given.replications) if isinstance(given, Result) else (wish.seed, wish.replications)
    table = staff_curve(scenario, kpi=wish.kpi, seed=seed, replications=replications)
    n = scenario.spec.run.replications if replications is None else replications
    about: dict[str, Any] = {"title": scenario.name, "lang": wish.lang}
    words = "{many} each, the same customers for every point; shaded: {share} interval"
    return table, {**about, "subtitle": say(words, wish.lang, many=numbered(n, "replication", wish.lang), share="95%")}
