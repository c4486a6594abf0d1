"""The chart of the day: volume, staff against load, and service level, interval by interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.experiment.result import Result
from simkpi.report import day_strips, theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.day_drawing import day_drawing, interval_words
from simkpi.report.fitting import fit
from simkpi.report.words import say
from simkpi.units import format_duration, format_share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

Floats = NDArray[np.float64]


class Steps(NamedTuple):
    """One KPI over the day: borders of the intervals, shape (n + 1,), and figures, shape (n,), NaN where undefined."""

    borders: Floats
    value: Floats
    low: Floats
    high: Floats

    def draw(self, axes: Axes, **style: object) -> None:
        """Draw the figures as steps."""
        axes.stairs(self.value, self.borders, baseline=None, linewidth=1.8, **style)  # type: ignore[arg-type]

    def band(self, axes: Axes, **style: object) -> None:
        """Fill between low and high."""
        low, high = np.append(self.low, self.low[-1]), np.append(self.high, self.high[-1])
        axes.fill_between(self.borders, low, high, step="post", linewidth=0, **style)  # type: ignore[arg-type]


@chart(needs=("kpi", "interval", "value", "low", "high"))
def day(
    table: DataFrame,
    *,
    length: float = 1800.0,
    title: str = "",
    subtitle: str = "",
    target: float | None = None,
    service_level: str = "",
    goals: Sequence[tuple[str, str, float, float]] = (),
    lang: str = "en",
) -> Figure:
    """Answer: when in the day is the target missed, and is it volume or staff.

    Parameters
    ----------
    table : DataFrame
        One row per KPI and interval: ``kpi`` (offered, answered, abandoned, agents, offered_load, service_level),
        ``interval`` (its start, seconds after midnight), ``value``, ``low``, ``high``.
    length : float, seconds
        Length of an interval.
    title, subtitle : str
        What was simulated, and how.
    target : float or None, fraction
        The service level to reach.
    service_level : str
        The definition, in words.
    goals : sequence of (kpi, name, share, threshold)
        Instead of one line for all: the service level of each contact type that has a goal of its own, under the name
        that it has in the column ``kpi``, with its goal (fraction) and threshold (seconds).
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: no contact in any interval")
    first, last = _shown(table, length)
    series = {str(name[0]): _steps(rows, first, last, length) for name, rows in table.partition_by("kpi", as_dict=True).items()}
    goals = [goal for goal in goals if goal[0] in series]
    are_many = len(goals) > len(_LOOKS)
    foot = 0.35 + day_strips.HEIGHT * min(len(goals), day_strips.MOST) if are_many else 2.5
    height = 5.7 + foot
    figure = Figure(figsize=(9.5, height), dpi=120)
    volume, staff, level = figure.subplots(3, 1, sharex=True, height_ratios=(2.2, 2.2, foot))
    _volume(volume, series, length, lang)
    _staff(staff, series, lang)
    if are_many:
        day_strips.strips(level, series, goals, lang)
    elif goals:
        _goals(level, series, goals, lang)
    else:
        _service_level(level, series, target, words=service_level, lang=lang)
    theme.clock_axis(level, first, last)
    level.set_xlabel(say("time of day", lang))
    theme.heading(figure, title, subtitle)
    left = 0.25 if are_many else 0.075
    figure.subplots_adjust(left=left, right=0.975, top=1 - 1.025 / height, bottom=0.533 / height, hspace=0.26)
    figure.align_ylabels()
    return figure


def goal_strips(
    table: DataFrame, *, length: float, goals: Sequence[tuple[str, str, float, float]], lang: str = "en"
) -> Figure | None:
    """Draw the strips alone, for a page whose plots show the rest; None if so few goals are seen better as curves."""
    goals = [goal for goal in goals if goal[0] in set(table["kpi"])]
    if len(goals) <= len(_LOOKS):
        return None
    first, last = _shown(table, length)
    series = {str(name[0]): _steps(rows, first, last, length) for name, rows in table.partition_by("kpi", as_dict=True).items()}
    height = 0.95 + day_strips.HEIGHT * min(len(goals), day_strips.MOST)
    with theme.style():
        figure = Figure(figsize=(9.5, height), dpi=120)
        axes = figure.subplots()
        day_strips.strips(axes, series, goals, lang)
        theme.clock_axis(axes, first, last)
        axes.set_xlabel(say("time of day", lang))
        figure.subplots_adjust(left=0.25, right=0.975, top=1 - 0.35 / height, bottom=0.5 / height)
        fit(figure)
    return figure


def _shown(table: DataFrame, length: float) -> tuple[float, float]:
    """Borders of the part of the day in which something happens."""
    busy = table.filter(table["value"].fill_null(0) > 0)["interval"]
    busy = table["interval"] if busy.is_empty() else busy
    return float(busy.min()), float(busy.max()) + length  # type: ignore[arg-type]


def _steps(rows: DataFrame, first: float, last: float, length: float) -> Steps:
    borders = np.append(np.arange(first, last - length / 2, length), last)
    columns = np.full((3, len(borders) - 1), math.nan)
    for start, *figures in rows.select("interval", "value", "low", "high").iter_rows():
        index = round((start - first) / length)
        if 0 <= index < columns.shape[1]:
            columns[:, index] = [math.nan if figure is None else figure for figure in figures]
    return Steps(borders, *columns)


def _volume(axes: Axes, series: dict[str, Steps], length: float, lang: str) -> None:
    axes.set_title(say("Contacts per {length}", lang, length=interval_words(length, lang)))
    if "offered" in series:
        offered = np.nan_to_num(series["offered"].value)
        axes.stairs(
            offered, series["offered"].borders, fill=True, facecolor=theme.LIGHT, edgecolor=theme.GREY, label=say("offered", lang)
        )
    lines: tuple[tuple[str, dict[str, object]], ...] = (
        ("answered", {"color": theme.BLUE}),
        ("abandoned", {"color": theme.VERMILLION, "linestyle": (0, (4, 1.5))}),
    )
    for name, look in lines:
        if name in series:
            series[name]._replace(value=np.nan_to_num(series[name].value)).draw(axes, label=say(name, lang), **look)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    theme.key(axes, 3)


def _staff(axes: Axes, series: dict[str, Steps], lang: str) -> None:
    axes.set_title(say("Agents on duty and offered load", lang))
    if "agents" in series:
        series["agents"].draw(axes, label=say("agents on duty", lang), color=theme.BLACK)
    if "offered_load" in series:
        load = series["offered_load"]
        load.band(axes, color=theme.ORANGE, alpha=0.3)
        load.draw(axes, label=say("offered load (Erlangs)", lang), color=theme.ORANGE, linestyle=(0, (4, 1.5)))
    axes.set_ylim(0, 1.05 * max(1.0, axes.get_ylim()[1]))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    theme.key(axes, 2)


def _service_level(axes: Axes, series: dict[str, Steps], target: float | None, *, words: str, lang: str) -> None:
    axes.set_title(say("Service level", lang) + (f": {theme.literal(words, limit=60)}" if words else ""))
    if "service_level" in series:
        level = series["service_level"]
        level.band(axes, color=theme.BLUE, alpha=0.22)
        level.draw(axes, color=theme.BLUE)
        if target is not None:
            axes.axhline(
                target,
                color=theme.VERMILLION,
                linestyle=(0, (1, 1.2)),
                label=say("target {share}", lang, share=format_share(target)),
                zorder=3,
            )
            _missed(axes, level, target, lang)
    theme.percent_axis(axes, lang)
    if target is not None and "service_level" in series:
        theme.key(axes, 2)


def _goals(axes: Axes, series: dict[str, Steps], goals: Sequence[tuple[str, str, float, float]], lang: str) -> None:
    """Draw each contact type against its own goal; below, a bar of its colour where it misses the goal beyond doubt."""
    axes.set_title(say("Service level", lang))
    room = {1: 60, 2: 30, 3: 20}.get(len(goals), 14)  # letters of a name
    for place, ((kpi, name, share, threshold), (color, line)) in enumerate(zip(goals, _LOOKS, strict=False)):
        level = series[kpi]
        shown = theme.literal(name, limit=room)
        words = say("{name}: {share} in {time}", lang, name=shown, share=format_share(share), time=format_duration(threshold))
        level.band(axes, color=color, alpha=0.16)
        level.draw(axes, color=color, linestyle=line, label=words)
        _missed(axes, level, share, lang, color=color, height=0.025, base=0.03 * place, label="")
    for share in sorted({share for _, _, share, _ in goals}):
        axes.axhline(share, color=theme.VERMILLION, linestyle=(0, (1, 1.2)), zorder=3)
    theme.percent_axis(axes, lang)
    note = say("bars at the foot: goal missed for sure", lang)
    axes.text(1.0, -0.135, note, transform=axes.transAxes, color=theme.GREY, va="top", ha="right", fontsize=8.5)
    theme.key(axes, len(goals))


#: Colour and line style of each contact type that has a goal of its own.
_LOOKS: tuple[tuple[str, object], ...] = (
    (theme.BLUE, "-"),
    (theme.GREEN, (0, (4, 1.5))),
    (theme.PURPLE, (0, (1.5, 1))),
    (theme.BLACK, (0, (6, 1.5, 1, 1.5))),
)


def _missed(
    axes: Axes,
    level: Steps,
    target: float,
    lang: str,
    *,
    color: str = theme.VERMILLION,
    base: float = 0.0,
    height: float = 0.03,
    label: str = "missed for sure",
) -> None:
    """Mark the intervals that miss the target beyond doubt: the whole band lies below it (a log has no band)."""
    highest = np.where(np.isnan(level.high), level.value, level.high)
    missed = np.flatnonzero(highest < target)
    bars = [(level.borders[index], level.borders[index + 1] - level.borders[index]) for index in missed]
    if bars:
        words = say(label, lang) if label else "_nolegend_"
        axes.broken_barh(bars, (base, height), facecolor=color, edgecolor="none", label=words, zorder=3)


@day.source(Result)
def of_result(result: Result, wish: Wish) -> Drawing:
    """Figures by time of day, of the mean open day."""
    return day_drawing(result, interval=wish.interval, lang=wish.lang)
