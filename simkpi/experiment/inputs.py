"""How sure the inputs are: fitted volumes and times are estimates too, and their doubt adds to that of the simulation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.experiment.compare import compare
from simkpi.experiment.differences import figures_per_replication
from simkpi.experiment.laws import student_t
from simkpi.experiment.overrides import Changes, from_table
from simkpi.scenario.files import load, override
from simkpi.scenario.resolve import Scenario

#: Fewest draws that say anything about a spread, and a usual number.
FEWEST, USUAL = 5, 20


def read_draws(scenario: Scenario, path: Path) -> list[Scenario]:
    """Read draws of the inputs.

    Parameters
    ----------
    scenario : Scenario
        Fitted to all data.
    path : Path
        A CSV file (fields' paths in the header, a draw a row), or a folder of scenario files, one a draw
        (``simkpi calibrate --draws``).

    Raises
    ------
    InputError
        If there are fewer than five, or something can not be read.
    ScenarioError
        If a draw is no valid scenario.
    """
    if path.is_dir():
        drawn = [load(file) for file in sorted(path.glob("*.yaml"))]
    else:
        drawn = [override(scenario, changes) for changes in from_table(path)]
    if len(drawn) < FEWEST:
        raise InputError(f"{path}: holds {len(drawn)} draws of the inputs; at least {FEWEST}, better {USUAL}")
    return drawn


def input_uncertainty(
    scenario: Scenario,
    draws: Sequence[Scenario | Changes],
    *,
    kpis: str | Sequence[str] | None = None,
    replications: int | None = None,
    seed: int | str | None = None,
    confidence: float = 0.95,
    engine: str = "auto",
    executor: Executor | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Simulate a scenario under several draws of its inputs, and tell both sources of doubt apart.

    Parameters
    ----------
    scenario : Scenario
        With its inputs as fitted to all data: gives the figures.
    draws : sequence of Scenario or dict
        The scenario with inputs fitted to re-sampled data, or new values by path.
    kpis, replications, seed, confidence, engine, executor, jobs, progress
        As for :func:`simkpi.simulate`; every draw meets the same worlds.

    Returns
    -------
    DataFrame
        ``kpi, value, simulation_half_width, input_half_width, half_width, low, high, unit, replications, draws``; the half-widths
        of both sources add as squares.

    Raises
    ------
    InputError
        For fewer than five draws.

    Notes
    -----
    Two-way layout without interaction (draws of the inputs, worlds): what the draws have in common in a world cancels, and the
    variance between the draws beyond the rest is that of the inputs.

    Source: Barton, Nelson, Xie, Quantifying input uncertainty via simulation confidence intervals, INFORMS Journal on Computing
    26 (2014); Searle, Casella, McCulloch, Variance Components, section 4.3 (two-way, random, without interaction).
    """
    drawn = [draw if isinstance(draw, Scenario) else override(scenario, draw) for draw in draws]
    if len(drawn) < FEWEST:
        raise InputError(f"needs at least {FEWEST} draws of the inputs, better {USUAL}; got {len(drawn)}")
    names = ["fitted", *(f"draw {number + 1}" for number in range(len(drawn)))]
    found = compare(
        scenario,
        *drawn,
        names=names,
        replications=replications,
        seed=seed,
        kpis=kpis,
        confidence=confidence,
        engine=engine,
        executor=executor,
        jobs=jobs,
        progress=progress,
    )
    pooled = found.scores[0].pooled(confidence=confidence)
    rows = [dict(zip(*figures_per_replication(one), strict=True)) for one in found.scores[1:]]
    factor = student_t(confidence, len(drawn) - 1)
    lines = []
    for row in pooled.iter_rows(named=True):
        figures = np.array([one.get((row["kpi"],), np.full(found.replications, np.nan)) for one in rows])
        spread = input_deviation(figures)
        inputs = None if spread is None or row["value"] is None else factor * spread
        simulation = row["half_width"]
        total = None if inputs is None or simulation is None else math.hypot(inputs, simulation)
        ends = (None, None) if total is None else (row["value"] - total, row["value"] + total)
        low = max(0.0, ends[0]) if ends[0] is not None and row["low"] is not None and row["low"] >= 0 else ends[0]
        high = min(1.0, ends[1]) if ends[1] is not None and row["unit"] == "fraction" else ends[1]
        lines.append(
            (row["kpi"], row["value"], simulation, inputs, total, low, high, row["unit"], found.replications, len(drawn))
        )
    figures_ = ("value", "simulation_half_width", "input_half_width", "half_width", "low", "high")
    schema = {"kpi": pl.String(), **dict.fromkeys(figures_, pl.Float64()), "unit": pl.String()}
    return pl.DataFrame(lines, schema={**schema, "replications": pl.Int64(), "draws": pl.Int64()}, orient="row")


def input_deviation(figures: NDArray[np.float64]) -> float | None:
    """Return the standard deviation that the inputs alone give a figure.

    Parameters
    ----------
    figures : ndarray, shape (n_draws, n_replications)
        One number per draw of the inputs and world.

    Returns
    -------
    float or None
        0 if the draws differ no more than chance in the worlds explains; None if figures are missing or too few.

    Examples
    --------
    >>> input_deviation(np.array([[1.0, 3.0], [2.0, 4.0], [3.0, 5.0]]))  # the worlds differ, alike for all draws
    1.0
    """
    n_draws, n_worlds = figures.shape
    if n_draws < 2 or n_worlds < 2 or bool(np.isnan(figures).any()):
        return None
    by_draw, by_world, overall = figures.mean(axis=1), figures.mean(axis=0), figures.mean()
    between = n_worlds * float(((by_draw - overall) ** 2).sum()) / (n_draws - 1)
    rest = figures - by_draw[:, None] - by_world[None, :] + overall
    chance = float((rest**2).sum()) / ((n_draws - 1) * (n_worlds - 1))
    return math.sqrt(max(0.0, (between - chance) / n_worlds))
