"""Models of daily totals: each turns the days so far into a forecast of the days to come."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.planning.forecast.series import Floats, History
from simkpi.registry import Registry

#: ``model(history, horizon)``: total of each of the *horizon* days after the history, 0 on closed weekdays.
Model = Callable[[History, int], Floats]
MODELS: Registry[Model] = Registry("forecast model")
#: What is shown beside every other model.
BASELINE = "seasonal_naive"
#: Days of the same weekday that a weekday's mean looks back on.
_LOOK_BACK = 6


def seasonal_naive(history: History, horizon: int) -> Floats:
    """Forecast each day as the last known day of its weekday."""
    return _by_weekday(history, horizon, lambda seen: float(seen[-1]))


def weekday_mean(history: History, horizon: int) -> Floats:
    """Forecast each day as the mean of the last six known days of its weekday."""
    return _by_weekday(history, horizon, lambda seen: float(seen[-_LOOK_BACK:].mean()))


def _by_weekday(history: History, horizon: int, of: Callable[[Floats], float]) -> Floats:
    known, weekday, totals = history.is_known, history.weekday, history.totals
    figures = np.zeros(7)
    for day in range(7):
        seen = totals[known & (weekday == day)]
        figures[day] = of(seen) if len(seen) else (float(totals[known].mean()) if history.open[day] else 0.0)
    return figures[_weekdays(history, horizon)]


def _weekdays(history: History, horizon: int) -> NDArray[np.intp]:
    return (len(history) + history.start.weekday() + np.arange(horizon)) % 7


def _statsforecast(name: str) -> Model:
    """Return a model of the library statsforecast on the open days in a row, the season being the open weekdays."""

    def forecast(history: History, horizon: int) -> Floats:
        try:
            from statsforecast import models
        except ImportError:
            raise InputError(
                f"the model '{name.lower()}' needs statsforecast; install it with: pip install 'simkpi[forecast]'"
            ) from None
        open_ = np.array(history.open)
        series, season = _gapless(history)
        future = open_[_weekdays(history, horizon)]
        figures = np.zeros(horizon)
        if not future.any():
            return figures
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = getattr(models, name)(season_length=season).forecast(y=series, h=int(future.sum()))
        figures[future] = np.maximum(np.asarray(fitted["mean"], dtype=np.float64), 0.0)
        return figures

    return forecast


def _gapless(history: History) -> tuple[Floats, int]:
    """Totals of the open weekdays in a row, unknown days by the mean of the same weekday around them, and the season's length."""
    open_ = np.array(history.open)[history.weekday]
    totals, weekday = history.totals.copy(), history.weekday
    known = history.is_known
    for place in np.flatnonzero(open_ & ~known):
        same = np.flatnonzero(known & (weekday == weekday[place]))
        near = same[np.argsort(np.abs(same - place), kind="stable")][:4]
        totals[place] = totals[near].mean() if len(near) else totals[known].mean()
    return totals[open_], max(1, sum(history.open))


MODELS.add("seasonal_naive", seasonal_naive, ("naive",))
MODELS.add("weekday_mean", weekday_mean)
MODELS.add("ets", _statsforecast("AutoETS"))
MODELS.add("theta", _statsforecast("AutoTheta"))
MODELS.add("arima", _statsforecast("AutoARIMA"))
#: Models that the choice ``auto`` tries: those built in, and those of the library if it is there.
BUILT_IN, OF_LIBRARY = ("seasonal_naive", "weekday_mean"), ("ets", "theta")


def candidates() -> tuple[str, ...]:
    """Models that ``auto`` chooses from on this machine."""
    import importlib.util

    return BUILT_IN + (OF_LIBRARY if importlib.util.find_spec("statsforecast") else ())
