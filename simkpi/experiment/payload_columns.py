"""Columns of stored tables: numbers in as few bytes as they need, repetitions once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
#: Bytes of a whole number.
_WIDTHS = (1, 2, 4, 8)
#: Entries of a run from which on runs are written by their lengths.
_LONG_RUN = 8


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
    """

    kind: str
    entries: NDArray[Any]
    texts: tuple[str, ...] = ()
    nulls: NDArray[np.bool_] | None = None
    each: int = 1
    times: int = 1

    def __len__(self) -> int:
        return len(self.entries) * self.each * self.times


Columns: TypeAlias = Mapping[str, Column]


def words_of(numbers: Whole, each: int, times: int) -> tuple[dict[str, Any], bytes]:
    """Write whole numbers: repetitions once, or runs by their lengths if they are long."""
    if not len(numbers):
        return {"from": 0, "width": 1, "each": 1, "of": 0}, b""
    numbers, each = _shortest(numbers, each, times)
    begins = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    if len(begins) * _LONG_RUN > len(numbers):
        stated, data = _narrow(numbers)
        return {**stated, "each": each, "of": len(numbers)}, data
    stated, data = _narrow(numbers[begins])
    lengths, more = _narrow(np.diff(begins, append=len(numbers)))
    return {**stated, "each": each, "of": len(begins), "lengths": lengths}, data + more


def _narrow(numbers: Whole) -> tuple[dict[str, Any], bytes]:
    """Write numbers from their lowest upwards, each in as few bytes as the highest needs."""
    lowest = int(numbers.min())
    span = int(numbers.max()) - lowest
    width = next(width for width in _WIDTHS if span < 1 << (8 * width - 1))
    return {"from": lowest, "width": width}, (numbers - lowest).astype(f"<i{width}").tobytes()


def _shortest(numbers: Whole, each: int, times: int) -> tuple[Whole, int]:
    """Return the fewest numbers that, each repeated so many times and all repeated as often as it takes, give the same."""
    n = len(numbers)
    changes = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
    if not len(changes):
        return numbers[:1], each * n * times
    run = n
    while len(odd := changes[changes % run != 0]):
        run = math.gcd(run, int(odd[0]))
    numbers, each = numbers[::run], each * run
    sums = np.cumsum(numbers)
    for period in _divisors(len(numbers)):  # sums first: they tell most periods at once that they are none
        is_likely = int(sums[period - 1]) * (len(numbers) // period) == int(sums[-1])
        if is_likely and np.array_equal(numbers[period:], numbers[:-period]):
            return numbers[:period], each
    return numbers, each


def _divisors(n: int) -> list[int]:
    """Divisors of *n* but for itself, ascending."""
    small = [one for one in range(1, math.isqrt(n) + 1) if n % one == 0]
    return sorted({*small, *(n // one for one in small)} - {n})


def widened(stated: Mapping[str, Any], piece: bytes) -> Whole:
    """Read numbers that stand in a piece of bytes."""
    return np.asarray(np.frombuffer(piece, f"<i{stated['width']}").astype(np.int64) + stated["from"])


def written_out(column: Column, entries: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return the entries of a column (or what stands for them) with their repetitions."""
    entries = column.entries if entries is None else entries
    repeated = np.repeat(entries, column.each) if column.each > 1 else entries
    return np.tile(repeated, column.times) if column.times != 1 else repeated
