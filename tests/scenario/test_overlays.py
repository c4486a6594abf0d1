"""Overlays: a factor on some contacts for some hours of some days, bots that are down, several of them together."""

import pytest

from simkpi.scenario.files import load, override

CAMPAIGN = {"factor": "150%", "days": ["2026-01-06"], "between": "10:00-12:00"}


@pytest.fixture
def shop(small):
    small["calendar"] = {"from": "2026-01-05", "days": 7, "open": "08:00-18:00"}
    small["contacts"]["chat"] = {"volume": {"interval": "1h", "expected": [10] * 10}, "handle": "5m", "patience": "2m"}
    small["contacts"]["voice"]["volume"] = {"interval": "1h", "expected": [20] * 10}
    small["teams"]["phone"]["skills"] = ["voice", "chat"]
    small["bots"] = {"helper": {"serves": ["chat"], "contains": "40%", "time": "1m"}}
    return small


def expected(data, name, **overlays):
    data["overlays"] = overlays
    return [list(row) for row in load(data).spec.contacts[name].volume.expected]


def test_a_factor_holds_for_its_contacts_days_and_hours_only(shop):
    rows = expected(shop, "chat", campaign=CAMPAIGN | {"contacts": ["chat"]})
    assert rows[1] == [10, 10, 15, 15, 10, 10, 10, 10, 10, 10]
    assert all(row == [10] * 10 for day, row in enumerate(rows) if day != 1)
    assert expected(shop, "voice", campaign=CAMPAIGN | {"contacts": ["chat"]}) == [[20] * 10] * 7


def test_without_contacts_days_or_hours_it_holds_for_all(shop):
    assert expected(shop, "voice", everything={"factor": "50%"}) == [[10] * 10] * 7


@pytest.mark.parametrize(
    ("days", "covered"),
    [
        (["mon"], [0]),
        ("sat-sun", [5, 6]),
        (["2026-01-06 to 2026-01-08", "sun"], [1, 2, 3, 6]),
        (["2026-01-11"], [6]),
    ],
)
def test_days_are_dates_or_weekdays(shop, days, covered):
    rows = expected(shop, "chat", closed={"factor": 0, "days": days})
    assert [day for day, row in enumerate(rows) if sum(row) == 0] == covered


def test_an_interval_covered_in_part_takes_that_part_of_the_factor(shop):
    rows = expected(shop, "chat", campaign={"factor": "300%", "between": "08:45-10:15"})
    assert rows[0][:4] == pytest.approx([15, 30, 15, 10])


def test_several_overlays_multiply_whatever_their_order(shop):
    first, second = {"factor": "150%", "days": ["mon"]}, {"factor": "200%", "between": "08:00-09:00"}
    rows = expected(shop, "chat", a=first, b=second)
    assert rows[0][:2] == [30, 15]
    assert rows == expected(shop, "chat", b=second, a=first)


def test_a_bot_that_is_down_gets_its_outages_and_the_resolved_form_has_no_overlay(shop):
    shop["overlays"] = {"outage": {"bots_down": "helper", "days": ["mon-tue"], "between": "10:00-12:00"}}
    scenario = load(shop)
    assert [(str(outage.day), outage.between.start) for outage in scenario.spec.bots["helper"].down] == [
        ("2026-01-05", 36000),
        ("2026-01-06", 36000),
    ]
    assert scenario.spec.overlays == {}


def test_a_named_overlay_is_changed_by_its_path(shop):
    shop["overlays"] = {"campaign": CAMPAIGN}
    base = load(shop)
    off = override(base, {"overlays.campaign.factor": "100%"})
    shop["overlays"] = {}
    assert off == load(shop) != base


def test_an_overlay_of_other_days_is_a_warning(shop, warnings_of):
    shop["overlays"] = {"late": {"factor": "150%", "days": ["2027-01-06"]}}
    assert warnings_of(shop) == ["overlays.late.days: cover no day of the calendar: the overlay changes nothing"]
