"""Fits a scenario to some days of a log, predicts the others, and says how often the prediction intervals were right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from simkpi.experiment.replicate import simulate
from simkpi.experiment.result import Result
from simkpi.planning.backtest.baseline import erlang_a, fitted_factor
from simkpi.planning.backtest.chats import Chats, chats_beside
from simkpi.planning.backtest.figures import Figure, figures, measure
from simkpi.planning.backtest.judge import ENOUGH_DAYS, Widening, busy_intervals, joined, widening, with_intervals
from simkpi.planning.backtest.moved import Input, Step, explain, inputs
from simkpi.planning.backtest.predict import Prediction, Staff, Volumes, predict
from simkpi.planning.backtest.split import Split
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.check import THRESHOLDS, as_scenario
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.tuning import tune
from simkpi.planning.phrase import Phrase


@dataclass(frozen=True)
class Line:
    """One figure over all predicted days.

    Parameters
    ----------
    figure : Figure
        What is predicted.
    actual, predicted, low, high : float or None
        What happened, the prediction and its 90 % interval; without an interval the figure was given, not predicted.
    is_inside : bool or None
        Whether the interval holds what happened.
    formula : float or None
        What stationary Erlang A, fitted to the same days, says of the same intervals.
    days_inside, days : int
        Days whose interval held, and days that were judged.
    intervals_inside, intervals : int
        The same for intervals of the day that hold enough contacts.
    widening : float
        Factor by which the simulated spread was widened.
    """

    figure: Figure
    actual: float | None
    predicted: float | None
    low: float | None
    high: float | None
    is_inside: bool | None
    formula: float | None
    days_inside: int
    days: int
    intervals_inside: int
    intervals: int
    widening: float


@dataclass(frozen=True)
class Backtest:
    """A prediction beside what happened.

    Parameters
    ----------
    lines : tuple of Line
        Figure by figure.
    by_day, by_interval : DataFrame
        ``figure``, ``day`` or ``interval``, ``actual``, ``n``, ``predicted``, ``low``, ``high``, ``is_inside``.
    inputs : tuple of Input
        Fitted against predicted days.
    steps : tuple of Step
        The prediction with the inputs of the predicted days put in one after the other.
    train_days, test_days : tuple of date
        Days fitted and predicted.
    how, volumes, staff : str
        How the days were split, and where volumes and agents of the predicted days come from.
    replications, seed : int, int or str
        Of the simulation.
    calibration : Calibration
        What was fitted.
    left_out : int
        Contacts of the predicted days that came while nobody was on duty.
    notes : tuple of str
        What had to be assumed.
    chats : Chats or None
        Replies, messages and open chats, if the log tells them.
    """

    lines: tuple[Line, ...]
    by_day: pl.DataFrame
    by_interval: pl.DataFrame
    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    train_days: tuple[date, ...]
    test_days: tuple[date, ...]
    how: str
    volumes: str
    staff: str
    replications: int
    seed: int | str
    calibration: Calibration
    left_out: int
    notes: tuple[str, ...]
    chats: Chats | None = None

    def coverage(self, *, by: str = "day") -> tuple[int, int]:
        """Judged days (or intervals) whose prediction interval held, and how many were judged, over all figures."""
        if by == "day":
            return sum(line.days_inside for line in self.lines), sum(line.days for line in self.lines)
        return sum(line.intervals_inside for line in self.lines), sum(line.intervals for line in self.lines)


def backtest(
    parts: Split,
    *,
    interval: float = 1800.0,
    volumes: Volumes = "actual",
    staff: Staff = "roster",
    replications: int = 20,
    seed: int | str = 1,
    tuned: bool = True,
    explained: bool = True,
    thresholds: tuple[float, ...] = THRESHOLDS,
    progress: Callable[[str], None] | None = None,
) -> Backtest:
    """Fit the first part of *parts*, predict the second, and compare.

    Parameters
    ----------
    parts : Split
        From :func:`simkpi.planning.backtest.split.split`.
    interval : float, seconds
        Length of an interval of volumes, head-counts and judgement.
    volumes : str
        ``actual``: the contacts per interval of the predicted days are given; ``profile``: predicted from the fitted weekdays.
    staff : str
        ``roster``: the agents on duty of the predicted days are given; ``profile``: as on the fitted weekdays.
    replications, seed : int, int or str
        Of the simulation, at least 2.
    tuned : bool
        Tune the availability factor on the fitted days.
    explained : bool
        Say which inputs moved.
    thresholds : tuple of float, seconds
        Of the service levels.
    progress : callable, optional
        Called with what is being done.

    Raises
    ------
    LogError
        If either part holds no answered contact.
    """
    tell = progress or (lambda _: None)
    tell("fitting")
    train = fit(parts.train, interval=interval)
    fitted_days = predict(train, parts.train, volumes=volumes, staff=staff)
    if tuned:
        given = volumes == "actual" and staff == "roster"
        train = tune(train, days=fitted_days.calibration if given else None, seed=seed)
        tried = replace(fitted_days.calibration, factor=train.factor, quiet=train.quiet)
        fitted_days = replace(fitted_days, calibration=tried)
    has_bot = any(contact.bot for contact in train.contacts)
    wanted = figures(thresholds, has_bot=has_bot)
    tell("simulating the fitted days, to see how much they vary")
    simulated_fitted = simulate(as_scenario(fitted_days.calibration), replications=replications, seed=seed)
    before = _beside(fitted_days, simulated_fitted, wanted)
    per_row = float(train.days.sizes.mean()) if "profile" in (volumes, staff) else None
    factors, interval_factors = (widening(table, before[2], per_row=per_row) for table in before[:2])
    tell("predicting the other days")
    prediction = predict(train, parts.test, volumes=volumes, staff=staff)
    one_day = 1 / len(parts.train_days)
    simulated = simulate(as_scenario(prediction.calibration), replications=replications, seed=seed)
    tables = _beside(prediction, simulated, wanted)
    by_day = with_intervals(tables[0], factors, wanted, counts=one_day, per_row=per_row)
    by_interval = with_intervals(tables[1], interval_factors, wanted, per_row=per_row)
    whole = with_intervals(tables[2], factors, wanted, counts=one_day * len(parts.test_days))
    tell("looking for what moved")
    steps = explain(prediction, wanted, replications=replications, seed=seed) if explained else ()
    happened = before[2].row(by_predicate=pl.col("figure") == "abandon_rate", named=True)["actual"]
    third = fitted_factor(fitted_days.calibration, happened)
    formula = erlang_a(prediction.calibration, thresholds, factor=third)
    return Backtest(
        lines=tuple(_line(one, (whole, by_day, by_interval), formula, factors) for one in wanted),
        by_day=by_day,
        by_interval=by_interval,
        inputs=inputs(fitted_days.own, prediction.own),
        steps=steps,
        train_days=parts.train_days,
        test_days=parts.test_days,
        how=parts.how,
        volumes=volumes,
        staff=staff,
        replications=replications,
        seed=seed,
        calibration=train,
        left_out=prediction.left_out,
        notes=(*prediction.notes, *_notes(factors, train)),
        chats=chats_beside(prediction, simulated, fitted_days, simulated_fitted),
    )


def _beside(
    prediction: Prediction, result: Result, wanted: tuple[Figure, ...]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Prediction beside what happened: by day, by interval, and over all days."""
    step = prediction.calibration.interval
    simulated = result.interactions

    def side(groups: tuple[str, ...], recorded: pl.DataFrame) -> pl.DataFrame:
        return joined(recorded, measure(simulated, wanted, by=("replication", *groups), interval=step), groups)

    actual = prediction.actual
    return (
        side(("day",), measure(actual, wanted, by=("day",), interval=step)),
        side(("interval",), busy_intervals(actual, wanted, step)),
        side((), measure(actual, wanted, by=(), interval=step)),
    )


def _line(
    figure: Figure,
    tables: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
    formula: dict[str, float],
    factors: dict[str, Widening],
) -> Line:
    whole, by_day, by_interval = tables
    row = whole.row(by_predicate=pl.col("figure") == figure.key, named=True)
    days, intervals = (table.filter(pl.col("figure") == figure.key)["is_inside"].drop_nulls() for table in (by_day, by_interval))
    return Line(
        figure=figure,
        **{name: row[name] for name in ("actual", "predicted", "low", "high", "is_inside")},
        formula=formula.get(figure.key),
        days_inside=int(days.sum()),
        days=len(days),
        intervals_inside=int(intervals.sum()),
        intervals=len(intervals),
        widening=factors.get(figure.key, Widening()).factor,
    )


def _notes(factors: dict[str, Widening], train: Calibration) -> Iterator[str]:
    days = max((one.days for one in factors.values()), default=0)
    if days < ENOUGH_DAYS:
        told = "{n} fitted day(s) with spread: too few to see how days differ beyond chance; the intervals may be too short"
        yield Phrase(told, n=days)
    unlogged = max((one.wrap.mean for one in train.contacts if one.wrap_unlogged), default=0.0)
    if unlogged:
        told = "AHT: the predicted one includes {time} s of work after each contact that the log does not hold"
        yield Phrase(told, time=f"{unlogged:.1f}")
