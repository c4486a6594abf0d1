"""Who serves whom: routing policies by name, and the numbers that they go by."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SerializationInfo, SerializerFunctionWrapHandler, model_serializer

from simkpi.scenario.base import Model
from simkpi.scenario.fields import Amount, Duration, Factor, PositiveCount, PositiveDuration, Text, Whole


class Overflow(Model):
    """Contacts that have waited long enough may also go to another team."""

    contact: Text = Field(
        description="Contact type, or a channel for all its types.",
        examples=["voice"],
    )
    to: Text = Field(
        description="The other team, which must have the skill.",
        examples=["generalists"],
    )
    after: Duration = Field(
        description="Wait after which it may take the contact.",
        examples=["45s"],
    )


class Reserve(Model):
    """Agents of a team who are kept free for some contact types: the others take only whoever is left."""

    team: Text = Field(description="The team.", examples=["phone"])
    agents: PositiveCount = Field(
        le=1_000_000, description="Agents with room who must be left whenever another contact type takes one.", examples=["2"]
    )
    serves: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        alias="for",
        description="Contact types, or channels for all their types, for which they are kept.",
        examples=["[vip]"],
        json_schema_extra={"type": ["array", "string"]},
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read one name as a list of one."""
        if isinstance(value, dict) and isinstance(value.get("for"), str):
            return {**value, "for": [value["for"]]}
        return value


class Routing(Model):
    """Who serves whom. ``agent`` empty = the channel's usual policy."""

    agent: Text | None = Field(
        default=None,
        description="Which free agent: a routing policy; default: the channel's usual one.",
        examples=["longest_idle"],
    )
    contact: Text = Field(
        default="priority",
        description="Which waiting contact: a routing policy.",
        examples=["priority"],
    )
    priority: dict[str, Whole] = Field(
        default_factory=dict, description="Priority by contact type or channel; higher first.", examples=["{voice: 3, chat: 2}"]
    )
    overflow: tuple[Overflow, ...] = Field(
        default=(), description="Further teams after a wait.", examples=["[{contact: voice, to: generalists, after: 45s}]"]
    )
    priority_per_minute: dict[str, Annotated[Amount, Field(le=1000)]] = Field(
        default_factory=dict,
        description="Points of priority gained per minute of waiting, by contact type or channel: for rising_priority.",
        examples=["{chat: 0.5}"],
    )
    head_start: dict[str, Duration] = Field(
        default_factory=dict,
        description="Counts in the queue as if it had come so much earlier, by contact type or channel.",
        examples=["{vip: 90s}"],
    )
    target_wait: dict[str, PositiveDuration] = Field(
        default_factory=dict,
        description="Wait to be kept, by contact type or channel: for shortest_due and wait_ratio; default: the threshold of its "
        "service level target, else the channel's usual one.",
        examples=["{voice: 20s, chat: 1m}"],
    )
    queue_weight: dict[str, Factor] = Field(
        default_factory=dict,
        description="Share of the queue that a contact type or channel should have: for the policy queue_ratio; default: 1.",
        examples=["{voice: 1, chat: 3}"],
    )
    reserve: tuple[Reserve, ...] = Field(
        default=(), description="Agents kept free for some contact types.", examples=["[{team: phone, agents: 2, for: [vip]}]"]
    )
    last_agent: dict[str, Duration] = Field(
        default_factory=dict,
        description="By contact type or channel: a customer who comes back goes to the agent who handled the case, and waits so "
        "long for him before going to anybody; 0 = only if he has room at once.",
        examples=["{voice: 30s}"],
    )

    @model_serializer(mode="wrap", when_used="json")
    def _write(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        """Leave out what is not used, of the fields that few scenarios have."""
        full: dict[str, Any] = handler(self)
        return {key: item for key, item in full.items() if item or key not in RARE}


#: Fields that are written only where they say something.
RARE = ("priority_per_minute", "head_start", "target_wait", "queue_weight", "reserve", "last_agent")
#: Of those, the ones by contact type or channel.
BY_TYPE = ("priority_per_minute", "head_start", "target_wait", "queue_weight", "last_agent")
