"""Where benchmarks keep their figures: one JSON file each, beside the benchmark, with what they were measured on.

``python -m benchmarks.page`` makes docs/benchmarks.md from these files.
"""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
LIBRARIES = ("numpy", "numba", "simpy", "polars")


def machine() -> dict[str, Any]:
    """Return what the figures depend on besides the code."""
    return {
        "processors": os.cpu_count(),
        "load": os.getloadavg()[1],
        "processor": _processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def store(name: str, figures: dict[str, Any]) -> Path:
    """Write *figures* to ``benchmarks/<name>.json``, rounded to five significant digits; return the file."""
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), **_rounded(figures)}, indent=1) + "\n", encoding="utf-8")
    return path


def stored(name: str) -> dict[str, Any]:
    """Return the figures that ``benchmarks/<name>.json`` holds."""
    figures: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return figures


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value


def _processor() -> str:
    """Return the processor's name where Linux tells it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
