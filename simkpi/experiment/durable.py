"""Files that are either the old ones or the new ones, whatever happens: written aside, brought to the disk, renamed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from simkpi.errors import OutputError


def replace_file(path: Path, write: Callable[[Path], None]) -> Path:
    """Write *path* so that nobody ever sees half of it.

    Parameters
    ----------
    path : Path
        The file.
    write : callable
        Writes the content to the path that it is given, whose name has the same ending.

    Returns
    -------
    Path
        *path*.

    Raises
    ------
    OutputError
        If it can not be written; the old file is then still there.
    """
    part = path.with_name(f".part-{path.name}")
    try:
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{path}: can not be written ({(error.strerror or str(error)).lower()})") from None
    return path


def _sync_folder(folder: Path) -> None:
    """Bring the renaming itself to the disk; Windows has no such call and needs none."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
