"""Splits a log into days to fit and days to predict: leading days, or days drawn by a stated seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b
from typing import Any

import polars as pl

from simkpi.errors import InputError
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.pick_ups import with_pick_ups
from simkpi.units import DAY, parse_duration, parse_share


@dataclass(frozen=True)
class Split:
    """A log in two parts.

    Parameters
    ----------
    train, test : Log
        Contacts (and agent states) of the days to fit, and of the days to predict.
    train_days, test_days : tuple of date
        The days, increasing.
    how : str
        ``leading`` or ``random``.
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
        How many days to fit: a duration of whole days (``2w``, ``10d``) or a share of the log's days (``50%``).
    test : str, optional
        How many of the days that follow (of the others, with ``random``) to predict. Default: all of them.
    how : str
        ``leading``: the first days are fitted, those after them predicted; ``random``: the days to fit are drawn.
    seed : int or str
        Names the draw of ``random``.

    Raises
    ------
    InputError
        If a part is no whole number of days, or the log has too few days for both parts.
    """
    if how not in ("leading", "random"):
        raise InputError(f"unknown way to split '{how}'; known: leading, random")
    log = with_pick_ups(log)
    days = _days(log)
    if len(days) < 2:
        raise InputError(
            f"the log holds {len(days)} day(s) with contacts: one part to fit and another to predict need two or more"
        )
    fitted = _count(train, len(days), "--train")
    if fitted >= len(days):
        raise InputError(
            f"--train {train} takes {fitted} of the log's {len(days)} days and leaves nothing to predict;"
            f" try --train {len(days) // 2}d"
        )
    ranked = days if how == "leading" else _shuffled(days, seed)
    left = len(days) - fitted
    wanted = left if test is None else _count(test, len(days), "--test")
    if wanted > left:
        raise InputError(f"--test {test} asks for {wanted} days, {left} are left after --train {train}; try --test {left}d")
    first, second = tuple(sorted(ranked[:fitted])), tuple(sorted(ranked[fitted : fitted + wanted]))
    return Split(of_days(log, first), of_days(log, second), first, second, how)


def of_days(log: Log, days: tuple[date, ...]) -> Log:
    """Return the contacts that arrived on *days*, and the agent states that began on them."""

    def on(frame: Any, column: str) -> Any:
        return frame.lazy().filter(pl.col(column).dt.date().is_in(list(days))).collect()

    contacts = on(log.interactions, "arrived_at")
    messages = log.messages
    if messages is not None:
        messages = messages.lazy().join(contacts.lazy().select("contact_id"), on="contact_id", how="semi").collect()
    return replace(
        log,
        interactions=contacts,
        messages=messages,
        agent_states=None if log.agent_states is None else on(log.agent_states, "from_at"),
    )


def _days(log: Log) -> tuple[date, ...]:
    """Days on which a contact arrived, increasing."""
    found = log.interactions.lazy().select(pl.col("arrived_at").dt.date().unique().sort()).collect()
    return tuple(found["arrived_at"].drop_nulls().to_list())


def _count(text: str, days: int, option: str) -> int:
    """Whole days in ``2w``, ``10d`` or ``50%``."""
    if text.strip().endswith("%"):
        share = parse_share(text)
        if not 0 < share < 1:
            raise InputError(f"{option} must lie between 0 and 100 %, both excluded, got {text}")
        return max(1, round(share * days))
    seconds = parse_duration(text)
    count = round(seconds / DAY)
    if count < 1 or seconds != count * DAY:
        raise InputError(f"{option} takes whole days, got {text}; write e.g. 2w, 10d or 50%")
    return count


def _shuffled(days: tuple[date, ...], seed: int | str) -> list[date]:
    """Days in an order that depends on the seed and on each day alone, the same on every machine."""
    return sorted(days, key=lambda day: (blake2b(f"backtest|{seed}|{day}".encode(), digest_size=8).digest(), day))
