"""JSON Schema of the short form, generated from the models: editors complete and check scenario files with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import TypeAdapter

from simkpi.scenario.base import Model
from simkpi.scenario.spec import Spec

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def scenario_schema() -> dict[str, Any]:
    """Return the schema of a scenario file, short forms included.

    Returns
    -------
    dict
        JSON Schema, draft 2020-12. It is more lenient than ``load``: it knows fields and kinds of values, not units.
    """
    schema = Spec.model_json_schema(by_alias=True, mode="validation")
    definitions = schema["$defs"]
    for model in _models(Model):
        block = definitions.get(model.__name__, schema if model is Spec else None)
        if block is None:
            continue
        _write_defaults(model, block["properties"])
        if model.written:
            head = {key: block.pop(key) for key in ("title", "description") if key in block}
            definitions[model.__name__] = {**head, "anyOf": [*model.written, block]}
    return {"$schema": DIALECT, **_tidy(schema), "title": "simkpi scenario"}


def schema_text() -> str:
    """Return the schema as the text of a file."""
    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"


def _models(model: type[Model]) -> Iterator[type[Model]]:
    for child in model.__subclasses__():
        yield child
        yield from _models(child)


def _write_defaults(model: type[Model], properties: dict[str, Any]) -> None:
    """State the defaults as a planner would write them (``30m``, not 1800.0)."""
    for name, info in model.model_fields.items():
        entry = properties[info.alias or name]
        if (
            info.is_required()
            or info.default_factory is not None
            or info.default in (None, (), "")
            or "default:" in str(info.description)
        ):
            entry.pop("default", None)
        else:
            kind: Any = Annotated[(info.annotation, *info.metadata, None)]
            entry["default"] = TypeAdapter(kind).dump_python(info.default, mode="json", by_alias=True)


def _tidy(schema: Any) -> Any:
    """Drop what editors do not need: generated titles of fields, and descriptions' line breaks."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _tidy(item) for key, item in schema.items() if not (key == "title" and isinstance(item, str))}
    if isinstance(kept.get("description"), str):
        kept["description"] = " ".join(kept["description"].replace("``", "").split())
    return kept
