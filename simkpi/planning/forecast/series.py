"""A history of volumes as a table of days and intervals, read from a log of contacts or from a table of counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.errors import InputError, did_you_mean
from simkpi.interactions.table import Log
from simkpi.planning.phrase import Phrase
from simkpi.planning.special_days import special_days
from simkpi.units import DAY

Floats = NDArray[np.float64]
#: Weekdays on which fewer than this share of the days hold contacts are closed.
_OPEN_SHARE = 0.25
#: Days without contacts that are named, at most.
_SHOWN = 5
#: Offset from UTC at the end of a moment.
_OFFSET = r"(:\d\d(?:\.\d+)?)\s*(?:Z|[+-]\d\d:?\d\d)$"


@dataclass(frozen=True)
class History:
    """Contacts per day and interval.

    Parameters
    ----------
    start : date
        Day of the first row.
    counts : ndarray, shape (n_days, n_intervals)
        Contacts; NaN throughout a day without any record.
    interval : float, seconds
        Length of an interval.
    open : tuple of bool
        Whether the centre is open on Monday, Tuesday ...
    name : str
        What is counted.
    notes : tuple of str
        What is odd about the history, and how it was taken.
    """

    start: date
    counts: Floats
    interval: float
    open: tuple[bool, ...]
    name: str = "contacts"
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def weekday(self) -> NDArray[np.intp]:
        """Weekday of each day, Monday is 0."""
        return (np.arange(len(self)) + self.start.weekday()) % 7

    @property
    def totals(self) -> Floats:
        """Contacts per day; NaN where there is no record."""
        return np.asarray(self.counts.sum(axis=1), dtype=np.float64)

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Days with a record on which the centre is open."""
        return np.asarray(~np.isnan(self.totals) & np.array(self.open)[self.weekday], dtype=np.bool_)

    def day(self, place: int) -> date:
        """Date of a row, also beyond the last."""
        return self.start + timedelta(days=place)

    @property
    def special(self) -> NDArray[np.intp]:
        """Rows of days far from what the same weekday does around them: holidays, outages, campaigns."""
        return special_days(self.totals, self.weekday, self.is_known)

    def until(self, place: int) -> History:
        """Return the rows before *place*."""
        return replace(self, counts=self.counts[:place])

    def without(self, days: NDArray[np.intp]) -> History:
        """Return the same history with these rows unknown."""
        counts = self.counts.copy()
        counts[days] = np.nan
        return replace(self, counts=counts)


def from_counts(
    frame: pl.DataFrame, *, time: str | None = None, column: str | None = None, interval: float | None = None
) -> History:
    """Read a table with one row per interval.

    Parameters
    ----------
    frame : DataFrame
        A column of moments (or of texts that are moments) and columns of counts.
    time, column : str, optional
        Which columns; default: the first that holds moments, and the only one that holds numbers.
    interval : float, seconds, optional
        Length of the intervals to forecast, a multiple of the table's own and not shorter. Default: the table's own.

    Raises
    ------
    InputError
        If a column is missing or ambiguous, a count is negative or no number, or the moments do not follow a grid.
    """
    moments, label, has_offsets = _moments(frame, time)
    values, name = _values(frame, column, label)
    if len(moments) < 2:
        raise InputError("the table has fewer than two rows; a forecast needs weeks of them")
    steps = np.diff(np.unique(moments))
    own = float(steps.min())
    length = own if interval is None else max(interval, own)
    if own > DAY or DAY % length or length % own:
        raise InputError(
            f"the rows are {own:g} s apart: no multiple of that which divides the day is {length:g} s; try --interval"
        )
    history = _history(moments, values, length, name)
    clock = "the moments carry offsets from UTC: taken as the clock on the wall, as they are written"
    odd = [Phrase(clock)] if has_offsets else []
    return replace(history, notes=(*odd, *_repeated(moments), *history.notes))


def _repeated(moments: Floats) -> Iterator[str]:
    """Say how many rows are of a moment that another row has."""
    if twice := len(moments) - len(np.unique(moments)):
        yield Phrase(
            "{n} rows repeat a moment that is there already: their counts are added (is the table joined twice?)", n=twice
        )


def from_log(log: Log, *, interval: float, contact_type: str | None = None) -> History:
    """Count the contacts of a log per interval of arrival; *contact_type* chooses one.

    Raises
    ------
    InputError
        If there is no such contact type, or no contact.
    """
    table = log.interactions.lazy()
    if contact_type is not None:
        topic = "contact_type" if "contact_type" in table.collect_schema().names() else "channel"
        known = table.select(pl.col(topic).cast(pl.String).unique()).collect()[topic].drop_nulls().to_list()
        if contact_type not in known:
            raise InputError(f"the log has no contact type '{contact_type}'{did_you_mean(contact_type, known)}")
        table = table.filter(pl.col(topic).cast(pl.String) == contact_type)
    arrived = table.select("arrived_at").collect()["arrived_at"].drop_nulls()
    if arrived.is_empty():
        raise InputError("the log has no contacts; nothing can be forecast")
    seconds = (arrived.cast(pl.Datetime("ms")).dt.timestamp("ms") / 1000).to_numpy()
    return _history(seconds, np.ones(len(seconds)), interval, contact_type or "contacts")


def _history(moments: Floats, values: Floats, interval: float, name: str) -> History:
    first = int(moments.min() // DAY)
    days = int(moments.max() // DAY) - first + 1
    slots = round(DAY / interval)
    place = ((moments - first * DAY) // interval).astype(np.intp)
    counts = np.bincount(place, weights=values, minlength=days * slots).reshape(days, slots).astype(np.float64)
    counts[counts.sum(axis=1) == 0] = np.nan
    start = date(1970, 1, 1) + timedelta(days=first)
    weekday = (np.arange(days) + start.weekday()) % 7
    seen: NDArray[np.bool_] = ~np.isnan(counts[:, 0])
    open_ = tuple(bool((weekday == day).any() and seen[weekday == day].mean() > _OPEN_SHARE) for day in range(7))
    history = History(start, counts, interval, open_, name)
    return replace(history, notes=tuple(_gaps(history)))


def _gaps(history: History) -> Iterator[str]:
    """Say which open days have no contact: they are unknown, and not days of nobody calling."""
    missing = np.flatnonzero(np.isnan(history.totals) & np.array(history.open)[history.weekday])
    if len(missing):
        named = ", ".join(str(history.day(int(place))) for place in missing[:_SHOWN])
        shown = named + (" ..." if len(missing) > _SHOWN else "")
        told = "{n} day(s) without contacts on weekdays that are open ({named}): taken as unknown, not as zero"
        yield Phrase(told, n=len(missing), named=shown)


def _moments(frame: pl.DataFrame, time: str | None) -> tuple[Floats, str, bool]:
    """Moments in seconds since 1970 on the wall clock, the name of their column, and whether they carry offsets from UTC."""
    names = [time] if time is not None else frame.columns
    if time is not None and time not in frame.columns:
        raise InputError(
            f"the table has no column '{time}'{did_you_mean(time, frame.columns)}; it has {', '.join(frame.columns)}"
        )
    for name in names:
        series, has_offsets = frame[name], False
        if series.dtype == pl.String:
            plain = series.str.strip_chars().str.replace(_OFFSET, "$1")
            has_offsets = bool((plain.str.len_chars() < series.str.strip_chars().str.len_chars()).any())
            series = _parsed(plain)
        if series.dtype == pl.Date:
            series = series.cast(pl.Datetime("ms"))
        if isinstance(series.dtype, pl.Datetime):
            if series.null_count():
                raise InputError(
                    f"column '{name}': row {int(series.is_null().arg_max() or 0) + 1} is no moment; write 2026-03-02 08:30"
                )
            seconds = series.dt.replace_time_zone(None).cast(pl.Datetime("ms")).dt.timestamp("ms") / 1000
            return seconds.to_numpy(), name, has_offsets
    raise InputError(
        f"no column holds moments such as 2026-03-02 08:30; name it with --time (columns: {', '.join(frame.columns)})"
    )


def _parsed(series: pl.Series) -> pl.Series:
    for form in (
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M",
        "%d/%m/%Y %H:%M",
        "%Y-%m-%d",
    ):
        found = series.str.strip_chars().str.to_datetime(form, strict=False, time_unit="ms")
        if found.null_count() < len(found):
            return found
    return series


def _values(frame: pl.DataFrame, column: str | None, time: str) -> tuple[Floats, str]:
    others = [name for name in frame.columns if name != time]
    numeric = [name for name in others if not np.isnan(_numbers(frame[name])).all()]
    if column is None and len(numeric) != 1:
        raise InputError(f"which column holds the counts? name it with --column (columns: {', '.join(others) or 'none'})")
    name = numeric[0] if column is None else column
    if name not in frame.columns:
        raise InputError(f"the table has no column '{name}'{did_you_mean(name, others)}; it has {', '.join(others)}")
    values = _numbers(frame[name])
    bad = np.flatnonzero(~(values >= 0) | np.isinf(values))
    if len(bad):
        raise InputError(f"column '{name}': row {int(bad[0]) + 1} is no count of 0 or more, got {frame[name][int(bad[0])]}")
    return values, name


def _numbers(series: pl.Series) -> Floats:
    """Numbers of a column, texts with a decimal comma included; NaN where there is none."""
    if series.dtype == pl.String:
        series = series.str.strip_chars().str.replace(",", ".", literal=True)
    return series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy().astype(np.float64)


def read_history(path: str | Path, *, time: str | None, column: str | None, interval: float | None) -> History:
    """Read a CSV or XLSX table of counts (see :func:`from_counts`)."""
    from simkpi.interactions.scanning import scan

    return from_counts(scan(Path(path)).collect(), time=time, column=column, interval=interval)
