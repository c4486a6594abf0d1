"""When a bot is up: its hours by weekday without its outages, as spans of the horizon."""

from __future__ import annotations

from collections.abc import Iterable

from simkpi.scenario.bots import Bot
from simkpi.scenario.days import WEEKDAYS, by_weekday
from simkpi.scenario.spec import Calendar, Span, Spec, Volume
from simkpi.units import DAY

#: (start, end), seconds from midnight of the first day.
UpSpan = tuple[float, float]


def by_day_of_week(bot: Bot) -> dict[str, Span | None]:
    """Return the bot's hours with one entry per weekday."""
    hours = by_weekday(bot.hours)
    return {name: hours.get(number) for number, name in enumerate(WEEKDAYS)}


def is_always_up(bot: Bot) -> bool:
    """Whether the bot works at any time and has no outage."""
    hours = by_weekday(bot.hours)
    return not bot.down and all((span := hours.get(day)) and span.end - span.start == DAY for day in range(7))


def up_spans(bot: Bot, calendar: Calendar) -> tuple[UpSpan, ...]:
    """Spans in which the bot takes contacts, disjoint and in order of time.

    Parameters
    ----------
    bot : Bot
    calendar : Calendar
        Its first day and number of days.

    Returns
    -------
    tuple of (float, float), seconds from midnight of the first day
        Within the horizon; a span goes on over midnight.
    """
    hours, first = by_weekday(bot.hours), calendar.start
    open_from = [(day, hours.get((first.weekday() + day) % 7)) for day in range(calendar.days)]
    spans = _joined((day * DAY + span.start, day * DAY + span.end) for day, span in open_from if span)
    for outage in bot.down:
        midnight = (outage.day - first).days * DAY
        start, end = midnight + outage.between.start, midnight + outage.between.end
        spans = [part for span in spans for part in ((span[0], min(span[1], start)), (max(span[0], end), span[1]))]
        spans = [part for part in spans if part[0] < part[1]]
    return tuple(spans)


def _joined(spans: Iterable[UpSpan]) -> list[UpSpan]:
    joined: list[UpSpan] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def bot_of(spec: Spec, contact_type: str) -> Bot | None:
    """Return the bot in front of *contact_type*, as it is for that topic; None if there is none."""
    return next((bot.about(contact_type) for bot in spec.bots.values() if contact_type in bot.serves), None)


def passing_rows(spec: Spec, contact_type: str) -> tuple[tuple[float, ...], ...]:
    """Share of the fresh contacts of each interval that ask for a human, one row a day.

    What the bot ends or customers leave is missing; who does not try the bot, or finds it down in the middle of the interval,
    asks for a human. Places that the bot lacks are not counted.
    """
    volume, bot = spec.contacts[contact_type].volume, bot_of(spec, contact_type)
    rows = volume.expected or ()
    if bot is None:
        return tuple((1.0,) * len(row) for row in rows)
    spans, handed_off = up_spans(bot, spec.calendar), bot.handed_off_share
    lead = ((bot.adoption.since or spec.calendar.start) - spec.calendar.start).days * DAY

    def passing(moment: float) -> float:
        tries = bot.adoption.share((moment - lead) / DAY) if any(start <= moment < end for start, end in spans) else 0.0
        return tries * handed_off + (1 - tries)

    return tuple(tuple(passing(_middle(volume, day, index)) for index in range(len(row))) for day, row in enumerate(rows))


def passing_share(spec: Spec, contact_type: str) -> float:
    """Share of the fresh contacts of *contact_type* that ask for a human, over all intervals of the calendar."""
    rows, passing = spec.contacts[contact_type].volume.expected or (), passing_rows(spec, contact_type)
    pairs = [(count, share) for row, shares in zip(rows, passing, strict=True) for count, share in zip(row, shares, strict=True)]
    total = sum(count for count, _ in pairs)
    return sum(count * share for count, share in pairs) / total if total else 1.0


def _middle(volume: Volume, day: int, index: int) -> float:
    return day * DAY + volume.start + (index + 0.5) * volume.interval
