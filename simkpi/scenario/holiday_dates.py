"""Public holidays: dates as written, or a country's dates from the optional package ``holidays``, within the calendar."""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from simkpi.errors import did_you_mean
from simkpi.scenario.days import read_date

if TYPE_CHECKING:
    from simkpi.scenario.calendar import Span
    from simkpi.scenario.problems import Findings

_COUNTRY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def check_holiday(text: str) -> str:
    """Return *text* if it is a date or looks like a country code (``FR``, ``DE-BY``); for use as a validator."""
    if _COUNTRY.fullmatch(text):
        return text
    if text and not any(letter.isdigit() for letter in text):
        raise ValueError(f"must be a date as 2026-12-25 or a country code as FR, got '{text}'")
    return read_date(text).isoformat()


def holiday_blocks(value: Any) -> Any:
    """Read one date or country, or a list of them, as closed days."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return dict.fromkeys(value, "closed")
    return value


def dated(named: Mapping[str, Span | None], dates: Collection[date], findings: Findings) -> dict[str, Span | None]:
    """Holidays of the calendar by date (ISO), earliest first; a date written out overrules a country's.

    Parameters
    ----------
    named : mapping of str to Span or None
        Opening hours by date or country code; None = closed.
    dates : collection of date
        The days of the calendar; other holidays are left out.
    findings : Findings
        Hears of countries that can not be looked up.
    """
    found: dict[str, Span | None] = {}
    for name in sorted(named, key=lambda name: _COUNTRY.fullmatch(name) is None):
        if _COUNTRY.fullmatch(name):
            try:
                days = _of_country(name, {day.year for day in dates})
            except LookupError as error:
                findings.error(("calendar", "holidays", name), str(error.args[0]))
                continue
        else:
            days = {date.fromisoformat(name)}
        found |= {day.isoformat(): named[name] for day in days if day in dates}
    return dict(sorted(found.items()))


def _of_country(code: str, years: Collection[int]) -> set[date]:
    """Public holidays of a country (and subdivision) in some years.

    Raises
    ------
    LookupError
        If the package is absent, or knows no such country.
    """
    try:
        package: Any = importlib.import_module("holidays")
    except ImportError:
        message = f"needs the package 'holidays' to look up '{code}': install simkpi[calendar], or list the dates"
        raise LookupError(message) from None
    country, _, region = code.partition("-")
    known = package.list_supported_countries()
    if country not in known:
        raise LookupError(f"unknown country '{country}'{did_you_mean(country, list(known)) or '; write its ISO code, e.g. FR'}")
    if region and region not in known[country]:
        listed = ", ".join(known[country][:12])
        hint = did_you_mean(region, list(known[country])) or (f"; known: {listed}" if listed else "; leave it out")
        raise LookupError(f"unknown region '{region}' of {country}{hint}")
    return set(package.country_holidays(country, subdiv=region or None, years=sorted(years)))
