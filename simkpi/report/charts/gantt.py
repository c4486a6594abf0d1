"""The chart of one simulated day, agent by agent: who works when, and on what."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from simkpi.errors import InputError
from simkpi.experiment.result import Result
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.words import numbered, say
from simkpi.units import DAY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Agents in one figure.
MOST_AGENTS = 40
#: Letters of an agent's name for which the usual margin is wide enough.
_SHORT = 12
#: Letters of a line of the legend, its patches counted in.
_LETTERS = 140
#: Kinds of bars that are not contacts: what they look like.
_DUTY: dict[str, dict[str, Any]] = {
    "work": {"facecolor": theme.LIGHT, "edgecolor": "none"},
    "overtime": {"facecolor": "white", "edgecolor": theme.GREY, "linewidth": 0.6},
    "break": {"facecolor": "white", "edgecolor": theme.GREY, "hatch": "....", "linewidth": 0.0},
    "meeting": {"facecolor": "white", "edgecolor": theme.GREY, "hatch": "xxxx", "linewidth": 0.0},
    "absent": {"facecolor": theme.GRID, "edgecolor": "white", "hatch": "----", "linewidth": 0.0},
    "off": {"facecolor": "none", "edgecolor": "none"},
}
#: Their names; what is none of them is called as in the log.
_NAMES = {"work": "on duty, free", "overtime": "overtime", "break": "break", "meeting": "meeting", "absent": "absent"}
_WRAP = "wrap"


@chart(needs=("agent", "team", "kind", "what", "start", "end", "lane", "lanes"))
def gantt(table: DataFrame, *, title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: what does one simulated day look like, agent by agent.

    Parameters
    ----------
    table : DataFrame
        One row per bar: ``agent``, ``team``, ``kind`` (``duty``, ``contact``), ``what`` (state or contact type; ``wrap`` for
        after-contact work), ``start``, ``end`` (seconds after midnight of the first day), ``lane`` (place among ``lanes``
        contacts at once, from 0).
    title, subtitle : str
        What was simulated, and how.
    lang : str
        ``en`` or ``fr``.
    """
    if table.is_empty():
        raise InputError("nothing to draw: no agent is on duty")
    agents = table.select("team", "agent").unique(maintain_order=True).rows()
    shown = agents[:MOST_AGENTS]
    height = 1.97 + 0.24 * len(shown)
    figure = Figure(figsize=(9.5, height), dpi=120)
    axes = figure.subplots()
    types, others = _types(table)
    colors = {name: look[0] for name, look in zip(types, theme.LOOKS, strict=False)} | dict.fromkeys(others, theme.GREY)
    for place, (_, agent) in enumerate(shown):
        _agent(axes, place, table.filter(pl.col("agent") == agent), colors)
    _axes(axes, [agent for _, agent in shown], table, lang)
    handles = [Patch(facecolor=colors[name], label=theme.literal(str(name), limit=24)) for name in types]
    handles += [Patch(facecolor=theme.GREY, label=numbered(len(others), "other contact type", lang))] if others else []
    handles.append(Patch(facecolor="white", edgecolor=theme.BLACK, hatch="//////", label=say("after-contact work", lang)))
    duty = table.filter(pl.col("kind") == "duty")["what"].unique(maintain_order=True).to_list()
    handles += [Patch(label=say(_NAMES[what], lang), **_DUTY[what]) for what in _NAMES if what in duty]
    note = say("(the first {n} of {all} agents)", lang, n=len(shown), all=len(agents)) if len(agents) > len(shown) else ""
    top = theme.heading(figure, title, f"{subtitle} {note}".strip())
    letters = [9 + len(str(handle.get_label())) for handle in handles]
    columns = len(handles) if sum(letters) <= _LETTERS else max(2, _LETTERS // max(letters))
    lines = -(-len(handles) // columns)
    look: dict[str, Any] = {"handlelength": 1.6, "columnspacing": 1.2}
    left = 0.11 if max(len(agent) for _, agent in shown) <= _SHORT else 0.2
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(left - 0.01, top + 0.06 / height), ncols=columns, **look)
    figure.subplots_adjust(left=left, right=0.975, top=top - (0.06 + 0.22 * lines) / height, bottom=0.5 / height)
    return figure


def _types(table: DataFrame) -> tuple[list[str], list[str]]:
    """Contact types with a colour of their own, in the table's order, and the rarer ones that share grey."""
    held = table.filter((pl.col("kind") == "contact") & (pl.col("what") != _WRAP))["what"]
    names = held.unique(maintain_order=True).to_list()
    counts = dict(held.value_counts().iter_rows())
    most = set(sorted(names, key=lambda name: -counts[name])[: len(theme.LOOKS)])
    return [name for name in names if name in most], [name for name in names if name not in most]


def _agent(axes: Axes, place: int, rows: DataFrame, colors: dict[str, str]) -> None:
    for (kind, what, lane, lanes), part in rows.group_by("kind", "what", "lane", "lanes", maintain_order=True):
        bars = [(start, end - start) for start, end in part.select("start", "end").iter_rows()]
        if kind == "duty":
            look = _DUTY.get(str(what), {"facecolor": theme.GRID, "edgecolor": "none"})
            axes.broken_barh(bars, (place - 0.42, 0.84), zorder=1, **look)
            continue
        size = 0.72 / int(str(lanes))
        spot = (place - 0.36 + size * int(str(lane)), size * 0.92)
        if what == _WRAP:
            axes.broken_barh(bars, spot, facecolor="white", edgecolor=theme.BLACK, hatch="//////", linewidth=0.3, zorder=3)
        else:
            axes.broken_barh(bars, spot, facecolor=colors[str(what)], edgecolor="white", linewidth=0.3, zorder=2)


def _axes(axes: Axes, agents: list[str], table: DataFrame, lang: str) -> None:
    axes.set_yticks(range(len(agents)), [theme.literal(agent) for agent in agents])
    axes.set_ylim(len(agents) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    first, last = float(table["start"].min()), float(table["end"].max())  # type: ignore[arg-type]
    theme.clock_axis(axes, 1800 * (first // 1800), 1800 * -(-last // 1800))
    axes.set_xlabel(say("time of day", lang))


@gantt.source(Result)
def of_result(result: Result, wish: Wish) -> Drawing:
    """Bars of the first day of one replication: duty from the agent states, contacts from the legs."""
    if not 0 <= wish.replication < result.replications:
        raise InputError(f"replication: must be from 0 to {result.replications - 1}, got {wish.replication}")
    own = pl.col("replication") == wish.replication
    states = result.agent_states.filter(own)
    types = result.interactions.filter(own).select("contact_id", "contact_type")
    legs = result.legs.filter(own & pl.col("kind").is_in(["agent", "wrap"])).join(types, on="contact_id", how="left")
    start = states["from_at"].min()
    if not isinstance(start, datetime):
        return pl.DataFrame(schema=dict.fromkeys(gantt.needs, pl.String)), {}
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    since = [
        ((pl.col(name) - midnight).dt.total_milliseconds() / 1000).alias(to)
        for name, to in (("from_at", "start"), ("to_at", "end"))
    ]
    team = dict(states.select("agent_id", "team").unique().iter_rows())
    duty = states.select(
        pl.col("agent_id").alias("agent"), "team", pl.lit("duty").alias("kind"), pl.col("state").alias("what"), *since
    )
    what = pl.when(pl.col("kind") == _WRAP).then(pl.lit(_WRAP)).otherwise(pl.col("contact_type"))
    held = legs.select(
        "contact_id",
        pl.col("place").alias("agent"),
        pl.col("place").replace_strict(team, default=None).alias("team"),
        pl.lit("contact").alias("kind"),
        what.alias("what"),
        *since,
    )
    table = pl.concat(
        [duty.with_columns(lane=pl.lit(0), lanes=pl.lit(1)), _laned(held).drop("contact_id")], how="diagonal_relaxed"
    )
    table = table.with_columns(end=pl.col("end").clip(upper_bound=DAY))
    table = table.filter(pl.col("team").is_not_null() & (pl.col("end") > pl.col("start")) & (pl.col("what") != "off"))
    order = {name: place for place, name in enumerate(result.scenario.spec.teams)}
    table = table.with_columns(
        _team=pl.col("team").replace_strict(order, default=99),
        _number=pl.col("agent").str.extract(r"(\d+)$").cast(pl.Int64, strict=False).fill_null(0),
        _kind=pl.col("kind").eq("contact"),
    )
    subtitle = say(
        "replication {n} of {all}, seed {seed}: one possible day, not a mean",
        wish.lang,
        n=wish.replication + 1,
        all=result.replications,
        seed=result.seed,
    )
    about = {"title": result.scenario.name, "subtitle": subtitle, "lang": wish.lang}
    return table.sort("_team", "_number", "agent", "_kind", "start", maintain_order=True).drop("_team", "_number", "_kind"), about


def _laned(held: DataFrame) -> DataFrame:
    """Give every contact of an agent a lane of its own while it lasts, and each agent as many lanes as he ever needs."""
    spans = (
        held.group_by("agent", "contact_id").agg(pl.col("start").min(), pl.col("end").max()).sort("agent", "start", "contact_id")
    )
    lanes: dict[tuple[str, str], int] = {}
    free: dict[str, list[float]] = {}
    for agent, contact, start, end in spans.select("agent", "contact_id", "start", "end").iter_rows():
        own = free.setdefault(agent, [])
        lane = next((place for place, until in enumerate(own) if until <= start), len(own))
        own[lane : lane + 1] = [end]
        lanes[agent, contact] = lane
    keys = pl.DataFrame(
        [(agent, contact, lane, len(free[agent])) for (agent, contact), lane in lanes.items()],
        schema={"agent": pl.String, "contact_id": held.schema["contact_id"], "lane": pl.Int32, "lanes": pl.Int32},
        orient="row",
    )
    return held.join(keys, on=["agent", "contact_id"], how="left", maintain_order="left")
