"""The chart of a forecast: the last weeks as they were, the coming ones with their interval and the seasonal naive forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from simkpi.errors import InputError
from simkpi.report import theme
from simkpi.report.chart import chart
from simkpi.report.words import say
from simkpi.units import format_value

if TYPE_CHECKING:
    from polars import DataFrame


def _dates(locator: AutoDateLocator, lang: str) -> ConciseDateFormatter:
    """Write dates as short as they stay clear; in French by numbers, for the names of months are English."""
    forms = ["%Y", "%m/%Y", "%d/%m", "%H:%M", "%H:%M", "%S"]
    given = {} if lang == "en" else {"formats": forms, "offset_formats": ["", "%Y", "%m/%Y", *["%d/%m/%Y"] * 3]}
    return ConciseDateFormatter(locator, **given)  # type: ignore[no-untyped-call]


@chart(needs=("day", "expected", "low", "high", "baseline"))
def forecast(
    table: DataFrame, *, recorded: DataFrame | None = None, title: str = "", subtitle: str = "", lang: str = "en"
) -> Figure:
    """Answer: how many contacts come on each of the coming days, and how sure is that.

    Parameters
    ----------
    table : DataFrame
        One row per day to come.
    recorded : DataFrame, optional
        ``day``, ``contacts`` of the days before.
    title, subtitle : str
        Written above.
    lang : str
        ``en`` or ``fr``.

    Returns
    -------
    Figure
    """
    if table.is_empty():
        raise InputError("nothing to draw: no day is open")
    if table.schema["day"] == pl.String:  # as CSV files hold it
        table = table.with_columns(pl.col("day").str.to_date())
    figure = Figure(figsize=(9.5, 4.6), dpi=120)
    axes = figure.subplots()
    if recorded is not None and recorded.height:
        days, contacts = recorded["day"].to_list(), recorded["contacts"].to_numpy()
        axes.plot(days, contacts, color=theme.BLACK, marker="o", markersize=3, linewidth=1, label=say("recorded", lang))
    days = table["day"].to_list()
    low, high = table["low"].to_numpy(), table["high"].to_numpy()
    axes.vlines(days, low, high, color=theme.BLUE, alpha=0.3, linewidth=4, label=say("90% prediction interval", lang))
    axes.plot(
        days, table["expected"].to_numpy(), color=theme.BLUE, marker="o", markersize=4, linewidth=1, label=say("forecast", lang)
    )
    axes.plot(
        days,
        table["baseline"].to_numpy(),
        color=theme.ORANGE,
        marker="x",
        markersize=5,
        linewidth=0,
        label=say("seasonal naive", lang),
    )
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(_dates(locator, lang))
    axes.set_ylim(bottom=0)
    axes.set_ylabel(say("contacts a day", lang))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_value(value, "count", half_width=1.0, locale=lang)))
    theme.key(axes, 4)
    figure.text(0.09, 0.972, theme.literal(title), fontsize=13, fontweight="bold", va="top")
    figure.text(0.09, 0.915, theme.literal(subtitle, limit=120), color=theme.GREY, va="top")
    figure.subplots_adjust(left=0.09, right=0.975, top=0.8, bottom=0.1)
    return figure
