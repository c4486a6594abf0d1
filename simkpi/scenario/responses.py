"""How customers respond to what they live through: survey scores, purchases and loyalty as functions of the experience.

Each model starts from a base, that of a customer who is answered at once, solved, by the first agent, and adds an effect for
everything that went otherwise. Off unless a contact type has a block ``responses``; see docs/responses.md for the formulas.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from simkpi.scenario.base import Model
from simkpi.scenario.fields import Amount, Ratio, Share, Whole, describe, plain_number, read_number, read_signed_share
from simkpi.scenario.volumes import dropped_if_none
from simkpi.units import format_share

#: A change of a score, in points; may be negative.
Points = Annotated[
    float,
    BeforeValidator(read_number),
    PlainSerializer(plain_number, when_used="json"),
    Field(ge=-1000, le=1000),
    WithJsonSchema({"type": ["number", "string"]}),
]
#: A change of a share, ``-1%`` or -0.01: points of per cent; may be negative.
SharePoints = Annotated[
    float,
    BeforeValidator(read_signed_share),
    PlainSerializer(format_share, when_used="json"),
    WithJsonSchema({"type": ["string", "number"], "description": "A change of a share: -1% or -0.01", "examples": ["-1%"]}),
]


def _pair(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and len(value) == 2:
        return value
    raise ValueError(f"must be the lowest and the highest score, got {describe(value)}; write e.g. [1, 5]")


#: Lowest and highest score.
Scale = Annotated[tuple[Whole, Whole], BeforeValidator(_pair)]

_MINUTE = "Change per minute waited for an agent."
_UNRESOLVED = "Change if the contact did not solve the case."
_TRANSFER = "Change per transfer."
_AFTER_BOT = "Change if a bot came first and handed off."
_BOT_ONLY = "Change if the bot ended the contact, with no human."
_REPEAT = "Change if the case had an earlier contact (redial, repeat contact)."

#: Experiences that no customer likes: an effect for the better is suspicious.
UNWELCOME = ("per_minute_waited", "unresolved", "per_transfer", "repeat", "lost")


class Question(Model):
    """A survey question: the answer is base + effects + spread x a normal number, to the nearest score on the scale."""

    base: Points = Field(description="Level of the score if nothing goes wrong, before rounding.", examples=["4.2"])
    per_minute_waited: Points = Field(default=0.0, description=_MINUTE, examples=["-0.15"])
    unresolved: Points = Field(default=0.0, description=_UNRESOLVED, examples=["-1.5"])
    per_transfer: Points = Field(default=0.0, description=_TRANSFER, examples=["-0.4"])
    after_bot: Points = Field(default=0.0, description=_AFTER_BOT, examples=["-0.2"])
    bot_only: Points = Field(default=0.0, description=_BOT_ONLY, examples=["-0.3"])
    repeat: Points = Field(default=0.0, description=_REPEAT, examples=["-0.5"])
    spread: Points = Field(
        default=0.0, ge=0, description="Standard deviation between customers of one experience.", examples=["0.9"]
    )

    @property
    def limits(self) -> tuple[int, int]:
        """Lowest and highest score."""
        low, high = getattr(self, "scale", (0, 10))
        return low, high

    @property
    def better(self) -> Literal["higher", "lower"]:
        """Which scores are good."""
        return "lower" if getattr(self, "good", "higher") == "lower" else "higher"

    @model_validator(mode="after")
    def _on_the_scale(self) -> Question:
        low, high = self.limits
        if not low < high <= low + 100:
            raise ValueError(f"needs a scale from a lower to a higher score, at most 100 apart, got [{low}, {high}]")
        if not low <= self.base <= high:
            raise ValueError(f"needs a base on its scale, {low} to {high}, got {plain_number(self.base)}")
        return self


class Nps(Question):
    """Likelihood to recommend, 0 to 10."""


class Csat(Question):
    """Satisfaction with the contact."""

    scale: Scale = Field(default=(1, 5), description="Lowest and highest score.", examples=["[1, 5]"])
    good: Literal["higher", "lower"] = Field(default="higher", description="Which scores are good.", examples=["higher"])


class Ces(Question):
    """Effort the customer had; with ``good: higher`` the ease."""

    scale: Scale = Field(default=(1, 7), description="Lowest and highest score.", examples=["[1, 7]"])
    good: Literal["higher", "lower"] = Field(default="lower", description="Which scores are good.", examples=["lower"])


class Survey(Model):
    """A survey at the end of every contact that an agent or the bot has handled."""

    answered_by: Share = Field(
        default=1.0, description="Share of the customers asked who answer, all questions.", examples=["20%"]
    )
    csat: Csat | None = Field(default=None, description="Satisfaction.", examples=["{base: 4.2, unresolved: -1.5, spread: 0.9}"])
    nps: Nps | None = Field(default=None, description="Recommendation.", examples=["{base: 8.5, unresolved: -4, spread: 2}"])
    ces: Ces | None = Field(default=None, description="Effort.", examples=["{base: 2.5, repeat: 1.5, spread: 1}"])

    @model_validator(mode="after")
    def _asks_something(self) -> Survey:
        if not self.questions:
            raise ValueError("asks nothing; write csat, nps or ces, e.g. csat: {base: 4.2, spread: 0.9}")
        return self

    @property
    def questions(self) -> dict[str, Question]:
        """What is asked, by kind."""
        found = {"csat": self.csat, "nps": self.nps, "ces": self.ces}
        return {kind: question for kind, question in found.items() if question is not None}

    _write = dropped_if_none("csat", "nps", "ces")


class _Chance(Model):
    """A share that experience moves, kept between 0% and 100%."""

    base: Share = Field(description="Share if nothing goes wrong.", examples=["12%"])
    per_minute_waited: SharePoints = Field(default=0.0, description=_MINUTE, examples=["-1%"])
    unresolved: SharePoints = Field(default=0.0, description=_UNRESOLVED, examples=["-8%"])
    per_transfer: SharePoints = Field(default=0.0, description=_TRANSFER, examples=["-2%"])
    after_bot: SharePoints = Field(default=0.0, description=_AFTER_BOT, examples=["-1%"])
    bot_only: SharePoints = Field(default=0.0, description=_BOT_ONLY, examples=["-4%"])
    repeat: SharePoints = Field(default=0.0, description=_REPEAT, examples=["-3%"])


class Conversion(_Chance):
    """Chance that a handled contact leads to a sale; a contact that nobody handles leads to none."""


class Churn(_Chance):
    """Chance that the customer leaves for good because of the contact."""

    lost: SharePoints = Field(
        default=0.0, description="Change if nobody handled it (abandoned, blocked, refused, gave up).", examples=["2%"]
    )


class Sale(Model):
    """What a sale brings, in the scenario's currency."""

    written = ({"type": ["number", "string"], "description": "The mean: 80", "examples": ["80"]},)

    mean: Amount = Field(description="Mean value of a sale.", examples=["80"])
    cv: Ratio | None = Field(
        default=None, le=100, description="Standard deviation / mean of a lognormal law; empty = all alike.", examples=["0.7"]
    )
    margin: Share | None = Field(default=None, description="Gross margin, for the customer lifetime value.", examples=["35%"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare number as the mean."""
        return value if isinstance(value, dict) else {"mean": value}

    _write = dropped_if_none("cv", "margin")


class Responses(Model):
    """Response models of a contact type; what is left out is not simulated."""

    survey: Survey | None = Field(
        default=None, description="Survey at the end of a handled contact.", examples=["{answered_by: 20%, csat: {base: 4.2}}"]
    )
    conversion: Conversion | None = Field(
        default=None, description="Chance of a sale.", examples=["{base: 12%, per_minute_waited: -1%}"]
    )
    value: Sale | None = Field(default=None, description="Value of a sale.", examples=["{mean: 80, cv: 0.7}"])
    churn: Churn | None = Field(default=None, description="Chance that the customer leaves.", examples=["{base: 0.2%, lost: 2%}"])

    @model_validator(mode="after")
    def _consistent(self) -> Responses:
        if self.value is not None and self.conversion is None:
            raise ValueError("has the value of sales that never happen; write e.g. conversion: {base: 12%}")
        return self

    _write = dropped_if_none("survey", "conversion", "value", "churn")
