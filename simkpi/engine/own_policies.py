"""Routing policies of the user's own: where they are written, whether they keep to their numbers, and what they do wrong."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import Any

from simkpi.engine.routing.policy import PARTS, SHIPPED, Rank, Ranking
from simkpi.errors import InputError, Problem

#: Modules by which a ranking would no longer be a function of its numbers.
_CHANCE = ("random", "secrets", "time", "numpy.random")
#: Ranks are whole numbers of 64 bits in all engines.
_HIGHEST = (1 << 63) - 1


def is_shipped(ranking: Ranking) -> bool:
    """Whether *ranking* is one of simkpi's."""
    return str(getattr(ranking, "__module__", "")).startswith(SHIPPED)


def guarded(ranking: Ranking, name: str, asked: Sequence[str]) -> Ranking:
    """Return *ranking*, if it is the user's own, with its errors and its ranks checked; a shipped one as it is.

    Parameters
    ----------
    ranking : callable
        Of the numbers *asked*, in that order.
    name : str
        Of the policy.
    asked : sequence of str

    Returns
    -------
    callable
        Raises InputError if the ranking fails, or returns anything but a whole number of 64 bits or up to three of them.
        Ranks have three parts then, as in the compiled engine: zeros where there are fewer.
    """
    return ranking if is_shipped(ranking) else partial(_checked, ranking, name, asked)


def _checked(ranking: Ranking, name: str, asked: Sequence[str], *numbers: int) -> Rank:
    try:
        rank: Any = ranking(*numbers)
    except Exception as error:
        file, line = _last_place(error, ranking)
        raise _fault(name, asked, numbers, f"fails: {type(error).__name__}: {error}", (file, line)) from error
    parts = rank if isinstance(rank, tuple) else (rank,)
    if not 0 < len(parts) <= PARTS or not all(_is_whole(part) for part in parts):
        wrong = f"returns {rank!r}, no whole number of 64 bits and no tuple of one to {PARTS} of them"
        raise _fault(name, asked, numbers, wrong, place_of(ranking))
    return (*map(int, parts), *(0,) * (PARTS - len(parts)))


def _is_whole(part: Any) -> bool:
    return hasattr(part, "__index__") and abs(int(part)) <= _HIGHEST


def _fault(name: str, asked: Sequence[str], numbers: Sequence[int], what: str, place: tuple[str, int | None]) -> InputError:
    given = ", ".join(f"{each}={number}" for each, number in zip(asked, numbers, strict=True))
    return InputError(Problem(f"policy '{name}': its ranking of {given} {what}", file=place[0], line=place[1]))


def place_of(ranking: Ranking) -> tuple[str, int | None]:
    """Return file and line in which *ranking* is written, empty and None where it has none."""
    code = getattr(inspect.unwrap(ranking), "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None else ("", None)


def _last_place(error: Exception, ranking: Ranking) -> tuple[str, int | None]:
    """Return file and line of the ranking where *error* came from."""
    file, line = place_of(ranking)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return (file, frames[-1].lineno) if frames else (file, line)


def check_chance(ranking: Ranking, name: str) -> None:
    """Refuse a ranking that goes by chance or by the clock: it would rank otherwise each time, and in each engine.

    Raises
    ------
    InputError
        Naming the module.
    """
    try:
        seen = inspect.getclosurevars(inspect.unwrap(ranking))
    except TypeError:  # no function: an object that can be called
        return
    for key, value in {**seen.globals, **seen.nonlocals}.items():
        module = value.__name__ if isinstance(value, ModuleType) else str(getattr(value, "__module__", ""))
        if module == "numpy" and "random" in seen.unbound:
            module = "numpy.random"
        if module in _CHANCE or type(value).__module__ in _CHANCE:
            file, line = place_of(ranking)
            uses = f"uses '{key}' ({module}), but may only go by its numbers, so that runs can be repeated"
            raise InputError(Problem(f"policy '{name}': its ranking {uses}", file=file, line=line))
