"""When agents work: shifts with their pauses, agents by name, and the time that is paid but not worked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from simkpi.scenario.base import Model
from simkpi.scenario.calendar import Day, Weekdays
from simkpi.scenario.fields import Duration, Factor, Headcount, PositiveDuration, Share, TimeOfDay
from simkpi.scenario.laws import Law
from simkpi.scenario.skills import Skill, named_skills
from simkpi.scenario.volumes import dropped_if_none
from simkpi.units import DAY, format_duration, format_time_of_day

#: What becomes of a pause that is due while a contact is open.
WhenBusy = Literal["delay", "shorten", "skip"]


class Pause(Model):
    """A break within a shift: ``after`` a time from its start, or ``at`` a time of day.

    ``when_busy``, if contacts are open when it is due: it begins when they are done, and is as long (``delay``) or ends on time
    (``shorten``), or it is not taken (``skip``).
    """

    alternatives = ("after", "at")

    after: Duration | None = Field(default=None, description="Begin, from the start of the shift.", examples=["3h30m"])
    at: TimeOfDay | None = Field(default=None, description="Begin, as a time of day.", examples=["10:30"])
    length: PositiveDuration = Field(description="How long it is.", examples=["15m"])
    paid: bool = Field(default=True, description="Whether it is paid time.", examples=["false"])
    when_busy: WhenBusy = Field(
        default="delay",
        description="With contacts open when it is due: delay (as long), shorten (ends on time) or skip.",
        examples=["shorten"],
    )

    @model_validator(mode="after")
    def _one_begin(self) -> Pause:
        if (self.after is None) == (self.at is None):
            raise ValueError("needs either after or at" + ("" if self.after is None else ", not both"))
        return self

    _write = dropped_if_none("after", "at")

    def begin(self, start: float) -> float:
        """Begin, seconds after the midnight before the shift, which starts at *start*."""
        if self.at is None:
            return start + (self.after or 0.0)
        return self.at if self.at >= start else self.at + DAY


class Lunch(Pause):
    """A long break, unpaid unless it says otherwise."""

    paid: bool = Field(default=False, description="Whether it is paid time.", examples=["true"])


class Meeting(Pause):
    """A meeting or training: it ends on time, also for those who come late to it."""

    when_busy: WhenBusy = Field(
        default="shorten",
        description="With contacts open when it is due: delay (as long), shorten (ends on time) or skip.",
        examples=["delay"],
    )


class WorkShift(Model):
    """One kind of shift and how many agents work it, on the open days of the calendar."""

    alternatives = ("length", "end")

    days: Weekdays | None = Field(default=None, description="Weekdays; default: every day.", examples=["mon-fri"])
    dates: tuple[Day, ...] = Field(default=(), description="Dates, in the place of weekdays.", examples=["[2026-12-24]"])
    start: TimeOfDay = Field(description="Begin.", examples=["08:00"])
    length: PositiveDuration | None = Field(
        default=None, le=DAY, description="From start to end, pauses included.", examples=["8h"]
    )
    end: TimeOfDay | None = Field(default=None, description="End, in the place of a length.", examples=["16:30"])
    overnight: bool = Field(default=False, description="Whether it ends on the next day.", examples=["true"])
    count: Headcount = Field(default=1, description="Agents who work it.", examples=["9"])
    pause: Pause | None = Field(default=None, alias="break", description="The break.", examples=["{after: 4h, length: 30m}"])
    breaks: tuple[Pause, ...] = Field(
        default=(),
        description="Further breaks.",
        examples=["[{after: 2h, length: 15m}]"],
        json_schema_extra={"type": ["array", "object"]},
    )
    lunch: Lunch | None = Field(
        default=None, description="Lunch; unpaid unless paid: true.", examples=["{after: 4h, length: 1h}"]
    )
    meetings: tuple[Meeting, ...] = Field(
        default=(),
        description="Meetings.",
        examples=["[{at: 10:00, length: 30m}]"],
        json_schema_extra={"type": ["array", "object"]},
    )
    training: tuple[Meeting, ...] = Field(
        default=(),
        description="Training.",
        examples=["[{at: 14:00, length: 1h}]"],
        json_schema_extra={"type": ["array", "object"]},
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a single further break, meeting or training as a list of one."""
        if not isinstance(value, dict):
            return value
        return {
            key: [item] if key in ("breaks", "meetings", "training") and isinstance(item, dict) else item
            for key, item in value.items()
        }

    @model_validator(mode="after")
    def _makes_sense(self) -> WorkShift:
        if (self.length is None) == (self.end is None):
            raise ValueError("needs either length or end" + ("" if self.length is None else ", not both"))
        if self.days is not None and self.dates:
            raise ValueError("needs either days or dates, not both")
        if len(set(self.dates)) < len(self.dates):
            raise ValueError("names a date twice")
        self._check_night()
        self._check_pauses()
        return self

    def _check_night(self) -> None:
        late = self.end is not None and self.end <= self.start
        if not self.overnight and (late or self.start + (self.length or 0.0) > DAY):
            what = "ends before it starts" if late else "runs past midnight"
            raise ValueError(f"{what}; write overnight: true if it ends on the next day")
        if self.overnight and not late and self.start + (self.length or 0.0) <= DAY:
            raise ValueError("is overnight but ends on the day on which it starts")

    def _check_pauses(self) -> None:
        before = self.start
        for kind, pause in sorted(self.pauses(), key=lambda each: each[1].begin(self.start)):
            begin = pause.begin(self.start)
            finish = begin + pause.length
            shown = f"{format_time_of_day(begin % DAY)} ({format_duration(pause.length)})"
            if begin < self.start or finish > self.until:
                last = format_time_of_day(self.until if self.until <= DAY else self.until % DAY)
                raise ValueError(f"has its {kind} of {shown} outside the shift, {format_time_of_day(self.start)} to {last}")
            if begin < before:
                raise ValueError(f"has its {kind} of {shown} while another pause lasts, until {format_time_of_day(before % DAY)}")
            before = finish

    @property
    def until(self) -> float:
        """End, seconds after the midnight before it starts: more than a day for one that ends on the next."""
        if self.end is None:
            return self.start + (self.length or 0.0)
        return self.end + DAY if self.end <= self.start else self.end

    def pauses(self) -> list[tuple[str, Pause]]:
        """All pauses, each with its kind (a state of agents)."""
        single: list[tuple[str, Pause | None]] = [("break", self.pause), ("lunch", self.lunch)]
        many = [("break", self.breaks), ("meeting", self.meetings), ("training", self.training)]
        return [(kind, pause) for kind, pause in single if pause is not None] + [
            (kind, pause) for kind, listed in many for pause in listed
        ]

    _write = dropped_if_none("days", "length", "end")


class RampUp(Model):
    """How a new agent gets faster: pace rises evenly from ``from`` to 100 % over the time ``over``, in steps of ``step``."""

    start: Share = Field(alias="from", gt=0, description="Pace on the first day.", examples=["60%"])
    over: PositiveDuration = Field(description="Time until the full pace.", examples=["6w"])
    since: Day = Field(description="First day at work.", examples=["2026-01-05"])
    step: PositiveDuration = Field(default=7 * DAY, description="The pace rises in steps of this length.", examples=["1d"])

    def pace(self, days: int) -> float:
        """Pace, as a factor, *days* after the first day; whole steps count."""
        passed = max(0.0, days * DAY // self.step * self.step)
        return round(min(1.0, self.start + (1 - self.start) * passed / self.over), 6)


class NamedAgent(Model):
    """One agent by name, with shifts, and possibly a pace, skills and success of his own."""

    shifts: tuple[WorkShift, ...] = Field(
        min_length=1,
        description="When the agent works.",
        examples=["[{start: 08:00, length: 8h}]"],
        json_schema_extra={"type": ["array", "object"]},
    )
    skills: dict[str, Skill] = Field(
        default_factory=dict,
        description="What the agent serves of the team's skills, with fields that differ; default: all, as the team.",
        examples=["{voice: {speed: 110%}}"],
        json_schema_extra={"type": ["object", "array"]},
    )
    speed: Factor = Field(default=1.0, description="Pace of work against the team's, in all skills.", examples=["110%"])
    resolves: Factor = Field(
        default=1.0, description="Share of contacts resolved against the team's, in all skills.", examples=["105%"]
    )
    ramp_up: RampUp | None = Field(
        default=None, description="A new agent's rising pace.", examples=["{from: 60%, over: 6w, since: 2026-01-05}"]
    )

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a single shift as a list of one."""
        if isinstance(value, dict) and isinstance(value.get("shifts"), dict):
            value = {**value, "shifts": [value["shifts"]]}
        return named_skills(value)

    @model_validator(mode="after")
    def _one_person(self) -> NamedAgent:
        odd = next((shift.count for shift in self.shifts if shift.count != 1), None)
        if odd is not None:
            raise ValueError(f"is one person, got a shift with count {odd}")
        return self


def _leaves_somebody(share: float) -> float:
    if share >= 1:
        raise ValueError("must be less than 100%: nobody would be left")
    return share


#: A share of the agents, not all of them.
Absent = Annotated[Share, AfterValidator(_leaves_somebody)]


class Shrinkage(Model):
    """Time that is paid but not worked, breaks and meetings of shifts apart."""

    planned: Absent = Field(default=0.0, description="Planned absence (leave, training): known to the planner.", examples=["18%"])
    unplanned: Absent = Field(
        default=0.0, description="Chance that an agent does not come on a day (sickness): random.", examples=["9%"]
    )


class Lateness(Model):
    """Agents who come late to a shift."""

    chance: Share = Field(description="Share of shifts begun late.", examples=["10%"])
    time: Law = Field(description="How late.", examples=["{exponential: {mean: 6m}}"])


class Adherence(Model):
    """Agents who are away at moments of their own choice: share of the time on queue in which they are really there."""

    written = ({"type": ["string", "number"], "examples": ["95%"], "description": "The share"},)

    share: Share = Field(gt=0, description="Share of the scheduled time on queue that is kept.", examples=["95%"])
    pause: PositiveDuration = Field(default=300.0, description="Usual length of one absence.", examples=["5m"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read a share alone."""
        return value if isinstance(value, dict) else {"share": value}
