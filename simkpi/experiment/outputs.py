"""The tables of a sweep as files, and the manifest from which it can be computed again; the same sweep gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from simkpi.experiment.durable import replace_file
from simkpi.experiment.provenance import file_digest, flat
from simkpi.experiment.sweep_result import SweepResult
from simkpi.interactions.write import write_table
from simkpi.interactions.xlsx import write_xlsx

MANIFEST = "manifest.json"
#: What is finished so far, while a sweep runs.
PARTIAL = "partial.csv"
#: The page to read: written after everything else.
REPORT = "report.html"
#: Rows up to which a table also becomes a sheet of the workbook: writing more takes longer than computing them.
SHEET_ROWS = 20_000


def write_data(result: SweepResult, folder: Path) -> list[Path]:
    """Write ``results.parquet``, ``.csv``, ``.xlsx`` (and ``results_by_...``) and, last of all, ``manifest.json``.

    Parameters
    ----------
    result : SweepResult
        What was computed; variants that are not complete are left out and are counted in the manifest.
    folder : Path
        Is there.

    Returns
    -------
    list of Path
        The files, the manifest last.

    Raises
    ------
    OutputError
        If one can not be written; each file is then either the old or the new one.
    """
    about = _about(result)
    tables = {"results": result.table}
    if result.by_table is not None:
        tables[f"results_by_{'_and_'.join(result.plan.scoring.by)}"] = result.by_table
    if result.targets is not None:
        tables["targets"] = result.targets
    files = []
    for name, table in tables.items():
        files.append(_write(table, folder / f"{name}.parquet", about))
        files.append(_write(table, folder / f"{name}.csv", about))
    sheets = {name: table for name, table in tables.items() if len(table) < SHEET_ROWS}
    files.append(replace_file(folder / "results.xlsx", lambda part: write_xlsx(part, sheets, about=about)))
    stated = {**result.stated(), "files": {path.name: file_digest(path) for path in files}}
    return [*files, write_json(stated, folder / MANIFEST)]


def write_partial(result: SweepResult, folder: Path) -> None:
    """Write the table of the variants that are complete so far; it goes when the sweep ends."""
    if result.scores:
        replace_file(folder / PARTIAL, lambda part: write_table(result.table, part, metadata=_about(result)))


def still_valid(result: SweepResult, folder: Path) -> list[Path]:
    """Return the files of *folder* if they are those that this result would give; none if anything differs.

    A finished sweep that is asked for again then only reads: its table is taken from ``results.parquet``.
    """
    try:
        stated = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digests = {folder / name: digest for name, digest in stated.pop("files").items()}
        same = stated == json.loads(json.dumps(result.stated()))
        same = same and all(file_digest(path) == digest for path, digest in digests.items())
        if not same or result.computed:
            return []
        result.table = pl.read_parquet(folder / "results.parquet")
        if "targets.parquet" in {path.name for path in digests}:
            result.targets = pl.read_parquet(folder / "targets.parquet")
    except (OSError, ValueError, KeyError, pl.exceptions.PolarsError):
        return []
    return [*digests, folder / MANIFEST]


def _write(table: pl.DataFrame, path: Path, about: Mapping[str, str]) -> Path:
    return replace_file(path, lambda part: write_table(table, part, metadata=about))


def write_json(stated: Mapping[str, Any], path: Path) -> Path:
    """Write JSON with one line per entry of the outer levels."""
    text = json.dumps(stated, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    return replace_file(path, lambda part: _write_text(part, text))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _about(result: SweepResult) -> dict[str, str]:
    """Return what every file says about its origin; the manifest says the rest."""
    plan = result.plan
    stated = plan.stated()
    short = {
        "simkpi": stated["simkpi"],
        "scenario": plan.base.name,
        "plan": plan.digest,
        "command": plan.command,
        "seed": plan.seed,
        "replications": plan.replications,
        "engines": list(result.engines),
        "scenarios": f"{len(result.scores)} of {len(plan.changes)}",
        "cells": f"{len(result.checksums)} of {len(plan.cells_by_key)}",
    }
    return flat({key: item if isinstance(item, (str, list)) else str(item) for key, item in short.items()})
