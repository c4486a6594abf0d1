"""Targets that a team must meet together: which figure, which side, how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkpi.errors import InputError, Problem, UnknownName, did_you_mean
from simkpi.queueing.performance import Performance
from simkpi.queueing.stationary import evaluate
from simkpi.units import format_duration, format_share

#: Figures that can be asked for: the side that is good, and the unit.
METRICS: dict[str, tuple[str, str]] = {
    "service_level": ("at least", "fraction"),
    "service_level_answered": ("at least", "fraction"),
    "service_level_excl_short": ("at least", "fraction"),
    "wait_within": ("at least", "fraction"),
    "asa": ("at most", "seconds"),
    "mean_wait": ("at most", "seconds"),
    "p_wait": ("at most", "fraction"),
    "p_abandon": ("at most", "fraction"),
    "p_block": ("at most", "fraction"),
    "occupancy": ("at most", "fraction"),
}
#: Figures that depend on the threshold.
_WITHIN = {name for name, (side, _) in METRICS.items() if side == "at least"}
#: A target is met within this relative difference, so that 17 Erlangs on 20 agents are 85 % and not a bit above.
_SLACK = 1e-12


@dataclass(frozen=True)
class Target:
    """One figure that must reach a value.

    Parameters
    ----------
    metric : str
        A key of :data:`METRICS`. ``wait_within`` is the wait percentile: ``Target("wait_within", 0.9, threshold=60)`` asks that
        the 90th percentile of the time in queue is at most 60 s.
    value : float
        Fraction or seconds.
    threshold : float, seconds
        Limit of the service level or of the percentile.

    Raises
    ------
    UnknownName
        If there is no such figure.
    InputError
        If *value* or *threshold* is outside its domain.
    """

    metric: str
    value: float
    threshold: float = 20.0

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise UnknownName(
                f"unknown figure '{self.metric}'{did_you_mean(self.metric, list(METRICS)) or '; known: ' + ', '.join(METRICS)}"
            )
        problems = []
        most = 1.0 if METRICS[self.metric][1] == "fraction" else np.inf
        if not 0 <= self.value <= most:
            domain = "must be between 0 and 1" if most == 1 else "must be at least 0"
            problems.append(Problem(f"{domain}, got {self.value}", path=self.metric))
        elif self.metric == "occupancy" and self.value == 0:
            problems.append(Problem("the cap must be above 0: agents who may never be busy can answer nobody", path="occupancy"))
        if not self.threshold >= 0:
            problems.append(Problem(f"must be at least 0 seconds, got {self.threshold}", path="threshold"))
        if problems:
            raise InputError(problems)

    @property
    def is_floor(self) -> bool:
        """Whether more is better."""
        return METRICS[self.metric][0] == "at least"

    @property
    def certain(self) -> bool:
        """Whether every single contact is asked for, which no finite team can promise."""
        return (self.is_floor and self.value >= 1) or (not self.is_floor and self.value == 0)

    def met(self, performance: Performance) -> NDArray[np.bool_]:
        """Whether *performance* (evaluated with this target's threshold) meets the target; unstable queues never do."""
        value = np.asarray(getattr(performance, self.metric))
        reached = value >= self.value * (1 - _SLACK) if self.is_floor else value <= self.value * (1 + _SLACK)
        return np.asarray(reached & np.asarray(performance.is_stable))

    def value_of(self, performance: Performance) -> float | None:
        """Return the figure of one point, or None where the queue is unstable or the figure undefined."""
        value = float(getattr(performance, self.metric))
        return value if performance.is_stable and np.isfinite(value) else None

    def show(self, value: float | None) -> str:
        """*value* in the unit of the figure."""
        if value is None:
            return "–"
        return f"{value:.2%}" if METRICS[self.metric][1] == "fraction" else f"{value:.1f}s"

    def __str__(self) -> str:
        side, unit = METRICS[self.metric]
        amount = format_share(self.value) if unit == "fraction" else format_duration(self.value)
        within = f" within {format_duration(self.threshold)}" if self.metric in _WITHIN else ""
        return f"{self.metric} {side} {amount}{within}"


def performances(targets: Sequence[Target], **queue: Any) -> list[Performance]:
    """Evaluate the *queue* (arguments of :func:`evaluate`) once per distinct threshold; one result per target."""
    by_threshold = {t.threshold if t.metric in _WITHIN else targets[0].threshold: None for t in targets}
    done = {threshold: evaluate(threshold=threshold, **queue) for threshold in by_threshold}
    return [done[t.threshold if t.metric in _WITHIN else targets[0].threshold] for t in targets]


def all_met(targets: Sequence[Target], **queue: ArrayLike | Any) -> NDArray[np.bool_]:
    """Whether all *targets* are met, per point of the *queue*."""
    met = [target.met(figures) for target, figures in zip(targets, performances(targets, **queue), strict=True)]
    return np.asarray(np.logical_and.reduce(met), dtype=bool)
