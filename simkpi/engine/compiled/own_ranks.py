"""A user's own ranking function, compiled by Numba: it may hold whatever Numba understands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import cfunc, njit, types
from numba.extending import intrinsic

#: Parts of a rank.
_PARTS = 3


def c_function(rank: Callable[..., Any], places: tuple[int, ...], n_numbers: int) -> Any:
    """Compile a ranking into a C function of (part, address of *n_numbers* numbers), of which it takes those at *places*.

    Raises
    ------
    TypeError
        If it does not return a whole number or up to three of them.
    numba.core.errors.NumbaError
        If Numba does not understand it.
    """
    ranked = njit(nogil=True, error_model="numpy")(rank)
    kinds = _kinds(ranked, len(places))
    if not all(isinstance(kind, types.Integer | types.Boolean) for kind in kinds) or len(kinds) > _PARTS:
        raise TypeError(f"a rank is a whole number or up to {_PARTS} of them, got {types.Tuple(kinds)}")
    picked, three = _picked(places), intrinsic(_three)
    in_c = cfunc(types.int64(types.int64, types.CPointer(types.int64)))
    return in_c(lambda part, numbers: three(ranked(*picked(numbers)))[part])


def _kinds(ranked: Any, n_asked: int) -> tuple[Any, ...]:
    ranked.compile((types.int64,) * n_asked)
    result = ranked.overloads[(types.int64,) * n_asked].signature.return_type
    return tuple(result) if isinstance(result, types.BaseTuple) else (result,)


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
        values = [ir.Constant(ir.IntType(64), 0)] * _PARTS
        for place, kind in enumerate(kinds):
            value = builder.extract_value(arguments[0], place) if isinstance(given, types.BaseTuple) else arguments[0]
            values[place] = context.cast(builder, value, kind, types.int64)
        return context.make_tuple(builder, signature.return_type, values)

    return types.UniTuple(types.int64, _PARTS)(given), generate
