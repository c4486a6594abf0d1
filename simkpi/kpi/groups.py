"""Breakdowns: what each group key of ``by=`` means, and how finely time has to be cut for it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from zoneinfo import ZoneInfo

import polars as pl
from polars import Expr, col

from simkpi.errors import InputError, UnknownName, did_you_mean
from simkpi.units import TICKS_PER_SECOND

HOUR = 3_600_000
DAY = 24 * HOUR

#: Other words for a column.
COLUMN_OF = {"agent": "agent_id", "topic": "contact_type", "customer": "customer_id", "case": "case_id"}


def column_of(key: str) -> str:
    """Column that holds the group *key* in a table that has been split by it already."""
    return "_wait_band" if key == "wait_band" else COLUMN_OF.get(key, key)


#: Upper limits of the wait bands, seconds.
WAIT_BANDS = (10, 20, 30, 60, 120, 300)


def _interval(clock: Expr, interval: int) -> Expr:
    return clock.dt.truncate(f"{interval}ms")


def _time_of_day(clock: Expr, interval: int) -> Expr:
    since_midnight = clock.dt.hour().cast(pl.Int64) * HOUR + clock.dt.minute().cast(pl.Int64) * 60_000
    since_midnight = since_midnight + clock.dt.second().cast(pl.Int64) * 1000
    return since_midnight // interval * interval // TICKS_PER_SECOND


#: Time keys: expression over the moment that a row belongs to, and the length of the pieces they need (None: the interval).
TIME_KEYS: dict[str, tuple[Callable[[Expr, int], Expr], int | None]] = {
    "interval": (_interval, None),
    "time_of_day": (_time_of_day, None),
    "hour": (lambda clock, _: clock.dt.hour(), HOUR),
    "weekday": (lambda clock, _: clock.dt.weekday(), DAY),
    "day": (lambda clock, _: clock.dt.date(), DAY),
    "week": (lambda clock, _: clock.dt.truncate("1w").dt.date(), DAY),
    "month": (lambda clock, _: clock.dt.truncate("1mo").dt.date(), DAY),
}


def interval_ticks(interval: object) -> int:
    """Milliseconds of the planning interval, which has to divide the day.

    Raises
    ------
    InputError
        If it does not.
    """
    from simkpi.units import parse_duration

    seconds = parse_duration(interval, bare="seconds") if isinstance(interval, str) else interval
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not math.isfinite(seconds):
        raise InputError(f"interval: must be a duration such as 30min, got {interval!r}")
    length = round(seconds * TICKS_PER_SECOND)
    if length < TICKS_PER_SECOND or DAY % length:
        raise InputError(f"interval: must divide the day, got {interval!r}; try 900, 1800 or 3600 seconds")
    return length


def cut_of(by: Iterable[str], interval: int, *, zone: str | None = None) -> int | None:
    """Length in milliseconds of the pieces into which time is cut so that each lies in one group; None: no cutting.

    In a time zone a local day may begin at any offset and have 23 or 25 hours: the pieces then divide the offsets too.
    """
    lengths = [TIME_KEYS[key][1] or interval for key in by if key in TIME_KEYS]
    if not lengths:
        return None
    offsets = [] if zone is None else [HOUR, *(_offset(zone, month) for month in (1, 7))]
    return math.gcd(*lengths, *offsets)


def _offset(zone: str, month: int) -> int:
    offset = dt.datetime(2024, month, 1, tzinfo=ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else round(offset.total_seconds() * 1000)


def wait_band() -> Expr:
    """Band of the wait, as text that sorts; null for a contact that never queued or still waits."""
    labels, lower = [], 0
    expression: Expr | pl.expr.whenthen.Then | pl.expr.whenthen.ChainedThen | None = None
    for upper in WAIT_BANDS:
        label = f"{lower:03d}-{upper:03d} s"
        condition = col("_wait") < upper * TICKS_PER_SECOND
        expression = (pl if expression is None else expression).when(condition).then(pl.lit(label))  # type: ignore[union-attr]
        labels.append(label)
        lower = upper
    rest = pl.when(col("_wait").is_not_null()).then(pl.lit(f"{lower:03d}+ s"))
    return expression.otherwise(rest)  # type: ignore[union-attr]


def key_expressions(by: Sequence[str], have: Iterable[str], interval: int) -> dict[str, Expr]:
    """Group key -> expression over a table with the columns *have*; keys the table can not be split by are left out."""
    columns, found = set(have), {}
    for key in by:
        column = COLUMN_OF.get(key, key)
        if key in TIME_KEYS:
            if "_clock" in columns:
                found[key] = TIME_KEYS[key][0](col("_clock"), interval)
        elif key == "wait_band":
            if "_wait_band" in columns:
                found[key] = col("_wait_band")
            elif columns & {"_wait", "queued_at"}:
                found[key] = wait_band()
        elif column in columns:
            found[key] = col(column)
    return found


def check_keys(by: str | Iterable[str], have: Iterable[str]) -> tuple[str, ...]:
    """Return *by* as a tuple of known keys, each once.

    Raises
    ------
    UnknownName
        For a key that is neither a time key nor a column of the log.
    """
    keys = tuple(dict.fromkeys([by] if isinstance(by, str) else by))
    columns = set(have)
    known = [*TIME_KEYS, "wait_band", *COLUMN_OF, *sorted(c for c in columns if not c.startswith("_"))]
    for key in keys:
        if key not in TIME_KEYS and key != "wait_band" and COLUMN_OF.get(key, key) not in columns:
            absent = COLUMN_OF.get(key, key)
            raise UnknownName(f"can not break down by '{key}': the log has no column '{absent}'{did_you_mean(key, known)}")
    return keys
