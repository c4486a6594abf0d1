"""JSON exports: arrays, line by line, and the pages of web interfaces, as records or as a flat table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from simkpi.errors import LogError, Problem
from simkpi.interactions.csv_files import read_text_file

#: Keys under which pages of web interfaces hold their records.
LISTS = ("conversations", "tickets", "contacts", "records", "results", "items", "data")
JSON_SUFFIXES = {".json", ".jsonl", ".ndjson"}
Record = dict[str, Any]


def read_records(path: Path, *, lists: tuple[str, ...] = LISTS) -> list[Record]:
    """Read the records of a JSON file: an array, one record a line, or pages that hold the records under one of *lists*.

    Raises
    ------
    LogError
        If the file is no JSON (with the line), or holds no records.
    """
    text = read_text_file(path)
    if not text.strip():
        raise LogError(Problem("is empty", file=str(path)))
    records: list[Record] = []
    try:
        pages = list(_documents(text, path))
    except RecursionError:
        raise LogError(Problem("is nested too deeply", file=str(path))) from None
    for page in pages:
        found = _unwrap(page, lists)
        wrong = next((item for item in found if not isinstance(item, dict)), None)
        if wrong is not None:
            raise LogError(Problem(f"must hold records ({{...}}), got {type(wrong).__name__}", file=str(path)))
        records.extend(found)
    if not records:
        raise LogError(Problem("holds no records", file=str(path)))
    return records


def read_json(path: Path) -> pl.DataFrame:
    """Flat table of the records: nested keys joined by dots (``Queue.Name``), lists of plain values by ``|``, every cell text."""
    return flat_table(read_records(path))


def flat_table(records: list[Record]) -> pl.DataFrame:
    """One row per record, one text column per leaf."""
    rows = [dict(_leaves(record)) for record in records]
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame({name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in names})


def _documents(text: str, path: Path) -> Iterator[Any]:
    try:
        yield json.loads(text)
        return
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise LogError(Problem(f"is not JSON: {error.msg}", file=str(path), line=error.lineno)) from None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise LogError(Problem(f"is not JSON: {error.msg}", file=str(path), line=number)) from None


def _unwrap(page: Any, lists: tuple[str, ...]) -> list[Any]:
    if isinstance(page, list):
        return page
    if isinstance(page, dict):
        inside = next((page[name] for name in lists if isinstance(page.get(name), list)), None)
        return [page] if inside is None else inside
    return [page]


def _leaves(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _leaves(value, f"{name}.")
        elif isinstance(value, list):
            if all(not isinstance(item, (dict, list)) for item in value):
                yield name, "|".join(_text(item) for item in value if item is not None)
        elif value is not None:
            yield name, _text(value)


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
