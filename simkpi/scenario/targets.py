"""Goals in a planner's words: ``80% in 20s``, ``at most 5%``, ``60s``, to fields and back."""

from __future__ import annotations

import re
from typing import Any

from simkpi.errors import InputError
from simkpi.scenario.fields import describe, plain_number
from simkpi.units import format_duration, format_share, parse_duration, parse_number, parse_share

_DIRECTIONS = {"at most": "at_most", "<=": "at_most", "at least": "at_least", ">=": "at_least"}
_WORDS = {"at_most": "at most ", "at_least": "at least ", None: ""}


def read_target(value: Any) -> dict[str, Any]:
    """Split a goal into value, unit, direction and threshold.

    Raises
    ------
    ValueError
        If it is no goal.

    Examples
    --------
    >>> read_target("at most 5%")
    {'value': 0.05, 'unit': 'fraction', 'direction': 'at_most', 'within': None}
    """
    if value is None or isinstance(value, (bool, list, tuple)):
        raise ValueError(f"must be a target, got {describe(value)}; write e.g. 80% in 20s or at most 5%")
    match = re.fullmatch(r"\s*(?:(at most|at least|<=|>=)\s*)?(.+?)(?:\s+in\s+(.+?))?\s*", str(value))
    if match is None:
        raise ValueError(f"must be a target, got {describe(value)}; write e.g. 80% in 20s or at most 5%")
    words, figure, within = match.groups()
    try:
        amount, unit = _figure(figure)
    except InputError as error:
        raise ValueError(f"{error.problems[0].message} (a target is e.g. 80% in 20s, at most 5%, 60s)") from None
    return {"value": amount, "unit": unit, "direction": _DIRECTIONS.get(words), "within": within}


def _figure(text: str) -> tuple[float, str]:
    if text.endswith("%"):
        return parse_share(text), "fraction"
    if re.fullmatch(r"[\d.,eE+-]+", text, re.ASCII):
        return parse_number(text), "number"
    if not any(letter.isdigit() for letter in text):
        raise InputError(f"must be a target, got '{text}'")
    return parse_duration(text), "seconds"


def write_target(value: float, unit: str, direction: str | None, within: float | None) -> str:
    """Write a goal as :func:`read_target` reads it.

    Examples
    --------
    >>> write_target(0.8, "fraction", None, 20.0)
    '80% in 20s'
    """
    if unit == "fraction":
        figure = format_share(value)
    else:
        figure = format_duration(value) if unit == "seconds" else str(plain_number(value))
    return f"{_WORDS[direction]}{figure}" + (f" in {format_duration(within)}" if within is not None else "")
