"""Fields by path (``teams.phone.count``, ``contacts.chat.volume.expected[0][3]``): change one in a short form."""

from __future__ import annotations

import re
from typing import Any, get_origin

from simkpi.errors import InputError, did_you_mean
from simkpi.scenario.base import Model
from simkpi.scenario.problems import bare_type, step

_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def split_path(path: str) -> list[str | int]:
    """Split a path into names and numbers.

    Raises
    ------
    InputError
        If it is no path.

    Examples
    --------
    >>> split_path("contacts.chat.volume.expected[0][3]")
    ['contacts', 'chat', 'volume', 'expected', 0, 3]
    """
    parts: list[str | int] = []
    position = 0
    while position < len(path):
        match = _PART.match(path, position)
        if match is None:
            break
        parts.append(int(match[1]) if match[1] is not None else match[2])
        position = match.end()
        if path[position : position + 1] == "." and position + 1 < len(path):
            position += 1
    if position < len(path) or not parts:
        raise InputError(f"is no path of a scenario, got '{path}'; write e.g. teams.phone.count")
    return parts


def put(short: Any, model: type[Model], path: str, value: Any) -> Any:
    """Return the short form with *value* at *path*.

    Parameters
    ----------
    short : dict
        The short form of a block.
    model : type of Model
        The block's model.
    path : str
        Names and list numbers from the block down.
    value : object
        What to write there, in short or long form.

    Raises
    ------
    InputError
        If the path names nothing, with the nearest name.
    """
    return _put(short, model, split_path(path), value)


def _put(short: Any, kind: Any, parts: list[str | int], value: Any) -> Any:
    if not parts:
        return value
    kind = bare_type(kind)
    if isinstance(kind, type) and issubclass(kind, Model):
        return _put_field(short, kind, parts, value)
    if get_origin(kind) is dict:
        return _put_named(short or {}, kind, parts, value)
    if get_origin(kind) is tuple and isinstance(short, (list, tuple)):
        index, items = parts[0], list(short)
        if not isinstance(index, int) or index >= len(items):
            raise InputError(f"has {len(items)} items, numbered [0] to [{len(items) - 1}]; got '{index}'")
        items[index] = _put(items[index], step(kind, index), parts[1:], value)
        return items
    raise InputError(f"has no field '{parts[0]}': it is a single value")


def _put_field(short: Any, model: type[Model], parts: list[str | int], value: Any) -> Any:
    try:
        block = {} if short is None else model.long_form(short)
    except ValueError as error:
        raise InputError(str(error)) from None
    if not isinstance(block, dict):
        raise InputError(f"must be a block of fields to hold '{parts[0]}'")
    name = parts[0]
    info = model.field(name)
    if info is None:
        inner = step(model, model.through) if model.through else None
        if inner is not None and bare_type(inner).field(name) is not None:
            return {**block, model.through: _put(block.get(model.through or ""), inner, parts, value)}
        hint = did_you_mean(str(name), model.names()) or f"; known: {', '.join(model.names())}"
        raise InputError(f"there is no field '{name}'{hint}")
    if name not in block and info.alias in block:
        name = str(info.alias)
    kept_too = {str(name), *(model.together if name in model.together else ())}
    dropped = set(model.alternatives) - kept_too if name in model.alternatives else set()
    kept = {key: item for key, item in block.items() if key not in dropped}
    return {**kept, str(name): _put(block.get(str(name)), info.annotation, parts[1:], value)}


def _put_named(block: dict[str, Any], kind: Any, parts: list[str | int], value: Any) -> Any:
    for length in range(1, len(parts) + 1):  # a name may hold dots
        name = ".".join(map(str, parts[:length]))
        if name in block:
            return {**block, name: _put(block[name], step(kind, name), parts[length:], value)}
    known = list(block)
    hint = did_you_mean(str(parts[0]), known) or (f"; known: {', '.join(known)}" if known else "")
    raise InputError(f"there is no '{parts[0]}'{hint}")
