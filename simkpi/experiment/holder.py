"""Who works in a folder: a lock that the system itself lets go when its holder ends, however it ends, and who that is."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from simkpi.errors import OutputError

LOCK = ".sweep.lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold *folder* while the block runs.

    Raises
    ------
    OutputError
        If another process holds it: says which one.
    """
    path = folder / LOCK
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder}: can not be written to ({(error.strerror or str(error)).lower()})") from None
    with file:
        if not _take(file):
            help_ = "wait for it, take another folder, or help it with --join"
            raise OutputError(f"{folder}: another sweep is at work there ({_holder(path)}); {help_}")
        path.with_suffix(".json").write_text(json.dumps({"process": os.getpid(), "host": platform.node()}), encoding="utf-8")
        try:
            yield
        finally:
            path.with_suffix(".json").unlink(missing_ok=True)
            _give_back(file)


def _holder(path: Path) -> str:
    try:
        stated = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        return f"process {stated['process']} on {stated['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "process unknown"


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _give_back(file: IO[str]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(file: IO[str]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _give_back(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
