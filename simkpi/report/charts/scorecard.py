"""The chart of targets: each figure with its interval beside its goal, and the verdict in a word."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl
from matplotlib.figure import Figure

from simkpi.errors import InputError
from simkpi.experiment.result import Result
from simkpi.experiment.verdicts import MET, MISSED, UNKNOWN, UNSURE, Verdict, verdicts
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.sentences import goal, how
from simkpi.report.tables import figure as written
from simkpi.report.tables import title as kpi_title
from simkpi.report.words import say, whose

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Colour and marker of each verdict: three shapes, so that the colour is never needed.
LOOKS = {MET: (theme.GREEN, "o"), MISSED: (theme.VERMILLION, "X"), UNSURE: (theme.ORANGE, "D"), UNKNOWN: (theme.GREY, "|")}
_MOST = 24


@chart(needs=("contact", "kpi", "goal", "direction", "within", "value", "low", "high", "half_width", "unit", "verdict"))
def scorecard(table: DataFrame, *, title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: which targets are met, which are missed, and which is not sure.

    Parameters
    ----------
    table : DataFrame
        One row per target, the fields of :class:`simkpi.experiment.verdicts.Verdict`.
    title, subtitle : str
        What was simulated, and how.
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: the scenario has no targets; add e.g. targets: {all: {service_level: 80% in 20s}}")
    rows = [Verdict(**{name: row[name] for name in scorecard.needs}) for row in table.head(_MOST).iter_rows(named=True)]
    height = 1.3 + 0.52 * len(rows)
    figure = Figure(figsize=(9.5, height), dpi=120)
    panels = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axes, one in zip(panels, rows, strict=True):
        _bullet(axes, one)
        _words(axes, one, lang)
    top = theme.heading(figure, title, subtitle, left=0.02)
    figure.subplots_adjust(left=0.34, right=0.66, top=top - 0.05 / height, bottom=0.2 / height, hspace=0.45)
    return figure


def _bullet(axes: Axes, one: Verdict) -> None:
    """Draw the good side of the goal in grey, the goal as a line, the figure with its interval on it."""
    low, high = _span(one)
    axes.set_xlim(low, high)
    axes.set_ylim(-0.5, 0.5)
    axes.set_axis_off()
    axes.axvspan(low, high, facecolor="#F2F2F2", edgecolor="none")
    good = (one.goal, high) if one.direction == "at_least" else (low, one.goal)
    axes.axvspan(*good, facecolor=theme.LIGHT, edgecolor="none")
    axes.axvline(one.goal, color=theme.BLACK, linewidth=1.6)
    if one.value is None:
        return
    color, marker = LOOKS[one.verdict]
    if one.low is not None and one.high is not None:
        axes.plot([one.low, one.high], [0, 0], color=color, linewidth=3.2, solid_capstyle="butt")
    axes.plot([one.value], [0], marker=marker, markersize=9, color=color, markeredgecolor="white", linestyle="none")


def _span(one: Verdict) -> tuple[float, float]:
    """Choose the ends of the row's axis: goal and interval lie well inside; a share stays within 0 and 1."""
    known = [part for part in (one.goal, one.value, one.low, one.high) if part is not None]
    room = max((max(known) - min(known)) * 0.35, abs(one.goal) * 0.12, 1e-6)
    low, high = max(0.0, min(known) - room), max(known) + room
    return low, min(1.0, high) if one.unit == "fraction" and max(known) <= 1 else high


def _words(axes: Axes, one: Verdict, lang: str) -> None:
    color, marker = LOOKS[one.verdict]
    name = theme.literal(say("{whose}: {kpi}", lang, whose=whose(one.contact, lang), kpi=kpi_title(one.kpi, lang)))
    axes.text(-0.03, 0.72, name, transform=axes.transAxes, ha="right", va="center")
    axes.text(
        -0.03,
        0.2,
        theme.literal(goal(one, lang=lang)),
        transform=axes.transAxes,
        ha="right",
        va="center",
        fontsize=8.5,
        color=theme.GREY,
    )
    figure = written(one.value, one.half_width, one.unit, lang=lang)
    axes.text(1.03, 0.5, figure, transform=axes.transAxes, ha="left", va="center")
    word = say(one.verdict.upper() if one.verdict == MISSED else one.verdict, lang)
    axes.text(1.6, 0.5, word, transform=axes.transAxes, ha="left", va="center", fontweight="bold")
    axes.plot([1.55], [0.5], marker=marker, markersize=8, color=color, transform=axes.transAxes, clip_on=False)


@scorecard.source(Result)
def of_result(result: Result, wish: Wish) -> Drawing:
    """Judge every target of the scenario."""
    rows: list[dict[str, Any]] = [asdict(one) for one in verdicts(result)]
    text = ("contact", "kpi", "direction", "unit", "verdict")
    schema = {name: pl.String if name in text else pl.Float64 for name in scorecard.needs}
    subtitle = (
        how(result, wish.lang, shaded=False)
        + say("; ", wish.lang)
        + say("lines: {share} intervals; blue: the good side of the goal", wish.lang, share="95%")
    )
    return pl.DataFrame(rows, schema=schema), {"title": result.scenario.name, "subtitle": subtitle, "lang": wish.lang}
