"""The one entry point of the engines: scenario and demand in, log out."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from simkpi.demand.rows import Demand
from simkpi.engine.plan import Plan, plan
from simkpi.engine.recorder import EngineLog
from simkpi.engine.rules import is_current
from simkpi.errors import InputError
from simkpi.registry import Registry
from simkpi.scenario.resolve import Scenario

if TYPE_CHECKING:
    from simkpi.engine.frames import Frames

#: Engines by name: each gives the equal log for the same plan and demand.
ENGINES: Registry[Callable[[Plan, Demand], EngineLog]] = Registry("engine")


def _reference(numbers: Plan, demand: Demand) -> EngineLog:
    from simkpi.engine.reference.simulation import simulate

    return simulate(numbers, demand)


def _compiled(numbers: Plan, demand: Demand) -> EngineLog:
    from simkpi.engine.compiled.kernel import simulate

    return _with_its_errors(numbers, demand, simulate(numbers, demand))


def _with_its_errors(numbers: Plan, demand: Demand, log: EngineLog) -> EngineLog:
    """Return the compiled engine's log; if an own ranking has failed there, the reference engine says whether here, and where.

    Raises
    ------
    InputError
        If the ranking fails in this replication.
    """
    from simkpi.engine.compiled.ranks import has_failed

    if any(map(has_failed, {*numbers.agent_policy, numbers.contact_policy})):
        _reference(numbers, demand)
    return log


ENGINES.add("reference", _reference, ("simpy",))
ENGINES.add("compiled", _compiled, ("numba",))
#: What ``engine="auto"`` runs, by contacts alone: results name their engine, so the choice must not depend on what a process
#: has loaded or a machine has compiled. SimPy takes for 50,000 contacts as long as loading the compiled engine takes, and for
#: 150,000 as long as compiling it, once in its life (measured: docs/engines.md); this lies between.
WORTH_COMPILED = 100_000


def run(scenario: Scenario, demand: Demand, engine: str = "auto") -> EngineLog:
    """Simulate one replication.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    demand : Demand
        The contacts, drawn for this scenario.
    engine : str
        Name of an engine, or ``auto``; who runs many replications asks :func:`engine_for` once.

    Returns
    -------
    EngineLog

    Raises
    ------
    UnknownName
        If the engine or a routing policy is not known.
    InputError
        If the scenario is not resolved, the demand was drawn for other contact types, or the compiled engine is asked for and
        a policy of the user's own can not be compiled.
    """
    chosen = ENGINES.get(engine_for(scenario, len(demand), engine))
    if demand.contact_types != tuple(scenario.spec.contacts):
        raise InputError(f"demand has the contact types {demand.contact_types}, the scenario {tuple(scenario.spec.contacts)}")
    return chosen(plan_of(scenario), demand)


def engine_for(scenario: Scenario, contacts: float, engine: str = "auto") -> str:
    """Return the name of the engine that runs *contacts* in all: for ``auto``, the compiled one for many contacts.

    Warns
    -----
    UserWarning
        If ``auto`` keeps to the reference engine because a policy of the user's own can not be compiled.
    """
    if engine != "auto":
        return ENGINES.name_of(engine)
    if contacts < WORTH_COMPILED:
        return "reference"
    why = why_not_compiled(scenario)
    if why:
        warnings.warn(f"{why}; running the reference engine instead", stacklevel=2)
    return "reference" if why else "compiled"


def why_not_compiled(scenario: Scenario) -> str:
    """Say why the compiled engine can not run a scenario; empty if it can."""
    from simkpi.engine.compiled.tables import plan_tables

    try:
        plan_tables(plan_of(scenario))
    except InputError as error:
        return str(error)
    return ""


def needs_compiling() -> bool:
    """Whether the compiled engine would first be compiled, which takes some seconds, and then kept for the next time."""
    from simkpi.engine.compiled import cache

    return not is_compiled_loaded() and not cache.is_filled()


def is_compiled_loaded() -> bool:
    """Whether this process has the compiled engine at hand; does not load it."""
    is_ready = getattr(sys.modules.get("simkpi.engine.compiled.kernel"), "is_loaded", None)  # None: another thread imports it now
    return is_ready is not None and bool(is_ready())


def run_many(scenarios: Sequence[Scenario], demand: Demand, engine: str) -> list[EngineLog]:
    """Simulate one replication of several scenarios that meet the same contacts, in one call of the compiled engine.

    Parameters
    ----------
    scenarios : sequence of Scenario
        Resolved; *demand* is the draw of each of them.
    demand : Demand
        The contacts.
    engine : str
        Name of an engine.

    Returns
    -------
    list of EngineLog
        Equal to those of :func:`run`.
    """
    if ENGINES.name_of(engine) != "compiled":
        return [run(scenario, demand, engine) for scenario in scenarios]
    from simkpi.engine.compiled.kernel import simulate_many

    plans = [plan_of(scenario) for scenario in scenarios]
    return [_with_its_errors(numbers, demand, log) for numbers, log in zip(plans, simulate_many(plans, demand), strict=True)]


#: Plans by identity of their scenario, which is kept so that its identity stays taken.
_planned: dict[int, tuple[Scenario, Plan]] = {}
_MOST_PLANNED = 256


def plan_of(scenario: Scenario) -> Plan:
    """Return the scenario's plan; it is kept for the scenario's next replication."""
    known = _planned.get(id(scenario))
    if known is not None and known[0] is scenario and is_current(known[1].agent_policy, known[1].contact_policy):
        return known[1]
    if len(_planned) >= _MOST_PLANNED:
        _planned.clear()
    found = plan(scenario)
    _planned[id(scenario)] = scenario, found
    return found


def frames(scenario: Scenario, demand: Demand, log: EngineLog, replication: int | None = None) -> Frames:
    """Return the log as the tables ``interactions``, ``agent_states`` and ``legs`` (see :mod:`simkpi.engine.frames`)."""
    from simkpi.engine import frames as made

    return made.frames(scenario, demand, log, replication)
