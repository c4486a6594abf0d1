"""Chats message by message: how many replies, how long the customer takes to go on, and when silence ends the chat."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simkpi.scenario.base import Model
from simkpi.scenario.fields import PositiveDuration, Share
from simkpi.scenario.laws import Law
from simkpi.scenario.turn_counts import Turns


class ChatTurns(Model):
    """Customer and agent take turns; ``handle.talk`` is what the agent reads and writes in the whole chat.

    An agent writes one reply at a time: with several chats open, replies wait for one another.
    """

    replies: Turns = Field(description="Replies by the agent until the matter is settled.", examples=["6"])
    think: Law = Field(description="From a reply to the customer's next message.", examples=["{lognormal: {mean: 50s, cv: 1.2}}"])
    silent: Share = Field(
        default=0.0, description="Chance after each reply, but for the last, that the customer writes no more.", examples=["3%"]
    )
    idle_close: PositiveDuration = Field(
        default=300.0, description="Silence of the customer after which the agent ends the chat.", examples=["5m"]
    )
    effort: Literal["chat", "reply"] = Field(
        default="chat",
        description=(
            "What the talk time belongs to: the chat, which spreads it over however many replies it has, or the reply: each has"
            " its own draw, divided by the mean number of replies, so that longer chats are more work."
        ),
        examples=["reply"],
    )
    customer_messages: Turns = Field(
        default=Turns(fixed=1),
        description="Messages that the customer writes at a time: all count, all come at once.",
        examples=["1.8"],
    )
    agent_messages: Turns = Field(
        default=Turns(fixed=1), description="Messages that make one reply: all count, all come at once.", examples=["1.5"]
    )
