"""Drawing by compiled code, in the place of the NumPy code that defines it (see :mod:`simkpi.demand.fused`)."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.fused import Key, draw_by
from simkpi.demand.laws import LONGEST
from simkpi.demand.steps import Steps
from simkpi.engine.compiled.draws import BLOCK, DRAW, FIELD, PACK, UNPACK, draw_all
from simkpi.engine.compiled.entry import entry
from simkpi.engine.compiled.jit import address_of
from simkpi.units import TICKS_PER_SECOND

_FIELDS = DRAW.names or ()
_lock = threading.Lock()
_loaded: Drawing | None = None


class Drawing:
    """Draws by compiled functions that let other threads run."""

    def __init__(self) -> None:
        self._draw_all = entry(draw_all, DRAW)

    def uniforms(self, key: Key, customers: NDArray[np.uint64], attempt: int) -> NDArray[np.float64]:
        """Return the uniform numbers of *customers*."""
        customers, floats = np.ascontiguousarray(customers), np.empty(len(customers))
        places = {"customers": address_of(customers), "floats": address_of(floats)}
        self._run(even=key[0], odd=key[1], attempt=attempt, n=len(customers), **places)
        return floats

    def ticks(
        self, key: Key, customers: NDArray[np.uint64], attempt: int, steps: Steps, at_most: float
    ) -> NDArray[np.int64] | None:
        """Return durations by a law; None if one may be longer than is allowed."""
        customers = np.ascontiguousarray(customers)
        whose = {"even": key[0], "odd": key[1], "attempt": attempt, "customers": address_of(customers)}
        return self._ticks(len(customers), steps, at_most, whose)

    def ticks_at(self, u: NDArray[np.float64], steps: Steps, at_most: float) -> NDArray[np.int64] | None:
        """Return the durations at given uniform numbers; None as above."""
        u = np.ascontiguousarray(u, np.float64)
        return self._ticks(len(u), steps, at_most, {"given": address_of(u)})

    def numbers_at(self, u: NDArray[np.float64], steps: Steps) -> NDArray[np.float64]:
        """Return the numbers that *steps* make of *u*, not rounded: what a comparison to the last bit needs."""
        numbers = np.array(u, np.float64)
        self._law(len(u), steps, math.inf, {"given": address_of(numbers), "floats": address_of(numbers)})
        return numbers

    def _ticks(self, n: int, steps: Steps, at_most: float, whose: dict[str, int]) -> NDArray[np.int64] | None:
        ticks = np.empty(n, np.int64)
        done = self._law(n, steps, at_most, whose | {"ticks": address_of(ticks)})
        return ticks if done["longest"] < LONGEST * TICKS_PER_SECOND else None

    def _law(self, n: int, steps: Steps, at_most: float, places: dict[str, int]) -> Any:
        numbers = np.append(steps.numbers, min(at_most, 2 * LONGEST))
        given = {"codes": steps.codes, "numbers": numbers, "scratch": np.empty(2 * BLOCK)}
        given |= {"knots": steps.tables[0], "slopes": steps.tables[1]}
        addresses = {name: address_of(array) for name, array in given.items()}
        return self._run(n=n, n_steps=len(steps.codes), **addresses, **places)

    def _run(self, **fields: int) -> Any:
        draw = np.array([fields.get(name, 0) for name in _FIELDS], np.int64).view(DRAW)
        self._draw_all(draw)
        return draw[0]

    def points(
        self, keys: tuple[Key, Key], ceiling: NDArray[np.float64], rate: NDArray[np.float64], start: int, interval: int
    ) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.float64]]:
        """Return the points of the field under *rate*: identity, moment, level."""
        (even, odd), (time_even, time_odd) = keys
        cells = np.flatnonzero(ceiling > 0)
        given = {"cells": cells, "ceilings": ceiling[cells], "rates": np.ascontiguousarray(rate)}
        given |= {"scratch": np.empty(2 * BLOCK), "identities": np.empty(BLOCK, np.int64)}
        numbers = {"what": FIELD, "even": even, "odd": odd, "time_even": time_even, "time_odd": time_odd, "n": len(cells)}
        numbers |= {"n_columns": rate.shape[1], "start": start, "interval": interval}
        numbers |= {name: address_of(array) for name, array in given.items()}
        expected = float(ceiling.sum())
        room = int(expected + 8 * math.sqrt(expected)) + 64
        while True:
            found = np.empty(room, np.uint64), np.empty(room, np.int64), np.empty(room)
            columns = dict(zip(("customers", "ticks", "levels"), map(address_of, found), strict=True))
            done = self._run(**numbers, **columns, room=room)
            if not done["failed"]:
                n_points = int(done["found"])
                return found[0][:n_points], found[1][:n_points], found[2][:n_points]
            room *= 2

    def by_arrival(
        self, customers: NDArray[np.uint64], arrived: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint64], NDArray[np.int64]] | None:
        """Put points of the field in order of arrival, in their place; None if they are none, and left as they are."""
        if not (customers.flags.c_contiguous and arrived.flags.c_contiguous):
            return None
        keys = np.empty(len(customers), np.int64)
        places = {"customers": address_of(customers), "ticks": address_of(arrived), "keys": address_of(keys)}
        if self._run(what=PACK, n=len(keys), **places)["failed"]:
            return None
        keys.sort()
        self._run(what=UNPACK, n=len(keys), **places)
        return customers, arrived


def draw_compiled() -> None:
    """Compile or load the drawing, and draw by it from now on."""
    global _loaded  # noqa: PLW0603 - compiled once per process
    with _lock:
        if _loaded is None:
            _loaded = Drawing()
        draw_by(_loaded)
