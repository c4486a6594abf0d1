"""The chart of two fields: the KPI for every pair of values, and the region in which the targets are met."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.experiment.stored import SweepTables
from simkpi.experiment.verdicts import MET, MISSED, UNKNOWN, UNSURE
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.goals import goals_for, states
from simkpi.report.sentences import how_sweep
from simkpi.report.tables import figure as written
from simkpi.report.tables import title as kpi_title
from simkpi.report.words import say
from simkpi.units import format_share, format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Cells that still hold a figure each.
_MOST_FIGURES = 150
_STATE = {MET: 2, UNSURE: 1, MISSED: 0, UNKNOWN: 0}


@chart(needs=("x", "y", "value", "half_width", "unit", "state"))
def heatmap(
    table: DataFrame,
    *,
    x: str = "",
    y: str = "",
    kpi: str = "",
    goals: str = "",
    title: str = "",
    subtitle: str = "",
    lang: str = "en",
) -> Figure:
    """Answer: for which pairs of values are the targets met.

    Parameters
    ----------
    table : DataFrame
        One row per pair: ``x``, ``y`` (values of the fields), ``value``, ``half_width``, ``unit`` of the KPI, ``state``
        (``met``, ``not sure``, ``missed``: all targets together; null without targets).
    x, y, kpi : str
        The fields and the KPI, in words.
    goals : str
        The targets, in words.
    title, subtitle : str
        What was simulated, and how.
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: no pair of values is complete")
    ticks = [list(dict.fromkeys(table[name].to_list())) for name in ("x", "y")]
    grid, half, state = (np.full((len(ticks[1]), len(ticks[0])), math.nan) for _ in range(3))
    for row in table.iter_rows(named=True):
        spot = (ticks[1].index(row["y"]), ticks[0].index(row["x"]))
        grid[spot] = math.nan if row["value"] is None else row["value"]
        half[spot] = math.nan if row["half_width"] is None else row["half_width"]
        state[spot] = math.nan if row["state"] is None else _STATE[row["state"]]
    height = min(10.0, 2.4 + 0.55 * len(ticks[1]))
    figure = Figure(figsize=(9.5, height), dpi=120)
    axes = figure.subplots()
    unit = str(table["unit"][0])
    image = axes.imshow(grid, aspect="auto", origin="lower", cmap="cividis")
    bar = figure.colorbar(image, ax=axes, pad=0.015, fraction=0.04)
    bar.ax.yaxis.set_major_formatter(
        FuncFormatter(
            lambda value, _: format_value(value, unit, half_width=(np.nanmax(grid) - np.nanmin(grid)) / 12 or 0.01, locale=lang)
        )
    )
    _figures(axes, grid, half, unit, lang)
    _outline(axes, state >= 2, {"color": "white", "linewidth": 5})
    _outline(axes, state >= 2, {"color": theme.VERMILLION, "linewidth": 2.6})
    _outline(axes, state >= 1, {"color": theme.VERMILLION, "linewidth": 1.4, "linestyle": (0, (2, 2))})
    _axes(axes, ticks, (x, y))
    notes = [subtitle]
    if goals and not np.isnan(state).all():
        somewhere = "line: {goals} for sure; dashed: not sure; figures with {share} intervals"
        text = somewhere if (state >= 1).any() else "{goals}: nowhere; figures with {share} intervals"
        notes.append(say(text, lang, goals=goals, share="95%"))
    top = theme.heading(figure, f"{title}: {kpi}" if title else kpi, "; ".join(filter(None, notes)), left=0.02)
    figure.subplots_adjust(left=0.12, right=0.94, top=top - 0.08 / height, bottom=0.6 / height)
    return figure


def _figures(axes: Axes, grid: NDArray[np.float64], half: NDArray[np.float64], unit: str, lang: str) -> None:
    if grid.size > _MOST_FIGURES or np.isnan(grid).all():
        return
    middle, edge = (np.nanmin(grid) + np.nanmax(grid)) / 2, theme.edge(axes)
    for (row, column), value in np.ndenumerate(grid):
        if not math.isnan(value):
            spread = None if math.isnan(half[row, column]) else float(half[row, column])
            words = theme.in_cell(written(float(value), spread, unit, lang=lang), grid.shape[1])
            color = "white" if value < middle else theme.BLACK
            axes.text(column, row, words, ha="center", va="center", fontsize=8.5, color=color, clip_path=edge)


def _outline(axes: Axes, inside: NDArray[np.bool_], look: dict[str, Any]) -> None:
    """Draw the border between the cells that are *inside* and all others."""
    padded = np.pad(inside, 1)
    for row, column in zip(*np.nonzero(inside), strict=True):
        left, bottom = column - 0.5, row - 0.5
        edges = {
            (0, -1): ((left, left), (bottom, bottom + 1)),
            (0, 1): ((left + 1, left + 1), (bottom, bottom + 1)),
            (-1, 0): ((left, left + 1), (bottom, bottom)),
            (1, 0): ((left, left + 1), (bottom + 1, bottom + 1)),
        }
        for (down, right), line in edges.items():
            if not padded[row + 1 + down, column + 1 + right]:
                axes.plot(*line, solid_capstyle="projecting", clip_on=False, zorder=4, **look)


def _axes(axes: Axes, ticks: list[list[Any]], names: tuple[str, str]) -> None:
    axes.grid(visible=False)
    for axis, values, name in ((axes.xaxis, ticks[0], names[0]), (axes.yaxis, ticks[1], names[1])):
        step = max(1, -(-len(values) // 16))
        axis.set_ticks(range(0, len(values), step), [theme.literal(str(value), limit=14) for value in values[::step]])
        axis.set_label_text(theme.literal(name))
    axes.tick_params(length=0)


@heatmap.source(SweepTables)
def of_sweep(swept: SweepTables, wish: Wish) -> Drawing:
    """Take the first two fields that vary; further ones stay at the values of the first scenario."""
    kpi = wish.kpi or "service_level"
    rows = swept.table.filter(pl.col("kpi") == kpi)
    varied = [path for path in swept.plan.paths if rows.n_unique(path) > 1] if len(rows) else []
    if len(varied) < 2:
        raise InputError(
            f"a heat map needs two varied fields and the KPI '{kpi}'; the sweep varies {', '.join(varied) or 'nothing'}"
        )
    x, y, *others = varied
    first = rows.row(0, named=True)
    for path in others:
        rows = rows.filter(pl.col(path).eq_missing(first[path]))
    goals = goals_for(swept.plan.base, wish.goals)
    found = states(swept.table, goals)
    table = rows.select(pl.col(x).alias("x"), pl.col(y).alias("y"), "value", "half_width", "unit").with_columns(
        state=pl.Series([found[number] for number in rows["scenario"]], dtype=pl.String)
    )
    words = ", ".join(
        f"{kpi_title(goal.kpi, wish.lang)} {'≥' if goal.sign > 0 else '≤'} {_amount(goal.value, goal.unit)}" for goal in goals
    )
    about = {"title": swept.plan.base.name, "subtitle": how_sweep(swept, wish.lang), "lang": wish.lang, "goals": words}
    fixed = ", ".join(f"{path}={first[path]}" for path in others)
    return table, {**about, "x": x, "y": f"{y} ({fixed})" if fixed else y, "kpi": kpi_title(kpi, wish.lang)}


def _amount(value: float, unit: str) -> str:
    return format_share(value) if unit == "fraction" else format_value(value, unit)
