"""Many variants of one scenario on the same customers: demand is drawn once and only what changed is run again."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.run import engine_for, frames, run
from simkpi.experiment.result import Result, together
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
        self._brought: tuple[object, ...] = ()
        self._demands: dict[int, Demand] = {}

    def run(self, scenario: Scenario) -> Result:
        """Simulate *scenario* in every world; equal to :func:`simkpi.simulate` of the same seed if *first* is 0."""
        brought = (scenario.spec.contacts, scenario.spec.bots, scenario.spec.calendar)
        if brought != self._brought:
            self._brought, self._demands = brought, {}
        parts, engine = [], self.engine
        for number in range(self.replications):
            demand = self._demands.get(number)
            if demand is None:
                demand = self._demands[number] = draw(scenario, seed=self.seed, replication=self.first + number)
            if number == 0:
                engine = engine_for(scenario, len(demand) * self.replications * self.runs, self.engine)
            log = run(scenario, demand, engine=engine)
            parts.append(frames(scenario, demand, log, number))
            self.simulated += 1
            if self.tell is not None:
                self.tell(self.simulated)
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
