from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.interactions.cells import read_cells
from simkpi.interactions.columns import Column
from simkpi.interactions.reading import Reading

DMY, MDY, PLAIN = Reading(date_order="dmy"), Reading(date_order="mdy"), Reading()


def read(
    kind: str, cell: object, reading: Reading = PLAIN, dtype: pl.DataType | None = None, values: tuple[str, ...] = ()
) -> object:
    cells = pl.Series("x", [cell], dtype=dtype)
    result = read_cells(cells, Column(kind, "", values), reading)
    assert result.name == "x"
    return result[0]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-01-05T08:30:00", dt.datetime(2026, 1, 5, 8, 30)),
        ("2026-01-05 08:30:00.250", dt.datetime(2026, 1, 5, 8, 30, 0, 250_000)),
        (" 2026-01-05 ", dt.datetime(2026, 1, 5)),
        ("2026/1/5 8:30", dt.datetime(2026, 1, 5, 8, 30)),
        ("2026-01-05T08:30Z", dt.datetime(2026, 1, 5, 8, 30)),
        ("2026-01-05T08:30:00+02:00", dt.datetime(2026, 1, 5, 6, 30)),
        ("2026-01-05T08:30:00.5-0500", dt.datetime(2026, 1, 5, 13, 30, 0, 500_000)),
        ("31.12.2026 23:59:59", dt.datetime(2026, 12, 31, 23, 59, 59)),
        ("90", dt.datetime(1970, 1, 1, 0, 1, 30)),
        ("28804.735", dt.datetime(1970, 1, 1, 8, 0, 4, 735_000)),
        (1.0005, dt.datetime(1970, 1, 1, 0, 0, 1, 1000)),
        (3, dt.datetime(1970, 1, 1, 0, 0, 3)),
        (dt.timedelta(minutes=1), dt.datetime(1970, 1, 1, 0, 1)),
        (dt.date(2026, 1, 5), dt.datetime(2026, 1, 5)),
    ],
)
def test_moments_are_read_from_text_numbers_and_dates(cell: object, moment: dt.datetime) -> None:
    assert read("moment", cell) == moment


@pytest.mark.parametrize(
    "cell", ["31/02/2026", "2026-13-01", "25:00", "soon", "20260105", "03/04/2026", "2026-01-05 24:30:00", float("nan")]
)
def test_a_moment_that_is_none_or_is_ambiguous_becomes_null(cell: object) -> None:
    assert read("moment", cell) is None


@pytest.mark.parametrize("cell", [1_767_600_000_000, 1_767_600_000_000.0, "1767600000000", 2**62, float("inf"), -1e300])
def test_milliseconds_are_not_taken_for_seconds(cell: object) -> None:
    assert read("moment", cell) is None


def test_the_order_of_day_and_month_is_the_one_given() -> None:
    assert read("moment", "03/04/2026 1:05 PM", DMY) == dt.datetime(2026, 4, 3, 13, 5)
    assert read("moment", "03/04/2026 12:05 am", MDY) == dt.datetime(2026, 3, 4, 0, 5)
    assert read("moment", "03/04/2026 13:05 PM", MDY) is None


def test_offsets_become_the_wall_clock_of_the_time_zone() -> None:
    paris = Reading(timezone="Europe/Paris")
    assert read("moment", "2026-07-05T08:00:00Z", paris) == dt.datetime(2026, 7, 5, 10)
    assert read("moment", dt.datetime(2026, 1, 5, 8, tzinfo=dt.timezone.utc), paris) == dt.datetime(2026, 1, 5, 9)
    assert read("moment", "2026-07-05T08:00:00", paris) == dt.datetime(2026, 7, 5, 8)


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("90", 90),
        ("1,5", 1.5),
        ("1.234,5", 1234.5),
        ("0:04:30", 270),
        ("1:02:03.25", 3723.25),
        ("4m30s", 270),
        ("PT4M30S", 270),
        ("1h30", 5400),
        (dt.timedelta(seconds=1.25), 1.25),
        (dt.time(0, 4, 30), 270),
        (7, 7),
        ("30:00:00", 108000),
    ],
)
def test_durations_are_read_in_seconds(cell: object, seconds: float) -> None:
    assert read("seconds", cell) == seconds


@pytest.mark.parametrize("cell", ["4:30", "1,234", "abc", "-", "1e999", float("inf")])
def test_a_duration_that_may_mean_two_things_is_refused(cell: object) -> None:
    assert read("seconds", cell) is None


def test_a_declared_decimal_comma_settles_what_three_digits_mean() -> None:
    assert read("number", "1,234", Reading(decimal=",")) == 1.234
    assert read("number", "1,234", Reading(decimal=".")) == 1234
    assert read("number", "1 234,5") == 1234.5


@pytest.mark.parametrize(
    ("cell", "flag"),
    [("Y", True), ("no", False), ("VRAI", True), ("0", False), (1, True), (0.0, False), ("maybe", None), (2, None)],
)
def test_flags(cell: object, flag: bool | None) -> None:
    assert read("flag", cell) is flag


def test_ids_stay_what_they_are() -> None:
    assert [read("text", cell) for cell in ("007", "1e5", "NA", "null", " a ", "")] == ["007", "1e5", "NA", "null", "a", None]
    assert [read("text", cell) for cell in (7, 7.0, 7.5)] == ["7", "7", "7.5"]


def test_enums_ignore_case_and_hyphens_and_refuse_the_rest() -> None:
    values = ("gave_up", "open")
    assert [read("enum", cell, values=values) for cell in ("Gave-Up", "OPEN", "closed")] == ["gave_up", "open", None]


def test_counts_are_whole_and_not_negative() -> None:
    assert [read("count", cell) for cell in ("3", "3.0", "-1", "1.5")] == [3, 3, None, None]


def test_labels_are_split() -> None:
    assert list(read("texts", "a, b;c")) == ["a", "b", "c"]
    assert read("texts", "") is None


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2100, 1, 1)), st.sampled_from(["dmy", "mdy"]))
def test_any_written_form_of_a_moment_gives_the_same_moment(moment: dt.datetime, order: str) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    day = "%d/%m/%Y" if order == "dmy" else "%m/%d/%Y"
    second = moment.strftime("%S.%f")[:-3]
    forms = [moment.isoformat(), moment.strftime(f"{day} %H:%M:{second}"), moment.strftime(f"{day} %I:%M:{second} %p")]
    forms.append(moment.strftime("%Y-%m-%d %H:%M:%S") + f",{moment.microsecond // 1000:03d}")
    cells = read_cells(pl.Series("x", forms), Column("moment", ""), Reading(date_order=order))
    assert cells.to_list() == [moment] * len(forms)
