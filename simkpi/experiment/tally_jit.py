"""How the loops of the tally are compiled: without the interpreter's lock, and without counting who uses an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

from simkpi.engine.compiled.parts import GuestCompiler

Function = TypeVar("Function", bound=Callable[..., Any])
#: The arrays come from Python, which keeps them; to count each pass of one takes thirty times as long as the loops do.
UNCOUNTED: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}


def part(function: Function) -> Function:
    """Compile *function* as a part of the loops, not callable from Python; it can not make arrays."""
    made = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=GuestCompiler, **UNCOUNTED)(function)
    return cast("Function", made)
