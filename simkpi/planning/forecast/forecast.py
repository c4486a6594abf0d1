"""Forecasts days and intervals, and measures on the history itself how far off such forecasts are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.planning.forecast.models import BASELINE, MODELS, candidates
from simkpi.planning.forecast.series import Floats, History

#: Nominal coverage of the intervals.
LEVEL = 0.90
#: Weeks that the intervals' shares of the day look back on.
_SHARE_WEEKS = 10
#: Origins that are tried on the history, at most; days that the first of them needs.
_ORIGINS, _FIRST = 12, 28


@dataclass(frozen=True)
class Accuracy:
    """How far off one model was, over forecasts made from earlier days of the history.

    Parameters
    ----------
    model : str
        Name.
    wape : float, fraction
        Sum of absolute errors of the days / sum of the days.
    bias : float, fraction
        Sum of errors / sum of the days; above 0: forecasts too high.
    total_error : float, fraction
        Root mean square of the relative errors of whole horizons: the error that all days of a forecast share.
    day_error : float, fraction
        Root mean square of what is left of the days' relative errors, chance included.
    interval_error : float, fraction
        Coefficient of variation of the intervals around the day's profile beyond Poisson.
    origins, days : int
        Forecasts made, and days judged.
    coverage, interval_coverage : float or None, fraction
        Share of the days (intervals) of the later half of the origins in 90 % intervals made from the earlier half; None if
        there are too few origins.
    """

    model: str
    wape: float
    bias: float
    total_error: float
    day_error: float
    interval_error: float
    origins: int
    days: int
    coverage: float | None
    interval_coverage: float | None


@dataclass(frozen=True)
class Forecast:
    """Volumes of the days to come.

    Parameters
    ----------
    days : DataFrame
        ``day``, ``expected``, ``low``, ``high`` (90 %), ``baseline`` (seasonal naive).
    intervals : DataFrame
        ``start``, ``expected``, ``low``, ``high``.
    model : str
        The model used.
    accuracy : tuple of Accuracy
        Of every model tried, the best first.
    special : tuple of date
        Days set apart.
    history : History
        What was forecast from.
    """

    days: pl.DataFrame
    intervals: pl.DataFrame
    model: str
    accuracy: tuple[Accuracy, ...]
    special: tuple[date, ...]
    history: History

    @property
    def chosen(self) -> Accuracy:
        """Accuracy of the model used."""
        return next(one for one in self.accuracy if one.model == self.model)


def forecast(history: History, *, days: int, model: str = "auto") -> Forecast:
    """Forecast the *days* after the history.

    Parameters
    ----------
    history : History
        From :mod:`simkpi.planning.forecast.series`.
    days : int
        Calendar days to forecast, 1 to 366; closed weekdays get nothing.
    model : str
        Name of a model, or ``auto``: the one with the smallest WAPE on the history.

    Raises
    ------
    InputError
        If the history is shorter than two weeks, or *days* is out of range.
    UnknownName
        If there is no such model.

    Notes
    -----
    Errors are measured by forecasts from up to 12 earlier days of the history (rolling origins), each of the same length as the
    forecast as far as the history goes. The error of a day is taken apart into one that all days of a forecast share, and the
    rest: the scenario has a place for both (``forecast_error``, ``day_spread``).

    Source: R. J. Hyndman and G. Athanasopoulos, Forecasting: principles and practice, 3rd ed. (2021), section 5.10, time series
    cross-validation.
    """
    if not 1 <= days <= 366:
        raise InputError(f"the horizon must be 1 to 366 days, got {days}")
    if int(history.is_known.sum()) < 10 or len(history) < 14:
        known = int(history.is_known.sum())
        raise InputError(f"the history holds {known} day(s) with contacts over {len(history)} day(s); a forecast needs two weeks")
    special = history.special
    clean = history.without(special)
    names = candidates() if model == "auto" else tuple(dict.fromkeys((MODELS.name_of(model), BASELINE)))
    tried = sorted((_accuracy(clean, name, days) for name in names), key=lambda one: one.wape)
    chosen = tried[0] if model == "auto" else next(one for one in tried if one.model == MODELS.name_of(model))
    expected, baseline = (MODELS.get(name)(clean, days) for name in (chosen.model, BASELINE))
    places = len(history) + np.arange(days, dtype=np.intp)
    low, high = _interval(expected, _day_error(chosen))
    table = pl.DataFrame(
        {
            "day": [history.day(int(place)) for place in places],
            "expected": expected,
            "low": low,
            "high": high,
            "baseline": baseline,
        }
    ).filter(pl.col("expected") > 0)
    return Forecast(
        table,
        _intervals(clean, expected, places, chosen),
        chosen.model,
        tuple(tried),
        tuple(history.day(int(place)) for place in special),
        history,
    )


def _day_error(one: Accuracy) -> float:
    return float(np.hypot(one.total_error, one.day_error))


def _interval(expected: Floats, error: float, beyond: Floats | None = None) -> tuple[Floats, Floats]:
    """90 % interval of counts with mean *expected*, relative error *error*, and variance *beyond* on top.

    Lognormal: the ends are the mean divided and multiplied by the same factor, less half the variance.
    """
    from scipy.special import ndtri

    variance = error**2 + (0.0 if beyond is None else beyond / np.maximum(expected, 1e-9) ** 2)
    sigma = np.sqrt(np.log1p(variance))
    reach = float(ndtri((1 + LEVEL) / 2)) * sigma
    low, high = expected * np.exp(-reach - sigma**2 / 2), expected * np.exp(reach - sigma**2 / 2)
    return np.where(expected > 0, low, 0.0), np.where(expected > 0, high, 0.0)


def shares(history: History) -> Floats:
    """Share of each interval in its weekday's total over the last ten weeks, shape (7, n_intervals)."""
    known = np.flatnonzero(history.is_known)
    recent = known[known >= len(history) - 7 * _SHARE_WEEKS]
    table = np.zeros((7, history.counts.shape[1]))
    for day in range(7):
        mine = recent[history.weekday[recent] == day]
        chosen = mine if len(mine) else recent
        total = history.counts[chosen].sum(axis=0)
        table[day] = total / total.sum() if total.sum() else 0.0
    return table


def _intervals(history: History, expected: Floats, places: NDArray[np.intp], about: Accuracy) -> pl.DataFrame:
    weekday = (places + history.start.weekday()) % 7
    by_interval = expected[:, None] * shares(history)[weekday]
    low, high = _interval(by_interval, float(np.hypot(_day_error(about), about.interval_error)), by_interval)
    slots = by_interval.shape[1]
    starts = [history.day(int(place)) for place in places for _ in range(slots)]
    offset = np.tile(np.arange(slots) * history.interval, len(places))
    return (
        pl.DataFrame(
            {"start": starts, "offset": offset, "expected": by_interval.ravel(), "low": low.ravel(), "high": high.ravel()}
        )
        .with_columns(
            (pl.col("start").cast(pl.Datetime("ms")) + pl.duration(milliseconds=pl.col("offset") * 1000)).alias("start")
        )
        .drop("offset")
        .filter(pl.col("expected") > 0)
    )


@dataclass(frozen=True)
class _Trial:
    """One forecast made from an earlier day, beside what came."""

    expected: Floats
    actual: Floats
    by_interval: Floats
    actual_by_interval: Floats

    @property
    def total(self) -> float:
        return float(self.expected.sum() / self.actual.sum() - 1)

    @property
    def rest(self) -> Floats:
        """Relative errors of the days once the whole is right."""
        return np.asarray(self.actual / (self.expected / (1 + self.total)) - 1)


def _accuracy(history: History, name: str, days: int) -> Accuracy:
    trials = list(_trials(history, name, days))
    errors, sizes = (
        np.concatenate(parts) for parts in zip(*((one.expected - one.actual, one.actual) for one in trials), strict=True)
    )
    total, day, interval = _errors(trials)
    half = len(trials) // 2
    coverage = _coverage(trials[half:], *_errors(trials[:half])) if half >= 3 else (None, None)
    return Accuracy(
        model=name,
        wape=float(np.abs(errors).sum() / sizes.sum()),
        bias=float(errors.sum() / sizes.sum()),
        total_error=total,
        day_error=day,
        interval_error=interval,
        origins=len(trials),
        days=len(sizes),
        coverage=coverage[0],
        interval_coverage=coverage[1],
    )


def _trials(history: History, name: str, days: int) -> list[_Trial]:
    """Forecasts from earlier days: at even distances, the last one as long as the forecast if half the history allows."""
    known = history.is_known
    length = min(days, max(7, (len(history) - min(_FIRST, len(history) // 2)) // 2))
    first, last = min(_FIRST, len(history) - length), len(history) - length
    origins = np.unique(np.linspace(first, last, min(_ORIGINS, last - first + 1)).round().astype(np.intp))
    found = []
    for origin in origins:
        past = history.until(int(origin))
        expected = MODELS.get(name)(past, length)
        used = known[origin : origin + length] & (expected > 0)
        if not used.any() or int(past.is_known.sum()) < 5:
            continue
        weekday = history.weekday[origin : origin + length][used]
        found.append(
            _Trial(
                expected[used],
                history.totals[origin : origin + length][used],
                expected[used][:, None] * shares(past)[weekday],
                history.counts[origin : origin + length][used],
            )
        )
    if not found:
        raise InputError("the history has too few days with contacts to try a forecast on")
    return found


def _errors(trials: list[_Trial]) -> tuple[float, float, float]:
    """Shared error, error of days and of intervals beyond Poisson: relative, root mean square."""
    total = float(np.sqrt(np.mean([one.total**2 for one in trials])))
    rest = np.concatenate([one.rest for one in trials])
    day = float(np.sqrt((rest**2).mean()))
    squares = scale = 0.0
    for one in trials:
        # the intervals of a day once its total is right
        exact = one.by_interval * (one.actual / one.expected)[:, None]
        busy = exact > 0
        squares += float(((one.actual_by_interval - exact)[busy] ** 2 - exact[busy]).sum())
        scale += float((exact[busy] ** 2).sum())
    return total, day, float(np.sqrt(max(squares, 0.0) / scale)) if scale else 0.0


def _coverage(trials: list[_Trial], total: float, day: float, interval: float) -> tuple[float, float]:
    inside, inside_interval = [], []
    error = float(np.hypot(total, day))
    for one in trials:
        low, high = _interval(one.expected, error)
        inside.append((low <= one.actual) & (one.actual <= high))
        low, high = _interval(one.by_interval, float(np.hypot(error, interval)), one.by_interval)
        judged = one.by_interval >= 1
        inside_interval.append(((low <= one.actual_by_interval) & (one.actual_by_interval <= high))[judged])
    return float(np.concatenate(inside).mean()), float(np.concatenate(inside_interval).mean())
