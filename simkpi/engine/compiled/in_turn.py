"""Several plans on the same customers, one after the other in the same memory: for callers who read each log before the next run.

Replication after replication only the addresses of the customers' columns change; what a plan begins with is copied anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import Demand
from simkpi.engine.compiled.demand_columns import REQUIRED, Rows
from simkpi.engine.compiled.jit import address_of
from simkpi.engine.compiled.kernel import VERY_MANY, tables_of
from simkpi.engine.compiled.ranks import OWN
from simkpi.engine.compiled.replication import Replication
from simkpi.engine.compiled.state import EVENTS_FULL, STATE
from simkpi.engine.plan import Plan

#: Place of each field in a state.
PLACE = {name: number for number, name in enumerate(STATE.names or ())}
#: Columns of customers of whom nothing else has to be remembered.
_KNOWN = frozenset({*REQUIRED, "longest_queue"})
#: Bytes that a run takes for each contact and agent, and beside that; runs that need more do not share it.
_PER_CONTACT, _PER_AGENT, _BESIDE = 150, 2_000, 100_000


class InTurn:
    """Runs of several plans.

    Parameters
    ----------
    plans : sequence of Plan
        Plans that :func:`fits` is true of.
    demand : Demand
        Customers whom they meet; later ones may be more, by some.

    Attributes
    ----------
    states : ndarray of int64, shape (n_plans, n_fields)
        The records of the runs (``State``), where they stay; :meth:`meet` makes them ready.
    beginnings : list of (int, ndarray)
        Of each plan: where its memory is, and the words that have to be there before its run.
    """

    def __init__(self, plans: Sequence[Plan], demand: Demand) -> None:
        rows = Rows(demand)
        self._columns = rows.keys()
        self._room = len(demand) + len(demand) // 8 + 1000
        agents = max(plan.n_agents for plan in plans)
        self._bytes = np.empty(self._room * _PER_CONTACT + agents * _PER_AGENT + _BESIDE, np.uint8)
        self._used = 0
        roomy = rows.with_room(self._room, np.empty)
        self._replications: list[Replication] = []
        self.beginnings: list[tuple[int, NDArray[np.int64]]] = []
        for plan in plans:
            self._used = 0
            self._replications.append(Replication(tables_of(plan), roomy, 0, None, self._empty, with_order=True))
            self.beginnings.append(self._replications[-1].beginning())  # before the next one takes the memory
        self._templates = np.stack([replication.state.view(np.int64) for replication in self._replications])
        self.states = self._templates.copy()

    def _empty(self, length: int, kind: Any) -> NDArray[Any]:
        """Return memory that is the same for every plan, as far as there is enough."""
        start, size = self._used, length * np.dtype(kind).itemsize
        if start + size > len(self._bytes):
            return np.empty(length, kind)
        self._used = start + (size + 63) // 64 * 64
        return self._bytes[start : start + size].view(kind)

    def meet(self, demand: Demand) -> Rows | None:
        """Make all runs ready to meet these customers; None if they are unlike the first ones, or many more.

        The columns that are returned have to stay until the runs are over.
        """
        rows = Rows(demand)
        if len(demand) > self._room or rows.keys() != self._columns:
            return None
        self.states[:] = self._templates
        for name, value in {"n_contacts": len(demand), "n_fresh": len(demand), **rows.addresses}.items():
            if name in PLACE:
                self.states[:, PLACE[name]] = value
        return rows

    def log(self, number: int) -> dict[str, int]:
        """Return where the log's columns of a plan's run are."""
        return {name: address_of(column) for name, column in self._replications[number].log.items()}

    def has_failed(self, number: int) -> bool:
        """Whether a run was given up; if it had no room for its events, it is given more the next time."""
        failed = int(self.states[number, PLACE["failed"]])
        if failed == EVENTS_FULL:
            self._replications[number].enlarge()
            self._templates[number] = self._replications[number].state.view(np.int64)
        return failed != 0


def fits(plan: Plan, demand: Demand) -> bool:
    """Whether a plan's runs leave nothing behind but a row a contact, and the agents' states."""
    tables = tables_of(plan)
    is_own = tables.fields["contact_rank"] == OWN or bool((tables.initial["types"]["agent_rank"] == OWN).any())
    return not is_own and demand.duty is None and len(demand) < VERY_MANY and Rows(demand).keys() <= _KNOWN
