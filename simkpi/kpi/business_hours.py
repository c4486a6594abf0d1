"""The clock of deferrable work: time counts only while the centre is open (opening hours, holidays, summer time)."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl
from polars import Expr

from simkpi.errors import InputError, Problem, did_you_mean
from simkpi.units import parse_time_of_day

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH = dt.date(1970, 1, 1).toordinal()
_DAY = 86_400_000


@dataclass(frozen=True)
class OpeningHours:
    """When the centre is open.

    Parameters
    ----------
    week : tuple of 7 tuples of (float, float)
        For each weekday from Monday: opening periods, seconds after midnight.
    timezone : str or None
        Zone in which the hours are meant; needed for logs whose moments carry a zone, no use for others.
    holidays : frozenset of date
        Days on which the centre is closed.
    """

    week: tuple[tuple[tuple[float, float], ...], ...]
    timezone: str | None = None
    holidays: frozenset[dt.date] = frozenset()

    def __str__(self) -> str:
        return f"opening hours{f' in {self.timezone}' if self.timezone else ''}, {sum(map(len, self.week))} periods a week"


def opening_hours(
    week: Mapping[str, str], *, timezone: str | None = None, holidays: Iterable[dt.date | str] = ()
) -> OpeningHours:
    """Read opening hours such as ``{"mon-fri": "08:00-12:00, 13:00-18:00", "sat": "09:00-12:00"}``.

    Raises
    ------
    InputError
        With everything that can not be read.

    Examples
    --------
    >>> opening_hours({"mon-fri": "08:00-18:00"}).week[0]
    ((28800.0, 64800.0),)
    """
    days: list[list[tuple[float, float]]] = [[] for _ in _WEEK]
    problems, closed = [], set()
    for names, periods in week.items():
        try:
            chosen = _days(names)
            read = [_period(part) for part in periods.split(",")]
        except InputError as error:
            problems.append(Problem(str(error), path=names))
            continue
        for day in chosen:
            days[day] += read
    if timezone is not None:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError):
            problems.append(Problem(f"unknown time zone '{timezone}'; write e.g. Europe/Paris", path="timezone"))
    for holiday in holidays:
        try:
            closed.add(dt.date.fromisoformat(holiday) if isinstance(holiday, str) else holiday)
        except ValueError:  # noqa: PERF203 (all problems are reported, not only the first)
            problems.append(Problem(f"must be a date such as 2026-12-25, got '{holiday}'", path="holidays"))
    for name, periods_ in zip(_WEEK, days, strict=True):
        periods_.sort()
        if any(after[0] < before[1] for before, after in itertools.pairwise(periods_)):
            problems.append(Problem("opening periods overlap", path=name))
    if problems:
        raise InputError(problems)
    return OpeningHours(tuple(tuple(day) for day in days), timezone, frozenset(closed))


def read_opening_hours(text: str, *, timezone: str | None = None, holidays: Iterable[dt.date | str] = ()) -> OpeningHours:
    """Read opening hours as one line: ``mon-fri 08:00-12:00, 13:00-18:00; sat 09:00-12:00``.

    Raises
    ------
    InputError
        With everything that can not be read.

    Examples
    --------
    >>> read_opening_hours("mon-fri 09:00-17:00; sat 10:00-12:00").week[5]
    ((36000.0, 43200.0),)
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    week: dict[str, str] = {}
    for part in parts:
        days, _, periods = part.partition(" ")
        if not periods.strip() or days in week:
            raise InputError(f"hours: must be days and periods such as 'mon-fri 08:00-18:00; sat 09:00-12:00', got '{text}'")
        week[days] = periods.strip()
    if not week:
        raise InputError("hours: must be days and periods such as 'mon-fri 08:00-18:00', got nothing")
    return opening_hours(week, timezone=timezone, holidays=holidays)


def _days(names: str) -> list[int]:
    ends = [part.strip().casefold()[:3] for part in names.split("-")]
    unknown = [end for end in ends if end not in _WEEK]
    if unknown or len(ends) > 2:
        raise InputError(
            f"must be a weekday or a range such as mon-fri, got '{names}'{did_you_mean(unknown[0] if unknown else '', _WEEK)}"
        )
    first, last = _WEEK.index(ends[0]), _WEEK.index(ends[-1])
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _period(text: str) -> tuple[float, float]:
    start, dash, end = text.partition("-")
    if not dash:
        raise InputError(f"must be an opening period such as 08:00-18:00, got '{text.strip()}'")
    period = parse_time_of_day(start), parse_time_of_day(end)
    if period[1] <= period[0]:
        raise InputError(f"must close after it opens, got '{text.strip()}'; split a night at 24:00")
    return period


@lru_cache(maxsize=64)
def _openings(
    hours: OpeningHours, first: int, last: int, *, zoned: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return starts and ends of the opening periods of days *first* to *last* (since 1970), and open time before each, ms."""
    starts: list[int] = []
    ends: list[int] = []
    zone = ZoneInfo(hours.timezone or "UTC")
    for day in range(first, last + 1):
        date = dt.date.fromordinal(day + _EPOCH)
        if date in hours.holidays:
            continue
        for begin, end in hours.week[date.weekday()]:
            for moments, seconds in ((starts, begin), (ends, end)):
                local = dt.datetime.combine(date, dt.time()) + dt.timedelta(seconds=seconds)
                moment = local.replace(tzinfo=zone if zoned else dt.timezone.utc)
                moments.append(round(moment.timestamp() * 1000))
    begin_, end_ = np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)
    return begin_, end_, np.concatenate([[0], np.cumsum(end_ - begin_)[:-1]]).astype(np.int64) if starts else begin_


def open_ticks(start: NDArray[np.int64], end: NDArray[np.int64], hours: OpeningHours, *, zoned: bool) -> NDArray[np.int64]:
    """Open time between moments.

    Parameters
    ----------
    start, end : ndarray, shape (n,), milliseconds since 1970
        Instants (UTC) if *zoned*, else local wall-clock times.
    hours : OpeningHours
        When time counts.
    zoned : bool
        Whether the moments carry a time zone.

    Returns
    -------
    ndarray, shape (n,), milliseconds
        Negative where *end* lies before *start*.
    """
    if not len(start):
        return np.zeros(0, dtype=np.int64)
    low, high = min(start.min(), end.min()) // _DAY - 2, max(start.max(), end.max()) // _DAY + 2
    begins, ends, before = _openings(hours, int(low), int(high), zoned=zoned)
    if not len(begins):
        return np.zeros(len(start), dtype=np.int64)

    def opened(moment: NDArray[np.int64]) -> NDArray[np.int64]:
        index = np.maximum(np.searchsorted(begins, moment, side="right") - 1, 0)
        total: NDArray[np.int64] = before[index] + np.clip(moment - begins[index], 0, ends[index] - begins[index])
        return total

    result: NDArray[np.int64] = opened(end) - opened(start)
    return result


def elapsed(start: Expr, end: Expr, hours: OpeningHours | None = None) -> Expr:
    """Whole milliseconds from *start* to *end*: on the clock, or only while open when *hours* are given."""
    if hours is None:
        return (end - start).dt.total_milliseconds()

    def count(batch: pl.Series) -> pl.Series:
        frame = batch.struct.unnest()
        zoned = bool(getattr(frame.schema["_from"], "time_zone", None))
        known = frame.with_row_index("_row").drop_nulls()
        moments = [known[name].dt.epoch("ms").to_numpy() for name in ("_from", "_to")]
        open_time = open_ticks(moments[0], moments[1], hours, zoned=zoned)
        values = np.zeros(frame.height, dtype=np.int64)
        values[known["_row"].to_numpy()] = open_time
        known_rows = np.zeros(frame.height, dtype=bool)
        known_rows[known["_row"].to_numpy()] = True
        return pl.DataFrame({"v": values, "k": known_rows}).select(pl.when("k").then("v")).to_series()

    return pl.struct(start.alias("_from"), end.alias("_to")).map_batches(count, return_dtype=pl.Int64, is_elementwise=True)
