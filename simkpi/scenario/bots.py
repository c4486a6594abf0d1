"""Chatbots (or voice menus) in front of contact types: how well, how fast, for whom, when, and for how many at a time."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from simkpi.scenario.base import Model
from simkpi.scenario.calendar import Day, OpeningHours, Span, Weekdays
from simkpi.scenario.days import check_disjoint
from simkpi.scenario.fields import Duration, Factor, PositiveCount, Share, Text
from simkpi.scenario.laws import LAW_KINDS, Law
from simkpi.scenario.turn_counts import TURNS_KINDS, Turns
from simkpi.scenario.volumes import dropped_if_none
from simkpi.units import DAY

_ENDINGS = ("contained", "handed_off", "gave_up")


def _one_for_all(value: Any, kinds: tuple[str, ...]) -> Any:
    """Read one law as the law of all three endings; one left out is the hand-off's, else the contained sessions'."""
    if isinstance(value, dict) and (set(_ENDINGS) & value.keys() or not set(kinds) & value.keys()):
        default = next((value[name] for name in ("handed_off", "contained", "gave_up") if name in value), None)
        return value if default is None else {**dict.fromkeys(_ENDINGS, default), **value}
    return dict.fromkeys(_ENDINGS, value)


class BotTime(Model):
    """How long a bot session takes, by how it ends."""

    written = (
        {"type": ["string", "integer"], "description": "Mean (exponential), however it ends: 1m", "examples": ["1m"]},
        {"$ref": "#/$defs/Law"},
        {
            "type": "object",
            "description": "Some of the three; the others are like the hand-off, else like the contained sessions",
            "properties": {name: {"$ref": "#/$defs/Law"} for name in ("contained", "handed_off", "gave_up")},
            "additionalProperties": False,
        },
    )

    contained: Law = Field(
        description="Sessions the bot ends itself.",
        examples=["1m40s"],
    )
    handed_off: Law = Field(
        description="Sessions passed to a human queue.",
        examples=["45s"],
    )
    gave_up: Law = Field(
        description="Sessions the customer leaves.",
        examples=["30s"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read one law as the law of all three; a law left out is the hand-off's, else the contained sessions'."""
        return _one_for_all(value, LAW_KINDS)


class Outage(Model):
    """A part of one day."""

    written = ({"type": "string", "examples": ["2026-01-05 10:00-12:00"], "description": "2026-01-05 10:00-12:00"},)

    day: Day = Field(description="The day.", examples=["2026-01-05"])
    between: Span = Field(description="From when to when.", examples=["10:00-12:00"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read ``2026-01-05 10:00-12:00``."""
        if isinstance(value, str):
            day, _, between = value.strip().partition(" ")
            if not between:
                raise ValueError(f"must be a day and hours, got '{value}'; write e.g. 2026-01-05 10:00-12:00")
            return {"day": day, "between": between.strip()}
        return value

    @model_serializer(mode="wrap", when_used="json")
    def _as_text(self, handler: SerializerFunctionWrapHandler) -> str:
        return " ".join(handler(self).values())


class BotTurns(Model):
    """How many turns (the bot replies, the customer reads and goes on) a session has, by how it ends."""

    written = (
        {"type": "number", "description": "Mean number (geometric), however it ends: 4", "examples": [4]},
        {"$ref": "#/$defs/Turns"},
        {
            "type": "object",
            "description": "Some of the three; the others are like the hand-off, else like the contained sessions",
            "properties": {name: {"$ref": "#/$defs/Turns"} for name in _ENDINGS},
            "additionalProperties": False,
        },
    )

    contained: Turns = Field(description="Sessions the bot ends itself.", examples=["5"])
    handed_off: Turns = Field(description="Sessions passed to a human queue.", examples=["3"])
    gave_up: Turns = Field(description="Sessions the customer leaves.", examples=["2"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read one law as the law of all three, as for the length of a session."""
        return _one_for_all(value, TURNS_KINDS)


class Adoption(Model):
    """Share of customers who try the bot at all; the others ask for a human at once. It may change over some weeks.

    Between ``since`` and ``since`` + ``over`` the share goes in a straight line from ``from`` to ``to``.
    """

    written = ({"type": ["string", "number"], "description": "A share that stays: 60%", "examples": ["60%"]},)

    start: Share = Field(alias="from", description="Share until the change begins.", examples=["40%"])
    to: Share = Field(description="Share once it is over.", examples=["100%"])
    over: Duration = Field(default=0.0, description="How long the change takes.", examples=["8w"])
    since: Day | None = Field(
        default=None, description="Day on which it begins; default: the first of the calendar.", examples=["2026-01-05"]
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare share as one that stays."""
        return value if isinstance(value, dict) else {"from": value, "to": value}

    @model_validator(mode="after")
    def _takes_time(self) -> Adoption:
        if self.start != self.to and not self.over:
            raise ValueError("changes, so it needs the time that the change takes; write e.g. over: 8w")
        return self

    def share(self, days: float) -> float:
        """Share *days* after the change begins.

        Examples
        --------
        >>> Adoption.model_validate({"from": 0.4, "to": 1, "over": "60d"}).share(30)
        0.7
        """
        done = min(max(days * DAY / self.over, 0.0), 1.0) if self.over else 1.0
        return self.start + (self.to - self.start) * done


class BotTopic(Model):
    """What is different for one contact type; a field left out is the bot's own."""

    alternatives = ("time", "turns")

    understands: Share | None = Field(default=None, description="As for the bot.", examples=["90%"])
    contains: Share | None = Field(default=None, description="As for the bot.", examples=["70%"])
    gives_up: Share | None = Field(default=None, description="As for the bot.", examples=["4%"])
    solves: Share | None = Field(default=None, description="As for the bot.", examples=["95%"])
    time: BotTime | None = Field(default=None, description="As for the bot.", examples=["1m"])
    turns: BotTurns | None = Field(default=None, description="As for the bot.", examples=["3"])
    easy_first: Share | None = Field(default=None, description="As for the bot.", examples=["50%"])
    harder: Factor | None = Field(default=None, description="As for the bot.", examples=["110%"])
    saves_agent: Duration | None = Field(default=None, description="As for the bot.", examples=["30s"])

    _write = dropped_if_none(
        "understands", "contains", "gives_up", "solves", "time", "turns", "easy_first", "harder", "saves_agent"
    )


class Bot(Model):
    """A chatbot (or IVR) in front of some contact types. Give ``time`` or, turn by turn, ``turns``."""

    alternatives = ("time", "turns")

    serves: tuple[Text, ...] = Field(
        min_length=1, description="Contact types, or channels for all their types.", examples=["[chat]"]
    )
    adoption: Adoption = Field(
        default=Adoption(start=1.0, to=1.0),
        description="Share of customers who try the bot at all, perhaps growing over some weeks.",
        examples=["{from: 40%, to: 100%, over: 8w}"],
    )
    understands: Share = Field(
        default=1.0,
        description="Share of sessions whose topic the bot understands.",
        examples=["72%"],
    )
    contains: Share = Field(
        description="Share of understood sessions that end with no human.",
        examples=["57%"],
    )
    gives_up: Share = Field(
        default=0.0,
        description="Share of customers who leave inside the bot.",
        examples=["8%"],
    )
    solves: Share = Field(
        default=1.0,
        description="Share of contained sessions that really solve the case.",
        examples=["85%"],
    )
    time: BotTime | None = Field(
        default=None,
        description="Length of a session; or give turns.",
        examples=["{contained: 1m40s, handed_off: 45s}"],
    )
    turns: BotTurns | None = Field(
        default=None,
        description="Turns of a session, each of them latency plus think; in the place of time.",
        examples=["{contained: 5, handed_off: 3}"],
    )
    latency: Law = Field(
        default=Law(fixed=0),
        description="How long the bot takes to reply: its first response, and every turn's.",
        examples=["2s"],
    )
    think: Law = Field(
        default=Law(fixed=0),
        description="How long the customer reads and writes in each turn.",
        examples=["{lognormal: {mean: 20s, cv: 1}}"],
    )
    easy_first: Share = Field(
        default=0.0,
        description="How far the bot contains the contacts of little talk time first: 0% any of them, 100% the shortest ones.",
        examples=["60%"],
    )
    harder: Factor = Field(
        default=1.0,
        description="Talk time of handed-off contacts against that of all: the easy ones stay with the bot.",
        examples=["115%"],
    )
    saves_agent: Duration = Field(
        default=0.0,
        description="Talk time that the bot's questions save the agent in a handed-off contact.",
        examples=["20s"],
    )
    topics: dict[str, BotTopic] = Field(
        default_factory=dict,
        description="What is different for single contact types (or channels).",
        examples=["{billing: {contains: 70%, solves: 95%}}"],
    )
    at_once: PositiveCount | None = Field(
        default=None, description="Sessions that the bot can hold at a time; empty = any number.", examples=["50"]
    )
    waits_at_most: Duration = Field(
        default=0.0,
        description="How long a customer who finds the bot full waits for a place before asking for a human; 0 = asks at once.",
        examples=["30s"],
    )
    hours: Annotated[dict[Weekdays, OpeningHours], AfterValidator(check_disjoint)] = Field(
        default_factory=lambda: {"mon-sun": Span(start="00:00", end="24:00")},  # type: ignore[arg-type]
        description="When the bot works, by weekday (days not named: not at all), or one text for all days; default: always.",
        examples=["{mon-fri: 18:00-24:00, sat,sun: 00:00-24:00}"],
        json_schema_extra={"type": ["object", "string"]},
    )
    down: tuple[Outage, ...] = Field(
        default=(),
        description="When the bot is down: contacts that arrive then go straight to the queue.",
        examples=["[2026-01-05 10:00-12:00]"],
    )

    _write = dropped_if_none("time", "turns")

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read one text as the hours of every day; ``always`` is the whole day."""
        if isinstance(value, dict) and isinstance(value.get("hours"), str):
            hours = value["hours"]
            value = {**value, "hours": {"mon-sun": "00:00-24:00" if hours in ("always", "open") else hours}}
        return value

    @model_validator(mode="after")
    def _one_length(self) -> Bot:
        if (self.time is None) == (self.turns is None):
            both = (
                "has both time and turns; keep one" if self.turns is not None else "needs time or turns; write e.g. time: 1m30s"
            )
            raise ValueError(both)
        if self.waits_at_most and self.at_once is None:
            raise ValueError("lets customers wait for a place, but has any number of them; write e.g. at_once: 50")
        return self

    def about(self, contact_type: str) -> Bot:
        """Return the bot as it is for *contact_type*: its own fields with what ``topics`` says instead."""
        topic = self.topics.get(contact_type)
        if topic is None:
            return self
        given = {name: getattr(topic, name) for name in BotTopic.model_fields if getattr(topic, name) is not None}
        if given.keys() & {"time", "turns"}:
            given = {"time": None, "turns": None, **given}
        return self.model_copy(update=given)

    @property
    def contained_share(self) -> float:
        """Share of sessions that end with no human, customers who give up left out."""
        return (1 - self.gives_up) * self.understands * self.contains

    @property
    def handed_off_share(self) -> float:
        """Share of sessions that are handed off."""
        return (1 - self.gives_up) * (1 - self.understands * self.contains)
