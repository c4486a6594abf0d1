"""Resolved scenarios written down: plain data, YAML that reads well, and the digest that names what would be run."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import yaml

from simkpi.scenario.resolve import Scenario

#: Fields that change what is shown, never what is computed.
_DISPLAY = ("name", "locale")


class _Dumper(yaml.SafeDumper):
    """Quotes exactly the texts that the strict reader would take for something else; ``08:30`` and ``NO`` need no quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write equal rows out instead of as aliases."""
        return True


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Write a text; one with line breaks or control characters in double quotes, where they are escaped."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _write_text)
_Dumper.yaml_implicit_resolvers = {}
_Dumper.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|)\Z"), ["~", "n", ""])
_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), ["t", "f"])
_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+\Z"), list("-+0123456789"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?[.0-9]+(?:[eE][-+]?[0-9]+)?\Z"), list("-+.0123456789"))


def to_dict(scenario: Scenario) -> dict[str, Any]:
    """Return the resolved scenario as plain data in file form; ``load`` of it gives an equal scenario."""
    data: dict[str, Any] = scenario.spec.model_dump(mode="json", by_alias=True)
    return data


def to_yaml(data: dict[str, Any]) -> str:
    """Write plain data as a scenario file."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=130, default_flow_style=None)
    return text


def digest(scenario: Scenario) -> str:
    """Return the SHA-256 (hex) of the canonical JSON of what would be run; title and language do not count.

    The order of contact types and teams does: it settles ties.
    """
    data = {key: item for key, item in to_dict(scenario).items() if key not in _DISPLAY}
    canonical = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
