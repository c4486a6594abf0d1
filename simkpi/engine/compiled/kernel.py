"""The compiled event loop: compiled or loaded once per process, then called for any number of replications at a time."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from simkpi.demand.rows import Demand
from simkpi.engine.compiled import cache, native
from simkpi.engine.compiled.demand_columns import Rows
from simkpi.engine.compiled.jit import address_of
from simkpi.engine.compiled.replication import Replication
from simkpi.engine.compiled.schedules import Schedules, schedules
from simkpi.engine.compiled.tables import PlanTables, plan_tables
from simkpi.engine.compiled.worth import notice
from simkpi.engine.plan import Plan, on_duty
from simkpi.engine.recorder import EngineLog

#: Contacts from which on memory matters more than the moments in which a run pauses to give some back.
VERY_MANY = 2_000_000
_lock = threading.Lock()
_kernel: Callable[[int, int], None] | None = None


def kernel() -> Callable[[int, int], None]:
    """Return the compiled loop: a function of the address of ``State`` records and their number.

    It runs one after the other, without the interpreter's lock.
    """
    global _kernel  # noqa: PLW0603 - compiled once per process
    with _lock:
        if _kernel is None:
            _kernel = native.load(cache.kept(_compile), "run_all", 2)
    return _kernel


def kernel_address() -> int:
    """Return where the compiled loop is, for other compiled code to call it."""
    return ctypes.cast(cast("Any", kernel()), ctypes.c_void_p).value or 0


def is_loaded() -> bool:
    """Whether this process has the engine at hand."""
    return _kernel is not None


def _compile() -> bytes:
    # what is needed only to compile is imported only then
    from simkpi.engine.compiled.simulation import run_all
    from simkpi.engine.compiled.translate import module_text

    return native.machine_code(module_text(run_all))


def simulate(plan: Plan, demand: Demand) -> EngineLog:
    """Run the compiled engine on *demand*.

    Raises
    ------
    InputError
        If a policy is a user's own function that can not be compiled, or an event lies too far ahead for its key: the more
        contacts, the sooner (one year for 16 million).
    """
    return simulate_many([plan], demand)[0]


def simulate_many(plans: list[Plan], demand: Demand) -> list[EngineLog]:
    """Run several plans on the same customers, in one call that lets other threads run; logs in the order of *plans*.

    Raises
    ------
    InputError
        As :func:`simulate`.
    """
    rows = Rows(demand)
    if len(plans) == 1 and len(demand) >= VERY_MANY:
        return [_simulate_large(plans[0], demand, rows)]
    n_fresh = len(demand) if demand.returns is None else demand.returns.n_fresh
    replications = [Replication(tables_of(plan), rows, n_fresh, duty_of(plan, demand)) for plan in plans]
    finish(replications)
    notice(len(demand))
    return [replication.engine_log() for replication in replications]


def _simulate_large(plan: Plan, demand: Demand, rows: Rows) -> EngineLog:
    """Run very many contacts with as little memory as may be."""
    from simkpi.engine.compiled import chunks, paged

    n_fresh = len(demand) if demand.returns is None else demand.returns.n_fresh
    replication = Replication(tables_of(plan), rows, n_fresh, duty_of(plan, demand), paged.reserve)
    if chunks.can_forget(plan, rows):
        chunks.finish_forgetting(replication, rows)
    else:
        finish([replication])
    notice(len(demand))
    return replication.engine_log()


#: Tables by identity of their plan, for the plan's next replication; with the plan, so that the identity stays taken.
_tabled: dict[int, tuple[Plan, PlanTables]] = {}
_MOST_TABLED = 256


def tables_of(plan: Plan) -> PlanTables:
    """Return the plan's tables; they are kept for its next replication."""
    known = _tabled.get(id(plan))
    if known is not None:
        return known[1]
    if len(_tabled) >= _MOST_TABLED:
        _tabled.clear()
    tables = plan_tables(plan)
    _tabled[id(plan)] = plan, tables
    return tables


def duty_of(plan: Plan, demand: Demand) -> Schedules | None:
    """Return when agents are on duty if chance has changed it, else None."""
    realised = on_duty(plan, demand)
    return None if realised is plan else schedules(realised)


def finish(replications: list[Replication]) -> None:
    """Run replications to their end, or where they are to pause."""
    # copied as plain numbers: NumPy copies records field by field
    states = np.concatenate([replication.state.view(np.int64) for replication in replications])
    kernel()(address_of(states), len(replications))
    for replication, state in zip(replications, states.reshape(len(replications), -1), strict=True):
        replication.state.view(np.int64)[:] = state
    paused = [replication for replication in replications if replication.is_paused]
    for replication in paused:
        replication.enlarge()
    if paused:
        finish(paused)
