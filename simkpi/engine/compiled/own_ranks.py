"""A user's own ranking function, compiled by Numba: it may hold whatever Numba understands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import cfunc, njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from simkpi.engine.routing.policy import PARTS


class OwnRank:
    """A compiled ranking: a C function of (part, address of all numbers of a side).

    Parameters
    ----------
    function : object
        As Numba made it; has to live as long as its address is in use.
    failed : ndarray of int64, shape (1,)
        Becomes 1 when the ranking fails; it stays so.
    """

    def __init__(self, function: Any, failed: NDArray[np.int64]) -> None:
        self.address, self._function, self._failed = int(function.address), function, failed

    @property
    def has_failed(self) -> bool:
        """Whether it has failed since it was compiled."""
        return bool(self._failed[0])


def own_rank(rank: Callable[..., Any], places: tuple[int, ...], n_numbers: int) -> OwnRank:
    """Compile a ranking of those at *places* of *n_numbers* numbers.

    What raises an error in Python (a division by zero, an index that is none) gives the rank 0 and is noted: no error can pass
    through compiled code.

    Raises
    ------
    TypeError
        If it does not return a whole number or up to three of them.
    Exception
        Whatever Numba raises if it does not understand it.
    """
    ranked = njit(nogil=True, error_model="python")(rank)
    kinds = _kinds(ranked, len(places))
    if not all(isinstance(kind, types.Integer | types.Boolean) for kind in kinds) or not 0 < len(kinds) <= PARTS:
        got = ", ".join(str(types.unliteral(kind)) for kind in kinds)
        raise TypeError(f"a rank is a whole number or up to {PARTS} of them, got ({got})")
    failed = np.zeros(1, np.int64)
    picked, three, fail = _picked(places), intrinsic(_three), _set_to_one(failed.ctypes.data)

    def part_of_rank(part: Any, numbers: Any) -> Any:
        try:
            return three(ranked(*picked(numbers)))[part]
        except Exception:
            return fail()

    return OwnRank(cfunc(types.int64(types.int64, types.CPointer(types.int64)))(part_of_rank), failed)


def _kinds(ranked: Any, n_asked: int) -> tuple[Any, ...]:
    ranked.compile((types.int64,) * n_asked)
    result = ranked.overloads[(types.int64,) * n_asked].signature.return_type
    return tuple(result) if isinstance(result, types.BaseTuple) else (result,)


def _set_to_one(address: int) -> Any:
    """Return a compiled function that writes 1 to *address* and returns 0."""

    def fail(typing_context: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            whole = ir.IntType(64)
            builder.store(ir.Constant(whole, 1), builder.inttoptr(ir.Constant(whole, address), whole.as_pointer()))
            return ir.Constant(whole, 0)

        return types.int64(), generate

    return intrinsic(fail)


def _picked(places: tuple[int, ...]) -> Any:
    """Return a compiled function of the address of numbers -> those at *places*."""

    def pick(typing_context: Any, numbers: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            chosen = [builder.load(builder.gep(arguments[0], [ir.Constant(ir.IntType(64), place)])) for place in places]
            return context.make_tuple(builder, signature.return_type, chosen)

        return types.UniTuple(types.int64, len(places))(numbers), generate

    return intrinsic(pick)


def _three(typing_context: Any, given: Any) -> Any:
    """Compiled: a whole number or flag, or a tuple of up to three of them -> three whole numbers, zeros where there are fewer."""
    kinds = tuple(given) if isinstance(given, types.BaseTuple) else (given,)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values = [ir.Constant(ir.IntType(64), 0)] * PARTS
        for place, kind in enumerate(kinds):
            value = builder.extract_value(arguments[0], place) if isinstance(given, types.BaseTuple) else arguments[0]
            values[place] = context.cast(builder, value, kind, types.int64)
        return context.make_tuple(builder, signature.return_type, values)

    return types.UniTuple(types.int64, PARTS)(given), generate
