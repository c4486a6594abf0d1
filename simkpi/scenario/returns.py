"""Customers who come back: redials after a failed attempt, repeat contacts after an unresolved one."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from simkpi.scenario.base import Model
from simkpi.scenario.fields import PositiveCount, PositiveDuration, Share
from simkpi.scenario.laws import Law, Uniform
from simkpi.scenario.lives import adds_up
from simkpi.scenario.volumes import dropped_if_none

#: Share of the further contacts by contact type (or channel, if it has one contact type only).
By = Annotated[dict[str, Share], AfterValidator(adds_up)]
_BY = "Contact types (or channels) by which they come, with their shares; default: the same contact type."


class Retry(Model):
    """Redials: what customers do who abandoned, were blocked, or left inside the bot."""

    chance: Share = Field(description="Share of failed attempts that are tried again.", examples=["35%"])
    after: Law = Field(description="Time from the failed attempt to the next one.", examples=["10m"])
    at_most: PositiveCount | None = Field(
        default=None, description="Further contacts of a case after which nobody redials; empty = no limit.", examples=["3"]
    )
    by: By = Field(default_factory=dict, description=_BY, examples=["{voice: 100%}"])

    @property
    def delay(self) -> Law:
        """Law of the time until the next attempt."""
        return self.after


class Chase(Model):
    """Chase-ups: what customers do who wait for an answer for too long. The contact that waits stays where it is."""

    chance: Share = Field(description="Share of those who still wait then that ask again.", examples=["30%"])
    after: Law = Field(description="Time from entering the queue to the chase-up.", examples=["24h"])
    by: By = Field(default_factory=dict, description=_BY, examples=["{voice: 100%}"])

    @property
    def delay(self) -> Law:
        """Law of the time until the chase-up."""
        return self.after


class Recontact(Model):
    """Repeat contacts: what customers do whose contact an agent or the bot ended without solving the case.

    Give ``within`` (evenly spread over that time) or ``after`` (a law).
    """

    alternatives = ("within", "after")

    chance: Share = Field(description="Share of unresolved contacts that are followed by another.", examples=["55%"])
    within: PositiveDuration | None = Field(default=None, description="They come evenly spread over this time.", examples=["7d"])
    after: Law | None = Field(default=None, description="Time from the end of the work to the next contact.", examples=["1d"])
    at_most: PositiveCount | None = Field(
        default=None, description="Further contacts of a case after which nobody comes back; empty = no limit.", examples=["3"]
    )
    by: By = Field(default_factory=dict, description=_BY, examples=["{chat: 70%, voice: 30%}"])

    @model_validator(mode="after")
    def _one_delay(self) -> Recontact:
        if (self.within is None) == (self.after is None):
            raise ValueError(
                "needs either within or after" + ("; write e.g. within: 7d" if self.within is None else ", not both")
            )
        return self

    _write: Any = dropped_if_none("within", "after")

    @property
    def delay(self) -> Law:
        """Law of the time until the next contact."""
        if self.after is not None:
            return self.after
        assert self.within is not None
        return Law.model_construct(uniform=Uniform.model_construct(low=0.0, high=self.within))
