"""Targets as questions to a simulation: is it shown that they are met, by how much, and on how many days."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from simkpi.errors import InputError, Problem, ScenarioError, did_you_mean
from simkpi.experiment.confidence import Estimate
from simkpi.experiment.days import days_met as share_met
from simkpi.experiment.laws import student_t
from simkpi.experiment.result import Result
from simkpi.experiment.verdicts import contact_filter, direction_of, fault_of, parameters_of
from simkpi.kpi.measure import KPIS
from simkpi.planning.trials import Trials
from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Target
from simkpi.units import format_duration, format_share, format_value

_WRITTEN = re.compile(r"\s*(?:(?P<contact>[^<>=]+?)\s*[.:]\s*)?(?P<kpi>[\w ]+?)\s*(?P<goal>(?:<=|>=|at most|at least).+)")


@dataclass(frozen=True)
class Goal:
    """One target.

    Parameters
    ----------
    contact : str
        Contact type, channel, or ``all``.
    kpi : str
        Name of the KPI.
    value : float
        In the KPI's unit.
    direction : str
        ``at_least`` or ``at_most``.
    within : float or None, seconds
        Threshold that the target states.
    """

    contact: str
    kpi: str
    value: float
    direction: str
    within: float | None = None

    @classmethod
    def of(cls, contact: str, kpi: str, target: Target) -> Goal:
        """Make a goal from a target of a scenario."""
        return cls(contact, KPIS.name_of(kpi), target.value, direction_of(kpi, target), target.within)

    @property
    def sign(self) -> int:
        """1 if more is better, else -1."""
        return 1 if self.direction == "at_least" else -1

    @property
    def unit(self) -> str:
        """Unit of the figure."""
        return KPIS.get(self.kpi).unit

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the KPI that the target states."""
        return parameters_of(
            self.kpi, Target.model_construct(value=self.value, direction=None, within=self.within, unit="number")
        )

    @property
    def is_certain(self) -> bool:
        """Whether every single contact is asked for, which no finite team can promise."""
        if self.sign > 0:
            return self.unit == "fraction" and self.value == 1.0
        return self.unit in {"fraction", "seconds"} and self.value == 0.0

    def show(self, value: float | None) -> str:
        """Write *value* in the unit of the figure."""
        return format_value(value, self.unit)

    def __str__(self) -> str:
        if self.unit == "fraction":
            amount = format_share(self.value)
        else:
            amount = format_duration(self.value) if self.unit == "seconds" else f"{self.value:g}"
        within = "" if self.within is None else f" in {format_duration(self.within)}"
        return f"{self.contact} {self.kpi} {self.direction.replace('_', ' ')} {amount}{within}"

    def concerns(self, scenario: Scenario, contact_type: str) -> bool:
        """Whether contacts of the type count for this goal."""
        return self.contact in ("all", contact_type, scenario.spec.contacts[contact_type].channel)

    def where(self, scenario: Scenario) -> pl.Expr | None:
        """Rows of the interactions that count; None = all."""
        return contact_filter(scenario, self.contact)

    def estimate(self, result: Result, *, confidence: float = 0.95) -> Estimate:
        """Return the simulated figure with its two-sided interval."""
        return self.counted(result, confidence=confidence)[0]

    def counted(self, result: Result, *, confidence: float) -> tuple[Estimate, float]:
        """Return the simulated figure and how much was counted below its line (the contacts of a share)."""
        table = result.kpis([self.kpi], confidence=confidence, where=self.where(result.scenario), **self.parameters)
        if table.is_empty():  # nobody on duty, say
            return Estimate(None, replications=result.replications), 0.0
        row = table.row(0, named=True)
        found = Estimate(row["value"], row["low"], row["high"], row["half_width"], result.replications)
        return found, row["denominator"] or 0.0

    def daily(self, result: Result) -> list[float | None]:
        """Return the figure of every replication."""
        table = result.kpis([self.kpi], by="replication", where=self.where(result.scenario), **self.parameters)
        found = dict(table.select("replication", "value").iter_rows())
        return [found.get(number) for number in range(result.replications)]


def goals_of(scenario: Scenario) -> tuple[Goal, ...]:
    """Targets of the scenario, in its order.

    Raises
    ------
    ScenarioError
        If it has none.
    """
    found = tuple(
        Goal.of(contact, kpi, target) for contact, block in scenario.spec.targets.items() for kpi, target in block.items()
    )
    if not found:
        raise ScenarioError(
            f"{scenario.file or 'scenario'}: has no targets; add e.g. targets: {{all: {{service_level: 80% in 20s}}}}"
        )
    return found


def read_goal(text: str, scenario: Scenario) -> Goal:
    """Read ``service_level>=80%``, ``chat.abandon_rate <= 5%`` or ``voice: service_level at least 80% in 20s``.

    Parameters
    ----------
    text : str
        KPI and goal, after the contact type or channel; without one all contacts count.
    scenario : Scenario
        Whose contact types and channels may be named.

    Raises
    ------
    InputError
        If it is no goal.
    UnknownName
        If there is no such KPI.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise InputError(f"target: must be a KPI and a goal, got '{text}'; write e.g. service_level>=80% or voice.asa<=30s")
    contact, kpi = match["contact"] or "all", KPIS.name_of(match["kpi"])
    known = ["all", *scenario.spec.contacts, *dict.fromkeys(one.channel for one in scenario.spec.contacts.values())]
    if contact not in known and contact in CHANNELS:
        contact = CHANNELS.name_of(contact)
    if contact not in known:
        raise InputError(f"target: there is no contact type or channel '{contact}'{did_you_mean(contact, known)}")
    try:
        target = Target.model_validate(match["goal"])
    except ValueError as error:
        raise InputError(f"target: {_first_line(error)}") from None
    fault = fault_of(contact, kpi, target)
    if fault:
        raise InputError(f"target {kpi}: {fault}")
    return Goal.of(contact, kpi, target)


def _first_line(error: ValueError) -> str:
    errors = getattr(error, "errors", None)
    return str(errors()[0]["msg"]).removeprefix("Value error, ") if errors else str(error)


def refuse_certain(goals: Sequence[Goal]) -> None:
    """Refuse goals that no number of agents can promise.

    Raises
    ------
    InputError
        With every such goal.
    """
    certain = [goal for goal in goals if goal.is_certain]
    if certain:
        raise InputError(
            Problem(
                "unreachable: no team is certain to; ask for less, e.g. 99%"
                if goal.sign > 0
                else "unreachable: no team is certain to; ask for less, e.g. at most "
                + ("1%" if goal.unit == "fraction" else "5s"),
                path=f"{goal.contact}.{goal.kpi}",
            )
            for goal in certain
        )


@dataclass(frozen=True)
class Check:
    """What a simulation says about one goal.

    Parameters
    ----------
    goal : Goal
    estimate : Estimate
        The figure, with the interval whose end on the bad side is the one-sided bound.
    alpha : float, fraction
        Risk of the one-sided test.
    counted : float
        What was counted below the figure's line: the contacts of a share.
    """

    goal: Goal
    estimate: Estimate
    alpha: float
    counted: float = math.inf

    @property
    def bound(self) -> float | None:
        """End of the interval on the bad side; of a share that no contact has missed, as if a single one had.

        Replications without a miss have no spread, but a rarer miss is not ruled out by them: a miss in one of n
        replications would move the figure by 1 / contacts, with Student's t of n - 1 degrees as the factor of its error.
        """
        end = self.estimate.low if self.goal.sign > 0 else self.estimate.high
        perfect = 1.0 if self.goal.sign > 0 else 0.0
        if end != perfect or self.goal.unit != "fraction" or self.estimate.replications < 2:
            return end
        missed = (1 + student_t(1 - 2 * self.alpha, self.estimate.replications - 1)) / max(self.counted, 1.0)
        return perfect - self.goal.sign * min(1.0, missed)

    @property
    def is_shown(self) -> bool:
        """Whether a one-sided test at level *alpha* shows that the goal is met."""
        return self.bound is not None and self.goal.sign * (self.bound - self.goal.value) >= 0

    @property
    def margin(self) -> float:
        """Estimate above the goal (on its good side); minus infinity if there is no figure."""
        return -math.inf if self.estimate.value is None else self.goal.sign * (self.estimate.value - self.goal.value)


def check(result: Result, goals: Sequence[Goal], *, alpha: float) -> tuple[Check, ...]:
    """Test each goal one-sidedly at level *alpha*: the bound is an end of the two-sided interval of ``1 - 2 alpha``.

    Together they are an intersection-union test: if each is shown at level *alpha*, so are all.

    Notes
    -----
    Source: R. L. Berger, Multiparameter hypothesis testing and acceptance sampling, Technometrics 24(4), 1982.
    """
    found = [goal.counted(result, confidence=1 - 2 * alpha) for goal in goals]
    return tuple(Check(goal, estimate, alpha, counted) for goal, (estimate, counted) in zip(goals, found, strict=True))


def check_trial(trials: Trials, scenario: Scenario, goals: Sequence[Goal], *, alpha: float) -> tuple[Check, ...]:
    """Simulate *scenario* and test each goal as :func:`check` does, without building the log where that is possible."""
    watched = [(goal.contact, goal.kpi, goal.within) for goal in goals]
    found = trials.figures(scenario, watched, confidence=1 - 2 * alpha)
    if found is None:
        return check(trials.run(scenario), goals, alpha=alpha)
    return tuple(Check(goal, estimate, alpha, counted) for goal, (estimate, counted) in zip(goals, found, strict=True))


def all_shown(checks: Sequence[Check]) -> bool:
    """Whether every goal is shown to be met."""
    return all(one.is_shown for one in checks)


def days_met(result: Result, goals: Sequence[Goal], *, confidence: float = 0.95) -> Estimate:
    """Probability that a single horizon (a day, a week) meets every goal (see :func:`simkpi.experiment.days.days_met`)."""
    figures = [goal.daily(result) for goal in goals]
    return share_met(figures, [(goal.value, goal.direction) for goal in goals], confidence=confidence)
