"""The chart of what matters: how far each varied field moves a KPI away from the first scenario's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from matplotlib.figure import Figure

from simkpi.errors import InputError
from simkpi.experiment.sensitivity import SensitivityTable
from simkpi.experiment.stored import SweepTables
from simkpi.report import theme
from simkpi.report.chart import Drawing, Wish, chart
from simkpi.report.comparison import change
from simkpi.report.sentences import how_sweep
from simkpi.report.tables import figure as written
from simkpi.report.tables import title as kpi_title
from simkpi.report.words import numbered, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from polars import DataFrame

#: Fields in one figure.
MOST_FIELDS = 16


@chart(needs=("factor", "setting", "difference", "low", "high", "unit"))
def tornado(table: DataFrame, *, kpi: str = "", base: str = "", title: str = "", subtitle: str = "", lang: str = "en") -> Figure:
    """Answer: which field moves the figure most.

    Parameters
    ----------
    table : DataFrame
        One row per field and value tried: ``factor`` (the field), ``setting`` (its value, in words), ``difference`` of the KPI
        from the base with its interval ``low`` to ``high``, ``unit``.
    kpi : str
        The KPI in words.
    base : str
        Its figure in the base, in words.
    title, subtitle : str
        What was varied, and how.
    lang : str
        ``en`` or ``fr``.
    """
    table = table.filter(pl.col("difference").is_not_null())
    if table.is_empty():
        raise InputError("nothing to draw: no scenario differs from the first in one field alone")
    reach = table.group_by("factor", maintain_order=True).agg(pl.col("difference").abs().max().alias("reach"))
    factors = reach.sort("reach", descending=True, maintain_order=True)["factor"].to_list()
    shown = factors[:MOST_FIELDS]
    height = 1.75 + 0.62 * len(shown)
    figure = Figure(figsize=(9.5, height), dpi=120)
    axes = figure.subplots()
    for place, factor in enumerate(shown):
        _bars(axes, place, table.filter(pl.col("factor") == factor), lang)
    axes.axvline(0, color=theme.BLACK, linewidth=1)
    axes.set_yticks(range(len(shown)), [theme.literal(str(name), limit=36) for name in shown])
    axes.set_ylim(len(shown) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    low, high = axes.get_xlim()
    room = 0.42 * (high - low)  # for the words beyond the bars
    falls, rises = (table["difference"] < 0).any(), (table["difference"] > 0).any()
    axes.set_xlim(low - (room if falls else 0), high + (room if rises else 0))
    theme.change_axis(axes.xaxis, str(table["unit"][0]), lang)
    axes.set_xlabel(say("{kpi}: change from {base}", lang, kpi=kpi, base=base))
    top = theme.heading(figure, title, subtitle, left=0.02)
    figure.subplots_adjust(left=0.3, right=0.97, top=top, bottom=0.55 / height)
    return figure


def _bars(axes: Axes, place: int, rows: DataFrame, lang: str) -> None:
    """Draw the lowest and the highest change, or the farthest if all lie on one side; intervals as lines, settings in words."""
    ordered = rows.sort("difference", maintain_order=True)
    ends = {0, len(ordered) - 1}
    if ordered["difference"][0] >= 0:
        ends = {len(ordered) - 1}
    elif ordered["difference"][-1] <= 0:
        ends = {0}
    for row in ordered[sorted(ends)].iter_rows(named=True):
        value = row["difference"]
        is_up = value >= 0
        axes.barh(place, value, height=0.5, color=theme.BLUE if is_up else theme.ORANGE, zorder=2)
        bar = [value if row[end] is None else row[end] for end in ("low", "high")]
        axes.plot(bar, [place, place], color=theme.BLACK, linewidth=1.4, zorder=3)
        half = None if row["low"] is None else (row["high"] - row["low"]) / 2
        words = theme.literal(f"{row['setting']}: {change(value, half, row['unit'], lang=lang)}", limit=44)
        far = max(value, *bar) if is_up else min(value, *bar)
        where: dict[str, Any] = {
            "textcoords": "offset points",
            "ha": "left" if is_up else "right",
            "va": "center",
            "fontsize": 8.5,
        }
        axes.annotate(words, (far, place), xytext=(6 if is_up else -6, 0), **where)


@tornado.source(SweepTables)
def of_sweep(swept: SweepTables, wish: Wish) -> Drawing:
    """Take the scenarios that differ from the first in one field alone, with their paired differences from it."""
    kpi = wish.kpi or "service_level"
    rows = swept.table.filter(pl.col("kpi") == kpi)
    if rows.is_empty():
        raise InputError(f"the sweep has no KPI '{kpi}'; it has {', '.join(swept.table['kpi'].unique(maintain_order=True))}")
    first = rows.row(0, named=True)
    found: list[dict[str, Any]] = []
    for row in rows.iter_rows(named=True):
        moved = [path for path in swept.plan.paths if row[path] != first[path]]
        if len(moved) == 1:
            ends = {"low": row["difference_low"], "high": row["difference_high"]}
            setting = f"{_text(first[moved[0]])} → {_text(row[moved[0]])}"
            found.append({"factor": moved[0], "setting": setting, "difference": row["difference"], **ends, "unit": row["unit"]})
    schema = {name: pl.String if name in ("factor", "setting", "unit") else pl.Float64 for name in tornado.needs}
    subtitle = how_sweep(swept, wish.lang) + say("; ", wish.lang) + say("lines: {share} intervals", wish.lang, share="95%")
    about = {"title": f"{swept.plan.base.name}: {numbered(len(swept.plan.changes), 'scenario', wish.lang)}", "subtitle": subtitle}
    base = written(first["value"], first["half_width"], first["unit"], lang=wish.lang)
    return pl.DataFrame(found, schema=schema), {**about, "kpi": kpi_title(kpi, wish.lang), "base": base, "lang": wish.lang}


@tornado.source(SensitivityTable)
def of_sensitivity(found: SensitivityTable, wish: Wish) -> Drawing:
    """Take both ends of each field's range."""
    if found.method != "tornado":
        raise InputError(f"a tornado is drawn from one field at a time, this was '{found.method}'; use --method tornado")
    kpis = found.table["kpi"].unique(maintain_order=True).to_list()
    kpi = wish.kpi or ("service_level" if "service_level" in kpis else kpis[0])
    rows = list(found.table.filter(pl.col("kpi") == kpi).iter_rows(named=True))
    if not rows:
        raise InputError(f"the sensitivity has no KPI '{kpi}'; it has {', '.join(kpis)}")
    ends: list[dict[str, Any]] = []
    for row in rows:
        for end in ("low", "high"):
            value, half = row[f"{end}_difference"], row[f"{end}_half_width"]
            sure = value is not None and half is not None
            bar = {"low": value - half if sure else None, "high": value + half if sure else None}
            ends.append(
                {"factor": row["path"], "setting": _text(row[f"{end}_at"]), "difference": value, **bar, "unit": row["unit"]}
            )
    schema = {name: pl.String if name in ("factor", "setting", "unit") else pl.Float64 for name in tornado.needs}
    subtitle = f"{numbered(found.replications, 'replication', wish.lang)}, {say('seed {seed}', wish.lang, seed=found.seed)}"
    subtitle += say("; ", wish.lang) + say("lines: {share} intervals", wish.lang, share="95%")
    base = written(rows[0]["base"], None, rows[0]["unit"], lang=wish.lang)
    about = {"title": found.name, "subtitle": subtitle, "kpi": kpi_title(kpi, wish.lang), "base": base, "lang": wish.lang}
    return pl.DataFrame(ends, schema=schema), about


def _text(value: object) -> str:
    return "–" if value is None else str(value)
