"""Which value of a field just meets a target: found on common random numbers, with an interval for the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simkpi.errors import InputError
from simkpi.experiment.confidence import Estimate
from simkpi.planning.goals import Goal, check_trial
from simkpi.planning.numeric_field import NumericField
from simkpi.planning.trials import Trials

#: Values that are looked at first, from end to end.
FIRST_LOOK = 7
#: The answer is found to this part of the range.
PRECISION = 1 / 250

RISES, FALLS, BOTH, FLAT = "rises", "falls", "rises and falls", "hardly moves"


@dataclass(frozen=True)
class Point:
    """One value of the field and the figure that it gives."""

    x: float
    estimate: Estimate
    goal: Goal

    @property
    def margin(self) -> float:
        """Estimate beyond the goal, on its good side."""
        value = self.estimate.value
        return -math.inf if value is None else self.goal.sign * (value - self.goal.value)

    @property
    def is_shown(self) -> bool:
        """Whether the whole interval is on the good side."""
        end = self.estimate.low if self.goal.sign > 0 else self.estimate.high
        return end is not None and self.goal.sign * (end - self.goal.value) >= 0

    @property
    def is_possible(self) -> bool:
        """Whether part of the interval is on the good side."""
        end = self.estimate.high if self.goal.sign > 0 else self.estimate.low
        return self.margin >= 0 or (end is not None and self.goal.sign * (end - self.goal.value) >= 0)


@dataclass(frozen=True)
class Answer:
    """A value at which the figure crosses the goal.

    Parameters
    ----------
    x : float
        The crossing; of a whole number the nearest one on the good side.
    low, high : float or None
        Between these values the crossing lies, with the confidence asked for; None where the range ends first.
    shown : float or None
        Value nearest to the crossing whose whole interval is on the good side; None if there is none in the range.
    better : str
        ``above`` or ``below`` the crossing the goal is met.
    """

    x: float
    low: float | None
    high: float | None
    shown: float | None
    better: str


@dataclass(frozen=True)
class GoalSeek:
    """The answer of :func:`goalseek`.

    Parameters
    ----------
    field : NumericField
    goal : Goal
    confidence : float, fraction
    points : tuple of Point
        All values that were simulated, ascending.
    shape : str
        How the figure moves with the field: ``rises``, ``falls``, ``rises and falls``, ``hardly moves``.
    answers : tuple of Answer
        Ascending; more than one only where the figure rises and falls.
    seed, replications, engine
        How it was simulated.
    """

    field: NumericField
    goal: Goal
    confidence: float
    points: tuple[Point, ...]
    shape: str
    answers: tuple[Answer, ...]
    seed: int | str
    replications: int
    engine: str

    @property
    def best(self) -> Point:
        """The value nearest to meeting the goal, or furthest beyond it."""
        return max(self.points, key=lambda point: point.margin)


def goalseek(
    field: NumericField,
    goal: Goal,
    *,
    between: tuple[float, float] | None = None,
    replications: int | None = None,
    seed: int | str | None = None,
    engine: str = "auto",
    confidence: float = 0.95,
    progress: Callable[[int], None] | None = None,
) -> GoalSeek:
    """Find the value of *field* at which *goal* is just met.

    Parameters
    ----------
    field : NumericField
        What to vary.
    goal : Goal
        What to reach.
    between : tuple of float, optional
        Smallest and largest value to try. Default: all shares, else from a quarter to four times the value now.
    replications, seed, engine
        As for :func:`simkpi.simulate`; every value meets the same customers.
    confidence : float, fraction
        Of the intervals.
    progress : callable, optional
        Called with the number of replications simulated so far.

    Returns
    -------
    GoalSeek
        ``answers`` is empty where the figure does not cross the goal.

    Raises
    ------
    InputError
        If the range is none.
    ScenarioError
        If the scenario can not have a value of the range.

    Notes
    -----
    A first look at 7 values shows how the figure moves; every crossing is then narrowed down by bisection. On common random
    numbers the simulated figure is a fixed function of the field, so bisection is safe. The interval of the answer holds every
    value whose own interval holds the goal (test inversion): its two ends are found in the same way.

    Source: sample-path (retrospective) root finding: H. Chen and B. W. Schmeiser, Stochastic root finding via retrospective
    approximation, IIE Transactions 33, 2001; confidence sets by test inversion: Casella and Berger, Statistical Inference,
    2nd ed., section 9.2.1.
    """
    low, high = field.between() if between is None else between
    if not low < high or low < 0:
        raise InputError(f"{field.path}: must be looked for between two values, got {field.show(low)} and {field.show(high)}")
    if not 0 < confidence < 1:
        raise InputError(f"confidence must lie between 0 and 1, got {confidence:g}")
    spec = field.scenario.spec
    trials = Trials(
        seed=spec.run.seed if seed is None else seed,
        replications=spec.run.replications if replications is None else replications,
        engine=engine,
        runs=25,
        tell=progress,
    )
    curve = _Curve(field, goal, trials, confidence, tolerance=1.0 if field.kind == "count" else (high - low) * PRECISION)
    grid = curve.grid(low, high)
    answers = tuple(
        curve.answer(grid, place) for place in range(len(grid) - 1) if (grid[place].margin >= 0) != (grid[place + 1].margin >= 0)
    )
    points = tuple(curve.known[x] for x in sorted(curve.known))
    return GoalSeek(
        field, goal, confidence, points, shape_of(grid), answers, trials.seed, trials.replications, curve.engine or engine
    )


def shape_of(points: Sequence[Point]) -> str:
    """How the figure moves over ascending values: a step counts if it is larger than the noise of its ends.

    Ends share their customers, so the noise of a step is smaller than that of its ends: the rule errs towards *hardly moves*.
    """
    values = [(point.estimate.value, point.estimate.half_width or 0.0) for point in points if point.estimate.value is not None]
    rises = falls = False
    for place, (value, half) in enumerate(values):
        for other, width in values[place + 1 :]:
            # only a turn that is larger than the noise makes a curve rise and fall
            rises |= other - value > max(half, width)
            falls |= value - other > max(half, width)
    return BOTH if rises and falls else RISES if rises else FALLS if falls else FLAT


class _Curve:
    """The figure as a function of the field; every value is simulated once."""

    def __init__(self, field: NumericField, goal: Goal, trials: Trials, confidence: float, *, tolerance: float) -> None:
        self.field = field
        self.goal = goal
        self.trials = trials
        self.confidence = confidence
        self.tolerance = tolerance
        self.known: dict[float, Point] = {}
        self.engine = ""

    def at(self, x: float) -> Point:
        """Simulate one value."""
        x = float(round(x)) if self.field.kind == "count" else float(f"{x:.10g}")
        if x not in self.known:
            (found,) = check_trial(self.trials, self.field.put(x), [self.goal], alpha=(1 - self.confidence) / 2)
            self.engine = self.trials.used
            self.known[x] = Point(x, found.estimate, self.goal)
        return self.known[x]

    def grid(self, low: float, high: float) -> list[Point]:
        """First look, ascending."""
        steps = [low + (high - low) * step / (FIRST_LOOK - 1) for step in range(FIRST_LOOK)]
        found = {point.x: point for point in map(self.at, steps)}
        return [found[x] for x in sorted(found)]

    def answer(self, grid: Sequence[Point], place: int) -> Answer:
        """Narrow down the crossing between two values of the grid, and its interval."""
        upward = grid[place + 1].margin >= 0
        bad, good = (grid[place], grid[place + 1]) if upward else (grid[place + 1], grid[place])
        ahead, behind = (grid[place + 1 :], grid[place::-1]) if upward else (grid[place::-1], grid[place + 1 :])
        bad_end, good_end = self.boundary(bad, good, lambda point: point.margin >= 0)
        sure = self.first(ahead, behind[0], lambda point: point.is_shown, lambda point: point.margin >= 0)
        doubtful = self.first(behind, ahead[0], lambda point: not point.is_possible, lambda point: point.margin < 0)
        ends = (None if doubtful is None else doubtful.x, None if sure is None else sure.x)
        low, high = ends if upward else ends[::-1]
        x = good_end.x if self.field.kind == "count" else _crossing(bad_end, good_end)
        return Answer(x, low, high, None if sure is None else sure.x, "above" if upward else "below")

    def first(
        self,
        points: Sequence[Point],
        start: Point,
        wanted: Callable[[Point], bool],
        same_side: Callable[[Point], bool],
    ) -> Point | None:
        """First value on the way from *start* through *points* that is as *wanted*; None if the curve turns or ends before."""
        before = start
        for point in points:
            if not same_side(point):
                return None
            if wanted(point):
                return self.boundary(before, point, wanted)[1]
            before = point
        return None

    def boundary(self, without: Point, with_: Point, wanted: Callable[[Point], bool]) -> tuple[Point, Point]:
        """Bisect between a value that is not as wanted and one that is."""
        while abs(with_.x - without.x) > self.tolerance * (1 + 1e-9):
            middle = self.at((without.x + with_.x) / 2)
            if middle.x in (without.x, with_.x):
                break
            without, with_ = (without, middle) if wanted(middle) else (middle, with_)
        return without, with_


def _crossing(bad: Point, good: Point) -> float:
    """Where the straight line between two points meets the goal."""
    if not math.isfinite(bad.margin) or good.margin == bad.margin:
        return good.x
    return bad.x + (good.x - bad.x) * -bad.margin / (good.margin - bad.margin)
