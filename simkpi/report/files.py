"""The files of a result: tables, chart, log and a manifest that says where all of it comes from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from simkpi import __version__
from simkpi.errors import OutputError
from simkpi.experiment.provenance import environment, file_digest, flat
from simkpi.experiment.result import Result
from simkpi.experiment.stored import SCENARIO, scenario_text
from simkpi.experiment.verdicts import all_met, verdicts
from simkpi.interactions.table import Log, bundle
from simkpi.report.chart import draw
from simkpi.report.day_drawing import day_drawing, mean_of, service_level_words
from simkpi.report.day_table import of_log
from simkpi.report.tables import to_csv, to_json
from simkpi.report.theme import save
from simkpi.report.words import say


def write_chart(result: Result, folder: Path, *, interval: float = 1800.0, lang: str = "en") -> list[Path]:
    """Write the chart of the day as ``day.png`` and ``day.svg``."""
    table, about = day_drawing(result, interval=interval, lang=lang)
    figure = draw("day", table, **about)
    files = [folder / "day.png", folder / "day.svg"]
    for path in files:
        save(figure, path, provenance=flat(result.provenance))
    return files


def _file_name(key: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in key)[:60]


def write_text(text: str, path: Path) -> Path:
    """Write UTF-8 text.

    Raises
    ------
    OutputError
        If the file can not be written.
    """
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"{path}: can not be written ({os.strerror(error.errno or 0).lower()})") from None
    return path


def write_result(
    result: Result,
    folder: Path,
    *,
    table: pl.DataFrame,
    broken_down: Mapping[tuple[str, ...], pl.DataFrame] = MappingProxyType({}),
    interval: float = 1800.0,
    log: bool = False,
    lang: str = "en",
) -> list[Path]:
    """Write everything about *result* into *folder*.

    Parameters
    ----------
    result : Result
        What was simulated.
    folder : Path
        Exists and is writable.
    table : DataFrame
        The KPIs in total.
    broken_down : mapping of tuple of str to DataFrame
        The same KPIs by the group keys that were asked for; a breakdown that is always written is not written twice.
    interval : float, seconds
        Length of an interval.
    log : bool
        Also write ``interactions.parquet`` and, beside it, its companions: ``interactions.agent_states.parquet``,
        ``interactions.legs.parquet``, the messages of chats, and the tables of visitors and of the response models.

    Returns
    -------
    list of Path
        The files; the last one is ``manifest.json`` with their SHA-256 and the provenance.
    """
    by_interval = result.kpis(by=("interval",), interval=interval)
    by_type = result.kpis(by=("interval", "contact_type"), interval=interval)
    written = {"kpis.csv": table, "kpis_by_interval.csv": by_interval, "kpis_by_interval_and_type.csv": by_type}
    for keys, rows in broken_down.items():
        written[f"kpis_by_{'_and_'.join(_file_name(key) for key in keys)}.csv"] = rows
    written |= tables_over_days(result)
    files = [write_text(to_csv(rows), folder / name) for name, rows in written.items()]
    files.append(write_text(scenario_text(result.scenario), folder / SCENARIO))
    files += write_chart(result, folder, interval=interval, lang=lang)
    if log:
        from simkpi.interactions.write import write_log

        own = {"interactions": result.interactions, "agent_states": result.agent_states, "legs": result.legs}
        tables = bundle({**own, **result.companions}, Log(result.interactions))
        about = {f"simkpi.{key}": value for key, value in flat(result.provenance).items()}
        files += write_log(tables, folder / "interactions.parquet", provenance=about)
    return [*files, write_manifest(result.provenance, files, folder)]


def tables_over_days(result: Result) -> dict[str, pl.DataFrame]:
    """File name -> table of every replication, of their spread, and of targets met: the same whatever KPIs are asked for."""
    found = {"replications.csv": result.kpis(by="replication").select("kpi", "replication", "value", "unit", "n", "definition")}
    if result.replications > 1:
        found["distribution.csv"] = result.distribution()
        if result.scenario.spec.targets:
            found["targets.csv"] = _targets(result)
    return found


def replayed(result: Result, stated: Mapping[str, str]) -> dict[str, bool]:
    """Say for each table that is the same for every choice of KPIs whether *result* gives the file with the *stated* digest."""
    made = {name: hashlib.sha256(to_csv(table).encode("utf-8")).hexdigest() for name, table in tables_over_days(result).items()}
    return {name: made[name] == digest for name, digest in stated.items() if name in made}


def _targets(result: Result) -> pl.DataFrame:
    """Verdicts on the targets, and how probable it is that a single horizon meets each of them, and all at once."""
    rows = []
    for one in verdicts(result):
        row = asdict(one)
        met = row.pop("replications_met") or {}
        rows.append({**row, **{f"replications_met_{part}": met.get(part) for part in ("value", "low", "high")}})
    together = all_met(result)
    if together is not None:
        shares = {f"replications_met_{part}": getattr(together, part) for part in ("value", "low", "high")}
        rows.append({**dict.fromkeys(rows[0]), "contact": "every target", **shares})
    return pl.DataFrame(rows, infer_schema_length=None)


def write_log_result(
    log: Log,
    folder: Path,
    *,
    path: Path,
    table: pl.DataFrame,
    by_interval: pl.DataFrame,
    interval: float,
    parameters: Mapping[str, Any],
    lang: str = "en",
) -> list[Path]:
    """Write everything about a scored log into *folder*: tables, rejected rows, chart, manifest.

    Parameters
    ----------
    log : Log
        What was read.
    folder : Path
        Exists and is writable.
    path : Path
        Where the log came from.
    table, by_interval : DataFrame
        The KPI table that was asked for, and the one by interval.
    interval : float, seconds
        Length of an interval.
    parameters : mapping
        Parameters of the KPIs that were set.
    """
    files = [write_text(to_csv(table), folder / "kpis.csv"), write_text(to_csv(by_interval), folder / "kpis_by_interval.csv")]
    if log.rejects is not None and len(log.rejects):
        files.append(write_text(to_csv(log.rejects), folder / "rejects.csv"))
    stated: dict[str, Any] = {
        "simkpi": __version__,
        "log": path.name,
        "source": log.source,
        "parameters": dict(parameters),
        "notes": list(log.notes),
        "inputs": {path.name: file_digest(path)} if path.is_file() else {},
        "environment": environment(),
    }
    chart, days = of_log(log.interactions, log.agent_states, interval=interval, **parameters)
    if not chart.is_empty():
        words = service_level_words(parameters, lang)
        about = (say("recorded, source {source}", lang, source=log.source), mean_of(days, lang))
        subtitle = "; ".join(part for part in about if part)
        figure = draw(
            "day", chart, length=interval, title=path.name.split(".")[0], subtitle=subtitle, service_level=words, lang=lang
        )
        for name in ("day.png", "day.svg"):
            save(figure, folder / name, provenance=flat(stated))
            files.append(folder / name)
    return [*files, write_manifest(stated, files, folder)]


def write_manifest(provenance: Mapping[str, Any], files: list[Path], folder: Path) -> Path:
    """Write ``manifest.json``: the provenance of all *files* and their digests."""
    stated = {**provenance, "files": {path.name: file_digest(path) for path in files}}
    return write_text(to_json(stated) + "\n", folder / "manifest.json")
