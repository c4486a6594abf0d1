"""Formulas only: stationary queueing models and their inverses.

The names below load on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "evaluate": "simkpi.queueing.stationary",
    "wait_percentile": "simkpi.queueing.stationary",
    "Performance": "simkpi.queueing.performance",
    "Target": "simkpi.queueing.targets",
    "agents_needed": "simkpi.queueing.staffing",
    "evaluate_chat": "simkpi.queueing.chat",
}

__all__ = ["Performance", "Target", "agents_needed", "evaluate", "evaluate_chat", "wait_percentile"]

if TYPE_CHECKING:
    from simkpi.queueing.chat import evaluate_chat as evaluate_chat
    from simkpi.queueing.performance import Performance as Performance
    from simkpi.queueing.staffing import agents_needed as agents_needed
    from simkpi.queueing.stationary import evaluate as evaluate
    from simkpi.queueing.stationary import wait_percentile as wait_percentile
    from simkpi.queueing.targets import Target as Target


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'simkpi.queueing' has no attribute '{name}'")
    return getattr(importlib.import_module(home), name)
