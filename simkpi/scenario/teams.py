"""Who answers, and who serves whom: teams with skills and head-counts, and routing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    model_validator,
)

from simkpi.scenario.base import Model
from simkpi.scenario.calendar import Weekdays
from simkpi.scenario.days import check_disjoint
from simkpi.scenario.fields import (
    Duration,
    Factor,
    Headcount,
    PositiveCount,
    PositiveDuration,
    Text,
    TimeOfDay,
    Whole,
)
from simkpi.scenario.volumes import NUMBERS, dropped_if_none, one_day


class Skill(Model):
    """How a team serves one contact type.

    ``preference``: arriving contacts take the team with the lowest number first; ``order``: a freed agent takes the
    contact type with the lowest number first; ``after``: only contacts that have waited this long (overflow).
    """

    written = ({"type": "null", "description": "Nothing special"},)

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
    background: bool | None = Field(
        default=None,
        description="Set aside when a live contact finds no free agent, and gone on with afterwards (deferrable channels only).",
        examples=["true"],
    )
    resume: Duration | None = Field(
        default=None, description="Agent time that it costs to find the way back into work set aside.", examples=["30s"]
    )

    _write = dropped_if_none("background", "resume")


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
        json_schema_extra={"anyOf": [NUMBERS, {"type": "array", "items": NUMBERS}]},
    )
    weekdays: Annotated[dict[Weekdays, tuple[Headcount, ...]], Field(min_length=1), AfterValidator(check_disjoint)] | None = (
        Field(default=None, description="Agents on duty per interval by weekday.", examples=["{mon-fri: [8, 12], sat: [4, 5]}"])
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
        return one_day(value, "count")

    @model_validator(mode="after")
    def _one_source(self) -> Staffing:
        given = [name for name in self.alternatives if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"needs exactly one of count, weekdays, file; got {' and '.join(given) or 'none'}")
        if (self.file is None) != (self.column is None):
            raise ValueError("needs both file and column")
        return self

    _write = dropped_if_none("count", "weekdays", "file", "column")


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

    _write = dropped_if_none("count", "staffing")


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
