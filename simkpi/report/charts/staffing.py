"""The chart of a staffing plan: load, need by formula and by simulation, and today's staff, team by team."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from simkpi.errors import InputError
from simkpi.experiment.result import Result
from simkpi.planning.goals import goals_of, read_goal
from simkpi.planning.staff_plan import StaffPlan
from simkpi.planning.staffing import staff
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.staff_table import staff_frame
from simkpi.report.words import numbered, say
from simkpi.scenario.resolve import Scenario
from simkpi.units import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Teams in one figure.
MOST_TEAMS = 6


@chart(needs=("team", "day", "seconds", "length", "load", "by_formula", "by_simulation", "now"))
def staffing(table: DataFrame, *, title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: where are too many agents and where too few, and does the formula see it.

    Parameters
    ----------
    table : DataFrame
        One row per team and interval: ``team``, ``day``, ``seconds`` (after midnight), ``length`` (seconds), ``load``
        (Erlangs), ``by_formula``, ``by_simulation``, ``now`` (agents). Of several days the one with the highest load is drawn.
    title, subtitle : str
        What was planned, and how.
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: no interval to staff")
    day = table.group_by("day").agg(work=_work()).sort("work", "day", descending=[True, False])["day"][0]
    table = table.filter(table["day"] == day)
    teams = table["team"].unique(maintain_order=True).to_list()[:MOST_TEAMS]
    height = 1.35 + 2.6 * len(teams)
    figure = Figure(figsize=(9.5, height), dpi=120)
    axes = figure.subplots(len(teams), 1, sharex=True, squeeze=False)[:, 0]
    ends = table["seconds"] + table["length"]
    for each, team in zip(axes, teams, strict=True):
        _team(each, table.filter(table["team"] == team), str(team), lang)
    theme.key(axes[0], 6)
    theme.clock_axis(axes[-1], float(table["seconds"].min()), float(ends.max()))  # type: ignore[arg-type]
    axes[-1].set_xlabel(f"{say('time of day', lang)}, {day}")
    figure.text(0.075, 1 - 0.18 / height, theme.literal(title), fontsize=13, fontweight="bold", va="top")
    figure.text(0.075, 1 - 0.46 / height, theme.literal(subtitle, limit=130), color=theme.GREY, va="top")
    figure.subplots_adjust(left=0.075, right=0.975, top=1 - 0.95 / height, bottom=0.5 / height, hspace=0.32)
    return figure


def _work() -> Any:
    import polars as pl

    return (pl.col("load") * pl.col("length")).sum()


def _team(axes: Axes, rows: DataFrame, team: str, lang: str) -> None:
    rows = rows.sort("seconds")
    start, length = rows["seconds"].to_numpy(), rows["length"].to_numpy()
    borders = np.append(start, start[-1] + length[-1])
    plan, now = rows["by_simulation"].to_numpy().astype(float), rows["now"].to_numpy().astype(float)
    axes.set_title(theme.literal(team))
    load = rows["load"].to_numpy()
    axes.stairs(load, borders, fill=True, facecolor=theme.LIGHT, edgecolor=theme.GREY, label=say("load (Erlangs)", lang))
    over, under = np.append(np.maximum(plan, now), 0), np.append(plan, 0)
    over[-1], under[-1] = over[-2], under[-2]
    low = np.append(np.minimum(plan, now), min(plan[-1], now[-1]))
    axes.fill_between(
        borders, low, under, step="post", color=theme.VERMILLION, alpha=0.22, linewidth=0, label=say("too few now", lang)
    )
    axes.fill_between(borders, under, over, step="post", color=theme.SKY, alpha=0.35, linewidth=0, label=say("spare now", lang))
    for name, look in (
        ("now", {"color": theme.BLACK, "linewidth": 1.3, "label": say("now", lang)}),
        ("by_formula", {"color": theme.ORANGE, "linestyle": (0, (4, 1.5)), "label": say("by formula", lang)}),
        ("by_simulation", {"color": theme.BLUE, "linewidth": 2.4, "label": say("by simulation", lang)}),
    ):
        axes.stairs(rows[name].to_numpy(), borders, baseline=None, **look)
    axes.set_ylim(0, 1.08 * max(1.0, float(plan.max()), float(now.max()), float(rows["by_formula"].max())))  # type: ignore[arg-type]
    axes.set_ylabel(say("agents", lang))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))


@staffing.source(Scenario, Result)
def of_scenario(given: Scenario | Result, wish: Wish) -> Drawing:
    """Find the fewest agents that meet the targets, by formula and by simulation; takes a while."""
    scenario = given.scenario if isinstance(given, Result) else given
    seed, replications = (given.seed, given.replications) if isinstance(given, Result) else (wish.seed, wish.replications)
    goals = [read_goal(text, scenario) for text in wish.goals] or goals_of(scenario)
    plan = staff(scenario, goals=goals, seed=seed, replications=replications)
    return staff_frame(plan), {"title": scenario.name, "subtitle": in_brief(plan, wish.lang), "lang": wish.lang}


def in_brief(plan: StaffPlan, lang: str = "en") -> str:
    """Say in a subtitle what the plan takes and how it was tested."""
    return say(
        "{plan} agent-hours recommended, {formula} by formula, {now} now; tested in {many}",
        lang,
        plan=_hours(plan.hours(), lang),
        formula=_hours(plan.hours("formula"), lang),
        now=_hours(plan.hours("current"), lang),
        many=numbered(plan.results["recommended"].replications, "replication", lang),
    )


def _hours(value: float, lang: str) -> str:
    return format_value(round(value, 2), "hours", locale=lang)
