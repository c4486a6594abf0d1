"""What follows from the lab's curve: where the saving begins, and what the weeks bring while customers take the bot up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simkpi.errors import InputError
from simkpi.experiment.confidence import Estimate
from simkpi.planning.deflection_lab import Level, Week
from simkpi.scenario.bots import Adoption
from simkpi.units import parse_duration, parse_share

WEEK = 7 * 86_400.0
#: Steps of a ramp that are simulated.
MOST_STEPS = 4


@dataclass(frozen=True)
class Ramp:
    """Share of customers who try the bot, rising evenly.

    Parameters
    ----------
    begin, end : float, fractions
    weeks : int
        Until *end* is reached.
    """

    begin: float
    end: float
    weeks: int

    @classmethod
    def read(cls, text: str) -> Ramp:
        """Read ``40%:100%:8w``.

        Raises
        ------
        InputError
            If it is none.
        """
        parts = text.split(":")
        if len(parts) != 3:
            raise InputError(f"ramp: must be begin:end:duration, got '{text}'; write e.g. 40%:100%:8w")
        begin, end, length = parse_share(parts[0]), parse_share(parts[1]), parse_duration(parts[2])
        weeks = round(length / WEEK)
        if not (0 <= begin <= 1 and 0 <= end <= 1) or not 1 <= weeks <= 520:
            raise InputError(f"ramp: needs two shares and 1 to 520 weeks, got '{text}'; write e.g. 40%:100%:8w")
        return cls(begin, end, weeks)

    @classmethod
    def of(cls, adoption: Adoption) -> Ramp | None:
        """Return the ramp that a bot's adoption makes; None if it does not change."""
        if adoption.start == adoption.to:
            return None
        return cls(adoption.start, adoption.to, max(1, round(adoption.over / WEEK)))

    def shares(self) -> list[float]:
        """Share of each week, the last one at *end*."""
        return [float(share) for share in np.linspace(self.begin, self.end, self.weeks + 1)]

    def steps(self) -> list[float]:
        """Shares that are simulated."""
        return [float(share) for share in np.linspace(self.begin, self.end, min(self.weeks, MOST_STEPS - 1) + 1)]


def weeks_of(ramp: Ramp, levels: Mapping[float, Level]) -> tuple[Week, ...]:
    """Read the weeks off the simulated steps, on straight lines between them.

    Parameters
    ----------
    ramp : Ramp
    levels : mapping of float to Level
        Adoption -> what was simulated with it.
    """
    names = ("claimed_hours", "net_hours", "net_cost")
    return tuple(
        Week(number, share, *[_at(share, levels, name) for name in names]) for number, share in enumerate(ramp.shares(), start=1)
    )


def _at(share: float, levels: Mapping[float, Level], name: str) -> Estimate:
    x = sorted(levels)
    estimates = [getattr(levels[each], name) for each in x]

    def read(part: str) -> float | None:
        values = [getattr(estimate, part) for estimate in estimates]
        return None if None in values else float(np.interp(share, x, values))

    return Estimate(read("value"), read("low"), read("high"), read("half_width"), estimates[0].replications)


def break_even(settings: Sequence[float], savings: Sequence[Estimate]) -> tuple[Estimate, ...]:
    """Containment settings at which the saving crosses zero, on straight lines between the simulated ones.

    Returns
    -------
    tuple of Estimate
        Their intervals hold every setting whose own interval holds zero (None where the range ends first); none if the saving
        has one sign all along.

    Examples
    --------
    >>> (found,) = break_even([0.2, 0.4], [Estimate(-10.0, -12.0, -8.0), Estimate(10.0, 8.0, 12.0)])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.3, 0.28, 0.32)
    """
    values = [saving.value or 0.0 for saving in savings]
    lows, highs = _zeros(settings, [one.low for one in savings]), _zeros(settings, [one.high for one in savings])
    found = []
    for zero in _zeros(settings, list(values)):
        before = [end for end in (*lows, *highs) if end <= zero]
        after = [end for end in (*lows, *highs) if end >= zero]
        low, high = max(before, default=None), min(after, default=None)
        half = None if low is None or high is None else (high - low) / 2
        found.append(Estimate(zero, low, high, half, savings[0].replications))
    return tuple(found)


def _zeros(x: Sequence[float], y: Sequence[float | None]) -> list[float]:
    found = []
    for left in range(len(x) - 1):
        a, b = y[left], y[left + 1]
        if a is not None and b is not None and (a < 0) != (b < 0):
            found.append(x[left] + (x[left + 1] - x[left]) * a / (a - b))
    return found
