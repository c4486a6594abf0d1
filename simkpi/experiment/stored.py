"""Results opened again from their folder: a run from its scenario and seed (and its log, if kept), a sweep from its tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from simkpi.errors import InputError, Problem
from simkpi.experiment.outputs import MANIFEST
from simkpi.experiment.plan import Plan
from simkpi.experiment.provenance import file_digest
from simkpi.experiment.replicate import simulate
from simkpi.experiment.result import Result
from simkpi.experiment.sweep_result import SweepResult
from simkpi.experiment.verify import plan_of
from simkpi.scenario.dump import digest, to_dict, to_yaml
from simkpi.scenario.files import load
from simkpi.scenario.resolve import Scenario

#: The resolved scenario in the folder of a run: with the manifest's seed it gives every figure again.
SCENARIO = "scenario.yaml"
#: The log in the folder of a run.
LOG = "interactions.parquet"
#: Companions that a result always has.
_OWN = ("agent_states", "legs")


@dataclass(frozen=True)
class SweepTables:
    """What a finished sweep left: its plan and its tables.

    Parameters
    ----------
    plan : Plan
        What was asked for.
    table : DataFrame
        As :attr:`simkpi.experiment.sweep.SweepResult.table`.
    by_table : DataFrame or None
        The same broken down.
    engines : tuple of str
        Engines that computed it.
    failed : int
        Cells that could not be computed.
    """

    plan: Plan
    table: pl.DataFrame
    by_table: pl.DataFrame | None
    engines: tuple[str, ...]
    failed: int = 0

    @classmethod
    def of(cls, result: SweepResult) -> SweepTables:
        """Take the tables of a sweep that is still in memory."""
        return cls(result.plan, result.table, result.by_table, result.engines, len(result.failed))


def scenario_text(scenario: Scenario) -> str:
    """Write the resolved scenario as a file that gives the same digest again."""
    return f"# resolved: every field with its value; simkpi run {SCENARIO}\n{to_yaml(to_dict(scenario))}"


def open_run(folder: Path, stated: dict[str, Any], *, progress: Callable[[int, int], None] | None = None) -> Result:
    """Open the folder of ``simkpi run --out``: read its log if it was kept, else simulate the same once more.

    Parameters
    ----------
    folder : Path
        The folder.
    stated : dict
        Its manifest.
    progress : callable, optional
        As for :func:`simkpi.simulate`.

    Raises
    ------
    InputError
        If the folder holds no scenario, or one that was changed since.
    """
    file = folder / SCENARIO
    if not file.is_file():
        hint = "run the scenario again with --out (older versions kept no scenario), or give the scenario itself"
        raise InputError(Problem(f"holds no {SCENARIO}; {hint}", file=str(folder)))
    scenario = load(file)
    if digest(scenario) != stated.get("digest"):
        was = stated.get("simkpi", "")
        message = f"is not the scenario that was run: it has changed since, or simkpi {was} resolved it otherwise; run it again"
        raise InputError(Problem(message, file=str(file)))
    about: dict[str, Any] = {"seed": stated["seed"], "replications": int(stated["replications"])}
    if _kept(folder, stated):
        return _read_log(folder, scenario, engine=str(stated["engine"]), **about)
    return simulate(scenario, engine="auto", progress=progress, **about)


def _kept(folder: Path, stated: dict[str, Any]) -> bool:
    """Whether the log and its companions are there as they were written."""
    files = [LOG, *(f"interactions.{name}.parquet" for name in _OWN)]
    listed = stated.get("files", {})
    return all(name in listed and (folder / name).is_file() and file_digest(folder / name) == listed[name] for name in files)


def _read_log(folder: Path, scenario: Scenario, **about: Any) -> Result:
    tables: dict[str, Any] = {name: pl.read_parquet(folder / f"interactions.{name}.parquet") for name in _OWN}
    further = {path.name.split(".")[1]: path for path in sorted(folder.glob("interactions.*.parquet"))}
    companions = {name: pl.read_parquet(path) for name, path in further.items() if name not in _OWN}
    return Result(scenario, interactions=pl.read_parquet(folder / LOG), companions=companions, **tables, **about)


def open_sweep(folder: Path, stated: dict[str, Any]) -> SweepTables:
    """Open the folder of a finished sweep.

    Raises
    ------
    InputError
        If its tables are not there.
    """
    plan = plan_of(stated, str(folder / MANIFEST))
    try:
        table = pl.read_parquet(folder / "results.parquet")
        broken_down = sorted(folder.glob("results_by_*.parquet"))
        by_table = pl.read_parquet(broken_down[0]) if broken_down else None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(Problem(f"has no readable results.parquet ({error})", file=str(folder))) from None
    return SweepTables(plan, table, by_table, tuple(stated.get("engines", ())), len(stated.get("failed", {})))
