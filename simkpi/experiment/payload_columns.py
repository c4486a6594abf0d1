"""Columns of stored tables: numbers in as few bytes as they need, repetitions once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
#: Bytes of a whole number.
_WIDTHS = (1, 2, 4, 8)
#: Entries of a run from which on runs are written by their lengths.
_LONG_RUN = 8
#: One step down in so many is seldom.
_SELDOM = 8
#: Entries that are looked at before all are.
_AT_FIRST = 16


@dataclass(frozen=True)
class Column:
    """One column of a table: its entries, of which each stands so many times in a row, and all of them so many times.

    Parameters
    ----------
    kind : str
        ``float``, ``text``, or the type of whole numbers.
    entries : ndarray of float64 (NaN = null) or int64
        Numbers, or places in *texts* (-1 = null).
    texts : tuple of str
        Known texts, in any order.
    nulls : ndarray of bool, optional
        Which whole numbers are null.
    each, times : int
        Repetitions.
    lengths : ndarray of int64, optional
        How many times in a row each entry stands, where they differ; *each* and *times* are then 1.
    """

    kind: str
    entries: NDArray[Any]
    texts: tuple[str, ...] = ()
    nulls: NDArray[np.bool_] | None = None
    each: int = 1
    times: int = 1
    lengths: Whole | None = None

    def __len__(self) -> int:
        return int(self.lengths.sum()) if self.lengths is not None else len(self.entries) * self.each * self.times


Columns: TypeAlias = Mapping[str, Column]


def words_of(numbers: Whole, each: int, times: int) -> tuple[dict[str, Any], bytes]:
    """Write whole numbers: repetitions once, or runs by their lengths if they are long."""
    if not len(numbers):
        return {"from": 0, "width": 1, "each": 1, "of": 0}, b""
    changes = changes_of(numbers)
    shortest, each = _shortest(numbers, changes, each, times)
    begins = np.concatenate([[0], changes if len(shortest) == len(numbers) else changes_of(shortest)])
    numbers = shortest
    if len(begins) * _LONG_RUN > len(numbers):
        stated, data = _narrow(numbers)
        return {**stated, "each": each, "of": len(numbers)}, data
    return _runs(numbers[begins], np.diff(begins, append=len(numbers)), each)


def words_of_runs(numbers: Whole, lengths: Whole) -> tuple[dict[str, Any], bytes]:
    """Write whole numbers that are given by their runs as :func:`words_of` writes them written out."""
    is_new = np.concatenate([[len(numbers) > 0], numbers[1:] != numbers[:-1]])
    if not is_new.all():
        first = np.flatnonzero(is_new)
        numbers, lengths = numbers[first], np.add.reduceat(lengths, first)
    ends = np.cumsum(lengths)
    n = int(ends[-1]) if len(ends) else 0
    if len(numbers) < 2 or len(numbers) * _LONG_RUN > n or _common(n, ends[:-1]) > 1 or _may_repeat(numbers, ends):
        return words_of(np.repeat(numbers, lengths), 1, 1)
    return _runs(numbers, lengths, 1)


def _may_repeat(numbers: Whole, ends: Whole) -> bool:
    """Whether runs that end there may be the same over and over."""
    return bool(_periods(int(ends[-1]), ends[:-1], lambda places: numbers[np.searchsorted(ends, places, side="right")]))


def _runs(numbers: Whole, lengths: Whole, each: int) -> tuple[dict[str, Any], bytes]:
    stated, data = _narrow(numbers)
    of_lengths, more = _narrow(lengths)
    return {**stated, "each": each, "of": len(numbers), "lengths": of_lengths}, data + more


def _narrow(numbers: Whole) -> tuple[dict[str, Any], bytes]:
    """Write numbers from their lowest upwards, each in as few bytes as the highest needs; mostly ascending ones by their steps.

    All first bytes stand before all second ones: neighbours are then alike, and are packed smaller and sooner.
    """
    stated, width = _span(numbers)
    if width in (2, 4):
        steps = np.diff(numbers, prepend=0)  # the first one is the first number
        if np.count_nonzero(steps < 0) * _SELDOM <= len(numbers):
            numbers = steps
            stated, width = _span(numbers)
            stated["steps"] = True
    words = (numbers - stated["from"]).astype(f"<i{width}")
    return stated, words.tobytes() if width == 1 else words.view(np.uint8).reshape(-1, width).T.tobytes()


def _span(numbers: Whole) -> tuple[dict[str, Any], int]:
    lowest = int(numbers.min())
    span = int(numbers.max()) - lowest
    width = next(width for width in _WIDTHS if span < 1 << (8 * width - 1))
    return {"from": lowest, "width": width}, width


def changes_of(numbers: NDArray[Any]) -> Whole:
    """Return where entries differ from the ones before."""
    return np.flatnonzero(numbers[1:] != numbers[:-1]) + 1


def _common(n: int, places: Whole) -> int:
    """Greatest common divisor of *n* and all *places*."""
    found = math.gcd(n, *places[:_AT_FIRST].tolist())  # most often 1: the others are then not looked at
    while found > 1 and len(odd := places[places % found != 0]):
        found = math.gcd(found, int(odd[0]))
    return found


def _shortest(numbers: Whole, changes: Whole, each: int, times: int) -> tuple[Whole, int]:
    """Return the fewest numbers that, each repeated so many times and all repeated as often as it takes, give the same."""
    n = len(numbers)
    if not len(changes):
        return numbers[:1], each * n * times
    run = _common(n, changes)
    numbers, each = numbers[::run], each * run
    for period in _periods(len(numbers), changes // run, lambda places: numbers[places]):
        if np.array_equal(numbers[period:], numbers[:-period]):
            return numbers[:period], each
    return numbers, each


def _periods(n: int, changes: Whole, entries: Callable[[Whole], Whole]) -> list[int]:
    """Return after how many of *n* entries they may begin again, ascending: some are looked at, from where they change."""
    at = changes[:: len(changes) // _AT_FIRST + 1]
    periods = _divisors(n)
    again = (entries((periods[:, None] + at) % n) == entries(at)).all(axis=1)
    return cast("list[int]", periods[again].tolist())


@lru_cache(maxsize=1024)
def _divisors(n: int) -> Whole:
    """Divisors of *n* but for itself, ascending."""
    small = [one for one in range(1, math.isqrt(n) + 1) if n % one == 0]
    return np.array(sorted({*small, *(n // one for one in small)} - {n}), dtype=np.int64)


def widened(stated: Mapping[str, Any], piece: bytes) -> Whole:
    """Read numbers that stand in a piece of bytes."""
    width = stated["width"]
    rows = np.frombuffer(piece, np.uint8).reshape(width, -1)
    words = rows[0].view("i1") if width == 1 else np.ascontiguousarray(rows.T).view(f"<i{width}")[:, 0]
    numbers = words.astype(np.int64)
    numbers += stated["from"]
    return np.cumsum(numbers, out=numbers) if stated.get("steps") else numbers


def written_out(column: Column, entries: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return the entries of a column (or what stands for them) with their repetitions."""
    entries = column.entries if entries is None else entries
    if column.lengths is not None:
        return np.repeat(entries, column.lengths)
    repeated = np.repeat(entries, column.each) if column.each > 1 else entries
    return np.tile(repeated, column.times) if column.times != 1 else repeated


def runs_of(column: Column) -> tuple[Whole, Whole]:
    """Return the entries of a column of whole numbers or texts where they change, and how many follow one another."""
    if column.lengths is not None:
        return column.entries, column.lengths
    if column.times == 1 and column.each > 1:
        return column.entries, np.full(len(column.entries), column.each)
    entries = written_out(column)
    begins = np.concatenate([np.zeros(min(len(entries), 1), dtype=np.int64), changes_of(entries)])
    return entries[begins], np.diff(begins, append=len(entries))
