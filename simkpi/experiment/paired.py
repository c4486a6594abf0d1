"""Two scenarios on the same customers, replication by replication: all rows of a table at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.experiment.laws import p_values_of_t
from simkpi.experiment.many import deviations, picked, t_factors

Floats = NDArray[np.float64]


class Sample:
    """One number per row and replication, and how each row varies: told once, however often it is compared.

    Parameters
    ----------
    rows : ndarray, shape (n_rows, n_replications)
        NaN where undefined.
    """

    def __init__(self, rows: Floats) -> None:
        self.rows = rows
        self.is_whole = ~np.isnan(rows).any(axis=1)
        self.deviation = deviations(rows)  # and whether it varies: of whole rows only
        self.varies = np.max(rows, axis=1, initial=-np.inf) > np.min(rows, axis=1, initial=np.inf)

    def taken(self, places: NDArray[np.int64]) -> Sample:
        """Return the rows at *places*; a row of NaN where there is none (-1)."""
        if len(places) == len(self.rows) and np.array_equal(places, np.arange(len(places))):
            return self
        return Sample(np.where(places >= 0, np.take(self.rows.T, places, axis=1), np.nan).T)


def paired(ours: Sample, theirs: Sample, centre: Floats, confidence: float) -> tuple[NDArray[Any], ...]:
    """Compare row by row (see :func:`simkpi.experiment.differences.difference`).

    Returns
    -------
    tuple of ndarray, each of shape (n_rows,)
        Difference, both ends, half-width, correlation, gain, p value (NaN = none), replications.
    """
    gap, own, other, varies, n = _spreads(ours, theirs)
    enough = (n > 1) & ~np.isnan(centre)
    half = np.where(enough, t_factors(n, confidence) * gap, np.nan)
    varies &= enough
    with np.errstate(divide="ignore", invalid="ignore"):
        apart, together, error = own * own + other * other, gap * gap, gap / np.sqrt(n)
        correlation = np.where(varies, np.clip((apart - together) / (2 * own * other), -1.0, 1.0), np.nan)
        gain = np.where(varies & (together > 0), apart / together, np.nan)
        statistic = np.abs(centre) / error
    p_values = np.where(enough, np.where(np.isfinite(statistic), p_values_of_t(statistic, n - 1), centre == 0), np.nan)
    return centre, centre - half, centre + half, half, correlation, gain, p_values, n


def _spreads(ours: Sample, theirs: Sample) -> tuple[Floats, Floats, Floats, NDArray[np.bool_], NDArray[np.int64]]:
    """Return deviations of the difference, ours and theirs, whether both vary, and replications that have both, row by row."""
    apart = ours.rows - theirs.rows
    found = deviations(apart), ours.deviation.copy(), theirs.deviation.copy(), ours.varies & theirs.varies
    n = np.full(len(apart), apart.shape[1])
    lacking = np.asarray(~(ours.is_whole & theirs.is_whole))
    if lacking.any():
        left, right, between = (picked(rows, lacking) for rows in (ours.rows, theirs.rows, apart))
        both = ~np.isnan(between)
        n[lacking] = both.sum(axis=1)
        for whole, rows in zip(found, (between, left, right), strict=False):
            whole[lacking] = deviations(rows, n[lacking], both)
        found[-1][lacking] = (_range(left, both) > 0) & (_range(right, both) > 0)
    return *found, n


def _range(rows: Floats, given: NDArray[np.bool_]) -> Floats:
    """Highest minus lowest of the *given* cells of each row."""
    highest = np.max(np.where(given, rows, -np.inf), axis=1, initial=-np.inf)
    return np.asarray(highest - np.min(np.where(given, rows, np.inf), axis=1, initial=np.inf))
