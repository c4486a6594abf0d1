"""Resolving: volumes keep their totals, opening hours hold, and resolving what was resolved changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.scenario.dump import digest, to_dict, to_yaml
from simkpi.scenario.files import load, loads

CALENDARS = st.sampled_from(
    [
        {},
        {"days": 3},
        {"from": "2026-01-09", "days": 4, "open": {"mon-fri": "08:00-18:00", "sat": "09:15-13:00"}},
        {"days": 7, "open": "07:45-20:10"},
        {"days": 2, "open": {"tue": "00:00-24:00", "mon": "closed"}},
    ]
)
DURATIONS = st.integers(1, 7200).map("{}s".format) | st.sampled_from(["4m30s", "1h05", "0,5 h"])
SPREADS = st.floats(0.01, 3).map(lambda cv: round(cv, 3))
SHARES = st.floats(0, 1) | st.integers(0, 100).map("{}%".format)
LAWS = st.one_of(
    DURATIONS,
    st.fixed_dictionaries({"fixed": DURATIONS}),
    st.fixed_dictionaries({"mean": DURATIONS, "cv": SPREADS}).map(lambda law: {"lognormal": law}),
    st.fixed_dictionaries({"mean": DURATIONS, "cv": SPREADS}).map(lambda law: {"gamma": law}),
    st.fixed_dictionaries({"median": DURATIONS, "shape": st.floats(0.3, 3)}).map(lambda law: {"weibull": law}),
    st.lists(DURATIONS, min_size=1, max_size=4).map(lambda values: {"empirical": {"values": values}}),
)
ROWS = st.lists(st.floats(0, 200) | st.integers(0, 50), min_size=2, max_size=2)
VOLUMES = st.one_of(
    st.integers(0, 2000).map("{} per day".format),
    st.integers(0, 2000).map("{} per week".format),
    st.fixed_dictionaries({"rate": st.just("12/30min"), "interval": st.sampled_from(["15m", "20m", "1h"])}),
    st.fixed_dictionaries({"interval": st.just("2h"), "expected": ROWS, "scale": st.floats(0.1, 3)}),
    st.fixed_dictionaries({"interval": st.just("2h"), "weekdays": st.fixed_dictionaries({"mon-wed": ROWS, "sat": ROWS})}),
)
CONTACTS = st.fixed_dictionaries(
    {"volume": VOLUMES, "handle": LAWS | st.fixed_dictionaries({"talk": LAWS, "wrap": LAWS}), "patience": LAWS},
    optional={"priority": st.integers(0, 5), "resolved": SHARES, "queue_capacity": st.integers(0, 9)},
)
STAFF = st.fixed_dictionaries({"count": st.integers(0, 30)}) | st.fixed_dictionaries(
    {"staffing": st.fixed_dictionaries({"interval": st.just("3h"), "count": st.lists(st.integers(0, 9), min_size=1, max_size=4)})}
)
TEAMS = st.tuples(
    STAFF, st.sampled_from([["voice", "chat"], {"voice": {"speed": 0.9, "after": "20s"}, "chat": {"at_once": 2}}])
).map(lambda pair: {**pair[0], "skills": pair[1]})
BOTS = st.fixed_dictionaries({"serves": st.just(["chat"]), "contains": SHARES, "understands": SHARES, "time": LAWS})
SCENARIOS = st.fixed_dictionaries(
    {
        "simkpi": st.just(1),
        "calendar": CALENDARS,
        "contacts": st.fixed_dictionaries({"voice": CONTACTS, "chat": CONTACTS}),
        "teams": st.dictionaries(st.sampled_from(["a", "b c", "é"]), TEAMS, min_size=1),
    },
    optional={
        "bots": st.fixed_dictionaries({"helper": BOTS}),
        "routing": st.just({"priority": {"chat": 2}}),
        "run": st.fixed_dictionaries({"seed": st.integers() | st.text(max_size=5)}),
    },
)


@given(SCENARIOS)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_resolving_twice_changes_nothing(data):
    for contact in data["contacts"].values():
        if data.get("routing"):
            contact.pop("priority", None)
    once = load(data)
    days = once.spec.calendar.days
    assert all(len(contact.volume.expected) == days for contact in once.spec.contacts.values())
    assert all(len(team.staffing.count) == days and team.count is None for team in once.spec.teams.values())
    again = load(to_dict(once))
    assert again == once
    assert loads(to_yaml(to_dict(again))) == once
    assert digest(again) == digest(once)


@given(CALENDARS, st.integers(1, 3000), st.sampled_from(["15m", "30m", "40m", "1h"]))
@settings(derandomize=True, deadline=None)
def test_a_rate_per_day_brings_that_many_on_each_open_day_within_the_opening_hours(calendar, count, interval):
    scenario = load(
        {
            "simkpi": 1,
            "calendar": calendar,
            "contacts": {
                "voice": {"volume": {"rate": f"{count} per day", "interval": interval}, "handle": "5m", "patience": "2m"}
            },
            "teams": {"phone": {"skills": ["voice"], "count": 2}},
        }
    )
    volume, staffing = scenario.spec.contacts["voice"].volume, scenario.spec.teams["phone"].staffing
    week = list(scenario.spec.calendar.open.values())
    first = scenario.spec.calendar.start.weekday()
    for day, (row, counts) in enumerate(zip(volume.expected, staffing.count, strict=True)):
        span = week[(first + day) % 7]
        assert sum(row) == pytest.approx(count if span else 0)
        for index, expected in enumerate(row):
            start = volume.start + index * volume.interval
            assert expected == 0 or (span.start <= start and start + volume.interval <= span.end)
        on_duty = sum(counts) * staffing.interval
        assert on_duty == pytest.approx(2 * (span.end - span.start) if span else 0)


def test_a_week_of_a_weekly_rate_brings_the_weekly_number(small):
    small["calendar"] = {"days": 7, "open": {"mon-fri": "08:00-18:00", "sat": "09:00-13:00"}}
    small["contacts"]["voice"]["volume"] = "5400 per week"
    rows = load(small).spec.contacts["voice"].volume.expected
    assert [sum(row) for row in rows] == pytest.approx([1000] * 5 + [400, 0])


def test_a_rate_of_several_days_is_shared_among_open_days(small):
    small["contacts"]["voice"]["volume"] = "960 per 2 days"
    assert sum(load(small).spec.contacts["voice"].volume.expected[0]) == pytest.approx(480)


def test_rows_start_when_the_centre_opens_unless_the_file_says_otherwise(small):
    small["contacts"]["voice"]["volume"] = {"interval": "1h", "expected": [5]}
    assert load(small).spec.contacts["voice"].volume.start == 8 * 3600
    small["contacts"]["voice"]["volume"]["from"] = "10:00"
    assert load(small).spec.contacts["voice"].volume.start == 10 * 3600


def test_a_skill_named_by_a_channel_stands_for_its_types_and_takes_the_channels_usual_number(small):
    small["contacts"] = {name: {"channel": "chat", "volume": "1 per day", "handle": "5m"} for name in ("sales", "help")}
    small["teams"] = {"online": {"skills": {"chat": {"speed": 0.9}, "help": {"at_once": 2}}, "count": 1}}
    skills = load(small).spec.teams["online"].skills
    assert {name: (skill.at_once, skill.speed) for name, skill in skills.items()} == {"sales": (3, 0.9), "help": (2, 1.0)}


def test_priorities_and_overflow_end_up_with_the_contacts_and_skills(small):
    small["contacts"]["chat"] = {"volume": "1 per day", "handle": "5m"}
    small["teams"]["online"] = {"skills": ["chat", "voice"], "count": 1}
    small["routing"] = {"priority": {"voice": 3}, "overflow": [{"contact": "voice", "to": "online", "after": "45s"}]}
    spec = load(small).spec
    assert (spec.contacts["voice"].priority, spec.contacts["chat"].priority) == (3, 0)
    assert {name: team.skills["voice"].after for name, team in spec.teams.items()} == {"phone": 0, "online": 45}
    assert spec.routing.priority == {}
    assert spec.routing.overflow == ()
