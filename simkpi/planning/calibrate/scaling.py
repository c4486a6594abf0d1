"""Makes every time of a law longer or shorter by one factor."""

from __future__ import annotations

from typing import Any

from simkpi.units import format_duration, parse_duration

#: Parameters of laws that are times; the others are shapes.
_TIMES = ("mean", "median", "low", "high", "values", "min", "max", "mode")


def scaled_law(law: dict[str, Any], factor: float) -> dict[str, Any]:
    """Return *law*, as a scenario writes it, with all times multiplied by *factor*.

    Examples
    --------
    >>> scaled_law({"lognormal": {"mean": "4m", "cv": 0.9}}, 1.5)
    {'lognormal': {'mean': '6m', 'cv': 0.9}}
    >>> scaled_law({"fixed": 0}, 2)
    {'fixed': 0}
    """
    ((kind, parameters),) = law.items()
    if not isinstance(parameters, dict):
        return {kind: _scaled(parameters, factor)}
    return {
        kind: {
            name: [_scaled(each, factor) for each in value]
            if isinstance(value, list) and name in _TIMES
            else _scaled(value, factor)
            if name in _TIMES
            else value
            for name, value in parameters.items()
        }
    }


def _scaled(time: object, factor: float) -> object:
    if not isinstance(time, str):
        return time  # 0
    return format_duration(round(parse_duration(time) * factor, 3))
