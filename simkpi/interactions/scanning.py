"""Opens whatever a log lies in as a lazy frame, as it stands: CSV, Parquet, workbook, JSON, or a folder of part files."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from simkpi.errors import LogError, Problem
from simkpi.interactions.csv_files import scan_csv
from simkpi.interactions.json_files import JSON_SUFFIXES, read_json
from simkpi.interactions.sources import Options
from simkpi.interactions.table import AnyFrame
from simkpi.interactions.xlsx import read_xlsx

#: Files up to this size (unpacked, roughly) are held in memory; larger ones are scanned again for every question.
EAGER_BYTES = 64_000_000
XLSX = {".xlsx", ".xlsm", ".xls", ".ods", ".xlsb"}
PARQUET = {".parquet", ".pq"}
TEXT = {".csv", ".tsv", ".txt", ".gz"}


def scan(path: Path, *, encoding: str | None = None, sheet: str | None = None) -> pl.LazyFrame:
    """Lazy frame over a file or a folder of part files, as it stands: cells of CSV and workbooks are text.

    Parameters
    ----------
    path : Path
        CSV (any separator, gzip or not), Parquet, workbook, JSON, or a folder of CSV or Parquet parts; ``key=value`` folder names
        become columns.
    encoding, sheet : str or None
        See :class:`simkpi.interactions.sources.Options`.
    """
    if path.is_dir():
        return _scan_folder(path, encoding)
    suffix = path.suffix.lower()
    if suffix in XLSX:
        return read_xlsx(path, sheet=sheet).lazy()
    if suffix in PARQUET:
        return _scan_parquet(path)
    if suffix in JSON_SUFFIXES or path.name.lower().endswith((".json.gz", ".jsonl.gz", ".ndjson.gz")):
        return read_json(path).lazy()
    return scan_csv(path, encoding=encoding)


def hold(frame: pl.LazyFrame, path: Path) -> AnyFrame:
    """Take a scanned file into memory if it is small enough to be held there."""
    return frame.collect() if size_of(path) <= EAGER_BYTES else frame


def load(path: Path, options: Options) -> pl.DataFrame:
    """Whole file in memory, as it stands: what the adapters of other systems' exports start from."""
    return scan(path, encoding=options.encoding, sheet=options.sheet).collect()


def column_names(path: Path, options: Options) -> list[str]:
    """Names of the columns of a file."""
    return scan(path, encoding=options.encoding, sheet=options.sheet).collect_schema().names()


def file_metadata(path: Path) -> dict[str, str]:
    """Key-value metadata of a Parquet file without Arrow's own; empty for other files."""
    if not path.is_file() or path.suffix.lower() not in PARQUET:
        return {}
    return {key: value for key, value in pl.read_parquet_metadata(path).items() if not key.startswith("ARROW:")}


def is_text_file(path: Path) -> bool:
    """Whether a file is taken for CSV, by its name."""
    return path.suffix.lower() in TEXT and not path.name.lower().endswith((".json.gz", ".jsonl.gz", ".ndjson.gz"))


def size_of(path: Path) -> int:
    """Bytes of a file or folder, unpacked, roughly."""
    if path.is_dir():
        return sum(size_of(part) for part in path.rglob("*") if part.is_file())
    packed = 8 if path.suffix == ".gz" else 3 if path.suffix.lower() in PARQUET else 1
    return path.stat().st_size * packed


def _scan_parquet(path: Path) -> pl.LazyFrame:
    if not path.exists():
        raise LogError(Problem("no such file", file=str(path)))
    try:
        frame = pl.scan_parquet(path, glob=False)
        frame.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise LogError(Problem(f"is not a Parquet file ({str(error).splitlines()[0]})", file=str(path))) from None
    return frame


def _scan_folder(path: Path, encoding: str | None) -> pl.LazyFrame:
    files = sorted(part for part in path.rglob("*") if part.is_file() and not part.name.startswith((".", "_")))
    kinds = {
        "Parquet": [part for part in files if part.suffix.lower() in PARQUET],
        "CSV": [part for part in files if is_text_file(part)],
    }
    found = {kind: parts for kind, parts in kinds.items() if parts}
    if not found:
        raise LogError(Problem("holds no CSV or Parquet file", file=str(path)))
    if len(found) > 1:
        raise LogError(Problem("holds both CSV and Parquet files; name one of them", file=str(path)))
    parts = next(iter(found.values()))
    if "Parquet" in found:
        plain = [_scan_parquet(part) for part in parts]
    else:
        plain = [scan_csv(part, encoding=encoding) for part in parts]
    labelled = [frame.with_columns(**_hive_columns(part, path)) for part, frame in zip(parts, plain, strict=True)]
    return pl.concat(labelled, how="diagonal_relaxed")


def _hive_columns(part: Path, root: Path) -> dict[str, pl.Expr]:
    pairs = (folder.partition("=") for folder in part.relative_to(root).parts[:-1] if "=" in folder)
    return {key: pl.lit(None if value == "__HIVE_DEFAULT_PARTITION__" else value, dtype=pl.String) for key, _, value in pairs}
