"""What a cell leaves behind, as bytes: small tables written down so that every machine and library version writes the same.

Columns one after the other, whole numbers as little-endian words no wider than they need and without what only repeats, texts
as numbers into a list of texts; no library's own file format, whose bytes change with its version, and nothing that could run
code when it is read.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.experiment.payload_columns import Column, Columns, Floats, Whole, widened, words_of, words_of_runs, written_out

#: First bytes of every payload.
_MAGIC = b"simkpi-cell-4\n"
_KINDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "bool": pl.Boolean,
    "int8": pl.Int8,
    "int16": pl.Int16,
    "int32": pl.Int32,
    "int64": pl.Int64,
    "uint8": pl.UInt8,
    "uint16": pl.UInt16,
    "uint32": pl.UInt32,
    "date": pl.Date,
    "time": pl.Time,
    "moment": pl.Datetime("ms"),
    "moment-us": pl.Datetime("us"),
}
#: Parts in which numbers that are no whole ones may be whole: seconds of whole milliseconds.
_PARTS = (1, 1000)
#: Numbers that are looked at before all are.
_AT_FIRST = 64
#: The column that mostly is a quotient of two others.
_QUOTIENT = ("value", "numerator", "denominator")


def encode(tables: Mapping[str, pl.DataFrame]) -> bytes:
    """Write tables down.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Columns of text, numbers, flags, dates, times of day or moments.

    Returns
    -------
    bytes
        Equal for equal tables, on every machine.

    Raises
    ------
    InputError
        If a column has another type.
    """
    return write({name: {column.name: _of_series(column) for column in table.get_columns()} for name, table in tables.items()})


def write(tables: Mapping[str, Columns]) -> bytes:
    """Write down tables that are given by their columns; equal tables give equal bytes, however entries are repeated."""
    header: dict[str, Any] = {}
    body: list[bytes] = []
    for name, table in tables.items():
        columns = []
        for title, column in table.items():
            stated, data = _written(title, column, table)
            columns.append({"name": title, **stated})
            body.append(data)
        header[name] = {"rows": len(next(iter(table.values()))) if table else 0, "columns": columns}
    head = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return b"".join([_MAGIC, len(head).to_bytes(8, "little"), head, *body])


def _of_series(column: pl.Series) -> Column:
    """Return a column of a table."""
    if column.dtype in (pl.Float64, pl.Float32):
        return Column("float", column.cast(pl.Float64).fill_null(math.nan).to_numpy())
    if column.dtype in (pl.String, pl.Null):
        texts = column.cast(pl.String)
        known = texts.drop_nulls().unique().sort()
        codes = texts.cast(pl.Enum(known)).to_physical().cast(pl.Int64).fill_null(-1)
        return Column("text", codes.to_numpy(), tuple(known.to_list()))
    kind = next((kind for kind, dtype in _KINDS.items() if column.dtype == dtype), None)
    if kind is None:
        raise InputError(f"column '{column.name}' of type {column.dtype} can not be stored")
    numbers = column.to_physical().cast(pl.Int64)
    nulls = numbers.is_null().to_numpy() if numbers.null_count() else None
    return Column(kind, numbers.fill_null(0).to_numpy(), nulls=nulls)


def _written(title: str, column: Column, table: Columns) -> tuple[dict[str, Any], bytes]:
    """Return what a column holds, and its words."""
    if column.kind == "float":
        return _floats(title, column, table)
    if column.kind == "text":
        there = np.bincount(column.entries + 1, minlength=len(column.texts) + 1)[1:].tolist()
        used = sorted({text for text, count in zip(column.texts, there, strict=True) if count})
        place = {text: number for number, text in enumerate(used)}
        codes = np.array([place.get(text, -1) for text in column.texts] + [-1], dtype=np.int64)[column.entries]
        stated, data = words_of(codes, column.each, column.times)
        return {"kind": "text", "texts": used, **stated}, data
    if column.lengths is not None:
        stated, data = words_of_runs(column.entries, column.lengths)
        return {"kind": column.kind, **stated}, data
    return _nullable(column.kind, column.entries, column.nulls, column.each, column.times)


def _nullable(
    kind: str, numbers: Whole, nulls: NDArray[np.bool_] | None, each: int = 1, times: int = 1
) -> tuple[dict[str, Any], bytes]:
    """Write whole numbers; null is the number above the highest."""
    if nulls is None or not nulls.any():
        stated, data = words_of(numbers, each, times)
        return {"kind": kind, **stated}, data
    above = int(numbers.max(initial=0, where=~nulls)) + 1
    stated, data = words_of(np.where(nulls, above, numbers), each, times)
    return {"kind": kind, "null": above, **stated}, data


def _floats(title: str, column: Column, table: Columns) -> tuple[dict[str, Any], bytes]:
    """Write numbers: only where they are no quotient of two other columns; as whole parts if all are; else as they are."""
    values: Floats = column.entries
    if title == _QUOTIENT[0] and all(name in table and table[name].kind == "float" for name in _QUOTIENT):
        above, below = (table[name].entries for name in _QUOTIENT[1:])
        found, given = _quotient(above, below), np.isnan(above)
        if _are_same(found[~given], values[~given]):
            return {"kind": "quotient", "width": 8, "of": int(given.sum())}, values[given].astype("<f8").tobytes()
    nulls = np.isnan(values)
    filled = np.where(nulls, 0.0, values) if nulls.any() else values
    for parts in _PARTS:
        whole = _as_whole(filled, parts)
        if whole is not None:
            stated, data = _nullable("parts", whole, nulls, column.each, column.times)
            return {**stated, "of_one": parts}, data
    return {"kind": "float", "width": 8, "of": len(values)}, values.astype("<f8").tobytes()


def _as_whole(values: Floats, parts: int) -> Whole | None:
    """Return numbers as whole *parts*; None if they are not all whole, which the first of them mostly tell."""
    for some in (values[:_AT_FIRST], values):
        scaled = np.rint(some * parts)
        if not np.all(np.abs(scaled) < 2**53):
            return None
        whole = np.asarray(scaled.astype(np.int64))
        if not _are_same(whole / parts, some):
            return None
    return whole


def _quotient(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isnan(below), above, above / below)


def _are_same(ours: Floats, theirs: Floats) -> bool:
    """Whether they are equal to the bit, NaN to any NaN."""
    both = np.isnan(ours) & np.isnan(theirs)
    return bool(np.all(both | ((ours == theirs) & (np.signbit(ours) == np.signbit(theirs)))))


def decode(data: bytes) -> dict[str, pl.DataFrame]:
    """Read tables that :func:`encode` wrote.

    Raises
    ------
    InputError
        If *data* is something else, or cut short.

    Examples
    --------
    >>> decode(encode({"scores": pl.DataFrame({"kpi": ["asa", None], "value": [1.5, None]})}))["scores"].rows()
    [('asa', 1.5), (None, None)]
    """
    return {name: frame_of(columns) for name, columns in read(data).items()}


def frame_of(columns: Columns) -> pl.DataFrame:
    """Return a table as a data frame."""
    return pl.DataFrame([_series(title, column) for title, column in columns.items()])


def read(data: bytes) -> dict[str, dict[str, Column]]:
    """Read tables as columns, repetitions not written out.

    Raises
    ------
    InputError
        If *data* is something else, or cut short.
    """
    start = len(_MAGIC) + 8
    if data[: len(_MAGIC)] != _MAGIC or len(data) < start:
        raise InputError("is no stored cell")
    end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
    header = json.loads(data[start:end])
    tables = {}
    for name, stated in header.items():
        columns: dict[str, Column] = {}
        for column in stated["columns"]:
            size = (column["width"] + column.get("lengths", {"width": 0})["width"]) * column["of"]
            piece, end = data[end : end + size], end + size
            if len(piece) < size:
                raise InputError("is cut short")
            columns[column["name"]] = _column(column, piece, stated["rows"])
        value, above, below = (columns.get(name) for name in _QUOTIENT)
        if value is not None and value.kind == "quotient" and above is not None and below is not None:
            found = _quotient(above.entries, below.entries)
            found[np.isnan(above.entries)] = value.entries
            columns[_QUOTIENT[0]] = Column("float", found)
        tables[name] = columns
    return tables


def _column(stated: Mapping[str, Any], piece: bytes, rows: int) -> Column:
    kind = stated["kind"]
    if kind in ("float", "quotient"):
        return Column(kind, np.frombuffer(piece, "<f8"))
    numbers = widened(stated, piece[: stated["width"] * stated["of"]])
    if "lengths" in stated:
        lengths = widened(stated["lengths"], piece[stated["width"] * stated["of"] :])
        if kind != "parts" and "null" not in stated and int(lengths.sum()) * stated["each"] == rows:
            return Column(kind, numbers, tuple(stated.get("texts", ())), lengths=lengths * stated["each"])
        numbers = np.repeat(numbers, lengths)
    nulls = numbers == stated["null"] if "null" in stated else None
    each, times = stated["each"], rows // max(stated["each"] * len(numbers), 1)
    if kind == "parts":
        values = numbers / stated["of_one"]
        if nulls is not None:
            values[nulls] = math.nan
        return Column("float", written_out(Column(kind, values, each=each, times=times)))
    return Column(kind, numbers, tuple(stated.get("texts", ())), nulls, each, times)


def _series(name: str, column: Column) -> pl.Series:
    if column.kind == "float":
        return pl.Series(name, column.entries, dtype=pl.Float64, nan_to_null=True)
    if column.kind == "text":
        texts, codes = [*column.texts, None], written_out(column)
        return pl.Series(name, texts, dtype=pl.String).gather(np.where(codes < 0, len(texts) - 1, codes))
    words = pl.Series(name, written_out(column), dtype=pl.Int64)
    if column.nulls is not None:
        words = words.set(pl.Series(written_out(column, column.nulls)), None)
    return words.cast(_KINDS[column.kind])


def checksum(data: bytes) -> str:
    """SHA-256 (hex) of a payload: of its content, whatever library packs it."""
    return hashlib.sha256(data).hexdigest()


def pack(data: bytes) -> bytes:
    """Make a payload smaller, for keeping."""
    return zlib.compress(data, 1)


def unpack(data: bytes) -> bytes:
    """Undo :func:`pack`.

    Raises
    ------
    InputError
        If *data* is damaged.
    """
    try:
        return zlib.decompress(data)
    except zlib.error:
        raise InputError("is damaged") from None
