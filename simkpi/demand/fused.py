"""Where a compiled engine puts its faster way to draw: equal numbers to the last bit. Without one, NumPy draws.

What is drawn is defined by the NumPy code of this package alone; whoever draws in its place is tested against it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.steps import Steps

Key = tuple[int, int]
Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ticks = NDArray[np.int64]


class Drawing(Protocol):
    """Draws in one pass over the customers, without arrays between the steps."""

    def uniforms(self, key: Key, customers: Words, attempt: int) -> Floats:
        """Return what :func:`simkpi.demand.streams.uniforms` does."""

    def ticks(self, key: Key, customers: Words, attempt: int, steps: Steps, at_most: float) -> Ticks | None:
        """Return what :func:`simkpi.demand.laws.sample` makes of those; None if a duration may be beyond what is allowed."""

    def ticks_at(self, u: Floats, steps: Steps, at_most: float) -> Ticks | None:
        """Return the durations at given uniform numbers; None as above."""

    def points(
        self, keys: tuple[Key, Key], ceiling: Floats, rate: Floats, start: int, interval: int
    ) -> tuple[Words, Ticks, Floats]:
        """Return identity, moment and level of the points of the Poisson field under *rate* (:mod:`simkpi.demand.arrivals`).

        *keys* are those of level and time; *ceiling* has one entry a cell, *rate* one row a day.
        """

    def by_arrival(self, customers: Words, arrived: Ticks) -> tuple[Words, Ticks] | None:
        """Return what :func:`simkpi.demand.field.by_arrival` does; None if these are no points of the field as they are drawn."""


_drawing: Drawing | None = None


def draw_by(drawing: Drawing | None) -> None:
    """From now on draw by *drawing* in this process; None = by NumPy."""
    global _drawing  # noqa: PLW0603 - the numbers are equal whoever draws them
    _drawing = drawing


def drawing() -> Drawing | None:
    """Return who draws in the place of NumPy, if anybody does."""
    return _drawing
