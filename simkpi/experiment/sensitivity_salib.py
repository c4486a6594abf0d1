"""Elementary effects and variance shares of a sensitivity analysis: designs and figures by SALib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from simkpi.errors import InputError
from simkpi.experiment.overrides import Changes, point_of
from simkpi.experiment.plan import Plan
from simkpi.experiment.sweep_result import SweepResult

#: Levels of a Morris design, and how large a step it takes.
_LEVELS = 4


def _problem(spans: Mapping[str, str]) -> dict[str, Any]:
    return {"num_vars": len(spans), "names": list(spans), "bounds": [[0.0, 1.0]] * len(spans)}


def _salib(module: str) -> Any:
    import importlib

    try:
        return importlib.import_module(f"SALib.{module}")
    except ImportError:
        raise InputError("elementary effects and variance shares need SALib: pip install 'simkpi[sensitivity]'") from None


def morris_design(spans: Mapping[str, str], points: int) -> tuple[list[Changes], Any]:
    """Return the points of elementary effects, and their samples."""
    samples = _salib("sample.morris").sample(_problem(spans), points, num_levels=_LEVELS, seed=1)
    return _changes(spans, samples), samples


def sobol_design(spans: Mapping[str, str], points: int) -> tuple[list[Changes], Any]:
    """Return the points of variance shares."""
    if points & (points - 1):
        raise InputError(f"sobol needs a power of two as its number of points, got {points}; try 32")
    samples = _salib("sample.sobol").sample(_problem(spans), points, calc_second_order=False, seed=1)
    return _changes(spans, samples), samples


def _changes(spans: Mapping[str, str], samples: Any) -> list[Changes]:
    return [
        {path: point_of(text, float(share)) for (path, text), share in zip(spans.items(), row, strict=True)} for row in samples
    ]


def morris(plan: Plan, result: SweepResult, spans: Mapping[str, str], samples: Any) -> pl.DataFrame:
    """Return elementary effects: their mean size, its half-width, and how much they vary."""
    lines = []
    for kpi, values in _pooled(plan, result):
        found = _salib("analyze.morris").analyze(
            _problem(spans), samples, values, num_levels=_LEVELS, conf_level=plan.confidence, seed=1
        )
        for number, path in enumerate(spans):
            figures = {"mu_star": found["mu_star"], "half_width": found["mu_star_conf"], "sigma": found["sigma"]}
            lines.append({"kpi": kpi, "path": path, **{name: float(part[number]) for name, part in figures.items()}})
    return largest_first(lines, "mu_star")


def sobol(plan: Plan, result: SweepResult, spans: Mapping[str, str], _: Any) -> pl.DataFrame:
    """Return shares of variance, first order and total."""
    lines = []
    for kpi, values in _pooled(plan, result):
        found = _salib("analyze.sobol").analyze(
            _problem(spans), values, calc_second_order=False, conf_level=plan.confidence, seed=1
        )
        names = {"first": "S1", "first_half_width": "S1_conf", "total": "ST", "total_half_width": "ST_conf"}
        for number, path in enumerate(spans):
            lines.append({"kpi": kpi, "path": path, **{name: float(found[key][number]) for name, key in names.items()}})
    return largest_first(lines, "total")


def _pooled(plan: Plan, result: SweepResult) -> list[tuple[str, Any]]:
    """For each KPI the figure of every variant; a variant without one (nobody to answer) can not be analysed."""
    tables = [result.scores[place].pooled() for place in range(len(plan.changes))]
    found = []
    for kpi in plan.scoring.labels:
        values = [table.filter(pl.col("kpi") == kpi)["value"][0] for table in tables]
        if any(value is None for value in values):
            raise InputError(f"{kpi} has no figure in some variants; narrow the ranges, or choose another KPI")
        found.append((kpi, np.array(values, dtype=float)))
    return found


def largest_first(lines: list[dict[str, Any]], by: str) -> pl.DataFrame:
    """Largest first, KPI by KPI."""
    order = {kpi: number for number, kpi in enumerate(dict.fromkeys(line["kpi"] for line in lines))}
    lines.sort(key=lambda line: (order[line["kpi"]], -abs(line[by] if line[by] is not None else -1.0)))
    return pl.DataFrame(lines, infer_schema_length=None)
