"""Which days are simulated and when the centre is open: the calendar block."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from simkpi.scenario.base import Model
from simkpi.scenario.days import check_disjoint, check_weekdays, read_date
from simkpi.scenario.fields import (
    PositiveCount,
    Spread,
    Text,
    TimeOfDay,
    describe,
)
from simkpi.scenario.holiday_dates import check_holiday, holiday_blocks


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


#: A date or a country code.
Holiday = Annotated[str, AfterValidator(check_holiday)]
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
        description="Time zone of the wall clock: a label of the results, and which hours summer time skips.",
        examples=["Europe/Paris"],
    )
    open: Annotated[dict[Weekdays, OpeningHours], AfterValidator(check_disjoint)] = Field(
        default_factory=lambda: {"mon-sun": Span(start="00:00", end="24:00")},  # type: ignore[arg-type]
        description="Opening hours by weekday; days not named are closed; a single text holds for all days.",
        examples=["{mon-fri: 08:00-20:00, sat: 09:00-18:00}"],
        json_schema_extra={"type": ["object", "string"]},
    )
    holidays: dict[Holiday, OpeningHours] = Field(
        default_factory=dict,
        description="Closed days, or days with hours of their own: dates, or the holidays of a country (simkpi[calendar]).",
        examples=["{FR: closed, 2026-12-24: 08:00-14:00}"],
        json_schema_extra={"type": ["object", "array", "string"]},
    )
    day_spread: Spread = Field(
        default=0.0,
        description="Overdispersion that all contact types share: coefficient of variation of a factor on the whole day.",
        examples=["8%"],
    )
    forecast_error: Spread = Field(
        default=0.0,
        description="Error of the forecast that all contact types share: coefficient of variation of a factor on all days.",
        examples=["5%"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read one text as the hours of every day, and a list of holidays as closed days."""
        if isinstance(value, dict) and isinstance(value.get("open"), str):
            value = {**value, "open": {"mon-sun": value["open"]}}
        if isinstance(value, dict) and "holidays" in value:
            value = {**value, "holidays": holiday_blocks(value["holidays"])}
        return value
