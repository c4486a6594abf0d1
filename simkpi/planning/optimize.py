"""The cheapest mix of teams, skills and bot settings that meets every target, with a stated probability of being right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from simkpi.errors import InputError, SimkpiError
from simkpi.experiment.cells import Cell, Done, Subject
from simkpi.experiment.compute import batches, engine_of
from simkpi.experiment.confidence import Estimate, ratio_interval
from simkpi.experiment.executors import outcomes
from simkpi.experiment.overrides import Changes, Values, variants
from simkpi.experiment.payload import decode
from simkpi.experiment.scores import TARGETS, WHOLE
from simkpi.experiment.store import Store
from simkpi.experiment.sweep_run import SweepFolder
from simkpi.planning.goals import Goal, goals_of, refuse_certain
from simkpi.planning.optimize_candidates import Candidate, candidates_of, ruled_out, scoring_of, zone_of
from simkpi.planning.selection import Floats, Rows, Selection, System, select
from simkpi.scenario.resolve import Scenario

#: Replications of a step after the first stage.
BLOCK = 10
#: Settings that may be asked for.
MOST = 20_000
#: Part of the expected bot cost by which the simulated one may differ (returns meet the bot again).
BOT_COST_MARGIN = 0.25


@dataclass(frozen=True)
class Optimum:
    """The answer of :func:`optimize`.

    Parameters
    ----------
    scenario : Scenario
        Before any change.
    goals : tuple of Goal
    zones : tuple of float
        Indifference zone of each goal, in its unit.
    price_zone, alpha
        Of the guarantee.
    candidates : tuple of Candidate
        All that were asked for.
    screened : dict
        Number of the candidate -> why the formulas rule it out.
    kept : tuple of Candidate
        Those that the selection was about, in its order.
    selection : Selection
    figures : dict
        Number of the candidate -> figure of each goal, for those that were simulated.
    seed, engine
        How it was simulated.
    computed : int
        Replications simulated now; the others were stored already.
    """

    scenario: Scenario
    goals: tuple[Goal, ...]
    zones: tuple[float, ...]
    price_zone: float
    alpha: float
    candidates: tuple[Candidate, ...]
    screened: dict[int, str]
    kept: tuple[Candidate, ...]
    selection: Selection
    figures: dict[int, tuple[Estimate, ...]]
    seed: int | str
    engine: str
    computed: int

    @property
    def best(self) -> Candidate | None:
        """The cheapest setting that meets every goal."""
        return None if self.selection.best is None else self.kept[self.selection.best.number]

    def system(self, candidate: Candidate) -> System | None:
        """Return what the selection knows of a candidate; None if it was screened out."""
        place = next((place for place, one in enumerate(self.kept) if one.number == candidate.number), None)
        return None if place is None else self.selection.systems[place]


def optimize(
    scenario: Scenario,
    vary: Mapping[str, str | Values] | None = None,
    *,
    design: str | Path | Sequence[Changes] = "grid",
    goals: Sequence[Goal] | None = None,
    alpha: float = 0.05,
    zone: float = 0.02,
    price_zone: float | None = None,
    budget: int = 10_000,
    seed: int | str | None = None,
    engine: str = "auto",
    executor: Executor | None = None,
    jobs: int = 1,
    out: str | Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> Optimum:
    """Find the cheapest setting that meets every target.

    Parameters
    ----------
    scenario : Scenario
    vary, design
        The settings, as for :func:`simkpi.sweep`.
    goals : sequence of Goal, optional
        Default: the scenario's targets.
    alpha : float, fraction
        Probability, at most, of a wrong selection.
    zone : float, fraction
        Indifference zone: of goals that are shares in points; of others five times that part of the goal.
    price_zone : float, optional
        Difference in cost that is not worth an effort. Default: 1 % of the cheapest setting's cost.
    budget : int
        Replications in all.
    seed, engine, executor, jobs
        As for :func:`simkpi.sweep`.
    out : path, optional
        Folder whose store keeps what was simulated: the same search goes on where it ended.
    progress : callable, optional
        Called with the number of replications so far.

    Returns
    -------
    Optimum

    Raises
    ------
    InputError
        If there is nothing to choose from, a goal can not be promised, or the formulas rule out every setting.
    ScenarioError
        With what is wrong with the settings.

    Notes
    -----
    Ratios of sums are judged by ``numerator - goal * denominator``, whose mean over the replications is at least zero exactly if
    the pooled figure meets the goal; others by the mean of the daily figures. See :func:`simkpi.planning.selection.select` for
    the procedure and its guarantee, :func:`simkpi.planning.optimize_candidates.ruled_out` for the screening.
    """
    wanted = tuple(goals) if goals else goals_of(scenario)
    refuse_certain(wanted)
    if not 0 < alpha < 0.5 or not 0 < zone < 0.5:
        raise InputError(f"alpha and zone must lie between 0 and 50%, got {alpha:g} and {zone:g}")
    changes = variants(vary or {}, design=design, seed=scenario.spec.run.seed, refuse=_refuse)
    if len(changes) < 2:
        raise InputError("nothing to choose from: name a field and at least two values, e.g. teams.phone.count=8:14:1")
    candidates = candidates_of(scenario, changes)
    screened = {one.number: why for one in candidates if (why := ruled_out(one, wanted))}
    kept = tuple(one for one in candidates if one.number not in screened)
    if not kept:
        raise InputError(f"unreachable: the formulas rule out all {len(candidates)} settings; {_nearest(candidates, screened)}")
    zones = tuple(zone_of(goal, zone) for goal in wanted)
    cheapest = min(one.expected for one in kept)
    price_zone = 0.01 * cheapest if price_zone is None else price_zone
    varies = BOT_COST_MARGIN * max(one.sessions * one.scenario.spec.costs.bot_session for one in kept)
    world = scenario.spec.run.seed if seed is None else seed

    def run(store: Store) -> Optimum:
        sampler = _Sampler(kept, wanted, world, store, engine=engine, executor=executor, jobs=jobs, tell=progress)
        found = select(
            [one.expected for one in kept],
            sampler.sample,
            zones=zones,
            price_zone=price_zone,
            alpha=alpha,
            price_varies=varies,
            block=BLOCK,
            budget=budget,
        )
        return Optimum(
            scenario,
            wanted,
            zones,
            price_zone,
            alpha,
            candidates,
            screened,
            kept,
            found,
            sampler.figures(),
            world,
            sampler.engine,
            sampler.computed,
        )

    if out is None:
        store = Store(None)
        try:
            return run(store)
        finally:
            store.close()
    with SweepFolder(Path(out)) as folder:
        return run(folder.store)


def _refuse(count: int) -> None:
    if count > MOST:
        raise InputError(f"makes {count:,} settings, more than {MOST:,}; take fewer or coarser values")


def _nearest(candidates: Sequence[Candidate], screened: Mapping[int, str]) -> str:
    dearest = max(candidates, key=lambda one: one.expected)
    return f"even the dearest misses {screened[dearest.number]}"


class _Sampler:
    """Simulates blocks of replications of candidates, each once: what the store has is not computed again."""

    def __init__(
        self,
        kept: Sequence[Candidate],
        goals: Sequence[Goal],
        seed: int | str,
        store: Store,
        *,
        engine: str,
        executor: Executor | None,
        jobs: int,
        tell: Callable[[int], None] | None,
    ) -> None:
        self.kept = kept
        self.goals = tuple(goals)
        self.subjects = [Subject(one.scenario, seed, scoring_of(self.goals)) for one in kept]
        self.store = store
        self.engine = engine_of(self.subjects[:1], self.subjects[0].expected_contacts * 100 * len(kept), engine)
        self.executor = executor
        self.jobs = jobs
        self.tell = tell
        self.computed = self.done = 0
        #: Per candidate and goal: numerators, denominators, daily values.
        self.known: dict[int, list[Floats]] = {}
        self.sessions: dict[int, Floats] = {}
        self.weight: dict[int, Floats] = {}

    def sample(self, wanted: Mapping[int, tuple[int, int]]) -> dict[int, Rows]:
        """Replications of several candidates (see :data:`simkpi.planning.selection.Sample`)."""
        cells = {
            number: [Cell(self.subjects[number], start, BLOCK) for start in range(first, first + count, BLOCK)]
            for number, (first, count) in wanted.items()
        }
        payloads = self._payloads([cell for each in cells.values() for cell in each])
        return {
            number: self._rows(number, [(cell.first, decode(payloads[cell.key])) for cell in each])
            for number, each in cells.items()
        }

    def _payloads(self, cells: Sequence[Cell]) -> dict[str, bytes]:
        found = {kept.key: kept.payload for kept in self.store.sound([cell.key for cell in cells])}
        lacking = {cell.key: cell for cell in cells if cell.key not in found}
        self.done += BLOCK * len(found)
        for outcome in outcomes(batches(lacking.values()), engine=self.engine, executor=self.executor, jobs=self.jobs):
            if not isinstance(outcome, Done):
                raise SimkpiError(f"a setting could not be simulated: {outcome.why}")
            self.store.add([(lacking[outcome.key], outcome)])
            found[outcome.key] = outcome.payload
            self.computed += BLOCK
            self.done += BLOCK
            if self.tell is not None:
                self.tell(self.done)
        return found

    def _rows(self, number: int, blocks: Sequence[tuple[int, dict[str, pl.DataFrame]]]) -> Rows:
        fresh = np.concatenate([_by_goal(tables[TARGETS], len(self.goals), first) for first, tables in blocks], axis=1)
        sessions = [np.nan_to_num(_placed(tables[WHOLE], first, ["denominator"], 0.0)[:, 0]) for first, tables in blocks]
        self.known.setdefault(number, []).append(fresh)
        if number not in self.weight:  # fixed by the first stage, so that later rows stay in one unit
            below = fresh[..., 1]
            with np.errstate(invalid="ignore"):  # without a denominator (a percentile, say) there is no weight: daily values
                self.weight[number] = below.sum(axis=1) / (below > 0).sum(axis=1)
        slack = np.stack(
            [self._slack(goal, fresh[place], self.weight[number][place]) for place, goal in enumerate(self.goals)], axis=1
        )
        candidate = self.kept[number]
        return Rows(slack, candidate.staff + np.concatenate(sessions) * candidate.scenario.spec.costs.bot_session)

    @staticmethod
    def _slack(goal: Goal, rows: Floats, weight: float) -> Floats:
        value, below, above = rows[:, 0], rows[:, 1], rows[:, 2]
        if np.isfinite(weight):
            return np.asarray(goal.sign * (above - goal.value * below) / weight)
        return np.where(np.isnan(value), 0.0, goal.sign * (value - goal.value))

    def figures(self) -> dict[int, tuple[Estimate, ...]]:
        """Figure of each goal, pooled over the replications, by number of the candidate."""
        found = {}
        for number, blocks in self.known.items():
            rows = np.concatenate(blocks, axis=1)
            found[self.kept[number].number] = tuple(
                ratio_interval(rows[place][:, 2], rows[place][:, 1])
                if rows[place][:, 1].any()
                else ratio_interval(rows[place][:, 0], np.ones(rows.shape[1]))
                for place in range(len(self.goals))
            )
        return found


def _by_goal(table: pl.DataFrame, goals: int, first: int) -> Floats:
    """Value, denominator, numerator: shape (n_goals, n_replications, 3); no contact adds nothing to a ratio."""
    columns = ["value", "denominator", "numerator"]
    found = np.stack([_placed(table.filter(pl.col("target") == number), first, columns, np.nan) for number in range(goals)])
    found[..., 1:] = np.nan_to_num(found[..., 1:])
    return found


def _placed(table: pl.DataFrame, first: int, columns: Sequence[str], nothing: float) -> Floats:
    """Columns by replication, shape (BLOCK, n_columns); a replication in which nobody came has no row."""
    found = np.full((BLOCK, len(columns)), nothing)
    found[table["replication"].to_numpy() - first] = table.select(pl.col(columns).cast(pl.Float64)).to_numpy()
    return found
