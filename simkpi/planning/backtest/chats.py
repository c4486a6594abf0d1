"""Chats of days that were not fitted, predicted: their distributions beside those that were recorded, and a naive guess."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from simkpi.experiment.result import Result
from simkpi.planning.backtest.chat_figures import (
    MEASURES,
    Sample,
    measures,
    only,
    open_by_interval,
    pooled,
    replications,
)
from simkpi.planning.backtest.judge import LEVEL
from simkpi.planning.backtest.predict import Prediction
from simkpi.planning.calibrate.observed import Floats

#: Levels whose quantiles are predicted.
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
#: Values that stand for a law.
_STEPS = 2000
#: Points at which the shares of a distribution are drawn.
_POINTS = 60


@dataclass(frozen=True)
class ChatLine:
    """One figure of one measure.

    Parameters
    ----------
    measure, unit : str
        What is measured.
    figure : str
        ``mean``, or the level of a quantile: ``50 %``.
    actual, predicted, low, high : float
        What happened, the prediction and its 90 % interval.
    """

    measure: str
    unit: str
    figure: str
    actual: float
    predicted: float
    low: float
    high: float

    @property
    def is_inside(self) -> bool:
        """Whether the interval holds what happened."""
        return self.low <= self.actual <= self.high


@dataclass(frozen=True)
class Distance:
    """How far the recorded distribution of a measure lies from the predicted one, and from naive ones (Kolmogorov-Smirnov).

    Parameters
    ----------
    measure : str
        What is measured.
    count, fitted_count : int
        Replies or chats recorded on the predicted and on the fitted days.
    predicted : float
        Distance to the prediction.
    by_chance : float
        Distance that one replication of the prediction stays below in 90 of 100 cases.
    as_before, exponential : float or None
        Distance to the fitted days' own distribution, and to the exponential (or geometric) law of their mean; None for numbers
        of open chats, where no law is naive.
    """

    measure: str
    count: int
    fitted_count: int
    predicted: float
    by_chance: float
    as_before: float | None
    exponential: float | None


@dataclass(frozen=True)
class Chats:
    """Prediction of chats beside what happened.

    Parameters
    ----------
    lines : tuple of ChatLine
        Figures of all measures.
    distances : tuple of Distance
        One per measure.
    shares : DataFrame
        ``measure``, ``x``, ``actual``, ``predicted``, ``low``, ``high``: shares of the values up to x, for the chart.
    open : DataFrame
        ``from`` (moment), ``actual``, ``predicted``, ``low``, ``high``: mean number of open chats, interval by interval.
    """

    lines: tuple[ChatLine, ...]
    distances: tuple[Distance, ...]
    shares: pl.DataFrame
    open: pl.DataFrame

    @property
    def open_inside(self) -> tuple[int, int]:
        """Intervals whose number of open chats lies in its interval, and intervals with any chat open."""
        judged = self.open.filter((pl.col("actual") > 0) | (pl.col("predicted") > 0))
        return int(((judged["actual"] >= judged["low"]) & (judged["actual"] <= judged["high"])).sum()), judged.height


def chats_beside(prediction: Prediction, simulated: Result, fitted: Prediction, simulated_fitted: Result) -> Chats | None:
    """Compare the chats of the predicted days; None if their messages are not modelled.

    Parameters
    ----------
    prediction, simulated
        The predicted days.
    fitted, simulated_fitted
        The fitted days predicted by the same fit: the spread of their figures is how far off the fit may be.

    Notes
    -----
    Intervals are ``mean ± t sqrt(s² (1 + 1/R) + f²)``, with the spread s of the replications and f that of the same figure on the
    fitted days, as for the other figures of a back-test.
    """
    if not any(one.turns for one in prediction.calibration.contacts) or prediction.log.messages is None:
        return None
    names = [one.name for one in prediction.calibration.contacts if one.turns is not None]
    told = _recorded(prediction, names)
    before = _recorded(fitted, names)
    runs, fits = _simulated(simulated, names), _simulated(simulated_fitted, names)
    lines, distances, shares = [], [], []
    for measure, unit in MEASURES.items():
        mine, past = told.get(measure), before.get(measure)
        ours = [one[measure] for one in runs if measure in one]
        if mine is None or past is None or len(ours) < 2:
            continue
        again = [one[measure] for one in fits if measure in one]
        lines += [_line((measure, unit), level, mine, ours, again) for level in (None, *LEVELS)]
        distances.append(_distance(measure, mine, past, ours))
        shares.append(_shares(measure, mine, ours))
    if not lines:
        return None
    return Chats(tuple(lines), tuple(distances), pl.concat(shares), _open(prediction, simulated, names))


def _recorded(prediction: Prediction, names: list[str]) -> dict[str, Sample]:
    log = only(prediction.log, prediction.actual.filter(pl.col("contact_type").is_in(names)))
    assert isinstance(log.interactions, pl.DataFrame)
    assert isinstance(log.messages, pl.DataFrame)
    return measures(log.interactions, log.messages)


def _simulated(result: Result, names: list[str]) -> list[dict[str, Sample]]:
    chats = result.interactions.filter(pl.col("contact_type").is_in(names))
    return [measures(*one) for one in replications(chats, result.companions["messages"])]


def _figure(one: Sample, level: float | None) -> float:
    return one.mean if level is None else one.quantile(level)


def _line(measure: tuple[str, str], level: float | None, told: Sample, runs: list[Sample], again: list[Sample]) -> ChatLine:
    from scipy.special import stdtrit

    values = np.array([_figure(one, level) for one in runs])
    off = np.array([_figure(one, level) for one in again])
    spread = float(values.std(ddof=1)) * math.sqrt(1 + 1 / len(values))
    reach = float(stdtrit(len(values) - 1, (1 + LEVEL) / 2)) * math.hypot(spread, float(off.std(ddof=1)) if len(off) > 1 else 0.0)
    mean = float(values.mean())
    figure = "mean" if level is None else f"{100 * level:.0f} %"
    return ChatLine(*measure, figure, _figure(told, level), mean, max(0.0, mean - reach), mean + reach)


def _distance(measure: str, told: Sample, past: Sample, runs: list[Sample]) -> Distance:
    whole = pooled(runs)
    by_chance = float(np.quantile([one.distance(whole) for one in runs], LEVEL))
    law = None if measure == "chats open at once" else _naive(past, is_count=MEASURES[measure] == "number")
    as_before = told.distance(past)
    return Distance(
        measure, told.count, past.count, told.distance(whole), by_chance, as_before, None if law is None else told.distance(law)
    )


def _naive(past: Sample, *, is_count: bool) -> Sample:
    """Exponential law of the same mean, or geometric from 1 on, as many values of equal weight."""
    steps = -np.log1p(-(np.arange(_STEPS) + 0.5) / _STEPS)
    mean = past.mean
    values = np.ceil(steps / -np.log1p(-1 / max(mean, 1 + 1e-9))) if is_count else steps * mean
    return Sample(values, np.full(_STEPS, 1 / _STEPS), past.count)


def _shares(measure: str, told: Sample, runs: list[Sample]) -> pl.DataFrame:
    whole = pooled(runs)
    most = max(whole.quantile(0.98), told.quantile(0.98))
    if MEASURES[measure] == "number":
        points = np.arange(0.0, math.ceil(most) + 1)
    else:
        points = np.concatenate([[0.0], np.geomspace(max(1.0, whole.quantile(0.02)), max(most, 2.0), _POINTS)])
    each = np.array([one.share_up_to(points) for one in runs])
    low, high = np.quantile(each, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    columns = {"x": points, "actual": told.share_up_to(points), "predicted": whole.share_up_to(points), "low": low, "high": high}
    return pl.DataFrame({"measure": [measure] * len(points), **columns})


def _open(prediction: Prediction, simulated: Result, names: list[str]) -> pl.DataFrame:
    """Open chats in the intervals of the predicted days in which somebody is on duty."""
    from scipy.special import stdtrit

    calibration = prediction.calibration
    step = calibration.interval
    slots = int(np.ceil(86_400 / step))
    duty: Floats = np.sum([team.on_duty for team in calibration.teams], axis=0).reshape(-1)
    start = pl.Series([calibration.observed.start]).cast(pl.Datetime("ms"))
    borders = start.dt.timestamp("ms").item() / 1000 + np.arange(calibration.observed.days * slots + 1) * step
    used = np.flatnonzero(duty > 0)
    told = open_by_interval(prediction.actual.filter(pl.col("contact_type").is_in(names)), borders)[used]
    chats = simulated.interactions.filter(pl.col("contact_type").is_in(names))
    runs = np.array([open_by_interval(one, borders)[used] for one in chats.partition_by("replication", maintain_order=True)])
    spread = runs.std(axis=0, ddof=1) * math.sqrt(1 + 1 / len(runs))
    reach = float(stdtrit(len(runs) - 1, (1 + LEVEL) / 2)) * spread
    mean = runs.mean(axis=0)
    moments = pl.Series("from", np.round(borders[:-1][used] * 1000).astype(np.int64)).cast(pl.Datetime("ms"))
    columns = {"actual": told, "predicted": mean, "low": np.fmax(0.0, mean - reach), "high": mean + reach}
    return pl.DataFrame({"from": moments, **columns})
