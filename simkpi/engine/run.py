"""The one entry point of the engines: scenario and demand in, log out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simkpi.demand.rows import Demand
from simkpi.engine.plan import Plan, plan
from simkpi.engine.recorder import EngineLog
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

    return simulate(numbers, demand)


ENGINES.add("reference", _reference, ("simpy",))
ENGINES.add("compiled", _compiled, ("numba",))
#: What ``engine="auto"`` runs.
AUTO = "reference"


def run(scenario: Scenario, demand: Demand, engine: str = "auto") -> EngineLog:
    """Simulate one replication.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    demand : Demand
        The contacts, drawn for this scenario.
    engine : str
        Name of an engine, or ``auto``.

    Returns
    -------
    EngineLog

    Raises
    ------
    UnknownName
        If the engine or a routing policy is not known.
    InputError
        If the scenario is not resolved or the demand was drawn for other contact types.
    """
    chosen = ENGINES.get(AUTO if engine == "auto" else engine)
    if demand.contact_types != tuple(scenario.spec.contacts):
        raise InputError(f"demand has the contact types {demand.contact_types}, the scenario {tuple(scenario.spec.contacts)}")
    return chosen(plan(scenario), demand)


def frames(scenario: Scenario, demand: Demand, log: EngineLog, replication: int | None = None) -> Frames:
    """Return the log as the tables ``interactions``, ``agent_states`` and ``legs`` (see :mod:`simkpi.engine.frames`)."""
    from simkpi.engine import frames as made

    return made.frames(scenario, demand, log, replication)
