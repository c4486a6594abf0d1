"""Figures that become surer while somebody looks at them: replications in fixed blocks, until the intervals are narrow enough."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from itertools import pairwise

import polars as pl

from simkpi.experiment.cells import Cell, Subject
from simkpi.experiment.compare import Comparison
from simkpi.experiment.compute import compute
from simkpi.experiment.executors import done_only
from simkpi.experiment.payload import decode
from simkpi.experiment.replicate import replicate
from simkpi.experiment.result import Result
from simkpi.experiment.scores import Scores, Scoring, score_block
from simkpi.experiment.sequential import LOOK_AHEAD, MINIMUM, joined
from simkpi.experiment.tally import is_loaded
from simkpi.experiment.target_days import judged
from simkpi.experiment.verdicts import Verdict
from simkpi.scenario.resolve import Scenario

#: Replications after each block: few at first, so that an answer comes at once; the same for everybody, so that equal
#: scenarios show equal figures at every stage.
STAGES = (2, 4, 6, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 180, 200)
#: Half-width of a share that is narrow enough unless somebody asks for another.
NARROW = 0.01


class Growing:
    """A scenario whose replications are added block by block and kept.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    seed : int or str, optional
        The world. Default: the scenario's.

    Notes
    -----
    Figures after a stage depend on the scenario, the seed and the stage alone, not on who asked before or how far.
    """

    def __init__(self, scenario: Scenario, *, seed: int | str | None = None) -> None:
        self.scenario = scenario
        self.seed = scenario.spec.run.seed if seed is None else seed
        self.subject = Subject(scenario, self.seed, Scoring().watching([scenario]))
        self.engine = ""
        self._blocks: list[Mapping[str, pl.DataFrame]] = []
        self._scores: dict[int, Scores] = {}
        self._verdicts: dict[int, tuple[Verdict, ...]] = {}
        self._widths: dict[int, float] = {}
        self._lock = threading.Lock()

    @property
    def stage(self) -> int:
        """Number of blocks at hand."""
        return len(self._blocks)

    def replications(self, stage: int | None = None) -> int:
        """Replications of a stage; default: of all blocks at hand."""
        stage = self.stage if stage is None else stage
        return STAGES[stage - 1] if stage else 0

    def next_cell(self, stage: int) -> Cell | None:
        """Return the work that leads from the stage before to *stage*; None if it is done already, or another comes first."""
        first, last = (0, *STAGES)[stage - 1 : stage + 1]
        return Cell(self.subject, first, last - first) if stage == self.stage + 1 else None

    def take(self, stage: int, tables: Mapping[str, pl.DataFrame], engine: str) -> None:
        """Keep the tables of a block; one that somebody else brought meanwhile is the same."""
        with self._lock:
            if stage == self.stage + 1:
                self._blocks.append(tables)
                self.engine = engine

    def scores(self, stage: int) -> Scores:
        """Figures after a stage that was reached."""
        found = self._scores.get(stage)
        if found is None:
            found = Scores.merged(self.subject.scoring, self._blocks[:stage], replications=self.replications(stage))
            self._scores = {stage: found}  # of the others only the blocks are kept
        return found

    def verdicts(self, stage: int) -> tuple[Verdict, ...]:
        """Judge the targets after a stage that was reached."""
        if stage not in self._verdicts:
            self._verdicts[stage] = judged(self.scores(stage), self.scenario)
        return self._verdicts[stage]

    def is_narrow(self, stage: int, narrow: float = NARROW) -> bool:
        """Whether shares that matter are known to within *narrow*, and have been so for some replications.

        Those of the targets matter; without targets the service level.

        Notes
        -----
        Source: as :func:`simkpi.experiment.sequential.simulate_until` (a minimum, and looking ahead).
        """
        wide = [number for number in range(1, stage + 1) if self._widest(number) > narrow]
        since = self.replications(max(wide, default=0) + 1) if max(wide, default=0) < stage else None
        return since is not None and self.replications(stage) >= max(MINIMUM, since) + LOOK_AHEAD

    def _widest(self, stage: int) -> float:
        """Widest half-width of the shares that matter after a stage; infinity where one has no interval."""
        if stage not in self._widths:
            shares = [one.half_width for one in self.verdicts(stage) if one.unit == "fraction"]
            if not shares:
                shares = self.scores(stage).pooled().filter(pl.col("kpi") == "service_level")["half_width"].to_list()
            self._widths[stage] = max((math.inf if half is None else half for half in shares), default=math.inf)
        return self._widths[stage]


def grow(growing: Sequence[Growing], stage: int, engine: str = "auto") -> None:
    """Bring scenarios to a stage; those that share their draws draw once.

    Parameters
    ----------
    growing : sequence of Growing
    stage : int
    engine : str
        ``reference`` waits for nothing to be compiled: until the sums of :mod:`simkpi.experiment.tally` are loaded, figures are
        scored from the log. They are the same.

    Raises
    ------
    SimkpiError
        If a scenario can not be simulated.
    """
    for step in range(1, stage + 1):
        work = [(one, cell) for one in dict.fromkeys(growing) if (cell := one.next_cell(step)) is not None]
        if not work:
            continue
        if engine == "reference" and not is_loaded():
            for one, cell in work:
                one.take(step, score_block(_logged(cell), cell.subject.scoring), engine)
            continue
        for (one, _), done in zip(work, done_only(compute([cell for _, cell in work], engine)), strict=True):
            one.take(step, decode(done.payload), done.engine)


def _logged(cell: Cell) -> Result:
    numbers = range(cell.first, cell.first + cell.count)
    scenario, seed = cell.subject.scenario, cell.subject.seed
    return joined(scenario, seed, [replicate(scenario, seed, number, "reference") for number in numbers])


def comparison_at(baseline: Growing, other: Growing, stage: int, *, names: tuple[str, str]) -> Comparison:
    """Compare two scenarios on the replications that both have after a stage."""
    scores = baseline.scores(stage), other.scores(stage)
    pair = baseline.scenario, other.scenario
    return Comparison(names, pair, scores, 0, baseline.seed, baseline.replications(stage), other.engine)


def stages_within(contacts: float, most: float) -> int:
    """Most stages that stay within a budget of contacts, at least the first that shows an interval.

    Examples
    --------
    >>> stages_within(1000.0, 30_000.0), stages_within(1e6, 1e4)
    (8, 1)
    """
    return sum(1 for _, last in pairwise((0, *STAGES)) if last * contacts <= most) or 1
