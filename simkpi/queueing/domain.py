"""What the formulas accept: finite numbers of the right sign, scalars or arrays that fit together; scalars give floats back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simkpi.errors import InputError, Problem
from simkpi.queueing.poisson_tails import Floats

#: Largest number of agents or places; beyond it a typing error is likelier than a contact centre.
MOST = 1e7


def positive(value: ArrayLike, name: str, *, infinite: str = "refuse") -> Floats:
    """Return *value* as floats of at least 0.

    Parameters
    ----------
    value : float or array
    name : str
        Argument's name, for the message.
    infinite : str
        ``refuse`` or ``accept``.

    Raises
    ------
    InputError
        If a number is negative, NaN, not a number, or infinite where that is refused.
    """
    try:
        numbers = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InputError(Problem(f"must be a number, got {value!r}", path=name)) from None
    bad = ~(numbers >= 0)
    if infinite == "refuse":
        bad |= np.isinf(numbers)
    if bad.any():
        what = "must be at least 0" if infinite == "accept" else "must be finite and at least 0"
        raise InputError(Problem(f"{what}, got {float(numbers[bad].flat[0])}", path=name))
    return numbers


def check_all(**checks: tuple[ArrayLike, str]) -> dict[str, Floats]:
    """Check every argument by :func:`positive` and report all problems at once.

    Parameters
    ----------
    **checks : (value, ``refuse`` or ``accept``)
        Argument, and whether it may be infinite.
    """
    problems: list[Problem] = []
    numbers: dict[str, Floats] = {}
    for name, (value, infinite) in checks.items():
        numbers[name] = _collect(value, name, infinite, problems)
    if problems:
        raise InputError(problems)
    return numbers


def _collect(value: ArrayLike, name: str, infinite: str, problems: list[Problem]) -> Floats:
    """Check one argument; note its problem instead of stopping."""
    try:
        numbers = positive(value, name, infinite=infinite)
    except InputError as error:
        problems.extend(error.problems)
        return np.zeros(())
    if name in {"agents", "places"} and (numbers[np.isfinite(numbers)] > MOST).any():
        problems.append(Problem(f"must be at most {MOST:,.0f}, got {numbers.max():,.0f}", path=name))
    return numbers


def broadcast(**arguments: Floats) -> tuple[tuple[int, ...], list[Floats]]:
    """Bring arguments to one shape; return it and the arguments as flat arrays.

    Raises
    ------
    InputError
        If the shapes do not fit together.
    """
    try:
        shape = np.broadcast_shapes(*(argument.shape for argument in arguments.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {argument.shape}" for name, argument in arguments.items() if argument.shape)
        raise InputError(f"the shapes of the arguments do not fit together, got {shapes}") from None
    return shape, [np.array(np.broadcast_to(argument, shape), dtype=float).ravel() for argument in arguments.values()]


def as_result(values: NDArray[Any], shape: tuple[int, ...]) -> Any:
    """Give a Python scalar for scalar input, an array of *shape* otherwise."""
    return values.reshape(shape) if shape else values.reshape(-1)[0].item()


def whole(value: float, name: str) -> int:
    """Return *value* as an int, or refuse it.

    Raises
    ------
    InputError
        If it is not a whole number of at least 0.
    """
    if not math.isfinite(value) or value < 0 or value != int(value):
        raise InputError(Problem(f"must be a whole number of at least 0, got {value}", path=name))
    return int(value)
