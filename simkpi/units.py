"""Units at the border: what people write (``4m30s``, ``80%``, ``480 per day``) to seconds and fractions, and back."""

from __future__ import annotations

import math
import re

from simkpi.errors import InputError

#: Ticks of the clock per second: demand and engines count whole milliseconds.
TICKS_PER_SECOND = 1000
DAY = 86_400.0

_UNIT_SECONDS = {
    "ms": 0.001,
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "seconde", "secondes"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "mn", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "heure", "heures"), 3600.0),
    **dict.fromkeys(("d", "day", "days", "j", "jour", "jours"), DAY),
    **dict.fromkeys(("w", "week", "weeks", "sem", "semaine", "semaines"), 7 * DAY),
}
_NEXT_UNIT = {DAY: 3600.0, 3600.0: 60.0, 60.0: 1.0}
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]*)\s*")
_ISO = re.compile(r"P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.I)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def parse_duration(text: str, *, bare: str = "refuse") -> float:
    """Seconds in a duration such as ``90s``, ``4m30s``, ``1h30``, ``0,5 h``, ``6 min 30``, ``PT3M30S``, ``8h``.

    Parameters
    ----------
    text : str
        The duration. A trailing number without a unit takes the unit below the one before it (``1h30`` = 90 min).
    bare : str
        What a number without any unit means: ``refuse`` (an error) or ``seconds``.

    Returns
    -------
    float, seconds

    Raises
    ------
    InputError
        If the text is no duration, is negative or not finite, or has no unit.

    Examples
    --------
    >>> parse_duration("4m30s"), parse_duration("1h30"), parse_duration("0,5 h")
    (270.0, 5400.0, 1800.0)
    """
    clean = text.strip()
    if not clean:
        raise InputError("a duration is missing; write e.g. 90s or 4m30s")
    if clean.lower().lstrip("+-.") in {"inf", "infinity", "nan"}:
        raise InputError(f"must be finite, got '{text}'; write e.g. 90s or 4m30s")
    if clean.startswith("-"):
        raise InputError(f"must not be negative, got '{text}'")
    if clean.isascii() and (iso := _ISO.fullmatch(clean)) and any(iso.groups()):
        return math.fsum(float(part) * unit for part, unit in zip(iso.groups(), (DAY, 3600.0, 60.0, 1.0), strict=True) if part)
    if re.fullmatch(r"\d{1,3}:\d{2}", clean, re.ASCII):
        first, second = clean.split(":")
        raise InputError(f"'{text}' could be {first}m{second}s or {first}h{second}m; write the one you mean")
    if re.fullmatch(r"\d+:\d{2}:\d{2}", clean, re.ASCII):
        h, m, s = (int(part) for part in clean.split(":"))
        return h * 3600.0 + m * 60.0 + s
    total: list[float] = []
    last: float | None = None
    position = 0
    while position < len(clean):
        part = _PART.match(clean, position)
        if part is None or not clean.isascii():
            raise InputError(f"is not a duration, got '{text}'; write e.g. 90s, 4m30s or 1h30")
        value, unit = float(part[1].replace(",", ".")), part[2].lower()
        if unit:
            seconds_per_unit = _UNIT_SECONDS.get(unit)
            if seconds_per_unit is None:
                raise InputError(f"has the unknown unit '{part[2]}' in '{text}'; units are ms, s, m, h, d, w")
            if last is not None and seconds_per_unit >= last:
                raise InputError(f"has its units out of order, got '{text}'; write e.g. 4m30s")
        elif last is None:
            if bare == "seconds" and part.end() == len(clean):
                return value
            raise InputError(f"needs a unit, got '{text}'; write {part[1]}s")
        else:
            seconds_per_unit = _NEXT_UNIT.get(last, 0.0)
            if not seconds_per_unit or part.end() != len(clean):
                raise InputError(f"is not a duration, got '{text}'; write e.g. 90s, 4m30s or 1h30")
        total.append(value * seconds_per_unit)
        last, position = seconds_per_unit, part.end()
    seconds = math.fsum(total)
    if not math.isfinite(seconds):
        raise InputError(f"must be finite, got '{text}'")
    return seconds


def parse_number(text: str) -> float:
    """Return a finite number; a decimal comma is read, thousands separators are not.

    Examples
    --------
    >>> parse_number("1e3"), parse_number("0,8")
    (1000.0, 0.8)
    """
    clean = text.strip()
    if _THOUSANDS.fullmatch(clean):
        raise InputError(
            f"could be {clean.replace(',', '')} or {clean.replace(',', '.')}, got '{text}'; write it without a comma"
        )
    if clean.lower().lstrip("+-.") in {"inf", "infinity", "nan"}:
        raise InputError(f"must be a finite number, got '{text}'")
    if not _NUMBER.fullmatch(clean):
        raise InputError(f"must be a number, got '{text}'")
    value = float(clean.replace(",", "."))
    if not math.isfinite(value):
        raise InputError(f"must be a finite number, got '{text}'")
    return value


def parse_share(text: str) -> float:
    """Fraction 0-1 from ``80%`` or ``0.8``.

    Examples
    --------
    >>> parse_share("80%"), parse_share("0.25")
    (0.8, 0.25)
    """
    clean = text.strip()
    if clean.endswith("%"):
        value = parse_number(clean[:-1]) / 100
    else:
        value = parse_number(clean)
        if 1 < value <= 100:
            raise InputError(f"must be between 0 and 1, got '{text}'; write {value:g}% if you mean per cent")
    if not 0 <= value <= 1:
        raise InputError(f"must be between 0% and 100%, got '{text}'")
    return value


def parse_time_of_day(text: str) -> float:
    """Seconds after midnight from ``8:30``, ``08:30`` or ``24:00`` (end of the day).

    Examples
    --------
    >>> parse_time_of_day("8:30"), parse_time_of_day("24:00")
    (30600.0, 86400.0)
    """
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text.strip(), re.ASCII)
    if match is None:
        raise InputError(f"must be a time of day, got '{text}'; write e.g. 08:30")
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    moment = hours * 3600.0 + minutes * 60.0 + seconds
    if minutes > 59 or seconds > 59 or moment > DAY:
        raise InputError(f"must be a time of day up to 24:00, got '{text}'")
    return moment


def parse_volume(text: str) -> tuple[float, float]:
    """Contacts and the period they come in, seconds: ``480 per day``, ``100/30min``, ``12 per hour``.

    Examples
    --------
    >>> parse_volume("100/30min"), parse_volume("480 per day")
    ((100.0, 1800.0), (480.0, 86400.0))
    """
    match = re.fullmatch(r"\s*([^/\s]+)\s*(?:/|per\s|par\s)\s*(.+?)\s*", text)
    if match is None:
        raise InputError(f"must be contacts per period, got '{text}'; write e.g. 480 per day or 100/30min")
    count = parse_number(match[1])
    if count < 0:
        raise InputError(f"must not be negative, got '{text}'")
    period = match[2] if match[2][0].isdigit() else f"1 {match[2]}"
    seconds = parse_duration(period)
    if seconds <= 0:
        raise InputError(f"needs a period longer than zero, got '{text}'")
    return count, seconds


def to_ticks(seconds: float) -> int:
    """Whole milliseconds nearest to *seconds*, halves up."""
    return math.floor(seconds * TICKS_PER_SECOND + 0.5)


def format_duration(seconds: float) -> str:
    """Write a duration so that :func:`parse_duration` reads the same number of milliseconds back.

    Examples
    --------
    >>> format_duration(270), format_duration(0.25), format_duration(5400), format_duration(0)
    ('4m30s', '250ms', '1h30m', '0s')
    """
    if not math.isfinite(seconds):
        return "never"
    milliseconds = to_ticks(abs(seconds))
    if milliseconds == 0:
        return "0s"
    whole, rest = divmod(milliseconds, 1000)
    hours, whole = divmod(whole, 3600)
    minutes, whole = divmod(whole, 60)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else ""]
    if rest:
        parts.append(f"{whole}.{rest:03d}".rstrip("0") + "s" if whole else f"{rest}ms")
    elif whole:
        parts.append(f"{whole}s")
    return ("-" if seconds < 0 else "") + "".join(parts)


def format_time_of_day(seconds: float) -> str:
    """``08:30`` from seconds after midnight (``08:30:15`` if needed).

    Examples
    --------
    >>> format_time_of_day(30600), format_time_of_day(86400)
    ('08:30', '24:00')
    """
    whole = round(seconds)
    text = f"{whole // 3600:02d}:{whole // 60 % 60:02d}"
    return f"{text}:{whole % 60:02d}" if whole % 60 else text


def format_share(fraction: float) -> str:
    """``80%`` from 0.8, with as many digits as the number has.

    Examples
    --------
    >>> format_share(0.8), format_share(0.125)
    ('80%', '12.5%')
    """
    return f"{float(f'{fraction * 100:.12g}'):.12g}%"


def decimals_for(half_width: float | None, *, most: int = 4) -> int:
    """Digits after the point that a half-width supports: the place of its first significant digit.

    Examples
    --------
    >>> decimals_for(0.6), decimals_for(12.0), decimals_for(0.034)
    (1, 0, 2)
    """
    if half_width is None or not math.isfinite(half_width) or half_width <= 0:
        return 2
    return max(0, min(most, -math.floor(math.log10(half_width))))


def format_value(value: float | None, unit: str, *, half_width: float | None = None, locale: str = "en") -> str:
    """Show a figure in the way its *unit* is read, with as many digits as *half_width* supports.

    Parameters
    ----------
    value : float or None
        Seconds, a fraction, a count or money; None shows a dash.
    unit : str
        ``fraction``, ``seconds``, ``count``, ``erlangs``, ``per hour`` ...; unknown units are shown as plain numbers.
    half_width : float or None
        Half the confidence interval, in the unit of *value*; None shows at most two decimals.
    locale : str
        ``fr`` writes a decimal comma.

    Examples
    --------
    >>> format_value(0.784213, "fraction", half_width=0.006), format_value(95.2, "seconds", half_width=2)
    ('78.4%', '1m35s')
    """
    if value is None or math.isnan(value):
        return "–"
    if unit == "fraction":
        text = f"{value * 100:.{decimals_for(None if half_width is None else half_width * 100) if half_width else 1}f}%"
    elif unit == "seconds":
        digits = decimals_for(half_width, most=2) if half_width else 1
        rounded = round(value, digits)
        text = f"{rounded:.{digits}f}s" if abs(rounded) < 60 else format_duration(float(round(value)))
    else:
        text = f"{value:,.{decimals_for(half_width) if half_width else (0 if float(value).is_integer() else 2)}f}"
    if locale == "fr":
        text = text.replace(",", "\u202f").replace(".", ",").replace("%", "\u202f%")
    return text
