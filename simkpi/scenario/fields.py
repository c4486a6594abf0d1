"""Field types of scenario files: what people write (``4m30s``, ``80%``, ``8:30``) checked and turned into one unit each.

Every value is rounded to what :mod:`simkpi.units` prints for it, so that a resolved scenario, written and read again,
is the same scenario.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from simkpi import units
from simkpi.errors import InputError

#: Longest duration, seconds: 10,000 days.
MAX_DURATION = 10_000 * units.DAY


def _reader(parse: Callable[[str], float], numbers: Callable[[float], float]) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or value is None or isinstance(value, (list, dict)):
            raise ValueError(f"must be a single value, got {describe(value)}")
        try:
            if isinstance(value, (int, float)):
                if not math.isfinite(value):
                    raise ValueError(f"must be a finite number, got {value}")
                return numbers(float(value))
            if len(value) > 200:
                raise ValueError(f"must be a single value, got {describe(value)}")
            return parse(str(value))
        except InputError as error:
            raise ValueError(error.problems[0].message) from None

    return read


def describe(value: Any) -> str:
    """Name a YAML value in the planner's words: ``'ten'``, ``5``, ``a list of 3``, ``nothing``."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes/true" if value else "no/false"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"a block with {', '.join(str(key) for key in list(value)[:3]) or 'nothing'}"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 60 else f"'{value[:40]}...' ({len(value):,} characters)"
    return str(plain_number(value)) if isinstance(value, float) else str(value)


def _bare_duration(value: float) -> float:
    if value == 0:
        return 0.0
    raise ValueError(f"needs a unit, got {value:g}; write {value:g}s")


def read_duration(value: Any) -> float:
    """Read a duration, seconds, rounded to the millisecond; at most 10,000 days, so that ticks never overflow."""
    seconds = _reader(units.parse_duration, _bare_duration)(value)
    if seconds > MAX_DURATION:
        raise ValueError(f"must be at most 10,000 days, got {describe(value)}")
    return units.to_ticks(seconds) / units.TICKS_PER_SECOND


def _share(value: Any) -> float:
    def number(given: float) -> float:
        return units.parse_share(str(plain_number(given)))

    return units.parse_share(units.format_share(_reader(units.parse_share, number)(value)))


def read_number(value: Any) -> float:
    """Read any finite number."""
    return _reader(units.parse_number, float)(value)


def plain_number(value: float) -> int | float:
    """Write a whole number without a decimal point."""
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"must be a text, got {describe(value)}; put it in quotes")


def _seed(value: Any) -> int | str:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, (int, str)) and not isinstance(value, bool):
        return value
    raise ValueError(f"must be a whole number or a text, got {describe(value)}")


def _count(value: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(f"must be a whole number, got {value}")
    try:
        number = read_number(value)
    except ValueError:
        raise ValueError(f"must be a whole number, got {describe(value)}") from None
    if not number.is_integer():
        raise ValueError(f"must be a whole number, got {describe(value)}")
    return int(number)


def _time_of_day(value: Any) -> float:
    def number(given: float) -> float:
        raise ValueError(f"must be a time of day, got {given:g}; write e.g. 08:30")

    return _reader(units.parse_time_of_day, number)(value)


def read_spread(value: Any) -> float:
    """Read a spread or factor: any fraction, zero or more."""

    def parse(text: str) -> float:
        clean = text.strip()
        number = units.parse_number(clean[:-1]) / 100 if clean.endswith("%") else units.parse_number(clean)
        if number < 0:
            raise InputError(f"must not be negative, got '{text}'")
        return number

    number = _reader(parse, lambda given: parse(str(plain_number(given))))(value)
    return parse(units.format_share(number))


def read_signed_share(value: Any) -> float:
    """Read a change of a share, between -100% and 100%; a bare 1 could be one per cent, and is refused."""

    def parse(text: str) -> float:
        clean = text.strip()
        number = units.parse_number(clean.removesuffix("%"))
        if not clean.endswith("%") and abs(number) == 1:
            raise InputError(f"could be {number:g}% or {number:g}00%, got '{text}'; write the one you mean")
        share = number / 100 if clean.endswith("%") else number
        if abs(share) > 1:
            hint = f"; write {number:g}% if you mean per cent" if abs(share) <= 100 and not clean.endswith("%") else ""
            raise InputError(f"must be a change between -100% and 100%, got '{text}'{hint}")
        return share or 0.0

    share = _reader(parse, lambda given: parse(str(plain_number(given))))(value)
    return parse(units.format_share(share))


_DURATION_SCHEMA = {
    "type": ["string", "integer"],
    "description": "A duration: 90s, 4m30s, 1h30; 0 needs no unit",
    "examples": ["4m30s"],
}
_SHARE_SCHEMA = {"type": ["string", "number"], "description": "A share: 80% or 0.8", "examples": ["80%"]}
_NUMBER_SCHEMA = {"type": ["number", "string"]}

#: Seconds (whole milliseconds), zero or more.
Duration = Annotated[
    float,
    BeforeValidator(read_duration),
    PlainSerializer(units.format_duration, when_used="json"),
    WithJsonSchema(_DURATION_SCHEMA),
]
#: Seconds, more than zero.
PositiveDuration = Annotated[Duration, Field(gt=0), WithJsonSchema(_DURATION_SCHEMA)]
#: Fraction between 0 and 1.
Share = Annotated[
    float, BeforeValidator(_share), PlainSerializer(units.format_share, when_used="json"), WithJsonSchema(_SHARE_SCHEMA)
]
#: A coefficient of variation or other spread, a fraction that may exceed 1 (``12%`` or 0.12).
Spread = Annotated[
    float,
    BeforeValidator(read_spread),
    PlainSerializer(units.format_share, when_used="json"),
    WithJsonSchema(_SHARE_SCHEMA),
]
#: A spread or shape read best as a plain number (``cv: 1.1``).
Ratio = Annotated[
    float,
    BeforeValidator(read_spread),
    PlainSerializer(plain_number, when_used="json"),
    Field(gt=0),
    WithJsonSchema(_NUMBER_SCHEMA),
]
#: A factor such as an agent's speed: ``95%`` or 1.05; more than zero.
Factor = Annotated[Spread, Field(gt=0), WithJsonSchema(_SHARE_SCHEMA)]
#: Any finite number, zero or more.
Amount = Annotated[
    float,
    BeforeValidator(read_number),
    PlainSerializer(plain_number, when_used="json"),
    Field(ge=0),
    WithJsonSchema(_NUMBER_SCHEMA),
]
#: A whole number.
Whole = Annotated[int, BeforeValidator(_count), WithJsonSchema({"type": "integer"})]
#: A whole number, zero or more.
Count = Annotated[int, BeforeValidator(_count), Field(ge=0), WithJsonSchema({"type": "integer", "minimum": 0})]
#: Agents of a team at one time.
Headcount = Annotated[
    int,
    BeforeValidator(_count),
    Field(ge=0, le=1_000_000),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 1_000_000}),
]
#: A whole number, 1 or more.
PositiveCount = Annotated[int, BeforeValidator(_count), Field(ge=1), WithJsonSchema({"type": "integer", "minimum": 1})]
#: Seconds after midnight, up to 24:00.
TimeOfDay = Annotated[
    float,
    BeforeValidator(_time_of_day),
    PlainSerializer(units.format_time_of_day, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^\\d{1,2}:\\d{2}(:\\d{2})?$", "examples": ["08:30"]}),
]
#: A name or other text; a number is read as its digits.
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": "string"})]
#: Any whole number or text.
Seed = Annotated[int | str, BeforeValidator(_seed), WithJsonSchema({"type": ["integer", "string"]})]
