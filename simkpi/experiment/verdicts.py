"""Are the scenario's targets met? Met, missed, or not sure: the interval decides, not the point estimate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from simkpi.errors import Problem, ScenarioError, UnknownName
from simkpi.experiment.result import Result
from simkpi.kpi.measure import KPIS
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Target

MET, MISSED, UNSURE, UNKNOWN = "met", "missed", "not sure", "no figure"


@dataclass(frozen=True)
class Verdict:
    """One target of a scenario and what the simulation says about it.

    Parameters
    ----------
    contact : str
        Contact type, channel, or ``all``.
    kpi : str
        Name of the KPI.
    goal : float
        The figure to reach, in the KPI's unit.
    direction : str
        ``at_least`` or ``at_most``.
    within : float or None, seconds
        Threshold that the target states.
    value, low, high, half_width : float or None
        The simulated figure.
    unit : str
        Unit of all of them.
    verdict : str
        ``met`` (the whole interval is on the good side), ``missed`` (on the bad side), ``not sure`` or ``no figure``.
    """

    contact: str
    kpi: str
    goal: float
    direction: str
    within: float | None
    value: float | None
    low: float | None
    high: float | None
    half_width: float | None
    unit: str
    verdict: str


def check_targets(scenario: Scenario) -> None:
    """Refuse targets for KPIs that do not exist: before the simulation, not after it.

    Raises
    ------
    ScenarioError
        With every such target.
    """
    problems = []
    for contact, goals in scenario.spec.targets.items():
        for name, target in goals.items():
            try:
                kpi = KPIS.get(name)
            except UnknownName as error:
                problems.append(Problem(error.problems[0].message, f"targets.{contact}.{name}", scenario.file))
                continue
            if (target.unit == "fraction") != (kpi.unit == "fraction") and target.value != 0:
                wanted = {"fraction": "a share such as 80%", "seconds": "a duration such as 60s"}.get(kpi.unit, "a number")
                problems.append(Problem(f"must be {wanted}, got {target.unit}", f"targets.{contact}.{name}", scenario.file))
            if target.within is not None and not list(_durations(name)):
                problems.append(Problem("has no threshold: leave out 'in ...'", f"targets.{contact}.{name}", scenario.file))
    if problems:
        raise ScenarioError(problems)


def verdicts(result: Result, *, confidence: float = 0.95) -> tuple[Verdict, ...]:
    """Judge every target of the scenario, in the order of the file."""
    targets = result.scenario.spec.targets
    return tuple(
        _judge(result, contact, kpi, target, confidence) for contact, goals in targets.items() for kpi, target in goals.items()
    )


def _judge(result: Result, contact: str, name: str, target: Target, confidence: float) -> Verdict:
    kpi = KPIS.get(name)
    given: dict[str, Any] = {}
    if target.within is not None:
        given[next(_durations(name))] = target.within
    row = result.kpis([name], confidence=confidence, where=_where(result, contact), **given).row(0, named=True)
    direction = target.direction or ("at_most" if kpi.better == "lower" else "at_least")
    figure = {part: row[part] for part in ("value", "low", "high", "half_width")}
    verdict = judge(target.value, direction, value=row["value"], low=row["low"], high=row["high"])
    return Verdict(contact, kpi.name, target.value, direction, target.within, **figure, unit=kpi.unit, verdict=verdict)


def judge(goal: float, direction: str, *, value: float | None, low: float | None, high: float | None) -> str:
    """Compare an interval with a goal; on the goal counts as met. Without an interval nothing is sure.

    Examples
    --------
    >>> judge(0.8, "at_least", value=0.85, low=0.82, high=0.88), judge(0.8, "at_least", value=0.81, low=0.78, high=0.84)
    ('met', 'not sure')
    """
    if value is None:
        return UNKNOWN
    if low is None or high is None:
        return UNSURE
    if direction == "at_most":
        goal, low, high = -goal, -high, -low
    if low >= goal:
        return MET
    return MISSED if high < goal else UNSURE


def _durations(name: str) -> Iterator[str]:
    """Names of the KPI's parameters that are durations: the first is the one that ``in 20s`` sets."""
    kpi = KPIS.get(name)
    return (parameter for parameter in kpi.parameters if kpi.is_duration(parameter))


def _where(result: Result, contact: str) -> pl.Expr | None:
    if contact == "all":
        return None
    return pl.col("contact_type" if contact in result.scenario.spec.contacts else "channel") == contact
