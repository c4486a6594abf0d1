"""The unit of work: some replications of one scenario, named by all that decides its figures and nothing else."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import polars as pl

from simkpi import __version__
from simkpi.demand.draws import draw
from simkpi.demand.duty import is_random
from simkpi.demand.rows import Demand
from simkpi.demand.streams import canonical_seed
from simkpi.engine.routing.fingerprint import fingerprint
from simkpi.engine.rules import own_policies
from simkpi.engine.run import ENGINES, engine_for, frames, plan_of, run, run_many
from simkpi.errors import SimkpiError
from simkpi.experiment.drawn import DRAWN
from simkpi.experiment.payload import encode
from simkpi.experiment.result import Result, definitions_of, together
from simkpi.experiment.scores import Scoring, score_block
from simkpi.experiment.tally import Tally
from simkpi.scenario.crews import differs_in_resolution
from simkpi.scenario.dump import to_dict
from simkpi.scenario.resolve import Scenario

#: Raised whenever the figures or the bytes of a cell may change: older cells are then never used again.
RESULT_FORMAT = 3
#: Replications of a cell, unless told otherwise.
BLOCK = 10
#: Expected contacts of a batch of cells, by engine: about a second of work, draws, tables and scoring included.
BATCH_CONTACTS = {"reference": 60_000, "compiled": 1_500_000}
#: Parts of a scenario that do not decide who comes and what they bring (teams do, where chance decides which agents come).
_NOT_DRAWN = ("teams", "routing", "own_policies", "definitions", "costs", "run")
#: Parts that never change a figure of a cell; seed and number of replications are named by the cell itself.
_UNUSED = ("name", "locale", "targets")


def content(scenario: Scenario) -> dict[str, Any]:
    """Return what decides a resolved scenario's figures, own policies' code included: not title, language, targets, seed."""
    data = {key: item for key, item in to_dict(scenario).items() if key not in _UNUSED}
    own = {name: fingerprint(policy) for name, policy in own_policies(scenario.spec)}
    data["run"] = {key: item for key, item in data["run"].items() if key == "end"}
    return {**data, "own_policies": own} if own else data


def canonical(data: object) -> str:
    """Write JSON in the one form that hashes are taken of: order kept (it settles ties), ASCII, no spaces."""
    return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def sha256(text: str) -> str:
    """SHA-256 (hex) of an ASCII text."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Subject:
    """A scenario under one seed and scoring: what all its cells share.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    seed : int or str
        The world.
    scoring : Scoring
        What is scored.
    """

    scenario: Scenario
    seed: int | str
    scoring: Scoring

    @cached_property
    def content(self) -> str:
        """Canonical JSON of what decides the figures."""
        return canonical(content(self.scenario))

    @cached_property
    def digest(self) -> str:
        """Digest of :attr:`content`."""
        return sha256(self.content)

    @cached_property
    def drawn(self) -> str:
        """Digest of what decides the draws: subjects that share it meet the same rows."""
        parts = {name: item for name, item in content(self.scenario).items() if name not in _NOT_DRAWN}
        if is_random(self.scenario.spec):
            parts["teams"] = content(self.scenario)["teams"]
        if differs_in_resolution(self.scenario.spec):
            parts["resolves"] = True
        return sha256(canonical([canonical_seed(self.seed), parts]))

    @cached_property
    def expected_contacts(self) -> float:
        """Contacts to expect per replication."""
        volumes = [contact.volume for contact in self.scenario.spec.contacts.values()]
        return sum(volume.scale * sum(map(sum, volume.expected or ())) for volume in volumes)

    def cells(self, replications: int, block: int = BLOCK) -> list[Cell]:
        """Cut replications 0, 1, ... into blocks."""
        return [Cell(self, first, min(block, replications - first)) for first in range(0, replications, block)]


@dataclass(frozen=True)
class Cell:
    """Replications *first* ... *first* + *count* - 1 of a subject."""

    subject: Subject
    first: int
    count: int

    @property
    def ingredients(self) -> dict[str, Any]:
        """All that decides the cell's bytes; no host, path, time, number of workers or engine (engines agree to the bit)."""
        return {
            "format": RESULT_FORMAT,
            "simkpi": __version__,
            "scenario": self.subject.digest,
            "seed": canonical_seed(self.subject.seed),
            "replications": [self.first, self.count],
            "scoring": self.subject.scoring.stated(),
        }

    @cached_property
    def key(self) -> str:
        """Name of the cell: SHA-256 (hex) of its ingredients."""
        return sha256(canonical(self.ingredients))

    @property
    def contacts(self) -> float:
        """Contacts to expect."""
        return self.subject.expected_contacts * self.count


@dataclass(frozen=True)
class Done:
    """A computed cell: its key, its tables as bytes, and the engine that ran."""

    key: str
    payload: bytes
    engine: str


@dataclass(frozen=True)
class Failed:
    """A cell that could not be computed, and why; *final* if another try would fail alike."""

    key: str
    why: str
    final: bool


Outcome: TypeAlias = Done | Failed
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
    return DRAWN.get((subject.drawn, replication), lambda: draw(subject.scenario, seed=subject.seed, replication=replication))


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
    for replication in range(first.first, first.first + first.count):
        demand = _rows(first, replication)
        for key, (subject, tally) in list(tallies.items()):
            # one after the other: their logs together would no longer fit into the processor's own memory
            (log,) = run_many([subject.scenario], demand, name)
            if not tally.add(replication, demand, log):
                del tallies[key]
    return {key: Done(key, tally.payload(), name) for key, (_, tally) in tallies.items()}


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


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any], place: str = "") -> list[str]:
    """Name the fields in which two resolved scenarios differ, with both values.

    Examples
    --------
    >>> changed_fields({"teams": {"a": {"count": 3}}}, {"teams": {"a": {"count": 4}}})
    ['teams.a.count: 3, now 4']
    """
    found = []
    for name in dict.fromkeys([*old, *new]):
        path = f"{place}.{name}" if place else name
        before, after = old.get(name), new.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            found += changed_fields(before, after, path)
        elif before != after:
            found.append(f"{path}: {_shown(before)}, now {_shown(after)}")
    return found


def _shown(value: object) -> str:
    text = "absent" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:36]} ..."
