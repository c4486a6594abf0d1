"""The chart of a goal seek: the figure over the field, its goal, and where they meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from simkpi.errors import InputError
from simkpi.kpi.measure import KPIS
from simkpi.report import theme
from simkpi.report.chart import chart
from simkpi.report.tables import title as kpi_title
from simkpi.report.words import say
from simkpi.units import format_value

if TYPE_CHECKING:
    from polars import DataFrame


@chart(needs=("x", "value", "low", "high"))
def goalseek(
    table: DataFrame,
    *,
    goal: float | None = None,
    answers: Sequence[tuple[float, float | None, float | None]] = (),
    show_x: Callable[[float], str] | None = None,
    show_y: Callable[[float], str] | None = None,
    field: str = "",
    kpi: str = "",
    title: str = "",
    subtitle: str = "",
    lang: str = "en",
) -> Figure:
    """Answer: what does this field do to the figure, and where does it meet the target.

    Parameters
    ----------
    table : DataFrame
        One row per simulated value, ascending: ``x``, ``value``, ``low``, ``high``; where they are not given below, ``field``,
        ``kpi``, ``goal`` and ``shown`` (the value in words) are taken from columns of these names, if there are any.
    goal : float or None
        The figure to reach.
    answers : sequence of (x, low, high)
        Where the figure meets the goal, with the interval of that value; None where the range ends first.
    show_x, show_y : callable
        Write a value of the field and of the figure; default: as the KPI's unit is read.
    field, kpi, title, subtitle : str
        What is drawn, and how it was computed.
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: no value was simulated")
    first = table.row(0, named=True)
    unit = KPIS.get(str(first["kpi"])).unit if str(first.get("kpi")) in KPIS else "number"
    field, kpi = field or str(first.get("field", "")), kpi or (kpi_title(first["kpi"], lang) if "kpi" in first else "")
    goal = first.get("goal") if goal is None else goal
    show_y = show_y or (lambda value: format_value(value, unit, half_width=0.004 if unit == "fraction" else None, locale=lang))
    in_words = dict(zip(table["x"], table["shown"], strict=True)) if "shown" in first else {}
    figure = Figure(figsize=(9.5, 5.2), dpi=120)
    axes = figure.subplots()
    x = table["x"].to_numpy()
    values = [table[name].cast(float).fill_null(float("nan")).to_numpy() for name in ("value", "low", "high")]
    axes.fill_between(
        x, values[1], values[2], color=theme.BLUE, alpha=0.22, linewidth=0, label=say("{share} interval", lang, share="95%")
    )
    axes.plot(x, values[0], color=theme.BLUE, marker="o", markersize=4, label=say("simulated", lang))
    if goal is not None:
        axes.axhline(goal, color=theme.VERMILLION, linestyle=(0, (1, 1.2)), label=say("target {share}", lang, share=show_y(goal)))
    for number, (answer, low, high) in enumerate(answers):
        ends = (x[0] if low is None else low, x[-1] if high is None else high)
        axes.axvspan(
            *ends, color=theme.ORANGE, alpha=0.25, linewidth=0, label=say("interval of the answer", lang) if number == 0 else None
        )
        written = f"{answer:.4g}" if show_x is None else show_x(answer)
        axes.axvline(answer, color=theme.BLACK, linewidth=1.2, label=say("answer {value}", lang, value=written))
    axes.set_xlabel(theme.literal(field))
    axes.set_ylabel(theme.literal(kpi))
    if show_x is not None:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: show_x(value) if value >= 0 else ""))
    elif len(in_words) <= 12:
        axes.set_xticks(list(in_words), [str(words) for words in in_words.values()])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: show_y(value)))
    theme.key(axes, 5)
    figure.text(0.09, 0.972, theme.literal(title), fontsize=13, fontweight="bold", va="top")
    figure.text(0.09, 0.922, theme.literal(subtitle, limit=120), color=theme.GREY, va="top")
    figure.subplots_adjust(left=0.09, right=0.975, top=0.83, bottom=0.11)
    return figure
