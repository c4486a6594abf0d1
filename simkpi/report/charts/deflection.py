"""The chart of the deflection lab: what a bot's containment promises and what it saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from simkpi.errors import InputError
from simkpi.report import theme
from simkpi.report.chart import chart
from simkpi.report.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Topics in one figure.
MOST_TOPICS = 4


@chart(needs=("topic", "contains", "is_now", "claimed_containment", "claimed_hours", "net_hours"))
def deflection(table: DataFrame, *, title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: how much of the saving that the containment promises is there in the end.

    Parameters
    ----------
    table : DataFrame
        One row per topic and setting, ascending: ``topic``, ``contains``, ``is_now``, ``claimed_containment`` (share of contacts
        that end with the bot), and ``claimed_hours``, ``net_hours`` (agent-hours saved) each with ``_low`` and ``_high``.
    title, subtitle : str
        What was simulated, and how.
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: no containment was simulated")
    topics = table["topic"].unique(maintain_order=True).to_list()[:MOST_TOPICS]
    height = 1.4 + 3.7 * len(topics)
    figure = Figure(figsize=(9.5, height), dpi=120)
    axes = figure.subplots(len(topics), 1, squeeze=False)[:, 0]
    for each, topic in zip(axes, topics, strict=True):
        _topic(each, table.filter(table["topic"] == topic), str(topic), lang)
    theme.key(axes[0], 4)
    axes[-1].set_xlabel(say("contacts that end with the bot (claimed containment)", lang))
    figure.text(0.09, 1 - 0.18 / height, theme.literal(title), fontsize=13, fontweight="bold", va="top")
    figure.text(0.09, 1 - 0.46 / height, theme.literal(subtitle, limit=125), color=theme.GREY, va="top")
    figure.subplots_adjust(left=0.09, right=0.975, top=1 - 1.0 / height, bottom=0.55 / height, hspace=0.3)
    return figure


def _topic(axes: Axes, rows: DataFrame, topic: str, lang: str) -> None:
    axes.set_title(theme.literal(topic, limit=40))
    x = rows["claimed_containment"].to_numpy()
    columns = {name: rows[name].cast(float).fill_null(float("nan")).to_numpy() for name in rows.columns if "_hours" in name}
    claimed, net = columns["claimed_hours"], columns["net_hours"]
    axes.fill_between(x, net, claimed, color=theme.LIGHT, linewidth=0, label=say("promised, but not saved", lang))
    for name, color, words in (("claimed_hours", theme.ORANGE, "claimed saving"), ("net_hours", theme.BLUE, "net saving")):
        ends = np.array([columns[f"{name}_low"], columns[f"{name}_high"]])
        spread = np.abs(ends - columns[name])
        axes.errorbar(x, columns[name], yerr=spread, color=color, marker="o", markersize=5, capsize=3, label=say(words, lang))
    for row in rows.filter(rows["is_now"]).iter_rows(named=True):
        axes.axvline(row["claimed_containment"], color=theme.BLACK, linewidth=1.1, linestyle=(0, (1, 1.2)))
        shown = row["claimed_hours"], row["net_hours"]
        if shown[0]:
            text = say("now: {net} of {claimed} agent-hours", lang, net=f"{shown[1]:,.0f}", claimed=f"{shown[0]:,.0f}")
            axes.annotate(text, (row["claimed_containment"], min(*shown, 0)), (6, 6), textcoords="offset points")
    axes.axhline(0, color=theme.GREY, linewidth=0.9)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0), high)
    axes.set_ylabel(say("agent-hours saved", lang))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:.0f}%"))
