"""Suspicious but legal scenarios load with a warning that says what is odd; each check stays silent on the sound one."""

import pytest


def test_a_sound_scenario_has_no_warnings(small, warnings_of):
    assert warnings_of(small) == []


CASES = {
    "zero aht": (("contacts", "voice", "handle"), 0, "contacts.voice.handle: is 0: contacts take no agent time"),
    "short aht": (("contacts", "voice", "handle"), "4s", "contacts.voice.handle: makes an AHT of 4s: did you mean minutes?"),
    "long aht": (("contacts", "voice", "handle"), "5h", "contacts.voice.handle: makes an AHT of 5h: did you mean a shorter one?"),
    "two calls at once": (
        ("teams", "phone", "skills"),
        {"voice": {"at_once": 2}},
        "teams.phone.skills.voice.at_once: is 2: agents rarely handle several calls at once",
    ),
    "nobody on duty": (("teams", "spare"), {"skills": ["voice"], "count": 0}, "teams.spare: has nobody on duty on any day"),
    "no volume": (
        ("contacts", "voice", "volume"),
        "0 per day",
        "contacts: expect no contacts at all on the days of the calendar",
    ),
    "overload without abandonment": (
        ("contacts", "voice"),
        {"volume": "800 per day", "handle": "5m", "patience": "never"},
        "contacts.voice: nobody gives up, and the load of voice is 1.33 of the agents' capacity: the queue only grows",
    ),
    "volume while closed": (
        ("contacts", "voice", "volume"),
        {"interval": "1h", "from": "17:00", "expected": [5, 5]},
        "contacts.voice.volume: expects contacts while the centre is closed, first at 2026-01-05 18:00",
    ),
    "rows end before closing": (
        ("contacts", "voice", "volume"),
        {"interval": "1h", "expected": [5] * 9},
        "contacts.voice.volume.expected: covers 08:00 to 17:00, but the centre is open until 18:00; 0 is taken for the rest",
    ),
    "spread without effect": (
        ("contacts", "voice", "volume"),
        {"rate": "480 per day", "mode": "exact_total", "day_spread": "10%"},
        "contacts.voice.volume.mode: is exact_total: day_spread is not used",
    ),
    "unused start": (
        ("contacts", "voice", "volume"),
        {"rate": "480 per day", "from": "09:00"},
        "contacts.voice.volume.from: is not used: a rate is spread over the opening hours of the calendar",
    ),
    "interval without agents": (
        ("teams", "phone"),
        {"skills": ["voice"], "staffing": {"interval": "5h", "count": [5, 0]}},
        "contacts.voice: expects contacts with no agent on duty, in the interval of 2026-01-05 13:00 and 9 more intervals",
    ),
    "unserved without volume": (
        ("contacts", "fax"),
        {"channel": "email", "volume": "0 per day", "handle": "5m"},
        "contacts.fax: is served by no team; add 'fax' to the skills of a team",
    ),
    "nobody passes the bot": (
        ("bots",),
        {"wall": {"serves": ["voice"], "contains": 0, "gives_up": 1, "time": "1m"}},
        "bots.wall.gives_up: is 100%: nobody gets past this bot",
    ),
    "a forecast error of exact totals": (
        ("contacts", "voice", "volume"),
        {"rate": "480 per day", "mode": "exact_total", "forecast_error": "8%"},
        "contacts.voice.volume.mode: is exact_total: forecast_error is not used",
    ),
    "correlated intervals that do not vary": (
        ("contacts", "voice", "volume"),
        {"rate": "480 per day", "interval_correlation": "60%"},
        "contacts.voice.volume.interval_correlation: is not used without interval_spread",
    ),
    "busy days without a Poisson volume": (
        (),
        {
            "calendar": {"day_spread": "8%"},
            "contacts": {"voice": {"volume": {"rate": "9 per day", "mode": "exact_total"}, "handle": "5m"}},
        },
        "calendar.day_spread: is not used: no contact type has the mode poisson",
    ),
    "contact named like another channel": (
        ("contacts", "chat"),
        {"channel": "voice", "volume": "0 per day", "handle": "5m"},
        "contacts.chat: is named like a channel but comes by voice",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_legal_but_odd_is_a_warning(name, small, warnings_of):
    place, value, expected = CASES[name]
    block = small
    for part in place[:-1]:
        block = block.setdefault(part, {})
    block.update({place[-1]: value} if place else value)
    assert expected in warnings_of(small)


def test_nobody_on_duty_is_only_a_warning_when_callers_give_up_or_the_clock_stops(small, warnings_of, errors_of):
    small["teams"]["phone"]["count"] = 0
    assert any("nobody is answered" in warning for warning in warnings_of(small))
    small["contacts"]["voice"]["patience"] = "never"
    assert any("never finishes" in error for error in errors_of(small))
    small["run"] = {"end": "cut"}
    assert any("nobody is answered" in warning for warning in warnings_of(small))


def test_a_bot_lightens_the_load_that_is_checked(small, warnings_of):
    small["contacts"]["voice"].update(volume="800 per day", patience="never")
    assert any("queue only grows" in warning for warning in warnings_of(small))
    small["bots"] = {"helper": {"serves": ["voice"], "contains": "40%", "time": "1m"}}
    assert not warnings_of(small)


def test_names_that_only_differ_in_how_an_accent_is_written_collide(small, errors_of):
    small["teams"]["\u00e9quipe"] = {"skills": ["voice"], "count": 1}
    small["teams"]["e\u0301quipe"] = {"skills": ["voice"], "count": 1}
    assert any("has the same name as" in error for error in errors_of(small))


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "\u202eabc", "a\u200bb", " a", "a ", "x" * 101, "\ud800"])
def test_hostile_names_are_refused_and_shown_harmlessly(name, small, errors_of):
    small["teams"][name] = {"skills": ["voice"], "count": 1}
    errors = errors_of(small)
    assert any(error.startswith("teams.") and "name" in error for error in errors)
    assert all(error.isprintable() for error in errors)


@pytest.mark.parametrize("name", ["NO", "<script>", "a b", "a.b", "équipe 1", "客服", "-x", "=1+1", "CON"])
def test_any_other_printable_name_is_free(name, small, warnings_of):
    small["teams"][name] = {"skills": ["voice"], "count": 1}
    assert warnings_of(small) == []


def test_at_most_fifty_problems_are_listed(small, errors_of):
    small["teams"].update({f"team {n}": {"skills": ["voise"], "count": 1} for n in range(70)})
    errors = errors_of(small)
    assert len(errors) == 51
    assert errors[-1] == "and 20 more problems"


def test_an_interval_is_covered_by_several_steps_of_staff_together(small, warnings_of):
    small["contacts"]["voice"]["volume"] = {"interval": "2h", "expected": [20] * 5}
    small["teams"]["phone"] = {"skills": ["voice"], "staffing": {"interval": "30m", "count": [4] * 20}}
    assert warnings_of(small) == []
    small["teams"]["phone"]["staffing"]["count"][5] = 0
    assert len(warnings_of(small)) == 1


def test_a_team_that_can_not_be_read_is_not_taken_for_absent(small, errors_of):
    small["teams"]["back"] = {"skills": ["voice"]}
    small["routing"] = {"overflow": [{"contact": "voice", "to": "back", "after": "30s"}]}
    assert errors_of(small) == ["teams.back: needs count, staffing or shifts; write e.g. count: 12"]


def test_unreadable_skills_of_one_team_do_not_leave_the_other_contact_types_unserved(small, errors_of):
    small["contacts"] |= {name: {"channel": name, "volume": "20 per day", "handle": "5m"} for name in ("chat", "email")}
    small["teams"]["phone"]["skills"] = 5
    assert len(errors_of(small)) == 1
