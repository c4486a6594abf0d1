"""Files of a plan: the scenario, the figures as CSV or workbook, a planner's workbook, the report; all by existing functions."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simkpi.experiment.compare import compare
from simkpi.experiment.replicate import simulate
from simkpi.report.chart import Wish
from simkpi.report.html.make import make_report
from simkpi.report.html.page import to_html
from simkpi.report.tables import to_csv
from simkpi.report.workbook import write_workbook
from simkpi.scenario.books.write import write_plan
from simkpi.scenario.dump import to_dict, to_yaml
from simkpi.scenario.resolve import Scenario
from simkpi.serve.desk import Desk
from simkpi.serve.file_names import file_name
from simkpi.serve.wanted import Wanted

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class File:
    """A file to save."""

    name: str
    kind: str
    content: bytes


def export(desk: Desk, wanted: Wanted) -> File:
    """Write a file of the plan that a page asks for.

    Raises
    ------
    SimkpiError
        If the plan has mistakes, or the file can not be written.
    """
    scenario = desk.variant(wanted.what)
    stem = file_name(scenario.name)
    ending, kind, make = _MAKERS[wanted.format]
    return File(f"{stem}{ending}", kind, make(desk, scenario, wanted))


def scenario_text(scenario: Scenario) -> str:
    """Write a scenario as a file: short, or with its numbers in it if it names files that lie elsewhere."""
    data = to_dict(scenario) if "'file'" in repr(scenario.short) or "'replay'" in repr(scenario.short) else scenario.short
    return f"# Saved from the what-if page; to run it: simkpi run FILE\n{to_yaml(data)}"


def _yaml(_desk: Desk, scenario: Scenario, _wanted: Wanted) -> bytes:
    return scenario_text(scenario).encode("utf-8")


def _csv(desk: Desk, scenario: Scenario, wanted: Wanted) -> bytes:
    result = simulate(scenario, replications=wanted.replications, engine=desk.engine(scenario))
    return to_csv(result.kpis()).encode("utf-8")


def _xlsx(desk: Desk, scenario: Scenario, wanted: Wanted) -> bytes:
    result = simulate(scenario, replications=wanted.replications, engine=desk.engine(scenario))
    return _written(lambda path: write_workbook(result, path, table=result.kpis(), lang=wanted.lang))


def _plan(_desk: Desk, scenario: Scenario, wanted: Wanted) -> bytes:
    return _written(lambda path: write_plan(scenario, path, lang=wanted.lang))


def _html(desk: Desk, scenario: Scenario, wanted: Wanted) -> bytes:
    wish = Wish(lang=wanted.lang, replications=max(2, wanted.replications))
    baseline = None if wanted.baseline is None else desk.variant(wanted.baseline)
    if baseline is None or baseline == scenario:
        return to_html(make_report(scenario, wish)).encode("utf-8")
    before, after = (name.strip() for name in wanted.names)
    names = (before or "A", after or "B") if before != after else (f"{before} A", f"{after} B")
    found = compare(baseline, scenario, names=names, replications=wish.replications, engine=desk.engine(scenario))
    return to_html(make_report(found, wish)).encode("utf-8")


def _written(write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.xlsx"
        write(path)
        return path.read_bytes()


_MAKERS: dict[str, tuple[str, str, Callable[[Desk, Scenario, Wanted], bytes]]] = {
    "yaml": (".yaml", "application/yaml", _yaml),
    "csv": (".csv", "text/csv; charset=utf-8", _csv),
    "xlsx": (".results.xlsx", _XLSX, _xlsx),
    "plan": (".plan.xlsx", _XLSX, _plan),
    "html": (".html", "text/html; charset=utf-8", _html),
}
