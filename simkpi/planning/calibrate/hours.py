"""Finds the opening hours of a log, and what became of the contacts that came outside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.days import WEEKDAYS, Days
from simkpi.planning.calibrate.observed import Floats, Observed
from simkpi.planning.calibrate.staffing import CLOSED_BELOW, StaffFit
from simkpi.planning.phrase import Phrase
from simkpi.units import format_time_of_day

#: Contacts outside the hours below which nothing is said of them; share above which one fate is the rule.
_FEW, _MOST = 20, 0.8
#: What became of them, in words.
_FATES = {
    "answered": "answered {share}",
    "abandoned": "abandoned {share}",
    "contained": "contained {share}",
    "gave_up": "gave up {share}",
    "open": "open {share}",
}


@dataclass(frozen=True)
class Hours:
    """When the centre is open.

    Parameters
    ----------
    spans : dict of str to (float, float) or None
        Seconds from midnight by weekday: from the first to the last interval in which somebody is on duty and contacts come;
        None = closed. Of rows that are dates, those of all days of a weekday together.
    outside : dict of str to int
        Contacts that came when nobody was on duty, by how they ended.
    rule : str
        ``refuse`` if hardly anybody who came outside was answered, ``queue`` if most were; empty = not known.
    """

    spans: dict[str, tuple[float, float] | None]
    outside: dict[str, int]
    rule: str = ""

    @property
    def note(self) -> str:
        """What became of those who came outside, in words; empty if they were few."""
        many = sum(self.outside.values())
        if many < _FEW:
            return ""
        ordered = sorted(self.outside.items(), key=_by_count)
        fates = [Phrase(_FATES[fate], share=f"{100 * n / many:.0f} %") for fate, n in ordered if fate in _FATES]
        return Phrase("{n} contacts came while nobody was on duty: {fates}", n=many, fates=Phrase.joined(fates))

    @property
    def text(self) -> str:
        """``{mon: 08:00-18:00, ...}`` as a scenario writes it; empty if nothing is closed, or nothing is known."""
        if not self.spans or all(span == (0.0, 86_400.0) for span in self.spans.values()):
            return ""
        shown = (f"{days}: {'closed' if span is None else _shown(span)}" for days, span in _runs(self.spans))
        return "{" + ", ".join(shown) + "}"


def _runs(spans: dict[str, tuple[float, float] | None]) -> Iterator[tuple[str, tuple[float, float] | None]]:
    """Neighbouring weekdays of equal hours together: ``mon-fri``."""
    for span, group in groupby((name for name in WEEKDAYS if name in spans), key=lambda name: spans[name]):
        names = list(group)
        is_run = WEEKDAYS.index(names[-1]) - WEEKDAYS.index(names[0]) == len(names) - 1
        if len(names) > 1 and is_run:
            yield f"{names[0]}-{names[-1]}", span
        else:
            yield from ((name, span) for name in names)


def _by_count(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def _shown(span: tuple[float, float]) -> str:
    return f'"{format_time_of_day(span[0])}-{format_time_of_day(span[1])}"'


def fit_hours(
    observed: Observed, days: Days, teams: tuple[StaffFit, ...], *, expected: Floats, kept: NDArray[np.bool_], interval: float
) -> Hours:
    """Find the hours from who was on duty and when contacts came.

    Parameters
    ----------
    observed : Observed
        The log.
    days : Days
        Rows of the profile.
    teams : tuple of StaffFit
        Who was on duty.
    expected : ndarray, shape (n_rows, n_intervals)
        Mean contacts of all types.
    kept : ndarray of bool, shape (n_contacts,)
        Contacts that came while somebody was on duty.
    interval : float, seconds
        Length of an interval.
    """
    used = days.row[observed.day] >= 0
    outside = used & ~kept & ~days.holes[observed.day, ((observed.arrived % 86_400) // interval).astype(np.intp)]
    names, counts = np.unique(observed.outcome[outside].astype(str), return_counts=True)
    fates = {str(name): int(count) for name, count in zip(names, counts, strict=True)}
    many, answered = int(outside.sum()), fates.get("answered", 0)
    rule = ""
    if many >= _FEW:
        rule = "queue" if answered > _MOST * many else "refuse" if answered < (1 - _MOST) * many else ""
    staffed = np.sum([team.on_duty >= CLOSED_BELOW for team in teams], axis=0) > 0
    is_open = staffed & (expected > 0)
    weekday = np.array([_weekday(label) for label in days.labels])
    spans: dict[str, tuple[float, float] | None] = {}
    for name in WEEKDAYS:
        if not (weekday == name).any():
            continue
        slots = np.flatnonzero(is_open[weekday == name].any(axis=0))
        spans[name] = (float(slots[0]) * interval, float(slots[-1] + 1) * interval) if len(slots) else None
    return Hours(spans, fates, rule)


def _weekday(label: str) -> str:
    """Weekday of a row, whether it is named after it or after a date."""
    return label if label in WEEKDAYS else WEEKDAYS[date.fromisoformat(label).weekday()]
