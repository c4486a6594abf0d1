"""The scenario file's models: what a planner may write, and, once resolved, every field of what will be run."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic.config import JsonDict

from simkpi.scenario.base import Model
from simkpi.scenario.days import check_disjoint, check_weekdays, read_date
from simkpi.scenario.fields import (
    Amount,
    Count,
    Duration,
    Factor,
    Headcount,
    PositiveCount,
    PositiveDuration,
    Seed,
    Share,
    Spread,
    Text,
    TimeOfDay,
    Whole,
    describe,
)
from simkpi.scenario.laws import LAW_KINDS, Law
from simkpi.scenario.targets import read_target, write_target

_NUMBERS: JsonDict = {"type": "array", "items": {"type": ["number", "string"]}}


def _date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise ValueError(f"must be a date as 2026-04-03, got {describe(value)}")
    return read_date(value)


Day = Annotated[
    date,
    BeforeValidator(_date),
    Field(ge=date(1900, 1, 1), le=date(2200, 1, 1)),
    PlainSerializer(lambda day: day.isoformat(), when_used="json"),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-04-03"]}),
]
#: One or more weekdays: ``mon``, ``mon-fri``, ``sat,sun``.
Weekdays = Annotated[str, AfterValidator(check_weekdays)]


def _dropped_if_none(*names: str) -> Any:
    """Leave alternatives that were not taken out of what is written."""

    def write(self: Model, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        full: dict[str, Any] = handler(self)
        return {key: item for key, item in full.items() if item is not None or key not in names}

    return model_serializer(mode="wrap", when_used="json")(write)


class Span(Model):
    """From one time of day to another, the same day."""

    written = ({"type": "string", "examples": ["08:00-20:00"], "description": "08:00-20:00, or closed"},)

    start: TimeOfDay = Field(
        description="First moment.",
        examples=["08:00"],
    )
    end: TimeOfDay = Field(
        description="Last moment; 24:00 is the end of the day.",
        examples=["20:00"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read ``08:00-20:00``."""
        if isinstance(value, str):
            start, dash, end = value.partition("-")
            if not dash:
                raise ValueError(f"must be opening hours, got '{value}'; write e.g. 08:00-20:00, or closed")
            return {"start": start.strip(), "end": end.strip()}
        return value

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.end <= self.start:
            raise ValueError("must end after it starts; hours past midnight belong to the next day")
        return self

    @model_serializer(mode="wrap", when_used="json")
    def _as_text(self, handler: SerializerFunctionWrapHandler) -> str:
        return "-".join(handler(self).values())


OpeningHours = Annotated[Span | None, BeforeValidator(lambda value: None if value == "closed" else value)]


class Calendar(Model):
    """Which days are simulated, and when the centre is open."""

    start: Day = Field(
        default=date(2026, 1, 5),
        alias="from",
        description="First day simulated.",
        examples=["2026-04-03"],
    )
    days: PositiveCount = Field(
        default=1,
        le=3660,
        description="Days simulated.",
        examples=["5"],
    )
    timezone: Text | None = Field(
        default=None,
        description="Time zone; a label of the results.",
        examples=["Europe/Paris"],
    )
    open: Annotated[dict[Weekdays, OpeningHours], AfterValidator(check_disjoint)] = Field(
        default_factory=lambda: {"mon-sun": Span(start="00:00", end="24:00")},  # type: ignore[arg-type]
        description="Opening hours by weekday; days not named are closed; a single text holds for all days.",
        examples=["{mon-fri: 08:00-20:00, sat: 09:00-18:00}"],
        json_schema_extra={"type": ["object", "string"]},
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read one text as the hours of every day."""
        if isinstance(value, dict) and isinstance(value.get("open"), str):
            return {**value, "open": {"mon-sun": value["open"]}}
        return value


class Volume(Model):
    """Expected contacts per interval, and how the real number varies around them.

    Give ``expected`` for one day (repeated on every open day) or ``weekdays``, or a ``file`` with a ``column``, or
    ``rate``; a bare text is a rate (``480 per day``, ``100/30min``), spread evenly over the opening hours.
    Resolved: ``expected`` holds one row a day.
    """

    alternatives = ("expected", "weekdays", "rate", "file")
    written = ({"type": "string", "examples": ["480 per day", "100/30min"], "description": "A rate: 480 per day, 100/30min"},)

    interval: PositiveDuration = Field(
        default=1800.0,
        description="Length of one interval.",
        examples=["30m"],
    )
    start: TimeOfDay = Field(
        default=0.0, alias="from", description="Start of the first interval; default: when the centre opens.", examples=["08:00"]
    )
    expected: tuple[tuple[Amount, ...], ...] | None = Field(
        default=None,
        description="Expected contacts per interval of a day (repeated on every open day), or one such list per day.",
        examples=["[12, 18, 25, 22]"],
        json_schema_extra={"anyOf": [_NUMBERS, {"type": "array", "items": _NUMBERS}]},
    )
    weekdays: Annotated[dict[Weekdays, tuple[Amount, ...]], AfterValidator(check_disjoint)] | None = Field(
        default=None, description="Expected contacts per interval by weekday.", examples=["{mon-fri: [12, 18], sat: [7, 9]}"]
    )
    rate: Text | None = Field(
        default=None,
        description="Contacts per period, over the opening hours.",
        examples=["480 per day"],
    )
    file: Text | None = Field(
        default=None,
        description="CSV file below the scenario's folder.",
        examples=["volumes.csv"],
    )
    column: Text | None = Field(
        default=None,
        description="Column of the file.",
        examples=["voice"],
    )
    scale: Factor = Field(
        default=1.0,
        description="Factor on every number.",
        examples=["110%"],
    )
    mode: Literal["poisson", "exact_total", "exact_interval"] = Field(
        default="poisson",
        description="poisson: counts vary as calls do; exact_total, exact_interval: the number of the day or interval is met.",
        examples=["poisson"],
    )
    day_spread: Spread = Field(
        default=0.0, description="Overdispersion: coefficient of variation of a factor on the whole day.", examples=["12%"]
    )
    interval_spread: Spread = Field(
        default=0.0, description="Overdispersion: coefficient of variation of a factor on each interval.", examples=["10%"]
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare text as the rate, one list of numbers as one day."""
        if isinstance(value, str):
            return {"rate": value}
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            raise ValueError(f"needs a period, got {value}; write {value} per day")
        return _one_day(value, "expected")

    @model_validator(mode="after")
    def _one_source(self) -> Volume:
        given = [name for name in self.alternatives if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of expected, weekdays, rate, file; got {' and '.join(given) or 'none'}")
        if (self.file is None) != (self.column is None):
            raise ValueError("needs both file and column")
        return self

    _write = _dropped_if_none("expected", "weekdays", "rate", "file", "column")


def _one_day(value: Any, name: str) -> Any:
    """Read one list of numbers as the only day of a list of days."""
    rows = value.get(name) if isinstance(value, dict) else None
    if isinstance(rows, (list, tuple)) and not any(isinstance(row, (list, tuple)) for row in rows):
        return {**value, name: [rows]}
    return value


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

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare law as the talk time."""
        if isinstance(value, dict) and not (set(LAW_KINDS) & value.keys()):
            return value
        return {"talk": value}


class Patience(Model):
    """How long a customer would wait; ``never`` gives up never. ``balk`` leave at once if nobody is free."""

    through = "law"
    written = (
        {"type": ["string", "integer"], "description": "Mean patience (exponential): 2m; or never", "examples": ["2m", "never"]},
        {"$ref": "#/$defs/Law"},
        {
            "type": "object",
            "description": "A law with balk and at_most beside it",
            "properties": {**{kind: {} for kind in LAW_KINDS}, "balk": {}, "at_most": {}},
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
    at_most: PositiveDuration | None = Field(
        default=None,
        description="Longest wait anybody accepts.",
        examples=["10m"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read ``never``, a bare duration, or a law that stands beside ``balk`` and ``at_most``."""
        if value == "never":
            return {"law": None}
        if not isinstance(value, dict):
            return {"law": value}
        outer = {key: item for key, item in value.items() if key in {"balk", "at_most", "law"}}
        inner = {key: item for key, item in value.items() if key not in outer}
        if outer.get("law") == "never":
            outer["law"] = None
        if inner and outer.get("law") is not None:
            return value
        return {**outer, "law": inner} if inner else outer

    @model_serializer(mode="wrap", when_used="json")
    def _short(self, handler: SerializerFunctionWrapHandler) -> Any:
        full = handler(self)
        beside = {"balk": full["balk"], "at_most": full["at_most"]}
        return {**(full["law"] or {"law": "never"}), **beside} if self.balk or self.at_most else full["law"] or "never"


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


class BotTime(Model):
    """How long a bot session takes, by how it ends."""

    written = (
        {"type": ["string", "integer"], "description": "Mean (exponential), however it ends: 1m", "examples": ["1m"]},
        {"$ref": "#/$defs/Law"},
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
        names = ("contained", "handed_off", "gave_up")
        if isinstance(value, dict) and (set(names) & value.keys() or not set(LAW_KINDS) & value.keys()):
            default = next((value[name] for name in ("handed_off", "contained", "gave_up") if name in value), None)
            return value if default is None else {**dict.fromkeys(names, default), **value}
        return dict.fromkeys(names, value)


class Bot(Model):
    """A chatbot (or IVR) in front of some contact types."""

    serves: tuple[Text, ...] = Field(
        min_length=1, description="Contact types, or channels for all their types.", examples=["[chat]"]
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
    time: BotTime = Field(
        description="Length of a session.",
        examples=["{contained: 1m40s, handed_off: 45s}"],
    )


class Skill(Model):
    """How a team serves one contact type.

    ``preference``: arriving contacts take the team with the lowest number first; ``order``: a freed agent takes the
    contact type with the lowest number first; ``after``: only contacts that have waited this long (overflow).
    """

    at_once: PositiveCount | None = Field(
        default=None, le=100, description="Contacts handled at once; default: the channel's usual number.", examples=["3"]
    )
    speed: Factor = Field(
        default=1.0,
        description="Pace of work; 80% takes longer.",
        examples=["95%"],
    )
    preference: Whole = Field(
        default=0,
        description="Arriving contacts take the lowest number first.",
        examples=["1"],
    )
    order: Whole = Field(
        default=0,
        description="A freed agent takes the lowest number first.",
        examples=["1"],
    )
    after: Duration = Field(
        default=0.0,
        description="Only contacts that have waited this long (overflow).",
        examples=["45s"],
    )


class Staffing(Model):
    """Head-count per interval of the day; resolved: one row a day."""

    alternatives = ("count", "weekdays", "file")

    interval: PositiveDuration = Field(
        default=1800.0,
        description="Length of one interval.",
        examples=["30m"],
    )
    start: TimeOfDay = Field(
        default=0.0, alias="from", description="Start of the first interval; default: when the centre opens.", examples=["08:00"]
    )
    count: tuple[tuple[Headcount, ...], ...] | None = Field(
        default=None,
        description="Agents on duty per interval of a day (repeated on every open day), or one such list per day.",
        examples=["[8, 12, 11, 12, 9, 6]"],
        json_schema_extra={"anyOf": [_NUMBERS, {"type": "array", "items": _NUMBERS}]},
    )
    weekdays: Annotated[dict[Weekdays, tuple[Headcount, ...]], AfterValidator(check_disjoint)] | None = Field(
        default=None, description="Agents on duty per interval by weekday.", examples=["{mon-fri: [8, 12], sat: [4, 5]}"]
    )
    file: Text | None = Field(
        default=None,
        description="CSV file below the scenario's folder.",
        examples=["staff.csv"],
    )
    column: Text | None = Field(
        default=None,
        description="Column of the file.",
        examples=["phone"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read one list of numbers as one day."""
        return _one_day(value, "count")

    @model_validator(mode="after")
    def _one_source(self) -> Staffing:
        given = [name for name in self.alternatives if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of count, weekdays, file; got {' and '.join(given) or 'none'}")
        if (self.file is None) != (self.column is None):
            raise ValueError("needs both file and column")
        return self

    _write = _dropped_if_none("count", "weekdays", "file", "column")


class Team(Model):
    """Agents who are alike.

    ``at_close``: what happens when the head-count falls to zero: ``serve_queue`` (stay until everybody who came before
    is served) or ``finish_contact`` (finish what is open and leave).
    """

    alternatives = ("count", "staffing")

    skills: dict[str, Skill] = Field(
        min_length=1,
        description="What the team serves: contact types, or channels for all their types.",
        examples=["{chat: {at_once: 3}, voice: {}}"],
        json_schema_extra={"type": ["object", "array"]},
    )
    count: Headcount | None = Field(
        default=None,
        description="Agents on duty throughout the opening hours.",
        examples=["12"],
    )
    staffing: Staffing | None = Field(
        default=None, description="Agents on duty by interval.", examples=["{interval: 2h, from: 08:00, count: [8, 12, 11]}"]
    )
    at_close: Literal["serve_queue", "finish_contact"] = Field(
        default="serve_queue",
        description="When the head-count falls to zero: serve who came before, or finish open contacts only.",
        examples=["finish_contact"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a list of skills as skills with nothing special."""
        if isinstance(value, dict) and isinstance(value.get("skills"), (list, tuple)):
            return {**value, "skills": {str(name): {} for name in value["skills"]}}
        if isinstance(value, dict) and isinstance(value.get("skills"), dict):
            return {**value, "skills": {key: {} if item is None else item for key, item in value["skills"].items()}}
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Team:
        if (self.count is None) == (self.staffing is None):
            raise ValueError(
                "needs either count or staffing" + (", not both" if self.count is not None else "; write e.g. count: 12")
            )
        return self

    _write = _dropped_if_none("count", "staffing")


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


class Target(Model):
    """A goal for one KPI: ``80% in 20s``, ``at most 5%``, ``at least 70%``, ``60s``."""

    written = ({"type": ["string", "number"], "examples": ["80% in 20s", "at most 5%", "60s"]},)

    value: Amount = Field(
        description="The figure, seconds or a fraction.",
        examples=["0.8"],
    )
    direction: Literal["at_least", "at_most"] | None = Field(default=None, description="Default: the KPI's good direction.")
    within: Duration | None = Field(
        default=None,
        description="Threshold of a service level.",
        examples=["20s"],
    )
    unit: Literal["fraction", "seconds", "number"] = Field(
        description="What the figure counts.",
        examples=["fraction"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read the goal from its words."""
        return value if isinstance(value, dict) else read_target(value)

    @model_serializer(mode="plain", when_used="json")
    def _words(self) -> str:
        return write_target(self.value, self.unit, self.direction, self.within)


class Definitions(Model):
    """Which definition of the contested KPIs is meant (see docs/kpis.md)."""

    threshold: Duration = Field(
        default=20.0,
        description="Acceptable waiting time of the service level.",
        examples=["20s"],
    )
    service_level: Literal["offered", "answered", "excl_short", "wait_within"] = Field(
        default="offered", description="Variant of the service level.", examples=["offered"]
    )
    short_abandon: Duration = Field(
        default=0.0,
        description="An abandonment before this is short.",
        examples=["5s"],
    )
    fcr_window: PositiveDuration = Field(
        default=7 * 86_400.0, description="No repeat within this: first-contact resolution.", examples=["7d"]
    )
    recontact_window: PositiveDuration = Field(
        default=7 * 86_400.0, description="A return within this counts against containment.", examples=["7d"]
    )


class Costs(Model):
    """What things cost, in one currency."""

    currency: Text = Field(
        default="EUR",
        description="Currency of all costs.",
        examples=["EUR"],
    )
    agent_hour: Amount = Field(
        default=0.0,
        description="Cost of one agent for one hour.",
        examples=["24.50"],
    )
    bot_session: Amount = Field(
        default=0.0,
        description="Cost of one bot session.",
        examples=["0.35"],
    )


class Run(Model):
    """How much is simulated. ``end``: ``drain`` serves everybody who came, ``cut`` stops the clock at the horizon's end."""

    replications: PositiveCount = Field(
        default=30,
        description="Independent simulated horizons.",
        examples=["30"],
    )
    seed: Seed = Field(
        default=1,
        description="Names the random numbers; any whole number or text.",
        examples=["42"],
    )
    end: Literal["drain", "cut"] = Field(
        default="drain", description="drain: serve everybody who came; cut: stop at the horizon's end.", examples=["drain"]
    )


class Spec(Model):
    """A whole scenario file."""

    simkpi: Literal[1] = Field(
        description="Version of the file format.",
        examples=["1"],
    )
    name: Text = Field(
        default="unnamed",
        description="Title shown with the results.",
        examples=["Monday"],
    )
    locale: Literal["en", "fr"] = Field(
        default="en",
        description="Language of the results.",
        examples=["en"],
    )
    calendar: Calendar = Field(
        default=Calendar(), description="Days and opening hours.", examples=["{from: 2026-01-05, days: 5}"]
    )
    contacts: dict[str, Contact] = Field(
        min_length=1,
        description="Contact types by name.",
        examples=["{voice: {...}}"],
    )
    bots: dict[str, Bot] = Field(default_factory=dict, description="Chatbots by name.")
    teams: dict[str, Team] = Field(
        min_length=1,
        description="Teams by name.",
        examples=["{phone: {skills: [voice], count: 12}}"],
    )
    routing: Routing = Field(default=Routing(), description="Who serves whom.")
    targets: dict[str, dict[str, Target]] = Field(
        default_factory=dict,
        description="Goals by contact type, channel or all, then by KPI.",
        examples=["{voice: {service_level: 80% in 20s, abandon: at most 5%}}"],
    )
    definitions: Definitions = Field(default=Definitions(), description="Which KPI definitions are meant.")
    costs: Costs = Field(default=Costs(), description="What things cost.")
    run: Run = Field(default=Run(), description="How much is simulated.")
