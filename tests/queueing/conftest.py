"""Exact values that the formulas are held to; origins in tests/data/erlang/README.md."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

DATA = Path(__file__).resolve().parents[1] / "data" / "erlang"


def read_rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def grid() -> dict[str, np.ndarray]:
    """Columns of the exact grid of M/M/c/K+M; blanks are NaN."""
    rows = read_rows("grid_mmck_m_dev.csv")
    columns = {name: np.array([row[name] for row in rows]) for name in ("id", "family")}
    for name in rows[0].keys() - columns.keys():
        columns[name] = np.array([float(row[name]) if row[name] else np.nan for row in rows])
    return columns


@pytest.fixture(scope="session")
def chains() -> dict[str, list[dict[str, Any]]]:
    """Small Markov chains solved exactly: chat, priority, redial."""
    return {name: json.loads((DATA / f"{name}.json").read_text())["scenarios"] for name in ("chat", "priority", "redial")}


@pytest.fixture(scope="session")
def rows_of():
    """Read a CSV of tests/data/erlang as dictionaries."""
    return read_rows
