"""Speeds and loads as whole parts per million, and how long work takes at a speed: the same rounding in every engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from simkpi.demand.rows import Ticks

#: Parts per million in one.
PPM = 1_000_000
WholeTicks = TypeVar("WholeTicks", int, Ticks)


def scaled(ticks: WholeTicks, speed: WholeTicks | int) -> WholeTicks:
    """Length of work of *ticks* for an agent of *speed* parts per million, to the nearest tick, halves up.

    Examples
    --------
    >>> scaled(9_500, 950_000), scaled(1_000, 1_000_000)
    (10000, 1000)
    """
    return (ticks * PPM + speed // 2) // speed


def paces(slower: Sequence[float]) -> tuple[int, ...]:
    """Pace in ppm with 1, 2, 3 ... contacts open, from how much longer the work then takes (fractions).

    Examples
    --------
    >>> paces([0, 0.25, 0.6])
    (1000000, 800000, 625000)
    """
    return tuple(max(1, PPM * PPM // round((1 + each) * PPM)) for each in slower)
