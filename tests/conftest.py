"""The same generated examples in every run: Hypothesis also tries numbers that it finds in the modules loaded so far."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from contextlib import suppress

import simkpi


def pytest_collection_finish() -> None:
    """Load every module before the first test, so that its examples do not depend on which tests ran before it."""
    if "hypothesis" not in sys.modules:
        return
    for module in pkgutil.walk_packages(simkpi.__path__, "simkpi."):
        if not module.name.endswith("__main__"):
            with suppress(ImportError):  # an optional component that is not installed
                importlib.import_module(module.name)
