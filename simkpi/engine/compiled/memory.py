"""The memory that one replication works on, in one piece: a few hundred thousand bytes, asked for once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.engine.compiled.jit import address_of

#: Columns begin at multiples of so many bytes.
_LINE = 64


class Memory:
    """Columns and tables, by name: first all are asked for, then they are there.

    Parameters
    ----------
    empty : callable
        Makes an array of a length and a type.
    """

    def __init__(self, empty: Callable[[int, Any], NDArray[Any]] = np.empty) -> None:
        self._empty = empty
        self._places: dict[str, tuple[int, Any, int]] = {}
        self._filled: list[tuple[int, int, int]] = []
        self._given: list[tuple[int, int, NDArray[Any]]] = []
        self._size = 0

    def want(self, kind: Any, **rows: int) -> None:
        """Ask for columns of so many *rows* each, of numbers or records of that *kind*, with whatever happens to be in them."""
        size, places = np.dtype(kind).itemsize, self._places
        for name, count in rows.items():
            places[name] = self._size, kind, count
            # a line more: columns that begin at the same place of a page would be in each other's way
            self._size += (count * size + 2 * _LINE - 1) // _LINE * _LINE if count else 0

    def want_filled(self, byte: int, kind: Any, **rows: int) -> None:
        """Ask for columns all of whose bytes are *byte* (255: the number -1)."""
        before = self._size
        self.want(kind, **rows)
        if self._size > before:
            self._filled.append((before, self._size, byte))

    def want_copies(self, **tables: NDArray[Any]) -> None:
        """Ask for copies of *tables*."""
        for name, table in tables.items():
            self.want(table.dtype, **{name: len(table)})
            start = self._places[name][0]
            self._given.append((start, start + table.nbytes, table))

    def take(self) -> dict[str, int]:
        """Get the memory; return where each column is."""
        self._bytes = self._empty(self._size + _LINE, np.uint8)
        for start, end, byte in self._filled:
            self._bytes[start:end] = byte
        for start, end, table in self._given:
            # as plain numbers: NumPy copies records field by field
            self._bytes[start:end] = table.view(np.uint8)
        first = address_of(self._bytes)
        return {name: first + place for name, (place, _, _) in self._places.items()}

    def beginning(self) -> tuple[int, NDArray[np.int64]]:
        """Return where the memory is, and a copy of its words up to the last that was given or filled: enough to begin anew."""
        end = max([end for _, end, _ in self._filled] + [end for _, end, _ in self._given], default=0)
        return address_of(self._bytes), self._bytes[: -(-end // 8) * 8].view(np.int64).copy()

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a column that was asked for, to be read and written."""
        start, kind, count = self._places[name]
        return self._bytes[start : start + count * np.dtype(kind).itemsize].view(kind)
