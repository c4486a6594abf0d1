"""Are the scenario's targets met? Met, missed, or not sure: the interval decides, not the point estimate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from simkpi.errors import ScenarioError, UnknownName
from simkpi.experiment.confidence import Estimate
from simkpi.experiment.days import days_met
from simkpi.experiment.result import Result
from simkpi.kpi.measure import KPIS
from simkpi.scenario.files import document_of
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
    replications_met : Estimate or None
        Probability that a single horizon (a day, a week) meets the target; None where there is only one record.
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
    replications_met: Estimate | None = None


def check_targets(scenario: Scenario) -> None:
    """Refuse targets that no KPI can answer: before the simulation, not after it.

    Raises
    ------
    ScenarioError
        With every such target.
    """
    targets = scenario.spec.targets
    faults = [
        (contact, name, fault_of(contact, name, target)) for contact, goals in targets.items() for name, target in goals.items()
    ]
    document = document_of(scenario) if any(fault for _, _, fault in faults) else None
    problems = [document.problem(("targets", contact, name), fault) for contact, name, fault in faults if document and fault]
    if problems:
        raise ScenarioError(problems)


def fault_of(contact: str, name: str, target: Target) -> str:
    """Say what is wrong with a target; empty if nothing is."""
    try:
        kpi = KPIS.get(name)
    except UnknownName as error:
        return error.problems[0].message
    wanted = {"fraction": "a share such as 80%", "seconds": "a duration such as 60s"}.get(kpi.unit, "a number")
    given = {"fraction": "a share", "seconds": "a duration"}.get(target.unit, "a number")
    if wanted.split(" such")[0] != given and target.value != 0:
        return f"must be {wanted}, got {given}"
    if target.within is not None and not list(_durations(name)):
        return "has no threshold: leave out 'in ...'"
    if contact != "all" and any(need.startswith("agent_states") for need in kpi.needs):
        return "is a figure of agents, not of contacts; write it under 'all'"
    return ""


def verdicts(result: Result, *, confidence: float = 0.95) -> tuple[Verdict, ...]:
    """Judge every target of the scenario, in the order of the file."""
    targets = result.scenario.spec.targets
    return tuple(
        _judge(result, contact, kpi, target, confidence) for contact, goals in targets.items() for kpi, target in goals.items()
    )


def all_met(result: Result, *, confidence: float = 0.95) -> Estimate | None:
    """Probability that a single horizon meets every target of the scenario; None if it has none."""
    targets = [(contact, kpi, target) for contact, goals in result.scenario.spec.targets.items() for kpi, target in goals.items()]
    if not targets:
        return None
    figures = [_daily(result, contact, kpi, target) for contact, kpi, target in targets]
    return days_met(figures, [(target.value, direction_of(kpi, target)) for _, kpi, target in targets], confidence=confidence)


def _daily(result: Result, contact: str, name: str, target: Target) -> list[float | None]:
    """Return the figure of every replication."""
    where = contact_filter(result.scenario, contact)
    table = result.kpis([name], by="replication", where=where, **parameters_of(name, target))
    found = dict(table.select("replication", "value").iter_rows())
    return [found.get(number) for number in range(result.replications)]


def _judge(result: Result, contact: str, name: str, target: Target, confidence: float) -> Verdict:
    kpi = KPIS.get(name)
    where = contact_filter(result.scenario, contact)
    row = result.kpis([name], confidence=confidence, where=where, **parameters_of(name, target)).row(0, named=True)
    direction = direction_of(name, target)
    figure = {part: row[part] for part in ("value", "low", "high", "half_width")}
    verdict = judge(target.value, direction, value=row["value"], low=row["low"], high=row["high"])
    met = days_met([_daily(result, contact, name, target)], [(target.value, direction)], confidence=confidence)
    goal = (contact, kpi.name, target.value, direction, target.within)
    return Verdict(*goal, **figure, unit=kpi.unit, verdict=verdict, replications_met=met)


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


def direction_of(name: str, target: Target) -> str:
    """Which side of the goal is good: what the target says, else the KPI's own good side."""
    return target.direction or ("at_most" if KPIS.get(name).better == "lower" else "at_least")


def parameters_of(name: str, target: Target) -> dict[str, Any]:
    """Parameters of the KPI that the target states (``in 20s``)."""
    return within_parameter(name, target.within)


def within_parameter(name: str, within: float | None) -> dict[str, Any]:
    """Return the parameter of the KPI that ``in 20s`` sets."""
    return {} if within is None else {next(_durations(name)): within}


def _durations(name: str) -> Iterator[str]:
    """Names of the KPI's parameters that are durations: the first is the one that ``in 20s`` sets."""
    kpi = KPIS.get(name)
    return (parameter for parameter in kpi.parameters if kpi.is_duration(parameter))


def contact_filter(scenario: Scenario, contact: str) -> pl.Expr | None:
    """Rows of the interactions that a target of *contact* (a contact type, a channel, or ``all``) is about; None = all."""
    if contact == "all":
        return None
    return pl.col("contact_type" if contact in scenario.spec.contacts else "channel") == contact
