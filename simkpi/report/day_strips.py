"""Many goals over one day: a strip for each contact type instead of curves that nobody can tell apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch

from simkpi.report import theme
from simkpi.report.words import say
from simkpi.units import format_duration, format_share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simkpi.report.charts.day import Steps

#: Strips in one figure.
MOST = 30
#: Inches of a strip.
HEIGHT = 0.21
#: What an interval is, and how that looks: light, middle and dark, so that grey is enough.
_LOOKS: dict[str, dict[str, Any]] = {
    "met for sure": {"facecolor": "#E4EDF3", "edgecolor": "white"},
    "not sure": {"facecolor": "#E5A53C", "edgecolor": "white"},
    "missed for sure": {"facecolor": "#A63F00", "edgecolor": "white"},
}


def strips(axes: Axes, levels: Mapping[str, Steps], goals: Sequence[tuple[str, str, float, float]], lang: str) -> None:
    """Draw a strip a contact type: in which intervals it misses its goal for sure, may miss it, or meets it.

    Parameters
    ----------
    axes : Axes
    levels : mapping of str to steps
        Service level by the goal's name of KPI.
    goals : sequence of (kpi, name, share, threshold)
    lang : str
    """
    shown = goals[:MOST]
    for place, (kpi, _, share, _) in enumerate(shown):
        level = levels[kpi]
        for word, where in _judged(level, share).items():
            bars = [(level.borders[at], level.borders[at + 1] - level.borders[at]) for at in np.flatnonzero(where)]
            axes.broken_barh(bars, (place - 0.42, 0.84), linewidth=0.6, **_LOOKS[word])
    words = [
        say(
            "{name}: {share} in {time}",
            lang,
            name=theme.literal(name, limit=22),
            share=format_share(share),
            time=format_duration(limit),
        )
        for _, name, share, limit in shown
    ]
    axes.set_yticks(range(len(shown)), words, fontsize=8.5)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    note = f" ({say('the first {n} of {all} goals', lang, n=MOST, all=len(goals))})" if len(goals) > MOST else ""
    axes.set_title(say("Service level against the goal", lang) + note)
    handles = [Patch(label=say(word, lang), **look) for word, look in _LOOKS.items()]
    axes.legend(handles=handles, **theme.KEY, ncols=len(handles))


def _judged(level: Steps, goal: float) -> dict[str, Any]:
    """Say of each interval whether all of its 95 % interval lies below the goal, above, or neither (a log has none)."""
    low = np.where(np.isnan(level.low), level.value, level.low)
    high = np.where(np.isnan(level.high), level.value, level.high)
    return {
        "met for sure": low >= goal,
        "not sure": ~np.isnan(level.value) & (low < goal) & (high >= goal),
        "missed for sure": high < goal,
    }
