"""Columns that hold one value throughout: no memory while rows are put together, and little once they are laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]

#: Longest column that is kept for the next draw.
_KEPT = 1 << 20
_kept: dict[tuple[Any, str], Column] = {}


def constant(value: Any, size: int, dtype: Any = np.int64) -> Column:
    """Return a read-only column of *size* times *value* that takes no memory.

    Examples
    --------
    >>> constant(-1, 3).tolist(), is_constant(constant(-1, 3)), is_constant(np.array([-1, -1, -1]))
    ([-1, -1, -1], True, False)
    """
    return np.broadcast_to(np.array(value, dtype), (size,))


def is_constant(column: Column) -> bool:
    """Whether *column* was made by :func:`constant`."""
    return column.strides == (0,)


def joined(parts: Sequence[Column]) -> Column:
    """Return the parts one behind the other: a constant if they are one and the same."""
    if len(parts) == 1:
        return parts[0]
    filled = [part for part in parts if len(part)]
    if filled and all(map(is_constant, filled)) and len({part[0].item() for part in filled}) == 1:
        return constant(filled[0][0], sum(map(len, filled)), filled[0].dtype)
    return np.concatenate(parts)


def laid_out(column: Column) -> Column:
    """Return *column* in memory; a constant, read-only, shares its memory with others of the same value (none at all for zeros).

    Examples
    --------
    >>> laid_out(constant(7, 3)).flags.c_contiguous, laid_out(constant(7, 3)).base is laid_out(constant(7, 2)).base
    (True, True)
    """
    if not is_constant(column) or not len(column):
        return column
    value, size = column[0].item(), len(column)
    if size > _KEPT:
        return _read_only(value, size, column.dtype)
    key = value, column.dtype.str
    known = _kept.get(key)
    if known is None or len(known) < size:
        _kept[key] = known = _read_only(value, min(_KEPT, size + size // 4), column.dtype)
    return known[:size]


def _read_only(value: Any, size: int, dtype: Any) -> Column:
    # zeros are not written, and pages that nobody has written to take no memory
    column = np.zeros(size, dtype) if value == 0 else np.full(size, value, dtype)
    column.flags.writeable = False
    return column
