"""The days of the calendar: which weekdays a name covers, and when the centre is open on each day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeVar

from simkpi.errors import did_you_mean
from simkpi.scenario.clock_changes import ClockChange, clock_changes
from simkpi.units import DAY, to_ticks

if TYPE_CHECKING:
    from simkpi.scenario.spec import Calendar, Span

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = {
    **{name: index for index, name in enumerate(WEEKDAYS)},
    **{name: index for index, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))},
    **{name: index for index, name in enumerate(("lun", "mar", "mer", "jeu", "ven", "sam", "dim"))},
    **{name: index for index, name in enumerate(("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"))},
}

Value = TypeVar("Value")


def weekdays_in(text: str) -> tuple[int, ...]:
    """Return the weekdays (Monday = 0) that ``mon``, ``mon-fri``, ``mon,wed`` or ``sat-mon`` covers.

    Raises
    ------
    ValueError
        If a name is no weekday, or one is named twice.

    Examples
    --------
    >>> weekdays_in("mon-wed"), weekdays_in("sat,sun"), weekdays_in("sat-mon")
    ((0, 1, 2), (5, 6), (5, 6, 0))
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = (name.strip() for name in part.partition("-"))
        start = _weekday(first)
        count = (_weekday(last) - start) % 7 + 1 if dash else 1
        found += [(start + offset) % 7 for offset in range(count)]
    twice = {WEEKDAYS[day] for day in found if found.count(day) > 1}
    if twice:
        raise ValueError(f"names {', '.join(sorted(twice))} twice")
    return tuple(found)


def _weekday(name: str) -> int:
    index = _NAMES.get(name.casefold())
    if index is None:
        hint = did_you_mean(name, list(_NAMES)) or "; write e.g. mon, mon-fri or sat,sun"
        raise ValueError(f"is no weekday, got '{name}'{hint}")
    return index


def check_weekdays(text: str) -> str:
    """Return *text* if it names weekdays; for use as a validator."""
    weekdays_in(text)
    return text


def by_weekday(named: Mapping[str, Value]) -> dict[int, Value]:
    """Spread values named by weekdays over the weekdays.

    Raises
    ------
    ValueError
        If a weekday is covered twice.
    """
    spread: dict[int, Value] = {}
    owner: dict[int, str] = {}
    for key, value in named.items():
        for day in weekdays_in(key):
            if day in owner:
                raise ValueError(f"covers {WEEKDAYS[day]} twice, in '{owner[day]}' and '{key}'")
            spread[day], owner[day] = value, key
    return spread


def check_disjoint(named: dict[str, Value]) -> dict[str, Value]:
    """Return *named* if no weekday is covered twice; for use as a validator."""
    by_weekday(named)
    return named


@dataclass(frozen=True)
class Days:
    """The calendar day by day.

    Parameters
    ----------
    dates : tuple of date
        One per simulated day.
    hours : tuple of Span or None
        Opening hours of each day, None = closed.
    week : dict of int to Span or None
        Opening hours by weekday, Monday = 0.
    is_explicit : bool
        Whether the scenario states opening hours at all.
    holidays : dict of date to Span or None
        Opening hours of the holidays among the dates.
    changes : tuple of ClockChange
        Hours that summer time skips or repeats.
    """

    dates: tuple[date, ...]
    hours: tuple[Span | None, ...]
    week: dict[int, Span | None]
    is_explicit: bool
    holidays: dict[date, Span | None] = field(default_factory=dict)
    changes: tuple[ClockChange, ...] = ()

    @property
    def opening(self) -> float:
        """Earliest opening of the week, seconds after midnight."""
        return min((span.start for span in self.week.values() if span is not None), default=0.0)

    @property
    def closing(self) -> float:
        """Latest closing of the week, seconds after midnight."""
        return max((span.end for span in self.week.values() if span is not None), default=0.0)

    @property
    def open_time(self) -> float:
        """Open seconds in a week."""
        return sum(span.end - span.start for span in self.week.values() if span is not None)

    @property
    def bounds(self) -> list[float]:
        """Every opening and closing time, holidays' too, and where the clock skips; increasing, seconds after midnight."""
        bounds = {bound for span in (*self.week.values(), *self.holidays.values()) if span for bound in (span.start, span.end)}
        for change in self.changes:
            span = self.hours[change.day]
            if span and change.is_skipped and change.touches(span.start, span.end - span.start):
                bounds |= {max(change.start, span.start), min(change.end, span.end)}
        return sorted(bounds)

    def is_skipped(self, day: date, start: float, interval: float) -> bool:
        """Whether the wall clock of *day* skips the whole interval."""
        return any(
            change.is_skipped and self.dates[change.day] == day and change.covers(start, interval) for change in self.changes
        )

    def repeated(self, row: Sequence[float], day: int, start: float, interval: float) -> tuple[float, ...]:
        """Return a row that holds for all such days as it is on this one: cut to a holiday's hours, empty in skipped time."""
        is_holiday, span = self.dates[day] in self.holidays, self.hours[day]
        gaps = [change for change in self.changes if change.day == day and change.is_skipped]
        if not is_holiday and not gaps:
            return tuple(row)
        moments = [(start + index * interval, value) for index, value in enumerate(row)]
        if is_holiday:
            moments = [(at, value if span and span.start <= at < span.end else 0.0) for at, value in moments]
        return tuple(0.0 if any(gap.covers(at, interval) for gap in gaps) else value for at, value in moments)


def days_of(calendar: Calendar) -> Days:
    """Lay out a calendar day by day; holidays by country must have been turned into dates."""
    week = dict.fromkeys(range(7)) | by_weekday(calendar.open)
    dates = tuple(calendar.start + timedelta(days=offset) for offset in range(calendar.days))
    named = {date.fromisoformat(day): hours for day, hours in calendar.holidays.items() if day[:1].isdigit()}
    holidays = {day: named[day] for day in dates if day in named} if named else {}
    hours = tuple(holidays[day] if day in holidays else week[day.weekday()] for day in dates)
    changes = clock_changes(calendar.timezone, calendar.start, calendar.days)
    return Days(dates, hours, week, "open" in calendar.model_fields_set, holidays, changes)


def opening_ticks(calendar: Calendar) -> tuple[tuple[int, int], ...]:
    """Return the opening span of each day that has one, in ticks from the first midnight."""
    days = enumerate(days_of(calendar).hours)
    return tuple((to_ticks(day * DAY + hours.start), to_ticks(day * DAY + hours.end)) for day, hours in days if hours is not None)


def read_date(text: str) -> date:
    """Return the day in ``2026-04-03``.

    Raises
    ------
    ValueError
        If it is none, or is written so that day and month could be exchanged.
    """
    clean = text.strip()
    if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}", clean, re.ASCII):
        raise ValueError(f"is ambiguous, got '{text}'; write the date as 2026-04-03")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", clean, re.ASCII):
        raise ValueError(f"must be a date as 2026-04-03, got '{text}'")
    try:
        return date.fromisoformat(clean)
    except ValueError:
        raise ValueError(f"is no day of the calendar, got '{text}'") from None
