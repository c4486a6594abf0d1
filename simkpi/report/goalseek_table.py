"""The answer of a goal seek in words, and the curve behind it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from simkpi.planning.goalseek import BOTH, FLAT, Answer, GoalSeek, Point
from simkpi.report.goal_words import goal_words
from simkpi.report.tables import aligned, figure, title, to_records
from simkpi.report.words import say
from simkpi.units import format_share

_SHAPES = {
    BOTH: "{what} not monotone: it rises and falls over the range.",
    FLAT: "{what} hardly moves over the range: no more than its noise.",
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
            "goal": found.goal.value,
        }
        for point in found.points
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _verdict(point: Point) -> str:
    return "met" if point.is_shown else "not sure" if point.is_possible else "missed"


def curve_lines(found: GoalSeek, lang: str = "en") -> Iterator[str]:
    """Write the curve."""
    rows = [
        [
            found.field.show(point.x),
            figure(point.estimate.value, point.estimate.half_width, found.goal.unit, lang=lang),
            say(_verdict(point), lang),
        ]
        for point in found.points
    ]
    kpi = found.goal.kpi if lang == "en" else title(found.goal.kpi, lang)
    yield from aligned([found.field.path, kpi, say("target", lang)], rows, left=(2,)).splitlines()


def answer_lines(found: GoalSeek, lang: str = "en") -> Iterator[str]:
    """Say how the figure moves, where it meets the goal, and how sure that is."""
    kpi = found.goal.kpi if lang == "en" else title(found.goal.kpi, lang)
    text = _SHAPES.get(found.shape, "{what} is monotone over the range: it {shape} with {path}.")
    yield say(text, lang, what=f"{found.goal.contact} {kpi}", shape=say(found.shape, lang), path=found.field.path)
    for answer in found.answers:
        yield _sentence(found, answer, lang)
    if not found.answers:
        yield _none(found, lang)
    if len(found.answers) > 1:
        yield say("Several values meet the target exactly; look at the curve before choosing one.", lang)


def _sentence(found: GoalSeek, answer: Answer, lang: str) -> str:
    show = found.field.show
    text = say(
        "Answer: {path} at least {x} ({share} interval {low} to {high})."
        if answer.better == "above"
        else "Answer: {path} at most {x} ({share} interval {low} to {high}).",
        lang,
        path=found.field.path,
        x=show(answer.x),
        share=format_share(found.confidence),
        low=say("before the range begins", lang) if answer.low is None else show(answer.low),
        high=say("beyond the range", lang) if answer.high is None else show(answer.high),
    )
    if answer.shown is None:
        return f"{text} {say('No value of the range is shown to meet the target; more replications narrow the interval.', lang)}"
    return f"{text} {say('At {x} the target is shown to be met.', lang, x=show(answer.shown))}"


def _none(found: GoalSeek, lang: str) -> str:
    best, show = found.best, found.field.show
    first, last = show(found.points[0].x), show(found.points[-1].x)
    if best.margin >= 0:
        worst = min(found.points, key=lambda point: point.margin)
        figure_ = found.goal.show(worst.estimate.value)
        text = "The target is met everywhere from {first} to {last}: the worst is {value} at {x}."
        return say(text, lang, first=first, last=last, value=figure_, x=show(worst.x))
    text = "Unreachable from {first} to {last}: the best is {value} at {x}."
    return say(text, lang, first=first, last=last, value=found.goal.show(best.estimate.value), x=show(best.x))


def heading(found: GoalSeek, lang: str = "en") -> str:
    """Say what is varied, and for which target."""
    now = say("not set", lang) if found.field.current is None else found.field.show(found.field.current)
    return say(
        "{path}, now {now}; target: {goal}; {n} replications, seed {seed}",
        lang,
        path=found.field.path,
        now=now,
        goal=goal_words(found.goal, lang),
        n=found.replications,
        seed=found.seed,
    )


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
