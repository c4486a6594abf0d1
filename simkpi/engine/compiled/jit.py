"""How the engine's functions are written to be compiled: marks, tables of records and columns by address.

The functions are plain Python on whole numbers, translated word by word (:mod:`simkpi.engine.compiled.translate`): no objects, no
exceptions, nothing that could surprise. One record holds the addresses of all tables, as a C program would have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])
Record = TypeVar("Record")
#: A column of whole numbers of 64 bits inside compiled code.
Column = list[int]
#: Attribute of a function that is compiled: what LLVM is told about it.
MARK = "compiled_with"


def compiled(function: Function) -> Function:
    """Compile *function* as a part of the engine; it can not be called from Python."""
    setattr(function, MARK, "")
    return function


def apart(function: Function) -> Function:
    """Compile as :func:`compiled` does what is long and called from several places: once, not in each of them."""
    setattr(function, MARK, "noinline")
    return function


def rare(function: Function) -> Function:
    """Compile as :func:`compiled` does what few events or few scenarios need: out of the way of what all of them do."""
    setattr(function, MARK, "noinline cold")
    return function


@dataclass(frozen=True)
class Rows:
    """Compiled: (address of a table, row) -> that row, to be read and written like an object of the class."""

    record: type


@dataclass(frozen=True)
class Columns:
    """Compiled: address -> column of numbers of so many bits, to be read and written by position."""

    bits: int


@dataclass(frozen=True, eq=False)
class Variant:
    """Compiled: a function, and all that it calls, for records of which some fields are known beforehand."""

    name: str
    function: Callable[..., Any]
    #: Numbers by ``Record.field``; nothing that is compiled may change such a field.
    known: Mapping[str, int]

    def __call__(self, *arguments: Any) -> Any:
        """Stand for the compiled function, for the type checker."""
        raise TypeError("only compiled code calls a variant")


@dataclass(frozen=True)
class Instruction:
    """Compiled: whole numbers -> the whole number that LLVM's instructions make of them.

    Parameters
    ----------
    text : str
        One instruction a line; ``{0}``, ``{1}`` ... stand for the numbers, ``{a}``, ``{b}`` ... for the results of the lines
        before. What a call without a result leaves is 0.
    """

    text: str


def layout(record: type) -> np.dtype[Any]:
    """Return the memory layout of a class of annotated whole numbers: 8 bytes each, in their order."""
    return np.dtype([(name, np.int64) for name in record.__annotations__])


def records(record: type[Record]) -> Callable[[int, int], Record]:
    """Return what compiled code calls to get a row of a table of such records."""
    return cast("Callable[[int, int], Record]", Rows(record))


def columns(number: type[np.signedinteger[Any]]) -> Callable[[int], Column]:
    """Return what compiled code calls to get a column of such numbers."""
    return cast("Callable[[int], Column]", Columns(np.iinfo(number).bits))


longs, ints, shorts, bytes_ = columns(np.int64), columns(np.int32), columns(np.int16), columns(np.int8)

#: Compiled: position of the lowest bit of a number that is not 0.
lowest_bit = cast("Callable[[int], int]", Instruction("call i64 @llvm.cttz.i64(i64 {0}, i1 true)"))


def address_of(array: NDArray[Any]) -> int:
    """Return where the numbers of *array* are; the caller keeps the array alive."""
    assert array.flags.c_contiguous
    # the array's interface would describe every field of a table
    return int(array.ctypes.data)
