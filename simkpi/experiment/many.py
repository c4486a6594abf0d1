"""Intervals of many groups at once: a row a group, a column a replication; :mod:`simkpi.experiment.confidence` shows one of them.

Sums run through the replications one after the other, so that every machine and library version rounds alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.experiment.laws import student_t

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Estimates(NamedTuple):
    """Figures with their intervals, each of shape (n_groups,); NaN = undefined, or no interval."""

    value: Floats
    low: Floats
    high: Floats
    half_width: Floats


def totals(rows: Floats) -> Floats:
    """Sum of each row, from left to right."""
    found = np.zeros(len(rows)) if rows.shape[1] == 0 else rows[:, 0].astype(float)
    for column in range(1, rows.shape[1]):
        found += rows[:, column]
    return found


def deviations(rows: Floats, n: NDArray[np.int64] | None = None, given: Flags | None = None) -> Floats:
    """Return the standard deviation of each row; of the *given* cells, *n* of them, if not all are; NaN below two."""
    given = np.ones(rows.shape, dtype=np.bool_) if given is None else given
    n = given.sum(axis=1) if n is None else n
    with np.errstate(divide="ignore", invalid="ignore"):
        centres = totals(np.where(given, rows, 0.0)) / n
        squares = np.where(given, (rows - centres[:, None]) ** 2, 0.0)
        return np.where(n > 1, np.sqrt(totals(squares) / (n - 1)), np.nan)


def t_factors(n: NDArray[np.int64], confidence: float) -> Floats:
    """Half-width over standard deviation, for each number of replications; NaN below two."""
    counts, of = np.unique(n, return_inverse=True)
    each = [student_t(confidence, one - 1) / math.sqrt(one) if one > 1 else math.nan for one in counts.tolist()]
    return np.array(each, dtype=float)[of]


def mean_intervals(values: Floats, *, confidence: float) -> Estimates:
    """Means over replications with Student t intervals; NaN cells are left out (see ``confidence.mean_interval``)."""
    given = ~np.isnan(values)
    n = given.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(n > 0, totals(np.where(given, values, 0.0)) / n, np.nan)
    half = t_factors(n, confidence) * deviations(values, n, given)
    lowest = np.min(np.where(given, values, np.inf), axis=1, initial=np.inf)
    low = np.where(lowest >= 0, np.maximum(0.0, centre - half), centre - half)
    return Estimates(centre, np.where(np.isnan(half), np.nan, low), centre + half, half)


def pseudo_value_rows(above: Floats, below: Floats) -> tuple[Floats, Flags]:
    """Jackknife pseudo-values of ratios of sums, and which rows have them (see ``confidence.pseudo_values``)."""
    n, total = above.shape[1], totals(below)
    rest = total[:, None] - below
    given = np.full(len(above), n >= 2) & np.all(rest != 0, axis=1) & (total != 0)
    total_above = totals(above)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = n * (total_above / total)[:, None] - (n - 1) * (total_above[:, None] - above) / rest
    return found, given


def ratio_intervals(above: Floats, below: Floats, *, confidence: float) -> Estimates:
    """Ratios of sums over replications with jackknife intervals (see ``confidence.ratio_interval``); NaN adds nothing."""
    above, below = np.where(np.isnan(above), 0.0, above), np.where(np.isnan(below), 0.0, below)
    n, total = above.shape[1], totals(below)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(total != 0, totals(above) / total, np.nan)
    pseudo, given = pseudo_value_rows(above, below)
    counts = np.full(len(above), n, dtype=np.int64)
    half = np.where(given, t_factors(counts, confidence) * deviations(np.where(given[:, None], pseudo, 0.0)), np.nan)
    no_minus = np.min(above, axis=1, initial=np.inf) >= 0
    no_more = np.all(above <= below, axis=1)
    low = np.where(no_minus, np.maximum(0.0, ratio - half), ratio - half)
    high = np.where(no_more, np.minimum(1.0, ratio + half), ratio + half)
    nothing = np.isnan(half)
    return Estimates(ratio, np.where(nothing, np.nan, low), np.where(nothing, np.nan, high), half)


def quantiles(values: Floats, levels: Sequence[float]) -> list[Floats]:
    """Quantiles of each row over its replications, linear between order statistics; NaN cells are left out."""
    ordered, n = np.sort(values, axis=1), (~np.isnan(values)).sum(axis=1)
    last, row = np.maximum(n - 1, 0), np.arange(len(values))

    def at(level: float) -> Floats:
        place = level * last
        below = place.astype(np.int64)
        low, high = ordered[row, below], ordered[row, np.minimum(below + 1, last)]
        return np.where(n > 0, low + (high - low) * (place - below), np.nan)

    return [at(level) for level in levels]


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p values so that the chance of even one false alarm among them stays below the level; None stays None.

    Notes
    -----
    Source: Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).

    Examples
    --------
    >>> holm([0.01, None, 0.04, 0.03])
    [0.03, None, 0.06, 0.06]
    """
    found = holm_rows(np.array([[math.nan if p is None else p for p in p_values]], dtype=float))[0]
    return [None if math.isnan(p) else p for p in found.tolist()]


def holm_rows(p_values: Floats) -> Floats:
    """Adjust the p values of each row by :func:`holm`; NaN stays NaN."""
    order = np.argsort(p_values, axis=1, kind="stable")  # NaN is last
    n = (~np.isnan(p_values)).sum(axis=1)
    factor = n[:, None] - np.arange(p_values.shape[1])
    ordered = np.maximum.accumulate(np.minimum(1.0, factor * np.take_along_axis(p_values, order, axis=1)), axis=1)
    adjusted = np.empty_like(p_values)
    np.put_along_axis(adjusted, order, ordered, axis=1)
    return np.where(np.isnan(p_values), np.nan, adjusted)
