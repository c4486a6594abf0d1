"""A scenario with dials turned, tables edited and goals set, and every mistake named by the control it was made at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simkpi.errors import Problem, ScenarioError, SimkpiError, did_you_mean
from simkpi.planning.day_tables import DayTable, table_changes
from simkpi.planning.dials import dials_of
from simkpi.scenario.books.words import goal as plain_goal
from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.files import override
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Spec
from simkpi.units import parse_duration

#: The KPI that goals are set for.
GOAL_KPI = "service_level"


@dataclass(frozen=True)
class WhatIf:
    """What somebody changed.

    Parameters
    ----------
    dials : mapping of str to str
        Name of a dial (see :mod:`simkpi.planning.dials`) -> value as it was written.
    tables : mapping of str to DayTable
        By name.
    goals : mapping of str to str
        Contact type, channel or ``all`` -> service level to reach (``80% in 20s``); empty: none.
    """

    dials: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, DayTable] = field(default_factory=dict)
    goals: Mapping[str, str] = field(default_factory=dict)


def goals_now(scenario: Scenario) -> dict[str, str]:
    """Service levels to reach, as files write them: those that are set, and an empty one for each live contact type without."""
    written = Spec.model_validate(scenario.short).model_dump(mode="json")["targets"]
    found = {name: str(block[GOAL_KPI]) for name, block in written.items() if GOAL_KPI in block}
    if "all" in found:
        return found
    for name, contact in scenario.spec.contacts.items():
        if CHANNELS.get(contact.channel).synchronous and name not in found and contact.channel not in found:
            found[name] = ""
    return found


def changed(scenario: Scenario, what: WhatIf) -> Scenario:
    """Return the scenario with the changes, which apply in the order tables, goals, dials.

    Raises
    ------
    ScenarioError
        With every mistake; the path of each names the control (``contains:assistant``, ``staff:phone[0][3]``, ``goal:voice``).
    """
    problems: list[Problem] = []
    for name, table in what.tables.items():
        changes = _table(scenario, name, table, problems)
        scenario = _tried(scenario, changes, {table.path: name}, problems)
    scenario = _with_goals(scenario, what.goals, problems)
    known = {dial.name: dial for dial in dials_of(scenario)} if what.dials else {}
    for name, text in what.dials.items():
        dial = known.get(name)
        if dial is None:
            problems.append(Problem(f"there is no such control here{did_you_mean(name, list(known))}", name))
            continue
        try:
            if dial.number.kind == "duration":
                parse_duration(text)  # 3 could be seconds or minutes
            changes = dial.changes(dial.number.read(text))
        except SimkpiError as error:
            problems.append(Problem(error.problems[0].message.removeprefix(f"{dial.number.path}: "), name))
            continue
        scenario = _tried(scenario, changes, dict.fromkeys(dial.paths, name), problems, got=text)
    if problems:
        raise ScenarioError(problems)
    return scenario


def _table(scenario: Scenario, name: str, table: DayTable, problems: list[Problem]) -> dict[str, Any]:
    try:
        changes = table_changes(scenario, table)
    except SimkpiError as error:
        problems += [Problem(one.message, name) for one in error.problems]
        return {}
    return changes


def _with_goals(scenario: Scenario, goals: Mapping[str, str], problems: list[Problem]) -> Scenario:
    targets = Spec.model_validate(scenario.short).model_dump(mode="json")["targets"]
    for name, text in goals.items():
        block = {kpi: target for kpi, target in targets.get(name, {}).items() if kpi != GOAL_KPI}
        if text.strip():
            block = {GOAL_KPI: plain_goal(text), **block}
        targets[name] = block
    kept = {name: block for name, block in targets.items() if block}
    if not goals:
        return scenario
    owners = {f"targets.{name}": f"goal:{name}" for name in goals}
    return _tried(scenario, {"targets": kept}, owners, problems, check=True)


def _tried(
    scenario: Scenario,
    changes: dict[str, Any],
    owners: Mapping[str, str],
    problems: list[Problem],
    *,
    got: str = "",
    check: bool = False,
) -> Scenario:
    """Return the changed scenario, or the old one and what is wrong, by the control that set the field."""
    if not changes:
        return scenario
    try:
        found = override(scenario, changes)
        if check:
            from simkpi.experiment.verdicts import check_targets

            check_targets(found)
    except SimkpiError as error:
        problems += dict.fromkeys(_named(one, owners, got) for one in error.problems)
        return scenario
    return found


def _named(problem: Problem, owners: Mapping[str, str], got: str) -> Problem:
    """Name the control in the place of the field, and the cell if it is one of a table."""
    name = next((owner for path, owner in owners.items() if problem.path.startswith(path)), next(iter(owners.values()), ""))
    cell = re.search(r"\.(?:expected|count)((?:\[\d+\])+)$", problem.path)
    message = re.sub(r"got '[^']*'$", f"got '{got}'", problem.message) if got else problem.message
    where = "" if cell is None else cell[1] if cell[1].count("[") > 1 else f"[0]{cell[1]}"  # a list of one day has no number
    return Problem(message, f"{name}{where}")
