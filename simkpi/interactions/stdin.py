"""Reads a log that comes in on stdin: it is kept in a temporary file, since a log is read more than once."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from simkpi.errors import LogError
from simkpi.interactions.files import read_log
from simkpi.interactions.table import Log

_MAGIC = {b"PAR1": ".parquet", b"PK\x03\x04": ".xlsx", b"{": ".json", b"[": ".json"}


def read_stdin(source: str | None, **options: Any) -> Log:
    """Read all of stdin as a log, in memory; CSV, JSON, Parquet or a workbook are told by their first bytes.

    Parameters
    ----------
    source, options
        As :func:`simkpi.interactions.files.read_log` takes them.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        with path.open("rb") as file:
            head = file.read(4)
        suffix = next((suffix for magic, suffix in _MAGIC.items() if head.startswith(magic)), ".csv")
        path = path.rename(path.with_suffix(suffix))
        try:
            return read_log(path, source, **options).collect()
        except LogError as error:
            named = (replace(problem, file="-" if problem.file == str(path) else problem.file) for problem in error.problems)
            raise LogError(named) from None
