"""Puts a forecast into a scenario: its days, its volumes, and how far off they may be."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import polars as pl

from simkpi.errors import InputError, did_you_mean
from simkpi.planning.forecast.forecast import Forecast
from simkpi.scenario.resolve import Scenario
from simkpi.units import DAY, format_duration, format_share, format_time_of_day


def volume(found: Forecast) -> dict[str, Any]:
    """Return the forecast as a scenario's ``volume``: one row a day from the day after the history, and its errors.

    ``forecast_error`` is the error that all days share, ``day_spread`` the rest of a day's error and ``interval_spread`` that of
    an interval, each without the part that Poisson counts vary by themselves.
    """
    rows, first, last = _rows(found)
    about = found.chosen
    mean = float(found.days["expected"].mean() or 0.0)  # type: ignore[arg-type]
    day = math.sqrt(max(about.day_error**2 - (1 / mean if mean else 0.0), 0.0))
    return {
        "interval": format_duration(found.history.interval),
        "from": format_time_of_day(first * found.history.interval),
        "expected": [[float(f"{value:.4g}") for value in row[first : last + 1]] for row in rows],
        "forecast_error": format_share(round(about.total_error, 4)),
        "day_spread": format_share(round(day, 4)),
        "interval_spread": format_share(round(about.interval_error, 4)),
    }


def _rows(found: Forecast) -> tuple[np.ndarray[Any, np.dtype[np.float64]], int, int]:
    """Return expected contacts by day and interval, and the first and last interval in use."""
    slots = round(DAY / found.history.interval)
    day, offset = (pl.col("start").dt.date(), pl.col("start").dt.time().cast(pl.Duration).dt.total_seconds())
    table = found.intervals.select(day.alias("day"), (offset / found.history.interval).cast(pl.Int64).alias("slot"), "expected")
    begin = found.history.day(len(found.history))
    horizon = max((found.days["day"].to_list()[-1] - begin).days + 1, 1)
    rows = np.zeros((horizon, slots))
    for row in table.iter_rows():
        rows[(row[0] - begin).days, row[1]] = row[2]
    used = np.flatnonzero(rows.any(axis=0))
    return rows, int(used[0]), int(used[-1])


def apply(found: Forecast, scenario: Scenario, contact: str) -> dict[str, Any]:
    """Return *scenario* in its short form with the forecast as the volume of *contact*, over the forecast's days.

    Raises
    ------
    InputError
        If the scenario has no such contact type.
    """
    short = copy.deepcopy(scenario.short)
    contacts = short.get("contacts", {})
    if contact not in contacts:
        raise InputError(
            f"the scenario has no contact type '{contact}'{did_you_mean(contact, contacts)}; it has {', '.join(contacts)}"
        )
    wanted = volume(found)
    calendar = dict(short.get("calendar") or {})
    calendar["from"], calendar["days"] = str(found.history.day(len(found.history))), len(wanted["expected"])
    short["calendar"] = calendar
    contacts[contact] = {**contacts[contact], "volume": wanted}
    return dict(short)
