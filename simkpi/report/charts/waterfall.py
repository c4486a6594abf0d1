"""The chart of a cross-check: from the simulated figure to the formula's, one assumption at a time."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from simkpi.errors import InputError
from simkpi.experiment.result import Result
from simkpi.kpi.measure import KPIS
from simkpi.planning.crosscheck_gap import explain
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.crosscheck_table import gap_frame
from simkpi.report.tables import title as kpi_title
from simkpi.report.words import french, numbered, say
from simkpi.scenario.resolve import Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Queues in one figure.
MOST_QUEUES = 5


@chart(needs=("contact", "part", "change", "low", "high", "total"))
def waterfall(
    table: DataFrame, *, kpi: str = "", unit: str = "fraction", title: str = "", subtitle: str = "", lang: str = "en"
) -> Figure:
    """Answer: which of the formula's assumptions is to blame for its error.

    Parameters
    ----------
    table : DataFrame
        One row per queue and part, in order: ``contact``, ``part``, ``change`` (null in the first and last row of a queue:
        the simulated figure and the formula's), ``low``, ``high`` (95% interval of the change, or of the figure),
        ``total`` (the figure so far).
    kpi : str
        The figure's name in words.
    unit : str
        ``fraction`` or ``seconds``.
    title, subtitle : str
        What was compared, and how.
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: no queue was compared")
    queues = [part for _, part in table.group_by("contact", maintain_order=True)][:MOST_QUEUES]
    lines = [len(queue) for queue in queues]
    height = 1.35 + sum(0.42 * count + 0.62 for count in lines)
    figure = Figure(figsize=(9.5, height), dpi=120)
    axes = figure.subplots(len(queues), 1, squeeze=False, height_ratios=lines)[:, 0]
    for each, queue in zip(axes, queues, strict=True):
        _queue(each, queue, unit, lang)
    axes[-1].set_xlabel(kpi)
    figure.text(0.02, 1 - 0.18 / height, theme.literal(title), fontsize=13, fontweight="bold", va="top")
    figure.text(0.02, 1 - 0.46 / height, theme.literal(subtitle, limit=130), color=theme.GREY, va="top")
    figure.subplots_adjust(left=0.33, right=0.93, top=1 - 0.95 / height, bottom=0.5 / height, hspace=0.62 / 2.6)
    return figure


def _queue(axes: Axes, rows: DataFrame, unit: str, lang: str) -> None:
    axes.set_title(theme.literal(str(rows["contact"][0]), limit=60))
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    finite = [total for total in rows["total"].to_list() if math.isfinite(total)]
    close = min(finite) > 0.6 * max(finite)  # bars from zero would hide the parts: points, on an axis that begins later
    before, names = min(finite) if close else 0.0, []
    for place, row in enumerate(rows.iter_rows(named=True)):
        names.append(
            textwrap.fill(theme.literal(french().get(row["part"], row["part"]) if lang == "fr" else row["part"], limit=60), 38)
        )
        total, change = row["total"], row["change"]
        if not math.isfinite(total):
            axes.annotate(say("without bound", lang), (before, place), xytext=(8, 0), textcoords="offset points", va="center")
            continue
        color = theme.BLUE if place == 0 else theme.ORANGE
        if change is None and close:
            axes.plot([total], [place], marker="D", markersize=8, color=color, linestyle="none")
        elif change is None:
            axes.barh(place, total, color=color, height=0.62)
        else:
            axes.barh(place, change, left=before, color=theme.GREEN if change >= 0 else theme.VERMILLION, height=0.62)
            axes.plot([before, before], [place - 1.31, place + 0.31], color=theme.GREY, linewidth=0.8)
        _interval(axes, place, row, before=before)
        right = max(total, before, *_ends(row, before))
        words = _words(total if change is None else change, unit, signed=change is not None, lang=lang)
        axes.annotate(words, (right, place), xytext=(8, 0), textcoords="offset points", va="center")
        before = total
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    left, right = axes.get_xlim()
    axes.set_xlim(left if close else min(0.0, left), right + 0.08 * (right - left))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: _words(value, unit, signed=False, digits=1 if close else 0, lang=lang))
    )


def _ends(row: dict[str, float | None], before: float) -> tuple[float, ...]:
    low, high = row["low"], row["high"]
    if low is None or high is None or not math.isfinite(low) or not math.isfinite(high):
        return ()
    shift = 0.0 if row["change"] is None else before
    return low + shift, high + shift


def _interval(axes: Axes, place: int, row: dict[str, float | None], *, before: float) -> None:
    ends = _ends(row, before)
    if ends:
        axes.plot(ends, [place, place], color=theme.BLACK, linewidth=1.4, solid_capstyle="butt")
        for end in ends:
            axes.plot([end, end], [place - 0.12, place + 0.12], color=theme.BLACK, linewidth=1.4)


def _words(value: float, unit: str, *, signed: bool, digits: int = 1, lang: str = "en") -> str:
    sign = "+" if signed else ""
    percent = "" if signed else "\u202f%" if lang == "fr" else "%"
    text = f"{value * 100:{sign}.{digits}f}{percent}" if unit == "fraction" else f"{value:{sign}.{digits}f}s"
    return text.replace(".", ",") if lang == "fr" else text


@waterfall.source(Scenario, Result)
def of_scenario(given: Scenario | Result, wish: Wish) -> Drawing:
    """Hold the formula against the simulation, and take its assumptions away one by one."""
    scenario = given.scenario if isinstance(given, Result) else given
    seed, replications = (given.seed, given.replications) if isinstance(given, Result) else (wish.seed, wish.replications)
    kpi = wish.kpi or "service_level"
    found = explain(scenario, kpi=kpi, replications=replications, seed=seed, interval=wish.interval)
    about = {"kpi": kpi_title(kpi, wish.lang), "unit": KPIS.get(kpi).unit, "title": scenario.name, "lang": wish.lang}
    return gap_frame(found), {**about, "subtitle": way(found[0].simulated.replications, wish.lang)}


def way(replications: int, lang: str = "en") -> str:
    """Say in a subtitle how the chart is read."""
    words = "from the simulation to the formula, one assumption at a time; {many}; lines: {share} intervals"
    return say(words, lang, many=numbered(replications, "replication", lang), share="95%")
