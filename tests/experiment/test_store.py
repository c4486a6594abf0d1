from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from simkpi.errors import OutputError
from simkpi.experiment.cells import Cell, Done
from simkpi.experiment.compute import compute
from simkpi.experiment.store import Store
from tests.experiment.sweeping import plan

CELLS: list[Cell] = list(plan().cells_by_key.values())[:3]
DONE = [Done(cell.key, f"payload {number}".encode() * 50, "reference") for number, cell in enumerate(CELLS)]
PAIRS = list(zip(CELLS, DONE, strict=True))
KEYS = [cell.key for cell in CELLS]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "cells.sqlite")
    made.add(PAIRS)
    return made


class TestStore:
    def test_what_was_added_is_there_after_opening_again(self, store: Store) -> None:
        store.close()
        again = Store(store.path)
        assert [(kept.key, kept.payload) for kept in again.sound(KEYS)] == [(one.key, one.payload) for one in DONE]
        assert again.scenario(CELLS[0].subject.digest) == CELLS[0].subject.content

    def test_every_commit_goes_to_the_disk(self, store: Store) -> None:
        assert store._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)

    @pytest.mark.parametrize(
        "damage", ["UPDATE cells SET payload = x'00'", "UPDATE cells SET payload = (SELECT payload FROM cells ORDER BY key DESC)"]
    )
    def test_a_damaged_cell_is_not_given_out(self, damage: str, store: Store) -> None:
        lowest = min(KEYS)
        store._db.execute(f"{damage} WHERE key = ?", (lowest,))
        assert {kept.key for kept in store.sound(KEYS)} == set(KEYS) - {lowest}
        assert set(store.keys()) == set(KEYS)

    def test_cells_are_copied_as_they_are(self, store: Store, tmp_path: Path) -> None:
        other = Store(tmp_path / "other.sqlite")
        other.copy(store, KEYS[:2])
        assert [kept.payload for kept in other.sound(KEYS)] == [one.payload for one in DONE[:2]]
        assert other.scenario(CELLS[0].subject.digest) == CELLS[0].subject.content

    def test_plans_come_back_the_latest_last(self, store: Store) -> None:
        for digest, content in (("a", "1"), ("b", "2"), ("a", "3")):
            store.add_plan(digest, content)
        assert store.plans() == ["2", "3"]

    def test_a_file_that_is_no_store_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "cells.sqlite").write_bytes(b"no database at all, really not" * 100)
        with pytest.raises(OutputError, match="is damaged or no file of simkpi"):
            Store(tmp_path / "cells.sqlite")

    def test_another_layout_is_refused(self, store: Store) -> None:
        store._db.execute("UPDATE about SET value = '99'")
        store.close()
        with pytest.raises(OutputError, match="has the layout 99"):
            Store(store.path)

    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="can not be written"):
            Store(tmp_path / "none" / "cells.sqlite")

    def test_a_full_disk_is_told_and_loses_nothing(self, store: Store) -> None:
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count = {pages}")
        import os

        big = [(cell, Done(cell.key, os.urandom(200_000), "reference")) for cell in list(plan().cells_by_key.values())[3:6]]
        with pytest.raises(OutputError, match="the disk is full; what is finished is kept"):
            store.add(big)
        assert [kept.payload for kept in store.sound(KEYS)] == [one.payload for one in DONE]
        assert set(store.keys()) == set(KEYS)


class Failing(sqlite3.Connection):
    """A connection whose statement number *fails_at* fails."""

    fails_at = -1
    count = 0

    def execute(self, *given: Any) -> sqlite3.Cursor:
        Failing.count += 1
        if Failing.count == Failing.fails_at and given[0] != "ROLLBACK":
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(*given)


def connect(*given: Any, **named: Any) -> sqlite3.Connection:
    return sqlite3.connect(*given, factory=Failing, **named)


def test_a_failure_at_any_statement_leaves_all_or_nothing_of_a_batch(tmp_path: Path) -> None:
    Failing.fails_at = -1
    Failing.count = 0
    whole = Store(tmp_path / "whole.sqlite", connect=connect)
    whole.add(PAIRS)
    statements = Failing.count
    assert statements > 10
    for number in range(1, statements + 1):
        path = tmp_path / f"{number}.sqlite"
        Failing.count, Failing.fails_at = 0, number
        with pytest.raises(OutputError, match="can not be written"):
            Store(path, connect=connect).add(PAIRS)
        Failing.fails_at = -1
        after = Store(path)
        assert set(after.keys()) in (set(), set(KEYS))
        after.add(PAIRS)
        assert {kept.key for kept in after.sound(KEYS)} == set(KEYS)
        after.close()


def test_real_cells_keep_their_bytes(tmp_path: Path) -> None:
    store = Store(tmp_path / "cells.sqlite")
    (done,) = compute(CELLS[:1])
    assert isinstance(done, Done)
    store.add([(CELLS[0], done)])
    assert next(store.sound(KEYS)).payload == done.payload
