"""What a caller gives a KPI: durations, numbers, the name of a variant, each refused in words if it is none."""

from __future__ import annotations

from math import isfinite
from typing import Any

from simkpi.errors import InputError, did_you_mean
from simkpi.units import parse_duration, parse_share


def duration_of(name: str, value: object) -> float:
    """Return a duration in seconds, from a text such as 20s or a number of seconds."""
    try:
        seconds = parse_duration(value, bare="seconds") if isinstance(value, str) else float(value)  # type: ignore[arg-type]
    except (InputError, TypeError, ValueError) as error:
        raise InputError(f"{name}: must be a duration such as 20s, got {value!r}") from error
    if not 0 <= seconds < float("inf"):
        raise InputError(f"{name}: must be a finite duration of at least 0, got {value!r}")
    return seconds


def number_of(name: str, value: object) -> float:
    """Return a number, from one or from a share such as 75%."""
    try:
        number = parse_share(value) if isinstance(value, str) and value.strip().endswith("%") else float(value)  # type: ignore[arg-type]
    except (InputError, TypeError, ValueError):
        raise InputError(f"{name}: must be a number or a share such as 75%, got {value!r}") from None
    if not isfinite(number):
        raise InputError(f"{name}: must be a finite number, got {value!r}")
    return number


def choose(name: str, value: str, variants: dict[str, Any]) -> Any:
    """Return the variant called *value*.

    Raises
    ------
    InputError
        Naming the variants there are.
    """
    if value not in variants:
        hint = did_you_mean(str(value), list(variants)) or f"; variants: {', '.join(variants)}"
        raise InputError(f"{name}: unknown variant '{value}'{hint}")
    return variants[value]
