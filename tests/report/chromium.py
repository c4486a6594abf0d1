"""A browser for tests: headless Chromium through Playwright, pages that are watched, axe-core where it is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

_CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
#: Mark of tests that are left out, with the reason, where there is no browser or nothing to drive it with.
NEEDS_CHROMIUM = pytest.mark.skipif(
    _CHROMIUM is None or find_spec("playwright") is None, reason="needs Chromium and Playwright (pip install playwright)"
)
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
]


@contextmanager
def chromium() -> Iterator[Any]:
    """Run a browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        opened = running.chromium.launch(executable_path=_CHROMIUM, args=_FLAGS)
        yield opened
        opened.close()


class Watched:
    """A page, what it complained about, and whom it asked."""

    def __init__(self, browser: Any, width: int, **given: Any) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, **given)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on(
            "console", lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))


def axe() -> str:
    """The script of axe-core, if a package that brings it is installed (or AXE_CORE names the file).

    axe-core is 500 kB of JavaScript under a licence of its own (MPL-2.0), so it is not part of the project's tree, and
    a browser is no Python package: where either is missing a skip says so. What axe finds most often is checked without
    it in test_report_structure.py.
    """
    named = os.environ.get("AXE_CORE")
    if named:
        return Path(named).read_text(encoding="utf-8")
    for package in ("axe_playwright_python", "axe_core_python"):
        spec = find_spec(package)
        for home in (spec.submodule_search_locations or ()) if spec else ():
            for file in sorted(Path(home).rglob("axe.min.js")):
                return file.read_text(encoding="utf-8")
    # only what axe alone finds is left out: its package is not among the test dependencies (MPL-2.0, see above)
    pytest.skip("axe-core is not installed (pip install axe-playwright-python)")
