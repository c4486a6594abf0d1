"""Inverse of the incomplete gamma function to the last bit the same everywhere, for the tables of :mod:`simkpi.demand.gamma`.

``scipy.special.gammaincinv`` would serve but for its last bits, which differ between builds (see elementary.py).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simkpi.demand.elementary import Floats, exp, log

_HALF_LOG_TWO_PI = 0.9189385332046727
#: Stirling's series: B(2n) / (2n (2n - 1)), n = 1 to 6.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
#: Above this shape (cv below 0.32 %) the Wilson-Hilferty cube is within 2e-7 of the quantile.
_LARGE_SHAPE = 1e5


def log_gamma(a: float) -> float:
    """Return log Gamma(a), a > 0, within 1e-14 of the larger of it and 1.

    Source: DLMF 5.11.1 (Stirling's series) after DLMF 5.5.1 has carried *a* to 16 or more.
    """
    product, x = 1.0, a
    while x < 16:
        product *= x
        x += 1
    series = 0.0
    for coefficient in reversed(_STIRLING):
        series = series / (x * x) + coefficient
    log_x, log_product = log(np.array([x, product])).tolist()
    return float((x - 0.5) * log_x - x + _HALF_LOG_TWO_PI + series / x - log_product)


def log_normal_tail(z: Floats) -> Floats:
    """Return log Phi(-|z|), the logarithm of the normal tail beyond *z*, shape (n,).

    Source: DLMF 7.11.2, erfc(t) = Q(1/2, t**2).
    """
    log_half_square = log(np.maximum(z * z / 2, 1e-300))
    return _log_upper(0.5, log_half_square) + float(log(np.array([0.5]))[0])


def _log_density(a: float, log_x: Floats) -> Floats:
    """Return the log of x**a exp(-x) / Gamma(a), the density of log x."""
    return log_x * a - exp(log_x) - log_gamma(a)


def _log_lower(a: float, log_x: Floats) -> Floats:
    """Return log P(a, x) for x up to about a + 1, by the series of DLMF 8.11.4."""
    x = exp(log_x)
    term = np.full_like(x, 1 / a)
    total = term.copy()
    for n in range(1, int(40 + 9 * np.sqrt(a))):  # the terms left out are below 1e-16 of the sum for x <= a + 1
        term *= x
        term /= a + n
        total += term
    return _log_density(a, log_x) + log(total)


def _log_upper(a: float, log_x: Floats) -> Floats:
    """Return log Q(a, x): the complement below a + 1, the continued fraction of DLMF 8.9.2 (its even part) above."""
    result = np.empty_like(log_x)
    is_low = exp(log_x) < a + 1
    result[is_low] = log(1.0 - exp(_log_lower(a, log_x[is_low])))
    x = exp(log_x[~is_low])
    n_terms = int(90 + 4 * np.sqrt(a))
    fraction = x + (2 * n_terms + 1 - a)
    for n in range(n_terms, 0, -1):
        fraction = x + (2 * n - 1 - a) - n * (n - a) / fraction
    result[~is_low] = _log_density(a, log_x[~is_low]) - log(fraction)
    return result


def log_quantile(a: float, z: Floats) -> tuple[Floats, Floats]:
    """Return the log of the gamma quantile of shape *a*, scale 1, at the probabilities Phi(z), and its slope.

    Parameters
    ----------
    a : float
        Shape.
    z : ndarray, shape (n,)
        Normal scores between -9 and 9.

    Returns
    -------
    log_x, slope : ndarray, shape (n,)
        The logarithm and its derivative by *z*.

    Notes
    -----
    For shapes above 1e5 the cube of Wilson and Hilferty, "The distribution of chi-square", PNAS 17 (1931), is taken as it is.
    """
    cube = 1 - 1 / (9 * a) + z / (3 * np.sqrt(a))
    if a > _LARGE_SHAPE:
        return 3 * log(cube) + log(np.array([a]))[0], 1 / (np.sqrt(a) * cube)
    log_tail = log_normal_tail(z)
    # where the cube is no start: P <= x**a / Gamma(a + 1) below, the sub-gamma bound on the quantile above
    bound = a - log_tail + np.sqrt(-2 * a * log_tail)
    start = np.where(z < 0, (log_tail + log_gamma(a + 1)) / a, log(bound))
    log_x = np.where(cube > 0.3, 3 * log(np.maximum(cube, 0.3)) + log(np.array([a]))[0], start)
    below = z < 0
    log_x[below] = _solve(_log_lower, -1.0, a, log_tail[below], log_x[below])
    log_x[~below] = _solve(_log_upper, 1.0, a, log_tail[~below], log_x[~below])
    return log_x, exp(-z * z / 2 - _HALF_LOG_TWO_PI - _log_density(a, log_x))


def _solve(tail: Callable[[float, Floats], Floats], sign: float, a: float, log_tail: Floats, log_x: Floats) -> Floats:
    """Find where *tail* is *log_tail* by Newton's method.

    Both tails of the gamma law are log-concave in log x, since its density is: wherever it starts, Newton's method comes to
    the root from one side.
    """
    for _ in range(100):
        value = tail(a, log_x)
        step = (value - log_tail) * exp(value - _log_density(a, log_x)) * sign
        log_x = log_x + step
        if np.max(np.abs(step), initial=0.0) < 1e-9 * max(1.0, 1 / a):
            break  # convergence is quadratic: the next step would be below 1e-13
    return log_x
