"""What was found out about the variants of a sweep when they were resolved: a finished sweep need not resolve them again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from simkpi.errors import InputError
from simkpi.experiment.cells import Subject, canonical, sha256
from simkpi.experiment.overrides import Changes
from simkpi.experiment.payload import unpack
from simkpi.experiment.provenance import file_digest
from simkpi.experiment.scores import Scoring, Watched
from simkpi.experiment.store import FILE
from simkpi.scenario.files import override
from simkpi.scenario.resolve import Scenario


@dataclass(frozen=True)
class Known:
    """The outcome of resolving all variants of a plan once.

    Parameters
    ----------
    digests : tuple of str
        Digest of each variant, in order (see ``cells.Subject.digest``).
    watched : tuple
        What the targets of any of them are about (see ``scores.Scoring``).
    """

    digests: tuple[str, ...]
    watched: tuple[Watched, ...]

    def text(self) -> str:
        """Write it down; :meth:`of` reads it."""
        return canonical({"digests": self.digests, "watched": self.watched})

    @classmethod
    def of(cls, text: str) -> Known:
        """Read what :meth:`text` wrote."""
        stated = json.loads(text)
        return cls(tuple(stated["digests"]), tuple((one[0], one[1], one[2]) for one in stated["watched"]))


#: Looks up what is known under the digest of a request; None if nothing is.
Recall: TypeAlias = Callable[[str], Known | None]


class Recalled(Subject):
    """A variant whose digest is known: it is resolved only if somebody asks for more.

    Parameters
    ----------
    base : Scenario
        What it is made of.
    changes : dict
        New values by path.
    seed, scoring
        As for ``cells.Subject``.
    digest : str
        Of what decides its figures.
    """

    def __init__(self, base: Scenario, changes: Changes, seed: int | str, scoring: Scoring, digest: str) -> None:
        given = {"_base": base, "_changes": changes, "seed": seed, "scoring": scoring, "digest": digest}
        self.__dict__.update(given)  # frozen, like every subject: the values go where its cached figures are

    @cached_property
    def scenario(self) -> Scenario:  # worked out, where other subjects are given it
        """The variant, resolved."""
        return override(self.__dict__["_base"], self.__dict__["_changes"])

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to other processes as a plain subject."""
        return Subject, (self.scenario, self.seed, self.scoring)


def from_folder(folder: Path | None) -> Recall:
    """Return a look-up in the store of a folder; one that finds nothing if there is none, or none that can be read.

    A look-up only saves time, so whatever is wrong with the store is left for its owner to say.
    """
    file = None if folder is None else folder / FILE

    def recall(request: str) -> Known | None:
        if file is None or not file.is_file():
            return None
        try:
            with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
                row = db.execute("SELECT content, checksum FROM resolved WHERE request = ?", (request,)).fetchone()
            text = "" if row is None else unpack(row[0]).decode("ascii")
            return Known.of(text) if row is not None and sha256(text) == row[1] else None
        except (sqlite3.Error, InputError, ValueError, KeyError, TypeError, IndexError):
            return None

    return recall


def files_meant(folder: Path, *blocks: object) -> dict[str, str]:
    """Return the digest of every file of *folder* that any text of *blocks* names: what resolving may have read."""
    names = sorted(dict.fromkeys(name for block in blocks for name in _texts(block) if 0 < len(name) < 256 and "\n" not in name))
    return {name: file_digest(folder / name) for name in names if _is_file(folder / name)}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a text that can be no name
        return False


def _texts(block: object) -> Iterable[str]:
    found: dict[str, None] = {}
    waiting: list[object] = [block]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found[one] = None
        elif isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, (list, tuple)):
            waiting += one
    return found
