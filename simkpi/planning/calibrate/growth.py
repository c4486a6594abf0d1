"""Takes a growth of the volume out of the weekdays' means, and puts it into the weeks that are simulated or predicted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from simkpi.planning.calibrate.days import Days
from simkpi.planning.calibrate.observed import Floats
from simkpi.planning.calibrate.volume import VolumeFit, fit_volume
from simkpi.planning.phrase import Phrase

#: Standard errors that a growth must differ from none.
_CLEAR = 3.5


@dataclass(frozen=True)
class Growth:
    """A volume that grows (or shrinks) by the same share every week.

    Parameters
    ----------
    weekly, error : float, fraction a week
        Growth, and its standard error.
    start : date
        First day of the log.
    middle : float
        Day of the log, from 0, at which the weekdays' means hold.
    """

    weekly: float
    error: float
    start: date
    middle: float

    def factors(self, days: int, *, since: date | None = None) -> Floats:
        """Factor on the weekdays' means of each day from *since* (default: the log's first day), shape (days,)."""
        first = 0 if since is None else (since - self.start).days
        return np.asarray((1 + self.weekly) ** ((np.arange(days) + first - self.middle) / 7))

    @property
    def note(self) -> str:
        """The growth in words."""
        told = "the volume changes by {weekly} ± {error} a week: taken out of means and spread, put in week by week (overlays)"
        return Phrase(told, weekly=f"{100 * self.weekly:+.1f} %", error=f"{100 * self.error:.1f}")

    def lines(self, days: int) -> Iterator[str]:
        """Overlays of a scenario, one a week of the log's calendar."""
        yield "overlays:"
        factors = self.factors(days)
        for week, first in enumerate(range(0, days, 7), start=1):
            last = min(first + 6, days - 1)
            factor = 100 * float(factors[first : last + 1].mean())
            span = f"{self.start + timedelta(days=first)} to {self.start + timedelta(days=last)}"
            yield f'  "growth, week {week}": {{factor: {factor:.1f}%, days: ["{span}"]}}'


def find_growth(total: VolumeFit, days: Days, start: date) -> Growth | None:
    """Return the growth of the volume, where the log shows one: three weeks or more, three and a half standard errors."""
    if days.profile != "weekday" or total.trend is None or total.trend_error is None:
        return None
    if abs(total.trend) <= _CLEAR * total.trend_error:
        return None
    used = np.flatnonzero(days.row >= 0)
    return Growth(total.trend, total.trend_error, start, float(used.mean()))


def fit_level(counts: Floats, days: Days, weekdays: Days, growth: Growth | None) -> VolumeFit:
    """Fit profile and spread of *counts*, shape (n_days, n_intervals), as they would be without the growth."""
    plain = fit_volume(counts, days, weekdays)
    if growth is None:
        return plain
    level = fit_volume(counts / growth.factors(len(counts))[:, None], days, weekdays)
    return replace(level, contacts=plain.contacts, trend=plain.trend, trend_error=plain.trend_error)
