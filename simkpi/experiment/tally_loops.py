"""What one replication adds to the standard KPIs, in compiled passes over an engine's arrays: right behind the event loop.

A KPI is made of the sums (:mod:`simkpi.experiment.tally_kpis`); the definitions are those of :mod:`simkpi.kpi.catalogue`, and
tests over all shipped and many generated scenarios hold the figures equal.
"""

from __future__ import annotations

import threading
from typing import Any

from numba import boolean, float64, int8, int16, int32, int64, njit, types

from simkpi.engine.compiled import cache
from simkpi.engine.compiled.entry import kept
from simkpi.experiment.tally_agents import add_agents
from simkpi.experiment.tally_contacts import add_contacts
from simkpi.experiment.tally_jit import UNCOUNTED
from simkpi.experiment.tally_rows import Contacts, Crew, Limits, Room, Stays
from simkpi.experiment.tally_waits import add_waits

#: Files whose text decides what the loops do.
_SOURCES = tuple(f"experiment/{name}.py" for name in (
    "histograms", "tally_agents", "tally_contacts", "tally_jit", "tally_loops", "tally_rows", "tally_sums", "tally_waits",
))  # fmt: skip


def _add_up(columns: Any, crew: Any, limits: Any, wants: Any, room: Any) -> Any:
    """Add one replication to the room's sums; return stretches of agent time, rows of its histograms that were filled, and waits.

    *columns*: of contacts and stays; *wants*: which percentile of the waits, negative = none; whether agent time.
    """
    # given as plain tuples, whose types numba tells a hundred times as fast
    rows, stays, crew, limits, room = Contacts(*columns[0]), Stays(*columns[1]), Crew(*crew), Limits(*limits), Room(*room)
    level, of_agents = wants
    n_waits = add_contacts(rows, crew, limits, room)
    n_whole, n_parts, n_stretches = 0, 0, 0
    if level >= 0:
        n_whole, n_parts = add_waits(room, n_waits, level)
    if of_agents:
        n_stretches = add_agents(rows, stays, crew.slots, limits, room)
    return n_stretches, n_whole, n_parts, n_waits


def _columns(*numbers: Any) -> Any:
    return types.Tuple([types.Array(number, 1, "C") for number in numbers])


_TABLE = types.Array(int64, 2, "C")
_SIGNATURE = (
    types.Tuple([
        _columns(
            int64, int16, int64, int64, int64, int16, int64, int8, boolean, int64, int64, int64, int64, int32, int16, int8
        ),
        _columns(int32, int8, int64, int64),
    ]),
    types.Tuple([_TABLE, *_columns(boolean, int64, boolean)]),
    types.UniTuple(int64, len(Limits._fields)),
    types.Tuple([float64, boolean]),
    types.Tuple([*_columns(*[int64] * 7), _TABLE, _TABLE, _TABLE, types.Array(float64, 1, "C")]),
)  # fmt: skip
_lock = threading.Lock()
_loaded: Any = None


def add_up() -> Any:
    """Return :func:`_add_up` compiled: loaded, or compiled, once per process."""
    global _loaded  # noqa: PLW0603 - compiled once per process
    with _lock:
        if _loaded is None:
            _loaded = kept(njit(**UNCOUNTED)(_add_up), _SIGNATURE, cache.folder(*_SOURCES))
    return _loaded


def is_loaded() -> bool:
    """Whether this process has the loops at hand."""
    return _loaded is not None
