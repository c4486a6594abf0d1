"""Intervals of many groups at once: a row a group, a column a replication; :mod:`simkpi.experiment.confidence` shows one of them.

Sums run through the replications one after the other, so that every machine and library version rounds alike; they are quick
where the figures of a replication lie side by side in memory (:func:`picked` keeps them so).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
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
    columns = rows.T
    if columns.flags.c_contiguous and columns.shape[0] and columns.shape[1] > 1:
        # added up one after the other: NumPy adds in pairs only along the axis whose figures lie side by side
        return np.asarray(np.add.reduce(columns, axis=0))
    found = np.zeros(len(rows)) if not len(columns) else rows[:, 0].astype(float)
    for column in columns[1:]:
        found += column
    return found


def picked(rows: Floats, wanted: Flags) -> Floats:
    """Return the *wanted* rows, each replication's figures side by side in memory."""
    return rows if wanted.all() else np.compress(wanted, rows.T, axis=1).T


def without_nan(rows: Floats) -> Floats:
    """Return *rows* with 0 for NaN: themselves if there is none."""
    nothing = np.isnan(rows)
    return np.where(nothing, 0.0, rows) if nothing.any() else rows


def deviations(rows: Floats, n: NDArray[np.int64] | None = None, given: Flags | None = None) -> Floats:
    """Return the standard deviation of each row; of the *given* cells, *n* of them, if not all are; NaN below two."""
    if given is None or given.all():
        return _deviations_of_all(rows)
    n = given.sum(axis=1) if n is None else n
    with np.errstate(divide="ignore", invalid="ignore"):
        centres = totals(np.where(given, rows, 0.0)) / n
        squares = np.where(given, (rows - centres[:, None]) ** 2, 0.0)
        return np.where(n > 1, np.sqrt(totals(squares) / (n - 1)), np.nan)


def _deviations_of_all(rows: Floats) -> Floats:
    n = rows.shape[1]
    if n < 2:
        return np.full(len(rows), np.nan)
    off = rows - (totals(rows) / n)[:, None]
    off *= off
    return np.asarray(np.sqrt(totals(off) / (n - 1)))


def t_factors(n: NDArray[np.int64], confidence: float) -> Floats:
    """Half-width over standard deviation, for each number of replications; NaN below two."""
    if len(n) and (n == n[0]).all():  # the usual case, told without sorting
        counts, of = n[:1], np.zeros(len(n), dtype=np.int64)
    else:
        counts, of = np.unique(n, return_inverse=True)
    each = [student_t(confidence, one - 1) / math.sqrt(one) if one > 1 else math.nan for one in counts.tolist()]
    return np.array(each, dtype=float)[of]


def mean_intervals(values: Floats, *, confidence: float) -> Estimates:
    """Means over replications with Student t intervals; NaN cells are left out (see ``confidence.mean_interval``)."""
    given = ~np.isnan(values)
    n = given.sum(axis=1)
    known, floor = (values, values) if given.all() else (np.where(given, values, 0.0), np.where(given, values, np.inf))
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = np.where(n > 0, totals(known) / n, np.nan)
    half = t_factors(n, confidence) * deviations(values, n, given)
    lowest = np.min(floor, axis=1, initial=np.inf)
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


class Ratios:
    """Ratios of sums over replications, a row a ratio, with what their intervals and differences are made of.

    Parameters
    ----------
    above, below : ndarray, shape (n_rows, n_replications)
        Numerators and denominators; NaN adds nothing.
    """

    def __init__(self, above: Floats, below: Floats) -> None:
        self.above, self.below = without_nan(above), without_nan(below)

    @cached_property
    def pseudo(self) -> tuple[Floats, Flags]:
        """Jackknife pseudo-values, and which rows have them (see :func:`pseudo_value_rows`)."""
        return pseudo_value_rows(self.above, self.below)

    @cached_property
    def totals(self) -> tuple[Floats, Floats]:
        """Sums of the numerators and of the denominators."""
        return totals(self.above), totals(self.below)

    def half_width(self, *, confidence: float) -> Floats:
        """Half-widths of the jackknife intervals with Student t; NaN = none."""
        pseudo, given = self.pseudo
        counts = np.full(len(self.above), self.above.shape[1], dtype=np.int64)
        known = pseudo if given.all() else np.where(given[:, None], pseudo, 0.0)
        return np.where(given, t_factors(counts, confidence) * deviations(known), np.nan)

    def estimates(self, *, confidence: float) -> Estimates:
        """Return the ratios with their intervals, cut where no ratio can be."""
        above, below = self.totals
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(below != 0, above / below, np.nan)
        half = self.half_width(confidence=confidence)
        no_minus = np.min(self.above, axis=1, initial=np.inf) >= 0
        no_more = np.all(self.above <= self.below, axis=1)
        low = np.where(no_minus, np.maximum(0.0, ratio - half), ratio - half)
        high = np.where(no_more, np.minimum(1.0, ratio + half), ratio + half)
        nothing = np.isnan(half)
        return Estimates(ratio, np.where(nothing, np.nan, low), np.where(nothing, np.nan, high), half)


def ratio_intervals(above: Floats, below: Floats, *, confidence: float) -> Estimates:
    """Ratios of sums over replications with jackknife intervals (see ``confidence.ratio_interval``); NaN adds nothing."""
    return Ratios(above, below).estimates(confidence=confidence)


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
