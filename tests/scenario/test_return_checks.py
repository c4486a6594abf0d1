"""Customers who come back for ever, reach nobody, or agents who get less done the more they have open."""

import pytest


def chats(small, slower, at_once=3):
    small["contacts"]["chat"] = {"volume": "40 per day", "handle": {"talk": "6m", "slower_when_busy": slower}, "patience": "2m"}
    small["teams"]["phone"]["skills"] = {"voice": {}, "chat": {"at_once": at_once}}
    return small


def test_a_slow_down_with_which_throughput_falls_is_a_warning(small, warnings_of):
    message = (
        "contacts.chat.handle.slower_when_busy: makes 3 contacts at once 120% of the work of one, and 2 160%: throughput falls"
    )
    assert message in warnings_of(chats(small, ["0%", "25%", "150%"]))


@pytest.mark.parametrize(("slower", "at_once"), [(["0%", "25%", "60%"], 3), (["0%", "25%", "150%"], 2), (["0%"], 5), ([], 3)])
def test_a_slow_down_that_pays_or_never_happens_is_none(slower, at_once, small, warnings_of):
    assert not any("throughput" in warning for warning in warnings_of(chats(small, slower, at_once)))


def test_certain_returns_that_lead_to_an_end_are_sound(small, warnings_of):
    small["contacts"]["voice"] |= {"resolved": "0%", "recontact": {"chance": "100%", "within": "1d", "by": {"chat": "100%"}}}
    assert warnings_of(chats(small, [])) == []


def test_certain_returns_in_a_circle_are_explosive_at_both_ends(small, errors_of):
    chats(small, [])
    for name, other in (("voice", "chat"), ("chat", "voice")):
        small["contacts"][name] |= {"retry": {"chance": 1, "after": "5m", "by": {other: 1}}}
    assert [message.split(":")[0] for message in errors_of(small)] == ["contacts.voice.retry", "contacts.chat.retry"]
    small["contacts"]["chat"]["retry"]["at_most"] = 3
    from simkpi.scenario.files import load

    assert load(small).spec.contacts["chat"].retry.at_most == 3


def test_a_bot_that_never_solves_and_a_certain_return_are_explosive(small, errors_of):
    small["bots"] = {"ivr": {"serves": ["voice"], "contains": "100%", "solves": "0%", "time": "1m"}}
    small["contacts"]["voice"]["recontact"] = {"chance": "100%", "within": "1d"}
    assert any("explosive" in message for message in errors_of(small))
