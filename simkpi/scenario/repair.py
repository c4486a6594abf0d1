"""A scenario with unreadable fields made readable, only so that its other mistakes can be told in the same go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simkpi.scenario.base import Model
from simkpi.scenario.document import Place
from simkpi.scenario.problems import model_at
from simkpi.scenario.yaml_reader import read_yaml


class Unrepairable(Exception):
    """What is wrong stands too high in the tree to guess the rest."""


def repaired(data: Any, model: type[Model], places: Sequence[Place], *, leave_out: bool = True) -> Any:
    """Return plain data with each faulty place left out, or set to its field's example if it is needed.

    Parameters
    ----------
    data : dict
        The short form.
    model : type of Model
        Its model.
    places : sequence of Place
        Where the models complain, in terms of the models (long form).
    leave_out : bool
        Whether fields that may be absent are left out; else they take their example too.

    Raises
    ------
    Unrepairable
        If a whole named block (a team, a contact type) is at fault: without it, what names it would look wrong too.
    """
    for place in places:
        data = _repair(data, model, place, 0, leave_out)
    return data


def _repair(data: Any, model: type[Model], place: Place, at: int, leave_out: bool) -> Any:
    block = model_at(model, place[:at])
    if block is not None and at:
        try:
            data = block.long_form(data)
        except ValueError:
            return _example(model, place[:at])
    if at == len(place):
        return _one_alternative(data, block) if block is not None else _example(model, place)
    part = place[at]
    if isinstance(data, dict):
        if at == len(place) - 1 and (block is None or (leave_out and not _is_needed(block, part))):
            if block is None and at == 1:
                return {**data, part: _repair(data.get(part), model, place, at + 1, leave_out)}
            return {key: item for key, item in data.items() if key != part}
        return {**data, part: _repair(data.get(part), model, place, at + 1, leave_out)}
    if isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data):
        if at == len(place) - 1:
            return [_example_item(model, place) if index == part else item for index, item in enumerate(data)]
        return [_repair(item, model, place, at + 1, leave_out) if index == part else item for index, item in enumerate(data)]
    raise Unrepairable


def _is_needed(block: type[Model] | None, part: str | int) -> bool:
    """Whether the block can not be read without the field: it is required, or one of several of which one is."""
    info = block.field(part) if block is not None else None
    return block is not None and info is not None and (info.is_required() or part in block.alternatives)


def _one_alternative(data: Any, block: type[Model]) -> Any:
    """Return a block that has none or several of its alternatives with the first of them only, as in its example."""
    if not isinstance(data, dict) or not block.alternatives:
        raise Unrepairable
    kept = {key: item for key, item in data.items() if key not in block.alternatives}
    return {**kept, block.alternatives[0]: _example(block, (block.alternatives[0],))}


def _example_item(model: type[Model], place: Place) -> Any:
    """Return the first item of the example of the list at *place*, 0 if there is none."""
    try:
        listed = _example(model, place[:-1])
    except Unrepairable:
        return 0
    return listed[0] if isinstance(listed, list) and listed else 0


def _example(model: type[Model], place: Place) -> Any:
    """Return the example value of the field at *place*."""
    parent = model_at(model, place[:-1])
    info = parent.field(place[-1]) if parent is not None else None
    if info is None or not info.examples or "..." in str(info.examples[0]):
        raise Unrepairable
    return read_yaml(str(info.examples[0])).root.data()
