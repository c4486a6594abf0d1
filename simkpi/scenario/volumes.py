"""How many contacts come, interval by interval: the volume block, and what it shares with staffing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.config import JsonDict

from simkpi.errors import InputError
from simkpi.scenario.base import Model
from simkpi.scenario.calendar import Day, Weekdays
from simkpi.scenario.days import check_disjoint
from simkpi.scenario.fields import (
    Amount,
    Factor,
    PositiveDuration,
    Share,
    Spread,
    Text,
    TimeOfDay,
)
from simkpi.units import DAY, parse_volume


def read_rate(text: str) -> tuple[float, float]:
    """Contacts and period (seconds) of a rate; a period is below a day, or whole days, or whole weeks.

    Below a day the rate holds while the centre is open; days count open days, weeks count calendar weeks.

    Raises
    ------
    InputError
        If it is no rate.

    Examples
    --------
    >>> read_rate("480 per day")
    (480.0, 86400.0)
    """
    count, period = parse_volume(text)
    if period > DAY and period % DAY:
        raise InputError(f"needs a period below a day, or of whole days or weeks, got '{text}'")
    return count, period


def check_rate(text: str) -> str:
    """Return *text* if it is a rate; for use as a validator."""
    try:
        read_rate(text)
    except InputError as error:
        raise ValueError(error.problems[0].message) from None
    return text


NUMBERS: JsonDict = {"type": "array", "items": {"type": ["number", "string"]}}


def dropped_if_none(*names: str) -> Any:
    """Leave alternatives that were not taken out of what is written."""

    def write(self: Model, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        full: dict[str, Any] = handler(self)
        return {key: item for key, item in full.items() if item is not None or key not in names}

    return model_serializer(mode="wrap", when_used="json")(write)


def one_day(value: Any, name: str) -> Any:
    """Read one list of numbers as the only day of a list of days."""
    rows = value.get(name) if isinstance(value, dict) else None
    if isinstance(rows, (list, tuple)) and not any(isinstance(row, (list, tuple)) for row in rows):
        return {**value, name: [rows]}
    return value


#: Milliseconds after midnight.
Moment = Annotated[int, Field(ge=0, lt=86_400_000)]


#: One or more values of a column.
Words = Annotated[tuple[Text, ...], BeforeValidator(lambda value: value if isinstance(value, (list, tuple)) else (value,))]


class Replay(Model):
    """A recorded log below the scenario's folder, of which some rows come again at their recorded moments."""

    written = ({"type": "string", "description": "Name of the file", "examples": ["log.parquet"]},)

    file: Text = Field(description="Parquet or CSV file with a column arrived_at.", examples=["log.parquet"])
    where: dict[str, Words] = Field(
        default_factory=dict,
        description="Rows that are taken: values by column; default: rows of the contact type's own name, if the log has such.",
        examples=["{channel: voice, origin: [reactive, proactive]}"],
        json_schema_extra={"type": "object", "additionalProperties": {"type": ["string", "array"]}},
    )
    first_day: Day | None = Field(
        default=None,
        description="Recorded day that becomes the first day of the calendar; default: the same date.",
        examples=["2026-04-06"],
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare text as the file's name."""
        return {"file": value} if isinstance(value, str) else value


class Volume(Model):
    """Expected contacts per interval, and how the real number varies around them.

    Give ``expected`` for one day (repeated on every open day) or ``weekdays``, or a ``file`` with a ``column``, or
    ``rate``; a bare text is a rate (``480 per day``, ``100/30min``), spread evenly over the opening hours. ``replay`` takes the
    moments from a recorded log.
    Resolved: ``expected`` holds one row a day.
    """

    alternatives = ("expected", "weekdays", "rate", "file", "replay")
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
        json_schema_extra={"anyOf": [NUMBERS, {"type": "array", "items": NUMBERS}]},
    )
    weekdays: Annotated[dict[Weekdays, tuple[Amount, ...]], Field(min_length=1), AfterValidator(check_disjoint)] | None = Field(
        default=None, description="Expected contacts per interval by weekday.", examples=["{mon-fri: [12, 18], sat: [7, 9]}"]
    )
    rate: Annotated[Text, AfterValidator(check_rate)] | None = Field(
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
    replay: Replay | None = Field(
        default=None, description="A recorded log whose moments of arrival come again.", examples=["log.parquet"]
    )
    mode: Literal["poisson", "exact_total", "exact_interval", "replay"] = Field(
        default="poisson",
        description="poisson: counts vary as calls do; exact_total, exact_interval: the number of the day or interval is met; "
        "replay: recorded moments.",
        examples=["poisson"],
    )
    day_spread: Spread = Field(
        default=0.0, description="Overdispersion: coefficient of variation of a factor on the whole day.", examples=["12%"]
    )
    interval_spread: Spread = Field(
        default=0.0, description="Overdispersion: coefficient of variation of a factor on each interval.", examples=["10%"]
    )

    interval_correlation: Share = Field(
        default=0.0, description="Correlation of the interval factor with that of the interval before.", examples=["60%"]
    )
    forecast_error: Spread = Field(
        default=0.0, description="Error of the forecast: coefficient of variation of a factor on all days.", examples=["8%"]
    )
    arrivals: tuple[tuple[Moment, ...], ...] | None = Field(
        default=None,
        description="Recorded moments, milliseconds after midnight, one list a day; resolving fills it in from replay.",
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a bare text as the rate, one list of numbers as one day."""
        if isinstance(value, str):
            return {"rate": value}
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            raise ValueError(f"needs a period, got {value}; write {value} per day")
        if isinstance(value, dict) and value.get("replay") is not None:
            value = {"mode": "replay", **value}
        return one_day(value, "expected")

    @model_validator(mode="after")
    def _one_source(self) -> Volume:
        given = [name for name in self.alternatives if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of expected, weekdays, rate, file, replay; got {' and '.join(given) or 'none'}")
        if (self.file is None) != (self.column is None):
            raise ValueError("needs both file and column")
        if (self.mode == "replay") != (self.replay is not None or self.arrivals is not None):
            raise ValueError(
                "has the mode replay, but nothing to replay; write e.g. replay: log.parquet"
                if self.mode == "replay"
                else f"replays recorded moments, which leaves nothing to mode: {self.mode}; leave mode out"
            )
        return self

    _write = dropped_if_none("expected", "weekdays", "rate", "file", "column", "replay", "arrivals")
