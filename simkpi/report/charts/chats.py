"""The chart of chats in a back-test: recorded distributions of replies, messages and open chats in the predicted bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from simkpi.errors import InputError
from simkpi.planning.backtest.chat_figures import MEASURES
from simkpi.report import theme
from simkpi.report.chart import chart
from simkpi.report.words import say
from simkpi.units import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

_COLUMNS = 2


@chart(needs=("measure", "x", "actual", "predicted", "low", "high"))
def chats(table: DataFrame, *, title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: do replies, messages and open chats of days that were not fitted fall as predicted.

    Parameters
    ----------
    table : DataFrame
        ``chats.csv`` of a back-test: shares of the values up to x, a panel for each measure.
    title, subtitle : str
        What was fitted, and what predicted.
    lang : str
        ``en`` or ``fr``.
    """
    import polars as pl

    names = table["measure"].unique(maintain_order=True).to_list()
    if not names:
        raise InputError("nothing to draw: no chat was compared")
    rows = -(-len(names) // _COLUMNS)
    height = 1.2 + 2.2 * rows
    figure = Figure(figsize=(9.5, height), dpi=120)
    panels = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes, name in zip(panels, names, strict=False):
        _panel(axes, table.filter(pl.col("measure") == name), name, lang)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    top = theme.heading(figure, title, subtitle, left=0.02)
    lines, labels = panels[0].get_legend_handles_labels()
    figure.legend(lines, labels, loc="upper left", bbox_to_anchor=(0.015, top + 0.04 / height), ncols=3)
    figure.subplots_adjust(left=0.07, right=0.98, top=top - 0.55 / height, bottom=0.4 / height, hspace=0.5, wspace=0.16)
    return figure


def _panel(axes: Axes, rows: DataFrame, name: str, lang: str) -> None:
    """Share of the values up to each point: recorded steps in the band of nine replications in ten."""
    unit = MEASURES.get(name, "number")
    x, actual, predicted, low, high = (rows[column].to_numpy() for column in ("x", "actual", "predicted", "low", "high"))
    band = say("90% of the replications", lang)
    axes.fill_between(x, low, high, step="post", color=theme.BLUE, alpha=0.25, linewidth=0, label=band)
    axes.step(x, predicted, where="post", color=theme.BLUE, linewidth=1.5, linestyle=(0, (5, 2)), label=say("predicted", lang))
    axes.step(x, actual, where="post", color=theme.BLACK, linewidth=1.5, label=say("happened", lang))
    axes.set_title(theme.literal(say(name, lang), limit=60))
    axes.set_ylim(0, 1)
    theme.percent_axis(axes)
    show = FuncFormatter(lambda value, _: format_value(value, unit, half_width=max(1.0, value / 20), locale=lang))
    if unit == "seconds":
        axes.set_xscale("symlog", linthresh=10)
        axes.set_xlim(0, float(x[-1]))
        ticks = [tick for tick in (10, 30, 60, 180, 600, 1800, 7200, 36_000) if tick <= x[-1]]
        axes.set_xticks([0, *ticks])
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.xaxis.set_major_formatter(show)
