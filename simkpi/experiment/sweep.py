"""Many variants of a scenario on the same customers: what is stored already is not computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simkpi.experiment.cells import BLOCK
from simkpi.experiment.overrides import Changes, Values
from simkpi.experiment.plan import make_plan
from simkpi.experiment.recall import from_folder
from simkpi.experiment.scores import Scoring
from simkpi.experiment.store import Store
from simkpi.experiment.sweep_result import SweepResult
from simkpi.experiment.sweep_run import Progress, SweepFolder, run_plan
from simkpi.scenario.resolve import Scenario

if TYPE_CHECKING:
    from distributed import Client


def sweep(
    scenario: Scenario | str | Path | Mapping[str, Any],
    vary: Mapping[str, str | Values] | None = None,
    *,
    design: str | Path | Sequence[Changes] = "grid",
    replications: int | None = None,
    seed: int | str | None = None,
    kpis: str | Sequence[str] | None = None,
    by: str | Sequence[str] = (),
    interval: float = 1800.0,
    confidence: float = 0.95,
    block: int = BLOCK,
    out: str | Path | None = None,
    engine: str = "auto",
    executor: Executor | Client | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> SweepResult:
    """Simulate many variants of a scenario on the same customers.

    Parameters
    ----------
    scenario : Scenario, path or mapping
        What is varied.
    vary : mapping of str to str or sequence
        Path -> values: ``{"teams.phone.count": "20:30:2", "bots.assistant.contains": ["20%", "30%"]}``.
    design : str, path or list of dict
        ``grid``, ``zip``, ``lhs:50``, a CSV file of variants, or a list of variants (``[{"teams.phone.count": 4}, ...]``).
    replications, seed : optional
        Default: the scenario's.
    kpis, by, interval
        What is scored: KPIs over everything, and with *by* a second table broken down.
    confidence : float, fraction
        Coverage of the intervals.
    block : int
        Replications computed and stored at a time.
    out : path, optional
        Folder: cells are stored there as they are finished, and found there by the next run; result tables and the manifest are
        written there at the end.
    engine, jobs
        As for :func:`simkpi.simulate`; jobs are threads for the compiled engine.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Computes the cells: any executor, or a Dask cluster.
    progress : callable, optional
        Called with (cells done, cells in all).

    Returns
    -------
    SweepResult
        Its tables are equal for any number of workers and any interruption before.

    Raises
    ------
    InputError, ScenarioError, UnknownName
        If anything that was asked for is wrong: before anything runs.
    OutputError
        If the folder can not be written or another sweep is at work in it.

    Examples
    --------
    >>> result = sweep({"simkpi": 1, "contacts": {"voice": {"volume": "60 per hour", "handle": "5m"}},
    ...                 "calendar": {"open": "09:00-11:00"}, "teams": {"phone": {"skills": ["voice"], "count": 6}}},
    ...                {"teams.phone.count": "6:8:1"}, replications=2, kpis=["service_level"])
    >>> result.table["teams.phone.count"].to_list()
    [6, 7, 8]
    """
    if not isinstance(scenario, Scenario):
        from simkpi.scenario.files import load

        scenario = load(scenario)
    chosen = kpis if kpis is None or isinstance(kpis, str) else tuple(kpis)
    scoring = Scoring(chosen, (by,) if isinstance(by, str) else tuple(by), interval)
    plan = make_plan(
        scenario,
        vary or {},
        design=design,
        replications=replications,
        seed=seed,
        scoring=scoring,
        block=block,
        confidence=confidence,
        recall=from_folder(None if out is None else Path(out)),
    )
    if out is None:
        store = Store(None)
        try:
            return run_plan(plan, store, engine=engine, executor=executor, jobs=jobs, progress=progress)
        finally:
            store.close()
    from simkpi.experiment.outputs import still_valid, write_data

    with SweepFolder(Path(out)) as folder:
        result = run_plan(plan, folder.store, engine=engine, executor=executor, jobs=jobs, progress=progress)
        result.files = still_valid(result, folder.path) or write_data(result, folder.path)
    return result
