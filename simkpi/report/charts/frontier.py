"""The chart of a choice: what each scenario costs, what service it gives, and which ones no other beats in both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from simkpi.errors import InputError
from simkpi.experiment.stored import SweepTables
from simkpi.kpi.measure import KPIS
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.costs import sweep_costs
from simkpi.report.goals import goal_of
from simkpi.report.sentences import how_sweep
from simkpi.report.tables import title as kpi_title
from simkpi.report.words import say
from simkpi.units import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Scenarios on the frontier that are named.
MOST_NAMED = 8


@chart(needs=("scenario", "called", "cost", "value", "low", "high"))
def frontier(
    table: DataFrame,
    *,
    better: str = "higher",
    unit: str = "fraction",
    kpi: str = "",
    cost: str = "",
    goal: float | None = None,
    title: str = "",
    subtitle: str = "",
    lang: str = "en",
) -> Figure:
    """Answer: what does better service cost, and which scenarios are worth a look at all.

    Parameters
    ----------
    table : DataFrame
        One row per scenario: ``scenario`` (its number), ``called`` (its settings in words), ``cost``, ``value``, ``low``,
        ``high`` of the KPI.
    better : str
        ``higher`` or ``lower``: the good side of the KPI.
    unit : str
        Of the KPI.
    kpi, cost : str
        Names of the axes.
    goal : float or None
        The figure to reach.
    title, subtitle : str
        What was simulated, and how.
    lang : str
        ``en`` or ``fr``.
    """
    table = table.filter(pl.col("value").is_not_null() & pl.col("cost").is_not_null())
    if table.is_empty():
        raise InputError("nothing to draw: no scenario has both a cost and a figure")
    best = undominated(table, better)
    named = table.filter(pl.col("scenario").is_in(best)).sort("cost", "scenario")
    lines = min(MOST_NAMED, len(named))
    height = 5.2 + 0.2 * lines
    figure = Figure(figsize=(9.5, height), dpi=120)
    axes = figure.subplots()
    _points(axes, table, best)
    axes.step(
        named["cost"], named["value"], where="post", color=theme.BLUE, linewidth=1.2, label=say("not beaten by any other", lang)
    )
    if goal is not None:
        words = say("target {share}", lang, share=format_value(goal, unit, half_width=0.01, locale=lang))
        axes.axhline(goal, color=theme.VERMILLION, linestyle=(0, (1, 1.2)), label=words)
    for row in named.head(MOST_NAMED).iter_rows(named=True):
        axes.annotate(
            str(row["scenario"]), (row["cost"], row["value"]), xytext=(5, -11), textcoords="offset points", color=theme.BLUE
        )
    axes.set_xlabel(theme.literal(cost))
    axes.set_ylabel(theme.literal(kpi))
    theme.value_axis(axes.yaxis, unit, lang)
    theme.value_axis(axes.xaxis, "count", lang)
    theme.key(axes, 3)
    top = theme.heading(figure, title, subtitle, left=0.085)
    bottom = (0.7 + 0.2 * lines) / height
    figure.subplots_adjust(left=0.085, right=0.975, top=top - 0.12 / height, bottom=bottom)
    for number, row in enumerate(named.head(MOST_NAMED).iter_rows(named=True)):
        place = (0.2 * (lines - number) - 0.06) / height
        figure.text(
            0.085,
            place,
            theme.literal(f"{row['scenario']}: {row['called']}", limit=120),
            fontsize=8.5,
            va="center",
            color=theme.BLACK,
        )
    return figure


def _points(axes: Axes, table: DataFrame, best: list[int]) -> None:
    on_it = pl.col("scenario").is_in(best)
    for rows, color, size in ((table.filter(~on_it), theme.GREY, 4), (table.filter(on_it), theme.BLUE, 6)):
        value = rows["value"].to_numpy()
        ends = [rows[end].cast(float).fill_null(float("nan")).to_numpy() for end in ("low", "high")]
        reach = np.nan_to_num(np.vstack([value - ends[0], ends[1] - value]))
        marker: dict[str, Any] = {"marker": "o", "markersize": size, "linestyle": "none", "capsize": 2, "linewidth": 1}
        axes.errorbar(
            rows["cost"], value, yerr=np.maximum(reach, 0), color=color, alpha=1.0 if color == theme.BLUE else 0.7, **marker
        )


def undominated(table: DataFrame, better: str = "higher") -> list[int]:
    """Numbers of the scenarios for which no other is at least as cheap and as good, and better in one of them."""
    sign = 1.0 if better == "higher" else -1.0
    kept, level = [], -np.inf
    for row in (
        table.with_columns(_good=sign * pl.col("value"))
        .sort("cost", "_good", "scenario", descending=[False, True, False])
        .iter_rows(named=True)
    ):
        if row["_good"] > level:
            kept.append(row["scenario"])
            level = row["_good"]
    return kept


@frontier.source(SweepTables)
def of_sweep(swept: SweepTables, wish: Wish) -> Drawing:
    """Cost of every scenario of a sweep (agents, and bot sessions if they were scored), against one KPI."""
    kpi = wish.kpi or "service_level"
    rows = swept.table.filter(pl.col("kpi") == kpi)
    if rows.is_empty():
        raise InputError(f"the sweep has no KPI '{kpi}'; it has {', '.join(swept.table['kpi'].unique(maintain_order=True))}")
    costs, words = sweep_costs(swept, lang=wish.lang)
    called = [swept.plan.called(number - 1) for number in rows["scenario"]]
    table = rows.select("scenario", "value", "low", "high").with_columns(
        cost=pl.col("scenario").replace_strict(costs, default=None, return_dtype=pl.Float64),
        called=pl.Series(called, dtype=pl.String),
    )
    found = KPIS.get(kpi.partition(":")[0])
    goal = goal_of(swept.plan.base, kpi, wish.goals)
    about: dict[str, Any] = {"title": swept.plan.base.name, "subtitle": how_sweep(swept, wish.lang), "lang": wish.lang}
    axes = {
        "kpi": kpi_title(kpi, wish.lang),
        "cost": words,
        "unit": found.unit,
        "better": "lower" if found.better == "lower" else "higher",
    }
    return table, {**about, **axes, "goal": None if goal is None else goal.value}
