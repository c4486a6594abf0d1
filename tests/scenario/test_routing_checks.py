"""Rules of routing that mean nothing, or can not be meant."""

import pytest


def with_chat(small, **routing):
    small["contacts"]["chat"] = {"volume": "40 per day", "handle": "6m", "patience": "2m"}
    small["teams"]["phone"]["skills"] = {"voice": {}, "chat": {"at_once": 2}}
    small["routing"] = routing
    return small


@pytest.mark.parametrize(
    ("field", "numbers", "reads"),
    [
        ("priority_per_minute", {"chat": 1}, "rising_priority"),
        ("target_wait", {"chat": "1m"}, "shortest_due or wait_ratio"),
        ("queue_weight", {"chat": 2}, "queue_ratio"),
    ],
)
def test_numbers_that_the_policy_does_not_go_by_are_a_warning(field, numbers, reads, small, warnings_of):
    said = f"routing.{field}: is not used: routing.contact is priority, not {reads}"
    assert said in warnings_of(with_chat(small, **{field: numbers}))
    for policy in (reads.split()[-1], "one of the users own"):
        assert not any("is not used" in each for each in warnings_of(with_chat(small, contact=policy, **{field: numbers})))


def test_a_reserve_for_everything_or_of_everybody_is_a_warning(small, warnings_of):
    everything = with_chat(small, reserve=[{"team": "phone", "agents": 1, "for": ["voice", "chat"]}])
    assert any("nobody is kept from anything" in each for each in warnings_of(everything))
    everybody = with_chat(small, reserve=[{"team": "phone", "agents": 500, "for": "voice"}])
    assert any("is 500, and 'phone' has at most" in each for each in warnings_of(everybody))


def test_a_team_with_background_work_or_with_agents_who_differ_keeps_nobody_free(small, errors_of):
    small["contacts"]["email"] = {"volume": "40 per day", "handle": "6m"}
    background = with_chat(small, reserve=[{"team": "phone", "agents": 1, "for": "voice"}])
    background["teams"]["phone"]["skills"]["email"] = {"background": True}
    assert any("works in the background" in each for each in errors_of(background))
    del background["teams"]["phone"]["skills"]["email"], background["teams"]["phone"]["count"], background["contacts"]["email"]
    day = {"start": "08:00", "length": "8h"}
    background["teams"]["phone"] |= {"shifts": day, "agents": {"ann": {"shifts": day, "speed": "90%"}}}
    assert any("agents of 'phone' differ in their skills" in each for each in errors_of(background))


def test_agents_of_whom_nobody_serves_it_can_not_be_kept_free_for_a_contact_type(small, errors_of):
    kept = with_chat(small, reserve=[{"team": "phone", "agents": 1, "for": "voice"}])
    kept["teams"]["phone"] = {"skills": ["voice", "chat"]} | {
        "agents": {"ann": {"shifts": {"start": "08:00", "length": "8h"}, "skills": ["chat"]}}
    }
    kept["teams"]["others"] = {"skills": ["voice"], "count": 1}
    assert errors_of(kept) == ["routing.reserve[0].for: no agent of 'phone' serves 'voice'; name what they serve"]


def test_the_last_agent_of_nobody_is_a_warning(small, warnings_of):
    assert any("nobody comes back" in each for each in warnings_of(with_chat(small, last_agent={"voice": "30s"})))
    small["contacts"]["voice"]["retry"] = {"chance": "40%", "after": "5m"}
    assert not any("nobody comes back" in each for each in warnings_of(with_chat(small, last_agent={"voice": "30s"})))


def test_a_channel_stands_for_its_types_and_a_type_of_its_own_overrules_it(small):
    from simkpi.scenario.files import load

    small["contacts"]["vip"] = {**small["contacts"]["voice"], "channel": "voice"}
    small["teams"]["phone"]["skills"] = ["voice", "vip"]
    small["contacts"]["line"] = {**small["contacts"].pop("voice"), "channel": "voice"}
    small["teams"]["phone"]["skills"] = ["voice"]
    small["routing"] = {
        "head_start": {"vip": "90s", "voice": "5s"},
        "reserve": [{"team": "phone", "agents": 1, "for": "voice"}],
    }
    routing = load(small).spec.routing
    assert routing.head_start == {"vip": 90, "line": 5}
    assert routing.reserve[0].serves == tuple(load(small).spec.contacts)
