"""Figures without and with a control variate, as a planner reads them: what the same replications say more sharply."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from simkpi.kpi.measure import KPIS
from simkpi.planning.control_variate import ControlledQueue
from simkpi.report.sentences import in_language
from simkpi.report.tables import DASH, Layout, figure, title
from simkpi.report.words import say

_SCHEMA = {
    "contact": pl.String,
    "kpi": pl.String,
    "value": pl.Float64,
    "half_width": pl.Float64,
    "controlled": pl.Float64,
    "controlled_low": pl.Float64,
    "controlled_high": pl.Float64,
    "controlled_half_width": pl.Float64,
    "correlation": pl.Float64,
    "gain": pl.Float64,
    "unit": pl.String,
    "replications": pl.Int64,
    "why": pl.String,
}


def control_table(found: Sequence[ControlledQueue], *, lang: str = "en") -> pl.DataFrame:
    """One row per queue and KPI, with ``why`` for a queue that has no control."""
    rows: list[dict[str, object]] = []
    for queue in found:
        contact = " + ".join(queue.contacts)
        if queue.why:
            rows.append({"contact": contact, "why": in_language(queue.why, lang)})
        for kpi, one in queue.figures.items():
            sharp = one.controlled
            figures = {"value": one.plain.value, "half_width": one.plain.half_width, "controlled": sharp.value}
            ends = {"controlled_low": sharp.low, "controlled_high": sharp.high, "controlled_half_width": sharp.half_width}
            gain = None if math.isinf(one.gain) else one.gain
            about = {"correlation": one.correlation, "gain": gain, "unit": KPIS.get(kpi).unit, "replications": sharp.replications}
            rows.append({"contact": contact, "kpi": kpi, **figures, **ends, **about})
    return pl.DataFrame(rows, schema=_SCHEMA)


def control_lines(found: Sequence[ControlledQueue], *, lang: str = "en") -> Layout:
    """Lay out the table: a line per queue and KPI, both figures with their half-widths, and the gain as it came out."""
    lines = []
    notes = []
    for row in control_table(found, lang=lang).iter_rows(named=True):
        if row["kpi"] is None:
            notes.append(say("{contact}: no control ({why})", lang, contact=row["contact"], why=row["why"]))
            continue
        gain = DASH if row["gain"] is None else f"{row['gain']:.1f}".replace(".", "," if lang == "fr" else ".")
        both = [
            figure(row[value], row[half], row["unit"], lang=lang)
            for value, half in (("value", "half_width"), ("controlled", "controlled_half_width"))
        ]
        lines.append([row["contact"], title(row["kpi"], lang), *both, f"{row['correlation']:.2f}", gain])
    if lines:
        notes.append(
            say("Gain: how many times as many replications the plain figure would need; below 1 the control does harm", lang)
        )
    header = [say(word, lang) for word in ("Contacts", "KPI", "Plain", "With control", "Correlation", "Gain")]
    return Layout(header, lines, "\n".join(notes), (0, 1))
