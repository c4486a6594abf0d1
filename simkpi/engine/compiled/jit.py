"""How this engine is compiled: functions without the interpreter's lock, records and columns by address.

Numba would pass every array as seven numbers and count its references at each call; with some thirty arrays that took
three minutes to compile. One record that holds addresses, as a C program would have it, takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import from_dtype, njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from simkpi.engine.compiled.parts import APART, GuestCompiler, PartCompiler

Function = TypeVar("Function", bound=Callable[..., Any])
Record = TypeVar("Record")
#: A column of whole numbers inside compiled code.
Column = list[int]


def compiled(function: Function) -> Function:
    """Compile *function* as a part of the engine, not callable from Python; it keeps its signature for the type checker."""
    return _part(function, PartCompiler)


def apart(function: Function) -> Function:
    """Compile as :func:`compiled` does what is long and called from several places: once, not in each of them."""
    setattr(function, APART, ("noinline",))
    return _part(function, PartCompiler)


def inlined(function: Function) -> Function:
    """Compile as :func:`compiled` does what a loop does for every number: into the loop, which then takes several at a time."""
    setattr(function, APART, ("alwaysinline",))
    return _part(function, PartCompiler)


def rare(function: Function) -> Function:
    """Compile as :func:`compiled` does what few events or few scenarios need: out of the way of what all of them do."""
    setattr(function, APART, ("noinline", "cold"))
    return _part(function, PartCompiler)


def compiled_guest(function: Function) -> Function:
    """Compile as :func:`compiled` does a function of somebody else's, which may hold anything that Numba understands."""
    return _part(function, GuestCompiler)


def _part(function: Function, compiler: type[GuestCompiler]) -> Function:
    part = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=compiler)(
        function
    )
    # numba would compile a function anew for each constant that it is called with
    template = part.get_call_template
    part.get_call_template = lambda args, kws: template(tuple(types.unliteral(given) for given in args), kws)
    return cast("Function", part)


def layout(record: type) -> np.dtype[Any]:
    """Return the memory layout of a class of annotated whole numbers: 8 bytes each, in their order."""
    return np.dtype([(name, np.int64) for name in record.__annotations__])


def records(record: type[Record]) -> Callable[[int, int], Record]:
    """Return a compiled function (address of a table, row) -> that row, to be read and written like an object."""
    dtype = layout(record)
    row_type = from_dtype(dtype)

    def at(typing_context: Any, address: Any, row: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            offset = builder.mul(arguments[1], arguments[1].type(dtype.itemsize))
            return builder.inttoptr(builder.add(arguments[0], offset), context.get_value_type(row_type))

        return row_type(types.int64, types.int64), generate

    return cast("Callable[[int, int], Record]", intrinsic(at))


def columns(number: type[np.number[Any]]) -> Callable[[int], Column]:
    """Return a compiled function (address) -> column of numbers of that size, to be read and written by position."""
    pointer = types.CPointer(from_dtype(np.dtype(number)))

    def at(typing_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(pointer))

        return pointer(types.int64), generate

    return cast("Callable[[int], Column]", intrinsic(at))


longs, ints, shorts, bytes_ = columns(np.int64), columns(np.int32), columns(np.int16), columns(np.int8)


def address_of(array: NDArray[Any]) -> int:
    """Return where the numbers of *array* are; the caller keeps the array alive."""
    assert array.flags.c_contiguous
    # the array's interface would describe every field of a table
    return int(array.ctypes.data)


def picked(places: tuple[int, ...]) -> Callable[[tuple[int, ...]], tuple[int, ...]]:
    """Return a compiled function of a tuple of whole numbers -> those at *places*."""

    def pick(typing_context: Any, numbers: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            chosen = [builder.extract_value(arguments[0], place) for place in places]
            return context.make_tuple(builder, signature.return_type, chosen)

        return types.UniTuple(types.int64, len(places))(numbers), generate

    return cast("Callable[[tuple[int, ...]], tuple[int, ...]]", intrinsic(pick))


def as_tuple(count: int) -> Callable[[Any], tuple[int, ...]]:
    """Return a compiled function of the address of *count* whole numbers -> the tuple of them."""

    def read(typing_context: Any, numbers: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            values = [builder.load(builder.gep(arguments[0], [ir.Constant(ir.IntType(64), place)])) for place in range(count)]
            return context.make_tuple(builder, signature.return_type, values)

        return types.UniTuple(types.int64, count)(numbers), generate

    return cast("Callable[[Any], tuple[int, ...]]", intrinsic(read))


def _three(typing_context: Any, given: Any) -> Any:
    kinds = tuple(given) if isinstance(given, types.BaseTuple) else (given,)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values = [ir.Constant(ir.IntType(64), 0)] * 3
        for place, kind in enumerate(kinds):
            value = builder.extract_value(arguments[0], place) if isinstance(given, types.BaseTuple) else arguments[0]
            values[place] = context.cast(builder, value, kind, types.int64)
        return context.make_tuple(builder, signature.return_type, values)

    return types.UniTuple(types.int64, 3)(given), generate


#: Compiled: a whole number or flag, or a tuple of up to three of them -> three whole numbers, zeros where there are fewer.
three = cast("Callable[[Any], tuple[int, int, int]]", intrinsic(_three))


def _call_rank(typing_context: Any, address: Any, part: Any, numbers: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = ir.IntType(64)
        place = cgutils.alloca_once(builder, ir.ArrayType(number, numbers.count))
        builder.store(arguments[2], place)
        pointer = builder.inttoptr(arguments[0], ir.FunctionType(number, [number, number.as_pointer()]).as_pointer())
        return builder.call(pointer, [arguments[1], builder.bitcast(place, number.as_pointer())])

    return types.int64(types.int64, types.int64, numbers), generate


#: Compiled: one part of a user's own rank, by the C function at an address, of a tuple of whole numbers.
call_rank = cast("Callable[[int, int, tuple[int, ...]], int]", intrinsic(_call_rank))
