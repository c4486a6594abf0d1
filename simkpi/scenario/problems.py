"""What the models complain about, in planners' words: the place as written, what was got, what to try."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from simkpi.errors import Problem, did_you_mean
from simkpi.scenario.base import Model
from simkpi.scenario.document import Document, Place
from simkpi.scenario.fields import describe


@dataclass
class Findings:
    """What resolving and checking find: errors and warnings, each with its place."""

    document: Document
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def error(self, place: Sequence[str | int], message: str, *, lacks: str | None = None) -> None:
        """Note that something is wrong at *place*."""
        self.errors.append(self.document.problem(place, message, lacks=lacks))

    def warn(self, place: Sequence[str | int], message: str) -> None:
        """Note something legal but suspicious."""
        self.warnings.append(self.document.problem(place, message))

    def unknown(self, place: Sequence[str | int], kind: str, name: str, known: Iterable[str]) -> None:
        """Note a name that nothing bears."""
        self.error(place, unknown_name(kind, name, list(known)))


def unknown_name(kind: str, name: str, known: list[str]) -> str:
    """Say that *name* is unknown, with the nearest known name or all of them."""
    hint = did_you_mean(name, known) or (f"; known: {', '.join(known[:12])}" if known else "")
    return f"unknown {kind} '{name}'{hint}"


def bare_type(kind: Any) -> Any:
    """Strip ``Annotated`` and ``| None`` from a type."""
    while True:
        origin = get_origin(kind)
        if origin is Annotated:
            kind = get_args(kind)[0]
        elif origin in (Union, UnionType):
            kind = next((inner for inner in get_args(kind) if inner is not type(None)), None)
        else:
            return kind


def step(kind: Any, part: str | int) -> Any:
    """Return the type of *part* inside a value of type *kind*, None if there is no such part."""
    kind = bare_type(kind)
    if isinstance(kind, type) and issubclass(kind, Model):
        info = kind.field(part)
        return info.annotation if info else None
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if get_origin(kind) is tuple:
        return get_args(kind)[0]
    return None


def model_at(top: type[Model], place: Sequence[str | int]) -> type[Model] | None:
    """Return the model of the block at *place*."""
    kind: Any = top
    for part in place:
        kind = step(kind, part)
    kind = bare_type(kind)
    return kind if isinstance(kind, type) and issubclass(kind, Model) else None


def reword(error: ValidationError, top: type[Model], document: Document) -> list[Problem]:
    """Turn the models' errors into problems with place, line and advice, in the order of the file."""
    problems = [_reword_one(dict(item), top, document) for item in error.errors(include_url=False)]
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda problem: problem.line or 0)


def _reword_one(item: dict[str, Any], top: type[Model], document: Document) -> Problem:
    place: Place = tuple(part for part in item["loc"] if part != "[key]")
    kind, context, got = item["type"], item.get("ctx", {}), item.get("input")
    if kind == "missing":
        info = _field_info(top, place)
        example = f"; write e.g. {place[-1]}: {info.examples[0]}" if info and info.examples else ""
        return document.problem(place[:-1], f"is missing{example}", lacks=str(place[-1]))
    if kind == "extra_forbidden":
        known = _known_fields(top, place, document)
        hint = _field_hint(str(place[-1]), known) or f"; known: {', '.join(known)}"
        return document.problem(place, f"unknown field{hint}")
    return document.problem(place, _message(kind, context, got, item["msg"]))


def _message(kind: str, context: dict[str, Any], got: Any, original: str) -> str:
    shown = describe(got)
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", original))
    if kind == "literal_error":
        allowed = str(context["expected"])
        hint = did_you_mean(str(got), [word.strip("' ") for word in allowed.replace(" or ", ", ").split(",")])
        return f"must be {allowed}, got {shown}{hint}"
    limits = {
        "greater_than": ("gt", "must be more than"),
        "greater_than_equal": ("ge", "must be at least"),
        "less_than": ("lt", "must be less than"),
        "less_than_equal": ("le", "must be at most"),
    }
    if kind in limits:
        name, words = limits[kind]
        if name == "ge" and context[name] == 0:
            return f"must not be negative, got {shown}"
        return f"{words} {context[name]:,}, got {shown}"
    fixed = {
        "too_short": "must not be empty",
        "string_type": f"must be a text, got {shown}",
        "model_type": f"must be a block of fields, got {shown}",
        "model_attributes_type": f"must be a block of fields, got {shown}",
        "dict_type": f"must be a block of names and their fields, got {shown}",
        "tuple_type": f"must be a list, got {shown}; write e.g. [8, 12, 11]",
    }
    return fixed.get(kind, f"{original[:1].lower()}{original[1:]}, got {shown}")


#: Words that planners use for a field that is called otherwise here.
_SYNONYMS = {
    "agents": "count",
    "headcount": "count",
    "concurrency": "at_once",
    "max_concurrency": "at_once",
    "slots": "at_once",
    "aht": "handle",
    "handle_time": "handle",
    "talk_time": "talk",
    "hold_time": "hold",
    "acw": "wrap",
    "wrap_up": "wrap",
    "arrivals": "volume",
    "demand": "volume",
    "abandonment": "patience",
    "containment": "contains",
    "start": "from",
    "handed_over": "handed_off",
    "contact_types": "contacts",
    "queues": "contacts",
    "skills": "serves",
    "timezone": "calendar",
}


def _field_hint(name: str, known: list[str]) -> str:
    """Suggest the field that was probably meant, by its spelling or by the planner's word for it."""
    words = {word: called for word, called in _SYNONYMS.items() if called in known and word not in known}
    hint = did_you_mean(name, [*known, *words])
    for word, called in words.items():
        hint = hint.replace(f"'{word}'", f"'{called}'")
    return hint


def _field_info(top: type[Model], place: Place) -> FieldInfo | None:
    model = model_at(top, place[:-1])
    return model.field(place[-1]) if model else None


def _known_fields(top: type[Model], place: Place, document: Document) -> list[str]:
    model = model_at(top, place[:-1])
    known = model.names() if model else []
    outer = model_at(top, place[:-2]) if len(place) > 1 else None
    if outer is not None and outer.through == place[-2] and place[-2] not in document.locate(place[:-1])[0]:
        known = [*known, *outer.names()]
    return known
