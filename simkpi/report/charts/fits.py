"""The chart of fitted laws: talk times of the log against the law's quantiles, patience against the Kaplan-Meier curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from simkpi.errors import InputError
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.curves import curves
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Contact types that are drawn: the busiest.
_MOST = 4


@chart(needs=("contact_type", "kind", "x", "recorded", "fitted", "low", "high"))
def fits(table: DataFrame, *, title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: do the fitted laws of talk time and patience follow the log.

    Parameters
    ----------
    table : DataFrame
        From :func:`simkpi.planning.calibrate.curves.curves`: the four busiest contact types are drawn.
    title, subtitle : str
        What was fitted.
    lang : str
        ``en`` or ``fr``.
    """
    import polars as pl

    names = table["contact_type"].unique(maintain_order=True).to_list()[:_MOST]
    if not names:
        raise InputError("nothing to draw: no contact type has 20 talk times")
    height = 0.9 + 2.5 * len(names)
    figure = Figure(figsize=(9.5, height), dpi=120)
    panels = figure.subplots(len(names), 2, squeeze=False)
    for (left, right), name in zip(panels, names, strict=True):
        mine = table.filter(pl.col("contact_type") == name)
        _quantiles(left, mine.filter(pl.col("kind") == "talk"), name, lang)
        _survival(right, mine.filter(pl.col("kind") == "patience"), name, lang)
    top = theme.heading(figure, title, subtitle, left=0.02)
    figure.subplots_adjust(left=0.09, right=0.98, top=top - 0.3 / height, bottom=0.55 / height, hspace=0.55, wspace=0.2)
    return figure


def _quantiles(axes: Axes, rows: DataFrame, name: str, lang: str) -> None:
    """Talk time: each level's quantile in the log over that of the law; on the line both agree."""
    axes.set_title(theme.literal(say("{name}: talk time", lang, name=name), limit=50))
    if rows.is_empty():
        _nothing(axes, lang)
        return
    fitted, recorded = rows["fitted"].to_numpy(), rows["recorded"].to_numpy()
    most = float(max(fitted.max(), recorded.max())) * 1.04
    axes.plot([0, most], [0, most], color=theme.GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot(fitted, recorded, ls="none", marker="o", markersize=3.5, color=theme.BLUE)
    ends = np.searchsorted(rows["x"].to_numpy(), [0.5, 0.9])
    for place, level in zip(ends, ("50 %", "90 %"), strict=True):
        axes.annotate(level, (fitted[place], recorded[place]), xytext=(6, -11), textcoords="offset points", fontsize=8)
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    axes.set_xlabel(say("by the law", lang))
    axes.set_ylabel(say("in the log", lang))
    for axis in (axes.xaxis, axes.yaxis):
        theme.value_axis(axis, "seconds", lang)


def _survival(axes: Axes, rows: DataFrame, name: str, lang: str) -> None:
    """Patience: share still waiting after each wait."""
    axes.set_title(theme.literal(say("{name}: still waiting", lang, name=name), limit=50))
    if rows.is_empty():
        _nothing(axes, lang)
        return
    x, recorded, low, high = (rows[column].to_numpy() for column in ("x", "recorded", "low", "high"))
    axes.vlines(x, low, high, color=theme.BLACK, linewidth=3, alpha=0.35, label=say("Kaplan-Meier, 95 % interval", lang))
    axes.plot(x, recorded, ls="none", marker="o", markersize=4, color=theme.BLACK)
    axes.plot(x, rows["fitted"].to_numpy(), color=theme.VERMILLION, marker="s", markersize=3, label=say("fitted law", lang))
    axes.set_xlim(left=0)
    theme.percent_axis(axes, lang)
    theme.value_axis(axes.xaxis, "seconds", lang)
    axes.set_xlabel(say("wait", lang))
    axes.legend(loc="lower left", fontsize=8)


def _nothing(axes: Axes, lang: str) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.5, say("too few to fit", lang), ha="center", va="center", color=theme.GREY, transform=axes.transAxes)


@fits.source(Calibration)
def _of_calibration(found: Calibration, wish: Wish) -> Drawing:
    contacts = f"{len(found.observed):,}" if wish.lang == "en" else f"{len(found.observed):,}".replace(",", "\u202f")
    told = say("{contacts} contacts of {source}", wish.lang, contacts=contacts, source=found.source)
    return curves(found), {"title": say("Fitted laws", wish.lang), "subtitle": told, "lang": wish.lang}
