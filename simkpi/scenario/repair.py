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


def repaired(data: Any, model: type[Model], places: Sequence[Place]) -> Any:
    """Return plain data with each faulty place left out, or set to its field's example if it is required.

    Parameters
    ----------
    data : dict
        The short form.
    model : type of Model
        Its model.
    places : sequence of Place
        Where the models complain, in terms of the models (long form).

    Raises
    ------
    Unrepairable
        If a whole named block (a team, a contact type) is at fault: without it, what names it would look wrong too.
    """
    for place in places:
        data = _repair(data, model, place, 0)
    return data


def _repair(data: Any, model: type[Model], place: Place, at: int) -> Any:
    block = model_at(model, place[:at])
    if block is not None and at:
        try:
            data = block.long_form(data)
        except ValueError:
            return _example(model, place[:at])
    if at == len(place):
        return _example(model, place)
    part = place[at]
    if isinstance(data, dict):
        info = block.field(part) if block is not None else None
        if at == len(place) - 1 and (block is None or info is None or not info.is_required()):
            if block is None and at == 1:
                raise Unrepairable
            return {key: item for key, item in data.items() if key != part}
        return {**data, part: _repair(data.get(part), model, place, at + 1)}
    if isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data):
        if at == len(place) - 1:
            return [0 if index == part else item for index, item in enumerate(data)]
        return [_repair(item, model, place, at + 1) if index == part else item for index, item in enumerate(data)]
    raise Unrepairable


def _example(model: type[Model], place: Place) -> Any:
    """Return the example value of the field at *place*."""
    parent = model_at(model, place[:-1])
    info = parent.field(place[-1]) if parent is not None else None
    if info is None or not info.examples or "..." in str(info.examples[0]):
        raise Unrepairable
    return read_yaml(str(info.examples[0])).root.data()
