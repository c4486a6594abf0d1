"""The laws that a scenario may name for a number of turns: whole numbers from 1."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from simkpi.scenario.base import Model
from simkpi.scenario.fields import Amount, PositiveCount, describe, read_number

#: Most turns that any conversation has.
MOST_TURNS = 500


class Geometric(Model):
    """From 1 on, each turn followed by another with the same chance. Source: any textbook, support 1, 2, 3 ..."""

    written = ({"type": "number", "description": "The mean: 4", "examples": [4]},)

    mean: Annotated[Amount, Field(ge=1, le=100)] = Field(description="Mean, 1 to 100.", examples=["4"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare number as the mean."""
        return value if isinstance(value, dict) else {"mean": value}


TurnsKind = Literal["fixed", "geometric", "weights"]
TURNS_KINDS: tuple[TurnsKind, ...] = get_args(TurnsKind)


class Turns(Model):
    """How many turns: exactly one law. A bare number is the mean of a geometric law from 1 on."""

    alternatives = TURNS_KINDS
    written = (
        {"type": "number", "description": "Mean of a geometric law from 1 on: 4", "examples": [4]},
        {
            "type": "array",
            "items": {"type": ["number", "string"]},
            "minItems": 1,
            "maxItems": MOST_TURNS,
            "description": "Weight of 1, 2, 3 ... turns: [40, 30, 20, 10]",
            "examples": [[40, 30, 20, 10]],
        },
    )

    fixed: Annotated[PositiveCount, Field(le=MOST_TURNS)] | None = Field(
        default=None, description="Always as many.", examples=["3"]
    )
    geometric: Geometric | None = Field(
        default=None, description="One, and after each turn another with the same chance.", examples=["{mean: 4}"]
    )
    weights: Annotated[tuple[Amount, ...], Field(min_length=1, max_length=MOST_TURNS)] | None = Field(
        default=None, description="Weight of 1, 2, 3 ... turns.", examples=["[40, 30, 20, 10]"]
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare number as the mean of the geometric law."""
        if isinstance(value, dict):
            return value
        if isinstance(value, (list, tuple)):
            return {"weights": value}
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError(f"must be a number of turns, got {describe(value)}; write e.g. 4")
        return {"fixed": 1} if read_number(value) == 1 else {"geometric": {"mean": value}}

    @model_validator(mode="after")
    def _exactly_one(self) -> Turns:
        given = [kind for kind in TURNS_KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of {', '.join(TURNS_KINDS)}, got {' and '.join(given) or 'none'}")
        if self.weights is not None and not math.fsum(self.weights) > 0:
            raise ValueError("needs a weight above 0")
        return self

    @model_serializer(mode="wrap", when_used="json")
    def _only_the_law(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: item for key, item in handler(self).items() if item is not None}

    @property
    def mean(self) -> float:
        """Mean number of turns."""
        if self.fixed is not None:
            return float(self.fixed)
        if self.geometric is not None:
            return self.geometric.mean
        assert self.weights is not None
        return math.fsum(count * weight for count, weight in enumerate(self.weights, 1)) / math.fsum(self.weights)
