"""What a chart is drawn from, read from where it is: a scenario, a folder or JSON of results, or a plain table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from simkpi.errors import InputError, Problem
from simkpi.experiment.compare import Comparison, compare
from simkpi.experiment.replicate import simulate
from simkpi.experiment.result import Result
from simkpi.experiment.sensitivity import SensitivityTable
from simkpi.experiment.stored import SCENARIO, SweepTables, open_run, open_sweep
from simkpi.experiment.verify import read_manifest
from simkpi.report.chart import Chart, Drawing, Wish, every_chart
from simkpi.report.words import say
from simkpi.scenario.resolve import Scenario

Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True)
class Tables:
    """Tables that a command wrote, and what is known about them.

    Parameters
    ----------
    tables : list of DataFrame
        To choose from.
    about : dict
        What the file says about its origin: ``scenario``, ``seed``, ``replications`` ...
    name : str
        What it is called in messages.
    """

    tables: list[pl.DataFrame]
    about: dict[str, Any] = field(default_factory=dict)
    name: str = ""


Given: TypeAlias = "Scenario | Result | SweepTables | SensitivityTable | Comparison | Tables"


def open_given(path: Path, *, progress: Progress | None = None) -> Given | None:
    """Open a folder or file of results; None if it is neither (then it is a scenario).

    Raises
    ------
    InputError
        If it can not be read as what it seems to be.
    """
    if path.is_dir():
        return _folder(path, progress)
    if not path.is_file():
        return None
    if path.name == "manifest.json":
        return _folder(path.parent, progress)
    if path.suffix.lower() == ".json":
        return _json(path)
    if path.suffix.lower() in (".csv", ".parquet"):
        return Tables([_table(path)], {}, str(path))
    return None


def _folder(folder: Path, progress: Progress | None) -> Given:
    stated = read_manifest(folder)
    if stated.get("kind") == "sweep":
        return open_sweep(folder, stated)
    if stated.get("kind") == "sensitivity":
        return SensitivityTable.read(stated, _table(folder / "sensitivity.csv"))
    if SCENARIO in stated["files"]:
        return open_run(folder, stated, progress=progress)
    files = [folder / name for name in stated["files"] if name.endswith(".csv")]
    return Tables([_table(file) for file in files if file.is_file()], stated, str(folder))


def _table(file: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(Problem(f"is no readable table ({' '.join(str(error).split())[:120]})", file=str(file))) from None


def _json(file: Path) -> Tables:
    """Every list of objects in the file is a table; the members of objects that hold lists (queues) get their plain fields."""
    try:
        stated = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(Problem(f"is no readable JSON ({error})", file=str(file))) from None
    if not isinstance(stated, dict):
        raise InputError(Problem("holds no result of simkpi: write one with --format json", file=str(file)))
    tables = []
    for listed in stated.values():
        if isinstance(listed, list) and listed and all(isinstance(one, dict) for one in listed):
            plain = [{key: value for key, value in one.items() if not isinstance(value, (list, dict))} for one in listed]
            tables.append(pl.DataFrame(plain, infer_schema_length=None))
            tables += _gaps(listed)
    about = {key: value for key, value in stated.items() if isinstance(value, (str, int))}
    return Tables(tables, about, str(file))


def _gaps(queues: Sequence[dict[str, Any]]) -> list[pl.DataFrame]:
    """Return the parts of a cross-check in JSON as the table that its chart draws."""
    if not all("parts" in one and "simulated" in one for one in queues):
        return []
    rows = []
    for one in queues:
        total = one["simulated"]["value"]
        contact = " + ".join(one["contact_types"])
        rows.append({"contact": contact, "part": "simulated", "change": None, "total": total, **_ends(one["simulated"])})
        for part in one["parts"]:
            total = None if total is None or part["change"] is None else total + part["change"]
            rows.append({"contact": contact, "part": part["name"], "change": part["change"], "total": total, **_ends(part)})
        last = float("inf") if one["by_formula"] is None else one["by_formula"]
        rows.append({"contact": contact, "part": one["formula"], "change": None, "total": last, "low": None, "high": None})
    table = pl.DataFrame(rows, infer_schema_length=None)
    return [table.with_columns(pl.col("total").fill_null(float("inf")))]


def _ends(stated: dict[str, Any]) -> dict[str, Any]:
    return {"low": stated["low"], "high": stated["high"]}


def drawing(chart: Chart, given: Given, wish: Wish, *, progress: Progress | None = None) -> Drawing:
    """Make the table and the options of *chart* from what was given, simulating what is missing.

    Raises
    ------
    InputError
        If the chart can not be drawn from such a thing; says from what it can, and which charts this is good for.
    """
    make = chart.sources.get(type(given))
    if make is not None:
        return make(given, wish)
    if isinstance(given, Scenario) and Result in chart.sources:
        result = simulate(given, replications=wish.replications, seed=wish.seed, progress=progress)
        return chart.sources[Result](result, wish)
    if isinstance(given, Tables):
        fitting = [table for table in given.tables if set(chart.needs) <= set(table.columns)]
        if fitting:
            return fitting[0], _about(chart, given, wish)
    others = [one.name for one in every_chart() if _can(one, given)]
    good = f"; it is good for {', '.join(others)}" if others else ""
    raise InputError(f"chart '{chart.name}' is drawn from {' or '.join(drawn_from(chart))}, not from {_called(given)}{good}")


def _can(chart: Chart, given: Given) -> bool:
    if isinstance(given, Tables):
        return any(set(chart.needs) <= set(table.columns) for table in given.tables)
    return type(given) in chart.sources or (isinstance(given, Scenario) and Result in chart.sources)


def _about(chart: Chart, given: Tables, wish: Wish) -> dict[str, Any]:
    about = given.about
    called = about.get("scenario") or about.get("name") or _compared(about, wish.lang) or Path(given.name).stem
    known = [("{n} replications", "n", "replications"), ("seed {seed}", "seed", "seed")]
    subtitle = ", ".join(say(text, wish.lang, **{name: about[key]}) for text, name, key in known if key in about)
    options: dict[str, Any] = {"title": str(called), "subtitle": subtitle, "lang": wish.lang}
    if chart.name == "waterfall" and "kpi" in about:
        from simkpi.kpi.measure import KPIS
        from simkpi.report.tables import title

        options |= {"kpi": title(str(about["kpi"]), wish.lang), "unit": KPIS.get(str(about["kpi"])).unit}
    return options


def _compared(about: Mapping[str, Any], lang: str) -> str:
    """Name the scenarios of a folder of ``compare``; empty for others."""
    names = [str(one.get("name", "")) for one in about.get("scenarios", []) if isinstance(one, dict)]
    base = str(about.get("baseline", ""))
    others = [name for name in names if name != base]
    return say("{names} against {baseline}", lang, names=", ".join(others), baseline=base) if others and base in names else ""


_KINDS: dict[type, str] = {
    Scenario: "a scenario",
    Result: "a run (a scenario, or a folder of 'simkpi run --out')",
    SweepTables: "a sweep (a folder of 'simkpi sweep --out')",
    SensitivityTable: "a sensitivity (a folder of 'simkpi sensitivity --out')",
    Comparison: "a comparison (two or more scenarios, or a folder of 'simkpi compare --out')",
    Tables: "a table",
}


def drawn_from(chart: Chart, lang: str = "en") -> list[str]:
    """Say from what a chart can be drawn."""
    kinds = [kind for kind in _KINDS if kind in chart.sources]
    if Result in kinds and Scenario in kinds:
        kinds.remove(Scenario)
    columns = say("a table (CSV, Parquet or JSON) with the columns {names}", lang, names=", ".join(chart.needs))
    return [say(_KINDS[kind], lang) for kind in kinds] or [columns]


def _called(given: Given) -> str:
    return _KINDS[type(given)] if not isinstance(given, Tables) else f"{given.name or 'this table'}"


def compared(scenarios: Sequence[Scenario], wish: Wish, *, progress: Progress | None = None) -> Comparison:
    """Run several scenarios on the same customers."""
    return compare(*scenarios, replications=wish.replications, seed=wish.seed, progress=progress)
