"""What customers bring: contact types with handle time and patience, and the bots in front of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from simkpi.scenario.base import Model
from simkpi.scenario.deferred import Backlog, Due
from simkpi.scenario.fields import (
    Count,
    PositiveDuration,
    Share,
    Spread,
    Text,
    Whole,
)
from simkpi.scenario.laws import LAW_KINDS, Law
from simkpi.scenario.responses import Responses
from simkpi.scenario.returns import Recontact, Retry
from simkpi.scenario.volumes import Volume, dropped_if_none


def _from_zero(slower: tuple[float, ...]) -> tuple[float, ...]:
    if slower and slower[0] != 0:
        raise ValueError("must start with 0%, for one open contact; write e.g. [0%, 25%, 60%] for one, two, three")
    return slower


class Handle(Model):
    """Agent effort per contact: talk, then hold (within the conversation), then after-contact work."""

    through = "talk"
    written = (
        {"type": ["string", "integer"], "description": "Mean talk time of an exponential law: 4m30s", "examples": ["4m30s"]},
        {"$ref": "#/$defs/Law"},
    )

    talk: Law = Field(
        description="Talk (or chat, or writing) time.",
        examples=["{lognormal: {mean: 4m30s, cv: 0.9}}"],
    )
    hold: Law = Field(
        default=Law(fixed=0),
        description="Hold time, within the conversation.",
        examples=["20s"],
    )
    wrap: Law = Field(
        default=Law(fixed=0),
        description="After-contact work.",
        examples=["45s"],
    )
    slower_when_busy: Annotated[
        tuple[Annotated[Spread, Field(le=100)], ...], Field(max_length=100), AfterValidator(_from_zero)
    ] = Field(
        default=(),
        description="How much longer it takes while the agent has 1, 2, 3 ... contacts open; the last figure holds beyond.",
        examples=["[0%, 25%, 60%]"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare law as the talk time."""
        return value if isinstance(value, dict) and cls.model_fields.keys() & value.keys() else {"talk": value}


class Patience(Model):
    """How long a customer would wait; ``never`` gives up never. ``balk`` leave at once if nobody is free."""

    through = "law"
    written = (
        {"type": ["string", "integer"], "description": "Mean patience (exponential): 2m; or never", "examples": ["2m", "never"]},
        {"$ref": "#/$defs/Law"},
        {
            "type": "object",
            "description": "A law with balk and at_most beside it",
            "properties": {**{kind: {} for kind in LAW_KINDS}, "balk": {}, "balk_per_waiting": {}, "at_most": {}},
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
    at_most: PositiveDuration | None = Field(
        default=None,
        description="Longest wait anybody accepts.",
        examples=["10m"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read ``never``, a bare duration, or a law that stands beside ``balk`` and the like."""
        if value == "never":
            return {"law": None}
        if not isinstance(value, dict):
            return {"law": value}
        outer = {key: item for key, item in value.items() if key in {"balk", "balk_per_waiting", "at_most", "law"}}
        inner = {key: item for key, item in value.items() if key not in outer}
        if outer.get("law") == "never":
            outer["law"] = None
        if inner and outer.get("law") is not None:
            return value
        return {**outer, "law": inner} if inner else outer

    @model_serializer(mode="wrap", when_used="json")
    def _short(self, handler: SerializerFunctionWrapHandler) -> Any:
        full = handler(self)
        beside = {name: full[name] for name in ("balk", "balk_per_waiting", "at_most")}
        is_short = not (self.balk or self.balk_per_waiting or self.at_most)
        return full["law"] or "never" if is_short else {**(full["law"] or {"law": "never"}), **beside}


class Contact(Model):
    """A contact type: one topic on one channel."""

    channel: Text = Field(
        default="", description="voice, chat, email or ticket; default: the type's own name.", examples=["voice"]
    )
    volume: Volume = Field(
        description="Expected contacts.",
        examples=["480 per day"],
    )
    handle: Handle = Field(
        description="Agent effort per contact.", examples=["{talk: {lognormal: {mean: 4m30s, cv: 0.9}}, wrap: 45s}"]
    )
    patience: Patience = Field(
        default=Patience(), description="How long customers would wait.", examples=["{lognormal: {mean: 3m, cv: 1}}"]
    )
    priority: Whole = Field(
        default=0,
        description="Higher is served first.",
        examples=["2"],
    )
    queue_capacity: Count | None = Field(
        default=None, description="Contacts that may wait; more are blocked. Empty = no limit.", examples=["30"]
    )
    resolved: Share = Field(
        default=1.0,
        description="Share of answered contacts that solve the case.",
        examples=["78%"],
    )
    retry: Retry | None = Field(
        default=None,
        description="Redials after an abandoned or blocked attempt; empty = nobody tries again.",
        examples=["{chance: 35%, after: 10m, at_most: 3}"],
    )
    recontact: Recontact | None = Field(
        default=None,
        description="Repeat contacts after an unresolved one; empty = nobody comes back.",
        examples=["{within: 7d, chance: 55%}"],
    )
    due: Due | None = Field(
        default=None,
        description="When the answer is promised; empty = no promise.",
        examples=["8 business hours"],
    )
    backlog: Backlog | None = Field(
        default=None,
        description="Contacts that wait when the horizon begins (deferrable channels only); empty = none.",
        examples=["120"],
    )
    responses: Responses | None = Field(
        default=None,
        description="Survey, sales and loyalty as they follow from the experience; empty = not simulated.",
        examples=["{survey: {answered_by: 20%, csat: {base: 4.2, unresolved: -1.5, spread: 0.9}}}"],
    )

    _write = dropped_if_none("due", "backlog", "responses")
