"""Durations, shares, volumes and times of day: what people write is read as they mean it, and written so that it reads back."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.errors import InputError
from simkpi.units import (
    TICKS_PER_SECOND,
    decimals_for,
    format_duration,
    format_share,
    format_time_of_day,
    format_value,
    parse_duration,
    parse_number,
    parse_share,
    parse_time_of_day,
    parse_volume,
    to_ticks,
)


def refusal(function, text, **options):
    with pytest.raises(InputError) as caught:
        function(text, **options)
    return caught.value.problems[0].message


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("90 s", 90),
        ("4m30s", 270),
        ("4m30", 270),
        ("4 min 30 s", 270),
        ("6 min 30", 390),
        ("1h30", 5400),
        ("0,5 h", 1800),
        ("1.5h", 5400),
        ("2h05m", 7500),
        ("250ms", 0.25),
        ("1d", 86400),
        ("2j", 172_800),
        ("1w", 604_800),
        ("90 secondes", 90),
        ("PT3M30S", 210),
        ("pt1h", 3600),
        ("P1DT2H", 93_600),
        ("0:04:30", 270),
        ("0s", 0),
        ("1m0.5s", 60.5),
    ],
)
def test_a_duration_is_read_as_it_is_meant(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("90", "needs a unit, got '90'; write 90s"),
        ("", "a duration is missing"),
        ("   ", "a duration is missing"),
        ("-5m", "must not be negative"),
        ("5 parsecs", "unknown unit 'parsecs'"),
        ("30s5m", "units out of order"),
        ("5m5m", "units out of order"),
        ("4:30", "could be 4m30s or 4h30m"),
        ("nan", "must be finite"),
        ("-.inf", "must be finite"),
        ("9" * 400 + "s", "must be finite"),
        ("five minutes", "is not a duration"),
        ("5m!", "is not a duration"),
        ("5m 3 2", "is not a duration"),
        ("٣m", "is not a duration"),
        ("1s5", "is not a duration"),
    ],
)
def test_what_is_no_duration_is_refused_with_a_reason(text, part):
    assert part in refusal(parse_duration, text)


def test_a_bare_number_is_seconds_only_where_that_is_said():
    assert parse_duration("90", bare="seconds") == 90
    assert "needs a unit" in refusal(parse_duration, "90")


@given(st.integers(0, 10**12))
@settings(derandomize=True, deadline=None)
def test_every_whole_millisecond_survives_writing_and_reading(ticks):
    seconds = ticks / TICKS_PER_SECOND
    assert to_ticks(parse_duration(format_duration(seconds))) == ticks


@given(st.text(max_size=12))
@settings(derandomize=True, deadline=None)
def test_any_text_is_a_finite_duration_or_an_input_error(text):
    try:
        seconds = parse_duration(text)
    except InputError:
        return
    assert math.isfinite(seconds)
    assert seconds >= 0


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("1e3", 1000), ("0,8", 0.8), ("-2.5", -2.5), ("+3", 3), (" 7 ", 7), (".5", 0.5), ("5.", 5)]
)
def test_a_number_is_read(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("nan", "finite"),
        ("inf", "finite"),
        ("-Infinity", "finite"),
        (".nan", "finite"),
        ("1e400", "finite"),
        ("1_000", "must be a number"),
        ("1 234", "must be a number"),
        ("٣", "must be a number"),
        ("ten", "must be a number"),
        ("0x10", "must be a number"),
        ("", "must be a number"),
        ("1,000", "could be 1000 or 1.000"),
        ("12,345,678", "could be 12345678"),
    ],
)
def test_what_is_no_finite_number_is_refused(text, part):
    assert part in refusal(parse_number, text)


@pytest.mark.parametrize(
    ("text", "share"), [("80%", 0.8), ("0.25", 0.25), ("12.5 %", 0.125), ("82,5%", 0.825), ("100%", 1), ("0", 0)]
)
def test_a_share_is_read(text, share):
    assert parse_share(text) == share


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("80", "write 80% if you mean per cent"),
        ("120%", "between 0% and 100%"),
        ("-5%", "between 0% and 100%"),
        ("-0.1", "between 0% and 100%"),
        ("1000", "between 0% and 100%"),
        ("nan", "finite"),
        ("many", "must be a number"),
    ],
)
def test_what_is_no_share_is_refused(text, part):
    assert part in refusal(parse_share, text)


@given(st.floats(0, 1))
@settings(derandomize=True, deadline=None)
def test_a_share_once_written_stays_what_it_is(fraction):
    once = parse_share(format_share(fraction))
    assert once == pytest.approx(fraction, rel=1e-11, abs=1e-13)
    assert parse_share(format_share(once)) == once


@given(st.integers(0, 86_400))
@settings(derandomize=True, deadline=None)
def test_every_second_of_the_day_survives_writing_and_reading(second):
    assert parse_time_of_day(format_time_of_day(second)) == second


@pytest.mark.parametrize("text", ["24:01", "25:00", "8h30", "830", "8:60", "8:5", "٨:30", "", "-1:00"])
def test_what_is_no_time_of_day_is_refused(text):
    assert "must be a time of day" in refusal(parse_time_of_day, text)


@pytest.mark.parametrize(
    ("text", "count", "period"),
    [
        ("480 per day", 480, 86_400),
        ("100/30min", 100, 1800),
        ("12 per hour", 12, 3600),
        ("480 par jour", 480, 86_400),
        ("20 per min", 20, 60),
        ("0 per day", 0, 86_400),
        ("1e3 / week", 1000, 604_800),
    ],
)
def test_a_volume_is_read_with_its_period(text, count, period):
    assert parse_volume(text) == (count, period)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("480", "contacts per period"),
        ("-5 per day", "must not be negative"),
        (".inf per day", "finite"),
        ("480 per fortnight", "unknown unit"),
        ("480 per 0s", "longer than zero"),
        ("many per day", "must be a number"),
        ("1,000 per day", "could be 1000"),
    ],
)
def test_what_is_no_volume_is_refused(text, part):
    assert part in refusal(parse_volume, text)


def test_figures_show_as_many_digits_as_their_half_width_supports():
    assert [decimals_for(width) for width in (12.0, 0.6, 0.034, None, 0.0)] == [0, 1, 2, 2, 2]
    assert format_value(0.784213, "fraction", half_width=0.006) == "78.4%"
    assert format_value(None, "seconds") == "–"
    assert format_value(1234.5, "count", half_width=20, locale="fr") == "1\u202f234"
