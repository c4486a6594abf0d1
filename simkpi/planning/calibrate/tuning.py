"""Tunes by simulation what no log shows: how many agents were really there, and how long they breathe when nobody waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from simkpi.experiment.replicate import simulate
from simkpi.planning.calibrate.calibration import Calibration, Tuning
from simkpi.planning.calibrate.observed import Floats
from simkpi.planning.calibrate.remarks import FEW_ABANDONED
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads

#: Contacts that one simulation holds, about; simulations of either search; threshold of the service level, seconds.
_CONTACTS, _RUNS, _MORE_RUNS, _THRESHOLD = 160_000, 8, 6, 20.0
#: The service level must be predicted too high by this much, and this many spreads of one log, before a breath is looked for.
_TOO_HIGH, _CLEAR = 0.01, 1.0
#: First guess of the breath, and the longest that is believed; seconds.
_GUESS, _LONGEST = 60.0, 600.0


def tune(
    calibration: Calibration,
    *,
    days: Calibration | None = None,
    seed: int | str = 1,
    runs: int = _RUNS,
    contacts: int = _CONTACTS,
) -> Calibration:
    """Scale the agents on duty until the simulated abandon rate is the log's, and let them breathe until its service level is.

    Parameters
    ----------
    calibration : Calibration
        From :func:`simkpi.planning.calibrate.fit.fit`.
    days : Calibration, optional
        What is simulated instead: the log's own days, with the contacts and agents that each of them had, from
        :func:`simkpi.planning.backtest.predict.predict`. That says more than days drawn around weekday means.
    seed : int or str
        All runs meet the same customers.
    runs : int
        Simulations to spend on the first search, at most.
    contacts : int
        Contacts that each of them simulates, about.

    Returns
    -------
    Calibration
        With ``factor``, ``quiet`` and ``tuning``; unchanged if fewer than 50 contacts of the log abandoned: then the rate says
        too little.

    Notes
    -----
    Simulated moments. One moment and one parameter first: a bracket in steps of 5 %, then regula falsi on the logarithm of the
    factor. Agents who take calls the moment they are free give a service level that real ones do not: idle for some minutes they
    are not always ready (in a log, callers wait although somebody has nothing to do). Where the log does not tell how often
    (:mod:`simkpi.planning.calibrate.breath`), and the simulated service level in 20 s is above the log's by more than chance,
    ``longer_when_quiet`` and the factor are found together for both figures (Broyden).
    What is tuned absorbs whatever else the model gets wrong about waiting, so both figures prove nothing afterwards.

    Source: D. McFadden, A method of simulated moments, Econometrica 57 (1989); C. G. Broyden, Mathematics of Computation 19
    (1965).
    """
    target = recorded(calibration)
    if target is None:
        return calibration
    seen: dict[tuple[float, float], Floats] = {}
    replications = max(4, round(contacts / max(len(calibration.observed), 1)))

    def figures(factor: float, quiet: float) -> Floats:
        """Return abandon rate and service level of each replication, shape (replications, 2)."""
        if (factor, quiet) not in seen:
            tried = replace(days or calibration, factor=factor, quiet=quiet)
            scenario = loads(scenario_text(tried, name="tuning"))
            seen[factor, quiet] = _measured(simulate(scenario, replications=replications, seed=seed).interactions)
        return seen[factor, quiet]

    tolerance = max(0.001, 0.01 * float(target[0]))
    factor = _root(lambda each: float(figures(each, 0.0)[:, 0].mean() - target[0]), tolerance=tolerance, runs=runs)
    now = figures(factor, 0.0)
    excess, chance = float(now[:, 1].mean() - target[1]), float(now[:, 1].std(ddof=1))
    measured = any(team.breath is not None for team in calibration.teams)
    can_breathe = not measured and any(calibration.breathes(contact) for contact in calibration.contacts)
    if can_breathe and excess > max(_TOO_HIGH, _CLEAR * chance):
        return _both(calibration, figures, target, factor, tolerance)
    nearby = figures(factor * 1.03, 0.0)
    slope = float(nearby[:, 0].mean() - now[:, 0].mean()) / np.log(1.03)
    error = float(now[:, 0].std(ddof=1)) / abs(slope) * factor if slope else None
    told = Tuning(float(target[0]), float(target[1]), factor_error=error)
    return replace(calibration, factor=factor, tuning=told)


def _both(
    calibration: Calibration, figures: Callable[[float, float], Floats], target: Floats, factor: float, tolerance: float
) -> Calibration:
    """Find factor and breath together."""
    place = np.array([np.log(factor), 0.0])

    def at(point: Floats) -> Floats:
        return figures(float(np.exp(point[0])), float(point[1]))

    def miss(point: Floats) -> Floats:
        return np.asarray(at(point).mean(axis=0) - target)

    start = miss(place)
    steps = np.array([0.03, _GUESS])
    slopes = np.stack([(miss(place + step) - start) / step.sum() for step in np.diag(steps)], axis=1)
    best, best_size, now = place, _size(start, tolerance), start
    for _ in range(_MORE_RUNS):
        step = np.linalg.lstsq(slopes, -now, rcond=None)[0]
        step = np.clip(step, [-0.1, -2 * _GUESS], [0.1, 2 * _GUESS])
        point = np.array([place[0] + step[0], float(np.clip(round(place[1] + step[1], 1), 0.0, _LONGEST))])
        step = point - place
        if not step.any():
            break
        after = miss(point)
        scaled = step / steps
        change = (after - now - slopes @ step) / max(float(scaled @ scaled), 1e-12)
        slopes = slopes + np.outer(change, scaled / steps)
        place, now = point, after
        if _size(now, tolerance) < best_size:
            best, best_size = place, _size(now, tolerance)
        if best_size <= 1:
            break
    found = at(best)
    inverse = np.linalg.pinv(slopes)
    covariance = inverse @ np.cov(found.T) @ inverse.T
    errors = np.sqrt(np.diag(covariance))
    factor, quiet = float(np.exp(best[0])), float(best[1])
    told = Tuning(float(target[0]), float(target[1]), float(errors[0] * factor), float(errors[1]), has_breath=quiet > 0)
    return replace(calibration, factor=factor, quiet=quiet, tuning=told)


def _size(miss: Floats, tolerance: float) -> float:
    """Largest miss in units of what is good enough."""
    return float(np.abs(miss / np.array([tolerance, 0.005])).max())


def recorded(calibration: Calibration) -> Floats | None:
    """Abandon rate and service level in 20 s of the log, all offered contacts; None below 50 abandonments."""
    observed = calibration.observed
    abandoned, offered = int(observed.is_abandoned.sum()), int((~np.isnan(observed.queued)).sum())
    if abandoned < FEW_ABANDONED:
        return None
    within = int((observed.is_answered & (observed.wait <= _THRESHOLD)).sum())
    return np.array([abandoned / offered, within / offered])


def _measured(interactions: pl.DataFrame) -> Floats:
    """Abandon rate and service level in 20 s of each replication, shape (replications, 2)."""
    offered = interactions.filter(pl.col("queued_at").is_not_null())
    wait = (pl.col("answered_at") - pl.col("queued_at")).dt.total_milliseconds() / 1000
    table = offered.group_by("replication").agg(
        (pl.col("outcome") == "abandoned").mean().alias("abandoned"),
        (wait <= _THRESHOLD).fill_null(value=False).mean().alias("within"),
    )
    return table.sort("replication").select("abandoned", "within").to_numpy()


def abandon_rate(interactions: pl.DataFrame) -> float:
    """Abandoned / offered."""
    offered = interactions["queued_at"].is_not_null().sum()
    return int((interactions["outcome"] == "abandoned").sum()) / int(offered) if offered else 0.0


def _root(miss: Callable[[float], float], *, tolerance: float, runs: int) -> float:
    """Factor at which the falling function *miss* is 0, to *tolerance*; the best one seen if the runs do not suffice."""
    seen: dict[float, float] = {}
    factor = 1.0
    while len(seen) < runs:
        seen[factor] = miss(factor)
        if abs(seen[factor]) <= tolerance:
            break
        above = [known for known, value in seen.items() if value > 0]  # too few agents
        below = [known for known, value in seen.items() if value <= 0]
        if above and below:
            low, high = max(above), min(below)
            share = seen[low] / (seen[low] - seen[high])
            # Head-counts are whole numbers, so the curve has steps: stay away from the ends of the bracket.
            factor = low * (high / low) ** min(0.9, max(0.1, share))
        else:
            factor = max(above) * 1.05 ** len(seen) if above else min(below) / 1.05 ** len(seen)
    return min(seen, key=lambda known: abs(seen[known]))
