"""The unit of work: some replications of one scenario, named by all that decides its figures and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from simkpi import __version__
from simkpi.demand.duty import is_random
from simkpi.demand.streams import canonical_seed
from simkpi.engine.routing.fingerprint import fingerprint
from simkpi.engine.rules import own_policies
from simkpi.experiment.payload_columns import Columns
from simkpi.experiment.scores import Scoring
from simkpi.scenario.crews import differs_in_resolution
from simkpi.scenario.dump import to_dict
from simkpi.scenario.resolve import Scenario

#: Raised whenever the figures or the bytes of a cell may change: older cells are then never used again.
RESULT_FORMAT = 4
#: Replications of a cell, unless told otherwise.
BLOCK = 10
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
    """A computed cell: its key, its tables as bytes, and the engine that ran; the tables themselves too within one process."""

    key: str
    payload: bytes
    engine: str
    tables: Mapping[str, Columns] | None = field(default=None, compare=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to other processes as bytes alone."""
        return Done, (self.key, self.payload, self.engine)


@dataclass(frozen=True)
class Failed:
    """A cell that could not be computed, and why; *final* if another try would fail alike."""

    key: str
    why: str
    final: bool


Outcome: TypeAlias = Done | Failed


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
