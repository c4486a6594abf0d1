"""Visitors of a web site: who opens a chat by himself, who is invited to one, who only looks around."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simkpi.scenario.base import Model
from simkpi.scenario.fields import Duration, PositiveCount, Share
from simkpi.scenario.laws import Law
from simkpi.scenario.volumes import dropped_if_none


class Invite(Model):
    """An invitation to chat, shown while there is room for it: whoever accepts chats at once, with an agent."""

    after: Duration = Field(description="How long a visitor is on the site before the invitation comes.", examples=["45s"])
    accepts: Share = Field(description="Share of the invited visitors who accept.", examples=["6%"])
    free: PositiveCount = Field(
        default=1, description="Chats for which there must be room with agents at work; none may be waiting.", examples=["3"]
    )


class Visitors(Model):
    """Visits to the site behind the contacts: ``volume`` counts the contacts that visitors ask for by themselves."""

    opens: Annotated[Share, Field(gt=0)] = Field(
        description="Share of the visits in which the visitor asks for a contact by himself.", examples=["3%"]
    )
    before: Law = Field(default=Law(fixed=0), description="Time on the site before that.", examples=["2m"])
    stay: Law = Field(default=Law(fixed=0), description="Length of a visit without a contact.", examples=["4m"])
    buys: Share = Field(default=0.0, description="Share of the visits without a contact that end in a sale.", examples=["2%"])
    invite: Invite | None = Field(
        default=None, description="Invitations; empty = none.", examples=["{after: 45s, accepts: 6%, free: 3}"]
    )

    _write = dropped_if_none("invite")
