"""Where a result comes from: version, scenario and digest, seed, engine, replications, inputs and environment."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simkpi import __version__
from simkpi.scenario.dump import digest
from simkpi.scenario.resolve import Scenario


def provenance(scenario: Scenario, *, seed: int | str, replications: int, engine: str) -> dict[str, Any]:
    """Return everything that is needed to compute the result again, ready for JSON; no dates, no paths of this machine.

    Returns
    -------
    dict
        ``simkpi, scenario, digest, seed, replications, engine, inputs`` (file name -> SHA-256) and ``environment``.
    """
    return {
        "simkpi": __version__,
        "scenario": scenario.name,
        "digest": digest(scenario),
        "seed": seed,
        "replications": replications,
        "engine": engine,
        "inputs": inputs(scenario),
        "environment": environment(),
    }


def environment() -> dict[str, str]:
    """Versions of what computes."""
    import numpy
    import polars
    import scipy

    return {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "polars": polars.__version__,
        "system": f"{platform.system()} {platform.machine()}",
    }


def inputs(scenario: Scenario) -> dict[str, str]:
    """SHA-256 of the scenario file and of every CSV file that it names, by the name as written."""
    if not scenario.file or not Path(scenario.file).is_file():
        return {}
    home = Path(scenario.file)
    named = {home.name: home}
    for name in named_files(scenario.short):
        named[name] = (scenario.folder or home.parent) / name
    return {name: file_digest(path) for name, path in named.items() if path.is_file()}


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            sha.update(block)
    return sha.hexdigest()


def flat(stated: Mapping[str, Any]) -> dict[str, str]:
    """Provenance as text values, for the metadata of Parquet, PNG and SVG files."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
        for key, value in stated.items()
    }


def in_words(provenance: Mapping[str, Any]) -> dict[str, str]:
    """Write where a result comes from for people: entries of a list one after the other, no brackets.

    Examples
    --------
    >>> in_words({"seed": 42, "environment": {"numpy": "2.1", "python": "3.12"}})
    {'seed': '42', 'environment': 'numpy 2.1, python 3.12'}
    """
    lists = {
        name: ", ".join(f"{key} {value}" for key, value in entries.items())
        for name, entries in provenance.items()
        if isinstance(entries, Mapping)
    }
    return flat(provenance) | lists


def named_files(block: object) -> list[str]:
    """Return the values of ``file`` keys anywhere in the short form of a scenario."""
    if isinstance(block, Mapping):
        own = [str(value) for key, value in block.items() if key == "file" and isinstance(value, str)]
        return own + [name for value in block.values() for name in named_files(value)]
    if isinstance(block, (list, tuple)):
        return [name for value in block for name in named_files(value)]
    return []
