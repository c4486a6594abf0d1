"""What drives a figure, as a planner reads it: the strongest field first."""

from __future__ import annotations

from typing import Any

from simkpi.experiment.sensitivity import Sensitivity
from simkpi.kpi.measure import KPIS
from simkpi.report.comparison import change
from simkpi.report.tables import DASH, Layout, figure, title
from simkpi.report.words import say
from simkpi.units import format_value

_NOTES = {
    "tornado": "each field at both ends of its range, the others as they are; changes with 95% intervals, on the same customers",
    "grid": "effect: last value against first, averaged over the others; share: of the grid's variance; x: two on one another",
    "morris": "strength: mean size of the change over the whole range; spread: how much that depends on the other fields",
    "sobol": "first: share of the variance that the field explains alone; total: with all that it explains together with others",
}
_HEADERS = {
    "tornado": ("Field", "from", "to", "Change at the low end", "Change at the high end"),
    "grid": ("Field", "Effect", "Share"),
    "morris": ("Field", "Strength", "Spread"),
    "sobol": ("Field", "First", "Total"),
}


def sensitivity_lines(found: Sensitivity, *, lang: str = "en") -> Layout:
    """Lay out the answer: one line a KPI and field."""
    write = {"tornado": _tornado, "grid": _grid, "morris": _morris, "sobol": _sobol}[found.method]
    lines = [
        [title(row["kpi"], lang), row["path"], *write(row, KPIS.get(row["kpi"].partition(":")[0]).unit, lang)]
        for row in found.table.iter_rows(named=True)
    ]
    header = [say(word, lang) for word in ("KPI", *_HEADERS[found.method])]
    return Layout(header, lines, say(_NOTES[found.method], lang), (0, 1))


def _tornado(row: dict[str, Any], unit: str, lang: str) -> list[str]:
    ends = [change(row[f"{end}_difference"], row[f"{end}_half_width"], unit, lang=lang) for end in ("low", "high")]
    return [row["low_at"], row["high_at"], *ends]


def _grid(row: dict[str, Any], unit: str, lang: str) -> list[str]:
    return [change(row["effect"], row["half_width"], unit, lang=lang), _share(row["share"], lang)]


def _morris(row: dict[str, Any], unit: str, lang: str) -> list[str]:
    return [figure(row["mu_star"], row["half_width"], unit, lang=lang), figure(row["sigma"], None, unit, lang=lang)]


def _sobol(row: dict[str, Any], _: str, lang: str) -> list[str]:
    return [figure(row[name], row[f"{name}_half_width"], "fraction", lang=lang) for name in ("first", "total")]


def _share(share: float | None, lang: str) -> str:
    return DASH if share is None else format_value(share, "fraction", half_width=0.01, locale=lang)
