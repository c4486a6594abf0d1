"""Why a cell has to be computed although the folder holds others: what of it has changed since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from simkpi.experiment.cells import Cell, changed_fields
from simkpi.experiment.plan import Plan
from simkpi.experiment.store import Store

#: Changed fields that are listed.
_MOST_FIELDS = 3


def explain(plan: Plan, store: Store) -> Iterator[tuple[int, int, int, str]]:
    """Say for each variant what is kept and why the rest is computed.

    Yields
    ------
    tuple
        Place of the variant, cells kept, cells to compute, and why (empty if nothing is to be computed).
    """
    sound = {kept.key for kept in store.sound(plan.cells_by_key)}
    there = store.keys()
    made_of = [json.loads(text) for text in store.ingredients().values()]
    before = _digests_before(store)
    for place, cells in enumerate(plan.cells):
        lacking = [cell for cell in cells if cell.key not in sound]
        if not lacking:
            yield place, len(cells), 0, ""
        elif any(cell.key in there for cell in lacking):
            yield place, len(cells) - len(lacking), len(lacking), "its stored bytes are damaged (checksum)"
        else:
            earlier = before.get(json.dumps(plan.changes[place], sort_keys=True))
            yield place, len(cells) - len(lacking), len(lacking), _reason(lacking[0], made_of, earlier, store)


def _digests_before(store: Store) -> dict[str, str]:
    """Map the changes of a variant to the digest that the scenario had when it was last swept."""
    return {
        json.dumps(variant["changes"], sort_keys=True): variant["digest"]
        for plan in map(json.loads, store.plans())
        for variant in plan["variants"]
    }


def _reason(cell: Cell, made_of: list[dict[str, Any]], earlier: str | None, store: Store) -> str:
    wanted = cell.ingredients
    alike = [one for one in made_of if one["scenario"] == wanted["scenario"]]
    if alike:
        differing = min((_differing(one, wanted) for one in alike), key=len)
        return "; ".join(_shown(name, _one_of(alike, differing, wanted)[name], wanted[name]) for name in differing)
    old = store.scenario(earlier) if earlier is not None else None
    if old is None:
        return "not computed yet"
    fields = changed_fields(json.loads(old), json.loads(cell.subject.content))
    more = f" and {len(fields) - _MOST_FIELDS} more fields" if len(fields) > _MOST_FIELDS else ""
    return "; ".join(fields[:_MOST_FIELDS]) + more or "not computed yet"


def _one_of(alike: list[dict[str, Any]], differing: list[str], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the first of *alike* that differs from *wanted* in nothing but *differing*."""
    return next(one for one in alike if _differing(one, wanted) == differing)


def _differing(one: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    return [name for name in wanted if one.get(name) != wanted[name]]


def _shown(name: str, old: Any, new: Any) -> str:
    if name == "replications":
        return f"replications {new[0] + 1} to {sum(new)}: not computed yet"
    if name == "scoring":
        return ", ".join(f"{key}: {_short(old[key])}, now {_short(new[key])}" for key in new if old.get(key) != new[key])
    label = {"format": "result format", "simkpi": "simkpi version"}.get(name, name)
    return f"{label}: {old}, now {new}"


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return (text if len(text) <= 60 else f"{text[:56]} ...") or "nothing"
