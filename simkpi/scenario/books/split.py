"""A scenario taken apart into the sheets of a planner's workbook; what no sheet can say is left over for the last one."""

from __future__ import annotations

import copy
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simkpi.scenario.books.words import SETTINGS
from simkpi.scenario.days import WEEKDAYS, by_weekday
from simkpi.scenario.files import override
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.skills import named_skills
from simkpi.scenario.teams import Staffing
from simkpi.scenario.volumes import Volume
from simkpi.units import parse_duration, parse_number, parse_share

#: What identifies the rows of a sheet: interval, first interval, and how many rows each day has.
Layout = tuple[float, float, tuple[tuple[str, int], ...]]


@dataclass(frozen=True)
class Numbers:
    """Rows of numbers by day, of one contact type or team."""

    interval: float
    start: float
    rows: dict[str, tuple[float, ...]]

    @property
    def layout(self) -> Layout:
        """Return what two columns of one sheet must have in common."""
        return self.interval, self.start, tuple((key, len(row)) for key, row in self.rows.items())


@dataclass
class Parts:
    """What each sheet says."""

    settings: dict[str, Any] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    teams: dict[str, dict[str, Any]] = field(default_factory=dict)
    forecast: dict[str, Numbers] = field(default_factory=dict)
    staff: dict[str, Numbers] = field(default_factory=dict)
    targets: list[tuple[str, str, Any]] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)


def split(scenario: Scenario, *, lang: str | None = None) -> Parts:
    """Take a scenario apart.

    Parameters
    ----------
    scenario : Scenario
        A loaded scenario.
    lang : str or None
        Language that the results of the plan shall have; None keeps the scenario's.

    Returns
    -------
    Parts
        Durations in seconds, shares as fractions where a sheet has a column for them, otherwise as written.
    """
    rest, parts = copy.deepcopy(scenario.short), Parts()
    plain = _unchanged(scenario)
    parts.forecast = _shared({name: _volume(block, plain, name) for name, block in rest["contacts"].items()})
    parts.staff = _shared({name: _staffing(block, plain, name) for name, block in rest["teams"].items()})
    for name, block in rest["contacts"].items():
        parts.contacts[name] = _contact(block, name in parts.forecast)
    rest["teams"] = {name: named_skills(block) for name, block in rest["teams"].items()}
    for name, block in rest["teams"].items():
        parts.teams[name] = _team(block, name in parts.staff)
    _calendar(rest, scenario)
    rest.pop("simkpi", None)
    if lang:
        rest["locale"] = lang
    parts.settings = {path: _take(rest, path.split(".")) for path in SETTINGS if not path.startswith("#")}
    for sheet, named in (("#forecast", parts.forecast), ("#staff", parts.staff)):
        parts.settings[sheet] = next((numbers.interval for numbers in named.values()), None)
    parts.targets = _targets(rest)
    parts.fields = dict(_fields(rest))
    return parts


def _unchanged(scenario: Scenario) -> Scenario:
    """Return the scenario before factors and overlays, which stay fields of their own."""
    changes: dict[str, Any] = {"overlays": {}} if scenario.short.get("overlays") else {}
    for name, block in scenario.short["contacts"].items():
        if isinstance(block["volume"], dict) and "scale" in block["volume"]:
            changes[f"contacts.{name}.volume.scale"] = 1
    return override(scenario, changes) if changes else scenario


def _take(block: Any, path: list[str]) -> Any:
    """Take the value at *path* out, if it is a single one."""
    inner = block
    for part in path[:-1]:
        inner = inner.get(part) if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or isinstance(inner.get(path[-1]), (dict, list)):
        return None
    return inner.pop(path[-1], None)


def _calendar(rest: dict[str, Any], scenario: Scenario) -> None:
    """Write the opening hours weekday by weekday, and the first day out, which a default may have set."""
    calendar = rest.setdefault("calendar", {})
    given = calendar.get("open", "00:00-24:00")
    week = by_weekday(given) if isinstance(given, dict) else dict.fromkeys(range(7), given)
    calendar["open"] = {WEEKDAYS[day]: week.get(day, "closed") for day in range(7)}
    calendar.setdefault("from", scenario.spec.calendar.start.isoformat())
    calendar.setdefault("days", scenario.spec.calendar.days)


def _volume(block: dict[str, Any], plain: Scenario, name: str) -> Numbers | None:
    volume = Volume.model_validate(block["volume"])
    if volume.rate is not None or volume.replay is not None or volume.arrivals is not None:
        return None
    resolved = plain.spec.contacts[name].volume
    every = volume.expected is not None and len(volume.expected) == 1
    return _numbers(plain, resolved.interval, resolved.start, volume.weekdays, resolved.expected or (), every=every)


def _staffing(block: dict[str, Any], plain: Scenario, name: str) -> Numbers | None:
    if block.get("staffing") is None:
        return None
    staffing, resolved = Staffing.model_validate(block["staffing"]), plain.spec.teams[name].staffing
    assert resolved is not None
    every = staffing.count is not None and len(staffing.count) == 1
    return _numbers(plain, resolved.interval, resolved.start, staffing.weekdays, resolved.count or (), every=every)


def _numbers(
    plain: Scenario,
    interval: float,
    start: float,
    weekdays: Mapping[str, tuple[float, ...]] | None,
    rows: tuple[tuple[float, ...], ...],
    *,
    every: bool,
) -> Numbers:
    """Choose how the days are named: weekdays as written, one row for every open day, or dates."""
    if weekdays:
        return Numbers(interval, start, dict(weekdays))
    if every:  # the days on which the centre is closed have zeros
        return Numbers(interval, start, {"": max(rows, key=sum)})
    first = plain.spec.calendar.start
    return Numbers(interval, start, {(first + dt.timedelta(days=day)).isoformat(): row for day, row in enumerate(rows)})


def _shared(found: dict[str, Numbers | None]) -> dict[str, Numbers]:
    """Return those that fit into one sheet: with the commonest layout, whose times lie within a day."""
    layouts = Counter(one.layout for one in found.values() if one is not None and _fits(one))
    common = layouts.most_common(1)[0][0] if layouts else None
    return {name: one for name, one in found.items() if one is not None and one.layout == common}


def _fits(one: Numbers) -> bool:
    longest = max(map(len, one.rows.values()), default=0)
    whole = not one.interval % 60 and not one.start % 60
    return bool(longest) and all(one.rows.values()) and whole and one.start + (longest - 1) * one.interval < 86_400


def _contact(block: dict[str, Any], in_forecast: bool) -> dict[str, Any]:
    """Take out of *block* what the row of a contact type can say."""
    row = {"channel": _take(block, ["channel"])}
    handle = block.get("handle")
    if handle is not None and not (isinstance(handle, dict) and {"talk", "hold", "wrap"} & set(handle)):
        block["handle"] = handle = {"talk": handle}
    for part in ("talk", "hold", "wrap"):
        if isinstance(handle, dict):
            row |= _law(handle, part)
    row |= _law(block, "patience")
    row["resolved"] = _figure(block, "resolved", parse_share)
    volume = block["volume"]
    if in_forecast:
        for key in ("expected", "weekdays", "file", "column", "interval", "from"):
            volume.pop(key, None)
        row["day_spread"] = _figure(volume, "day_spread", _spread)
    return {key: value for key, value in row.items() if value is not None}


def _law(block: dict[str, Any], part: str) -> dict[str, Any]:
    """Take a duration out: lognormal by mean and variation, or a mean alone."""
    law = block.get(part)
    if isinstance(law, dict):
        inner = law.get("lognormal")
        if set(law) != {"lognormal"} or not isinstance(inner, dict) or set(inner) != {"mean", "cv"}:
            return {}
        del block[part]
        return {part: parse_duration(str(inner["mean"])), f"{part}_cv": _spread(str(inner["cv"]))}
    if law is None:
        return {}
    del block[part]
    return {part: "never" if law == "never" else 0 if law == 0 else parse_duration(str(law))}


def _spread(text: str) -> float:
    clean = text.strip()
    return parse_number(clean[:-1]) / 100 if clean.endswith("%") else parse_number(clean)


def _figure(block: Any, key: str, parse: Callable[[str], float]) -> float | None:
    if not isinstance(block, dict) or block.get(key) is None:
        return None
    return parse(str(block.pop(key)))


def _team(block: dict[str, Any], in_staff: bool) -> dict[str, Any]:
    """Take out of *block* what the row of a team can say."""
    skills, listed = block.pop("skills"), []
    for name, skill in skills.items():
        many = skill.get("at_once") if isinstance(skill, dict) and set(skill) == {"at_once"} else None
        listed.append(name if many is None else f"{name} x {many}")
        if skill and many is None:
            block.setdefault("skills", {})[name] = skill
    row: dict[str, Any] = {"skills": ", ".join(listed)}
    if any("," in name or ";" in name or " x " in name for name in skills):
        row, block["skills"] = {}, skills
    if in_staff:
        block.pop("staffing")
    elif isinstance(block.get("count"), (int, float)):
        row["count"] = block.pop("count")
    for part in ("planned", "unplanned"):
        row[part] = _figure(block.get("shrinkage"), part, parse_share)
    return {key: value for key, value in row.items() if value is not None}


def _targets(rest: dict[str, Any]) -> list[tuple[str, str, Any]]:
    found = []
    for whose, goals in (rest.get("targets") or {}).items():
        for kpi, goal in list(goals.items()):
            if not isinstance(goal, dict):
                found.append((whose, kpi, goals.pop(kpi)))
    return found


def _fields(rest: dict[str, Any]) -> dict[str, Any]:
    """Return what is left, by path: whole blocks, but field by field inside contact types, teams and what sheets hold in part."""
    found: dict[str, Any] = {}
    for key, block in rest.items():
        if key in {"contacts", "teams"}:
            for name, inner in block.items():
                found |= _opened(f"{key}.{name}", inner, {"volume", "handle", "skills", "shrinkage"})
        elif key in {"calendar", "costs", "run", "targets"}:
            found |= _opened(key, block, {"open"} if key == "calendar" else set())
        elif block not in (None, {}, []):
            found[key] = block
    return found


def _opened(path: str, block: dict[str, Any], opened: set[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in block.items():
        if isinstance(value, dict) and key in opened:
            found |= {f"{path}.{key}.{name}": inner for name, inner in value.items()}
        elif value not in (None, {}, []):
            found[f"{path}.{key}"] = value
    return found
