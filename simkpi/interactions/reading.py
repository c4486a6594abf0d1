"""How cells are to be read, as far as the user has to say it, and the steps that all kinds of cells share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

_PLAIN_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"


@dataclass(frozen=True)
class Reading:
    """How the cells of a source are to be read.

    Parameters
    ----------
    date_order : str or None
        ``dmy`` or ``mdy`` for dates such as 03/04/2026; ``ymd`` or None reads no such date.
    timezone : str or None
        Moments that carry an offset are turned into the wall clock of this zone (IANA name); None means UTC.
    written_in : str or None
        Zone in which moments without an offset were written, as text; they are turned into the wall clock of *timezone* too. None
        takes them as they stand. An hour that the end of summer time repeats is taken as the first one.
    decimal : str or None
        ``,`` or ``.``; None reads ``1,5`` as 1.5 and refuses ``1,234``, which may be either.
    """

    date_order: str | None = None
    timezone: str | None = None
    written_in: str | None = None
    decimal: str | None = None


def stripped(cells: pl.Series) -> pl.Series:
    """Text without blanks at its ends; blank is null."""
    text = cells.str.strip_chars()
    return text.set(text == "", None)


def fill_rest(done: pl.Series, text: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Fill the nulls of *done* by reading the rest of *text* another way; the common way stays the only cost of clean files."""
    rest = done.is_null() & text.is_not_null()
    if not rest.any():
        return done
    places = rest.arg_true()
    return done.scatter(places, read(text.gather(places)).cast(done.dtype))


def plain_numbers(text: pl.Series) -> pl.Series:
    """Finite numbers with a decimal point; the rest is null."""
    numbers = text.str.contains(_PLAIN_NUMBER)
    values = text.set(~numbers, None).cast(pl.Float64, strict=False)
    return values.set(~values.is_finite(), None)
