"""Compiling a function as a part of the engine only: without machine code of its own, which halves the time to compile.

Numba optimises every function by itself, with all that it calls, and turns each into machine code that nobody asks for.
Parts are left as they are until the event loop, into which they are linked, is optimised as a whole.
"""

from __future__ import annotations

from typing import Any

from numba.core.compiler import Compiler
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(NativeLowering):  # type: ignore[misc]
    """Lower the function into a library that is neither optimised nor loaded by itself, and let others call it."""

    _name = "simkpi_part_lowering"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        library = state.targetctx.codegen().create_library(state.func_id.func_qualname)
        library.enable_object_caching()
        library._optimize_final_module = lambda: None
        library._finalize_final_module = lambda: setattr(library, "_finalized", True)
        state.library = library
        state.flags.no_compile = True
        super().run_pass(state)
        # numba knows functions by their entry point, which must be a built-in function; a part has none: any unique one will do
        unique: list[None] = []
        name = unique.append
        state.targetctx.insert_user_function(name, state["cr"].fndesc, [library])
        state["cr"] = state["cr"]._replace(cfunc=name)
        return True


class PartCompiler(Compiler):  # type: ignore[misc]
    """Numba's own compiler with that step in the place of its own."""

    def define_pipelines(self) -> Any:
        """Return the passes."""
        (passes,) = super().define_pipelines()
        passes.passes = [(_PartLowering, what) if each is NativeLowering else (each, what) for each, what in passes.passes]
        passes._finalized = False
        passes.finalize()
        return [passes]
