"""The cheapest set of shifts that covers a need, as an integer program; further conditions come as cuts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from simkpi.errors import InputError
from simkpi.planning.head_counts import Cell, Counts
from simkpi.planning.shift_library import Library, Pattern
from simkpi.units import DAY

Floats = NDArray[np.float64]
#: Nodes that one program may look at; what is found by then is used, with its gap. Not seconds: the answer shall not depend
#: on the machine.
NODE_LIMIT = 200


@dataclass(frozen=True)
class Roster:
    """Shifts chosen.

    Parameters
    ----------
    numbers : ndarray of int, shape (n_patterns,)
        How often each pattern is worked.
    counts : ndarray of int, shape (n_cells,)
        Agents on duty.
    hours : float
        Paid hours, weighted by pay: what is minimised.
    bound : float
        No set of shifts that fulfils the same conditions takes fewer hours.
    """

    numbers: NDArray[np.int64]
    counts: Counts
    hours: float
    bound: float


@dataclass
class Program:
    """An integer program over shift patterns.

    Parameters
    ----------
    library : Library
    patterns : sequence of Pattern
    cells : sequence of Cell
        Steps of the duty grid that are planned, by team and day.
    """

    library: Library
    patterns: Sequence[Pattern]
    cells: Sequence[Cell]
    cuts: list[tuple[Floats, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        by_day: dict[tuple[str, int], list[tuple[int, Cell]]] = {}
        for index, cell in enumerate(self.cells):
            by_day.setdefault((cell.team, cell.day), []).append((index, cell))
        rows, columns = [], []
        for number, pattern in enumerate(self.patterns):
            for day in (pattern.day, pattern.day + 1):  # a night shift goes on the next day
                late = (day - pattern.day) * DAY
                for index, cell in by_day.get((pattern.team, day), []):
                    if pattern.duty[round((cell.start + late) / cell.length)]:
                        rows.append(index)
                        columns.append(number)
        shape = (len(self.cells), len(self.patterns))
        self.cover = coo_array((np.ones(len(rows)), (rows, columns)), shape=shape).tocsr()

    def counts(self, numbers: NDArray[np.int64]) -> Counts:
        """Agents on duty per cell."""
        return np.asarray(np.rint(self.cover @ numbers), dtype=np.int64)

    def hours(self, numbers: NDArray[np.int64]) -> float:
        """Paid hours, weighted by pay."""
        return float(sum(pattern.hours * int(n) for pattern, n in zip(self.patterns, numbers, strict=True)))

    def add_cut(self, weights: Floats, at_least: float) -> None:
        """Ask that the agents on duty, weighted, reach a sum."""
        self.cuts.append((weights, at_least))

    def solve(self, floor: Counts) -> Roster:
        """Choose the cheapest shifts with at least *floor* agents on duty that fulfil all cuts and limits.

        Raises
        ------
        InputError
            If no set of shifts does.

        Notes
        -----
        Minimise the paid hours subject to A x >= floor, x whole: G. B. Dantzig, A comment on Edie's traffic delays at toll
        booths, Operations Research 2, 1954. Solved by HiGHS (branch and cut) through :func:`scipy.optimize.milp`.
        """
        people = self._people()
        n = len(self.patterns) + len(people)
        cost = np.array([pattern.hours for pattern in self.patterns] + [1e-6] * len(people))
        constraints = [LinearConstraint(_wide(self.cover, n), lb=floor.astype(float))]
        for weights, at_least in self.cuts:
            row = np.concatenate([weights @ self.cover, np.zeros(len(people))])
            constraints.append(LinearConstraint(row[None, :], lb=at_least))
        constraints += self._limits(people, n)
        upper = np.full(n, np.inf)
        for place, name in enumerate(people):
            limit = self.library.shifts[name].people
            upper[len(self.patterns) + place] = np.inf if limit is None else limit
        found = milp(
            cost,
            constraints=constraints,
            integrality=np.ones(n),
            bounds=Bounds(0, upper),
            options={"node_limit": NODE_LIMIT, "mip_rel_gap": 3e-3},
        )
        if found.x is None:
            raise InputError(self._why_not(floor))
        numbers = np.rint(found.x[: len(self.patterns)]).astype(np.int64)
        bound = getattr(found, "mip_dual_bound", None)
        hours = self.hours(numbers)
        return Roster(numbers, self.counts(numbers), hours, hours if bound is None else min(hours, float(bound)))

    def _people(self) -> list[str]:
        """Shifts whose people are counted: those with a limit on people or on days a week."""
        return [name for name, shift in self.library.shifts.items() if shift.people is not None or shift.days_a_week is not None]

    def _limits(self, people: list[str], n: int) -> list[LinearConstraint]:
        found = []
        days = sorted({pattern.day for pattern in self.patterns})
        for name, shift in self.library.shifts.items():
            on = {day: np.array([p.shift == name and p.day == day for p in self.patterns], dtype=float) for day in days}
            for day in days:
                row = np.zeros(n)
                row[: len(self.patterns)] = on[day]
                if shift.at_most is not None:
                    found.append(LinearConstraint(row[None, :], ub=shift.at_most))
                if name in people:
                    each = row.copy()
                    each[len(self.patterns) + people.index(name)] = -1
                    found.append(LinearConstraint(each[None, :], ub=0))
            if shift.days_a_week is not None:
                found += self._weeks(shift.days_a_week, len(self.patterns) + people.index(name), on, n)
        return found

    def _weeks(self, most: int, person: int, on: dict[int, Floats], n: int) -> list[LinearConstraint]:
        """Shifts of any seven days in a row: at most *most* for each person.

        Daily numbers of at most the people, adding up to at most *most* times the people, can always be dealt out in turn.
        """
        found = []
        for first in range(0, max(on) + 1, 7):
            row = np.zeros(n)
            row[: len(self.patterns)] = sum((on[day] for day in on if first <= day < first + 7), np.zeros(len(self.patterns)))
            row[person] = -most
            found.append(LinearConstraint(row[None, :], ub=0))
        return found

    def _why_not(self, floor: Counts) -> str:
        reach = np.asarray(self.cover.sum(axis=1)).ravel()
        bare = [cell for cell, need, may in zip(self.cells, floor, reach, strict=True) if need > 0 and may == 0]
        if bare:
            return f"shifts: no shift of the library covers {bare[0].team} at {bare[0].clock}; widen the starts or add a shift"
        return (
            "shifts: no set of shifts within the library's limits (at_most, people, days_a_week) covers the need; relax a limit"
        )


def _wide(cover: object, n: int) -> object:
    """*cover* with empty columns up to *n*."""
    table = cover.tocoo()  # type: ignore[attr-defined]
    return coo_array((table.data, (table.row, table.col)), shape=(table.shape[0], n)).tocsr()


def whole(value: float) -> int:
    """Round up, but for what is whole within rounding error."""
    return math.ceil(value - 1e-9)
