"""Single horizons instead of their mean: on how many days a target is met, and how figures spread over the days."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from simkpi.errors import InputError
from simkpi.experiment.confidence import Estimate
from simkpi.experiment.laws import normal_quantile

#: Shares of the days below the figures that a distribution shows; 0 and 1 are the lowest and the highest day.
LEVELS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


def share_interval(met: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """Share of *n* independent days on which something happened, with a Wilson score interval.

    Notes
    -----
    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.

    Examples
    --------
    >>> found = share_interval(9, 10)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.9, 0.596, 0.982)
    """
    if n < 1:
        return Estimate(None)
    share, z = met / n, normal_quantile(confidence)
    centre, spread = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (centre - spread) / (1 + z * z / n), (centre + spread) / (1 + z * z / n)
    return Estimate(share, max(0.0, low), min(1.0, high), (high - low) / 2, n)


def days_met(
    figures: Sequence[Sequence[float | None]], goals: Sequence[tuple[float, str]], *, confidence: float = 0.95
) -> Estimate:
    """Probability that a single horizon (a day, a week) meets every goal, with its interval.

    Parameters
    ----------
    figures : sequence of sequence of float or None
        For each goal the figure of every horizon; an undefined figure (nobody called) misses nothing.
    goals : sequence of (float, str)
        Goal and ``at_least`` or ``at_most``.

    Examples
    --------
    >>> days_met([[0.7, 0.8, 0.9, None], [10.0, 5.0, 30.0, 2.0]], [(0.8, "at_least"), (20.0, "at_most")]).value
    0.5
    """
    n = max(map(len, figures), default=0)
    signs = [1 if direction == "at_least" else -1 for _, direction in goals]
    met = [
        all(
            values[number] is None or sign * (float(values[number] or 0.0) - goal) >= 0
            for values, (goal, _), sign in zip(figures, goals, signs, strict=True)
        )
        for number in range(n)
    ]
    return share_interval(sum(met), n, confidence=confidence)


def quantile_interval(values: ArrayLike, level: float, *, confidence: float = 0.95) -> Estimate:
    """Figure below which a share *level* of the days lies, with a distribution-free interval.

    Parameters
    ----------
    values : array_like, shape (n_days,)
        NaN is left out.
    level : float, fraction
        0 and 1 give the lowest and the highest day seen, which have no interval.

    Returns
    -------
    Estimate
        An end that so few days do not bound is None.

    Notes
    -----
    Linear between order statistics. The ends are order statistics whose ranks enclose a binomial count with that coverage.

    Source: David, Nagaraja, Order Statistics, 3rd ed., section 7.1.

    Examples
    --------
    >>> found = quantile_interval(range(1, 31), 0.5)
    >>> found.value, found.low, found.high
    (15.5, 10.0, 21.0)
    """
    if not 0 <= level <= 1:
        raise InputError(f"a share of the days must lie between 0 and 1, got {level:g}")
    sample = np.sort(np.asarray(values, dtype=float))
    sample = sample[~np.isnan(sample)]
    n = len(sample)
    if n == 0:
        return Estimate(None)
    place = level * (n - 1)
    below = min(int(place), n - 1)
    above = min(below + 1, n - 1)
    value = float(sample[below] + (sample[above] - sample[below]) * (place - below))
    if not 0 < level < 1:
        return Estimate(value, replications=n)
    from scipy.special import bdtr

    counts, risk = bdtr(np.arange(n + 1, dtype=float), n, level), (1 - confidence) / 2
    first = int(np.count_nonzero(counts <= risk))  # rank of the lower end; 0: there is none
    last = int(np.count_nonzero(counts < 1 - risk)) + 1  # rank of the upper end; n + 1: there is none
    low = float(sample[first - 1]) if first >= 1 else None
    high = float(sample[last - 1]) if last <= n else None
    half = None if low is None or high is None else (high - low) / 2
    return Estimate(value, low, high, half, n)


def distribution(scores: pl.DataFrame, *, by: Sequence[str] = (), confidence: float = 0.95) -> pl.DataFrame:
    """Spread of each KPI over the replications.

    Parameters
    ----------
    scores : DataFrame
        One row per KPI, group and replication: ``kpi``, the group columns, ``value``, ``unit``.
    by : sequence of str
        Group columns.
    confidence : float, fraction
        Coverage of the intervals of the quantiles.

    Returns
    -------
    DataFrame
        ``kpi``, the group columns, ``level`` (share of the replications below), ``value, low, high, unit, replications`` (with a
        figure).
    """
    grouped = scores.group_by(["kpi", *by], maintain_order=True).agg("value", pl.col("unit").first())
    rows = []
    for row in grouped.iter_rows(named=True):
        values = [math.nan if value is None else value for value in row["value"]]
        for level in LEVELS:
            found = quantile_interval(values, level, confidence=confidence)
            figures = (found.value, found.low, found.high, row["unit"], found.replications)
            rows.append((row["kpi"], *(row[key] for key in by), level, *figures))
    keys = {key: scores.schema[key] for key in by}
    figures_ = dict.fromkeys(("level", "value", "low", "high"), pl.Float64())
    schema: dict[str, pl.DataType] = {"kpi": pl.String(), **keys, **figures_, "unit": pl.String(), "replications": pl.Int64()}
    return pl.DataFrame(rows, schema=schema, orient="row")
