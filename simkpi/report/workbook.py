"""Results as a workbook: figures that stay numbers, shown with the digits that their intervals support, and native charts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from simkpi.experiment.provenance import in_words
from simkpi.experiment.result import Result
from simkpi.experiment.verdicts import MET, MISSED, Verdict, verdicts
from simkpi.report.definitions import definition_words
from simkpi.report.sentences import goal, run_title
from simkpi.report.tables import MAIN, title
from simkpi.report.words import french, say
from simkpi.report.workbook_day import write_day
from simkpi.report.workbook_pen import Pen
from simkpi.workbooks import new_book

#: Colours of verdicts: readable in grey beside their words.
_VERDICTS = {MET: "#D7EFE3", MISSED: "#F8D9C8"}
#: Groups that a chart by group shows at most.
_MOST_GROUPS = 12


def write_workbook(result: Result, path: Path, *, table: pl.DataFrame, interval: float = 1800.0, lang: str = "en") -> Path:
    """Write a result as a workbook: figures, targets, the day, contact types, replications, and where all of it comes from.

    Parameters
    ----------
    result : Result
        What was simulated.
    path : Path
        File to write.
    table : DataFrame
        The KPIs in total.
    interval : float, seconds
        Length of an interval of the day.
    lang : str
        ``en`` or ``fr``.

    Raises
    ------
    OutputError
        If the file can not be written.
    """
    with new_book(path) as book:
        pen = Pen(book, lang)
        _write_figures(pen, result, table)
        judged = verdicts(result)
        if judged:
            _write_targets(pen, judged)
        write_day(pen, result, interval=interval)
        _write_groups(pen, result.kpis(list(MAIN), by=("contact_type",)))
        if result.replications > 1:
            _write_replications(pen, result.kpis(list(MAIN), by="replication"))
        _write_provenance(pen, result)
    return path


def _write_figures(pen: Pen, result: Result, table: pl.DataFrame) -> None:
    """Write one row a KPI below the sentence that says what was simulated."""
    sheet = pen.sheet(say("Figures", pen.lang), widths=(34, 12, 12, 12, 12, 12, 90))
    sheet.write_string(0, 0, run_title(result, lang=pen.lang), pen.title)
    words = [say(word, pen.lang) for word in ("KPI", "Value", "from", "to", "Unit", "Definition")]
    pen.header(sheet, 2, [*words[:2], "±", *words[2:]])
    shown = table.filter(pl.col("status") != "unavailable") if "status" in table.columns else table
    for number, row in enumerate(shown.iter_rows(named=True), start=3):
        sheet.write_string(number, 0, title(row["kpi"], pen.lang))
        for column, part in enumerate(("value", "half_width", "low", "high"), start=1):
            pen.figure(sheet, number, column, row.get(part), like=(row["unit"], row.get("half_width")))
        sheet.write_string(number, 5, _unit(row["unit"], result, pen.lang))
        sheet.write_string(number, 6, definition_words(row["definition"], pen.lang))
    sheet.freeze_panes(3, 1)


def _unit(unit: str, result: Result, lang: str) -> str:
    """Name the unit of a figure; the cells show shares in per cent and durations in seconds."""
    if unit == "money":
        return result.scenario.spec.costs.currency
    known = {"fraction": "%", "seconds": "s", "count": ""}
    return known.get(unit, french().get(unit, unit) if lang == "fr" else unit)


def _write_targets(pen: Pen, judged: Sequence[Verdict]) -> None:
    sheet = pen.sheet(say("Targets", pen.lang), widths=(16, 30, 22, 12, 12, 12, 14, 16))
    words = ("for", "KPI", "goal", "Value", "from", "to", "verdict", "replications met")
    pen.header(sheet, 0, [say(word, pen.lang) for word in words])
    for number, one in enumerate(judged, start=1):
        sheet.write_string(number, 0, say("all", pen.lang) if one.contact == "all" else one.contact)
        sheet.write_string(number, 1, title(one.kpi, pen.lang))
        sheet.write_string(number, 2, goal(one, lang=pen.lang))
        for column, value in enumerate((one.value, one.low, one.high), start=3):
            pen.figure(sheet, number, column, value, like=(one.unit, one.half_width))
        word = say(one.verdict.upper() if one.verdict == MISSED else one.verdict, pen.lang)
        sheet.write_string(number, 6, word, pen.filled(_VERDICTS.get(one.verdict)))
        met = one.replications_met
        pen.figure(sheet, number, 7, None if met is None else met.value, like=("fraction", 0.05))


def _write_groups(pen: Pen, table: pl.DataFrame) -> None:
    """Write the main KPIs by contact type, one column each, and the service levels as bars with their intervals."""
    sheet = pen.sheet(say("Contact types", pen.lang), widths=(22, *[18] * (2 * len(MAIN))))
    groups = table["contact_type"].drop_nulls().unique(maintain_order=True).sort().to_list()
    header = [part for kpi in MAIN for part in (title(kpi, pen.lang), "±")]
    pen.header(sheet, 0, [say("Contact type", pen.lang), *header])
    cells = {(row["kpi"], row["contact_type"]): row for row in table.iter_rows(named=True)}
    for number, group in enumerate(groups, start=1):
        sheet.write_string(number, 0, group)
        for place, kpi in enumerate(MAIN):
            row = cells.get((kpi, group), {})
            for column, part in enumerate(("value", "half_width"), start=1 + 2 * place):
                pen.figure(sheet, number, column, row.get(part), like=(row.get("unit", ""), row.get("half_width")))
    sheet.freeze_panes(1, 1)
    column = 1 + 2 * MAIN.index("service_level")
    if groups:
        _bars(pen, sheet, column, min(len(groups), _MOST_GROUPS), below=len(groups) + 2)


def _bars(pen: Pen, sheet: Any, column: int, rows: int, *, below: int) -> None:
    chart = pen.book.add_chart({"type": "column"})
    spread = pen.range(sheet, 1, column + 1, rows, column + 1)
    chart.add_series(
        {
            "name": title("service_level", pen.lang),
            "categories": [sheet.get_name(), 1, 0, rows, 0],
            "values": [sheet.get_name(), 1, column, rows, column],
            "fill": {"color": pen.BLUE},
            "y_error_bars": {"type": "custom", "plus_values": spread, "minus_values": spread},
            "gap": 120,
        }
    )
    chart.set_y_axis({"min": 0, "max": 1, "num_format": "0%", "major_gridlines": {"visible": True, "line": {"color": pen.GRID}}})
    name = say("{kpi}, with 95% intervals", pen.lang, kpi=title("service_level", pen.lang))
    pen.place(chart, sheet, name, below, 0, legend=False)


def _write_replications(pen: Pen, table: pl.DataFrame) -> None:
    """Write the main KPIs of every simulated day or week."""
    sheet = pen.sheet(say("Replications", pen.lang), widths=(14, *[20] * len(MAIN)))
    pen.header(sheet, 0, [say("Replication", pen.lang), *[title(kpi, pen.lang) for kpi in MAIN]])
    for kpi, replication, value, unit in table.select("kpi", "replication", "value", "unit").iter_rows():
        sheet.write_number(replication + 1, 0, replication)
        pen.figure(sheet, replication + 1, 1 + MAIN.index(kpi), value, like=(unit, None))
    sheet.freeze_panes(1, 1)


def _write_provenance(pen: Pen, result: Result) -> None:
    sheet = pen.sheet(say("Provenance", pen.lang), widths=(30, 100))
    for number, (key, value) in enumerate(in_words(result.provenance).items()):
        sheet.write_string(number, 0, key)
        sheet.write_string(number, 1, str(value)[:32_767], pen.wrapped)
