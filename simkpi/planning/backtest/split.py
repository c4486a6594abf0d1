"""Splits a log into days to fit and days to predict: leading days, or days drawn by a stated seed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any

import polars as pl

from simkpi.errors import InputError, LogError
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.pick_ups import with_pick_ups
from simkpi.units import DAY, parse_duration, parse_share


@dataclass(frozen=True)
class Unit:
    """What is dealt to the two parts.

    Parameters
    ----------
    word, short, examples : str
        ``days``, ``d``, and durations to give as examples.
    every : str
        Its length as polars writes it.
    length : float, seconds
        Its length.
    """

    word: str
    short: str
    examples: str
    every: str
    length: float


_DAYS = Unit("days", "d", "2w, 10d", "1d", DAY)
#: Ways to split, and what each of them deals.
UNITS = {"leading": _DAYS, "random": _DAYS, "hours": Unit("hours", "h", "3h, 20h", "1h", 3600.0)}


@dataclass(frozen=True)
class Split:
    """A log in two parts.

    Parameters
    ----------
    train, test : Log
        Contacts (and agent states) of the days to fit, and of the days to predict.
    train_days, test_days : tuple of date
        The days, increasing; with ``hours`` a day may be in both.
    how : str
        ``leading``, ``random`` or ``hours``.
    """

    train: Log
    test: Log
    train_days: tuple[date, ...]
    test_days: tuple[date, ...]
    how: str


def split(log: Log, *, train: str = "50%", test: str | None = None, how: str = "leading", seed: int | str = 1) -> Split:
    """Split *log* by days of arrival.

    Parameters
    ----------
    log : Log
        From :func:`simkpi.interactions.files.read_log`, in memory.
    train : str
        How many days to fit: a duration of whole days (``2w``, ``10d``) or a share of the days with contacts (``50%``). With
        ``leading`` a duration is one of the calendar: two weeks of a centre that is closed at weekends have ten days.
    test : str, optional
        How many of the days that follow (of the others, with ``random``) to predict. Default: all of them.
    how : str
        ``leading``: the first days are fitted, those after them predicted; ``random``: the days to fit are drawn; ``hours``: the
        hours to fit are drawn (for logs of a few days, whose days differ too much; *train* and *test* then count hours).
    seed : int or str
        Names the draw of ``random``.

    Raises
    ------
    InputError
        If a part is no whole number of days, or the log has too few days for both parts.
    """
    if how not in UNITS:
        raise InputError(f"unknown way to split '{how}'; known: {', '.join(UNITS)}")
    log, unit = with_pick_ups(log), UNITS[how]
    spans = _spans(log, unit)
    if not spans:
        raise LogError("the log has no contacts; nothing can be fitted")
    if len(spans) < 2:
        more = "" if unit.word == "hours" else "; a log of few days can be split with --split hours"
        raise InputError(
            f"the log holds {len(spans)} {unit.word[:-1]}(s) with contacts: one part to fit and another to predict need two or"
            f" more{more}"
        )
    ranked = spans if how == "leading" else _shuffled(spans, seed) if how == "random" else _dealt(spans, seed)
    fitted = _count(train, ranked, "--train", unit, how=how)
    weekdays = {one.weekday() for one in spans}
    half = f"--train {len(spans) // 2}{unit.short}" if len(spans) == _calendar(spans) or how != "leading" else "--train 50%"
    if fitted >= len(spans):
        raise InputError(
            f"--train {train} takes {_told(len(spans), spans, unit)} of the log and leaves nothing to predict; try {half}"
        )
    if not fitted:
        raise InputError(f"--train {train} takes no {unit.word[:-1]} with contacts; try {half}")
    rest = ranked[fitted:]
    wanted = len(rest) if test is None else _count(test, rest, "--test", unit, how=how, weekdays=weekdays)
    first, second = ranked[:fitted], rest[:wanted]
    return Split(of_spans(log, first, unit), of_spans(log, second, unit), _dates(first), _dates(second), how)


def of_spans(log: Log, spans: list[datetime], unit: Unit) -> Log:
    """Return the contacts that arrived in the days or hours that begin at *spans*, their messages, and the days' agent states."""

    def on(frame: Any, column: str, every: str) -> Any:
        starts = pl.Series(spans, dtype=pl.Datetime("ms")).dt.truncate(every).unique()
        return frame.lazy().filter(pl.col(column).cast(pl.Datetime("ms")).dt.truncate(every).is_in(starts.implode())).collect()

    contacts = on(log.interactions, "arrived_at", unit.every)
    messages = log.messages
    if messages is not None:
        messages = messages.lazy().join(contacts.lazy().select("contact_id"), on="contact_id", how="semi").collect()
    return replace(
        log,
        interactions=contacts,
        messages=messages,
        agent_states=None if log.agent_states is None else on(log.agent_states, "from_at", "1d"),
    )


def _spans(log: Log, unit: Unit) -> list[datetime]:
    """Beginnings of the days (or hours) in which a contact arrived, increasing."""
    start = pl.col("arrived_at").cast(pl.Datetime("ms")).dt.truncate(unit.every)
    found = log.interactions.lazy().select(start.unique().sort()).collect()
    return found["arrived_at"].drop_nulls().to_list()


def _dates(spans: list[datetime]) -> tuple[date, ...]:
    return tuple(sorted({one.date() for one in spans}))


def _count(text: str, spans: list[datetime], option: str, unit: Unit, *, how: str, weekdays: Collection[int] = range(7)) -> int:
    """How many of *spans* are meant by ``2w``, ``10d`` (of the calendar, if the first ones are taken) or ``50%``.

    A log ends with the last of its *weekdays*, Monday being 0: days after it on which the centre is closed are there too.
    """
    if text.strip().endswith("%"):
        share = parse_share(text)
        if not 0 < share < 1:
            raise InputError(f"{option} must lie between 0 and 100 %, both excluded, got {text}")
        return max(1, round(share * len(spans)))
    seconds = parse_duration(text)
    count = round(seconds / unit.length)
    if count < 1 or seconds != count * unit.length:
        raise InputError(f"{option} takes whole {unit.word}, got {text}; write e.g. {unit.examples} or 50%")
    longest = _calendar(spans) if how == "leading" else len(spans)
    while how == "leading" and (spans[0] + timedelta(days=longest)).weekday() not in weekdays:
        longest += 1
    if option == "--test" and count > longest:
        left = f"{longest} {unit.word}" + ("" if how != "leading" or longest == len(spans) else f", {len(spans)} with contacts,")
        raise InputError(
            f"--test {text} asks for {count} {unit.word}, {left} are left after --train; try --test {longest}{unit.short}"
        )
    if how != "leading":
        return min(count, len(spans))
    return sum(one < spans[0] + timedelta(seconds=seconds) for one in spans)


def _calendar(spans: list[datetime]) -> int:
    """Days of the calendar from the first span to the last, both included."""
    return (spans[-1].date() - spans[0].date()).days + 1 if spans else 0


def _told(count: int, spans: list[datetime], unit: Unit) -> str:
    inside = _calendar(spans)
    return f"all {count} {unit.word}" + (
        "" if unit.word == "hours" or inside == count else f" with contacts ({inside} of the calendar)"
    )


def _shuffled(spans: list[datetime], seed: int | str) -> list[datetime]:
    """Spans in an order that depends on the seed and on each span alone, the same on every machine."""

    def name(one: datetime) -> str:
        return str(one.date()) if one.time() == time() else str(one)

    return sorted(spans, key=lambda one: (blake2b(f"backtest|{seed}|{name(one)}".encode(), digest_size=8).digest(), one))


def _dealt(hours: list[datetime], seed: int | str) -> list[datetime]:
    """Hours in an order whose beginning holds about the same share of every day."""
    place: dict[datetime, float] = {}
    for day in _dates(hours):
        mine = _shuffled([one for one in hours if one.date() == day], seed)
        place |= {one: (rank + 0.5) / len(mine) for rank, one in enumerate(mine)}
    return sorted(_shuffled(hours, seed), key=place.__getitem__)
