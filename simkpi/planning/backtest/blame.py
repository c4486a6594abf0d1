"""Which input is to blame for a prediction that missed: the one whose replacement takes most of the miss away."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simkpi.planning.backtest.moved import EXPLAINED

if TYPE_CHECKING:
    from simkpi.planning.backtest.backtest import Backtest, Line

#: Share of the miss that an input must take away to be blamed.
_MOST = 0.5


@dataclass(frozen=True)
class Blame:
    """Why one figure missed.

    Parameters
    ----------
    line : Line
        The figure.
    miss : float
        What happened - what was predicted.
    parts : dict of str to float
        Change of the prediction by each input that was replaced by that of the predicted days, in order.
    """

    line: Line
    miss: float
    parts: dict[str, float]

    @property
    def is_expected(self) -> bool:
        """Whether the prediction interval holds the miss: then there is nothing to explain."""
        return self.line.is_inside is not False

    @property
    def input(self) -> str | None:
        """The input to blame; None if none takes half of the miss away, or there is nothing to explain."""
        if self.is_expected or not self.parts:
            return None
        name = max(self.parts, key=lambda one: self.parts[one] / self.miss)
        return name if self.parts[name] / self.miss >= _MOST else None


def blame(found: Backtest) -> tuple[Blame, ...]:
    """Explain the misses of abandon rate and ASA; empty if no inputs were replaced."""
    reasons = []
    for line in found.lines:
        if line.figure.key not in EXPLAINED or line.actual is None or line.predicted is None or not found.steps:
            continue
        values = [(step.name, step.values.get(line.figure.key)) for step in found.steps]
        parts = {
            name: now - before
            for (_, before), (name, now) in itertools.pairwise(values)
            if now is not None and before is not None
        }
        reasons.append(Blame(line, line.actual - line.predicted, parts))
    return tuple(reasons)
