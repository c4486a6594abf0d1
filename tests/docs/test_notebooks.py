"""The notebooks run from the first cell to the last, as plain scripts in a folder of their own, without a warning."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
#: The two quickest run always, the others with ``-m slow``.
QUICK = {"score_a_real_log", "first_steps"}


def _marks(path: Path) -> tuple[pytest.MarkDecorator, ...]:
    return () if path.stem in QUICK else (pytest.mark.slow,)


@pytest.mark.parametrize("path", [pytest.param(path, marks=_marks(path), id=path.stem) for path in NOTEBOOKS])
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestForm:
    def test_it_opens_with_a_title_and_is_text_and_code_by_turns(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# ---\n# jupyter:\n")
        first = text.split("# %% ")[1]
        assert first.startswith("[markdown]\n# # ")
        assert len(re.findall(r"^# %%$", text, re.M)) >= 2
        ast.parse(text)

    def test_the_python_page_names_it(self, path: Path) -> None:
        assert f"`{path.stem}`" in (DOCS / "api.md").read_text(encoding="utf-8")

    def test_jupyter_can_open_it(self, path: Path) -> None:
        jupytext = pytest.importorskip("jupytext", reason="an aid to users, no part of the program")
        notebook = jupytext.read(path)
        assert notebook.metadata["kernelspec"]["name"] == "python3"
        assert {cell.cell_type for cell in notebook.cells} == {"markdown", "code"}
