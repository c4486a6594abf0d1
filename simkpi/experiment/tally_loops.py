"""What replications add to the standard KPIs, in compiled passes over an engine's arrays: right behind the event loop.

A KPI is made of the sums (:mod:`simkpi.experiment.tally_kpis`); the definitions are those of :mod:`simkpi.kpi.catalogue`, and
tests over all shipped and many generated scenarios hold the figures equal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import cast

from simkpi.engine.compiled import cache
from simkpi.engine.compiled.jit import Instruction, compiled, longs
from simkpi.engine.compiled.llvm import pointer
from simkpi.engine.compiled.state import STATE
from simkpi.experiment.tally_agents import add_agents
from simkpi.experiment.tally_contacts import add_contacts
from simkpi.experiment.tally_records import account_at, job_at
from simkpi.experiment.tally_waits import add_waits

#: Files whose text decides what the loops do.
_SOURCES = tuple(f"experiment/{name}.py" for name in (
    "histograms", "tally_agents", "tally_contacts", "tally_facts", "tally_loops", "tally_records", "tally_sums", "tally_waits",
))  # fmt: skip


#: What there is to do.
ADD_UP, SIMULATE = range(2)
_FAILED = (STATE.names or ()).index("failed")
#: Compiled: call the event loop at an address for the record at another.
_run = cast("Callable[[int, int], int]", Instruction(
    f"inttoptr i64 {{0}} to {pointer('void (i64, i64)')}\ncall void {{a}}(i64 {{1}}, i64 1)"
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


@compiled
def simulate_all(jobs: int, count: int) -> None:
    """Simulate and add up *count* ``Job`` records at that address, one after the other: logs share their memory."""
    for number in range(count):
        job = job_at(jobs, number)
        for word in range(job.words):
            longs(job.memory)[word] = longs(job.beginning)[word]
        _run(job.loop, job.state)
        if longs(job.state)[_FAILED] == 0:
            add_up_all(job.accounts, job.n_accounts)


@compiled
def enter(what: int, first: int, count: int) -> None:
    """Add up ``Account`` records, or simulate and add up ``Job`` records."""
    if what == SIMULATE:
        simulate_all(first, count)
    else:
        add_up_all(first, count)


_lock = threading.Lock()
_loaded: Callable[[int, int, int], None] | None = None


def loops() -> Callable[[int, int, int], None]:
    """Return :func:`enter` compiled: loaded, or compiled, once per process. It lets other threads run."""
    global _loaded  # noqa: PLW0603 - compiled once per process
    with _lock:
        if _loaded is None:
            from simkpi.engine.compiled import native

            _loaded = native.load(cache.kept(_compile, *_SOURCES), "enter", 3)
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

    return machine_code(module_text(enter), in_lanes=True)
