"""Which shifts may be planned: a library of start windows, lengths and breaks, laid out as patterns of duty."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from simkpi.errors import ScenarioError
from simkpi.scenario.base import Model
from simkpi.scenario.days import weekdays_in
from simkpi.scenario.fields import Count, Duration, Factor, PositiveCount, PositiveDuration, Text
from simkpi.scenario.problems import reword
from simkpi.scenario.yaml_reader import read_yaml
from simkpi.units import DAY, format_time_of_day, parse_time_of_day, to_ticks

#: Shortest step of the duty grid, seconds.
FINEST = 300.0


class Break(Model):
    """A break: begins between two times after the start of the shift."""

    after: tuple[Duration, Duration] = Field(description="Earliest and latest begin, from the start.", examples=["[3h, 4h]"])
    length: PositiveDuration = Field(description="How long it is.", examples=["30m"])
    paid: bool = Field(default=False, description="Whether it is paid.", examples=["false"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read one time as the only one."""
        if isinstance(value, dict) and isinstance(value.get("after"), str):
            return {**value, "after": [value["after"], value["after"]]}
        return value

    @model_validator(mode="after")
    def _ordered(self) -> Break:
        if self.after[1] < self.after[0]:
            raise ValueError("needs the earliest begin before the latest")
        return self


class Shift(Model):
    """One kind of shift."""

    start: Text = Field(description="First and last start.", examples=["08:00-12:00"])
    every: PositiveDuration = Field(default=1800.0, description="Step between starts (and breaks).", examples=["30m"])
    length: PositiveDuration = Field(le=DAY, description="From start to end, breaks included.", examples=["8h"])
    pause: Break | None = Field(default=None, alias="break", description="The break; none = no break.")
    pay: Factor = Field(default=1.0, description="Pay of an hour against the usual.", examples=["105%"])
    teams: tuple[Text, ...] = Field(default=(), description="Teams that may work it; none named = all.", examples=["[phone]"])
    days: Text = Field(default="mon-sun", description="Weekdays on which it may be worked.", examples=["mon-fri"])
    at_most: Count | None = Field(default=None, description="Such shifts a day, at most.", examples=["4"])
    people: Count | None = Field(default=None, description="People who work it, at most.", examples=["12"])
    days_a_week: PositiveCount | None = Field(default=None, le=7, description="Days that one person works in a week, at most.")

    @model_validator(mode="after")
    def _fits(self) -> Shift:
        self.window()
        weekdays_in(self.days)
        if self.pause is not None and self.pause.after[1] + self.pause.length > self.length:
            raise ValueError("has a break that does not end before the shift does")
        return self

    def window(self) -> tuple[float, float]:
        """First and last start, seconds after midnight."""
        first, dash, last = self.start.partition("-")
        low = parse_time_of_day(first)
        high = parse_time_of_day(last) if dash else low
        if high < low:
            raise ValueError(f"needs the first start before the last, got '{self.start}'")
        return low, high

    def steps(self) -> list[float]:
        """All lengths of time that the duty grid must fit, seconds."""
        low, high = self.window()
        found = [low, self.length]
        if high > low:
            found.append(self.every)
        if self.pause is not None:
            found += [self.pause.after[0], self.pause.length]
            found += [self.every] if self.pause.after[1] > self.pause.after[0] else []
        return [step for step in found if step > 0]


class Library(Model):
    """A shift library."""

    shifts: dict[str, Shift] = Field(min_length=1, description="Shifts by name.")


@dataclass(frozen=True)
class Pattern:
    """One way to work a shift on one day.

    Parameters
    ----------
    shift : str
        Name in the library.
    team : str
    day : int
        On which it begins; -1: the evening before the horizon.
    start : float, seconds after midnight
    pause : float or None, seconds after midnight
        Begin of the break.
    hours : float
        Paid hours, weighted by pay; of a shift that began before the horizon the part inside it.
    duty : ndarray of bool, shape (2 * n_steps of a day,)
        The day on which it begins and the next.
    length : float, seconds
        From start to end, break included.
    rest : float, seconds
        Length of the break.
    is_rest_paid : bool
    """

    shift: str
    team: str
    day: int
    start: float
    pause: float | None
    hours: float
    duty: NDArray[np.bool_]
    length: float
    rest: float = 0.0
    is_rest_paid: bool = False

    @property
    def label(self) -> str:
        """Start to end, and the break."""
        pause = "" if self.pause is None else f" (break {format_time_of_day(self.pause % DAY)})"
        return format_time_of_day(self.start) + pause


def read_library(path: str | Path) -> Library:
    """Read a shift library (YAML).

    Raises
    ------
    ScenarioError
        With every mistake and its line.
    """
    try:
        document = read_yaml(Path(path).read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "is not UTF-8"
        raise ScenarioError(f"{path}: {reason}") from None
    try:
        library = Library.model_validate(document.root.data())
    except ValidationError as error:
        raise ScenarioError([*document.problems, *reword(error, Library, document)]) from None
    if document.problems:
        raise ScenarioError(list(document.problems))
    return library


def duty_step(library: Library, *others: float) -> float:
    """Longest step, seconds, that fits every start, length and break, and *others*.

    Raises
    ------
    ScenarioError
        If it is shorter than five minutes.
    """
    ticks = [to_ticks(step) for shift in library.shifts.values() for step in shift.steps()] + [to_ticks(step) for step in others]
    step = reduce(math.gcd, ticks) / 1000
    if step < FINEST:
        raise ScenarioError("shifts: starts, lengths and breaks must share a step of at least 5 minutes; use multiples of 15m")
    return step


def patterns(library: Library, team: str, day: int, *, weekday: int, step: float) -> Iterator[Pattern]:
    """Every way to work a shift of the library in *team* on one day."""
    for name, shift in library.shifts.items():
        if (shift.teams and team not in shift.teams) or weekday not in weekdays_in(shift.days):
            continue
        low, high = shift.window()
        for index in range(math.floor((high - low) / shift.every + 1e-9) + 1):
            start = low + index * shift.every
            for pause in _breaks(shift, start):
                unpaid = shift.pause.length if shift.pause is not None and not shift.pause.paid else 0.0
                hours = (shift.length - unpaid) / 3600 * shift.pay
                hours *= 1.0 if day >= 0 else max(0.0, start + shift.length - DAY) / shift.length
                if hours > 0:
                    rest, is_paid = (0.0, False) if shift.pause is None else (shift.pause.length, shift.pause.paid)
                    duty = _duty(shift, start, pause, step)
                    yield Pattern(name, team, day, start, pause, hours, duty, shift.length, rest, is_paid)


def _breaks(shift: Shift, start: float) -> list[float | None]:
    if shift.pause is None:
        return [None]
    first, last = shift.pause.after
    return [start + first + index * shift.every for index in range(math.floor((last - first) / shift.every + 1e-9) + 1)]


def _duty(shift: Shift, start: float, pause: float | None, step: float) -> NDArray[np.bool_]:
    moments = np.arange(2 * round(DAY / step)) * step + step / 2
    duty = (moments >= start) & (moments < start + shift.length)
    if pause is not None and shift.pause is not None:
        duty &= ~((moments >= pause) & (moments < pause + shift.pause.length))
    return duty
