"""CSV files as planners have them: any separator, byte-order marks, gzip, French decimals, and faults told by their line."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import polars as pl

from simkpi.errors import LogError, Problem

SEPARATORS = (",", ";", "\t", "|")
_HEAD_BYTES = 1 << 18
_BLOCK_BYTES = 1 << 22
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written.

    Parameters
    ----------
    names : tuple of str
        Column names of the header, made unique for blank ones.
    separator : str
        One of :data:`SEPARATORS`.
    encoding : str
        Python's name of the encoding.
    header_lines : int
        Lines before the header (blank ones, Excel's ``sep=;``).
    line_end : str
        Last character of a line: a line feed, or a carriage return in old files.
    """

    names: tuple[str, ...]
    separator: str
    encoding: str
    header_lines: int = 0
    line_end: str = "\n"

    @property
    def decimal(self) -> str | None:
        """Decimal sign that the separator implies: Excel writes ``;`` where the comma is the decimal sign."""
        return "," if self.separator == ";" else None


def sniff(path: Path, *, encoding: str | None = None, separator: str | None = None) -> Dialect:
    """Find separator, encoding and column names from the beginning of a file.

    Raises
    ------
    LogError
        If the file is missing, is a folder, is empty, is not in the encoding, or has a duplicate column.
    """
    head = _read_head(path)
    encoding = encoding or next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
    text = _decode_head(head, encoding, path)
    lines = list(io.StringIO(text, newline=None))  # any line end; splitlines would also split at exotic ones
    skipped = 0
    while skipped < len(lines) and not lines[skipped].strip():
        skipped += 1
    if skipped < len(lines) and (hint := lines[skipped].strip().strip('"').lower()).startswith("sep=") and len(hint) <= 5:
        separator = separator or lines[skipped].strip().strip('"')[4:] or "\t"
        skipped += 1
    if skipped >= len(lines):
        raise LogError(Problem("is empty; a log needs at least a line with the column names", file=str(path)))
    separator = separator or _most_frequent(lines[skipped])
    try:
        header = next(csv.reader(lines[skipped:], delimiter=separator))
    except csv.Error as error:
        raise LogError(Problem(f"has no readable column names ({error})", file=str(path), line=skipped + 1)) from None
    names = tuple(name.strip() or f"column_{place}" for place, name in enumerate(header, start=1))
    _refuse_duplicates(names, path, skipped + 1)
    return Dialect(names, separator, encoding, skipped, "\r" if "\r" in text and "\n" not in text else "\n")


def scan_csv(path: Path, dialect: Dialect | None = None, *, encoding: str | None = None) -> pl.LazyFrame:
    """Lazy frame over a CSV file, every cell as text so that ids such as ``007``, ``1e5`` and ``NA`` stay what they are.

    UTF-8 files, plain or gzip, are read as they are needed; files in another encoding are decoded in memory.
    """
    dialect = dialect or sniff(path, encoding=encoding)
    source: Path | bytes = path
    if dialect.encoding.lower().replace("_", "-") not in {"utf-8", "utf8", "utf-8-sig"}:
        source = read_text_file(path, dialect.encoding).encode()
    names = list(dialect.names)
    return pl.scan_csv(
        source,
        separator=dialect.separator,
        skip_lines=dialect.header_lines,
        infer_schema=False,
        with_column_names=lambda _: names,
        encoding="utf8",
        eol_char=dialect.line_end,
        glob=False,
    )


def explain_fault(path: Path, dialect: Dialect, error: Exception) -> LogError:
    """Say at which line or byte polars stumbled over *path*: wrong encoding, extra cells, an open quote."""
    try:
        text = read_text_file(path, dialect.encoding)
    except LogError as wrong_encoding:
        return wrong_encoding
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.separator, strict=True)
    before, problems = 1, []
    try:
        for row in rows:
            if len(row) > len(dialect.names) and rows.line_num > dialect.header_lines + 1:
                hint = f"put quotes around text that holds '{dialect.separator}'"
                got = f"has {len(row)} cells, the header {len(dialect.names)}; {hint}"
                problems.append(Problem(got, file=str(path), line=before))
            before = rows.line_num + 1
    except csv.Error as fault:
        problems.append(Problem(f"can not be read from here on ({fault}); is a quote left open?", file=str(path), line=before))
    if not problems:
        problems = [Problem(f"can not be read: {str(error).splitlines()[0]}", file=str(path))]
    hidden = len(problems) - 20
    if hidden > 0:
        problems = [*problems[:20], Problem(f"and {hidden} more lines", file=str(path))]
    return LogError(problems)


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file for reading, unpacked if it is gzip (told by its first bytes, not its name).

    Raises
    ------
    LogError
        If the file is missing, is a folder or may not be read.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]
    except FileNotFoundError:
        raise LogError(Problem("no such file", file=str(path))) from None
    except IsADirectoryError:
        raise LogError(Problem("is a folder, not a file", file=str(path))) from None
    except OSError as error:
        raise LogError(Problem(f"can not be read ({error.strerror})", file=str(path))) from None


def read_blocks(path: Path, size: int = _BLOCK_BYTES) -> Iterator[bytes]:
    """Unpacked content of a file in blocks; a damaged gzip file raises LogError."""
    with open_bytes(path) as file:
        try:
            while block := file.read(size):
                yield block
        except (OSError, EOFError) as error:
            raise LogError(Problem(f"is not a whole gzip file ({error})", file=str(path))) from None


def _read_head(path: Path) -> bytes:
    return next(read_blocks(path, _HEAD_BYTES), b"")


def _decode_head(head: bytes, encoding: str, path: Path) -> str:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head, final=False).removeprefix("\ufeff")
    except LookupError:
        raise LogError(Problem(f"unknown encoding '{encoding}'; try utf-8, cp1252 or utf-16", file=str(path))) from None
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, encoding, error.start) from None


def read_text_file(path: Path, encoding: str = "utf-8") -> str:
    """Whole text of a file, unpacked, without a byte-order mark; LogError names the first byte that does not fit *encoding*."""
    decoder = codecs.getincrementaldecoder(encoding)()
    parts, done = [], 0
    for block in read_blocks(path):
        pending = len(decoder.getstate()[0])
        try:
            parts.append(decoder.decode(block))
        except UnicodeDecodeError as error:
            raise _wrong_encoding(path, encoding, done - pending + error.start) from None
        done += len(block)
    try:
        parts.append(decoder.decode(b"", final=True))
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, encoding, done - len(error.object) + error.start) from None
    return "".join(parts).removeprefix("\ufeff")


def _wrong_encoding(path: Path, encoding: str, byte: int) -> LogError:
    return LogError(Problem(f"is not {encoding}: byte {byte} does not fit; try --encoding cp1252", file=str(path)))


def _most_frequent(line: str) -> str:
    """Separator that occurs most often in the header outside quotes; a comma if there is none."""
    bare = "".join(line.split('"')[::2])
    counts = Counter({separator: bare.count(separator) for separator in SEPARATORS})
    return counts.most_common(1)[0][0]


def _refuse_duplicates(names: tuple[str, ...], path: Path, line: int) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        said = [
            Problem(f"the column '{name}' occurs {names.count(name)} times; rename or drop one", file=str(path), line=line)
            for name in twice
        ]
        raise LogError(said)
