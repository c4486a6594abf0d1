"""The files that a scenario names, as texts that travel with a plan, and back."""

from __future__ import annotations

import base64
from pathlib import Path

from simkpi.errors import InputError
from simkpi.experiment.provenance import named_files
from simkpi.scenario.resolve import Scenario

#: Bytes up to which a file that a scenario names travels with the plan, and what marks one that is no text.
_LARGEST_FILE, _BINARY = 20_000_000, "base64:"


def texts_of(base: Scenario) -> dict[str, str]:
    """Return what the files named by a scenario hold; too large ones are left out."""
    folder = base.folder or Path.cwd()
    named = {name: folder / name for name in dict.fromkeys(named_files(base.short))}
    return {name: _text(path) for name, path in named.items() if path.is_file() and path.stat().st_size <= _LARGEST_FILE}


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _BINARY + base64.b64encode(data).decode("ascii")


def bytes_of(text: str) -> bytes:
    """Return the content of a file again."""
    return base64.b64decode(text[len(_BINARY) :]) if text.startswith(_BINARY) else text.encode("utf-8")


def place_inside(folder: Path, name: str) -> Path:
    """Return the place of a named file below *folder*, made ready.

    Raises
    ------
    InputError
        If the name leads out of it.
    """
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InputError(f"names a file outside its folder: {name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
