"""The chart of a comparison: what each scenario changes against the baseline, KPI by KPI, and how sure that is."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import polars as pl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simkpi.errors import InputError
from simkpi.experiment.compare import Comparison
from simkpi.experiment.differences import BETTER, HIGHER, LOWER, UNCLEAR, WORSE
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.comparison import change, comparison_title
from simkpi.report.tables import title as kpi_title
from simkpi.report.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: KPIs that are drawn unless one is asked for, those that planners decide by.
MAIN = (
    "service_level",
    "abandon_rate",
    "asa",
    "frt",
    "wait_p90",
    "occupancy",
    "containment_rate",
    "deflection_rate",
    "fcr",
    "aht",
)
_MOST_SCENARIOS = 8
_MOST_KPIS = 12
_NEUTRAL = (theme.BLACK, "s", theme.BLACK)
_LOOK = {
    BETTER: (theme.BLUE, "o", theme.BLUE),
    WORSE: (theme.VERMILLION, "X", theme.VERMILLION),
    HIGHER: _NEUTRAL,
    LOWER: _NEUTRAL,
}
_UNCLEAR = (theme.GREY, "o", "white")


@chart(needs=("scenario", "kpi", "unit", "difference", "difference_low", "difference_high", "difference_half_width", "verdict"))
def comparison(table: DataFrame, *, title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: what does each scenario change, by how much, and is it for sure.

    Parameters
    ----------
    table : DataFrame
        As :attr:`simkpi.experiment.compare.Comparison.table`: one row per scenario and KPI, the baseline's difference null.
    title, subtitle : str
        What was compared, and how.
    lang : str
        ``en`` or ``fr``.
    """
    rows = table.filter(pl.col("difference").is_not_null() & pl.col("difference_low").is_not_null())
    rows = chosen(rows, None) if rows["kpi"].n_unique() > _MOST_KPIS else rows
    moved = rows.filter(pl.col("difference") != 0)["kpi"].unique().to_list()
    kpis = [name for name in rows["kpi"].unique(maintain_order=True).to_list() if name in moved]
    if not kpis:
        raise InputError("nothing to draw: no KPI differs between the scenarios")
    names = rows["scenario"].unique(maintain_order=True).to_list()[:_MOST_SCENARIOS]
    row_height = 0.3 * len(names) + 0.3
    height = 1.75 + row_height * len(kpis)
    figure = Figure(figsize=(9.5, height), dpi=120)
    panels = figure.subplots(len(kpis), 1, squeeze=False)[:, 0]
    for axes, kpi in zip(panels, kpis, strict=True):
        _row(axes, rows.filter(pl.col("kpi") == kpi), names, lang)
        spot, side = (-0.02, "right") if len(names) == 1 else (-0.73, "left")
        words = "\n".join(textwrap.wrap(theme.literal(kpi_title(kpi, lang), limit=64), 30)[:2])
        axes.text(spot, 0.5, words, transform=axes.transAxes, ha=side, va="center", fontweight="bold")
    top = theme.heading(figure, title, subtitle, left=0.02)
    figure.legend(handles=_legend(lang), loc="upper left", bbox_to_anchor=(0.015, top + 0.04 / height), ncols=4)
    figure.subplots_adjust(left=0.36, right=0.82, top=top - 0.3 / height, bottom=0.15 / height, hspace=0.3)
    return figure


def _row(axes: Axes, rows: DataFrame, names: list[Any], lang: str) -> None:
    """Draw one KPI on an axis of its own, zero in the middle."""
    widest = 1e-9
    for place, name in enumerate(names):
        for row in rows.filter(pl.col("scenario") == name).iter_rows(named=True):
            color, marker, inside = _LOOK.get(row["verdict"] or "", _UNCLEAR)
            axes.plot([row["difference_low"], row["difference_high"]], [place, place], color=color, linewidth=1.8)
            axes.plot(
                [row["difference"]], [place], marker=marker, markersize=7, color=color, markerfacecolor=inside, linestyle="none"
            )
            words = change(row["difference"], row["difference_half_width"], row["unit"], lang=lang)
            axes.text(1.02, place, words, transform=axes.get_yaxis_transform(), va="center", ha="left")
            widest = max(widest, abs(row["difference_low"]), abs(row["difference_high"]))
    axes.set_xlim(-1.12 * widest, 1.12 * widest)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.axvline(0, color=theme.BLACK, linewidth=1)
    axes.grid(visible=False)
    axes.set_xticks([])
    labels = [theme.literal(str(name), limit=16) for name in names] if len(names) > 1 else [""]
    axes.set_yticks(range(len(names)), labels)
    axes.tick_params(axis="y", length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_facecolor("#F7F7F7")


def _legend(lang: str) -> list[Line2D]:
    looks = [(word, _LOOK[word]) for word in (BETTER, WORSE)]
    looks += [("different, neither good nor bad", _NEUTRAL), (UNCLEAR, _UNCLEAR)]
    return [
        Line2D([], [], color=color, marker=marker, markerfacecolor=inside, label=say(word, lang), linewidth=1.8)
        for word, (color, marker, inside) in looks
    ]


def chosen(table: DataFrame, kpi: str | None) -> DataFrame:
    """Keep the KPI that was asked for, else those that planners decide by."""
    names = table["kpi"].unique(maintain_order=True).to_list()
    kept = [kpi] if kpi else ([name for name in MAIN if name in names] or names[:8])
    return pl.concat([table.filter(pl.col("kpi") == name) for name in kept if name in names] or [table.clear()])


@comparison.source(Comparison)
def of_comparison(result: Comparison, wish: Wish) -> Drawing:
    """Differences of all scenarios from the baseline."""
    names = [name for place, name in enumerate(result.names) if place != result.baseline]
    title = say("{names} against {baseline}", wish.lang, names=", ".join(names), baseline=result.names[result.baseline])
    subtitle = (
        comparison_title(result, lang=wish.lang).partition(": ")[2]
        + say("; ", wish.lang)
        + say("lines: {share} intervals", wish.lang, share="95%")
    )
    return chosen(result.table, wish.kpi), {"title": title, "subtitle": subtitle, "lang": wish.lang}
