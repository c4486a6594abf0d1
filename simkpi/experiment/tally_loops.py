"""What replications add to the standard KPIs, in compiled passes over an engine's arrays: right behind the event loop.

A KPI is made of the sums (:mod:`simkpi.experiment.tally_kpis`); the definitions are those of :mod:`simkpi.kpi.catalogue`, and
tests over all shipped and many generated scenarios hold the figures equal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from simkpi.engine.compiled import cache
from simkpi.engine.compiled.jit import compiled
from simkpi.experiment.tally_agents import add_agents
from simkpi.experiment.tally_contacts import add_contacts
from simkpi.experiment.tally_records import account_at
from simkpi.experiment.tally_waits import add_waits

#: Files whose text decides what the loops do.
_SOURCES = tuple(f"experiment/{name}.py" for name in (
    "histograms", "tally_agents", "tally_contacts", "tally_loops", "tally_records", "tally_sums", "tally_waits",
))  # fmt: skip


@compiled
def add_up_all(accounts: int, count: int) -> None:
    """Add up the logs of *count* ``Account`` records at that address."""
    for number in range(count):
        account = account_at(accounts, number)
        if account.of_contacts:
            add_contacts(account)
        if account.of_waits:
            add_waits(account)
        if account.of_agents:
            add_agents(account)


_lock = threading.Lock()
_loaded: Callable[[int, int], None] | None = None


def add_up() -> Callable[[int, int], None]:
    """Return :func:`add_up_all` compiled: loaded, or compiled, once per process. It lets other threads run."""
    global _loaded  # noqa: PLW0603 - compiled once per process
    with _lock:
        if _loaded is None:
            from simkpi.engine.compiled import native

            _loaded = native.load(cache.kept(_compile, *_SOURCES), "add_up_all", 2)
    return _loaded


def is_loaded() -> bool:
    """Whether this process has the loops at hand."""
    return _loaded is not None


def is_kept() -> bool:
    """Whether they were compiled before."""
    return cache.is_kept(*_SOURCES)


def _compile() -> bytes:
    # what is needed only to compile is imported only then
    from simkpi.engine.compiled.native import machine_code
    from simkpi.engine.compiled.translate import module_text

    return machine_code(module_text(add_up_all), in_lanes=True)
