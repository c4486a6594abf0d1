"""The reference of scenario fields as Markdown, generated from the models, so that it can not drift from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from simkpi.scenario.base import Model
from simkpi.scenario.problems import bare_type
from simkpi.scenario.schema import scenario_schema
from simkpi.scenario.spec import Spec


def field_reference() -> str:
    """Return one Markdown table per block of a scenario file: field, default, meaning, example."""
    schema = scenario_schema()
    sections = []
    for path, model in _blocks(Spec, "", {}):
        block = schema if model is Spec else schema["$defs"][model.__name__]
        full = next(
            (option for option in block.get("anyOf", []) if set(option.get("properties", {})) == set(model.names())), block
        )
        title = f"### `{path}`" if path else "### The file"
        intro = " ".join((model.__doc__ or "").replace("``", "`").split())
        rows = [_row(name, info, full["properties"]) for name, info in model.model_fields.items()]
        sections.append("\n".join([title, "", intro, "", "| field | default | meaning | example |", "|---|---|---|---|", *rows]))
    return "\n\n".join(sections) + "\n"


def _blocks(model: type[Model], path: str, seen: dict[type[Model], str]) -> Iterator[tuple[str, type[Model]]]:
    """Yield each block once, with the path at which it first stands."""
    if model in seen:
        return
    seen[model] = path
    yield path, model
    for name, info in model.model_fields.items():
        kind, suffix = bare_type(info.annotation), ""
        if get_origin(kind) is dict:
            kind, suffix = bare_type(get_args(kind)[1]), ".NAME"
            if get_origin(kind) is dict:
                kind, suffix = bare_type(get_args(kind)[1]), ".NAME.KPI"
        elif get_origin(kind) is tuple:
            kind, suffix = bare_type(get_args(kind)[0]), "[]"
        if isinstance(kind, type) and issubclass(kind, Model):
            yield from _blocks(kind, f"{path}.{info.alias or name}{suffix}".lstrip("."), seen)


def _row(name: str, info: FieldInfo, properties: dict[str, Any]) -> str:
    called = info.alias or name
    default = properties[called].get("default")
    shown = "required" if info.is_required() else f"`{default}`" if isinstance(default, (str, int, float)) else ""
    meaning = info.description or ""
    if get_origin(info.annotation) is Literal:
        meaning += f" One of {', '.join(f'`{choice}`' for choice in get_args(info.annotation))}."
    example = f"`{info.examples[0]}`" if info.examples else ""
    return f"| `{called}` | {shown} | {meaning} | {example} |".replace("  ", " ")
