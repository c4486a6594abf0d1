"""Is a result folder still what it was, and does its manifest still give the same figures? Files, cells and tables rechecked."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from simkpi.errors import InputError, Problem, SimkpiError
from simkpi.experiment.outputs import MANIFEST, write_data
from simkpi.experiment.plan import Plan
from simkpi.experiment.provenance import file_digest
from simkpi.experiment.store import FILE, Store
from simkpi.experiment.sweep_result import SweepResult
from simkpi.experiment.sweep_run import gather, run_plan


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest, or that of a folder.

    Raises
    ------
    InputError
        If there is none, or it is none.
    """
    file = path / MANIFEST if path.is_dir() else path
    try:
        stated = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(Problem(f"can not be read ({(error.strerror or str(error)).lower()})", file=str(file))) from None
    except ValueError:
        raise InputError(Problem("is no manifest: not readable as JSON", file=str(file))) from None
    if (
        not isinstance(stated, dict)
        or not isinstance(stated.get("files"), dict)
        or "simkpi" not in {**stated, **stated.get("plan", {})}
    ):
        raise InputError(Problem("is no manifest of simkpi", file=str(file)))
    return stated


def plan_of(stated: dict[str, Any], file: str = MANIFEST) -> Plan:
    """Return the plan in the manifest of a sweep.

    Raises
    ------
    InputError
        If the manifest is of something else, or its plan can not be used.
    """
    if stated.get("kind") not in ("sweep", "sensitivity"):
        raise InputError(Problem("is no manifest of a sweep", file=file))
    try:
        return Plan.of(stated["plan"])
    except InputError as error:
        raise InputError([Problem(problem.message, file=file) for problem in error.problems]) from None


def verify_folder(folder: Path) -> Iterator[tuple[str, str]]:
    """Recheck a folder that ``run``, ``compare`` or ``sweep`` wrote.

    Yields
    ------
    tuple of str
        What was checked, and what is wrong with it (empty if nothing): each file against its digest in the manifest; of a
        sweep also each cell against its checksum, and the tables against the cells, from which they are made once more.

    Raises
    ------
    InputError
        If there is no manifest.
    """
    stated = read_manifest(folder)
    for name, digest in stated["files"].items():
        path = folder / name
        if not path.is_file():
            yield name, "is missing"
        else:
            yield name, "" if file_digest(path) == digest else "has changed since it was written"
    if stated.get("kind") == "sweep":
        yield from _verify_cells(folder, stated)


def _verify_cells(folder: Path, stated: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if not (folder / FILE).is_file():
        yield FILE, "is missing; the tables can not be made again"
        return
    plan = plan_of(stated, str(folder / MANIFEST))
    store = Store(folder / FILE)
    try:
        sound = {kept.key: kept.checksum for kept in store.sound(stated["cells"])}
        wrong = {key: "is damaged or missing" for key in stated["cells"] if key not in sound}
        wrong |= {key: "is not the one in the manifest" for key, found in sound.items() if stated["cells"][key] != found}
        for key, why in wrong.items():
            yield f"cell {key[:12]}", why
        yield f"{len(stated['cells'])} cells", f"{len(wrong)} of them are wrong" if wrong else ""
        if not wrong:
            yield from _verify_tables(stated, gather(plan, store))
    finally:
        store.close()


def _verify_tables(stated: dict[str, Any], result: SweepResult) -> Iterator[tuple[str, str]]:
    """Make the tables once more; the bytes of Parquet and XLSX depend on their libraries, those of CSV on the figures alone."""
    with tempfile.TemporaryDirectory() as place:
        for path in write_data(result, Path(place)):
            if path.suffix == ".csv" and path.name in stated["files"]:
                same = file_digest(path) == stated["files"][path.name]
                yield f"{path.name} made again from the cells", "" if same else "comes out different"


def replay(
    stated: dict[str, Any],
    *,
    store: Store | None = None,
    engine: str = "auto",
    executor: Executor | None = None,
    jobs: int = 1,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[SweepResult, dict[str, str]]:
    """Compute a sweep again from nothing but its manifest.

    Parameters
    ----------
    stated : dict
        From :func:`read_manifest`.
    store : Store, optional
        Keeps the cells; default: memory.
    engine, executor, jobs, stop, progress
        As for :func:`simkpi.experiment.sweep.run_plan`.

    Returns
    -------
    SweepResult
        What came out.
    dict of str to str
        Key of each cell of the manifest that did not come out the same -> why.

    Raises
    ------
    InputError
        If the manifest is not of a sweep, or of another result format.
    """
    plan = plan_of(stated)
    kept = store or Store(None)
    try:
        result = run_plan(plan, kept, engine=engine, executor=executor, jobs=jobs, stop=stop, progress=progress)
    except SimkpiError:
        if store is None:
            kept.close()
        raise
    if store is None:
        kept.close()
    differing = {}
    for key, checksum in stated["cells"].items():
        if key not in plan.cells_by_key:
            differing[key] = f"is no cell of this plan in simkpi {plan.stated()['simkpi']}"
        elif key not in result.checksums:
            differing[key] = "was not computed"
        elif result.checksums[key] != checksum:
            differing[key] = "came out different"
    return result, differing
