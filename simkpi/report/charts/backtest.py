"""The chart of a back-test: each predicted day with its interval, and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from simkpi.errors import InputError
from simkpi.report import theme
from simkpi.report.chart import chart
from simkpi.report.words import say
from simkpi.units import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame


@chart(needs=("figure", "day", "actual", "predicted", "low", "high"))
def backtest(
    table: DataFrame,
    *,
    shown: Sequence[str] = (),
    names: Mapping[str, tuple[str, str]] | None = None,
    title: str = "",
    subtitle: str = "",
    lang: str = "en",
) -> Figure:
    """Answer: did the days that were not fitted turn out as predicted.

    Parameters
    ----------
    table : DataFrame
        One row per figure and predicted day.
    shown : sequence of str
        Figures to draw, a panel each; default: all that were judged.
    names : mapping of str to (title, unit)
        Of the figures.
    title, subtitle : str
        Written above.
    lang : str
        ``en`` or ``fr``.

    Returns
    -------
    Figure
    """
    import polars as pl

    judged = table.filter(pl.col("low").is_not_null())
    keys = [key for key in (shown or judged["figure"].unique(maintain_order=True)) if key in set(judged["figure"])]
    if not keys:
        raise InputError("nothing to draw: no day has a prediction interval")
    figure = Figure(figsize=(9.5, 1.4 + 1.9 * len(keys)), dpi=120)
    panels = figure.subplots(len(keys), 1, sharex=True, squeeze=False)[:, 0]
    days = judged["day"].unique().sort().to_list()
    for axes, key in zip(panels, keys, strict=True):
        label, unit = (names or {}).get(key, (key, "number"))
        _panel(axes, judged.filter(pl.col("figure") == key), days, (label, unit), lang)
    panels[-1].set_xticks(range(len(days)), [f"{day:%a %d %b}" if lang == "en" else f"{day:%d/%m}" for day in days])
    if len(days) > 10:
        panels[-1].tick_params(axis="x", rotation=60)
    theme.key(panels[0], 4)
    height = figure.get_figheight()
    figure.text(0.085, 1 - 0.12 / height, theme.literal(title), fontsize=13, fontweight="bold", va="top")
    figure.text(0.085, 1 - 0.42 / height, theme.literal(subtitle, limit=120), color=theme.GREY, va="top")
    figure.subplots_adjust(
        left=0.085, right=0.975, top=1 - 1.0 / height, bottom=(0.9 if len(days) > 10 else 0.4) / height, hspace=0.32
    )
    return figure


def _panel(axes: Axes, rows: DataFrame, days: list[object], name: tuple[str, str], lang: str) -> None:
    label, unit = name
    place = np.array([days.index(day) for day in rows["day"].to_list()], dtype=float)
    actual, predicted, low, high = (
        rows[name].cast(float).fill_null(float("nan")).to_numpy() for name in ("actual", "predicted", "low", "high")
    )
    outside = (actual < low) | (actual > high)
    axes.vlines(place, low, high, color=theme.BLUE, alpha=0.35, linewidth=9, label=say("90% prediction interval", lang))
    axes.plot(place, predicted, ls="none", marker="_", markersize=11, color=theme.BLUE, label=say("predicted", lang))
    axes.plot(
        place[~outside], actual[~outside], ls="none", marker="o", markersize=5, color=theme.BLACK, label=say("happened", lang)
    )
    axes.plot(
        place[outside], actual[outside], ls="none", marker="X", markersize=8, color=theme.VERMILLION, label=say("outside", lang)
    )
    axes.set_title(theme.literal(label))
    axes.set_xlim(-0.6, len(days) - 0.4)
    span = float(np.nanmax(high) - np.nanmin(low)) or 1.0
    axes.set_ylim(
        max(0.0, min(np.nanmin(low), np.nanmin(actual)) - 0.06 * span), max(np.nanmax(high), np.nanmax(actual)) + 0.08 * span
    )
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_value(value, unit, half_width=span / 20, locale=lang)))
