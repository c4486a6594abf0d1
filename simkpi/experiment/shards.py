"""A sweep in parts, on any scheduler: each part computes its share into a folder of its own, and merging is copying cells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from simkpi.errors import InputError, Problem
from simkpi.experiment.cells import canonical
from simkpi.experiment.plan import Plan
from simkpi.experiment.store import FILE, Store
from simkpi.experiment.sweep_result import SweepResult
from simkpi.experiment.sweep_run import SweepFolder, gather


def merge(parts: Sequence[Path], folder: SweepFolder) -> SweepResult:
    """Put the cells of several folders together.

    Parameters
    ----------
    parts : sequence of Path
        Folders (or their ``cells.sqlite``) of parts of one sweep; the order does not matter, overlaps do no harm.
    folder : SweepFolder
        Where they go, entered.

    Returns
    -------
    SweepResult
        The same as of the sweep in one piece; ``missing`` cells are those that no part holds.

    Raises
    ------
    InputError
        If a part holds no sweep, or another one than the first.
    """
    plan = _common_plan(parts)
    folder.store.add_plan(plan.digest, canonical(plan.stated()))
    for part in parts:
        place = _file(part)
        if place.resolve() == (folder.path / FILE).resolve():
            continue
        store = Store(place)
        try:
            folder.store.copy(store, [kept.key for kept in store.sound(plan.cells_by_key)])
        finally:
            store.close()
    return gather(plan, folder.store)


def _file(part: Path) -> Path:
    return part / FILE if part.is_dir() else part


def _common_plan(parts: Sequence[Path]) -> Plan:
    """Return the plan that all parts were made for."""
    plans, problems = dict[str, Plan](), []
    for part in parts:
        if not _file(part).is_file():
            problems.append(Problem(f"holds no {FILE}: it is no folder of a sweep", file=str(part)))
            continue
        store = Store(_file(part))
        try:
            stated = store.plans()
        finally:
            store.close()
        if not stated:
            problems.append(Problem("holds no plan of a sweep", file=str(part)))
            continue
        try:
            plan = Plan.of(json.loads(stated[-1]))
        except InputError as error:
            problems += [Problem(problem.message, file=str(part)) for problem in error.problems]
            continue
        plans.setdefault(plan.digest, plan)
        if len(plans) > 1:
            problems.append(Problem(f"is part of another sweep than {parts[0]}", file=str(part)))
    if problems:
        raise InputError(problems)
    return next(iter(plans.values()))
