"""What a policy of the user's own does, as a short text: results may be used again only while its code is the same."""

from __future__ import annotations

import hashlib
import inspect
from types import FunctionType, ModuleType
from typing import Any

from simkpi.engine.routing.policy import Policy


def fingerprint(policy: Policy) -> str:
    """Return a digest of a policy's rankings: their source and the values that they go by.

    Parameters
    ----------
    policy : Policy
        Of the user's own.

    Returns
    -------
    str
        SHA-256 (hex) of the source of both rankings (their bytecode where there is no source, as at a prompt), their defaults,
        and the functions, numbers and texts outside that they name, in turn.

    Notes
    -----
    An object that is none of these is known by its type only: a policy should go by plain numbers.

    Examples
    --------
    >>> make = lambda limit: Policy("mine", None, lambda queued_at, now: (now - queued_at < limit, queued_at), "an example")
    >>> fingerprint(make(10)) == fingerprint(make(10)), fingerprint(make(10)) == fingerprint(make(20))
    (True, False)
    """
    seen: dict[int, str] = {}
    stated = [_stated(ranking, seen) for ranking in (policy.rank_agent, policy.rank_contact)]
    return hashlib.sha256(repr(stated).encode("utf-8")).hexdigest()


def _stated(value: Any, seen: dict[int, str]) -> str:
    """Write what *value* is: plain data as it stands, functions by their code, others by their type."""
    value = getattr(value, "py_func", value)  # a function that numba wrapped
    if isinstance(value, FunctionType):
        return _function(value, seen)
    if isinstance(value, (list, tuple)):
        return repr([_stated(each, seen) for each in value])
    if isinstance(value, (set, frozenset)):
        return repr(sorted(_stated(each, seen) for each in value))
    if isinstance(value, dict):
        return repr([(_stated(key, seen), _stated(each, seen)) for key, each in value.items()])
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return repr(value)
    if isinstance(value, ModuleType):
        return value.__name__
    return f"{type(value).__module__}.{type(value).__qualname__} {getattr(value, '__name__', '')}"


def _function(function: FunctionType, seen: dict[int, str]) -> str:
    if id(function) in seen:  # functions that call each other
        return seen[id(function)]
    seen[id(function)] = f"function {len(seen)}"
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):
        text = _bytecode(function.__code__)
    outside = inspect.getclosurevars(function)
    named = sorted({**outside.globals, **outside.nonlocals}.items())
    values = [_stated(part, seen) for part in (function.__defaults__, function.__kwdefaults__, named)]
    return repr([text, values])


def _bytecode(code: Any) -> str:
    inner = [_bytecode(each) if hasattr(each, "co_code") else repr(each) for each in code.co_consts]
    return repr([code.co_code.hex(), code.co_names, code.co_varnames, inner])
