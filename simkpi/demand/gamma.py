"""Gamma quantiles by a table: one table per coefficient of variation, shared by handle times and busy-day factors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simkpi.demand.elementary import Floats, exp, log, normal_quantile
from simkpi.demand.incomplete_gamma import log_quantile

#: Knots per unit of the normal score; the knots reach beyond every score that a uniform of 2**-53 can give (8.21).
PER_UNIT = 256
REACH = 2112
FARTHEST = 8.24


def gamma_quantile(cv: float, u: Floats) -> Floats:
    """Quantile of the gamma law of mean 1 with coefficient of variation *cv* (0 = always 1).

    Parameters
    ----------
    cv : float
        Standard deviation / mean, 0 or more.
    u : ndarray, shape (n,)
        Strictly between 0 and 1.

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    The logarithm of the quantile is a smooth function of the normal score of *u*. It is tabulated with its exact slope at 4225
    scores, the whole range that *u* can reach (so there is no tail left to treat), and joined by cubic Hermite pieces. Relative
    error against the exact inverse: below 1e-11 for cv between 0.32 % and 500 %, below 2e-7 for smaller cv.

    Source: the inverse regularised incomplete gamma function, DLMF 8.2; Hermite interpolation, DLMF 3.3.
    """
    return np.ones(len(u)) if cv == 0 else gamma_at_score(cv, normal_quantile(u))


def gamma_at_score(cv: float, score: Floats) -> Floats:
    """Return the gamma quantile at a normal *score* instead of a uniform, shape (n,); scores beyond 8.24 count as 8.24."""
    knots, slopes = knots_of(cv)
    position = np.clip(score, -FARTHEST, FARTHEST)
    position *= PER_UNIT
    position += REACH
    index = position.astype(np.int64)  # floor: positions are positive
    t = position - index
    left, right = knots[index], knots[index + 1]
    rise = right - left
    start, end = slopes[index] - rise, rise - slopes[index + 1]
    s = 1.0 - t
    value = start * s
    value += end * t
    value *= s
    value += rise
    value *= t
    value += left
    return exp(value)


@lru_cache(maxsize=64)
def knots_of(cv: float) -> tuple[Floats, Floats]:
    """Log quantile of the law of mean 1 at each knot, and its slope per knot, shape (4225,) each."""
    shape = 1.0 / (cv * cv)
    log_x, slope = log_quantile(shape, np.arange(-REACH, REACH + 1) / PER_UNIT)
    return log_x - log(np.array([shape]))[0], slope / PER_UNIT
