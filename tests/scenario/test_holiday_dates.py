"""Holidays: dates close a day or give it hours of its own, countries are looked up, written dates overrule them."""

import sys
from datetime import date
from types import SimpleNamespace

import pytest

from simkpi.scenario.files import load

CALENDAR = {"from": "2026-12-21", "days": 7, "open": {"mon-fri": "08:00-12:00"}}


def rows(small, holidays, volume):
    small["calendar"] = CALENDAR | {"holidays": holidays}
    small["contacts"]["voice"]["volume"] = volume
    spec = load(small).spec
    volume, staffing = spec.contacts["voice"].volume, spec.teams["phone"].staffing
    return spec.calendar.holidays, [sum(row) for row in volume.expected], [max(row) for row in staffing.count]


@pytest.fixture
def package(monkeypatch):
    """Stand in for the optional package: a country with two holidays, and one region with a third."""

    def country_holidays(country, subdiv=None, years=()):
        days = {(12, 25): "", (12, 23): ""} | ({(12, 22): ""} if subdiv == "NO" else {})
        return {date(year, *day): name for year in years for day, name in days.items()}

    supported = {"ZZ": ["NO", "SO"], "FR": []}
    fake = SimpleNamespace(country_holidays=country_holidays, list_supported_countries=lambda: supported)
    monkeypatch.setitem(sys.modules, "holidays", fake)


@pytest.mark.parametrize(
    "volume", ["40 per day", {"interval": "1h", "expected": [10] * 4}, {"interval": "1h", "weekdays": {"mon-fri": [10] * 4}}]
)
def test_a_holiday_brings_neither_contacts_nor_agents(small, volume):
    holidays, contacts, agents = rows(small, ["2026-12-25"], volume)
    assert holidays == {"2026-12-25": None}
    assert contacts == [40, 40, 40, 40, 0, 0, 0]
    assert agents == [5, 5, 5, 5, 0, 0, 0]


def test_a_holiday_with_hours_of_its_own_keeps_what_starts_within_them(small):
    _, contacts, agents = rows(small, {"2026-12-24": "09:00-11:00"}, {"interval": "1h", "expected": [1, 10, 100, 1000]})
    assert contacts == [1111, 1111, 1111, 110, 1111, 0, 0]
    assert agents == [5, 5, 5, 5, 5, 0, 0]


def test_a_rate_per_day_comes_in_the_holidays_hours_and_one_per_hour_shrinks(small):
    assert rows(small, {"2026-12-24": "09:00-11:00"}, "40 per day")[1][3] == pytest.approx(40)
    assert rows(small, {"2026-12-24": "09:00-11:00"}, "10 per hour")[1][3] == pytest.approx(20)


def test_a_day_that_is_usually_closed_may_open(small):
    _, contacts, agents = rows(small, {"2026-12-27": "06:00-14:00"}, "10 per hour")
    assert contacts[6] == pytest.approx(80)
    assert agents == [5, 5, 5, 5, 5, 0, 5]


def test_rows_written_for_each_day_are_taken_as_they_are(small):
    _, contacts, _ = rows(small, ["2026-12-25"], {"interval": "1h", "expected": [[10] * 4] * 7})
    assert contacts == [40] * 7


def test_a_text_stands_for_a_list_of_one(small):
    assert rows(small, "2026-12-25", "40 per day") == rows(small, ["2026-12-25"], "40 per day")


def test_holidays_outside_the_calendar_are_left_out(small):
    assert rows(small, ["2025-12-25", "2026-12-28"], "40 per day")[0] == {}


@pytest.mark.usefixtures("package")
def test_a_country_is_looked_up_and_a_written_date_overrules_it(small):
    holidays, contacts, _ = rows(small, {"2026-12-23": "08:00-10:00", "ZZ": "closed"}, "10 per hour")
    assert list(holidays) == ["2026-12-23", "2026-12-25"]
    assert contacts == [40, 40, 20, 40, 0, 0, 0]
    assert list(rows(small, ["ZZ-NO"], "10 per hour")[0]) == ["2026-12-22", "2026-12-23", "2026-12-25"]


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("XX", "calendar.holidays[0]: unknown country 'XX'; write its ISO code, e.g. FR"),
        ("ZZ-OST", "calendar.holidays[0]: unknown region 'OST' of ZZ; known: NO, SO"),
        ("FR-57", "calendar.holidays[0]: unknown region '57' of FR; leave it out"),
    ],
)
def test_a_country_or_region_that_is_none_is_refused(small, errors_of, code, message):
    small["calendar"] = CALENDAR | {"holidays": [code]}
    assert errors_of(small) == [message]


def test_without_the_package_a_country_says_what_to_install(small, errors_of, monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    small["calendar"] = CALENDAR | {"holidays": ["FR"]}
    needs = "needs the package 'holidays' to look up 'FR': install simkpi[calendar], or list the dates"
    assert errors_of(small) == [f"calendar.holidays[0]: {needs}"]


def test_the_real_package_knows_the_french_christmas(small):
    pytest.importorskip("holidays")
    assert list(rows(small, "FR", "40 per day")[0]) == ["2026-12-25"]
