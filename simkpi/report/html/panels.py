"""The data of a plot: series, ticks and the words of every point, so that the page's script needs no arithmetic of languages."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from simkpi.report.tables import figure
from simkpi.report.theme import clock_ticks
from simkpi.units import format_time_of_day, format_value

Numbers = Sequence[float | None]


@dataclass(frozen=True)
class Series:
    """One line of a plot.

    Parameters
    ----------
    name : str
    value : sequence of float or None
        Per x.
    low, high, half_width : sequence of float or None, optional
        Its intervals.
    is_filled : bool
        Drawn as an area from zero.
    """

    name: str
    value: Numbers
    low: Numbers | None = None
    high: Numbers | None = None
    half_width: Numbers | None = None
    is_filled: bool = False


def panel(
    label: str,
    unit: str,
    x: Sequence[float],
    series: Sequence[Series],
    *,
    show_x: Callable[[float], str],
    x_ticks: Sequence[float] = (),
    x_label: str = "",
    goals: Sequence[tuple[str, float]] = (),
    length: float = 0.0,
    is_zoomed: bool = False,
    lang: str = "en",
) -> dict[str, Any]:
    """Put one panel together, ready for JSON.

    Parameters
    ----------
    label : str
        The KPI: what the reader chooses by.
    unit : str
        Of the values.
    x : sequence of float
        Ascending.
    series : sequence of Series
    show_x : callable
        Writes a value of x.
    x_ticks : sequence of float
        Where the axis is labelled; empty: at every x.
    x_label : str
        What x is.
    goals : sequence of (words, value)
        Drawn as lines across.
    length : float
        Width of a step; 0: points are joined by lines.
    is_zoomed : bool
        The axis begins near the lowest figure instead of at 0.
    lang : str
        ``en`` or ``fr``.
    """
    levels = [number for one in series for part in (one.value, one.low, one.high) for number in part or () if number is not None]
    levels += [value for _, value in goals]
    low, high, ticks = _axis([number for number in levels if math.isfinite(number)], unit, is_zoomed=is_zoomed)
    show_y = _writer(unit, high - low, lang)
    return {
        "label": label,
        "x": list(x),
        "length": length,
        "xLabel": x_label,
        "xTicks": [[place, show_x(place)] for place in (x_ticks or x)],
        "xWords": [f"{show_x(place)}–{show_x(place + length)}" if length else show_x(place) for place in x],
        "y": [low, high],
        "yTicks": [[place, show_y(place)] for place in ticks],
        "goals": [[words, value] for words, value in goals],
        "series": [_line(one, unit, lang) for one in series],
    }


def _line(one: Series, unit: str, lang: str) -> dict[str, Any]:
    halves = one.half_width or [None] * len(one.value)
    line: dict[str, Any] = {
        "name": one.name,
        "value": [_rounded(number) for number in one.value],
        "words": [figure(number, half, unit, lang=lang) for number, half in zip(one.value, halves, strict=True)],
    }
    if one.low is not None and one.high is not None:
        line |= {"low": [_rounded(number) for number in one.low], "high": [_rounded(number) for number in one.high]}
    return line | ({"filled": True} if one.is_filled else {})


def _rounded(number: float | None) -> float | None:
    """Keep what a screen can show: the page stays small."""
    return None if number is None or not math.isfinite(number) else float(f"{number:.5g}")


def _axis(levels: Sequence[float], unit: str, *, is_zoomed: bool = False) -> tuple[float, float, list[float]]:
    """Choose the ends of the vertical axis and its ticks: shares from 0 to 1, all others from 0 (or below) to a round number."""
    if unit == "fraction" and levels and min(levels) >= 0 and max(levels) <= 1 and not is_zoomed:
        return 0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    low, high = (min(levels, default=0.0), max(levels, default=0.0)) if is_zoomed else (min([0.0, *levels]), max([0.0, *levels]))
    if high - low <= 0:
        low, high = (low, low + 1.0) if low or not is_zoomed else (0.0, 1.0)
    if unit == "seconds":
        steps = clock_ticks(0, high - low, most=5)
        step = steps[1] - steps[0] if len(steps) > 1 else high - low
    else:
        step = next(base * 10.0**power for power in range(-6, 13) for base in (1, 2, 5) if base * 10.0**power * 5 >= high - low)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [step * number for number in range(first, last + 1)]
    return ticks[0], ticks[-1], ticks


def _writer(unit: str, span: float, lang: str) -> Callable[[float], str]:
    return lambda value: format_value(value, unit, half_width=max(span / 8, 1e-9), locale=lang)


def clock(seconds: float) -> str:
    """Write a moment of the day; midnight at its end is 24:00."""
    return "24:00" if seconds == 86_400 else format_time_of_day(seconds % 86_400)


def hours(first: float, last: float) -> list[float]:
    """Whole hours between two moments of the day, not too many."""
    step = next(step for step in (1, 2, 3, 4, 6) if (last - first) / 3600 / step <= 13 or step == 6) * 3600
    return [float(moment) for moment in range(math.ceil(first / step) * step, int(last) + 1, step)]
