"""Writes a log: Parquet with its provenance, CSV that a spreadsheet can not take for formulas, or a workbook."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from simkpi.errors import LogError, OutputError, Problem
from simkpi.interactions.files import CHECKED_KEY
from simkpi.interactions.table import AnyFrame, Log
from simkpi.interactions.xlsx import write_xlsx
from simkpi.interactions.zones import without_zone

#: First characters that make a spreadsheet take text for a formula (OWASP, CSV injection): they get an apostrophe in front, which
#: :func:`simkpi.interactions.cells.read_text` takes off again.
_RISKY = r"^[=+\-@\t\r]"


def write_log(log: Log, path: str | Path, *, provenance: Mapping[str, str] | None = None, overwrite: bool = True) -> list[Path]:
    """Write the tables of a log; the suffix of *path* says how.

    Parameters
    ----------
    log : Log
        Already normalised, as :func:`simkpi.interactions.files.read_log` returns it.
    path : str or Path
        ``.parquet``, ``.csv`` or ``.csv.gz``: the interactions, and beside them ``<name>.<table>.<suffix>`` for each companion;
        ``.xlsx``: one workbook, one sheet a table.
    provenance : mapping of str to str or None
        Kept in the Parquet file's metadata, or on the workbook's last sheet; CSV has no place for it.
    overwrite : bool
        False refuses to replace a file.

    Returns
    -------
    list of Path
        Files written.

    Raises
    ------
    OutputError
        If the suffix is not known, a file is there and may not be replaced, or can not be written.
    """
    place = Path(path)
    about = {**log.metadata, "simkpi.source": log.source, **(provenance or {}), CHECKED_KEY: "true"}
    if place.suffix.lower() == ".xlsx":
        targets = {place: place.name}
        _refuse_existing(targets, overwrite)
        write_xlsx(place, {name: without_zone(frame.lazy()).collect() for name, frame in log.tables().items()}, about=about)
        return [place]
    suffix = _known_suffix(place)
    stem = place.name.removesuffix(suffix)
    files = {place if name == "interactions" else place.with_name(f"{stem}.{name}{suffix}"): name for name in log.tables()}
    _refuse_existing(files, overwrite)
    for file, name in files.items():
        write_table(log.tables()[name], file, metadata=about)
    return list(files)


def write_table(frame: AnyFrame, path: Path, *, metadata: Mapping[str, str] | None = None) -> None:
    """Write one table as Parquet (streaming, with *metadata*) or CSV (moments in ISO, lists joined by ``|``).

    Raises
    ------
    OutputError
        If the file can not be written.
    """
    suffix = _known_suffix(path)
    try:
        if suffix == ".parquet":
            _to_temporary_first(frame, path, dict(metadata or {}))
        else:
            with (
                path.open("wb") as file,
                gzip.GzipFile("", "wb", fileobj=file, mtime=0) if suffix.endswith(".gz") else file as out,
            ):
                out.write(safe_text(frame).collect().write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.3f").encode())
    except OSError as error:
        raise OutputError(Problem(f"can not be written ({error.strerror or error})", file=str(path))) from None


def safe_text(frame: AnyFrame) -> pl.LazyFrame:
    """Text cells that a spreadsheet would take for a formula, with an apostrophe in front; lists joined by ``|``."""
    lazy = frame.lazy()
    schema = lazy.collect_schema()
    zoned = [name for name, dtype in schema.items() if isinstance(dtype, pl.Datetime) and dtype.time_zone]
    lazy = lazy.with_columns(pl.col(zoned).dt.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")) if zoned else lazy
    lists = [name for name, dtype in schema.items() if isinstance(dtype, pl.List)]
    joined = lazy.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join("|") for name in lists)
    texts = [name for name, dtype in joined.collect_schema().items() if dtype == pl.String]
    risky = (
        pl.when(pl.col(name).str.contains(_RISKY)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name) for name in texts
    )
    return joined.with_columns(risky)


def _to_temporary_first(frame: AnyFrame, path: Path, metadata: dict[str, str]) -> None:
    """Write beside the target and move over it: a log may be converted onto itself, and a failure leaves the old file."""
    part = path.with_name(f".{path.name}.part")
    try:
        frame.lazy().sink_parquet(part, metadata=metadata, compression="zstd")
        part.replace(path)
    except pl.exceptions.PolarsError as error:
        raise LogError(Problem(f"can not be computed: {str(error).splitlines()[0]}", file=str(path))) from error
    finally:
        part.unlink(missing_ok=True)


def _known_suffix(path: Path) -> str:
    for suffix in (".parquet", ".csv.gz", ".csv"):
        if path.name.lower().endswith(suffix):
            return path.name[-len(suffix) :]
    raise OutputError(Problem("unknown kind of file; name it .parquet, .csv, .csv.gz or .xlsx", file=str(path)))


def _refuse_existing(files: Mapping[Path, str], overwrite: bool) -> None:
    there = [Problem("is there already; name another file", file=str(file)) for file in files if file.exists()]
    if there and not overwrite:
        raise OutputError(there)
