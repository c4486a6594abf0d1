"""The compiled event loop: compiled or loaded once per process, then called for any number of replications at a time."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from simkpi.demand.rows import Demand
from simkpi.engine.compiled.drawing import notice
from simkpi.engine.compiled.entry import entry
from simkpi.engine.compiled.replication import Replication, columns_of
from simkpi.engine.compiled.schedules import Schedules, schedules
from simkpi.engine.compiled.simulation import run
from simkpi.engine.compiled.state import STATE
from simkpi.engine.compiled.tables import PlanTables, plan_tables
from simkpi.engine.plan import Plan, on_duty
from simkpi.engine.recorder import EngineLog

_lock = threading.Lock()
_kernel: Any = None


def _run_all(states: Any) -> None:
    for number in range(len(states)):
        run(states[number])


def kernel() -> Any:
    """Return the compiled loop: a function of an array of ``State`` records that runs one after the other without the lock."""
    global _kernel  # noqa: PLW0603 - compiled once per process
    with _lock:
        if _kernel is None:
            _kernel = entry(_run_all, STATE)
    return _kernel


def is_loaded() -> bool:
    """Whether this process has the engine at hand."""
    return _kernel is not None


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
    rows = columns_of(demand)
    n_fresh = len(demand) if demand.returns is None else demand.returns.n_fresh
    replications = [Replication(_tables(plan), rows, n_fresh, _duty(plan, demand)) for plan in plans]
    _finish(replications)
    notice(len(demand))
    return [replication.engine_log() for replication in replications]


#: Tables by identity of their plan, for the plan's next replication; with the plan, so that the identity stays taken.
_tabled: dict[int, tuple[Plan, PlanTables]] = {}
_MOST_TABLED = 256


def _tables(plan: Plan) -> PlanTables:
    known = _tabled.get(id(plan))
    if known is not None:
        return known[1]
    if len(_tabled) >= _MOST_TABLED:
        _tabled.clear()
    tables = plan_tables(plan)
    _tabled[id(plan)] = plan, tables
    return tables


def _duty(plan: Plan, demand: Demand) -> Schedules | None:
    """Return when agents are on duty if chance has changed it, else None."""
    realised = on_duty(plan, demand)
    return None if realised is plan else schedules(realised)


def _finish(replications: list[Replication]) -> None:
    # copied as plain numbers: NumPy copies records field by field
    states = np.concatenate([replication.state.view(np.int64) for replication in replications])
    kernel()(states.view(STATE))
    for replication, state in zip(replications, states.reshape(len(replications), -1), strict=True):
        replication.state.view(np.int64)[:] = state
    paused = [replication for replication in replications if replication.is_paused]
    for replication in paused:
        replication.enlarge()
    if paused:
        _finish(paused)
