"""Targets for a recorded log: read from a file in the words of a scenario, and judged by the log's own figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from simkpi.errors import InputError, ScenarioError, did_you_mean
from simkpi.experiment.verdicts import MET, MISSED, UNKNOWN, Verdict, direction_of, fault_of, parameters_of
from simkpi.kpi.measure import KPIS
from simkpi.scenario.document import Document
from simkpi.scenario.spec import Target
from simkpi.scenario.yaml_reader import read_yaml

_KEYS = ("threshold", "direction", "amber", "within")


class Goal(Target):
    """A target of a log, which may say how far a miss is only amber."""

    amber: float | None = None


@dataclass(frozen=True)
class LogVerdict(Verdict):
    """A target and what the log says about it; ``light`` is ``green``, ``amber``, ``red`` or empty if there is no figure."""

    light: str = ""


Goals = Mapping[str, Mapping[str, Goal]]


def read_target_file(path: str | Path) -> dict[str, dict[str, Goal]]:
    """Read targets: a scenario file's ``targets``, or a file of them alone; ``service_level: 80% in 20s`` at the top means all.

    The long form ``abandon_rate: {threshold: 5%, direction: at most, amber: 8%}`` says how far a miss is amber and not yet red.

    Raises
    ------
    ScenarioError
        With every mistake and its line.
    """
    try:
        document = read_yaml(Path(path).read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "is not UTF-8"
        raise ScenarioError(f"{path}: {reason}") from None
    data = document.root.data()
    inside: tuple[str, ...] = ("targets",) if isinstance(data, dict) and "targets" in data else ()
    blocks = data["targets"] if inside else data
    if not isinstance(blocks, dict) or not blocks:
        raise ScenarioError(f"{path}: no targets found; write e.g. service_level: 80% in 20s")
    problems = list(document.problems)
    goals: dict[str, dict[str, Goal]] = {}
    for name, block in blocks.items():
        nested = isinstance(block, dict) and "threshold" not in block
        entries = block if nested else {name: block}
        contact, place = (name, (*inside, name)) if nested else ("all", inside)
        for kpi, words in entries.items():
            target = _read(document, (*place, kpi), kpi, words, problems)
            if target is not None:
                goals.setdefault(contact, {})[kpi] = target
    if problems:
        raise ScenarioError(problems)
    return goals


def _read(document: Document, place: tuple[str, ...], kpi: str, words: Any, problems: list[Any]) -> Goal | None:
    amber = None
    try:
        if isinstance(words, dict) and "threshold" in words:
            unknown = [key for key in words if key not in _KEYS]
            if unknown:
                problems += [document.problem((*place, key), f"unknown field{did_you_mean(key, _KEYS)}") for key in unknown]
                return None
            amber = None if words.get("amber") is None else Target.model_validate(words["amber"]).value
            words = _in_words(words)
        target = Goal.model_construct(**Target.model_validate(words).model_dump(), amber=amber)
    except ValidationError as error:
        problems += [document.problem(place, str(fault["msg"]).removeprefix("Value error, ")) for fault in error.errors()]
        return None
    fault = _amber_fault(kpi, target) or fault_of(place[-2] if len(place) > 1 else "all", kpi, target)
    if fault:
        problems.append(document.problem(place, fault))
    return target


def _in_words(entry: Mapping[str, Any]) -> str:
    direction, within = entry.get("direction"), entry.get("within")
    return " ".join(
        [
            *([str(direction).replace("_", " ")] if direction else []),
            str(entry["threshold"]),
            *([f"in {within}"] if within else []),
        ]
    )


def _amber_fault(kpi: str, target: Goal) -> str:
    if target.amber is None or kpi not in KPIS:
        return ""
    worse = target.amber < target.value if direction_of(kpi, target) == "at_least" else target.amber > target.value
    return "" if worse else "amber must be worse than the threshold: a miss up to there is amber, beyond it red"


def judge_log(
    goals: Goals, interactions: pl.LazyFrame, score: Callable[[pl.LazyFrame, str, dict[str, Any]], Mapping[str, Any]]
) -> tuple[LogVerdict, ...]:
    """Judge every target by the log's figure; a log is what happened, so there is no doubt in it.

    Parameters
    ----------
    goals : mapping
        Contact type, channel or ``all`` -> KPI -> target.
    interactions : LazyFrame
        The log.
    score : callable
        Scores one KPI of some interactions with parameters; returns the row.

    Raises
    ------
    InputError
        If the log has no such contact type or channel.
    """
    found = []
    for contact, block in goals.items():
        chosen = interactions if contact == "all" else interactions.filter(_where(interactions, contact))
        for name, target in block.items():
            kpi, direction = KPIS.get(name), direction_of(name, target)
            value = score(chosen, name, parameters_of(name, target))["value"]
            figures = {"value": value, "low": None, "high": None, "half_width": None}
            verdict = _verdict(target.value, direction, value)
            amber = target.amber is not None and _verdict(target.amber, direction, value) == MET
            light = {MET: "green", MISSED: "amber" if amber else "red"}.get(verdict, "")
            found.append(
                LogVerdict(
                    contact,
                    kpi.name,
                    target.value,
                    direction,
                    target.within,
                    **figures,
                    unit=kpi.unit,
                    verdict=verdict,
                    light=light,
                )
            )
    return tuple(found)


def _verdict(goal: float, direction: str, value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return MET if (value >= goal if direction == "at_least" else value <= goal) else MISSED


def _where(interactions: pl.LazyFrame, contact: str) -> pl.Expr:
    have = interactions.collect_schema().names()
    known: list[str] = []
    for column in ("contact_type", "channel"):
        if column in have:
            names = interactions.select(pl.col(column).unique()).collect().to_series().drop_nulls().to_list()
            if contact in names:
                return pl.col(column) == contact
            known += names
    raise InputError(f"targets.{contact}: the log has no such contact type or channel{did_you_mean(contact, known)}")
