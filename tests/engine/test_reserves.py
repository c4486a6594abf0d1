"""Agents kept free for some contact types: who may still take whom, to the tick."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from simkpi.engine.plan import plan
from simkpi.engine.recorder import OPEN
from tests.engine.engine_strategies import worlds
from tests.engine.engine_worlds import Row, play, scenario, seconds

TWO = {"vip": {}, "other": {}}
MIXED = {"voice": {}, "chat": {"channel": "chat"}}


def team(count: Any, *, agents: int = 1, serves: str = "vip", **more: Any) -> Any:
    """One team for both types that keeps agents free for *serves*."""
    head = {"count": count} if isinstance(count, int) else {"counts": count, "interval": "10s"}
    teams = {"phone": {**head, "skills": {"vip": {}, "other": {}}, **more}}
    return scenario(teams, TWO, reserve=[{"team": "phone", "agents": agents, "for": [serves]}])


def other(at: float, talk: float = 10) -> Row:
    return Row(at, talk=talk, kind="other")


def test_another_type_takes_an_agent_only_while_enough_are_left() -> None:
    log = play(team(3, agents=2), other(0), other(1), Row(2, kind="vip"), Row(3, kind="vip"))
    # at 10 and 12 no more agents are free than are kept
    assert seconds(log.answered) == [0, 13, 2, 3]


def test_a_contact_that_waits_because_of_the_reserve_is_taken_when_a_second_agent_becomes_free() -> None:
    log = play(team(2), Row(0, talk=30, kind="vip"), Row(0, talk=20, kind="vip"), other(1))
    # at 20 one agent is free and kept; at 30 the second
    assert seconds(log.answered) == [0, 0, 30]
    assert log.agent.tolist()[2] == 0


def test_agents_who_come_together_count_before_they_take_anybody() -> None:
    log = play(team([0, 3]), other(1), other(2), other(3))
    assert seconds(log.answered) == [10, 10, 20]


def test_the_type_for_whom_they_are_kept_goes_before_and_the_others_still_wait() -> None:
    log = play(team(1), other(0), Row(1, kind="vip"), Row(2, kind="vip"))
    assert seconds(log.answered)[1:] == [1, 11]
    # drained: the team stays for those who came before it closed, and then keeps nobody
    assert seconds(log.answered)[0] == 86_400


def test_a_team_that_finishes_what_is_open_and_leaves_lets_them_wait_for_ever() -> None:
    assert play(team(1, at_close="finish_contact"), other(0)).outcome.tolist() == [OPEN]


def test_an_agent_who_has_no_room_for_a_call_anyway_may_take_more_chats() -> None:
    teams = {"blend": {"count": 2, "skills": {"voice": {}, "chat": {"at_once": 3}}}}
    world = scenario(teams, MIXED, reserve=[{"team": "blend", "agents": 1, "for": ["voice"]}], agent="most_loaded")
    chats = [Row(at, talk=50, kind="chat") for at in (0, 1, 2, 3)]
    log = play(world, *chats, Row(4, talk=5, kind="voice"))
    # three chats fill the first agent; the fourth waits, and the call finds the second agent free
    assert seconds(log.answered) == [0, 1, 2, 50, 4]


def test_room_for_two_kept_contacts_lets_one_other_in() -> None:
    teams = {"desk": {"count": 1, "skills": {"chat": {"at_once": 2}, "other": {"at_once": 2}}}}
    world = scenario(teams, {"chat": {"channel": "chat"}, "other": {}}, reserve=[{"team": "desk", "agents": 1, "for": ["chat"]}])
    log = play(world, Row(0, talk=20, kind="other"), Row(1, talk=20, kind="other"), Row(2, talk=30, kind="chat"))
    # the second waits until the first is over: then one place is taken by the chat, the other is all that is left
    assert seconds(log.answered) == [0, 32, 2]


def test_an_agent_no_longer_kept_free_goes_on_to_take_what_waits_for_his_other_places() -> None:
    # capacity 6: room for a call of 3 units is kept, but for a fax of 2 as well; mail takes 1
    kinds = {"voice": {}, "mail": {}, "fax": {}}
    skills = {"voice": {"at_once": 2}, "mail": {"at_once": 6}, "fax": {"at_once": 3}}
    kept = [{"team": "desk", "agents": 1, "for": ["voice", "fax"]}]
    world = scenario({"desk": {"count": 1, "skills": skills}}, kinds, reserve=kept)
    rows = [Row(at, talk=40, kind=kind) for at, kind in ((0, "fax"), (1, "mail"), (2, "mail"), (3, "fax"))]
    # the second mail would take the last room for a call, until the second fax has taken it
    assert seconds(play(world, *rows).answered) == [0, 1, 3, 3]


def test_overflow_asks_no_agent_who_is_kept() -> None:
    teams = {
        "front": {"count": 1, "skills": {"other": {}}},
        "back": {"count": 1, "skills": {"vip": {}, "other": {"after": "5s"}}},
    }
    world = scenario(teams, TWO, reserve=[{"team": "back", "agents": 1, "for": ["vip"]}])
    log = play(world, other(0, 30), other(1, 30), Row(2, kind="vip", talk=3))
    assert seconds(log.answered) == [0, 30, 2]


@given(worlds())
@settings(derandomize=True, deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
def test_nobody_is_kept_from_what_everybody_is_kept_for(world: Any) -> None:
    centre, _ = world
    update = [{"team": name, "agents": 1, "for": list(team.skills)} for name, team in centre.spec.teams.items()]
    routing = type(centre.spec.routing).model_validate({"reserve": update})
    numbers = plan(type(centre)(centre.spec.model_copy(update={"routing": routing})))
    assert not any(skill.reserves for team in numbers.teams for skill in team.skills)
