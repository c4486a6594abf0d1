"""Fits how many contacts come: a profile per weekday and interval, and the spread of days and intervals beyond Poisson."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simkpi.planning.calibrate.days import Days
from simkpi.planning.calibrate.observed import Floats


@dataclass(frozen=True)
class Spread:
    """Overdispersion: coefficient of variation of the factor behind the expected counts.

    Parameters
    ----------
    cv : float, fraction
        Never negative: 0 if the counts vary no more than Poisson counts do.
    low, high : float or None, fraction
        95 % interval; None if the log says nothing.
    degrees : int
        Degrees of freedom behind it.
    """

    cv: float
    low: float | None
    high: float | None
    degrees: int


@dataclass(frozen=True)
class VolumeFit:
    """Volume of one contact type (or of all of them).

    Parameters
    ----------
    expected : ndarray, shape (n_rows, n_intervals)
        Mean contacts per interval.
    per_day, per_day_error : ndarray, shape (n_rows,)
        Contacts per day and their standard error over the days of the row (Poisson if the row has one day).
    contacts : int
        Contacts counted.
    day, interval : Spread
        Of the day's factor, and of the interval's factor within its day.
    """

    expected: Floats
    per_day: Floats
    per_day_error: Floats
    contacts: int
    day: Spread
    interval: Spread


def fit_volume(counts: Floats, days: Days, weekdays: Days) -> VolumeFit:
    """Fit profile and spread from counts per interval.

    Parameters
    ----------
    counts : ndarray, shape (n_days, n_intervals)
        Contacts per interval of the log.
    days : Days
        Rows of the profile.
    weekdays : Days
        Weekday rows: spread is always measured around the weekday's mean.

    Notes
    -----
    A count with mean m under a factor of mean 1 and coefficient of variation c has variance m + m² c². The moments are pooled
    over the weekdays; see :func:`day_spread` and :func:`interval_spread`.

    Source: A. N. Avramidis, A. Deslauriers, P. L'Ecuyer, Modeling daily arrivals to a telephone call center, Management
    Science 50 (2004), models with a random busyness factor of the day.
    """
    expected = days.mean(counts)
    per_day = expected.sum(axis=1)
    totals = counts.sum(axis=1)
    error = np.sqrt(per_day / np.maximum(days.sizes, 1))
    for row in np.flatnonzero(days.sizes > 1):
        mine = totals[days.row == row]
        error[row] = mine.std(ddof=1) / np.sqrt(len(mine))
    used = days.row >= 0
    return VolumeFit(
        expected, per_day, error, int(counts[used].sum()), day_spread(totals, weekdays), interval_spread(counts, weekdays)
    )


def day_spread(totals: Floats, weekdays: Days) -> Spread:
    """Spread of the day's factor by moments, with the Poisson part removed.

    Parameters
    ----------
    totals : ndarray, shape (n_days,)
        Contacts per day.
    weekdays : Days
        Its rows are the groups whose mean is fitted.

    Returns
    -------
    Spread
        The interval comes from the chi-square law of the pooled variance, so it is wide for few days.
    """
    squares, scale, scale2, degrees = 0.0, 0.0, 0.0, 0
    for row, n in enumerate(weekdays.sizes):
        mine = totals[weekdays.row == row]
        if n < 2 or not mine.any():
            continue
        mean = mine.mean()
        squares += float(((mine - mean) ** 2).sum())
        scale += (n - 1) * mean
        scale2 += (n - 1) * (mean**2 - mean / n)
        degrees += int(n) - 1
    return _spread(squares, scale, scale2, degrees)


def interval_spread(counts: Floats, weekdays: Days) -> Spread:
    """Spread of the interval's factor around the weekday's profile, given the day's total."""
    squares, scale, scale2, degrees = 0.0, 0.0, 0.0, 0
    for row, n in enumerate(weekdays.sizes):
        mine = counts[weekdays.row == row]
        totals = mine.sum(axis=1)
        if n < 2 or not totals.all():
            continue
        busy = mine.sum(axis=0) > 0
        share = mine[:, busy].sum(axis=0) / totals.sum()
        expected = totals[:, None] * share
        # Fitting the shares and the day's total takes its part of the variance away.
        kept = (1 - totals / totals.sum())[:, None] * (1 - share)
        squares += float(((mine[:, busy] - expected) ** 2).sum())
        scale += float((expected * kept).sum())
        scale2 += float((expected**2 * kept).sum())
        degrees += int(n - 1) * (int(busy.sum()) - 1)
    return _spread(squares, scale, scale2, degrees)


def _spread(squares: float, scale: float, scale2: float, degrees: int) -> Spread:
    if degrees < 1 or scale2 <= 0:
        return Spread(0.0, None, None, degrees)
    from scipy.special import chdtri

    def cv(sum_of_squares: float) -> float:
        return float(np.sqrt(max(0.0, (sum_of_squares - scale) / scale2)))

    low, high = float(chdtri(degrees, 0.025)), float(chdtri(degrees, 0.975))
    return Spread(cv(squares), cv(squares * degrees / low), cv(squares * degrees / high), degrees)
