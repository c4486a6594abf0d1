"""Summer time: which hours are skipped or come twice, and that nothing is expected in an hour that does not exist."""

from datetime import date

import pytest

from simkpi.scenario.clock_changes import ClockChange, clock_changes
from simkpi.scenario.files import load

SPRING = {"from": "2026-03-28", "days": 3, "timezone": "Europe/Paris"}
AUTUMN = {"from": "2026-10-24", "days": 3, "timezone": "Europe/Paris"}


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        # 2026-03-29 has 23 hours in Paris, 2026-10-25 has 25 (European Union summer time, directive 2000/84/EC)
        ("Europe/Paris", date(2026, 3, 29), (ClockChange(0, 7200, 10800, is_skipped=True),)),
        ("Europe/Paris", date(2026, 10, 25), (ClockChange(0, 7200, 10800, is_skipped=False),)),
        ("America/New_York", date(2026, 3, 8), (ClockChange(0, 7200, 10800, is_skipped=True),)),
        # half an hour, and a change at midnight
        ("Australia/Lord_Howe", date(2026, 10, 4), (ClockChange(0, 7200, 9000, is_skipped=True),)),
        ("Africa/Cairo", date(2026, 4, 24), (ClockChange(0, 0, 3600, is_skipped=True),)),
        ("Asia/Tokyo", date(2026, 3, 29), ()),
        ("Europe/Pariss", date(2026, 3, 29), ()),
        (None, date(2026, 3, 29), ()),
    ],
)
def test_the_changes_of_a_day_are_those_of_its_zone(zone, start, expected):
    assert clock_changes(zone, start, 1) == expected


def test_a_year_has_two_changes():
    assert [change.day for change in clock_changes("Europe/Paris", date(2026, 1, 1), 365)] == [87, 297]


def laid_out(small, calendar, volume):
    small["calendar"] = calendar
    small["contacts"]["voice"]["volume"] = volume
    scenario = load(small)
    return scenario.spec.contacts["voice"].volume, scenario.spec.teams["phone"].staffing, list(map(str, scenario.warnings))


@pytest.mark.parametrize("volume", ["12 per hour", {"interval": "15m", "expected": [3] * 96}])
def test_nobody_comes_and_nobody_works_in_the_skipped_hour(small, volume):
    volume, staffing, warnings = laid_out(small, SPRING, volume)
    assert [sum(row) for row in volume.expected] == [288, 276, 288]
    assert [sum(row) * staffing.interval for row in staffing.count] == [5 * hours * 3600 for hours in (24, 23, 24)]
    assert warnings == []


def test_a_centre_that_is_closed_at_night_does_not_notice(small):
    plain = laid_out(small, {**SPRING, "timezone": None, "open": "08:00-18:00"}, "12 per hour")
    assert laid_out(small, {**SPRING, "open": "08:00-18:00"}, "12 per hour") == plain


def test_an_hour_that_comes_twice_is_simulated_once_and_says_so(small):
    volume, _, warnings = laid_out(small, AUTUMN, "12 per hour")
    assert [sum(row) for row in volume.expected] == [288, 288, 288]
    message = "2026-10-25 02:00 to 03:00 happens twice, when summer time ends; it is simulated once"
    assert warnings == [f"calendar.timezone: {message}"]
    assert laid_out(small, AUTUMN | {"open": "08:00-18:00"}, "12 per hour")[2] == []


def test_a_long_interval_that_is_skipped_in_part_is_taken_whole_and_says_so(small):
    volume, _, warnings = laid_out(small, SPRING, {"interval": "2h", "expected": [24] * 12})
    assert sum(volume.expected[1]) == 288
    assert "contacts.voice.volume: expects contacts at 2026-03-29 02:00, though summer time skips 02:00 to 03:00" in warnings[0]


def test_a_table_of_92_quarters_on_the_short_day_is_read(small, tmp_path):
    lines = [
        f"2026-03-{day} {q // 4:02}:{q % 4 * 15:02},3" for day in (28, 29, 30) for q in range(96) if day != 29 or q // 4 != 2
    ]
    (tmp_path / "volumes.csv").write_text("\n".join(["start,voice", *lines]), encoding="utf-8")
    path = tmp_path / "s.yaml"
    path.write_text(
        "simkpi: 1\ncalendar: {from: 2026-03-28, days: 3, timezone: Europe/Paris}\n"
        "contacts: {voice: {volume: {file: volumes.csv, column: voice}, handle: 5m, patience: 2m}}\n"
        "teams: {phone: {skills: [voice], count: 5}}\n",
        encoding="utf-8",
    )
    assert [sum(row) for row in load(path).spec.contacts["voice"].volume.expected] == [288, 276, 288]
