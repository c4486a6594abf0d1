"""Sets aside the rows of a log that can not be true, each with its reasons, and stops when there are too many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from simkpi.errors import LogError, Problem
from simkpi.interactions.cells import as_text, is_given
from simkpi.interactions.columns import TABLES, Column
from simkpi.interactions.reading import Reading
from simkpi.interactions.table import AnyFrame, complaint, converted, require_columns, settle_date_order

#: Pairs of moments (earlier, later) of one contact that no true record has the other way round.
ORDER = (
    ("visit_started_at", "arrived_at"),
    ("arrived_at", "bot_started_at"),
    ("bot_started_at", "bot_ended_at"),
    ("arrived_at", "queued_at"),
    ("queued_at", "answered_at"),
    ("queued_at", "ended_at"),
    ("arrived_at", "answered_at"),
    ("arrived_at", "first_reply_at"),
    ("arrived_at", "resolved_at"),
    ("arrived_at", "ended_at"),
    ("answered_at", "ended_at"),
    ("ended_at", "wrapped_at"),
    ("answered_at", "wrapped_at"),
    ("from_at", "to_at"),
    ("started_at", "ended_at"),
)
#: What identifies a row, where something does: a second row of the same key is set aside.
KEYS = {"interactions": "contact_id", "visits": "visit_id", "orders": "order_id"}
#: Share of rows that may be set aside unless the caller says otherwise, and the number that is always let pass then.
DEFAULT_SHARE, DEFAULTROWS = 0.01, 10
#: Column with the rows' numbers in the source, for tables from which an adapter has left rows out already.
ROW = "\x00row"


@dataclass(frozen=True)
class Checked:
    """Outcome of :func:`check`.

    Parameters
    ----------
    good : DataFrame or LazyFrame
        Rows that can be true, in our types; lazy if the input was.
    rejects : DataFrame
        The others as they were read, with ``row`` (from 1, the header not counted) and ``reason`` in front.
    n_rows : int
        Rows looked at.
    """

    good: AnyFrame
    rejects: pl.DataFrame
    n_rows: int

    def summary(self) -> str:
        """Say in one line how many rows were set aside and why; empty when none was."""
        if self.rejects.is_empty():
            return ""
        kinds = self.rejects["reason"].str.split("; ").explode().str.replace(", got '.*", "").value_counts(sort=True)
        listed = ", ".join(f"{reason} ({count})" for reason, count in kinds.head(5).rows())
        more = f" and {len(kinds) - 5} more" if len(kinds) > 5 else ""
        return f"{len(self.rejects)} of {self.n_rows} rows set aside: {listed}{more}"


def check(
    frame: AnyFrame,
    table: str = "interactions",
    *,
    reading: Reading | None = None,
    max_rejects: float | None = None,
    file: str = "",
) -> Checked:
    """Normalise a table and set aside the rows that can not be true.

    Rows in which none of our columns holds anything (blank lines) are left out without a word. Set aside are rows with a cell
    that can not be read, a required cell missing, an unknown outcome (or other enum), moments out of order, a negative duration,
    or the key of an earlier row.

    Parameters
    ----------
    frame : DataFrame or LazyFrame
        As :func:`simkpi.interactions.table.normalise` takes it.
    table : str
        Name of the table in :data:`simkpi.interactions.columns.TABLES`.
    reading : Reading or None
        How to read dates, offsets and decimals.
    max_rejects : float or None, fraction
        Largest share of rows that may be set aside; None means 1 %, and up to 10 rows of a small file.
    file : str
        Name of the file, for messages.

    Returns
    -------
    Checked

    Raises
    ------
    LogError
        If required columns are missing or more rows than *max_rejects* would have to be set aside.
    """
    columns = TABLES[table]
    lazy = frame.lazy()
    schema = lazy.collect_schema()
    require_columns(schema.names(), columns, table=table, file=file)
    try:
        reading = settle_date_order(frame, columns, reading or Reading())
    except LogError as error:
        raise LogError(replace(problem, file=file) for problem in error.problems) from None
    known = {name: schema[name] for name in schema if name in columns}
    not_blank = pl.any_horizontal(is_given(name, dtype) for name, dtype in known.items())
    staged = (_numbered(lazy).filter(not_blank) if known else _numbered(lazy)).with_columns(
        converted(name, dtype, columns[name], reading, strict=False).alias(_staged(name)) for name, dtype in known.items()
    )
    n_rows, repeated = _repeated_rows(lazy, KEYS.get(table), known)
    faults = _faults(known, columns, repeated, KEYS.get(table, ""))
    reasons = staged.filter(pl.any_horizontal(fault for fault, _ in faults))
    named = [pl.when(fault.fill_null(False)).then(text) for fault, text in faults]
    listed = reasons.select(
        pl.col(ROW).cast(pl.UInt32).alias("row"), pl.concat_str(named, separator="; ", ignore_nulls=True).alias("reason")
    )
    rejected = listed.collect(engine="streaming").sort("row")
    _stop_if_too_many(rejected, n_rows, max_rejects, file)
    kept = staged if rejected.is_empty() else staged.filter(~pl.col(ROW).is_in(rejected["row"].implode()))
    good = kept.select(pl.col(_staged(name)).alias(name) if name in known else pl.col(name) for name in schema if name != ROW)
    rejects = _raw_rows(lazy, rejected)
    return Checked(good.collect() if isinstance(frame, pl.DataFrame) else good, rejects, n_rows)


def _numbered(lazy: pl.LazyFrame) -> pl.LazyFrame:
    return lazy if ROW in lazy.collect_schema() else lazy.with_row_index(ROW, offset=1)


def _staged(name: str) -> str:
    return f"\x00{name}"


def _faults(
    known: Mapping[str, pl.DataType], columns: Mapping[str, Column], repeated: pl.Series, key: str
) -> list[tuple[pl.Expr, pl.Expr]]:
    """Pairs (is the row at fault, what to say of it), in the order in which they are said."""
    faults = []
    for name, dtype in known.items():
        given, staged, column = is_given(name, dtype), pl.col(_staged(name)), columns[name]
        if column.required:
            faults.append((~given, pl.lit(f"{name} is missing")))
        if column.kind not in {"text", "texts"}:
            got = pl.format("{} {}, got '{}'", pl.lit(name), pl.lit(complaint(column)), as_text(name, dtype).fill_null("?"))
            faults.append((given & staged.is_null(), got))
        if column.kind == "seconds":
            faults.append((staged < 0, pl.lit(f"{name} is negative")))
    faults += [
        (pl.col(_staged(later)) < pl.col(_staged(earlier)), pl.lit(f"{later} is before {earlier}"))
        for earlier, later in ORDER
        if earlier in known and later in known
    ]
    if len(repeated):
        faults.append((pl.col(ROW).is_in(repeated.implode()), pl.lit(f"{key} occurred before")))
    return faults


def _repeated_rows(lazy: pl.LazyFrame, key: str | None, known: Mapping[str, pl.DataType]) -> tuple[int, pl.Series]:
    """Count the rows and find those (from 1) whose key an earlier row has.

    Only 8 bytes a row are held: hashes are sorted, and the few keys whose hashes meet are then compared as they are.
    """
    none = pl.Series([], dtype=pl.UInt32)
    if key is None or key not in known:
        return int(lazy.select(pl.len()).collect(engine="streaming").item()), none
    text = pl.col(key).cast(pl.String).str.strip_chars()
    hashes = lazy.select(text.hash(seed=0)).collect(engine="streaming").to_series().to_numpy().copy()
    hashes.sort()
    twice = pl.Series(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
    if twice.is_empty():
        return len(hashes), none
    met = _numbered(lazy).select(ROW, text.alias("key")).filter(pl.col("key").hash(seed=0).is_in(twice.implode()))
    rows = met.collect(engine="streaming").sort(ROW).filter(pl.col("key").is_not_null() & ~pl.col("key").is_first_distinct())
    return len(hashes), rows[ROW]


def _stop_if_too_many(rejected: pl.DataFrame, n_rows: int, max_rejects: float | None, file: str) -> None:
    allowed = max(DEFAULTROWS, DEFAULT_SHARE * n_rows) if max_rejects is None else max_rejects * n_rows
    if len(rejected) <= allowed:
        return
    share = len(rejected) / n_rows
    counted = f"{len(rejected)} of {n_rows} rows ({share:.1%}) can not be used"
    head = f"{counted}, more than the {allowed / n_rows:.1%} allowed (--max-rejects); the first ones:"
    examples = [Problem(reason, path=f"row {row}", file=file) for row, reason in rejected.head(10).rows()]
    raise LogError([Problem(head, file=file), *examples])


def _raw_rows(lazy: pl.LazyFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    """Rejected rows as they were read, behind their number and reason."""
    rows = _numbered(lazy).select(pl.col(ROW).cast(pl.UInt32).alias("row"), pl.all().exclude(ROW).name.map(_beside))
    raw = rows.filter(pl.col("row").is_in(rejected["row"].implode())).collect(engine="streaming")
    return rejected.join(raw, on="row", how="left", maintain_order="left")


def _beside(name: str) -> str:
    """Keep a column of the source apart from our own."""
    return f"source_{name}" if name in {"table", "row", "reason"} else name
