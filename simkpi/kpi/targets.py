"""Targets: green, amber or red in words, against goals that are given or against what the sources call a concern."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from simkpi.errors import InputError, Problem, did_you_mean
from simkpi.kpi.measure import KPIS, Kpi
from simkpi.units import format_value

AT_LEAST, AT_MOST = "at least", "at most"
_DIRECTIONS = {
    **dict.fromkeys((AT_LEAST, ">=", "higher", "min"), AT_LEAST),
    **dict.fromkeys((AT_MOST, "<=", "lower", "max"), AT_MOST),
}
_DIRECTION_OF = {"higher": AT_LEAST, "lower": AT_MOST}
_KEYS = ("threshold", "direction", "red")


@dataclass(frozen=True)
class Target:
    """What a KPI should reach.

    Parameters
    ----------
    threshold : float
        The goal, in the KPI's unit; on the goal is met.
    direction : str
        ``at least`` or ``at most``.
    red : float or None
        A miss up to here is amber, beyond it red; None: every miss is red.
    """

    threshold: float
    direction: str
    red: float | None = None

    def light(self, value: float) -> str:
        """``green``, ``amber`` or ``red``."""
        if self._meets(value, self.threshold):
            return "green"
        return "amber" if self.red is not None and self._meets(value, self.red) else "red"

    def _meets(self, value: float, limit: float) -> bool:
        return value >= limit if self.direction == AT_LEAST else value <= limit


def read_targets(targets: Mapping[str, Any]) -> dict[str, Target]:
    """Read targets such as ``{"abandon_rate": {"threshold": 0.05, "direction": "at most"}, "fcr": 0.7}``.

    A bare number takes the KPI's own direction.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    found, problems = {}, []
    for name, given in targets.items():
        entry = given if isinstance(given, Mapping) else {"threshold": given}
        kpi = KPIS.get(name.partition(":")[0])
        problems += [Problem(f"unknown field '{key}'{did_you_mean(key, _KEYS)}", path=name) for key in entry if key not in _KEYS]
        numbers = {key: entry.get(key) for key in ("threshold", "red")}
        bad = [key for key, number in numbers.items() if not _is_number(number) and not (key == "red" and number is None)]
        problems += [Problem(f"must be a number, got {numbers[key]!r}", path=f"{name}.{key}") for key in bad]
        direction = entry.get("direction") or _DIRECTION_OF.get(kpi.better)
        if direction not in _DIRECTIONS:
            problems.append(Problem(f"must be 'at least' or 'at most', got {entry.get('direction')!r}", path=f"{name}.direction"))
        elif not bad:
            found[name] = Target(float(entry["threshold"]), _DIRECTIONS[direction], numbers["red"])
    if problems:
        raise InputError(problems)
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def benchmark(kpi: Kpi) -> Target | None:
    """Return what the KPI's source calls a concern (amber) and a failure (red), or None if it names nothing."""
    if kpi.amber is None:
        return None
    rises = kpi.red is not None and kpi.red > kpi.amber
    direction = _DIRECTION_OF.get(kpi.better) or (AT_MOST if rises else AT_LEAST)
    return Target(kpi.amber, direction, kpi.red if kpi.red is not None else (-math.inf if direction == AT_LEAST else math.inf))


def judge(table: pl.DataFrame, targets: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """Add ``target`` (in words) and ``light`` to a table of :func:`simkpi.kpi.score.score`.

    Parameters
    ----------
    table : DataFrame
        Scored KPIs, broken down or not.
    targets : mapping, optional
        KPI (or its label with the variant) -> target, see :func:`read_targets`; None: the benchmarks of the sources.

    Returns
    -------
    DataFrame
        ``light`` is ``green``, ``amber``, ``red``, ``undefined``, ``unavailable``, or null where there is no target.
        ``typical``: ``below``,
        ``within`` or ``above`` the range that the source calls usual.

    Raises
    ------
    InputError
        If a target can not be read.
    """
    goals = None if targets is None else {_label(name): goal for name, goal in read_targets(targets).items()}
    lights: list[str | None] = []
    words: list[str | None] = []
    places: list[str | None] = []
    for label, value, status in table.select("kpi", "value", "status").iter_rows():
        kpi = KPIS.get(label.partition(":")[0])
        goal = benchmark(kpi) if goals is None else goals.get(label) or goals.get(kpi.name)
        words.append(None if goal is None else f"{goal.direction} {format_value(goal.threshold, kpi.unit)}")
        lights.append(None if goal is None else goal.light(value) if status == "ok" else status)
        places.append(_place(value, kpi.typical))
    return table.with_columns(
        pl.Series("target", words, dtype=pl.String),
        pl.Series("light", lights, dtype=pl.String),
        pl.Series("typical", places, dtype=pl.String),
    )


def _label(name: str) -> str:
    base, colon, variant = name.partition(":")
    return f"{KPIS.name_of(base)}{colon}{variant}"


def _place(value: float | None, typical: tuple[float, float] | None) -> str | None:
    if value is None or typical is None:
        return None
    return "below" if value < typical[0] else "above" if value > typical[1] else "within"


def misses(judged: pl.DataFrame) -> pl.DataFrame:
    """Rows of a judged table whose target is missed or can not be checked; empty when all is well."""
    return judged.filter(pl.col("light").is_not_null() & (pl.col("light") != "green"))
