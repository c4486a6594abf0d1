"""From LLVM's language to machine code and into this process."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from llvmlite import binding


@lru_cache(maxsize=1)
def _processor() -> tuple[str, str]:
    """Return the name and the features of this machine's processor."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()


def machine_name() -> str:
    """Return what machine code depends on besides the text: kind of machine, processor and LLVM, as letters and digits."""
    text = repr((binding.get_process_triple(), *_processor(), binding.llvm_version_info))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _machine() -> Any:
    name, features = _processor()
    target = binding.Target.from_triple(binding.get_process_triple())
    # code that is loaded where it is called: absolute addresses where the processor needs them
    relocation = "static" if target.name.startswith("x86") else "default"
    return target.create_target_machine(cpu=name, features=features, opt=3, reloc=relocation, codemodel="jitdefault", jit=True)


def machine_code(text: str, *, in_lanes: bool = False) -> bytes:
    """Return the machine code of a module, as an object file; *in_lanes*: loops take several rows at a time."""
    machine = _machine()
    module = binding.parse_assembly(text, binding.create_context())
    module.triple, module.data_layout = binding.get_process_triple(), str(machine.target_data)
    module.verify()
    builder = binding.create_pass_builder(machine, _tuning(in_lanes=in_lanes))
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def _tuning(*, in_lanes: bool) -> Any:
    tuning = binding.create_pipeline_tuning_options(speed_level=2)
    # the engine's loops are over a few rows each: nothing to vectorize or to unroll
    tuning.loop_vectorization, tuning.slp_vectorization, tuning.loop_unrolling = in_lanes, False, False
    return tuning


#: What has been loaded stays, for its addresses are in use.
_loaded: list[Any] = []


def load(code: bytes, name: str, n_arguments: int) -> Callable[..., None]:
    """Load machine code; return its function of that *name*, of whole numbers, which runs without the interpreter's lock."""
    empty = binding.parse_assembly("", binding.create_context())
    engine = binding.create_mcjit_compiler(empty, _machine())
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    _loaded.append(engine)
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * n_arguments)
    return kind(engine.get_function_address(name))
