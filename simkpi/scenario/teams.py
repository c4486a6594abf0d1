"""Who answers: teams with skills and head-counts."""

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
    Factor,
    Headcount,
    PositiveDuration,
    Text,
    TimeOfDay,
)
from simkpi.scenario.shifts import Adherence, Lateness, NamedAgent, Shrinkage, WorkShift
from simkpi.scenario.skills import Skill, named_skills
from simkpi.scenario.volumes import NUMBERS, dropped_if_none, one_day


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
    is served) or ``finish_contact`` (finish what is open and leave). With ``hand_back`` whoever is told to finish, also when the
    head-count only falls or his shift ends, puts deferrable work in hand back into the queue and finishes the rest.
    """

    alternatives = ("count", "staffing", "shifts", "agents")
    together = ("shifts", "agents")

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
    shifts: tuple[WorkShift, ...] = Field(
        default=(),
        description="Agents with timetables of their own: kinds of shift and how many work each.",
        examples=["[{days: mon-fri, start: 08:00, length: 8h, break: {after: 4h, length: 30m}, count: 9}]"],
    )
    agents: dict[str, NamedAgent] = Field(
        default_factory=dict,
        description="Agents by name, beside those of shifts.",
        examples=["{ann: {shifts: {start: 08:00, length: 8h}, speed: 110%}}"],
    )
    shrinkage: Shrinkage = Field(default=Shrinkage(), description="Time that is paid but not worked, pauses of shifts apart.")
    lateness: Lateness | None = Field(default=None, description="Agents who come late to their shifts; needs shifts.")
    adherence: Adherence | None = Field(
        default=None, description="Share of the time on queue that agents keep; needs shifts.", examples=["95%"]
    )
    at_close: Literal["serve_queue", "finish_contact", "hand_back"] = Field(
        default="serve_queue",
        description="When the head-count falls to zero: serve who came before, or finish open contacts only, or hand them back.",
        examples=["finish_contact"],
    )
    overtime: Factor = Field(default=1.0, description="Cost of an hour of overtime against a usual one.", examples=["125%"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a list of skills as skills with nothing special, and one shift as a list of shifts."""
        if isinstance(value, dict) and isinstance(value.get("shifts"), dict):
            value = {**value, "shifts": [value["shifts"]]}
        agents = value.get("agents") if isinstance(value, dict) else None
        if isinstance(agents, (int, str)) and not isinstance(agents, bool):
            raise ValueError(f"has agents by name under agents, each with shifts; for a number write count: {agents}")
        return named_skills(value)

    @model_validator(mode="after")
    def _one_source(self) -> Team:
        given = [name for name in ("count", "staffing") if getattr(self, name) is not None]
        given += ["shifts"] if self.shifts or self.agents else []
        if len(given) != 1:
            raise ValueError(
                f"needs either {' or '.join(given)}, not both"
                if given
                else "needs count, staffing or shifts; write e.g. count: 12"
            )
        if given != ["shifts"] and (self.lateness or self.adherence):
            odd = "lateness" if self.lateness else "adherence"
            raise ValueError(f"has {odd}, but its agents are only counted; write their shifts")
        return self

    @property
    def has_timetables(self) -> bool:
        """Whether the agents have timetables of their own; else they are counted."""
        return bool(self.shifts or self.agents)

    _write = dropped_if_none("count", "staffing")
