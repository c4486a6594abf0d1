"""What customers bring: contact types with handle time and patience, and the bots in front of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
)

from simkpi.scenario.base import Model
from simkpi.scenario.chat_turns import ChatTurns
from simkpi.scenario.deferred import Backlog, Due
from simkpi.scenario.fields import (
    Count,
    PositiveCount,
    Share,
    Spread,
    Text,
    Whole,
)
from simkpi.scenario.laws import Law
from simkpi.scenario.lives import Callback, Transfer, WhenClosed
from simkpi.scenario.patience import Patience
from simkpi.scenario.responses import Responses
from simkpi.scenario.returns import Chase, Recontact, Retry
from simkpi.scenario.rounds import Rounds
from simkpi.scenario.visitors import Visitors
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
    longer_when_quiet: Law | None = Field(
        default=None,
        description="Added to the wrap-up if nobody whom the agent could take waits when it ends; empty = nothing.",
        examples=["{exponential: 60s}"],
    )
    _write = dropped_if_none("longer_when_quiet")

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare law as the talk time."""
        return value if isinstance(value, dict) and cls.model_fields.keys() & value.keys() else {"talk": value}


class Contact(Model):
    """A contact type: one topic on one channel."""

    channel: Text = Field(
        default="", description="voice, chat, email, ticket or messaging; default: the type's own name.", examples=["voice"]
    )
    volume: Volume = Field(
        description="Expected contacts.",
        examples=["480 per day"],
    )
    handle: Handle = Field(
        description="Agent effort per contact.", examples=["{talk: {lognormal: {mean: 4m30s, cv: 0.9}}, wrap: 45s}"]
    )
    visitors: Visitors | None = Field(
        default=None,
        description="Visits to the web site behind the contacts, and invitations to visitors; empty = not simulated.",
        examples=["{opens: 3%, stay: 4m, invite: {after: 45s, accepts: 6%}}"],
    )
    turns: ChatTurns | None = Field(
        default=None,
        description="Chats message by message; empty = the conversation is one piece.",
        examples=["{replies: 6, think: 50s}"],
    )
    rounds: Rounds | None = Field(
        default=None,
        description="Threads that pause while the customer is away (deferrable channels only); empty = answered in one piece.",
        examples=["{replies: 4, away: {lognormal: {mean: 40m, cv: 1.5}}}"],
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
    chase: Chase | None = Field(
        default=None,
        description="Further contacts of customers who wait for an answer for too long; empty = nobody asks again.",
        examples=["{chance: 30%, after: {fixed: 24h}, by: {voice: 100%}}"],
    )
    reopen: Recontact | None = Field(
        default=None,
        description="Solved cases that are opened again; empty = none.",
        examples=["{chance: 6%, after: 2d}"],
    )
    due: Due | None = Field(
        default=None,
        description="When the answer is promised; empty = no promise.",
        examples=["8 business hours"],
    )
    pick: Literal["oldest", "newest", "easiest"] | None = Field(
        default=None,
        description="Which waiting contact of the type agents take first (deferrable channels only); default: the oldest.",
        examples=["easiest"],
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

    when_closed: WhenClosed | None = Field(
        default=None,
        description="Contacts outside the opening hours: queue (as usual, the default), refuse, bot_only, or {ticket: type}.",
        examples=["refuse", "{ticket: email}"],
    )
    transfer: Transfer | None = Field(
        default=None,
        description="Answered contacts that go on to another queue; empty = none.",
        examples=["{chance: 15%, to: second_level, share: 40%}"],
    )
    tier: PositiveCount | None = Field(
        default=None, description="Level of the queue: a transfer to a higher one is an escalation; empty = 1.", examples=["2"]
    )
    callback: Callback | None = Field(
        default=None,
        description="Calling back instead of waiting; empty = not offered.",
        examples=["{offer_after: 3m, accept: 40%}"],
    )
    announced: Literal["position", "last"] | None = Field(
        default=None,
        description="How the announced wait is estimated: by the position in the queue (default), or the last one's wait.",
        examples=["last"],
    )

    _write = dropped_if_none(
        *("visitors", "turns", "rounds", "chase", "reopen", "pick", "due", "backlog", "responses"),
        *("when_closed", "transfer", "tier", "callback", "announced"),
    )
