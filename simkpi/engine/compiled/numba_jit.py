"""How loops over very many numbers are compiled, by Numba: fractions and words too, several numbers at a time.

The engine's own functions are translated otherwise (:mod:`simkpi.engine.compiled.jit`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import from_dtype, njit, types
from numba.extending import intrinsic

from simkpi.engine.compiled.jit import Column
from simkpi.engine.compiled.parts import APART, PartCompiler

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile *function* as a part of the engine, not callable from Python; it keeps its signature for the type checker."""
    return _part(function)


def apart(function: Function) -> Function:
    """Compile as :func:`compiled` does what is long and called from several places: once, not in each of them."""
    setattr(function, APART, ("noinline",))
    return _part(function)


def inlined(function: Function) -> Function:
    """Compile as :func:`compiled` does what a loop does for every number: into the loop, which then takes several at a time."""
    setattr(function, APART, ("alwaysinline",))
    return _part(function)


def _part(function: Function) -> Function:
    part = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=PartCompiler)(
        function
    )
    # numba would compile a function anew for each constant that it is called with
    template = part.get_call_template
    part.get_call_template = lambda args, kws: template(tuple(types.unliteral(given) for given in args), kws)
    return cast("Function", part)


def columns(number: type[np.number[Any]]) -> Callable[[int], Column]:
    """Return a compiled function (address) -> column of numbers of that size, to be read and written by position."""
    pointer = types.CPointer(from_dtype(np.dtype(number)))

    def at(typing_context: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(pointer))

        return pointer(types.int64), generate

    return cast("Callable[[int], Column]", intrinsic(at))


longs = columns(np.int64)
