"""Intervals and differences of a sweep's variants, worked out while others are still simulated: from tables not yet forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simkpi.experiment.cells import Done
from simkpi.experiment.differences import beside
from simkpi.experiment.payload import read
from simkpi.experiment.payload_columns import Columns
from simkpi.experiment.plan import Plan
from simkpi.experiment.scores import Scores
from simkpi.experiment.store import Kept
from simkpi.experiment.sweep_result import Worked, met_targets, names_of

#: Cells whose tables are kept while their variant is not complete, a megabyte or two each; others are read from their bytes.
MOST_TABLES = 64


class Wake:
    """What each variant adds to a sweep's tables, as soon as it is complete: the same as from the store, without reading it.

    Parameters
    ----------
    plan : Plan
        The sweep.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._places: dict[str, list[int]] = {}
        for place, cells in enumerate(plan.cells):
            for cell in cells:
                self._places.setdefault(cell.key, []).append(place)
        self._tables: dict[str, Mapping[str, Columns]] = {}
        self._waiting: dict[int, None] = {}
        self._base: Scores | None = None
        #: By place; empty until the first variant is complete, beside which the others stand.
        self.found: dict[int, Worked] = {}

    def take(self, done: Iterable[Done], there: Mapping[str, Kept]) -> None:
        """Take in cells that have just been computed.

        Parameters
        ----------
        done : iterable of Done
        there : mapping of str to Kept
            All finished cells, these among them.
        """
        for one in done:
            if one.tables is not None:
                self._tables[one.key] = one.tables
            self._waiting |= {place: None for place in self._places[one.key] if place not in self.found}
        complete = [place for place in sorted(self._waiting) if all(cell.key in there for cell in self._plan.cells[place])]
        if complete and self._base is None and all(cell.key in there for cell in self._plan.cells[0]):
            self._base = self._scores(0, there)
        for place in complete if self._base is not None else ():
            self.found[place] = self._worked(place, there)
            del self._waiting[place]
        while len(self._tables) > MOST_TABLES:
            del self._tables[next(iter(self._tables))]

    def _worked(self, place: int, there: Mapping[str, Kept]) -> Worked:
        plan, is_first = self._plan, place == 0
        scores = self._base if is_first and self._base is not None else self._scores(place, there)
        rows = beside(scores, names_of(plan), None if is_first else self._base, confidence=plan.confidence)
        has_targets = plan.subjects[place].scoring.watched and plan.subjects[place].scenario.spec.targets
        met = met_targets(plan, place, scores) if has_targets else None
        for cell in plan.cells[place]:
            if all(other == place or other in self.found for other in self._places[cell.key]):
                self._tables.pop(cell.key, None)
        return Worked(rows, met)

    def _scores(self, place: int, there: Mapping[str, Kept]) -> Scores:
        """Put the blocks of a variant together."""
        keys = [cell.key for cell in self._plan.cells[place]]
        blocks = [self._tables[key] if key in self._tables else read(there[key].payload) for key in keys]
        return Scores.of_columns(self._plan.subjects[place].scoring, blocks, replications=self._plan.replications)
