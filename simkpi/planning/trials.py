"""Many variants of one scenario on the same customers: demand is drawn once and only what changed is run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import polars as pl

from simkpi.demand.draws import draw
from simkpi.demand.duty import is_random
from simkpi.demand.rows import Demand
from simkpi.engine.run import engine_for, frames, plan_of, run
from simkpi.experiment.compute import in_turn
from simkpi.experiment.confidence import Estimate, ratio_interval
from simkpi.experiment.result import Result, definitions_of, together
from simkpi.experiment.scores import TARGETS, Scoring, Watched
from simkpi.experiment.tally import Tally
from simkpi.scenario.crews import differs_in_resolution
from simkpi.scenario.resolve import Scenario


class Trials:
    """A fixed set of worlds, in which any number of variants are simulated.

    Parameters
    ----------
    seed : int or str
        Names the worlds.
    replications : int
        How many worlds.
    first : int
        Number of the first world: worlds of different numbers are independent.
    engine : str
        Engine, or ``auto``.
    runs : int
        About how many variants will be run: decides which engine is worth loading.
    tell : callable, optional
        Called with the number of replications simulated so far.
    """

    def __init__(
        self,
        *,
        seed: int | str,
        replications: int,
        first: int = 0,
        engine: str = "auto",
        runs: int = 1,
        tell: Callable[[int], None] | None = None,
    ) -> None:
        self.seed = seed
        self.replications = replications
        self.first = first
        self.engine = engine
        self.runs = runs
        self.tell = tell
        self.simulated = 0
        #: Engine that ran last.
        self.used = engine
        self._brought: tuple[object, ...] = ()
        self._demands: dict[int, Demand] = {}

    def run(self, scenario: Scenario) -> Result:
        """Simulate *scenario* in every world; equal to :func:`simkpi.simulate` of the same seed if *first* is 0."""
        parts, engine = [], self.engine
        for number, demand, engine in self._worlds(scenario):
            parts.append(frames(scenario, demand, run(scenario, demand, engine=engine), number))
            self._count()
        return Result(
            scenario,
            seed=self.seed,
            replications=self.replications,
            engine=engine,
            interactions=pl.concat([part.interactions for part in parts]),
            agent_states=pl.concat([part.agent_states for part in parts]),
            legs=pl.concat([part.legs for part in parts]),
            companions=together(part.companions for part in parts),
        )

    def _worlds(self, scenario: Scenario) -> Iterator[tuple[int, Demand, str]]:
        """Yield the number, the demand and the engine of every world; demand is drawn again only if what is drawn changed."""
        staff = (scenario.spec.teams,) if is_random(scenario.spec) else ()
        spec = scenario.spec
        brought = (spec.contacts, spec.bots, spec.calendar, differs_in_resolution(spec), *staff)
        if brought != self._brought:
            self._brought, self._demands = brought, {}
        engine = self.engine
        for number in range(self.replications):
            demand = self._demands.get(number)
            if demand is None:
                demand = self._demands[number] = draw(scenario, seed=self.seed, replication=self.first + number)
            if number == 0:
                engine = engine_for(scenario, len(demand) * self.replications * self.runs, self.engine)
            self.used = engine
            yield number, demand, engine

    def _count(self) -> None:
        self.simulated += 1
        if self.tell is not None:
            self.tell(self.simulated)

    def figures(
        self, scenario: Scenario, watched: Sequence[Watched], *, confidence: float
    ) -> tuple[tuple[Estimate, float], ...] | None:
        """Return what targets are about, straight from the engine's arrays: as :meth:`run` and scoring, but some times quicker.

        Parameters
        ----------
        scenario : Scenario
        watched : sequence of (contact type, channel or ``all``; KPI; threshold or None)
        confidence : float, fraction

        Returns
        -------
        tuple of (Estimate, what was counted below the line), or None
            None if the scenario or a KPI needs the tables.
        """
        tally = Tally.of(scenario, plan_of(scenario), Scoring(("offered",), watched=tuple(watched)), definitions_of(scenario))
        if tally is None:
            return None
        begun, runs = self.simulated, None
        for number, demand, engine in self._worlds(scenario):
            runs = in_turn({"": tally}, demand, engine) if runs is None else runs
            is_in = runs is not None and bool(runs.add(number, demand))
            if not is_in and not tally.add(number, demand, run(scenario, demand, engine=engine)):
                self.simulated = begun
                return None
            self._count()
        table = tally.tables()[TARGETS]
        found = []
        for number in range(len(watched)):
            rows = table.filter(pl.col("target") == number).sort("replication")
            if rows["denominator"].null_count():
                return None
            above, below = rows["numerator"].to_numpy(), rows["denominator"].to_numpy()
            found.append((ratio_interval(above, below, confidence=confidence), float(below.sum())))
        return tuple(found)
