"""The chart of the backlog: how many contacts wait, or are open, in every part of the horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.experiment.laws import student_t
from simkpi.experiment.result import Result
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.charts.waits import the_most
from simkpi.report.day_table import passed
from simkpi.report.sentences import how
from simkpi.report.words import say
from simkpi.scenario.channels import CHANNELS
from simkpi.units import DAY

if TYPE_CHECKING:
    from polars import DataFrame

Floats = NDArray[np.float64]
#: Parts of the horizon that are drawn at most, and how long they may be, seconds.
_POINTS = 360
_PARTS = (900.0, 1800.0, 3600.0, 7200.0, 14400.0, 43200.0)
_MOST = 6


@chart(needs=("contact_type", "moment", "value", "low", "high", "until"))
def backlog(
    table: DataFrame, *, length: float = 900.0, days: int = 1, title: str = "", subtitle: str = "", lang: str = "en"
) -> Figure:
    """Answer: when does work pile up, how far, and is it ever cleared.

    Parameters
    ----------
    table : DataFrame
        One row per contact type and part of the horizon: ``moment`` (its start, seconds since the horizon's), ``value``,
        ``low``, ``high`` (contacts, mean over the part and the replications), ``until`` (``answered`` or ``closed``: what ends
        a contact's stay).
    length : float, seconds
        Length of a part.
    days : int
        Days of the horizon.
    title, subtitle : str
        What was simulated, and how.
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: no contact queued")
    names = table["contact_type"].unique(maintain_order=True).to_list()[:_MOST]
    height = 1.5 + 1.75 * len(names)
    figure = Figure(figsize=(9.5, height), dpi=120)
    panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name, (color, _, _) in zip(panels, names, theme.LOOKS, strict=False):
        rows = table.filter(table["contact_type"] == name).sort("moment")
        moments, value = rows["moment"].to_numpy(), rows["value"].to_numpy()
        ends = [rows[end].cast(float).fill_null(float("nan")).to_numpy() for end in ("low", "high")]
        borders = np.append(moments, moments[-1] + length)
        axes.stairs(value, borders, fill=True, color=color, alpha=0.12, linewidth=0)
        band = [np.append(end, end[-1]) for end in ends]
        axes.fill_between(borders, band[0], band[1], step="post", color=color, alpha=0.3, linewidth=0)
        axes.stairs(value, borders, baseline=None, color=color, linewidth=1.8)
        text = "{name}: waiting for an agent" if rows["until"][0] == "answered" else "{name}: received and not closed"
        axes.set_title(say(text, lang, name=theme.literal(str(name), limit=40)))
        theme.value_axis(axes.yaxis, "count", lang)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axes.set_ylabel(say("contacts", lang))
        axes.set_ylim(0, max(1.0, 1.08 * float(np.nanmax([*value, *np.nan_to_num(ends[1])]))))
    if days > 1:
        step = -(-days // 14)
        panels[-1].xaxis.set_major_locator(FixedLocator([day * DAY for day in range(days + 1)]))
        panels[-1].xaxis.set_major_formatter(NullFormatter())
        panels[-1].xaxis.set_minor_locator(FixedLocator([(day + 0.5) * DAY for day in range(0, days, step)]))
        panels[-1].xaxis.set_minor_formatter(FuncFormatter(lambda moment, _: str(int(moment // DAY) + 1)))
        panels[-1].tick_params(axis="x", which="minor", length=0)
        panels[-1].set_xlim(0, days * DAY)
        panels[-1].set_xlabel(say("day", lang))
    else:
        busy = table.filter(pl.col("value") > 0)["moment"]
        shown = table["moment"] if busy.is_empty() else busy
        theme.clock_axis(panels[-1], 3600 * (float(shown.min()) // 3600), min(DAY, 3600 * (float(shown.max()) // 3600 + 1)))  # type: ignore[arg-type]
        panels[-1].set_xlabel(say("time of day", lang))
    top = theme.heading(figure, title, subtitle)
    figure.subplots_adjust(left=0.075, right=0.975, top=top - 0.12 / height, bottom=0.5 / height, hspace=0.42)
    return figure


@backlog.source(Result)
def of_result(result: Result, wish: Wish) -> Drawing:
    """Mean number in each part; live contacts wait until they are answered or leave, deferrable work until it is closed."""
    spec = result.scenario.spec
    length = spec.calendar.days * DAY
    part = next((part for part in _PARTS if length / part <= _POINTS), DAY)
    borders = np.arange(0, length + part / 2, part)
    queued = result.interactions.filter(pl.col("queued_at").is_not_null())
    names, note = the_most(dict(queued.group_by("contact_type").len().iter_rows()), list(spec.contacts), wish.lang, most=_MOST)
    parts = []
    for name in names:
        is_deferrable = CHANNELS.get(spec.contacts[name].channel).deferrable
        left = pl.col("ended_at") if is_deferrable else pl.coalesce("answered_at", "ended_at")
        rows = queued.filter(pl.col("contact_type") == name)
        counts = _counts(rows, left, borders, result)
        mean = counts.mean(axis=0)
        half = _half_width(counts)
        parts.append(
            pl.DataFrame(
                {"moment": borders[:-1], "value": mean, "low": np.maximum(0, mean - half), "high": mean + half}
            ).with_columns(contact_type=pl.lit(name), until=pl.lit("closed" if is_deferrable else "answered"))
        )
    about = {
        "title": result.scenario.name,
        "subtitle": how(result, wish.lang) + note,
        "days": spec.calendar.days,
        "length": part,
        "lang": wish.lang,
    }
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(backlog.needs, pl.String)), about


def _counts(rows: DataFrame, left: pl.Expr, borders: Floats, result: Result) -> Floats:
    """Mean number of contacts in each part in each replication, shape (replications, parts)."""
    found = np.zeros((result.replications, len(borders) - 1))
    start = result.horizon[0]
    since = [
        ((moment - start).dt.total_milliseconds() / 1000).alias(name)
        for moment, name in ((pl.col("queued_at"), "since"), (left, "until"))
    ]
    for number, own in rows.select("replication", *since).group_by("replication"):
        stayed = passed(own["since"].to_numpy(), borders) - passed(own["until"].drop_nulls().to_numpy(), borders)
        found[int(str(number[0]))] = np.diff(stayed) / np.diff(borders)
    return found


def _half_width(counts: Floats) -> Floats:
    n = len(counts)
    if n < 2:
        return np.full(counts.shape[1], np.nan)
    return np.asarray(student_t(0.95, n - 1) * counts.std(axis=0, ddof=1) / np.sqrt(n), dtype=float)
