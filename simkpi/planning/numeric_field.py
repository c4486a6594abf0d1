"""A numeric field of a scenario by its path: what it is now, in which unit it is written, and between which values to look."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simkpi.errors import InputError, ScenarioError
from simkpi.scenario.base import Model
from simkpi.scenario.files import override
from simkpi.scenario.paths import split_path
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Spec
from simkpi.units import format_duration, parse_duration, parse_number, parse_share

KINDS = ("share", "duration", "count", "number")


@dataclass(frozen=True)
class NumericField:
    """A field that can be turned up and down.

    Parameters
    ----------
    scenario : Scenario
    path : str
    kind : str
        ``share``, ``duration`` (seconds), ``count`` (whole) or ``number``.
    current : float or None
        Value now; None if it is not written and has no default.
    """

    scenario: Scenario
    path: str
    kind: str
    current: float | None

    def read(self, text: str) -> float:
        """Read a value as the file would: ``45%``, ``4m30s``, ``12``.

        Raises
        ------
        InputError
            If it is none.
        """
        return _read(text, self.kind, self.path)

    def show(self, value: float) -> str:
        """Write a value as the file would."""
        if self.kind == "share":
            return f"{value * 100:.4g}%"
        if self.kind == "duration":
            return format_duration(round(value, 1) if value < 100 else round(value))
        return f"{round(value)}" if self.kind == "count" else f"{value:.4g}"

    def put(self, value: float) -> Scenario:
        """Return the scenario with this value.

        Raises
        ------
        ScenarioError
            If the scenario can not have it.
        """
        return override(self.scenario, {self.path: self.written(value)})

    def written(self, value: float) -> Any:
        """Value as it stands in a file, with all its digits."""
        if self.kind == "share":
            return f"{value * 100:.10g}%"
        if self.kind == "duration":
            return f"{round(value * 1000)}ms"
        return round(value) if self.kind == "count" else float(f"{value:.12g}")

    def between(self) -> tuple[float, float]:
        """Where to look if nobody says it: all shares, else from a quarter to four times the value now.

        Raises
        ------
        InputError
            If there is no value now.
        """
        if self.kind == "share" and not self._may_exceed_all():
            return 0.0, 1.0
        if not self.current:
            raise InputError(
                f"{self.path}: is {'not set' if self.current is None else 0} now; say where to look (--between LOW HIGH)"
            )
        low, high = self.current / 4, self.current * 4
        return (max(1.0, math.floor(low)), math.ceil(high)) if self.kind == "count" else (low, high)

    def _may_exceed_all(self) -> bool:
        """Whether more than 100% is possible: a factor or a spread, not a share."""
        try:
            self.put(1.5)
        except ScenarioError:
            return False
        return True


def numeric_field(scenario: Scenario, path: str, example: str | None = None) -> NumericField:
    """Find the field at *path*.

    Parameters
    ----------
    scenario : Scenario
    path : str
        As for :func:`simkpi.scenario.files.override`.
    example : str, optional
        A value as it would be written; tells the unit of a field that has no value now.

    Raises
    ------
    InputError
        If it is no number.
    ScenarioError
        If the path names nothing.
    """
    spec = Spec.model_validate(scenario.short)
    try:
        value, written = _walk(spec, split_path(path))
    except (KeyError, IndexError, AttributeError, TypeError, ValueError, StopIteration):
        override(scenario, {path: example if example is not None else 1})  # its message names the nearest field
        value = written = None
    if isinstance(value, (bool, Model, Mapping, tuple, list)):
        raise InputError(f"{path}: is a block, not a number; name a field in it")
    if value is None:
        if example is None:
            override(scenario, {path: 1})
            raise InputError(f"{path}: has no value now; say where to look (--between LOW HIGH)")
        return NumericField(scenario, path, _kind_of(example), None)
    kind = _kind(value, written)
    if kind is None:
        raise InputError(f"{path}: must be a number to be varied, is '{written}'")
    return NumericField(scenario, path, kind, float(value))


def _walk(spec: Spec, parts: list[str | int]) -> tuple[Any, Any]:
    """Value at the place, and as it is written in a file."""
    value: Any = spec
    written: Any = spec
    while parts:
        if isinstance(value, Model):
            name = next((key for key, info in type(value).model_fields.items() if parts[0] in (key, info.alias)), None)
            if name is None:
                value = getattr(value, value.through or "")
                continue
            block, value, parts = value, getattr(value, name), parts[1:]
            written = None if isinstance(value, Model) else block.model_dump(mode="json", include={name})
            written = written.get(name) if isinstance(written, dict) else None
        elif isinstance(value, Mapping):
            length = next(n for n in range(1, len(parts) + 1) if ".".join(map(str, parts[:n])) in value)
            key = ".".join(map(str, parts[:length]))
            value, parts, written = value[key], parts[length:], written[key] if isinstance(written, dict) else None
        else:
            index = int(parts[0])
            value, written, parts = value[index], written[index] if isinstance(written, list) else None, parts[1:]
    return value, value if written is None else written


def _kind(value: Any, written: Any) -> str | None:
    if isinstance(written, str) and isinstance(value, float):
        return "share" if written.endswith("%") else "duration"
    if isinstance(value, int):
        return "count"
    return "number" if isinstance(value, float) else None


def _kind_of(example: str) -> str:
    if example.strip().endswith("%"):
        return "share"
    try:
        return "count" if parse_number(example).is_integer() else "number"
    except InputError:
        return "duration"


def _read(text: str, kind: str, path: str) -> float:
    try:
        if kind == "share":
            return parse_number(text.strip()[:-1]) / 100 if text.strip().endswith("%") else parse_share(text)
        value = parse_duration(text, bare="seconds") if kind == "duration" else parse_number(text)
    except InputError as error:
        raise InputError(f"{path}: {error.problems[0].message}") from None
    if kind == "count" and not value.is_integer():
        raise InputError(f"{path}: must be a whole number, got '{text}'")
    return value
