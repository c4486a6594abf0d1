"""The chart of a sweep: a KPI over one varied field as lines, over two as a map, over more as a row of points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from simkpi.errors import InputError
from simkpi.experiment.stored import SweepTables
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.charts.comparison import MAIN
from simkpi.report.sentences import how_sweep
from simkpi.report.tables import figure as written
from simkpi.report.tables import title as kpi_title
from simkpi.report.words import say
from simkpi.units import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Cells of a map that still hold a figure each.
_MOST_FIGURES = 200


@chart(needs=("scenario", "kpi", "value", "low", "high", "unit"))
def sweep(table: DataFrame, *, kpi: str, paths: Sequence[str], title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: which value of the varied fields gives which figure.

    Parameters
    ----------
    table : DataFrame
        Results of a sweep.
    kpi : str
        The KPI to draw.
    paths : sequence of str
        Columns of the varied fields.
    title, subtitle : str
        Written above.
    lang : str
        ``en`` or ``fr``.

    Returns
    -------
    Figure
    """
    import polars as pl

    rows = table.filter(pl.col("kpi") == kpi)
    height = 5.2
    figure = Figure(figsize=(9.5, height), dpi=120)
    axes = figure.subplots()
    varied = [path for path in paths if rows[path].n_unique() > 1]
    if len(varied) == 2 and rows.select(varied).n_unique() == len(rows):
        _map(axes, rows, varied, kpi, lang)
    else:
        _points(axes, rows, varied, kpi, lang)
    of_what = say("{whose}: {kpi}", lang, whose=title, kpi=kpi_title(kpi, lang)) if title else kpi_title(kpi, lang)
    lines = "; ".join(filter(None, (subtitle, say("figures with {share} intervals", lang, share="95%"))))
    top = theme.heading(figure, of_what, lines, left=0.02)
    is_slanted = any(label.get_rotation() for label in axes.get_xticklabels())
    figure.subplots_adjust(left=0.1, right=0.96, top=top, bottom=(1.7 if is_slanted else 0.6) / height)
    return figure


def _points(axes: Axes, rows: DataFrame, varied: Sequence[str], kpi: str, lang: str) -> None:
    """Draw figures with their intervals, over the one varied field if it is a number, else side by side."""
    is_line = len(varied) == 1 and rows[varied[0]].dtype.is_numeric()
    rows = rows.sort(varied[0]) if is_line else rows
    value, low, high = (rows[name].cast(float).fill_null(math.nan).to_numpy() for name in ("value", "low", "high"))
    where = rows[varied[0]].to_numpy() if is_line else np.arange(len(rows))
    bars = np.vstack([np.nan_to_num(value - low), np.nan_to_num(high - value)])
    axes.errorbar(
        where,
        value,
        yerr=np.maximum(bars, 0),
        color=theme.BLUE,
        marker="o",
        markersize=4,
        capsize=3,
        ls="-" if is_line else "none",
    )
    if is_line:
        axes.set_xlabel(theme.literal(varied[0]))
    else:
        step = max(1, len(rows) // 30)
        texts = _labels(rows, varied)
        axes.set_xticks(
            where[::step], texts[::step], rotation=45 if len(rows) > 6 else 0, ha="right" if len(rows) > 6 else "center"
        )
        axes.set_xlabel(theme.literal(", ".join(varied)) or say("Scenario", lang))
    unit, half = rows["unit"][0], float(np.nanmax(np.abs(value), initial=0.01)) / 20
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: format_value(number, unit, half_width=half, locale=lang)))


def _map(axes: Axes, rows: DataFrame, varied: Sequence[str], kpi: str, lang: str) -> None:
    """Draw the figures as a map of colours, written into the cells while they are few."""
    ticks = [list(dict.fromkeys(rows[path].to_list())) for path in varied]
    grid, half = (np.full((len(ticks[1]), len(ticks[0])), math.nan) for _ in range(2))
    for row in rows.iter_rows(named=True):
        if row["value"] is not None:
            spot = ticks[1].index(row[varied[1]]), ticks[0].index(row[varied[0]])
            grid[spot] = row["value"]
            half[spot] = math.nan if row["low"] is None else (row["high"] - row["low"]) / 2
    image = axes.imshow(grid, aspect="auto", origin="lower", cmap="cividis")
    axes.grid(visible=False)
    for axis, path, values in ((axes.xaxis, varied[0], ticks[0]), (axes.yaxis, varied[1], ticks[1])):
        step = max(1, len(values) // 15)
        axis.set_ticks(range(0, len(values), step), [theme.literal(str(value), limit=20) for value in values[::step]])
        axis.set_label_text(theme.literal(path))
    unit = rows["unit"][0]
    axes.figure.colorbar(image, ax=axes, format=FuncFormatter(lambda number, _: _figure(number, unit, lang)))
    if grid.size <= _MOST_FIGURES:
        edge = theme.edge(axes)
        middle = (np.nanmin(grid) + np.nanmax(grid)) / 2 if not np.isnan(grid).all() else 0.0
        for (y, x), number in np.ndenumerate(grid):
            if not math.isnan(number):
                color = "white" if number < middle else theme.BLACK
                spread = None if math.isnan(half[y, x]) else float(half[y, x])
                words = theme.in_cell(written(float(number), spread, unit, lang=lang), grid.shape[1])
                axes.text(x, y, words, ha="center", va="center", fontsize=8, color=color, clip_path=edge)


def _labels(rows: DataFrame, varied: Sequence[str]) -> list[str]:
    if not varied:
        return [str(number) for number in rows["scenario"].to_list()]
    return [theme.literal(", ".join(_text(value) for value in values), limit=30) for values in rows.select(varied).iter_rows()]


def _text(value: Any) -> str:
    return "-" if value is None else str(value)


def _figure(number: float, unit: str, lang: str) -> str:
    half = max(abs(number), 0.01) / 50 if unit != "fraction" else 0.005
    return format_value(number, unit, half_width=half, locale=lang)


@sweep.source(SweepTables)
def of_sweep(swept: SweepTables, wish: Wish) -> Drawing:
    """Results of a sweep, one KPI."""
    there = swept.table["kpi"].unique(maintain_order=True).to_list()
    kpi = wish.kpi or next((name for name in MAIN if name in there), there[0])
    if kpi not in there:
        raise InputError(f"the sweep has no KPI '{kpi}'; it has {', '.join(there)}")
    about = {"title": swept.plan.base.name, "subtitle": how_sweep(swept, wish.lang), "lang": wish.lang}
    return swept.table, {**about, "kpi": kpi, "paths": swept.plan.paths}
