"""Fits how many contacts come: a profile per weekday and interval, and the spread of days and intervals beyond Poisson."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simkpi.planning.calibrate.days import Days
from simkpi.planning.calibrate.observed import Floats

#: Standard errors that a correlation must exceed.
_CLEAR = 2.0
#: Standard error beyond which a correlation says nothing.
_VAGUE = 0.25


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
    likelihood : float or None, fraction
        By maximum likelihood, beside the moments; None where it is not computed.
    """

    cv: float
    low: float | None
    high: float | None
    degrees: int
    likelihood: float | None = None


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
        Of the day's factor (what the intervals' factors move the total by is taken off), and of the interval's factor.
    correlation, correlation_error : float
        Of an interval's factor with that of the interval before, and its standard error; 0 if it is less than twice that.
    trend, trend_error : float or None, fraction a week
        Growth of the volume over the log, and its standard error; None below three weeks.
    """

    expected: Floats
    per_day: Floats
    per_day_error: Floats
    contacts: int
    day: Spread
    interval: Spread
    correlation: float = 0.0
    correlation_error: float = 0.0
    trend: float | None = None
    trend_error: float | None = None


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
    interval = interval_spread(counts, weekdays)
    rho, rho_error, cv, of_day = interval_correlation(counts, weekdays, interval.cv)
    day = day_spread(totals, weekdays)
    trend, trend_error = weekly_trend(totals, weekdays)
    return VolumeFit(
        expected,
        per_day,
        error,
        int(counts[used].sum()),
        replace(day, cv=float(np.sqrt(max(day.cv**2 - of_day**2, 0.0))), likelihood=day_spread_by_likelihood(totals, weekdays)),
        replace(interval, cv=cv),
        rho,
        rho_error,
        trend,
        trend_error,
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


def day_spread_by_likelihood(totals: Floats, weekdays: Days) -> float | None:
    """Spread of the day's factor by maximum likelihood: counts of a gamma factor around the weekday's mean are negative binomial.

    Source: A. N. Avramidis et al., Management Science 50 (2004), section 3. The means are the weekdays' own, so few days a
    weekday bias it downwards; the moments, which allow for that, are what the scenario gets.
    """
    used = weekdays.row >= 0
    means = weekdays.mean(totals)[weekdays.row[used]]
    counts = totals[used][means > 0]
    means = means[means > 0]
    if len(counts) <= len(weekdays.labels):
        return None
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln, xlog1py, xlogy

    def loss(log_cv: float) -> float:
        shape = float(np.exp(-2 * log_cv))
        terms = gammaln(counts + shape) - gammaln(shape) + xlogy(counts, means / shape) - xlog1py(counts + shape, means / shape)
        return -float(terms.sum())

    found = float(np.exp(minimize_scalar(loss, bounds=(np.log(1e-3), np.log(2.0)), method="bounded").x))
    return 0.0 if found < 2e-3 else found


def weekly_trend(totals: Floats, weekdays: Days) -> tuple[float | None, float | None]:
    """Growth a week, a fraction, and its standard error: least squares on logarithms of the days less their weekday's mean."""
    used = np.flatnonzero((weekdays.row >= 0) & (totals > 0))
    if len(used) < 10 or used[-1] - used[0] < 20:
        return None, None
    logs, weeks, row = np.log(totals[used]), used / 7.0, weekdays.row[used]
    for one in np.unique(row):
        mine = row == one
        logs[mine] -= logs[mine].mean()
        weeks[mine] -= weeks[mine].mean()
    degrees = len(used) - len(np.unique(row)) - 1
    scale = float((weeks**2).sum())
    if degrees < 3 or scale <= 0:
        return None, None
    slope = float((weeks * logs).sum()) / scale
    error = float(np.sqrt(((logs - slope * weeks) ** 2).sum() / degrees / scale))
    return float(np.expm1(slope)), error


def interval_correlation(counts: Floats, weekdays: Days, cv: float) -> tuple[float, float, float, float]:
    """Correlation of the factors of neighbouring intervals, as an autoregression.

    Parameters
    ----------
    counts : ndarray, shape (n_days, n_intervals)
        Contacts.
    weekdays : Days
        Rows around whose profile they vary.
    cv : float
        Spread of the intervals given the day's total, from :func:`interval_spread`.

    Returns
    -------
    correlation, error : float
        0 if it is less than two standard errors, or the error is above 25 %.
    spread : float
        Of the interval's factor before the day's total is given: correlated factors move the total, too.
    of_day : float
        Spread that the intervals' factors give the day's total by themselves.

    Notes
    -----
    Neighbouring counts given the total have the covariance m m' c² (rho - V), one count the variance m + m² c² (1 - V), with V
    the variance of the day's mean factor / c²: the sum of s_i s_j rho^|i-j| over the intervals' shares s. Both equations together
    give rho and c.
    """
    products = scale = noise = 0.0
    shares = []
    for row, n in enumerate(weekdays.sizes):
        mine = counts[weekdays.row == row]
        totals = mine.sum(axis=1)
        if n < 2 or not totals.all():
            continue
        share = mine.sum(axis=0) / totals.sum()
        shares.append(share)
        expected = totals[:, None] * share
        residual = mine - expected
        pairs = expected[:, 1:] * expected[:, :-1]
        products += float((residual[:, 1:] * residual[:, :-1] + pairs / totals[:, None]).sum())
        scale += float((pairs * (1 - totals / totals.sum())[:, None]).sum())  # fitting the shares takes its part away
        each = expected + (cv * expected) ** 2
        noise += float((each[:, 1:] * each[:, :-1]).sum())
    if scale <= 0 or cv <= 0.01:
        return 0.0, 0.0, cv, 0.0
    share = np.mean(shares, axis=0)
    alone = float((share**2).sum())
    given = cv**2 * (1 - alone)
    seen, error = products / scale / given, float(np.sqrt(noise)) / scale / given
    is_clear = error < _VAGUE and seen + alone / (1 - alone) > _CLEAR * error
    rho = _autoregression(share, seen) if is_clear else 0.0
    moved = _mean_variance(share, rho)
    spread = cv * float(np.sqrt((1 - alone) / (1 - moved)))
    return rho, error, spread, spread * float(np.sqrt(moved))


def _mean_variance(share: Floats, rho: float) -> float:
    distance = np.abs(np.subtract.outer(np.arange(len(share)), np.arange(len(share))))
    return float(share @ rho**distance @ share)


def _autoregression(share: Floats, seen: float) -> float:
    """Correlation rho with (rho - V) / (1 - V) = *seen*, by bisection: the left side rises with rho."""
    low, high = 0.0, 0.98
    for _ in range(40):
        middle = (low + high) / 2
        moved = _mean_variance(share, middle)
        low, high = (middle, high) if (middle - moved) / (1 - moved) < seen else (low, middle)
    return (low + high) / 2


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
