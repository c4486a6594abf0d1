"""Ways into compiled code: functions of an array of records, compiled once in a machine's life and loaded once per process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import from_dtype, njit, types
from numba.core import config

from simkpi.engine.compiled import cache
from simkpi.engine.compiled.parts import short_names


def entry(function: Callable[[Any], None], record: np.dtype[Any]) -> Any:
    """Compile *function*, of an array of records of that layout, or load it from the folder where it is kept."""
    return kept(njit(nogil=True, error_model="numpy")(function), (types.Array(from_dtype(record), 1, "C"),), cache.folder())


def kept(function: Any, signature: tuple[Any, ...], folder: Path | None) -> Any:
    """Return *function*, of Numba's, compiled for *signature* only, or loaded if it was compiled and kept in *folder* before."""
    if folder is not None:
        # numba reads the folder when caching is switched on; the user's own setting for other code stays as it is
        before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
        try:
            function.enable_caching()
        finally:
            config.CACHE_DIR = before
    with short_names():
        function.compile(signature)
    function.disable_compile()
    return function
