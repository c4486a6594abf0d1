"""Where the compiled engine is kept between runs: a folder of the user's, or none if nothing can be written there."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]
#: Bytes of the sum that stands before the machine code.
_SIZE = 16


def folder(*sources: str) -> Path | None:
    """Return the folder of this version's compiled engine, made if need be; None if it can not be written and holds nothing.

    One that can only be read serves who runs an image that somebody else has built.

    *sources*: files of the package, beside the engine's, that what is kept there is compiled from; then it is a folder inside.

    ``NUMBA_CACHE_DIR`` is followed when it is set, else ``XDG_CACHE_HOME`` or the system's folder for caches. The name holds the
    versions and a digest of the engine's source, so that an engine is never run that was compiled from another text.
    """
    path = None
    try:
        path = _base() / "-".join((_version("simkpi"), _version("numba"), _digest()))
        path = path / _digest_of(tuple(_PACKAGE / name for name in sources)) if sources else path
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return path if path is not None and _holds_something(path) else None


def _holds_something(path: Path) -> bool:
    try:
        return any(path.iterdir())
    except OSError:
        return False


def is_filled(loop: str = "") -> bool:
    """Whether the folder holds the engine compiled for this machine; or a *loop* of that name, by Numba for this Python."""
    if not loop:
        return is_kept()
    path, python = folder(), f"py{sys.version_info.major}{sys.version_info.minor}"
    return path is not None and any(path.rglob(f"*.{loop}-*.{python}*.nbi"))


def is_kept(*sources: str) -> bool:
    """Whether machine code of these *sources* (see :func:`folder`) is there, by default the engine's."""
    path = _file(*sources)
    return path is not None and path.is_file()


def kept(compile_code: Callable[[], bytes], *sources: str) -> bytes:
    """Return machine code: that in the folder (see :func:`folder`), or else as *compile_code* makes it, to be kept there."""
    path = _file(*sources)
    code = None if path is None else _read(path)
    if code is None:
        code = compile_code()
        if path is not None:
            with suppress(OSError):
                _write(path, code)
    return code


def _file(*sources: str) -> Path | None:
    from simkpi.engine.compiled.native import machine_name

    path = folder(*sources)
    return None if path is None else path / f"{machine_name()}.o"


def _read(path: Path) -> bytes | None:
    """Return what is kept, None if there is nothing or not the whole of it."""
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    return kept[_SIZE:] if kept[:_SIZE] == _sum(kept[_SIZE:]) else None


def _write(path: Path, code: bytes) -> None:
    # in one step: another process may look for it
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(_sum(code) + code)
    Path(file.name).chmod(0o644)  # for all who use the folder: temporary files are their owner's alone
    Path(file.name).replace(path)


def _sum(code: bytes) -> bytes:
    return hashlib.blake2b(code, digest_size=_SIZE).digest()


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
    """Digest of every source file that is compiled, or whose constants may be."""
    files = [file for folder in ("engine", "demand", "scenario") for file in _PACKAGE.glob(f"{folder}/**/*.py")]
    return _digest_of((*files, _PACKAGE / "interactions" / "columns.py", _PACKAGE / "units.py"))


@lru_cache(maxsize=8)
def _digest_of(files: tuple[Path, ...]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()
