"""What drives a figure: one field at a time (tornado), effects and interactions of a grid, elementary effects, shares."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from simkpi.errors import InputError, OutputError
from simkpi.experiment.differences import figures_per_replication, side_by_side
from simkpi.experiment.many import mean_intervals
from simkpi.experiment.overrides import Changes, point_of
from simkpi.experiment.plan import Plan, make_plan, shown_value
from simkpi.experiment.scores import WHOLE, Scores, Scoring
from simkpi.experiment.sensitivity_salib import largest_first, morris, morris_design, sobol, sobol_design
from simkpi.experiment.store import Store
from simkpi.experiment.sweep_result import SweepResult
from simkpi.experiment.sweep_run import Progress, run_plan
from simkpi.scenario.resolve import Scenario

#: Ways to look, and what each can say.
METHODS = ("tornado", "grid", "morris", "sobol")


@dataclass(frozen=True)
class Sensitivity:
    """What drives the figures of a scenario.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    table : DataFrame
        The answer; its columns depend on the method (see :func:`sensitivity`).
    result : SweepResult
        The sweep behind it.
    """

    method: str
    table: pl.DataFrame
    result: SweepResult


@dataclass(frozen=True)
class SensitivityTable:
    """What is left of a sensitivity in a folder: its table, and what it was about.

    Parameters
    ----------
    method : str
        One of ``METHODS``.
    table : DataFrame
        As of :class:`Sensitivity`.
    name : str
        The scenario's.
    seed : int or str
        The world.
    replications : int
        Of each variant.
    """

    method: str
    table: pl.DataFrame
    name: str
    seed: int | str
    replications: int

    @classmethod
    def of(cls, found: Sensitivity) -> SensitivityTable:
        """Take what is still in memory."""
        plan = found.result.plan
        return cls(found.method, found.table, plan.base.name, plan.seed, plan.replications)

    @classmethod
    def read(cls, stated: Mapping[str, Any], table: pl.DataFrame) -> SensitivityTable:
        """Take what a manifest and its table say."""
        plan = stated["plan"]
        return cls(str(stated["method"]), table, str(plan["scenario"]["name"]), plan["seed"], int(plan["replications"]))

    def stated(self) -> dict[str, Any]:
        """Return where it comes from, for files."""
        return {"scenario": self.name, "seed": self.seed, "replications": self.replications}


def sensitivity(
    scenario: Scenario,
    spans: Mapping[str, str],
    *,
    method: str = "tornado",
    points: int = 10,
    kpis: Sequence[str] = ("service_level",),
    replications: int | None = None,
    seed: int | str | None = None,
    confidence: float = 0.95,
    engine: str = "auto",
    jobs: int = 1,
    progress: Progress | None = None,
) -> Sensitivity:
    """Say which fields move the figures, on the same customers throughout.

    Parameters
    ----------
    scenario : Scenario
        What is varied.
    spans : mapping of str to str
        Path -> ``LOW:HIGH``, or ``LOW:HIGH:STEP`` (rounded to steps; every step for ``grid``).
    method : str
        ``tornado``: each field at both ends, the others as they are. ``grid``: every combination; main effects and
        interactions of two. ``morris``: elementary effects. ``sobol``: shares of variance. The last two need the extra
        ``sensitivity`` (SALib).
    points : int
        Trajectories (Morris), or base samples (Sobol: a power of two).
    kpis, replications, seed, confidence, engine, jobs, progress
        As for :func:`simkpi.sweep`.

    Returns
    -------
    Sensitivity
        Columns of its table: ``kpi, path`` and, by method, ``low_at, high_at, base, low, low_difference, low_half_width, high,
        high_difference, high_half_width, swing`` | ``effect, share, half_width`` (a path, or two joined by ``x``) | ``mu_star,
        half_width, sigma`` | ``first, first_half_width, total, total_half_width``. The largest first.

    Raises
    ------
    InputError
        For an unknown method, no field, or a missing extra.

    Notes
    -----
    Source: Saltelli et al., Global Sensitivity Analysis: The Primer, chapters 2 (one at a time), 3 (elementary effects) and 4
    (variance-based); Box, Hunter, Hunter, Statistics for Experimenters, chapter 5 (effects of factorial designs).
    """
    if method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}; got '{method}'")
    if not spans:
        raise InputError("names no field; write e.g. teams.phone.count=20:30:1")
    changes, problem = _DESIGNS[method](spans, points)
    scoring = Scoring(tuple(kpis))
    plan = make_plan(scenario, {}, design=changes, replications=replications, seed=seed, scoring=scoring, confidence=confidence)
    store = Store(None)
    try:
        result = run_plan(plan, store, engine=engine, jobs=jobs, progress=progress)
    finally:
        store.close()
    if len(result.scores) < len(plan.changes):
        raise OutputError("; ".join(dict.fromkeys(one.why for one in result.failed)) or "was interrupted")
    return Sensitivity(method, _TABLES[method](plan, result, spans, problem), result)


def _tornado_design(spans: Mapping[str, str], _: int) -> tuple[list[Changes], Any]:
    """Return the scenario as it is, then each field at both ends."""
    return [{}, *({path: point_of(text, end)} for path, text in spans.items() for end in (0.0, 1.0))], None


def _tornado(plan: Plan, result: SweepResult, spans: Mapping[str, str], _: Any) -> pl.DataFrame:
    table = side_by_side(result.scores.in_order(range(len(plan.changes))), confidence=plan.confidence)
    rows = {(row["scenario"], row["kpi"]): row for row in table.iter_rows(named=True)}
    lines = []
    for kpi in plan.scoring.labels:
        for number, path in enumerate(spans):
            low, high = rows[2 * number + 1, kpi], rows[2 * number + 2, kpi]
            ends = {"low_at": plan.changes[2 * number + 1][path], "high_at": plan.changes[2 * number + 2][path]}
            line: dict[str, Any] = {"kpi": kpi, "path": path, **{name: shown_value(at) for name, at in ends.items()}}
            line["base"] = rows[0, kpi]["value"]
            for name, row in (("low", low), ("high", high)):
                line |= {name: row["value"], f"{name}_difference": row["difference"]}
                line[f"{name}_half_width"] = row["difference_half_width"]
            both = [line["base"], low["value"], high["value"]]
            known = [value for value in both if value is not None]
            lines.append({**line, "swing": max(known) - min(known) if len(known) > 1 else None, "unit": rows[0, kpi]["unit"]})
    return largest_first(lines, "swing")


def _grid_design(spans: Mapping[str, str], _: int) -> tuple[list[Changes], Any]:
    """Return every combination; a span without a step gives its two ends."""
    from simkpi.experiment.overrides import grid, parse_values

    levels = {
        path: parse_values(text) if text.count(":") != 1 else [point_of(text, 0.0), point_of(text, 1.0)]
        for path, text in spans.items()
    }
    return grid(levels), {path: len(values) for path, values in levels.items()}


def _grid(plan: Plan, result: SweepResult, spans: Mapping[str, str], sizes: Mapping[str, int]) -> pl.DataFrame:
    """Effects and shares of variance: averages over the grid, replication by replication, hence with intervals."""
    shape = tuple(sizes.values())
    lines = []
    for kpi, figures in _figures(plan, result):
        cube = figures.reshape((*shape, figures.shape[-1]))
        axes = range(len(shape))
        overall = cube.mean(axis=tuple(axes))
        whole = float(((cube - overall).mean(axis=-1) ** 2).mean())
        main = {axis: cube.mean(axis=tuple(other for other in axes if other != axis)) - overall for axis in axes}
        for axis, path in enumerate(spans):
            effect = main[axis][-1] - main[axis][0]
            part = float((main[axis].mean(axis=-1) ** 2).mean())
            lines.append(_effect(kpi, path, effect, (part, whole), plan.confidence))
        for one, two in itertools.combinations(axes, 2):
            both = cube.mean(axis=tuple(other for other in axes if other not in (one, two))) - overall
            rest = both - main[one][:, None] - main[two][None, :]
            effect = rest[-1, -1] - rest[-1, 0] - rest[0, -1] + rest[0, 0]
            name = f"{list(spans)[one]} x {list(spans)[two]}"
            part = float((rest.mean(axis=-1) ** 2).mean())
            lines.append(_effect(kpi, name, effect, (part, whole), plan.confidence))
    return largest_first(lines, "share")


def _effect(kpi: str, path: str, effect: Any, share: tuple[float, float], confidence: float) -> dict[str, Any]:
    """One effect: between the last and the first value (of both fields), and its share (part, whole) of the grid's variance."""
    part, whole = share
    found = mean_intervals(np.asarray(effect, dtype=float)[None, :], confidence=confidence)
    half = None if math.isnan(found.half_width[0]) else float(found.half_width[0])
    figures = {"effect": float(found.value[0]), "half_width": half, "share": part / whole if whole > 0 else None}
    return {"kpi": kpi, "path": path, **figures}


def _figures(plan: Plan, result: SweepResult) -> list[tuple[str, Any]]:
    """For each KPI one number per variant and replication, shape (n_variants, n_replications)."""
    scores: list[Scores] = [result.scores[place] for place in range(len(plan.changes))]
    rows = [dict(zip(*figures_per_replication(one, WHOLE), strict=True)) for one in scores]
    return [(kpi, np.array([one[(kpi,)] for one in rows])) for kpi in plan.scoring.labels]


_Design = Callable[[Mapping[str, str], int], tuple[list[Changes], Any]]
_Table = Callable[[Plan, SweepResult, Mapping[str, str], Any], pl.DataFrame]
_DESIGNS: dict[str, _Design] = {
    "tornado": _tornado_design,
    "grid": _grid_design,
    "morris": morris_design,
    "sobol": sobol_design,
}
_TABLES: dict[str, _Table] = {"tornado": _tornado, "grid": _grid, "morris": morris, "sobol": sobol}
