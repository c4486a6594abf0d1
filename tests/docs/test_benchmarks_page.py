"""The benchmarks page says what the benchmarks have stored, and the engines page names every module of both engines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.page import DOCS, engines_page, page, sweeps_page

ENGINE = Path(__file__).resolve().parents[2] / "simkpi" / "engine"


def test_the_benchmarks_page_is_up_to_date() -> None:
    assert (DOCS / "benchmarks.md").read_text(encoding="utf-8") == page(), "run python -m benchmarks.page"


def test_the_engines_page_has_the_figures_of_the_benchmarks() -> None:
    text = (DOCS / "engines.md").read_text(encoding="utf-8")
    assert text == engines_page(text), "run python -m benchmarks.page"


def test_the_page_on_sweeps_has_the_figures_of_the_benchmarks() -> None:
    text = (DOCS / "sweeps.md").read_text(encoding="utf-8")
    assert text == sweeps_page(text), "run python -m benchmarks.page"
    assert "| **all** |" in text


def test_no_figure_is_left_out_of_the_page() -> None:
    assert "{{" not in page()


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_the_engines_page_names_every_module(engine: str) -> None:
    text = (DOCS / "engines.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("|") and ".py`" in line]
    place = 1 if engine == "reference" else 2
    named: set[str] = set()
    for row in rows:
        cell = row[1] if "the same" in row[place] else row[place]
        named |= set(re.findall(r"`(\w+)\.py`", cell))
    assert named >= {path.stem for path in (ENGINE / engine).glob("*.py")} - {"__init__"}
