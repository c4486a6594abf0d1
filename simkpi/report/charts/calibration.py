"""The chart of a calibration: the log's figures in the range in which a log like it falls, if the fitted scenario is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simkpi.errors import InputError
from simkpi.planning.calibrate.check import Comparison
from simkpi.report import theme
from simkpi.report.calibrate_table import label
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.words import numbered, say
from simkpi.units import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame


@chart(needs=("title", "unit", "recorded", "value", "low", "high"))
def calibration(table: DataFrame, *, title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: does the fitted scenario reproduce the log, KPI by KPI.

    Parameters
    ----------
    table : DataFrame
        One row per KPI: ``title``, ``unit``, ``recorded`` (the log's figure), ``value`` (simulated mean), ``low``, ``high``
        (range in which 95 of 100 logs of this length fall if the scenario is right).
    title, subtitle : str
        What was fitted, and how it was simulated.
    lang : str
        ``en`` or ``fr``.
    """
    rows = [row for row in table.iter_rows(named=True) if None not in (row["recorded"], row["low"], row["high"])]
    if not rows:
        raise InputError("nothing to draw: no KPI was compared")
    height = 1.75 + 0.36 * len(rows)
    figure = Figure(figsize=(9.5, height), dpi=120)
    panels = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axes, row in zip(panels, rows, strict=True):
        _row(axes, row, lang)
    top = theme.heading(figure, title, subtitle, left=0.02)
    figure.legend(handles=_legend(lang), loc="upper left", bbox_to_anchor=(0.015, top + 0.04 / height), ncols=4)
    figure.subplots_adjust(left=0.33, right=0.66, top=top - 0.32 / height, bottom=0.15 / height, hspace=0.3)
    return figure


def _row(axes: Axes, row: dict[str, Any], lang: str) -> None:
    """Draw one KPI on an axis of its own."""
    low, high, log, mean = (float(row[name]) for name in ("low", "high", "recorded", "value"))
    ends = (min(low, log), max(high, log))
    room = max(0.18 * (ends[1] - ends[0]), 1e-9)
    axes.set_xlim(ends[0] - room, ends[1] + room)
    axes.set_ylim(-0.5, 0.5)
    axes.set_facecolor("#F7F7F7")
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.plot([low, high], [0, 0], color=theme.SKY, linewidth=6, solid_capstyle="butt")
    axes.plot([mean], [0], marker="|", markersize=14, markeredgewidth=2, color=theme.BLUE, linestyle="none")
    inside = low <= log <= high
    axes.plot(
        [log],
        [0],
        marker="D" if inside else "X",
        markersize=7,
        color=theme.BLACK if inside else theme.VERMILLION,
        linestyle="none",
        zorder=4,
    )
    axes.text(-0.03, 0.5, theme.literal(row["title"], limit=40), transform=axes.transAxes, ha="right", va="center")
    shown = [format_value(number, row["unit"], half_width=(high - low) / 20 or None, locale=lang) for number in (log, low, high)]
    words = say("log {log}; simulated {low} to {high}", lang, log=shown[0], low=shown[1], high=shown[2])
    axes.text(
        1.03,
        0.5,
        words,
        transform=axes.transAxes,
        ha="left",
        va="center",
        fontsize=8.8,
        color=theme.BLACK if inside else theme.VERMILLION,
    )


def _legend(lang: str) -> list[Line2D]:
    return [
        Line2D([], [], color=theme.SKY, linewidth=6, label=say("range of one log", lang)),
        Line2D(
            [],
            [],
            color=theme.BLUE,
            marker="|",
            markersize=12,
            markeredgewidth=2,
            linestyle="none",
            label=say("simulated mean", lang),
        ),
        Line2D([], [], color=theme.BLACK, marker="D", linestyle="none", label=say("the log, inside", lang)),
        Line2D([], [], color=theme.VERMILLION, marker="X", linestyle="none", label=say("the log, outside", lang)),
    ]


@calibration.source(Comparison)
def of_comparison(found: Comparison, wish: Wish) -> Drawing:
    """Lines of the check of a fit."""
    figures = [name for name in calibration.needs if name != "title"]
    rows = [{"title": label(line, wish.lang), **{name: getattr(line, name) for name in figures}} for line in found.lines]
    schema = {name: pl.String if name in ("title", "unit") else pl.Float64 for name in calibration.needs}
    return pl.DataFrame(rows, schema=schema), {
        "title": say("The log beside simulations of its fit", wish.lang),
        "subtitle": numbered(found.replications, "replication", wish.lang),
        "lang": wish.lang,
    }
