"""The chart of waits: what share is answered, and what share has given up, within any time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.experiment.confidence import ratio_interval
from simkpi.experiment.result import Result
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.sentences import how
from simkpi.report.words import say
from simkpi.units import format_duration, format_share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

Floats = NDArray[np.float64]
#: Moments at which the curves are read.
_POINTS = 60
#: Contact types in one figure, and up to how many its legend has room inside.
_MOST, _INSIDE = 6, 2


@chart(needs=("contact_type", "wait", "answered", "low", "high", "abandoned"))
def waits(
    table: DataFrame,
    *,
    goals: Sequence[tuple[str, float, float]] = (),
    title: str = "",
    subtitle: str = "",
    lang: str = "en",
) -> Figure:
    """Answer: how long do customers wait, and what would the service level be at another threshold.

    Parameters
    ----------
    table : DataFrame
        One row per contact type and moment: ``wait`` (seconds since queueing), ``answered`` with ``low`` and ``high`` (share
        of the offered answered by then), ``abandoned`` (share that has left by then).
    goals : sequence of (contact type, share, threshold)
        Service levels to reach: marked on the curve of the contact type.
    title, subtitle : str
        What was simulated, and how.
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: nobody queued")
    names = table["contact_type"].unique(maintain_order=True).to_list()[:_MOST]
    is_beside = len(names) > _INSIDE
    figure = Figure(figsize=(11.5 if is_beside else 9.5, 5.6), dpi=120)
    axes = figure.subplots()
    for name, (color, line, _) in zip(names, theme.LOOKS, strict=False):
        rows = table.filter(table["contact_type"] == name).sort("wait")
        wait = rows["wait"].to_numpy()
        shown = theme.literal(str(name), limit=30)
        ends = [rows[end].cast(float).fill_null(float("nan")).to_numpy() for end in ("low", "high")]
        axes.fill_between(wait, ends[0], ends[1], color=color, alpha=0.18, linewidth=0)
        words = (
            (shown, "_nolegend_")
            if is_beside
            else (say("{name}: answered", lang, name=shown), say("{name}: gave up", lang, name=shown))
        )
        answered, gave_up = words
        axes.plot(wait, rows["answered"], color=color, linestyle=line, label=answered)
        axes.plot(wait, rows["abandoned"], color=color, linestyle=line, linewidth=1.0, label=gave_up)
    _goals(axes, [goal for goal in goals if goal[0] in names], names, lang)
    axes.set_xlim(0, float(table["wait"].max()))  # type: ignore[arg-type]
    theme.percent_axis(axes, lang)
    theme.value_axis(axes.xaxis, "seconds", lang)
    axes.set_xlabel(say("time since queueing", lang))
    axes.set_ylabel(say("share of the offered contacts", lang))
    if is_beside:
        axes.plot([], [], color=theme.GREY, linewidth=1.8, label=say("answered", lang))
        axes.plot([], [], color=theme.GREY, linewidth=1.0, label=say("gave up", lang))
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), ncols=1)
    else:
        axes.legend(loc="center right", bbox_to_anchor=(1.0, 0.45), ncols=1)
    top = theme.heading(figure, title, subtitle)
    figure.subplots_adjust(left=0.085, right=0.72 if is_beside else 0.975, top=top, bottom=0.1)
    return figure


def _goals(axes: Axes, goals: Sequence[tuple[str, float, float]], names: Sequence[str], lang: str) -> None:
    """Mark the goals: one that several contact types have in black, or the last of them would hide the others."""
    for share, threshold in dict.fromkeys(goal[1:] for goal in goals):
        own = [name for name, *rest in goals if rest == [share, threshold]]
        shown = {"name": theme.literal(own[0], limit=30), "share": format_share(share), "time": format_duration(threshold)}
        color = theme.LOOKS[names.index(own[0])][0] if len(own) == 1 else theme.BLACK
        words = "{name}: goal {share} in {time}" if len(own) == 1 else "goal {share} in {time}"
        look: dict[str, Any] = {"marker": "D", "markersize": 8, "color": color, "markeredgecolor": "white", "linestyle": "none"}
        axes.plot([threshold], [share], zorder=5, label=say(words, lang, **shown), **look)


@waits.source(Result)
def of_result(result: Result, wish: Wish) -> Drawing:
    """Read the curves of every contact type off the log, with an interval over the replications."""
    queued = result.interactions.filter(pl.col("queued_at").is_not_null())
    left = pl.coalesce("answered_at", "ended_at")
    waited = (left - pl.col("queued_at")).dt.total_milliseconds() / 1000
    table = queued.select(
        "replication", "contact_type", waited.alias("wait"), pl.col("answered_at").is_not_null().alias("is_answered")
    )
    names, note = the_most(dict(table.group_by("contact_type").len().iter_rows()), list(result.scenario.spec.contacts), wish.lang)
    rows = [row for name in names for row in _curve(name, table.filter(pl.col("contact_type") == name), result)]
    columns = ("contact_type", "wait", "answered", "low", "high", "abandoned")
    schema = {name: pl.String if name == "contact_type" else pl.Float64 for name in columns}
    goals = [
        (name, block["service_level"].value, _threshold(result, block["service_level"].within))
        for name, block in result.scenario.spec.targets.items()
        if name in result.scenario.spec.contacts and "service_level" in block
    ]
    about = {"title": result.scenario.name, "subtitle": how(result, wish.lang) + note, "goals": goals, "lang": wish.lang}
    return pl.DataFrame(rows, schema=schema, orient="row"), about


def the_most(counts: Mapping[str, float], order: Sequence[str], lang: str, *, most: int = _MOST) -> tuple[list[str], str]:
    """Choose the contact types with the most contacts, in the scenario's order; what is left out is said in a note.

    Examples
    --------
    >>> the_most({"a": 1, "b": 3, "c": 2}, ["a", "b", "c"], "en", most=2)
    (['b', 'c'], '; 2 of 3 contact types: those with the most contacts')
    """
    known = [name for name in order if counts.get(name)]
    chosen = set(sorted(known, key=lambda name: -counts[name])[:most])
    words = "{k} of {n} contact types: those with the most contacts"
    note = say("; ", lang) + say(words, lang, k=most, n=len(known)) if len(known) > most else ""
    return [name for name in known if name in chosen], note


def _threshold(result: Result, within: float | None) -> float:
    return result.scenario.spec.definitions.threshold if within is None else within


def _curve(
    name: str, part: DataFrame, result: Result
) -> list[tuple[str, float, float | None, float | None, float | None, float]]:
    """Share answered and given up within each of a row of moments, up to the wait that all but a few stay below."""
    longest = max(60.0, float(part["wait"].quantile(0.995) or 0.0), 2 * result.scenario.spec.definitions.threshold)
    moments = np.unique(np.round(np.concatenate([np.linspace(0, 60, 13), np.linspace(0, longest, _POINTS)]), 1))
    offered = np.bincount(part["replication"].to_numpy(), minlength=result.replications)
    counts = {
        is_answered: _counts(part.filter(pl.col("is_answered") == is_answered), moments, result.replications)
        for is_answered in (True, False)
    }
    rows = []
    for place, moment in enumerate(moments):
        found = ratio_interval(counts[True][:, place], offered)
        rows.append(
            (name, float(moment), found.value, found.low, found.high, float(counts[False][:, place].sum() / offered.sum()))
        )
    return rows


def _counts(part: DataFrame, moments: Floats, replications: int) -> Floats:
    """Contacts of each replication that had left the queue by each moment, shape (replications, moments)."""
    found = np.zeros((replications, len(moments)))
    for number, rows in part.group_by("replication"):
        found[int(str(number[0]))] = np.searchsorted(np.sort(rows["wait"].drop_nulls().to_numpy()), moments, side="right")
    return found
