"""Quantiles of the laws behind intervals, with as many digits as every version of SciPy gives alike.

SciPy is loaded by the first figure that needs it: a finished sweep that is shown again does not.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from simkpi.errors import InputError


@functools.lru_cache(maxsize=1024)
def student_t(confidence: float, degrees: int) -> float:
    """Two-sided quantile of Student's t: what its absolute value stays below with probability *confidence*.

    Examples
    --------
    >>> round(student_t(0.95, 9), 4)
    2.2622
    """
    from scipy.special import stdtrit

    if not 0 < confidence < 1:
        raise InputError(f"confidence must lie between 0 and 1, got {confidence:g}; write e.g. 0.95")
    if degrees < 1:
        raise InputError(f"needs at least 1 degree of freedom, got {degrees}")
    return _same_everywhere(float(stdtrit(degrees, 0.5 + confidence / 2)))


@functools.lru_cache(maxsize=64)
def normal_quantile(confidence: float) -> float:
    """Two-sided quantile of the normal law.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    from scipy.special import ndtri

    if not 0 < confidence < 1:
        raise InputError(f"confidence must lie between 0 and 1, got {confidence:g}; write e.g. 0.95")
    return _same_everywhere(float(ndtri(0.5 + confidence / 2)))


def p_of_t(statistic: float, degrees: int) -> float:
    """Probability that Student's t is at least as far from 0 as *statistic*.

    Examples
    --------
    >>> round(p_of_t(2.2622, 9), 4)
    0.05
    """
    from scipy.special import stdtr

    return _same_everywhere(2 * float(stdtr(degrees, -abs(statistic))))


def p_values_of_t(statistics: NDArray[np.float64], degrees: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return :func:`p_of_t` of many statistics, each with its own degrees of freedom; NaN where there is none."""
    from scipy.special import stdtr

    found = np.where(degrees > 0, 2 * stdtr(np.maximum(degrees, 1), -np.abs(statistics)), np.nan).tolist()
    return np.array(("%.10e " * len(found) % tuple(found)).split(), dtype=float)  # as _same_everywhere, all in one text


def _same_everywhere(figure: float) -> float:
    """Keep eleven digits: further ones differ between versions of SciPy, and results shall not."""
    return float(f"{figure:.10e}")
