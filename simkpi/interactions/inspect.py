"""Looks at an unknown export and guesses what its columns are: kind, format, unit, and which of ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from simkpi.errors import LogError
from simkpi.interactions.cells import as_text, read_cells
from simkpi.interactions.columns import INTERACTIONS, Column
from simkpi.interactions.csv_files import Dialect, sniff
from simkpi.interactions.files import explain
from simkpi.interactions.reading import Reading
from simkpi.interactions.scanning import is_text_file, scan
from simkpi.interactions.sources import Options, recognise
from simkpi.interactions.table import settle_date_order
from simkpi.interactions.words import COLUMN_WORDS, OUTCOME_WORDS, UNIT_WORDS

#: Rows looked at: kinds are settled by the beginning of a file.
LOOK_AT = 20_000
#: Up to so many different texts make a column a set of values.
FEW = 24

_ISO_OFFSET = r"(?:[Zz]|[+-]\d{2}:?\d{2})\s*$"


@dataclass(frozen=True)
class Guess:
    """What a column of an export seems to be.

    Parameters
    ----------
    name : str
        As in the export.
    kind : str
        ``moment``, ``seconds``, ``number``, ``flag``, ``values`` (few different texts), ``text`` or ``empty``.
    filled : float, fraction
        Share of the rows looked at that hold something.
    examples : tuple of str
        The first different cells; all of them for ``values``.
    ours : str or None
        Column of ours that it seems to be.
    unit, format : str or None
        Unit of a duration, format of a moment that is a number; as the mapping file writes them.
    """

    name: str
    kind: str
    filled: float
    examples: tuple[str, ...]
    ours: str | None = None
    unit: str | None = None
    format: str | None = None


@dataclass(frozen=True)
class Inspection:
    """What an export seems to be.

    Parameters
    ----------
    path : Path
        The file.
    columns : tuple of Guess
        In the order of the file.
    n_rows : int
        Rows looked at, at most :data:`LOOK_AT`.
    source : str or None
        Known source whose columns these are; ``simkpi`` for our own schema.
    dialect : Dialect or None
        Separator and encoding of a text file.
    date_order : str or None
        Order of day and month where dates need it; ``?`` if the dates leave it open.
    has_offsets : bool
        Whether moments carry their offset from UTC, or count seconds since 1970 in UTC.
    """

    path: Path
    columns: tuple[Guess, ...]
    n_rows: int
    source: str | None
    dialect: Dialect | None
    date_order: str | None
    has_offsets: bool


def inspect_file(path: str | Path, *, encoding: str | None = None, sheet: str | None = None) -> Inspection:
    """Guess what the columns of an export are.

    Raises
    ------
    LogError
        If the file can not be read.
    """
    place = Path(path)
    options = Options(encoding=encoding, sheet=sheet)
    try:
        frame = scan(place, encoding=encoding, sheet=sheet).head(LOOK_AT).collect()
    except pl.exceptions.PolarsError as error:
        raise explain(place, options, error) from error
    frame = frame.select(as_text(name, dtype) for name, dtype in frame.schema.items())
    dialect = sniff(place, encoding=encoding) if place.is_file() and is_text_file(place) else None
    order = _date_order(frame)
    reading = Reading(date_order="dmy" if order == "?" else order, decimal=dialect.decimal if dialect else None)
    guesses = [_guess(frame[name], reading) for name in frame.columns]
    required = {name for name, column in INTERACTIONS.items() if column.required}
    known = recognise(frame.columns)
    source = "simkpi" if required.issubset(frame.columns) else known.name if known else None
    offsets = any(_knows_zone(guess, frame[guess.name]) for guess in guesses if guess.kind == "moment")
    return Inspection(place, _matched(guesses), frame.height, source, dialect, order, offsets)


def _knows_zone(guess: Guess, cells: pl.Series) -> bool:
    return guess.format in {"unix", "unix_ms"} or bool(cells.str.contains(_ISO_OFFSET).any())


def offsets_of(path: str | Path, *, rows: int = LOOK_AT) -> tuple[str, ...]:
    """Offsets from UTC that the moments of a text file carry, in order; empty if they carry none or the file is no text.

    Examples
    --------
    >>> offsets_of("no such file")
    ()
    """
    place = Path(path)
    if not place.is_file() or not is_text_file(place):
        return ()
    try:
        frame = scan(place).head(rows).collect()
    except (pl.exceptions.PolarsError, LogError):
        return ()
    text = [name for name, kind in frame.schema.items() if kind == pl.String]
    found: set[str] = set()
    for name in text:
        ends = frame[name].str.extract(r"\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})\s*$").drop_nulls().unique()
        found |= {end if ":" in end or end == "Z" else f"{end[:3]}:{end[3:]}" for end in ends}
    return tuple(sorted(found))


def outcome_of(text: str) -> str | None:
    """Outcome that a text of an export seems to name; None if it could be any."""
    plain = _plain(text)
    return next(
        (outcome for outcome, words in OUTCOME_WORDS.items() if any(re.search(rf"\b{word}", plain) for word in words)), None
    )


def _date_order(frame: pl.DataFrame) -> str | None:
    every = dict.fromkeys(frame.columns, Column("moment", ""))
    try:
        return settle_date_order(frame, every, Reading()).date_order
    except LogError:
        return "?"


def _guess(cells: pl.Series, reading: Reading) -> Guess:
    text = cells.str.strip_chars()
    given = text.filter(text.is_not_null() & (text != ""))
    filled = len(given) / len(cells) if len(cells) else 0.0
    distinct = given.unique(maintain_order=True)
    few = tuple(distinct.head(FEW + 1).to_list())
    kind, unit, form = _kind(cells.name, given, few, reading)
    return Guess(cells.name, kind, filled, few[:FEW] if kind == "values" else few[:3], unit=unit, format=form)


def _kind(name: str, given: pl.Series, few: tuple[str, ...], reading: Reading) -> tuple[str, str | None, str | None]:
    """Kind, unit and format of the filled cells of a column."""
    if given.is_empty():
        return "empty", None, None
    words = _plain(name)
    numbers = _read(given, "number", reading)
    if numbers is not None:
        form = _number_format(numbers, words)
        if form:
            return "moment", None, form
        padded = given.str.contains(r"^0\d").any()
        if _is_clock_name(words) and not padded:
            return "moment", None, None
        if _is_duration_name(words) and not padded:
            return "seconds", _unit(words), None
        return ("text" if padded or re.search(r"\b(id|nr|number|numero|ref)\b", words) else "number"), None, None
    if _read(given, "moment", reading) is not None and given.str.contains(r"\d{4}").all():
        return "moment", None, None
    if _read(given, "seconds", reading) is not None:
        return "seconds", None, None
    if _read(given, "flag", reading) is not None and len(few) <= 2:
        return "flag", None, None
    return ("values" if len(few) <= FEW and len(few) < max(3, len(given)) else "text"), None, None


def _read(given: pl.Series, kind: str, reading: Reading) -> pl.Series | None:
    """Cells read as *kind* if all but one in fifty can be; a file with a few bad cells keeps its kinds."""
    read = read_cells(given, Column(kind, ""), reading)
    return read if read.null_count() <= len(given) // 50 else None


def _number_format(numbers: pl.Series, words: str) -> str | None:
    low, high = numbers.min(), numbers.max()
    assert isinstance(low, float)
    assert isinstance(high, float)
    if low > 1e12 and high < 4e12:
        return "unix_ms"
    if low > 9e8 and high < 4e9 and not re.search(r"\b(phone|tel|number|id|numero)\b", words):
        return "unix"
    if low > 30_000 and high < 80_000 and re.search(r"\b(date|datum|time|start|end|heure|at)\b", words):
        return "excel"
    return None


def _is_clock_name(words: str) -> bool:
    """Whether a number under this name is a moment, in seconds from the start: what simulators and study data write."""
    return bool(re.search(r"^(arrival|answer|queue|queued|end|start)$|\b(arrival|start|started|end|ended|entry|exit|at)$", words))


def _is_duration_name(words: str) -> bool:
    return bool(
        re.search(
            r"\b(time|duration|duree|talk|hold|wrap|wait|acw|aht|attente|gesprach|warten|seconds|minutes|sec|min|temps)\b", words
        )
    )


def _unit(words: str) -> str:
    return next((unit for unit, names in UNIT_WORDS.items() if any(re.search(rf"\b{name}\b", words) for name in names)), "s")


def _matched(guesses: list[Guess]) -> tuple[Guess, ...]:
    """Give each of our columns the column of the export whose name fits best; exact names first, then words in it."""
    taken: dict[str, str] = {}
    for exact in (True, False):
        for ours, words in COLUMN_WORDS.items():
            if ours in taken.values():
                continue
            fitting = (g.name for word in words for g in guesses if g.name not in taken and _fits(g, ours, word, exact))
            found = next(fitting, None)
            if found is not None:
                taken[found] = ours
    return tuple(_with_ours(guess, taken) for guess in guesses)


def _with_ours(guess: Guess, taken: Mapping[str, str]) -> Guess:
    unit = guess.unit if taken.get(guess.name) is None or INTERACTIONS[taken[guess.name]].kind == "seconds" else None
    return Guess(guess.name, guess.kind, guess.filled, guess.examples, taken.get(guess.name), unit, guess.format)


def _fits(guess: Guess, ours: str, word: str, exact: bool) -> bool:
    plain = _plain(guess.name)
    named = plain == word if exact else re.search(rf"\b{word}\b", plain) is not None
    return named and guess.kind in _KINDS_OF[INTERACTIONS[ours].kind]


_KINDS_OF: dict[str, tuple[str, ...]] = {
    "text": ("text", "values", "number", "flag"),
    "enum": ("values", "text", "flag"),
    "moment": ("moment",),
    "seconds": ("seconds",),
    "count": ("number",),
    "number": ("number",),
    "flag": ("flag",),
    "texts": ("text", "values"),
}


def _plain(name: str) -> str:
    """Words of a name: ``CallID``, ``call_id`` and ``Call-Id`` are one; accents are dropped."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    bare = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", bare))
