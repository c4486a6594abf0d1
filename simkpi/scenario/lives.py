"""What may become of a contact on its way: closed doors, transfers to other queues, callbacks, silent departures, trunk lines."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from simkpi.scenario.base import Model
from simkpi.scenario.fields import Duration, PositiveCount, Share, Text
from simkpi.scenario.laws import Law
from simkpi.scenario.volumes import dropped_if_none
from simkpi.units import format_share


def adds_up(by: dict[str, float]) -> dict[str, float]:
    """Check that shares by name make a whole."""
    total = math.fsum(by.values())
    if by and abs(total - 1) > 1e-9:
        raise ValueError(f"must add up to 100%, got {format_share(round(total, 9))}")
    return by


class Transfer(Model):
    """Answered contacts that go on to another queue: a share of them, after a part of the conversation.

    The queue is a contact type (perhaps of volume 0) that other agents have as a skill; one of a higher ``tier`` makes the
    transfer an escalation. ``content``: what is left to do there, ``remaining`` = the rest of the conversation, ``own`` = as
    much as a contact of that type brings. ``handover: warm``: the first agent stays until a colleague picks up.
    """

    chance: Share = Field(description="Share of answered contacts that are transferred.", examples=["15%"])
    to: Annotated[dict[str, Share], Field(min_length=1), AfterValidator(adds_up)] = Field(
        description="Where to: a contact type, or several with their shares.",
        examples=["second_level", "{billing: 40%, second_level: 60%}"],
        json_schema_extra={"type": ["object", "string"]},
    )
    share: Share = Field(default=1.0, description="Part of talk and hold that the first agent does.", examples=["40%"])
    after: Law | None = Field(
        default=None, description="Talk time until the transfer, at most all of it; default: the share.", examples=["2m"]
    )
    content: Literal["own", "remaining"] = Field(
        default="own",
        description="Work left: that of a contact of the other type, or the rest of the talk.",
        examples=["remaining"],
    )
    handover: Literal["cold", "warm"] = Field(
        default="cold", description="warm: the first agent stays on the line until a colleague picks up.", examples=["warm"]
    )
    patience: Literal["again", "never"] = Field(
        default="again",
        description="again: whoever is transferred may give up waiting, by the other type's law.",
        examples=["never"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read one name as the only place to go to."""
        if isinstance(value, dict) and isinstance(value.get("to"), str):
            return {**value, "to": {value["to"]: 1.0}}
        return value

    @model_validator(mode="after")
    def _one_moment(self) -> Transfer:
        if self.after is not None and "share" in self.model_fields_set and self.share != 1:
            raise ValueError("needs either share or after, not both")
        return self

    _write: Any = dropped_if_none("after")


class WhenClosed(Model):
    """What becomes of contacts that arrive while the centre is closed."""

    written = (
        {"enum": ["queue", "refuse", "bot_only"], "description": "queue, refuse or bot_only"},
        {
            "type": "object",
            "properties": {"ticket": {"type": "string", "description": "Contact type of the message."}},
            "required": ["ticket"],
            "additionalProperties": False,
            "description": "They become contacts of this type: {ticket: email}",
        },
    )

    rule: Literal["queue", "refuse", "bot_only", "ticket"] = Field(
        description="Wait as usual, are turned away, have the bot only, or leave a message.", examples=["refuse"]
    )
    to: Text | None = Field(default=None, description="Contact type of the message.", examples=["email"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read ``refuse`` and ``{ticket: email}``."""
        if isinstance(value, str):
            if value.strip() == "ticket":
                raise ValueError("needs the contact type of the message; write e.g. {ticket: email}")
            return {"rule": value}
        if isinstance(value, dict) and set(value) == {"ticket"}:
            return {"rule": "ticket", "to": value["ticket"]}
        return value

    @model_validator(mode="after")
    def _says_where(self) -> WhenClosed:
        if (self.rule == "ticket") != (self.to is not None):
            raise ValueError("needs a contact type for a ticket, and for nothing else; write e.g. {ticket: email}")
        return self

    @model_serializer(mode="wrap", when_used="json")
    def _short(self, handler: SerializerFunctionWrapHandler) -> Any:
        full = handler(self)
        return {"ticket": full["to"]} if full["to"] else full["rule"]


class Callback(Model):
    """The centre calls back instead of the customer waiting: offered above an announced wait."""

    offer_after: Duration = Field(description="Offered if the announced wait is longer.", examples=["3m"])
    accept: Share = Field(default=1.0, description="Share of those asked who accept.", examples=["40%"])
    later: Law | None = Field(
        default=None, description="Called this much later; empty = keeps the place in the queue.", examples=["2h"]
    )
    no_answer: Share = Field(default=0.0, description="Share of calls that the customer does not take.", examples=["20%"])
    ring: Law = Field(default=Law(fixed="30s"), description="Agent time of a call that is not taken.", examples=["{fixed: 30s}"])
    tries: PositiveCount = Field(default=1, le=20, description="Calls at most, until the customer takes one.", examples=["3"])
    retry_after: Law = Field(default=Law(fixed="10m"), description="Time until the next try.", examples=["{fixed: 10m}"])

    _write: Any = dropped_if_none("later")


class Silent(Model):
    """Customers who leave without telling: the contact keeps its place until an agent takes it and notices."""

    chance: Share = Field(description="Share of those who give up waiting.", examples=["60%"])
    noticed_after: Law = Field(
        default=Law(fixed="1m"), description="Time until the agent notices that nobody is there.", examples=["{fixed: 60s}"]
    )


class Lines(Model):
    """Trunk lines: so many contacts at once in bot, queue and conversation; who comes when all are busy is blocked."""

    written = ({"type": ["integer", "string"], "description": "The number of lines: 60", "examples": [60]},)

    contacts: tuple[Text, ...] = Field(
        default=(), description="Contact types or channels that share them; default: the one of that name.", examples=["[voice]"]
    )
    count: PositiveCount = Field(description="Lines.", examples=["60"])
    bots: Literal["hold", "free"] = Field(
        default="hold", description="Whether a bot (or IVR) session takes a line too.", examples=["free"]
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare number as the number of lines."""
        return value if isinstance(value, dict) else {"count": value}
