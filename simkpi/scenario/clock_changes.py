"""Summer time: the hours of a day that the wall clock of a time zone skips or shows twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

_MINUTE = 60.0


@dataclass(frozen=True)
class ClockChange:
    """One change of the clock.

    Parameters
    ----------
    day : int
        Number of the day of the calendar.
    start, end : float, seconds after midnight
        What the wall clock skips or shows twice.
    is_skipped : bool
        Skipped (else shown twice).
    """

    day: int
    start: float
    end: float
    is_skipped: bool

    def covers(self, start: float, interval: float) -> bool:
        """Whether the whole interval lies within the change."""
        return self.start <= start and start + interval <= self.end

    def touches(self, start: float, interval: float) -> bool:
        """Whether any part of the interval lies within the change."""
        return start < self.end and self.start < start + interval


@lru_cache(maxsize=64)
def clock_changes(timezone: str | None, start: date, days: int) -> tuple[ClockChange, ...]:
    """Return the changes of the clock on the days of a calendar; none without a time zone, or if there is no such zone.

    Notes
    -----
    A wall-clock time whose offset from UTC differs between ``fold=0`` and ``fold=1`` is skipped if the earlier offset is
    the smaller one, and else happens twice (PEP 495).

    Examples
    --------
    >>> clock_changes("Europe/Paris", date(2026, 3, 28), 3)
    (ClockChange(day=1, start=7200.0, end=10800.0, is_skipped=True),)
    """
    if timezone is None:
        return ()
    from zoneinfo import ZoneInfo

    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        return ()
    midnights = [datetime.combine(start + timedelta(days=offset), time(), zone) for offset in range(days + 1)]
    offsets = [midnight.utcoffset() for midnight in midnights]
    found = [_change_on(midnights[day], day) for day in range(days) if offsets[day] != offsets[day + 1]]
    return tuple(change for change in found if change is not None)


def _change_on(midnight: datetime, day: int) -> ClockChange | None:
    """Find the change of one day, to the minute."""
    odd: list[float] = []
    is_skipped = False
    for minute in range(24 * 60):
        moment = midnight.replace(hour=minute // 60, minute=minute % 60)
        before, after = moment.replace(fold=0).utcoffset(), moment.replace(fold=1).utcoffset()
        if before is not None and after is not None and before != after:
            odd.append(minute * _MINUTE)
            is_skipped = before < after
    return ClockChange(day, odd[0], odd[-1] + _MINUTE, is_skipped) if odd else None
