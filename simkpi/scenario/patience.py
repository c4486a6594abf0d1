"""How long customers wait, and what they do when they have waited long enough."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from simkpi.scenario.base import Model
from simkpi.scenario.fields import PositiveDuration, Share
from simkpi.scenario.laws import LAW_KINDS, Law
from simkpi.scenario.lives import Silent

#: What may stand beside the law of the patience, and what of it is left out when it is not used.
_BESIDE = ("balk", "balk_per_waiting", "shorter_per_waiting", "at_most", "balk_above", "silent")
_DROPPED = ("shorter_per_waiting", "balk_above", "silent")


class Patience(Model):
    """How long a customer would wait; ``never`` gives up never. ``balk`` leave at once if nobody is free."""

    through = "law"
    written = (
        {"type": ["string", "integer"], "description": "Mean patience (exponential): 2m; or never", "examples": ["2m", "never"]},
        {"$ref": "#/$defs/Law"},
        {
            "type": "object",
            "description": "A law with balk and at_most beside it",
            "properties": {kind: {} for kind in (*LAW_KINDS, *_BESIDE)},
            "additionalProperties": False,
        },
    )

    law: Law | None = Field(
        default=None,
        description="Law of the patience; never = nobody gives up.",
        examples=["2m"],
    )
    balk: Share = Field(
        default=0.0,
        description="Share that leaves at once when nobody is free.",
        examples=["5%"],
    )
    balk_per_waiting: Share = Field(
        default=0.0,
        description="Chance that each contact already waiting deters the customer, who then leaves at once.",
        examples=["4%"],
    )
    shorter_per_waiting: Share | None = Field(
        default=None,
        description="Share by which each contact of the channel that already waits shortens the patience; empty = not at all.",
        examples=["15%"],
    )
    at_most: PositiveDuration | None = Field(
        default=None,
        description="Longest wait anybody accepts.",
        examples=["10m"],
    )
    balk_above: Law | None = Field(
        default=None,
        description="Longest announced wait that each customer accepts: who hears of a longer one leaves at once.",
        examples=["{lognormal: {mean: 5m, cv: 1}}"],
    )
    silent: Silent | None = Field(
        default=None,
        description="Customers who give up without telling: an agent still takes the contact; empty = all tell.",
        examples=["{chance: 60%, noticed_after: 60s}"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read ``never``, a bare duration, or a law that stands beside ``balk`` and the like."""
        if value == "never":
            return {"law": None}
        if not isinstance(value, dict):
            return {"law": value}
        outer = {key: item for key, item in value.items() if key in {*_BESIDE, "law"}}
        inner = {key: item for key, item in value.items() if key not in outer}
        if outer.get("law") == "never":
            outer["law"] = None
        if inner and outer.get("law") is not None:
            return value
        return {**outer, "law": inner} if inner else outer

    @model_serializer(mode="wrap", when_used="json")
    def _short(self, handler: SerializerFunctionWrapHandler) -> Any:
        full = handler(self)
        beside = {name: full[name] for name in _BESIDE if name not in _DROPPED or full[name] is not None}
        is_short = not any(getattr(self, name) for name in _BESIDE)
        return full["law"] or "never" if is_short else {**(full["law"] or {"law": "never"}), **beside}
