"""Logarithm, exponential and normal quantile as ``simkpi.demand.elementary`` defines them, one number at a time.

Same operations, same order, no contraction: equal to the last bit (tests compare them). Machine code does several at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from simkpi.demand import elementary
from simkpi.engine.compiled.numba_jit import inlined


def _bits(typing_context: Any, number: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


def _number(typing_context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


#: Compiled: the 64 bits of a number, and the number that 64 bits spell.
bits_of = cast("Callable[[float], int]", intrinsic(_bits))
number_of = cast("Callable[[int], float]", intrinsic(_number))

_LN2_HIGH, _LN2_LOW = elementary._LN2_HIGH, elementary._LN2_LOW
_SQRT_HALF_BITS = int(elementary._SQRT_HALF_BITS)
#: Added to a number below 2**51 it rounds it to a whole one, halves to even, which the low bits of the sum then spell.
_ROUNDER = 6755399441055744.0
_ROUNDER_BITS = 0x4338000000000000


def _polynomial(coefficients: tuple[float, ...]) -> Callable[[float], float]:
    """Return a compiled function: the polynomial whose coefficients are given from the highest power down."""

    def value(typing_context: Any, number: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            total = ir.Constant(ir.DoubleType(), coefficients[0])
            for coefficient in coefficients[1:]:
                total = builder.fadd(builder.fmul(total, arguments[0]), ir.Constant(ir.DoubleType(), coefficient))
            return total

        return types.float64(types.float64), generate

    return cast("Callable[[float], float]", intrinsic(value))


_artanh, _series = _polynomial(elementary._ARTANH), _polynomial(elementary._EXP)
_centre, _centre_below = map(_polynomial, elementary._CENTRE)
_near, _near_below = map(_polynomial, elementary._NEAR)
_far, _far_below = map(_polynomial, elementary._FAR)


@inlined
def log(x: float) -> float:
    """Return the natural logarithm of a positive normal number."""
    bits = bits_of(x)
    exponent = (bits - _SQRT_HALF_BITS) >> 52
    m = number_of(bits - (exponent << 52))
    e = number_of(_ROUNDER_BITS + exponent) - _ROUNDER
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    tail = _artanh(z) * z * s * 2.0 + e * _LN2_LOW
    tail = tail + s * 2.0
    return tail + e * _LN2_HIGH


@inlined
def exp(x: float) -> float:
    """Return exp(x); x is taken as -708 below that and as 709 above that."""
    x = min(max(x, -708.0), 709.0)
    rounded = x * 1.4426950408889634 + _ROUNDER
    k = rounded - _ROUNDER
    r = x - k * _LN2_HIGH
    r = r - k * _LN2_LOW
    return _series(r) * number_of((bits_of(rounded) - _ROUNDER_BITS + 1022) << 52) * 2.0


@inlined
def central_score(u: float) -> float:
    """Return the normal quantile of *u* if it lies within 0.425 of one half, else a number without meaning."""
    q = u - 0.5
    z = 0.180625 - q * q
    return _centre(z) * q / _centre_below(z)


@inlined
def outer_score(u: float) -> float:
    """Return the normal quantile of *u* if it lies further from one half."""
    r = math.sqrt(-log(min(u, 1.0 - u)))
    size = _far(r - 5.0) / _far_below(r - 5.0) if r > 5.0 else _near(r - 1.6) / _near_below(r - 1.6)
    return size if u >= 0.5 else -size
