"""Knows the log sources: each module of the package ``adapters`` adds one, and nothing else has to be touched."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from simkpi.interactions.reading import Reading
from simkpi.interactions.table import Log
from simkpi.registry import Registry


@dataclass(frozen=True)
class Options:
    """What a user may say about a file, whatever its source.

    Parameters
    ----------
    max_rejects : float or None, fraction
        Largest share of rows that may be set aside; see :func:`simkpi.interactions.quarantine.check`.
    reading : Reading
        Order of day and month, time zone, decimal sign.
    encoding : str or None
        Encoding of a text file; None means UTF-8, or what its byte-order mark says.
    sheet : str or None
        Sheet of a workbook; None means the first.
    mapping : Path or None
        Mapping file; only the source ``generic`` takes one.
    """

    max_rejects: float | None = None
    reading: Reading = field(default_factory=Reading)
    encoding: str | None = None
    sheet: str | None = None
    mapping: Path | None = None


Reader = Callable[[Path, Options], Log]


@dataclass(frozen=True)
class Source:
    """A system whose exports can be read.

    Parameters
    ----------
    name : str
        What ``--source`` takes.
    title : str
        What it is, in one line.
    read : callable
        ``read(path, options) -> Log``.
    signature : tuple of str
        Column names (or keys of a JSON record) that tell the source; empty for one that is never guessed.
    documentation : str
        Where the export's fields are documented.
    """

    name: str
    title: str
    read: Reader
    signature: tuple[str, ...] = ()
    documentation: str = ""


_SOURCES: Registry[Source] = Registry("log source")


def log_source(
    name: str, *, title: str, signature: Iterable[str] = (), documentation: str = "", aliases: tuple[str, ...] = ()
) -> Callable[[Reader], Reader]:
    """Add the decorated function ``read(path, options)`` as the reader of the source *name*."""

    def add(read: Reader) -> Reader:
        _SOURCES.add(name, Source(name, title, read, tuple(signature), documentation), aliases)
        return read

    return add


@functools.cache
def sources() -> Registry[Source]:
    """All log sources by name; imports every module of ``simkpi.interactions.adapters``."""
    package = importlib.import_module("simkpi.interactions.adapters")
    for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"{package.__name__}.{module}")
    return _SOURCES


def recognise(names: Iterable[str]) -> Source | None:
    """Return the source whose signature is wholly among *names*; the longest one wins, None if there is none."""
    present = set(names)
    fitting = [source for _, source in sources().items() if source.signature and present.issuperset(source.signature)]
    return max(fitting, key=lambda source: len(source.signature), default=None)
