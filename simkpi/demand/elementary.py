"""Logarithm, exponential and normal quantile to the last bit the same everywhere.

``np.log``, ``np.exp`` and ``scipy.special.ndtri`` differ in the last bit between processors (vector instructions,
fused multiply-add) and libraries. A last bit can move a contact by a tick or across the volume's threshold, and the
promise is that a seed gives the same contacts on every machine. So these three use only additions, multiplications,
divisions and square roots, one array operation each, which IEEE 754 fixes exactly.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LN2_HIGH = float.fromhex("0x1.62e42fefa0000p-1")  # 33 leading bits: its product with an exponent is exact
_LN2_LOW = float.fromhex("0x1.cf79abc9e3b39p-40")
_SQRT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
#: Numbers worked on at a time: the working arrays stay in the first-level caches.
_CHUNK = 4096


def _in_chunks(function: Callable[[Floats], Floats], x: Floats) -> Floats:
    if len(x) <= _CHUNK:
        return function(x)
    out = np.empty(len(x))
    for start in range(0, len(x), _CHUNK):
        out[start : start + _CHUNK] = function(x[start : start + _CHUNK])
    return out


def _polynomial(x: Floats, coefficients: tuple[float, ...]) -> Floats:
    """Value of the polynomial whose coefficients are given from the highest power down."""
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
    return value


# 2 artanh(s) = 2 s (1 + s^2/3 + s^4/5 + ...); |s| <= 0.1716, where the first term left out is 4e-19 of the sum
_ARTANH = tuple(1 / (2 * n + 1) for n in range(11, 0, -1))
# exp(r) = 1 + r + r^2/2 + ...; |r| <= ln(2) / 2, where the first term left out is 4e-18
_FACTORIALS = (1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600, 6227020800)
_EXP = tuple(1 / factorial for factorial in reversed(_FACTORIALS))


def log(x: Floats) -> Floats:
    """Return the natural logarithm of positive normal numbers, shape (n,), within 2 units in the last place.

    Source: x = 2**e m with m between sqrt(1/2) and sqrt(2), log m = 2 artanh((m - 1) / (m + 1)).
    """
    return _in_chunks(_log, np.ascontiguousarray(x, dtype=np.float64))


def _log(x: Floats) -> Floats:
    bits = x.view(np.int64)
    exponent = (bits - _SQRT_HALF_BITS) >> np.int64(52)
    m = (bits - (exponent << np.int64(52))).view(np.float64)
    m_less_1 = m - 1.0
    s = m_less_1 / (m + 1.0)
    z = s * s
    tail = _polynomial(z, _ARTANH)
    tail *= z
    tail *= s
    tail *= 2.0
    e = exponent.astype(np.float64)
    tail += e * _LN2_LOW
    s *= 2.0
    tail += s
    tail += e * _LN2_HIGH
    return tail


def exp(x: Floats) -> Floats:
    """Return exp(x), shape (n,), within 2 units in the last place; x is taken as -708 below that and as 709 above that.

    Source: x = k ln 2 + r with r within ln(2) / 2 of zero, exp r by its Taylor series.
    """
    return _in_chunks(_exp, np.asarray(x, dtype=np.float64))


def _exp(x: Floats) -> Floats:
    x = np.clip(x, -708.0, 709.0)
    k = np.rint(x * 1.4426950408889634)
    r = x - k * _LN2_HIGH
    r -= k * _LN2_LOW
    value = _polynomial(r, _EXP)
    # two factors: 2**1023 times a mantissa below 1 would overflow in one
    value *= ((k.astype(np.int64) + np.int64(1022)) << np.int64(52)).view(np.float64)
    value *= 2.0
    return value


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number) for number in text.split())


# Wichura's rational functions for the centre, the near and the far tail: numerator, denominator, highest power first
_CENTRE = (
    _numbers(
        "2.5090809287301226727e3 3.3430575583588128105e4 6.7265770927008700853e4 4.5921953931549871457e4 "
        "1.3731693765509461125e4 1.9715909503065514427e3 1.3314166789178437745e2 3.3871328727963666080e0"
    ),
    _numbers(
        "5.2264952788528545610e3 2.8729085735721942674e4 3.9307895800092710610e4 2.1213794301586595867e4 "
        "5.3941960214247511077e3 6.8718700749205790830e2 4.2313330701600911252e1 1.0"
    ),
)
_NEAR = (
    _numbers(
        "7.74545014278341407640e-4 2.27238449892691845833e-2 2.41780725177450611770e-1 1.27045825245236838258e0 "
        "3.64784832476320460504e0 5.76949722146069140550e0 4.63033784615654529590e0 1.42343711074968357734e0"
    ),
    _numbers(
        "1.05075007164441684324e-9 5.47593808499534494600e-4 1.51986665636164571966e-2 1.48103976427480074590e-1 "
        "6.89767334985100004550e-1 1.67638483018380384940e0 2.05319162663775882187e0 1.0"
    ),
)
_FAR = (
    _numbers(
        "2.01033439929228813265e-7 2.71155556874348757815e-5 1.24266094738807843860e-3 2.65321895265761230930e-2 "
        "2.96560571828504891230e-1 1.78482653991729133580e0 5.46378491116411436990e0 6.65790464350110377720e0"
    ),
    _numbers(
        "2.04426310338993978564e-15 1.42151175831644588870e-7 1.84631831751005468180e-5 7.86869131145613259100e-4 "
        "1.48753612908506148525e-2 1.36929880922735805310e-1 5.99832206555887937690e-1 1.0"
    ),
)


def normal_quantile(u: Floats) -> Floats:
    """Return the standard normal quantile of numbers strictly between 0 and 1, shape (n,), relative error below 2e-15.

    Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988).
    """
    return _in_chunks(_normal_quantile, np.asarray(u, dtype=np.float64))


def _normal_quantile(u: Floats) -> Floats:
    q = u - 0.5
    z = 0.180625 - q * q
    value = _polynomial(z, _CENTRE[0])
    value *= q
    value /= _polynomial(z, _CENTRE[1])
    outer = np.flatnonzero(np.abs(q) > 0.425)
    if len(outer):
        u_outer = u[outer]
        r = np.sqrt(-_log(np.minimum(u_outer, 1.0 - u_outer)))
        size = _rational(r - 1.6, _NEAR)
        far = np.flatnonzero(r > 5.0)
        size[far] = _rational(r[far] - 5.0, _FAR)
        value[outer] = np.copysign(size, q[outer])
    return value


def _rational(x: Floats, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Floats:
    return _polynomial(x, coefficients[0]) / _polynomial(x, coefficients[1])
