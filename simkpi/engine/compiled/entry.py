"""Ways into compiled code: functions of an array of records, compiled once in a machine's life and loaded once per process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numba import from_dtype, njit, types
from numba.core import config
from numba.core.caching import NullCache, _CacheLocator

from simkpi.engine.compiled import cache
from simkpi.engine.compiled.parts import short_names


def entry(function: Callable[[Any], None], record: np.dtype[Any]) -> Any:
    """Compile *function*, of an array of records of that layout, or load it from the folder where it is kept."""
    return kept(njit(nogil=True, error_model="numpy")(function), (types.Array(from_dtype(record), 1, "C"),), cache.folder())


def kept(function: Any, signature: tuple[Any, ...], folder: Path | None) -> Any:
    """Return *function*, of Numba's, compiled for *signature* only, or loaded if it was compiled and kept in *folder* before.

    What is kept there and can not be read (half written when a disk was full, say) is made anew.
    """
    if folder is not None:
        _keep_in(folder, function)
    with short_names():
        try:
            function.compile(signature)
        except Exception:  # whatever reading a damaged file raises
            _compile_anew(function, signature)
    function.disable_compile()
    return function


def _keep_in(folder: Path, function: Any) -> None:
    """Let Numba keep *function* in *folder*, also in one that can only be read."""
    # numba reads the folder when caching is switched on; the user's own setting for other code stays as it is
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    ensure, _CacheLocator.ensure_cache_path = _CacheLocator.ensure_cache_path, _make_if_possible
    try:
        function.enable_caching()
    finally:
        config.CACHE_DIR, _CacheLocator.ensure_cache_path = before, ensure


def _make_if_possible(locator: Any) -> None:
    with suppress(OSError):
        Path(locator.get_cache_path()).mkdir(parents=True, exist_ok=True)


def _compile_anew(function: Any, signature: tuple[Any, ...]) -> None:
    """Compile *function* in the place of what is kept; if that can not be replaced, for this process alone."""
    try:
        function._cache.flush()
        function.compile(signature)
    except Exception:  # an error in the function itself comes again below
        function._cache = NullCache()
        function.compile(signature)
