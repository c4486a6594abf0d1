"""The answer of a goal seek in words, and the curve behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from simkpi.planning.goalseek import BOTH, FLAT, Answer, GoalSeek, Point
from simkpi.report.tables import aligned, figure, to_records
from simkpi.units import format_share

_SHAPES = {
    BOTH: "not monotone: it rises and falls over the range",
    FLAT: "hardly moves over the range: no more than its noise",
}


def curve_frame(found: GoalSeek) -> pl.DataFrame:
    """One row per simulated value, ascending."""
    rows = [
        {
            "field": found.field.path,
            "x": point.x,
            "shown": found.field.show(point.x),
            "kpi": found.goal.kpi,
            "value": point.estimate.value,
            "low": point.estimate.low,
            "high": point.estimate.high,
            "half_width": point.estimate.half_width,
            "verdict": _verdict(point),
        }
        for point in found.points
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _verdict(point: Point) -> str:
    return "met" if point.is_shown else "not sure" if point.is_possible else "missed"


def curve_lines(found: GoalSeek) -> Iterator[str]:
    """Write the curve."""
    rows = [
        [found.field.show(point.x), figure(point.estimate.value, point.estimate.half_width, found.goal.unit), _verdict(point)]
        for point in found.points
    ]
    yield from aligned([found.field.path, found.goal.kpi, "target"], rows, left=(2,)).splitlines()


def answer_lines(found: GoalSeek) -> Iterator[str]:
    """Say how the figure moves, where it meets the goal, and how sure that is."""
    what = f"{found.goal.contact} {found.goal.kpi}"
    yield f"{what} {_SHAPES.get(found.shape, f'is monotone over the range: it {found.shape} with {found.field.path}')}."
    for answer in found.answers:
        yield _sentence(found, answer)
    if not found.answers:
        yield _none(found)
    if len(found.answers) > 1:
        yield "Several values meet the target exactly; look at the curve before choosing one."


def _sentence(found: GoalSeek, answer: Answer) -> str:
    show, share = found.field.show, format_share(found.confidence)
    side = "at least" if answer.better == "above" else "at most"
    low = "before the range begins" if answer.low is None else show(answer.low)
    high = "beyond the range" if answer.high is None else show(answer.high)
    text = f"Answer: {found.field.path} {side} {show(answer.x)} ({share} interval {low} to {high})."
    if answer.shown is None:
        return f"{text} No value of the range is shown to meet the target; more replications narrow the interval."
    return f"{text} At {show(answer.shown)} the target is shown to be met."


def _none(found: GoalSeek) -> str:
    best, show = found.best, found.field.show
    value = found.goal.show(best.estimate.value)
    first, last = show(found.points[0].x), show(found.points[-1].x)
    if best.margin >= 0:
        worst = min(found.points, key=lambda point: point.margin)
        figure_ = found.goal.show(worst.estimate.value)
        return f"The target is met everywhere from {first} to {last}: the worst is {figure_} at {show(worst.x)}."
    return f"Unreachable from {first} to {last}: the best is {value} at {show(best.x)}."


def record(found: GoalSeek) -> dict[str, Any]:
    """Everything, ready for JSON."""
    return {
        "scenario": found.field.scenario.name,
        "seed": found.seed,
        "replications": found.replications,
        "engine": found.engine,
        "field": found.field.path,
        "now": found.field.current,
        "target": str(found.goal),
        "confidence": found.confidence,
        "shape": found.shape,
        "answers": [
            {"value": one.x, "low": one.low, "high": one.high, "shown": one.shown, "better": one.better} for one in found.answers
        ],
        "curve": to_records(curve_frame(found)),
        "sentences": list(answer_lines(found)),
    }
