"""The scenario file's models: what a planner may write, and, once resolved, every field of what will be run."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from simkpi.scenario.base import Model
from simkpi.scenario.fields import (
    Amount,
    Count,
    Duration,
    Factor,
    PositiveCount,
    PositiveDuration,
    Share,
    Spread,
    TimeOfDay,
    Whole,
    describe,
)
from simkpi.scenario.laws import Law

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(f"is no day of the calendar, got '{value}'") from None
    raise ValueError(f"must be a date as 2026-04-03, got {describe(value)}")


Day = Annotated[date, BeforeValidator(_date), PlainSerializer(lambda day: day.isoformat(), when_used="json")]


class Span(Model):
    """From one time of day to another, the same day."""

    start: TimeOfDay
    end: TimeOfDay

    @model_validator(mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        if isinstance(value, str):
            start, dash, end = value.partition("-")
            if not dash:
                raise ValueError(f"must be opening hours, got '{value}'; write e.g. 08:00-20:00")
            return {"start": start.strip(), "end": end.strip()}
        return value

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.end <= self.start:
            raise ValueError("must end after it starts")
        return self


class Calendar(Model):
    """Which days are simulated, and when the centre is open."""

    start: Day = Field(default=date(2026, 1, 5), alias="from")
    days: PositiveCount = Field(default=1, le=3660)
    timezone: str | None = None
    open: dict[str, Span | None] = Field(default_factory=lambda: {"mon-sun": Span(start="00:00", end="24:00")})  # type: ignore[arg-type]

    @model_validator(mode="before")
    @classmethod
    def _every_day(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("open"), str):
            return {**value, "open": {"mon-sun": value["open"]}}
        return value


class Volume(Model):
    """Expected contacts per interval, and how the real number varies around them.

    Give ``expected`` for one day (repeated on every open day) or ``weekdays``, or a ``file`` with a ``column``, or
    ``rate``; a bare text is a rate (``480 per day``, ``100/30min``), spread evenly over the opening hours.
    Resolved: ``expected`` holds one row a day.
    """

    interval: PositiveDuration = 1800.0
    start: TimeOfDay = Field(default=0.0, alias="from")
    expected: tuple[tuple[Amount, ...], ...] | None = None
    weekdays: dict[str, tuple[Amount, ...]] | None = None
    rate: str | None = None
    file: str | None = None
    column: str | None = None
    scale: Factor = 1.0
    mode: Literal["poisson", "exact_total", "exact_interval"] = "poisson"
    day_spread: Spread = 0.0
    interval_spread: Spread = 0.0

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"rate": value}
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            raise ValueError(f"needs a period, got {value}; write {value} per day")
        if isinstance(value, dict) and isinstance(value.get("expected"), (list, tuple)):
            rows = value["expected"]
            if rows and not isinstance(rows[0], (list, tuple)):
                return {**value, "expected": [rows]}
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Volume:
        given = [name for name in ("expected", "weekdays", "rate", "file") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of expected, weekdays, rate, file; got {' and '.join(given) or 'none'}")
        if (self.file is None) != (self.column is None):
            raise ValueError("needs both file and column")
        return self


class Handle(Model):
    """Agent effort per contact: talk, then hold (within the conversation), then after-contact work."""

    talk: Law
    hold: Law = Law(fixed=0)
    wrap: Law = Law(fixed=0)

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        if isinstance(value, dict) and ({"talk", "hold", "wrap"} & value.keys() or not value):
            return value
        return value if isinstance(value, Handle) else {"talk": value}


class Patience(Model):
    """How long a customer would wait; ``never`` gives up never. ``balk`` leave at once if nobody is free."""

    law: Law | None = None
    balk: Share = 0.0
    at_most: PositiveDuration | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, Patience):
            return value
        if value == "never":
            return {"law": None}
        if isinstance(value, dict):
            inner = {key: item for key, item in value.items() if key not in {"balk", "at_most", "law"}}
            outer = {key: item for key, item in value.items() if key in {"balk", "at_most", "law"}}
            if "law" in outer and outer["law"] == "never":
                outer["law"] = None
            return {**outer, "law": inner} if inner and "law" not in outer else {**outer, **inner}
        return {"law": value}


class Contact(Model):
    """A contact type: one topic on one channel."""

    channel: str = ""
    volume: Volume
    handle: Handle
    patience: Patience = Patience()
    priority: Whole = 0
    queue_capacity: Count | None = None
    resolved: Share = 1.0


class BotTime(Model):
    """How long a bot session takes, by how it ends."""

    contained: Law
    handed_off: Law
    gave_up: Law

    @model_validator(mode="before")
    @classmethod
    def _one_for_all(cls, value: Any) -> Any:
        names = {"contained", "handed_off", "gave_up"}
        if isinstance(value, BotTime):
            return value
        if isinstance(value, dict) and names & value.keys():
            default = value.get("handed_off", value.get("contained", value.get("gave_up")))
            return {**dict.fromkeys(names, default), **value}
        return dict.fromkeys(names, value)


class Bot(Model):
    """A chatbot (or IVR) in front of some contact types."""

    serves: tuple[str, ...] = Field(min_length=1)
    understands: Share = 1.0
    contains: Share
    gives_up: Share = 0.0
    solves: Share = 1.0
    time: BotTime


class Skill(Model):
    """How a team serves one contact type.

    ``preference``: arriving contacts take the team with the lowest number first; ``order``: a freed agent takes the
    contact type with the lowest number first; ``after``: only contacts that have waited this long (overflow).
    """

    at_once: PositiveCount | None = Field(default=None, le=100)
    speed: Factor = 1.0
    preference: Whole = 0
    order: Whole = 0
    after: Duration = 0.0


class Staffing(Model):
    """Head-count per interval of the day; resolved: one row a day."""

    interval: PositiveDuration = 1800.0
    start: TimeOfDay = Field(default=0.0, alias="from")
    count: tuple[tuple[Count, ...], ...] | None = None
    weekdays: dict[str, tuple[Count, ...]] | None = None
    file: str | None = None
    column: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_day(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("count"), (list, tuple)):
            rows = value["count"]
            if rows and not isinstance(rows[0], (list, tuple)):
                return {**value, "count": [rows]}
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Staffing:
        given = [name for name in ("count", "weekdays", "file") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of count, weekdays, file; got {' and '.join(given) or 'none'}")
        if (self.file is None) != (self.column is None):
            raise ValueError("needs both file and column")
        return self


class Team(Model):
    """Agents who are alike.

    ``at_close``: what happens when the head-count falls to zero: ``serve_queue`` (stay until everybody who came before
    is served) or ``finish_contact`` (finish what is open and leave).
    """

    skills: dict[str, Skill] = Field(min_length=1)
    count: Count | None = Field(default=None, le=1_000_000)
    staffing: Staffing | None = None
    at_close: Literal["serve_queue", "finish_contact"] = "serve_queue"

    @model_validator(mode="before")
    @classmethod
    def _skill_list(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("skills"), (list, tuple)):
            return {**value, "skills": {str(name): {} for name in value["skills"]}}
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Team:
        if (self.count is None) == (self.staffing is None):
            raise ValueError("needs either count or staffing" + (", not both" if self.count is not None else ""))
        return self


class Overflow(Model):
    """Contacts that have waited long enough may also go to another team."""

    contact: str
    to: str
    after: Duration


class Routing(Model):
    """Who serves whom. ``agent`` empty = the channel's usual policy."""

    agent: str | None = None
    contact: str = "priority"
    priority: dict[str, Whole] = Field(default_factory=dict)
    overflow: tuple[Overflow, ...] = ()


class Target(Model):
    """A goal for one KPI: ``80% in 20s``, ``at most 5%``, ``at least 70%``, ``60s``."""

    value: Amount
    direction: Literal["at_least", "at_most"] | None = None
    within: Duration | None = None
    unit: Literal["fraction", "seconds", "number"]

    @model_validator(mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        if isinstance(value, (dict, Target)):
            return value
        return _parse_target(str(value))


def _parse_target(text: str) -> dict[str, Any]:
    from simkpi.errors import InputError
    from simkpi.units import parse_duration, parse_number, parse_share

    match = re.fullmatch(r"\s*(?:(at most|at least|<=|>=)\s*)?(.+?)(?:\s+in\s+(.+?))?\s*", text)
    if match is None:
        raise ValueError(f"must be a target, got '{text}'; write e.g. 80% in 20s or at most 5%")
    words, figure, within = match.groups()
    direction = {"at most": "at_most", "<=": "at_most", "at least": "at_least", ">=": "at_least", None: None}[words]
    try:
        if figure.endswith("%"):
            value, unit = parse_share(figure), "fraction"
        elif re.fullmatch(r"[\d.,eE+-]+", figure):
            value, unit = parse_number(figure), "number"
        else:
            value, unit = parse_duration(figure), "seconds"
    except InputError as error:
        raise ValueError(f"{error.problems[0].message} (a target is e.g. 80% in 20s, at most 5%, 60s)") from None
    return {"value": value, "unit": unit, "direction": direction, "within": within}


class Definitions(Model):
    """Which definition of the contested KPIs is meant (see docs/kpis.md)."""

    threshold: Duration = 20.0
    service_level: Literal["offered", "answered", "excl_short", "wait_within"] = "offered"
    short_abandon: Duration = 0.0
    fcr_window: PositiveDuration = 7 * 86_400.0
    recontact_window: PositiveDuration = 7 * 86_400.0


class Costs(Model):
    """What things cost, in one currency."""

    currency: str = "EUR"
    agent_hour: Amount = 0.0
    bot_session: Amount = 0.0


class Run(Model):
    """How much is simulated. ``end``: ``drain`` serves everybody who came, ``cut`` stops the clock at the horizon's end."""

    replications: PositiveCount = 30
    seed: int | str = 1
    end: Literal["drain", "cut"] = "drain"


class Spec(Model):
    """A whole scenario file."""

    simkpi: Literal[1]
    name: str = "unnamed"
    locale: Literal["en", "fr"] = "en"
    calendar: Calendar = Calendar()
    contacts: dict[str, Contact] = Field(min_length=1)
    bots: dict[str, Bot] = Field(default_factory=dict)
    teams: dict[str, Team] = Field(min_length=1)
    routing: Routing = Routing()
    targets: dict[str, dict[str, Target]] = Field(default_factory=dict)
    definitions: Definitions = Definitions()
    costs: Costs = Costs()
    run: Run = Run()
