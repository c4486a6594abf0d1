"""Which inputs moved between the fitted and the predicted days, and how much of the miss each of them explains."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.replicate import simulate
from simkpi.planning.backtest.figures import Figure, measure
from simkpi.planning.backtest.predict import Prediction
from simkpi.planning.calibrate.calibration import Calibration, ContactFit
from simkpi.planning.calibrate.check import as_scenario
from simkpi.planning.calibrate.observed import Floats, Observed
from simkpi.planning.calibrate.staffing import StaffFit

#: Figures whose miss is explained, if they are among the predicted ones.
EXPLAINED = ("abandon_rate", "asa")
#: |z| above which an input is said to have moved.
MOVED = 2.0


@dataclass(frozen=True)
class Input:
    """One input on the fitted and on the predicted days.

    Parameters
    ----------
    name, unit : str
        What it is.
    fitted, fitted_error, predicted, predicted_error : float or None
        Value and standard error over days on either side; None where a side does not tell.
    """

    name: str
    unit: str
    fitted: float | None
    fitted_error: float | None
    predicted: float | None
    predicted_error: float | None

    @property
    def z(self) -> float | None:
        """Difference / its standard error; None if one of them is unknown."""
        values = (self.fitted, self.fitted_error, self.predicted, self.predicted_error)
        if None in values:
            return None
        error = math.hypot(self.fitted_error or 0.0, self.predicted_error or 0.0)
        return ((self.predicted or 0.0) - (self.fitted or 0.0)) / error if error > 0 else None

    @property
    def has_moved(self) -> bool:
        """Whether the difference is more than chance would make of it."""
        return self.z is not None and abs(self.z) > MOVED


@dataclass(frozen=True)
class Step:
    """A prediction once one more input is that of the predicted days.

    Parameters
    ----------
    name : str
        The input that was replaced last; ``prediction`` for the first step.
    values, half_widths : dict of str to float or None
        Predicted figures by key, and the half-width of the 95 % interval of their change from the step before.
    """

    name: str
    values: dict[str, float | None]
    half_widths: dict[str, float | None]


def inputs(fitted: Calibration, predicted: Calibration) -> tuple[Input, ...]:
    """Compare the inputs of two groups of days, each fitted date by date; standard errors by a jackknife over days."""
    sides = (fitted, predicted)
    kinds: tuple[tuple[str, str, Callable[[Calibration], tuple[Floats, Floats]]], ...] = (
        ("contacts a day", "number", _contacts),
        ("agent-hours a day", "number", _hours),
        ("handle time", "seconds", lambda one: _handle(one.observed)),
        ("patience (total wait / abandonments)", "seconds", lambda one: _patience(one.observed)),
        ("ended in the bot", "fraction", lambda one: _bot(one.observed)),
    )
    found = []
    for name, unit, read in kinds:
        (first, first_error), (second, second_error) = (_ratio(*read(side)) for side in sides)
        if first or second:
            found.append(Input(name, unit, first, first_error, second, second_error))
    return tuple(found)


def _ratio(above: Floats, below: Floats) -> tuple[float | None, float | None]:
    """Ratio of sums and its jackknife standard error, from sums per day, shape (n_days,)."""
    used = below > 0
    above, below = above[used], below[used]
    n = len(below)
    if n == 0:
        return None, None
    value = float(above.sum() / below.sum())
    if n < 2:
        return value, None
    rest = below.sum() - below
    parts = (above.sum() - above)[rest > 0] / rest[rest > 0]
    return value, float(np.sqrt((n - 1) / n * ((parts - parts.mean()) ** 2).sum()))


def _by_day(observed: Observed, values: Floats, chosen: NDArray[np.bool_]) -> Floats:
    known = chosen & ~np.isnan(values)
    return np.bincount(observed.day[known], weights=values[known], minlength=observed.days).astype(np.float64)


def _contacts(one: Calibration) -> tuple[Floats, Floats]:
    counts = np.bincount(one.observed.day, minlength=one.observed.days).astype(np.float64)
    return counts, (counts > 0).astype(np.float64)


def _hours(one: Calibration) -> tuple[Floats, Floats]:
    """Agent-hours on duty per day."""
    contacts = np.bincount(one.observed.day, minlength=one.observed.days) > 0
    rows = one.days.row
    hours = np.zeros(one.observed.days)
    for team in one.teams:
        hours += np.where(rows >= 0, team.hours[np.maximum(rows, 0)], 0.0)
    used = (contacts & (rows >= 0)).astype(np.float64)
    return hours * used, used


def _handle(observed: Observed) -> tuple[Floats, Floats]:
    times = observed.talk + np.nan_to_num(observed.hold) + np.nan_to_num(observed.wrap)
    served = observed.is_answered
    return _by_day(observed, times, served), _by_day(observed, np.where(np.isnan(times), np.nan, 1.0), served)


def _patience(observed: Observed) -> tuple[Floats, Floats]:
    queued = observed.may_leave & (observed.is_abandoned | observed.is_answered)
    return _by_day(observed, observed.wait, queued), _by_day(observed, np.ones(len(observed)), observed.is_abandoned)


def _bot(observed: Observed) -> tuple[Floats, Floats]:
    met = np.asarray(observed.bot_outcome != "", dtype=bool)
    ended = np.isin(observed.outcome, ("contained", "gave_up"))
    return _by_day(observed, ended.astype(np.float64), met), _by_day(observed, np.ones(len(observed)), met)


def explain(prediction: Prediction, wanted: tuple[Figure, ...], *, replications: int, seed: int | str) -> tuple[Step, ...]:
    """Replace the prediction's inputs by those of the predicted days, one after the other, with the same customers.

    Returns
    -------
    tuple of Step
        The prediction first; what is left between the last step and what happened is not due to these inputs.
    """
    steps: list[Step] = []
    before: dict[str, list[float | None]] = {}
    for name, calibration in _steps(prediction):
        result = simulate(as_scenario(calibration), replications=replications, seed=seed)
        table = measure(result.interactions, wanted, by=("replication",), interval=calibration.interval)
        now = {one.key: table.filter(pl.col("figure") == one.key).sort("replication")["value"].to_list() for one in wanted}
        halves = {key: _half_width(values, before.get(key)) for key, values in now.items()}
        steps.append(Step(name, {key: _mean(values) for key, values in now.items()}, halves))
        before = now
    return tuple(steps)


def _steps(prediction: Prediction) -> Iterator[tuple[str, Calibration]]:
    current, own = prediction.calibration, prediction.own
    yield "prediction", current
    if current.is_drawn:
        volumes = {one.name: one.volume for one in own.contacts}
        contacts = tuple(replace(one, volume=volumes.get(one.name, one.volume)) for one in current.contacts)
        current = replace(current, contacts=contacts, total=own.total, is_drawn=False)
        yield "volume", current
    duty = {team.name: team for team in own.teams}
    if any(not np.array_equal(team.on_duty, duty.get(team.name, team).on_duty) for team in current.teams):
        current = replace(current, teams=tuple(_on_duty_as(team, duty.get(team.name, team), own) for team in current.teams))
        yield "agents on duty", current
    fields: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("handle time", ("talk", "hold", "wrap")),
        ("patience", ("patience",)),
        ("bot", ("bot",)),
    )
    fresh = {one.name: one for one in own.contacts}
    for name, names in fields:
        contacts = tuple(_with(one, fresh.get(one.name), names) for one in current.contacts)
        if contacts != current.contacts:
            current = replace(current, contacts=contacts)
            yield name, current


def _on_duty_as(team: StaffFit, fresh: StaffFit, own: Calibration) -> StaffFit:
    """Return the team with the agents of other days, each at the pace that was fitted."""
    return replace(team, on_duty=fresh.on_duty, strength=fresh.strength_with(team.paces, own.days, own.interval))


def _with(contact: ContactFit, fresh: ContactFit | None, names: tuple[str, ...]) -> ContactFit:
    return contact if fresh is None else replace(contact, **{name: getattr(fresh, name) for name in names})


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _half_width(now: list[float | None], before: list[float | None] | None) -> float | None:
    """Half-width of the 95 % interval of the mean change over replications, paired."""
    if before is None:
        return None
    pairs = [(a, b) for a, b in zip(now, before, strict=True) if a is not None and b is not None]
    if len(pairs) < 2:
        return None
    from scipy.special import stdtrit

    changes = np.array([a - b for a, b in pairs])
    return float(stdtrit(len(changes) - 1, 0.975) * changes.std(ddof=1) / np.sqrt(len(changes)))
