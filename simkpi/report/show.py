"""Charts and reports from Python: one call, whatever the result is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkpi.experiment.compare import Comparison
from simkpi.experiment.result import Result
from simkpi.experiment.stored import SweepTables
from simkpi.experiment.sweep_result import SweepResult
from simkpi.report.chart import Wish, find
from simkpi.report.chart_input import Given, drawing, open_given
from simkpi.report.files import write_text
from simkpi.scenario.files import load
from simkpi.scenario.resolve import Scenario

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_chart(name: str, given: Any, **wish: Any) -> Figure:
    """Draw a chart of a scenario or of results.

    Parameters
    ----------
    name : str
        One of ``simkpi chart --list``: ``day``, ``waits``, ``heatmap`` ...
    given : Result, SweepResult, Comparison, Scenario or path
        What to draw; a path is a scenario, a folder of results, a JSON file or a table.
    **wish
        ``lang``, ``kpi``, ``interval`` (seconds), ``replication`` (from 0), ``goals`` (in words), ``replications``, ``seed``.

    Returns
    -------
    Figure
        Of matplotlib; ``figure.savefig("chart.png")`` writes it.

    Raises
    ------
    UnknownName
        If there is no such chart.
    InputError
        If it can not be drawn from that.
    """
    chart = find(name)
    table, about = drawing(chart, _opened(given), _wish(wish))
    return chart(table, **about)


def write_report(given: Any, path: str | Path = "report.html", *, deep: bool | None = None, **wish: Any) -> Path:
    """Write the report of a scenario, a run, a comparison or a sweep: one HTML file.

    Parameters
    ----------
    given : Result, SweepResult, Comparison, Scenario or path
        What to report; a path is a scenario or a folder of results.
    path : str or Path
        The file.
    deep : bool, optional
        Whether to simulate one agent more or fewer, and the gap between formula and simulation. Default: unless it takes long.
    **wish
        ``lang``, ``interval`` (seconds), ``goals`` (of a sweep, in words), ``replications``, ``seed``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If there is no report of such a thing.
    OutputError
        If the file can not be written.
    """
    from simkpi.report.html.make import make_report
    from simkpi.report.html.page import to_html

    return write_text(to_html(make_report(_opened(given), _wish(wish), deep=deep)), Path(path))


def _wish(asked: dict[str, Any]) -> Wish:
    goals = asked.get("goals", ())
    return Wish(**{**asked, "goals": tuple(goals) if isinstance(goals, Sequence) and not isinstance(goals, str) else (goals,)})


def _opened(given: Any) -> Given:
    if isinstance(given, SweepResult):
        return SweepTables.of(given)
    if isinstance(given, (Result, SweepTables, Comparison, Scenario)):
        return given
    return (open_given(Path(given)) if isinstance(given, (str, Path)) else None) or load(given)
