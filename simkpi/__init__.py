"""simkpi: simulation and capacity planning for contact centres.

The names below load on first use, so that ``import simkpi`` and ``simkpi --help`` stay fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "compare": "simkpi.experiment.compare",
    "draw_chart": "simkpi.report.show",
    "load": "simkpi.scenario.files",
    "override": "simkpi.scenario.files",
    "policy": "simkpi.engine.routing.policy",
    "simulate": "simkpi.experiment.replicate",
    "simulate_kpis": "simkpi.experiment.unlogged",
    "score": "simkpi.kpi.score",
    "queueing": "simkpi.queueing",
    "sweep": "simkpi.experiment.sweep",
    "write_report": "simkpi.report.show",
}

__all__ = [
    "__version__",
    "compare",
    "draw_chart",
    "load",
    "override",
    "policy",
    "queueing",
    "score",
    "simulate",
    "simulate_kpis",
    "sweep",
    "write_report",
]

if TYPE_CHECKING:  # but for those of the report: named here, every lower layer that imports simkpi would depend on it
    from simkpi import queueing as queueing
    from simkpi.engine.routing.policy import policy as policy
    from simkpi.experiment.compare import compare as compare
    from simkpi.experiment.replicate import simulate as simulate
    from simkpi.experiment.sweep import sweep as sweep
    from simkpi.experiment.unlogged import simulate_kpis as simulate_kpis
    from simkpi.kpi.score import score as score
    from simkpi.scenario.files import load as load
    from simkpi.scenario.files import override as override


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'simkpi' has no attribute '{name}'")
    module = importlib.import_module(home)
    return module if home == f"simkpi.{name}" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
