"""The rows of one purpose in one pass: Philox block, law and rounding, number by number, as ``simkpi.demand`` defines them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from simkpi.demand import gamma
from simkpi.demand.field import HOUR_TICKS
from simkpi.demand.laws import LONGEST
from simkpi.demand.steps import Step
from simkpi.demand.streams import KEY_STEPS, MULTIPLIERS, ROUNDS
from simkpi.engine.compiled.elementary import central_score, exp, log, number_of, outer_score
from simkpi.engine.compiled.jit import layout
from simkpi.engine.compiled.numba_jit import apart, columns, compiled, inlined, longs
from simkpi.units import TICKS_PER_SECOND

#: What there is to do: the numbers of some customers, the points of the Poisson field; moment and identity as one number, and
#: back.
PURPOSE, FIELD, PACK, UNPACK = range(4)
#: Bits of that number for the customer's number within the hour.
PACKED_BITS = 23
_PACKED = (1 << PACKED_BITS) - 1
#: Numbers worked on at a time: they stay in the first-level cache.
BLOCK = 512
_M0, _M1 = (np.uint64(word) for word in MULTIPLIERS)
_K0, _K1 = (np.uint64(word) for word in KEY_STEPS)
_LOW, _LOW31, _ONE, _NOTHING = np.uint64(0xFFFFFFFF), np.uint64(0x7FFFFFFF), np.uint64(1), np.uint64(0)
_12, _31, _32 = np.uint64(12), np.uint64(31), np.uint64(32)
_ONE_BITS = 0x3FF0000000000000
_HALF_LANE = 2.0**-53
_WEAR, _LOG, _EXP, _SCORE, _TIMES, _PLUS, _OVER, _GAMMA = (int(step) for step in Step)
_FARTHEST, _PER_UNIT, _REACH = gamma.FARTHEST, gamma.PER_UNIT, gamma.REACH
_TICKS, _TOO_LONG = float(TICKS_PER_SECOND), 2.0 * LONGEST
_LEVELS, _LEVEL_STEP = 2.0**32, 2.0**-32
_HOUR = float(HOUR_TICKS)


class Draw:
    """What is to be drawn, and where it goes. Fields of tables and columns hold their addresses."""

    # PURPOSE, FIELD, PACK or UNPACK; the streams' keys, of points: of level and time
    what: int
    even: int
    odd: int
    attempt: int
    time_even: int
    time_odd: int
    # customers, of points: cells; room in the columns that are written; how many were, of points
    n: int
    room: int
    found: int
    failed: int
    cells: int
    customers: int
    keys: int
    # uniform numbers that are given; of a block: numbers on their way to seconds, and identities, of points
    given: int
    scratch: int
    identities: int
    # where uniforms or seconds go, or ticks; the longest duration, ticks
    floats: int
    ticks: int
    longest: int
    # steps of the law, their parameters (behind them: durations are cut to this), and the table of the gamma law
    n_steps: int
    codes: int
    numbers: int
    knots: int
    slopes: int
    # of points: the highest rate of each cell; rates by day and interval; levels of the points
    ceilings: int
    rates: int
    n_columns: int
    start: int
    interval: int
    levels: int


DRAW = layout(Draw)
_words = cast("Callable[[int], list[np.uint64]]", columns(np.uint64))
_doubles = cast("Callable[[int], list[float]]", columns(np.float64))


def draw_all(draws: Any) -> None:
    """Draw what each record asks for."""
    for number in range(len(draws)):
        draw = draws[number]
        if draw.what == PURPOSE:
            _purpose(draw)
        elif draw.what == FIELD:
            _points(draw)
        elif draw.what == PACK:
            _pack(draw)
        else:
            _unpack(draw)


@compiled
def _purpose(draw: Draw) -> None:
    """Draw the numbers of all customers for one purpose: as uniforms, or by a law (in ticks, or as they are)."""
    if draw.n_steps == 0:
        _uniforms(draw, draw.customers, draw.floats, draw.n, False)
        return
    longest = 0
    for first in range(0, draw.n, BLOCK):
        size = min(BLOCK, draw.n - first)
        if draw.given:
            _copy(draw.given + 8 * first, draw.scratch, size)
        else:
            _uniforms(draw, draw.customers + 8 * first, draw.scratch, size, False)
        for step in range(draw.n_steps):
            _take(draw, step, size)
        if draw.ticks:
            longest = max(longest, _rounded(draw, first, size))
        else:
            _copy(draw.scratch, draw.floats + 8 * first, size)
    draw.longest = longest


@apart
def _uniforms(draw: Draw, customers: int, to: int, size: int, is_time: bool) -> None:
    """Write the uniform numbers of *size* customers down, of points those of their level or time; places are addresses."""
    x, customer = _doubles(to), _words(customers)
    even, odd = (draw.time_even, draw.time_odd) if is_time else (draw.even, draw.odd)
    for place in range(size):
        x[place] = _uniform(customer[place], np.uint64(draw.attempt), np.uint64(even), np.uint64(odd))


@compiled
def _copy(given: int, to: int, size: int) -> None:
    u, x = _doubles(given), _doubles(to)
    for place in range(size):
        x[place] = u[place]


@inlined
def _uniform(customer: np.uint64, attempt: np.uint64, even: np.uint64, odd: np.uint64) -> float:
    """Return the uniform number of a customer: its lane of the Philox block that it shares with its neighbour."""
    block = customer >> _ONE
    even_0, odd_0, even_1, odd_1 = block & _LOW31, block >> _31, attempt, _NOTHING
    for _ in range(ROUNDS):
        product_0, product_1 = even_0 * _M0, even_1 * _M1
        even_0, even_1 = (product_1 >> _32) ^ odd_0 ^ even, (product_0 >> _32) ^ odd_1 ^ odd
        odd_0, odd_1 = product_1 & _LOW, product_0 & _LOW
        even, odd = (even + _K0) & _LOW, (odd + _K1) & _LOW
    second = _NOTHING - (customer & _ONE)  # all bits, or none: no branch
    word = ((((even_0 ^ even_1) & second ^ even_0) << _32) | ((odd_0 ^ odd_1) & second ^ odd_0)) >> _12
    # the 52 bits behind a one are a number from 1 to 2
    return number_of(int(word) | _ONE_BITS) - 1.0 + _HALF_LANE


@compiled
def _take(draw: Draw, step: int, size: int) -> None:
    """Take one step of a law for the numbers of a block."""
    code, p, x = longs(draw.codes)[step], _doubles(draw.numbers)[step], _doubles(draw.scratch)
    if code == _WEAR:
        _wear(draw.scratch, size)
    elif code == _LOG:
        for place in range(size):
            x[place] = log(x[place])
    elif code == _EXP:
        for place in range(size):
            x[place] = exp(x[place])
    elif code == _SCORE:
        _score(draw, size)
    elif code == _TIMES:
        for place in range(size):
            x[place] = x[place] * p
    elif code == _PLUS:
        for place in range(size):
            x[place] = x[place] + p
    elif code == _OVER:
        for place in range(size):
            x[place] = x[place] / p
    elif code == _GAMMA:
        _gamma(draw, size)


@apart
def _wear(scratch: int, size: int) -> None:
    """Make unit exponentials of uniform numbers."""
    x = _doubles(scratch)
    for place in range(size):
        x[place] = -log(1.0 - x[place])


@compiled
def _score(draw: Draw, size: int) -> None:
    """Take normal quantiles: the centre for all, then the tails, a sixth of the numbers, one by one."""
    x, score = _doubles(draw.scratch), _doubles(draw.scratch + 8 * BLOCK)
    for place in range(size):
        score[place] = central_score(x[place])
    for place in range(size):
        if abs(x[place] - 0.5) > 0.425:
            score[place] = outer_score(x[place])
    for place in range(size):
        x[place] = score[place]


@compiled
def _gamma(draw: Draw, size: int) -> None:
    """Take logarithms of gamma quantiles at normal scores."""
    x, knots, slopes = _doubles(draw.scratch), _doubles(draw.knots), _doubles(draw.slopes)
    for place in range(size):
        position = min(max(x[place], -_FARTHEST), _FARTHEST) * _PER_UNIT + _REACH
        index = int(position)
        t = position - index
        left, right = knots[index], knots[index + 1]
        rise = right - left
        s = 1.0 - t
        x[place] = (((slopes[index] - rise) * s + (rise - slopes[index + 1]) * t) * s + rise) * t + left


@compiled
def _rounded(draw: Draw, first: int, size: int) -> int:
    """Write the seconds of a block down in ticks, halves up; return the most."""
    x, ticks, at_most = _doubles(draw.scratch), longs(draw.ticks), _doubles(draw.numbers)[draw.n_steps]
    longest = 0
    for place in range(size):
        tick = math.floor(min(x[place], at_most) * _TICKS + 0.5)
        ticks[first + place] = tick
        longest = max(longest, tick)
    return longest


@compiled
def _points(draw: Draw) -> None:
    """Draw the points of the field cell by cell: levels until they are above the cell, moments, and whom the rate lets in."""
    for place in range(draw.n):
        _cell(draw, longs(draw.cells)[place], _doubles(draw.ceilings)[place])


@compiled
def _cell(draw: Draw, cell: int, ceiling: float) -> None:
    x = _doubles(draw.scratch)
    total = first = 0
    level = 0.0
    while level < ceiling:
        size = min(BLOCK, int(ceiling - level + 2.0 * math.sqrt(ceiling - level)) + 8)
        _identities(draw, cell << 32 | first, size)
        _uniforms(draw, draw.identities, draw.scratch, size, False)
        _wear(draw.scratch, size)
        n_below = 0
        for place in range(size):
            total += int(x[place] * _LEVELS)
            level = total * _LEVEL_STEP
            if level >= ceiling:
                break
            x[place] = level
            n_below += 1
        _seen(draw, cell, n_below)
        first += size


@compiled
def _identities(draw: Draw, first: int, size: int) -> None:
    customer = longs(draw.identities)
    for place in range(size):
        customer[place] = first + place


@compiled
def _seen(draw: Draw, cell: int, size: int) -> None:
    """Write down those points of a block that lie below the rate at their moment."""
    moments, found = draw.scratch + 8 * BLOCK, draw.found
    if found + size > draw.room:
        draw.failed = 1
        return
    _uniforms(draw, draw.identities, moments, size, True)
    customer, level, moment = longs(draw.identities), _doubles(draw.scratch), _doubles(moments)
    customers, ticks, levels = longs(draw.customers), longs(draw.ticks), _doubles(draw.levels)
    since = cell % 24 * HOUR_TICKS - draw.start
    interval, n_columns = float(draw.interval), draw.n_columns
    rates = _doubles(draw.rates + 8 * (cell // 24) * n_columns)
    for place in range(size):
        tick = int(moment[place] * _HOUR)
        # quotients of whole numbers below 2**53 are exact enough to be rounded down
        column = math.floor((since + tick) / interval)
        if 0 <= column < n_columns and level[place] < rates[column]:
            customers[found] = customer[place]
            ticks[found] = cell * HOUR_TICKS + tick
            levels[found] = level[place]
            found += 1
    draw.found = found


@compiled
def _pack(draw: Draw) -> None:
    """Write down, for customers whose moment lies in their cell, moment and number within the cell as one number to sort by."""
    customers, ticks, keys, failed = longs(draw.customers), longs(draw.ticks), longs(draw.keys), 0
    for place in range(draw.n):
        tick, k = ticks[place], customers[place] & 0xFFFFFFFF
        keys[place] = tick << PACKED_BITS | k
        failed |= (customers[place] >> 32) ^ (tick // HOUR_TICKS) | k >> PACKED_BITS | tick >> (63 - PACKED_BITS)
    draw.failed = failed


@compiled
def _unpack(draw: Draw) -> None:
    """Write down the moments and identities that the sorted numbers stand for."""
    customers, ticks, keys = longs(draw.customers), longs(draw.ticks), longs(draw.keys)
    for place in range(draw.n):
        tick = keys[place] >> PACKED_BITS
        ticks[place] = tick
        customers[place] = tick // HOUR_TICKS << 32 | keys[place] & _PACKED
