"""Makes the report of whatever is at hand: simulates what it shows and is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from simkpi.errors import InputError, SimkpiError
from simkpi.experiment.compare import Comparison
from simkpi.experiment.replicate import simulate
from simkpi.experiment.result import Result
from simkpi.experiment.stored import SweepTables
from simkpi.experiment.verdicts import Verdict, verdicts
from simkpi.planning.crosscheck_gap import Waterfall, explain
from simkpi.planning.staff_curve import Lever, staff_curve
from simkpi.report.chart import Wish
from simkpi.report.chart_input import Given, Progress
from simkpi.report.html.content import Report
from simkpi.report.html.run import Material, run_report
from simkpi.report.html.sweep import sweep_report
from simkpi.scenario.resolve import Scenario

#: Contacts of a run up to which the further simulations of a report take a minute or so.
MOST_CONTACTS = 400_000
#: What is said where they are left out.
LEFT_OUT = "large scenario, so one agent more or fewer and the formula's gap are left out; --deep adds them"


def make_report(
    given: Given,
    wish: Wish,
    *,
    deep: bool | None = None,
    tell: Callable[[str], None] = lambda _: None,
    progress: Progress | None = None,
) -> Report:
    """Make the report of a scenario, a run, a comparison or a sweep.

    Parameters
    ----------
    given : Scenario, Result, Comparison or SweepTables
    wish : Wish
        Language, interval, goals (of a sweep), replications and seed (of a scenario).
    deep : bool or None
        Whether to simulate one agent more or fewer in each team, and the gap between formula and simulation in parts; None:
        unless that takes long.
    tell : callable
        Called with what the reader should know.
    progress : callable, optional
        As for :func:`simkpi.simulate`.

    Raises
    ------
    InputError
        If there is no report of such a thing.
    """
    if isinstance(given, SweepTables):
        return sweep_report(given, goals=wish.goals, lang=wish.lang)
    if not isinstance(given, (Scenario, Result, Comparison)):
        where = "a folder of 'simkpi run --out' or 'simkpi sweep --out'"
        raise InputError(f"a report is written of scenarios, or of {where}; 'simkpi chart' draws single tables")
    comparison = given if isinstance(given, Comparison) else None
    result = given if isinstance(given, Result) else _simulated(given, wish, progress)
    is_deep = len(result.interactions) <= MOST_CONTACTS if deep is None else deep
    if not is_deep and deep is None:
        tell(LEFT_OUT)
    has_more = is_deep and result.replications > 1
    gap, lever = (_gap(result, wish), _lever(result)) if has_more else ((), None)
    return run_report(Material(result, comparison, _judged(comparison, result), gap, lever, wish.interval), lang=wish.lang)


def _simulated(given: Scenario | Comparison, wish: Wish, progress: Progress | None) -> Result:
    """Simulate the scenario, or the baseline in the worlds of the comparison."""
    if isinstance(given, Scenario):
        return simulate(given, seed=wish.seed, replications=wish.replications, progress=progress)
    return simulate(given.scenarios[given.baseline], seed=given.seed, replications=given.replications, progress=progress)


def _judged(comparison: Comparison | None, result: Result) -> dict[str, Sequence[Verdict]]:
    """Judge the targets of every scenario of a comparison, one after the other: only one result is in memory at a time."""
    if comparison is None:
        return {}
    given: dict[str, Any] = {"seed": comparison.seed, "replications": comparison.replications}
    return {
        name: verdicts(result if place == comparison.baseline else simulate(scenario, **given))
        for place, (name, scenario) in enumerate(zip(comparison.names, comparison.scenarios, strict=True))
    }


def _gap(result: Result, wish: Wish) -> tuple[Waterfall, ...]:
    try:
        return explain(result.scenario, seed=result.seed, replications=result.replications, interval=wish.interval)
    except SimkpiError:  # a scenario that no formula describes still has a report
        return ()


def _lever(result: Result) -> Lever | None:
    try:
        return Lever(staff_curve(result.scenario, seed=result.seed, replications=result.replications))
    except SimkpiError:  # nor does one whose head-counts can not be changed one by one
        return None
