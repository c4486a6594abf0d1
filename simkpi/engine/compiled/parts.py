"""Compiling a function as a part of the engine only: without machine code of its own, which halves the time to compile.

Numba optimises every function by itself, with all that it calls, and turns each into machine code that nobody asks for.
Parts are left as they are until the loop into which they are linked is optimised as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba import types
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import (
    AnnotateTypes,
    DumpParforDiagnostics,
    InlineOverloads,
    NativeLowering,
    NopythonRewrites,
    NoPythonSupportedFeatureValidation,
)
from numba.core.untyped_passes import (
    DeadBranchPrune,
    FindLiterallyCalls,
    InlineClosureLikes,
    InlineInlinables,
    LiteralPropagationSubPipelinePass,
    LiteralUnroll,
    MakeFunctionToJitFunction,
    RewriteDynamicRaises,
    RewriteSemanticConstants,
    WithLifting,
)

#: Steps about closures, arrays, exceptions and literals, which these functions have none of; a third of the time.
_NEEDLESS = (
    AnnotateTypes, DeadBranchPrune, DumpParforDiagnostics, FindLiterallyCalls, InlineClosureLikes, InlineInlinables,
    InlineOverloads, LiteralPropagationSubPipelinePass, LiteralUnroll, MakeFunctionToJitFunction,
    NoPythonSupportedFeatureValidation, NopythonRewrites, RewriteDynamicRaises, RewriteSemanticConstants, WithLifting,
)  # fmt: skip


#: Attribute of a Python function that is kept out of the code of its callers: the attributes of its machine code.
APART = "apart"


def _marked(module: Any, attributes: tuple[str, ...]) -> Any:
    for function in module.functions:
        if not function.is_declaration:
            for attribute in attributes:
                function.attributes.add(attribute)
    return module


@contextmanager
def short_names() -> Iterator[None]:
    """Let Numba call records by the names that they have: it describes all their fields anew in every message to itself."""
    described = types.Record.__repr__
    types.Record.__repr__ = types.Type.__repr__
    try:
        yield
    finally:
        types.Record.__repr__ = described


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
        attributes, add = getattr(state.func_id.func, APART, ()), library.add_ir_module
        library.add_ir_module = lambda module: add(_marked(module, attributes))
        state.library = library
        state.flags.no_compile = True
        super().run_pass(state)
        # numba knows functions by their entry point, which must be a built-in function; a part has none: any unique one will do
        unique: list[None] = []
        name = unique.append
        state.targetctx.insert_user_function(name, state["cr"].fndesc, [library])
        state["cr"] = state["cr"]._replace(cfunc=name)
        return True


class GuestCompiler(Compiler):  # type: ignore[misc]
    """Numba's own compiler with that step in the place of its own: for functions of which nothing is known."""

    def define_pipelines(self) -> Any:
        """Return the passes."""
        (passes,) = super().define_pipelines()
        passes.passes = [(_PartLowering, what) if each is NativeLowering else (each, what) for each, what in passes.passes]
        passes._finalized = False
        passes.finalize()
        return [passes]


class PartCompiler(GuestCompiler):
    """The same for our own functions, without the steps that change nothing in them."""

    def define_pipelines(self) -> Any:
        """Return the passes."""
        (passes,) = super().define_pipelines()
        passes.passes = [(each, what) for each, what in passes.passes if each not in _NEEDLESS]
        passes._finalized = False
        passes.finalize()
        return [passes]
