"""The settings that an optimiser chooses among: what they cost, and which of them the formulas rule out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from simkpi.errors import Problem, ScenarioError, SimkpiError
from simkpi.experiment.overrides import Changes
from simkpi.experiment.scores import Scoring
from simkpi.planning.costs import staff_cost, staff_hours
from simkpi.planning.crosscheck import by_formula
from simkpi.planning.crosscheck_switches import groups_apart, worlds
from simkpi.planning.formula_queue import Queue, queues
from simkpi.planning.goals import Goal
from simkpi.scenario.files import override
from simkpi.scenario.resolve import Scenario

#: A setting is ruled out if the formulas, with every agent counted for each of his skills, miss a share by this much ...
SCREEN_POINTS = 0.10
#: ... or a time by this factor.
SCREEN_FACTOR = 2.0


@dataclass(frozen=True)
class Candidate:
    """One setting.

    Parameters
    ----------
    number : int
        From 0, in the order in which they were written.
    changes : dict
        Path -> value.
    scenario : Scenario
    """

    number: int
    changes: Changes
    scenario: Scenario

    @cached_property
    def staff(self) -> float:
        """Cost of the agents over the horizon; agent-hours if they cost nothing."""
        return staff_cost(self.scenario) or sum(staff_hours(self.scenario).values())

    @cached_property
    def sessions(self) -> float:
        """Bot sessions to expect over the horizon, further contacts not counted."""
        spec = self.scenario.spec
        served = {name for bot in spec.bots.values() for name in bot.serves}
        return sum(sum(map(sum, spec.contacts[name].volume.expected or ())) for name in served)

    @property
    def expected(self) -> float:
        """Cost to expect before any simulation."""
        return self.staff + self.sessions * self.scenario.spec.costs.bot_session


def candidates_of(base: Scenario, changes: Sequence[Changes]) -> tuple[Candidate, ...]:
    """Make the scenario of each setting.

    Raises
    ------
    ScenarioError
        With what is wrong in any of them, each problem once.
    """
    problems: dict[str, Problem] = {}

    def changed(each: Changes) -> Scenario:
        try:
            return override(base, each) if each else base
        except SimkpiError as error:
            problems.update({str(problem): problem for problem in error.problems})
            return base

    found = tuple(Candidate(number, each, changed(each)) for number, each in enumerate(changes))
    if problems:
        raise ScenarioError(list(problems.values()))
    return found


def ruled_out(candidate: Candidate, goals: Sequence[Goal]) -> str:
    """Say which goal the formulas rule out by far; empty if none.

    Notes
    -----
    Each contact type is taken alone, with all agents who may take it, no redials, no returns: a world that is kinder than the
    real one. Only goals of one contact type or channel that are a service level, an abandonment rate or an ASA are looked at.
    """
    groups = groups_apart(candidate.scenario)
    if not groups:
        return ""
    *_, (_, last) = [("", candidate.scenario), *worlds(candidate.scenario, groups, patience="exponential")]
    for goal in goals:
        for queue in queues(last):
            if not isinstance(queue, Queue) or goal.kpi not in ("service_level", "abandon_rate", "asa"):
                continue
            if goal.contact != "all" and all(goal.concerns(candidate.scenario, name) for name in queue.contacts):
                figure = _figure(queue, goal)
                limit = goal.value - goal.sign * SCREEN_POINTS if goal.unit == "fraction" else goal.value * SCREEN_FACTOR
                if goal.sign * (figure - limit) < 0:
                    return f"{goal}: {goal.show(figure)} by formula at best" if math.isfinite(figure) else f"{goal}: unstable"
    return ""


def _figure(queue: Queue, goal: Goal) -> float:
    spec = queue.scenario.spec
    if goal.within is not None:
        stated = spec.definitions.model_copy(update={"threshold": goal.within})
        queue = replace(queue, scenario=replace(queue.scenario, spec=spec.model_copy(update={"definitions": stated})))
    return by_formula(queue)[1][goal.kpi]


def scoring_of(goals: Sequence[Goal]) -> Scoring:
    """Return what is stored of a replication: what the goals are about, and the bot's sessions (what containment divides by)."""
    return Scoring(("containment_rate",), watched=tuple((goal.contact, goal.kpi, goal.within) for goal in goals))


def zone_of(goal: Goal, zone: float) -> float:
    """Indifference zone of a goal in its unit: *zone* for shares, else five times that part of the goal.

    Examples
    --------
    >>> zone_of(Goal("voice", "service_level", 0.8, "at_least"), 0.01), zone_of(Goal("voice", "asa", 30, "at_most"), 0.01)
    (0.01, 1.5)
    """
    return zone if goal.unit == "fraction" else 5 * zone * abs(goal.value)


def shown_changes(changes: Mapping[str, Any]) -> str:
    """Write a setting in one line."""
    from simkpi.experiment.plan import shown_value

    return ", ".join(f"{path} = {shown_value(value)}" for path, value in changes.items()) or "as it is"
