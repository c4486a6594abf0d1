"""The JSON Schema for editors: up to date, and it accepts what load accepts and knows the fields that load knows."""

import json
from pathlib import Path

import pytest

from simkpi.scenario.dump import to_dict
from simkpi.scenario.files import load, scenarios_folder, shipped, shipped_names
from simkpi.scenario.schema import scenario_schema, schema_text

VALID = sorted((Path(__file__).resolve().parents[1] / "corpus" / "valid").glob("*.yaml"))
KINDS = {
    "object": dict,
    "array": list,
    "string": str,
    "null": type(None),
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def accepts(schema, value, top):
    """A small part of JSON Schema: the words that the scenario schema uses."""
    if "$ref" in schema:
        return accepts(top["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, top)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool)) for kind in kinds):
        return False
    if "anyOf" in schema and not any(accepts(option, value, top) for option in schema["anyOf"]):
        return False
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        return False
    if isinstance(value, dict) and not _accepts_block(schema, value, top):
        return False
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(accepts(schema.get("items", {}), item, top) for item in value)
    return not isinstance(value, (int, float)) or schema.get("minimum", value) <= value <= schema.get("maximum", value)


def _accepts_block(schema, value, top):
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", {})
    if set(schema.get("required", [])) - value.keys() or (rest is False and value.keys() - known.keys()):
        return False
    return all(accepts(known.get(key, rest or {}), item, top) for key, item in value.items())


def test_the_shipped_schema_is_up_to_date():
    committed = (scenarios_folder() / "scenario.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), "run: simkpi schema -o scenarios/scenario.schema.json"


@pytest.mark.parametrize("path", [*VALID, *map(shipped, shipped_names())], ids=lambda path: path.stem)
def test_the_schema_accepts_what_load_accepts(path):
    schema, scenario = scenario_schema(), load(path)
    assert accepts(schema, scenario.short, schema)
    assert accepts(schema, to_dict(scenario), schema)


@pytest.mark.parametrize(
    "change",
    [
        {"contcats": {}},
        {"simkpi": 2},
        {"teams": {"phone": {"skills": ["voice"], "agnets": 3}}},
        {"teams": {"phone": {"skills": ["voice"], "count": "ten"}}},
        {"contacts": {"voice": {"handle": "5m"}}},
        {"contacts": {"voice": {"volume": "1 per day", "handle": {"lognorm": {"mean": "5m", "cv": 1}}}}},
        {"contacts": {"voice": {"volume": 480, "handle": "5m"}}},
        {"run": {"end": "cutt"}},
    ],
)
def test_the_schema_refuses_what_no_scenario_is(change, small):
    schema = scenario_schema()
    assert accepts(schema, small, schema)
    assert not accepts(schema, {**small, **change}, schema)


def test_every_field_is_described():
    schema = scenario_schema()
    blocks = [schema, *(option for block in schema["$defs"].values() for option in (block, *block.get("anyOf", [])))]
    fields = [
        (name, entry)
        for block in blocks
        for name, entry in block.get("properties", {}).items()
        if "additionalProperties" in block
    ]
    assert len(fields) > 70
    bare = {name for name, entry in fields if entry and "description" not in entry and "$ref" not in entry}
    assert bare <= {"mean", "median", "shape"}  # the short form of a Weibull law repeats them


def test_defaults_are_shown_as_a_planner_writes_them():
    text = json.dumps(scenario_schema())
    assert '"default": "30m"' in text
    assert '"default": 1800' not in text
