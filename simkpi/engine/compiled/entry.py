"""Ways into compiled code: functions of an array of records, compiled once in a machine's life and loaded once per process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import from_dtype, njit, types
from numba.core import config

from simkpi.engine.compiled import cache
from simkpi.engine.compiled.parts import short_names


def entry(function: Callable[[Any], None], record: np.dtype[Any]) -> Any:
    """Compile *function*, of an array of records of that layout, or load it from the folder where it is kept."""
    found = njit(nogil=True, error_model="numpy")(function)
    folder = cache.folder()
    if folder is not None:
        # numba reads the folder when caching is switched on; the user's own setting for other code stays as it is
        before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
        try:
            found.enable_caching()
        finally:
            config.CACHE_DIR = before
    with short_names():
        found.compile((types.Array(from_dtype(record), 1, "C"),))
    found.disable_compile()
    return found
