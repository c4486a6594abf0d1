"""Computing cells: those that share their draws together, by tally where that is possible, else by the tables of the log."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import polars as pl

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.run import ENGINES, engine_for, frames, is_compiled_loaded, plan_of, run, run_many
from simkpi.errors import SimkpiError
from simkpi.experiment.cells import Cell, Done, Failed, Outcome, Subject, canonical, content
from simkpi.experiment.drawn import DRAWN, KEPT_CONTACTS
from simkpi.experiment.payload import encode, write
from simkpi.experiment.payload_columns import Columns
from simkpi.experiment.result import Result, definitions_of, together
from simkpi.experiment.scores import score_block
from simkpi.experiment.tally import Tally
from simkpi.experiment.tally_tables import columns

if TYPE_CHECKING:
    from simkpi.experiment.tally_runs import TallyRuns

#: Expected contacts of a batch of cells, by engine: about a second of work, draws, tables and scoring included.
BATCH_CONTACTS = {"reference": 60_000, "compiled": 1_500_000}
Work: TypeAlias = Callable[[Sequence[Cell], str], list[Outcome]]


def batches(cells: Iterable[Cell], *, engine: str = "reference", contacts: float | None = None) -> list[tuple[Cell, ...]]:
    """Group cells that share their draws into batches of about a second, in an order that depends on the cells alone.

    Parameters
    ----------
    cells : iterable of Cell
    engine : str
        Engine that will run them.
    contacts : float, optional
        Expected contacts of a batch. Default: what the engine does in about a second.
    """
    contacts = BATCH_CONTACTS[engine] if contacts is None else contacts
    groups: dict[tuple[str, int, int], list[Cell]] = {}
    for cell in cells:
        groups.setdefault((cell.subject.drawn, cell.first, cell.count), []).append(cell)
    cut: list[tuple[Cell, ...]] = []
    for group in groups.values():
        size = max(1, int(min(contacts / max(1.0, group[0].contacts), len(group))))
        cut += [tuple(group[start : start + size]) for start in range(0, len(group), size)]
    return cut


def variant_by_variant(batches: Iterable[tuple[Cell, ...]], *, most: float = KEPT_CONTACTS) -> list[tuple[Cell, ...]]:
    """Order batches so that variants are complete one after the other, as far as their draws can be kept meanwhile.

    Parameters
    ----------
    batches : iterable of tuple of Cell
        From :func:`batches`: block of replications after block of replications.
    most : float
        Contacts whose draws are kept: where all blocks have more, the order stays, so that each replication is drawn once.
    """
    groups: dict[tuple[str, int, int], list[tuple[Cell, ...]]] = {}
    for batch in batches:
        groups.setdefault((batch[0].subject.drawn, batch[0].first, batch[0].count), []).append(batch)
    if sum(group[0][0].contacts for group in groups.values()) > most:
        return [batch for group in groups.values() for batch in group]
    longest = max(map(len, groups.values()), default=0)
    return [group[place] for place in range(longest) for group in groups.values() if place < len(group)]


def engine_of(subjects: Iterable[Subject], contacts: float, engine: str = "auto") -> str:
    """Return the engine for *contacts* in all: one for all subjects, so that ``auto`` is decided once and not cell by cell."""
    if engine != "auto":
        return ENGINES.name_of(engine)
    routings = {canonical(content(subject.scenario)["routing"]): subject.scenario for subject in subjects}
    found = {engine_for(scenario, contacts) for scenario in routings.values()}
    return found.pop() if len(found) == 1 else "reference"


def compute(batch: Sequence[Cell], engine: str = "auto") -> list[Outcome]:
    """Compute cells that share their draws: each replication is drawn once for all of them.

    Parameters
    ----------
    batch : sequence of Cell
        Any; those of one draw and block (see :func:`batches`) share it.
    engine : str
        Name of an engine, or ``auto``.

    Returns
    -------
    list of Done or Failed
        One per cell; an error of one cell leaves the others alone.
    """
    found: dict[str, Outcome] = {}
    with DRAWN:
        for group in batches(batch, contacts=math.inf):
            found |= zip((cell.key for cell in group), _of_one_draw(group, engine), strict=True)
    return [found[cell.key] for cell in batch]


def _of_one_draw(batch: Sequence[Cell], engine: str) -> list[Outcome]:
    try:
        together = _tallied(batch, engine)
    except Exception:  # whichever cell it was: each by itself finds it, and leaves the others alone
        together = {}
    return [together[cell.key] if cell.key in together else _outcome(cell, engine) for cell in batch]


def _rows(cell: Cell, replication: int) -> Demand:
    """Draw a replication, unless a scenario that shares the draw has met it just before."""
    subject = cell.subject
    return DRAWN.get((subject.drawn, replication), lambda: _draw(subject, replication))


def _draw(subject: Subject, replication: int) -> Demand:
    found = draw(subject.scenario, seed=subject.seed, replication=replication)
    if is_compiled_loaded():
        from simkpi.engine.compiled.worth import notice

        notice(len(found))
    return found


def _tallied(batch: Sequence[Cell], engine: str) -> dict[str, Outcome]:
    """Compute the cells whose figures can be read off the engine's arrays: replication by replication, all of them at once."""
    tallies = {}
    for cell in batch:
        scenario, scoring = cell.subject.scenario, cell.subject.scoring
        tally = Tally.of(scenario, plan_of(scenario), scoring, definitions_of(scenario))
        if tally is not None:
            tallies[cell.key] = cell.subject, tally
    if not tallies:
        return {}
    first, name = batch[0], engine_for(batch[0].subject.scenario, batch[0].contacts, engine)
    numbers = range(first.first, first.first + first.count)
    together = in_turn({key: tally for key, (_, tally) in tallies.items()}, _rows(first, first.first), name)
    for replication in numbers:
        demand = _rows(first, replication)
        done = set[str]() if together is None else together.add(replication, demand)
        for key, (subject, tally) in [(key, one) for key, one in tallies.items() if key not in done]:
            # one after the other: their logs together would no longer fit into the processor's own memory
            (log,) = run_many([subject.scenario], demand, name)
            if not tally.add(replication, demand, log):
                del tallies[key]
    return {key: _done(key, columns(tally), name) for key, (_, tally) in tallies.items()}


def _done(key: str, tables: Mapping[str, Columns], engine: str) -> Done:
    return Done(key, write(tables), engine, tables)


def in_turn(tallies: Mapping[str, Tally], demand: Demand, engine: str) -> TallyRuns | None:
    """Return what simulates the scenarios of *tallies* in one call of the compiled engine; None if that knows none of them.

    Parameters
    ----------
    tallies : mapping of str to Tally
        Of scenarios that meet the same customers, by any name.
    demand : Demand
        The first customers.
    engine : str
        Name of the engine that is to run.
    """
    if engine != "compiled":
        return None
    from simkpi.experiment.tally_runs import TallyRuns, can_run

    fit = {key: tally for key, tally in tallies.items() if can_run(tally, demand)}
    return TallyRuns(fit, demand) if fit else None


def _outcome(cell: Cell, engine: str) -> Outcome:
    try:
        return _compute(cell, engine)
    except SimkpiError as error:
        return Failed(cell.key, str(error), final=True)
    except Exception as error:  # any other failure: named, and tried again by whoever asked for it
        return Failed(cell.key, f"{type(error).__name__}: {error}", final=False)


def _compute(cell: Cell, engine: str) -> Done:
    subject, name = cell.subject, engine
    found = []
    for replication in range(cell.first, cell.first + cell.count):
        demand = _rows(cell, replication)
        log = run(subject.scenario, demand, engine=engine)
        name = log.engine
        found.append(frames(subject.scenario, demand, log, replication))
    result = Result(
        subject.scenario,
        seed=subject.seed,
        replications=cell.count,
        engine=name,
        interactions=pl.concat([part.interactions for part in found]),
        agent_states=pl.concat([part.agent_states for part in found]),
        legs=pl.concat([part.legs for part in found]),
        companions=together(part.companions for part in found),
    )
    return Done(cell.key, encode(score_block(result, subject.scoring)), name)
