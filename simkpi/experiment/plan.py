"""A sweep before it runs: the scenario, its variants, and what is simulated and scored; all of it fits into the manifest."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from simkpi import __version__
from simkpi.demand.streams import canonical_seed
from simkpi.errors import InputError, Problem, ScenarioError
from simkpi.experiment.cells import BLOCK, RESULT_FORMAT, Cell, Subject, canonical, sha256
from simkpi.experiment.overrides import FEWER, MOST_VARIANTS, Changes, Values, variants
from simkpi.experiment.plan_files import bytes_of, place_inside, texts_of
from simkpi.experiment.recall import Known, Recall, Recalled, files_meant
from simkpi.experiment.replicate import _at_least_one
from simkpi.experiment.scores import Scoring
from simkpi.scenario.files import loads, override
from simkpi.scenario.resolve import Scenario

#: For estimates only: contacts simulated and scored per second and worker, and bytes of a stored cell.
CONTACTS_A_SECOND, CELL_BYTES = 40_000, 6_000
#: Problems that are listed.
_MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Plan:
    """A sweep.

    Parameters
    ----------
    base : Scenario
        What the variants are made of.
    changes : tuple of dict
        One per variant: new values by path.
    seed : int or str
        The world that all variants meet.
    replications, block : int
        Replications of each variant, and of each cell.
    scoring : Scoring
        What is scored.
    confidence : float, fraction
        Coverage of the intervals.
    files : dict of str to str
        The text of the files that the scenario names, by name: the plan needs nothing else.
    command : str
        How it was asked for; empty from Python. No part of the plan's identity.
    known : Known, optional
        What an earlier run found out about the variants: they are then resolved only where they are needed.
    """

    base: Scenario
    changes: tuple[Changes, ...]
    seed: int | str
    replications: int
    scoring: Scoring = field(default_factory=Scoring)
    block: int = BLOCK
    confidence: float = 0.95
    files: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    known: Known | None = field(default=None, compare=False, repr=False)

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """The variants, resolved.

        Raises
        ------
        ScenarioError
            With what is wrong with any of them.
        """
        if self.known is not None:
            watching = replace(self.scoring, watched=self.known.watched)
            each = zip(self.changes, self.known.digests, strict=True)
            return tuple(Recalled(self.base, changes, self.seed, watching, digest) for changes, digest in each)
        found, problems = [], dict[Problem, None]()
        for changes in self.changes:
            try:
                found.append(override(self.base, changes))
            except ScenarioError as error:
                problems.update(dict.fromkeys(error.problems))  # a path that names nothing is told once, not per variant
            if len(problems) >= _MOST_PROBLEMS:
                break
        if problems:
            raise ScenarioError(list(problems)[:_MOST_PROBLEMS])
        scoring = self.scoring.watching(found)
        return tuple(Subject(scenario, self.seed, scoring) for scenario in found)

    @cached_property
    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        """Cells of each variant, in order."""
        return tuple(tuple(subject.cells(self.replications, self.block)) for subject in self.subjects)

    @cached_property
    def cells_by_key(self) -> dict[str, Cell]:
        """All cells, variants that are equal sharing theirs."""
        return {cell.key: cell for cells in self.cells for cell in cells}

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths that are varied, in order."""
        return tuple(dict.fromkeys(path for changes in self.changes for path in changes))

    def called(self, place: int) -> str:
        """Name a variant by its values: ``teams.phone.count=24``."""
        return ", ".join(f"{path}={shown_value(value)}" for path, value in self.changes[place].items()) or "as it is"

    def stated(self) -> dict[str, Any]:
        """Return the whole plan ready for JSON; :meth:`of` reads it."""
        return {
            "simkpi": __version__,
            "format": RESULT_FORMAT,
            "scenario": {
                "name": self.base.name,
                "file": Path(self.base.file).name,
                "short": self.base.short,
                "files": dict(self.files),
            },
            "variants": [
                {"changes": changes, "digest": subject.digest}
                for changes, subject in zip(self.changes, self.subjects, strict=True)
            ],
            "seed": self.seed,
            "replications": self.replications,
            "block": self.block,
            "scoring": self.scoring.stated(),
            "confidence": self.confidence,
            "command": self.command,
        }

    @cached_property
    def request(self) -> str:
        """Digest of all that resolving the variants starts from, files included: equal requests give equal variants."""
        meant = files_meant(self.base.folder or Path.cwd(), self.base.short, self.changes)
        start = Subject(self.base, self.seed, self.scoring).digest
        return sha256(canonical([__version__, RESULT_FORMAT, start, self.base.short, self.changes, meant]))

    def resolved(self) -> Plan:
        """Return the plan with every variant resolved anew, whatever is known about them."""
        return replace(self, known=None) if self.known is not None else self

    def found_out(self) -> Known:
        """Say what resolving the variants has shown."""
        return Known(tuple(subject.digest for subject in self.subjects), self.subjects[0].scoring.watched)

    @cached_property
    def digest(self) -> str:
        """What makes two plans the same sweep."""
        return sha256(canonical({key: item for key, item in self.stated().items() if key != "command"}))

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Plan:
        """Read what :meth:`stated` wrote.

        Raises
        ------
        InputError
            If it is no plan, was made for another result format, or its scenarios do not come out as they were.
        """
        try:
            if stated["format"] != RESULT_FORMAT:
                use = f"use simkpi {stated['simkpi']}"
                raise InputError(f"is of result format {stated['format']}, this simkpi writes {RESULT_FORMAT}; {use}")
            scenario = stated["scenario"]
            with tempfile.TemporaryDirectory() as folder:
                for name, text in scenario["files"].items():
                    place_inside(Path(folder), name).write_bytes(bytes_of(text))
                base = loads(json.dumps(scenario["short"]), file=scenario["file"], folder=Path(folder))
                plan = cls(
                    base,
                    tuple(variant["changes"] for variant in stated["variants"]),
                    canonical_seed(stated["seed"]),
                    int(stated["replications"]),
                    Scoring.of(stated["scoring"]),
                    int(stated["block"]),
                    float(stated["confidence"]),
                    scenario["files"],
                    str(stated["command"]),
                )
                digests = [subject.digest for subject in plan.subjects]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            if isinstance(error, (InputError, ScenarioError)):
                raise
            raise InputError(f"holds no plan of a sweep ({type(error).__name__}: {error})") from None
        if digests != [variant["digest"] for variant in stated["variants"]]:
            raise InputError(
                f"its scenarios resolve otherwise in simkpi {__version__} than in {stated['simkpi']}; use that version"
            )
        return plan


def make_plan(
    base: Scenario,
    varied: Mapping[str, str | Values],
    *,
    design: str | Path | Sequence[Changes] = "grid",
    replications: int | None = None,
    seed: int | str | None = None,
    scoring: Scoring | None = None,
    block: int = BLOCK,
    confidence: float = 0.95,
    command: str = "",
    recall: Recall = lambda _: None,
) -> Plan:
    """Work out the variants of a sweep and check them all, before anything runs.

    Parameters
    ----------
    base : Scenario
        What is varied.
    varied, design
        As for :func:`simkpi.experiment.overrides.variants`.
    replications, seed : optional
        Default: the scenario's.
    recall : callable
        Looks up what an earlier run found out about the same variants; they were checked then.

    Raises
    ------
    InputError
        For values that can not be read, or more variants than anybody means: with number, time and disk.
    ScenarioError
        With every path that names nothing and every value that is invalid.
    UnknownName
        For a KPI or group key that is not known.
    """
    run = base.spec.run
    count = _at_least_one("replications", run.replications if replications is None else replications)
    world = canonical_seed(run.seed if seed is None else seed)
    scoring = scoring or Scoring()
    scoring.check()
    expected = Subject(base, world, scoring).expected_contacts * count

    def refuse(number: int) -> None:
        if number > MOST_VARIANTS:
            cost = estimate(number, expected, -(-count // block))
            raise InputError(f"makes {number:,} scenarios{cost}; at most {MOST_VARIANTS:,}: {FEWER}")

    changes = variants(varied, design=design, seed=world, refuse=refuse)
    plan = Plan(base, tuple(changes), world, count, scoring, _at_least_one("block", block), confidence, texts_of(base), command)
    known = recall(plan.request)
    if known is not None and len(known.digests) == len(changes):
        return replace(plan, known=known)
    plan.subjects  # noqa: B018 (checks them)
    return plan


def estimate(number: int, contacts: float, cells: int) -> str:
    """Say what so many variants would take, one worker: cells, time and disk.

    Examples
    --------
    >>> estimate(1_000_000_000, 12_000, 3)
    ', 3,000,000,000 cells, about 3,472 days of one core and 18,000 GB of disk'
    """
    days, disk = number * contacts / CONTACTS_A_SECOND / 86_400, number * cells * CELL_BYTES / 1e9
    return f", {number * cells:,} cells, about {days:,.0f} days of one core and {disk:,.0f} GB of disk"


def shown_value(value: object) -> str:
    """Write a value as on the command line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
