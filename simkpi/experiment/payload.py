"""What a cell leaves behind, as bytes: small tables written down so that every machine and library version writes the same.

Columns one after the other, whole numbers as little-endian words no wider than they need, texts as numbers into a list of texts;
no library's own file format, whose bytes change with its version, and nothing that could run code when it is read.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.errors import InputError

#: First bytes of every payload.
_MAGIC = b"simkpi-cell-2\n"
#: Bytes of a whole number.
_WIDTHS = (1, 2, 4, 8)
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
    header: dict[str, Any] = {}
    body: list[bytes] = []
    for name, table in tables.items():
        columns = []
        for column in table.get_columns():
            stated, data = _column(column)
            columns.append({"name": column.name, **stated})
            body.append(data)
        header[name] = {"rows": table.height, "columns": columns}
    head = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return b"".join([_MAGIC, len(head).to_bytes(8, "little"), head, *body])


def _column(column: pl.Series) -> tuple[dict[str, Any], bytes]:
    """Return what a column holds, and its words."""
    if column.dtype in (pl.Float64, pl.Float32):
        return {"kind": "float"}, column.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype("<f8").tobytes()
    if column.dtype in (pl.String, pl.Null):
        texts = column.cast(pl.String)
        known = sorted(texts.drop_nulls().unique().to_list())
        codes = texts.cast(pl.Enum(known)).to_physical().cast(pl.Int64).fill_null(-1)
        stated, data = _words(codes.to_numpy())
        return {"kind": "text", "texts": known, **stated}, data
    kind = next((kind for kind, dtype in _KINDS.items() if column.dtype == dtype), None)
    if kind is None:
        raise InputError(f"column '{column.name}' of type {column.dtype} can not be stored")
    numbers = column.to_physical().cast(pl.Int64)
    lacking = {"null": int(numbers.max() or 0) + 1} if numbers.null_count() else {}  # type: ignore[arg-type]
    stated, data = _words(numbers.fill_null(lacking.get("null", 0)).to_numpy())
    return {"kind": kind, **lacking, **stated}, data


def _words(numbers: NDArray[np.int64]) -> tuple[dict[str, Any], bytes]:
    """Write whole numbers from their lowest upwards, each in as few bytes as the highest needs."""
    if not len(numbers):
        return {"from": 0, "width": 1}, b""
    lowest = int(numbers.min())
    span = int(numbers.max()) - lowest
    width = next(width for width in _WIDTHS if span < 1 << (8 * width - 1))
    return {"from": lowest, "width": width}, (numbers - lowest).astype(f"<i{width}").tobytes()


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
    start = len(_MAGIC) + 8
    if data[: len(_MAGIC)] != _MAGIC or len(data) < start:
        raise InputError("is no stored cell")
    end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
    header = json.loads(data[start:end])
    tables = {}
    for name, stated in header.items():
        columns = []
        for column in stated["columns"]:
            width = 8 if column["kind"] == "float" else column["width"]
            piece, end = data[end : end + width * stated["rows"]], end + width * stated["rows"]
            if len(piece) < width * stated["rows"]:
                raise InputError("is cut short")
            columns.append(_series(column, piece))
        tables[name] = pl.DataFrame(columns)
    return tables


def _series(stated: Mapping[str, Any], piece: bytes) -> pl.Series:
    name, kind = stated["name"], stated["kind"]
    if kind == "float":
        return pl.Series(name, np.frombuffer(piece, "<f8"), dtype=pl.Float64).fill_nan(None)
    numbers = np.frombuffer(piece, f"<i{stated['width']}").astype(np.int64) + stated["from"]
    if kind == "text":
        texts = [*stated["texts"], None]
        return pl.Series(name, texts, dtype=pl.String).gather(np.where(numbers < 0, len(texts) - 1, numbers))
    words = pl.Series(name, numbers, dtype=pl.Int64)
    return (words.set(words == stated["null"], None) if "null" in stated else words).cast(_KINDS[kind])


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
