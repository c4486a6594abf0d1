"""Where the compiled engine is kept between runs: a folder of the user's, or none if nothing can be written there."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]


def folder(*sources: str) -> Path | None:
    """Return the folder of this version's compiled engine, made if need be; None if it can not be written.

    *sources*: files of the package, beside the engine's, that what is kept there is compiled from; then it is a folder inside.

    ``NUMBA_CACHE_DIR`` is followed when it is set, else ``XDG_CACHE_HOME`` or the system's folder for caches. The name holds the
    versions and a digest of the engine's source, so that an engine is never run that was compiled from another text.
    """
    try:
        path = _base() / "-".join((_version("simkpi"), _version("numba"), _digest()))
        path = path / _digest_of(tuple(_PACKAGE / name for name in sources)) if sources else path
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return None


def is_filled(entry: str = "_run_all") -> bool:
    """Whether the folder holds the compiled function *entry*, the engine's loop if none is given, for this Python."""
    path = folder()
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    return path is not None and any(path.rglob(f"*.{entry}-*.{python}*.nbi"))


def _base() -> Path:
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen) / "simkpi"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "simkpi" / "compiled"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "simkpi" / "compiled"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "simkpi" / "compiled"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from its source
        return "source"


@lru_cache(maxsize=1)
def _digest() -> str:
    """Digest of every source file that is compiled, or whose constants are."""
    engine = ("engine/order.py", "engine/plan.py", "engine/ppm.py", "engine/recorder.py", "demand/rows.py")
    drawing = tuple(f"demand/{name}.py" for name in ("elementary", "field", "gamma", "laws", "steps", "streams"))
    constants = (*engine, *drawing, "interactions/columns.py", "scenario/crews.py", "scenario/rosters.py", "units.py")
    compiled = [*_PACKAGE.glob("engine/compiled/*.py"), *_PACKAGE.glob("engine/routing/*.py")]
    return _digest_of((*compiled, *(_PACKAGE / name for name in constants)))


@lru_cache(maxsize=8)
def _digest_of(files: tuple[Path, ...]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()
