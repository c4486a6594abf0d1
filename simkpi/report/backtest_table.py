"""A back-test in words and tables: prediction beside what happened, coverage, and what moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

import polars as pl

from simkpi.planning.backtest.backtest import Backtest, Line
from simkpi.planning.backtest.blame import blame
from simkpi.planning.backtest.figures import Figure
from simkpi.planning.backtest.judge import LEVEL
from simkpi.planning.backtest.moved import EXPLAINED, Input
from simkpi.planning.calibrate.check import TITLES
from simkpi.report.chat_table import chat_lines, chat_record
from simkpi.report.sentences import in_language
from simkpi.report.tables import aligned, title
from simkpi.report.words import say
from simkpi.units import format_value


def lines(found: Backtest, lang: str = "en") -> Iterator[str]:
    """Write the whole result, one line at a time."""
    yield _head(found, lang)
    yield ""
    yield from aligned(_header(found, lang), [_row(line, found, lang) for line in found.lines], left=(0,)).splitlines()
    yield ""
    yield _coverage(found, lang)
    if found.chats is not None:
        yield ""
        yield from chat_lines(found.chats, lang)
    moved = [one for one in found.inputs if one.has_moved]
    yield ""
    yield say("Inputs of the fitted and of the predicted days", lang)
    yield from aligned(
        [say(word, lang) for word in ("Input", "Fitted", "Predicted days", "z")],
        [_input_row(one, lang) for one in found.inputs],
        left=(0,),
    ).splitlines()
    names = ", ".join(say(one.name, lang) for one in moved)
    yield say("moved: {names}", lang, names=names) if moved else say("no input moved by more than chance", lang)
    if found.steps:
        yield ""
        yield from _steps(found, lang)
        yield from _blamed(found, lang)
    for note in found.notes:
        yield say("note: {note}", lang, note=in_language(note, lang))


def subtitle(found: Backtest, lang: str = "en") -> str:
    """Say what was fitted and what predicted, short enough for a chart."""
    fitted, predicted = _span(found.train_days, lang), _span(found.test_days, lang)
    return say("fitted to {train}; predicted {test}; {n} replications", lang, train=fitted, test=predicted, n=found.replications)


def _head(found: Backtest, lang: str) -> str:
    volumes = say("volumes as they were" if found.volumes == "actual" else "volumes of the fitted weekdays", lang)
    staff = say("agents as they were" if found.staff == "roster" else "agents of the fitted weekdays", lang)
    return say(
        "Fitted to {train}; predicted {test} ({volumes}, {staff}); {n} replications, seed {seed}; intervals of {share}",
        lang,
        train=_span(found.train_days, lang),
        test=_span(found.test_days, lang),
        volumes=volumes,
        staff=staff,
        n=found.replications,
        seed=found.seed,
        share=format_value(LEVEL, "fraction", half_width=0.01, locale=lang),
    )


def _span(days: tuple[date, ...], lang: str) -> str:
    count = say("1 day", lang) if len(days) == 1 else say("{n} days", lang, n=len(days))
    return f"{count}, {days[0]} … {days[-1]}" if len(days) > 1 else f"{count}, {days[0]}"


def _header(found: Backtest, lang: str) -> list[str]:
    words = ["KPI", "Happened", "Predicted", "90% interval", "Inside", "Days inside", "Intervals inside"]
    formula = ["Erlang A"] if any(line.formula is not None for line in found.lines) else []
    return [say(word, lang) for word in [*words[:3], *formula, *words[3:]]]


def label(figure: Figure, lang: str = "en") -> str:
    """Name of a predicted figure in the language of the reader."""
    if lang == "en" or figure.kpi in TITLES:
        return figure.title if lang == "en" else say(figure.title, lang)
    return (
        say("{kpi} in {threshold}", lang, kpi=title(figure.kpi, lang), threshold=figure.threshold)
        if figure.threshold
        else title(figure.kpi, lang)
    )


def _row(line: Line, found: Backtest, lang: str) -> list[str]:
    half = None if line.low is None or line.high is None else (line.high - line.low) / 4

    def show(value: float | None) -> str:
        return format_value(value, line.figure.unit, half_width=half, locale=lang)

    formula = (
        [show(line.formula) if line.formula is not None else "–"] if any(one.formula is not None for one in found.lines) else []
    )
    span = say("given", lang) if line.low is None else say("{low} to {high}", lang, low=show(line.low), high=show(line.high))
    verdict = {True: say("yes", lang), False: say("no", lang), None: "–"}[line.is_inside]
    of = [f"{inside}/{many}" if many else "–" for inside, many in _counts(line)]
    return [label(line.figure, lang), show(line.actual), show(line.predicted), *formula, span, verdict, *of]


def _counts(line: Line) -> tuple[tuple[int, int], tuple[int, int]]:
    return (line.days_inside, line.days), (line.intervals_inside, line.intervals)


def _coverage(found: Backtest, lang: str) -> str:
    parts = []
    for by, words in (("day", "{share} of {n} days x figures"), ("interval", "{share} of {n} intervals x figures")):
        inside, many = found.coverage(by=by)
        if many:
            share = format_value(inside / many, "fraction", half_width=0.01, locale=lang)
            parts.append(say(words, lang, share=share, n=many))
    wide = [line for line in found.lines if line.widening > 1]
    text = (
        say("Held by their prediction interval: {parts}.", lang, parts=say("; ", lang).join(parts))
        if parts
        else say("Nothing to judge.", lang)
    )
    if wide:
        most = max(line.widening for line in wide)
        words = "Intervals are up to {factor} times as wide as chance alone makes them: so much do the fitted days vary."
        text += " " + say(words, lang, factor=format_value(most, "number", half_width=0.1, locale=lang))
    return text


def _input_row(one: Input, lang: str) -> list[str]:
    def show(value: float | None, error: float | None) -> str:
        shown = format_value(value, one.unit, half_width=error, locale=lang)
        if not error:
            return shown
        scaled = 100 * error if one.unit == "fraction" else error
        return f"{shown} ± {format_value(scaled, 'number', half_width=scaled, locale=lang)}"

    z = "–" if one.z is None else f"{one.z:+.1f}"
    return [say(one.name, lang), show(one.fitted, one.fitted_error), show(one.predicted, one.predicted_error), z]


def _steps(found: Backtest, lang: str) -> Iterator[str]:
    """Write the prediction with each input replaced by that of the predicted days, one after the other, then what is left."""
    shown = [line for line in found.lines if line.figure.key in EXPLAINED or line.figure.key.startswith("service_level")]
    rows = []
    for step in found.steps:
        name = say("prediction", lang) if step is found.steps[0] else "+ " + say(step.name, lang)
        rows.append([name, *(format_value(step.values.get(line.figure.key), line.figure.unit, locale=lang) for line in shown)])
    rows.append([say("happened", lang), *(format_value(line.actual, line.figure.unit, locale=lang) for line in shown)])
    yield say("The prediction once it is given the inputs of the predicted days, one after the other", lang)
    yield from aligned([say("Input", lang), *(label(line.figure, lang) for line in shown)], rows, left=(0,)).splitlines()


def _blamed(found: Backtest, lang: str) -> Iterator[str]:
    """Say in a sentence for each figure which input is to blame."""
    for one in blame(found):
        name = label(one.line.figure, lang)
        if one.is_expected:
            yield say("{figure}: what happened lies in the interval of the prediction; nothing to explain", lang, figure=name)
            continue
        miss = _change(one.miss, one.line.figure.unit, lang)
        if one.input is None:
            told = "{figure}: {miss} off; no input takes half of it away: the model's own miss, or several inputs together"
            yield say(told, lang, figure=name, miss=miss)
            continue
        part = _change(one.parts[one.input], one.line.figure.unit, lang)
        yield say(
            "{figure}: {miss} off; {input} takes {part} of it away",
            lang,
            figure=name,
            miss=miss,
            input=say(one.input, lang),
            part=part,
        )


def _change(size: float, unit: str, lang: str) -> str:
    """Write a difference with its sign, of shares in points."""
    sign = "+" if size > 0 else "\u2212"
    if unit == "fraction":
        return say("{n} points", lang, n=sign + format_value(100 * abs(size), "number", half_width=0.1, locale=lang))
    return sign + format_value(abs(size), unit, half_width=1.0, locale=lang)


def record(found: Backtest) -> dict[str, Any]:
    """Return everything but the tables by day and interval, for JSON."""
    return {
        "train_days": [str(day) for day in found.train_days],
        "test_days": [str(day) for day in found.test_days],
        "split": found.how,
        "volumes": found.volumes,
        "staff": found.staff,
        "replications": found.replications,
        "seed": found.seed,
        "level": LEVEL,
        "availability_factor": found.calibration.factor,
        "left_out": found.left_out,
        "kpis": [
            {"kpi": line.figure.key, "unit": line.figure.unit, **{k: v for k, v in asdict(line).items() if k != "figure"}}
            for line in found.lines
        ],
        "coverage": {by: dict(zip(("inside", "judged"), found.coverage(by=by), strict=True)) for by in ("day", "interval")},
        "inputs": [{**asdict(one), "z": one.z, "has_moved": one.has_moved} for one in found.inputs],
        "steps": [asdict(step) for step in found.steps],
        "blame": [
            {"kpi": one.line.figure.key, "miss": one.miss, "parts": one.parts, "is_expected": one.is_expected, "input": one.input}
            for one in blame(found)
        ],
        "days": found.by_day.with_columns(pl.col("day").cast(pl.String)).to_dicts(),
        "chats": None if found.chats is None else chat_record(found.chats),
        "notes": list(found.notes),
    }


def summary(found: Backtest) -> pl.DataFrame:
    """One row per figure, for CSV."""
    return pl.DataFrame(record(found)["kpis"], infer_schema_length=None)
