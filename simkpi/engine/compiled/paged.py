"""Columns whose beginning is given back to the system once nobody needs it any more, where the system knows how."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.engine.compiled.jit import address_of

_IS_POSSIBLE = hasattr(mmap, "MADV_DONTNEED") and hasattr(mmap, "MAP_PRIVATE")


def reserve(size: int, dtype: Any) -> NDArray[Any]:
    """Return a column that takes memory only where it has been written to."""
    if not _IS_POSSIBLE or not size:
        return np.empty(size, dtype)
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    return np.frombuffer(mmap.mmap(-1, size * np.dtype(dtype).itemsize, flags=flags), dtype, count=size)


def release(column: NDArray[Any], start: int, stop: int) -> None:
    """Give back the memory of the rows before *stop* as far as they fill pages; those before *start* were given back before."""
    pages: Any = column
    while isinstance(pages, np.ndarray):
        pages = pages.base
    pages = getattr(pages, "obj", None)
    if not isinstance(pages, mmap.mmap):
        return
    begin = address_of(column) - address_of(np.frombuffer(pages, np.uint8))
    first, last = ((begin + row * column.itemsize) // mmap.PAGESIZE * mmap.PAGESIZE for row in (start, stop))
    # the page in which the column begins may hold the end of another
    first = max(first, -(-begin // mmap.PAGESIZE) * mmap.PAGESIZE)
    if last > first:
        pages.madvise(mmap.MADV_DONTNEED, first, last - first)
