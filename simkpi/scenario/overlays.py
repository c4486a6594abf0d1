"""Campaigns, outages and the like: named pieces laid over the expected contacts and the bots of a scenario."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from simkpi.scenario.base import Model
from simkpi.scenario.bots import Bot, Outage
from simkpi.scenario.calendar import Span
from simkpi.scenario.contacts import Contact
from simkpi.scenario.days import read_date, weekdays_in
from simkpi.scenario.fields import Spread, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simkpi.scenario.profiles import Context

_WHOLE_DAY = Span(start="00:00", end="24:00")


def check_days(text: str) -> str:
    """Return *text* if it is a date, two dates joined by ``to``, or weekdays; for use as a validator."""
    if any(letter.isdigit() for letter in text):
        first, last = _dates(text)
        if last < first:
            raise ValueError(f"must end after it starts, got '{text}'")
    else:
        weekdays_in(text)
    return text


def _dates(text: str) -> tuple[date, date]:
    first, *rest = re.split(r"\s+to\s+", text.strip())
    if len(rest) > 1:
        raise ValueError(f"must be a date, or two joined by 'to', got '{text}'")
    return read_date(first), read_date(rest[0] if rest else first)


class Overlay(Model):
    """Something that lies over the usual volume for a while: a factor on contacts, a bot that is down, or both."""

    contacts: tuple[Text, ...] = Field(
        default=(),
        description="Contact types, or channels for all their types, that the factor is for; default: all.",
        examples=["[chat]"],
    )
    factor: Spread = Field(default=1.0, description="Factor on the expected contacts; 0% = none get through.", examples=["150%"])
    bots_down: tuple[Text, ...] = Field(default=(), description="Bots that are down.", examples=["[assistant]"])
    days: tuple[Annotated[Text, AfterValidator(check_days)], ...] | None = Field(
        default=None,
        description="Dates, `date to date`, or weekdays; default: every day.",
        examples=["[2026-01-05, 2026-01-08 to 2026-01-10]"],
    )
    between: Span = Field(default=_WHOLE_DAY, description="Hours of those days.", examples=["10:00-14:00"])

    @classmethod
    def long_form(cls, value: Any) -> Any:
        """Read one name, or one day, as a list of one."""
        if not isinstance(value, dict):
            return value
        single = {key: [value[key]] for key in ("contacts", "bots_down", "days") if isinstance(value.get(key), str)}
        return {**value, **single}

    @model_validator(mode="after")
    def _does_something(self) -> Overlay:
        if "factor" not in self.model_fields_set and not self.bots_down:
            raise ValueError("changes nothing; give a factor (factor: 150%) or bots_down")
        return self

    def numbers(self, dates: Sequence[date]) -> list[int]:
        """Numbers of the days of the calendar that it covers."""
        if self.days is None:
            return list(range(len(dates)))
        return [number for number, day in enumerate(dates) if any(_covers(words, day) for words in self.days)]


def _covers(words: str, day: date) -> bool:
    if any(letter.isdigit() for letter in words):
        first, last = _dates(words)
        return first <= day <= last
    return day.weekday() in weekdays_in(words)


def with_overlays(
    contacts: dict[str, Contact], bots: dict[str, Bot], overlays: Mapping[str, Overlay], context: Context
) -> tuple[dict[str, Contact], dict[str, Bot]]:
    """Fold overlays into laid-out volumes and into the outages of bots; several on one interval multiply.

    An interval that an overlay covers in part takes that part of its effect.
    """
    from simkpi.scenario.routing_tables import types_called

    contacts, bots = dict(contacts), dict(bots)
    for name, overlay in overlays.items():
        place, findings = ("overlays", name), context.findings
        days = overlay.numbers(context.days.dates)
        if not days:
            findings.warn((*place, "days"), "cover no day of the calendar: the overlay changes nothing")
        wanted: dict[str, None] = {} if overlay.contacts else dict.fromkeys(contacts)
        for index, called in enumerate(overlay.contacts):
            wanted.update(dict.fromkeys(types_called(called, contacts, findings, (*place, "contacts", index))))
        for contact in wanted:
            volume = contacts[contact].volume
            rows = _multiplied(volume.expected or (), volume.start, volume.interval, overlay, set(days))
            contacts[contact] = contacts[contact].model_copy(update={"volume": volume.model_copy(update={"expected": rows})})
        for index, bot in enumerate(overlay.bots_down):
            if bot not in bots:
                findings.unknown((*place, "bots_down", index), "bot", bot, bots)
                continue
            down = [Outage.model_construct(day=context.days.dates[day], between=overlay.between) for day in days]
            bots[bot] = bots[bot].model_copy(update={"down": (*bots[bot].down, *down)})
    return contacts, bots


def _multiplied(
    rows: Sequence[tuple[float, ...]], start: float, interval: float, overlay: Overlay, days: set[int]
) -> tuple[tuple[float, ...], ...]:
    if overlay.factor == 1 or not rows:
        return tuple(rows)
    factors = []
    for index in range(len(rows[0])):
        begins = start + index * interval
        covered = min(begins + interval, overlay.between.end) - max(begins, overlay.between.start)
        factors.append(1 + (overlay.factor - 1) * max(0.0, covered) / interval)
    return tuple(
        tuple(value * factor for value, factor in zip(row, factors, strict=True)) if day in days else row
        for day, row in enumerate(rows)
    )
