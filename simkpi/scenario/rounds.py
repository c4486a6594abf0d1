"""Threads: how often the agents reply, and how long the customer is away in between."""

from __future__ import annotations

from pydantic import Field

from simkpi.scenario.base import Model
from simkpi.scenario.laws import Law
from simkpi.scenario.turn_counts import Turns


class Rounds(Model):
    """A thread of messages that pauses while the customer is away; ``handle.talk`` is what agents read and write in all.

    While the customer is away the thread is parked and takes no room. With the next message it goes to the agent who wrote last,
    if on duty and with room, else to anybody, by way of the queue.
    """

    replies: Turns = Field(description="Replies by agents until the matter is settled.", examples=["4"])
    away: Law = Field(description="From a reply to the customer's next message.", examples=["{lognormal: {mean: 40m, cv: 1.5}}"])
