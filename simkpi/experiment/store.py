"""Where finished cells are kept: one SQLite file, committed to the disk batch by batch, each cell with its checksum."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simkpi.errors import InputError, OutputError
from simkpi.experiment.cells import Cell, Done, canonical
from simkpi.experiment.payload import checksum, pack, unpack

#: Name of the file in a sweep's folder.
FILE = "cells.sqlite"
#: Version of the tables below; another one is refused.
LAYOUT = "1"
#: Seconds to wait for another process that is just committing.
PATIENCE = 30.0
#: Keys asked for at a time.
_AT_A_TIME = 500

_TABLES = (
    "CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS plans (digest TEXT PRIMARY KEY, content BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS scenarios (digest TEXT PRIMARY KEY, content BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS resolved (request TEXT PRIMARY KEY, content BLOB NOT NULL, checksum TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS cells (key TEXT PRIMARY KEY, scenario TEXT NOT NULL, ingredients TEXT NOT NULL,"
    " engine TEXT NOT NULL, checksum TEXT NOT NULL, payload BLOB NOT NULL)",
)


@dataclass(frozen=True)
class Kept:
    """A cell as it lies in the store: its packed bytes, the checksum of the unpacked ones, and the engine that ran."""

    key: str
    packed: bytes
    checksum: str
    engine: str

    @property
    def payload(self) -> bytes:
        """The bytes as they were computed."""
        return unpack(self.packed)


class Store:
    """Finished cells by key.

    Parameters
    ----------
    path : Path or None
        The file; None keeps them in memory.
    connect : callable
        Opens the database; a test's stand-in.

    Raises
    ------
    OutputError
        If the file can not be opened or written, is no store, or has another layout.

    Notes
    -----
    Write-ahead log with full synchronisation: what was committed survives a killed process and a power cut. Only the
    process that opened it writes.
    """

    def __init__(self, path: Path | None, *, connect: Callable[..., sqlite3.Connection] = sqlite3.connect) -> None:
        self.path = path
        with self._said():
            # Autocommit: every transaction below is begun and ended in so many words.
            self._db = connect(":memory:" if path is None else str(path), timeout=PATIENCE, isolation_level=None)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    def _open(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        with self._transaction():
            for table in _TABLES:
                self._db.execute(table)
            self._db.execute("INSERT OR IGNORE INTO about VALUES ('layout', ?)", (LAYOUT,))
        (layout,) = self._db.execute("SELECT value FROM about WHERE name = 'layout'").fetchone()
        if layout != LAYOUT:
            raise OutputError(f"{self.path}: has the layout {layout}, this simkpi writes {LAYOUT}; choose another folder")

    def close(self) -> None:
        """Close the file; everything added is on the disk already."""
        self._db.close()

    def add(self, done: Iterable[tuple[Cell, Done]]) -> list[Kept]:
        """Keep cells and what they were made of, all or none; return them as they are kept.

        Raises
        ------
        OutputError
            If the disk is full or the file can not be written; what was added before is safe.
        """
        cells = list(done)
        kept = [Kept(one.key, pack(one.payload), checksum(one.payload), one.engine) for _, one in cells]
        rows = [
            (one.key, cell.subject.digest, canonical(cell.ingredients), one.engine, one.checksum, one.packed)
            for one, (cell, _) in zip(kept, cells, strict=True)
        ]
        subjects = {cell.subject.digest: cell.subject for cell, _ in cells}
        with self._said(), self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?, ?)", rows)
            for digest, subject in subjects.items():
                if self._db.execute("SELECT 1 FROM scenarios WHERE digest = ?", (digest,)).fetchone() is None:
                    self._db.execute("INSERT INTO scenarios VALUES (?, ?)", (digest, _packed(subject.content)))
        return kept

    def forget(self, keys: Iterable[str]) -> None:
        """Drop cells: those whose checksum is wrong, before they are computed again."""
        keys = list(keys)
        if not keys:
            return
        with self._said(), self._transaction():
            self._db.executemany("DELETE FROM cells WHERE key = ?", ((key,) for key in keys))

    def has(self, key: str) -> bool:
        """Whether a cell is there, sound or not."""
        with self._said():
            return self._db.execute("SELECT 1 FROM cells WHERE key = ?", (key,)).fetchone() is not None

    def copy(self, other: Store, keys: Iterable[str]) -> None:
        """Take cells over from another store, as they are."""
        with self._said(), self._transaction():
            for key in keys:
                for row in other._db.execute("SELECT * FROM cells WHERE key = ?", (key,)):
                    self._db.execute("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?, ?)", row)
                    for scenario in other._db.execute("SELECT * FROM scenarios WHERE digest = ?", (row[1],)):
                        self._db.execute("INSERT OR IGNORE INTO scenarios VALUES (?, ?)", scenario)

    def sound(self, keys: Iterable[str]) -> Iterator[Kept]:
        """Yield the cells of *keys* that are there and whose checksum is right, in the order of the keys."""
        with self._said():
            wanted = list(keys)
            for start in range(0, len(wanted), _AT_A_TIME):
                part = wanted[start : start + _AT_A_TIME]
                marks = ", ".join("?" * len(part))
                rows = self._db.execute(f"SELECT key, payload, checksum, engine FROM cells WHERE key IN ({marks})", part)
                found = {row[0]: row for row in rows}
                for key in part:
                    kept = _kept(*found[key]) if key in found else None
                    if kept is not None:
                        yield kept

    def keys(self) -> dict[str, str]:
        """Return the keys of all cells, sound or not, and the scenario of each."""
        with self._said():
            return dict(self._db.execute("SELECT key, scenario FROM cells ORDER BY key"))

    def ingredients(self) -> dict[str, str]:
        """Return what each cell was made of (canonical JSON), by key."""
        with self._said():
            return dict(self._db.execute("SELECT key, ingredients FROM cells ORDER BY rowid"))

    def scenario(self, digest: str) -> str | None:
        """Return the canonical JSON of a scenario whose cells are here."""
        return self._text("SELECT content FROM scenarios WHERE digest = ?", digest)

    def add_plan(self, digest: str, content: str) -> None:
        """Keep a sweep's plan; the latest one is the last."""
        with self._said():
            last = self._db.execute("SELECT digest, content FROM plans ORDER BY rowid DESC LIMIT 1").fetchone()
        if last is not None and last[0] == digest and _is_text(last[1], content):
            return
        with self._said(), self._transaction():
            self._db.execute("DELETE FROM plans WHERE digest = ?", (digest,))
            self._db.execute("INSERT INTO plans VALUES (?, ?)", (digest, _packed(content)))

    def remember(self, request: str, content: str) -> None:
        """Keep what was found out about the variants of a request (see ``recall``), with its checksum."""
        with self._said(), self._transaction():
            row = (request, _packed(content), checksum(content.encode("ascii")))
            self._db.execute("INSERT OR REPLACE INTO resolved VALUES (?, ?, ?)", row)

    def plans(self) -> list[str]:
        """Return all plans, the latest last."""
        with self._said():
            return [unpack(row[0]).decode("ascii") for row in self._db.execute("SELECT content FROM plans ORDER BY rowid")]

    def _text(self, query: str, key: str) -> str | None:
        with self._said():
            row = self._db.execute(query, (key,)).fetchone()
        return None if row is None else unpack(row[0]).decode("ascii")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Turn what SQLite complains about into what a planner can act on."""
        try:
            yield
        except sqlite3.Error as error:
            raise OutputError(f"{self.path}: {_reason(error)}") from error


def _reason(error: sqlite3.Error) -> str:
    text = str(error).lower()
    if "full" in text:
        return "the disk is full; what is finished is kept: free some space and run the same command again"
    if "not a database" in text or "malformed" in text:
        return "is damaged or no file of simkpi; move it away, the sweep then starts anew"
    if "readonly" in text or "unable to open" in text or "permission" in text:
        return f"can not be written ({text}); choose another folder with --out"
    return f"can not be written ({text}); what is finished is kept: run the same command again"


def _kept(key: str, payload: bytes, stated: str, engine: str) -> Kept | None:
    """Return a cell, None if its bytes are not those that were stored."""
    try:
        data = unpack(payload)
    except InputError:
        return None
    return Kept(key, payload, stated, engine) if checksum(data) == stated else None


def _is_text(packed: bytes, text: str) -> bool:
    try:
        return unpack(packed) == text.encode("ascii")
    except InputError:
        return False


def _packed(text: str) -> bytes:
    return pack(text.encode("ascii"))
