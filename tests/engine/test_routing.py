"""Who serves whom: policies, weights, preference, order, overflow, priority, capacity of the queue."""

from __future__ import annotations

import pytest

from simkpi.engine.plan import plan
from simkpi.engine.recorder import ABANDONED, ANSWERED, BLOCKED
from simkpi.engine.routing.policy import AGENT_NUMBERS, POLICIES, Policy, load_policies, numbers_of
from simkpi.errors import InputError, UnknownName
from tests.engine.engine_worlds import Row, demand, play, scenario, seconds

CHAT = {"chat": {"channel": "chat"}}
BOTH = {"voice": {}, "chat": {"channel": "chat"}}
DESK = {"desk": {"count": 2, "skills": {"chat": {"at_once": 3}}}}
BLEND = {"blend": {"skills": {"chat": {"at_once": 3}, "voice": {"at_once": 1, "order": 1}}}}


def chats(*moments: float, talk: float = 100) -> list[Row]:
    return [Row(at, kind="chat", talk=talk) for at in moments]


def test_longest_idle_takes_whoever_changed_longest_ago() -> None:
    log = play(scenario({"phone": {"count": 3}}), Row(0, talk=5), Row(1, talk=1), Row(10), Row(11), Row(12))
    assert log.agent.tolist() == [0, 1, 2, 1, 0]


def test_least_loaded_spreads_and_most_loaded_fills() -> None:
    assert play(scenario(DESK, CHAT), *chats(0, 1, 2, 3)).agent.tolist() == [0, 1, 0, 1]
    assert play(scenario(DESK, CHAT, agent="most_loaded"), *chats(0, 1, 2, 3)).agent.tolist() == [0, 0, 0, 1]


def test_longest_idle_with_several_chats_ignores_the_load() -> None:
    log = play(scenario(DESK, CHAT, agent="longest_idle"), *chats(1, 2, 3), Row(4, kind="chat", talk=1), *chats(6))
    assert log.agent.tolist() == [0, 1, 0, 1, 0]


def test_least_loaded_breaks_ties_by_the_longest_at_that_load() -> None:
    log = play(
        scenario(DESK, CHAT), Row(0, kind="chat", talk=50), Row(1, kind="chat", talk=4), Row(2, kind="chat", talk=2), *chats(6)
    )
    # at 4 agent 0 is back at one chat, at 5 agent 1 is idle
    assert log.agent.tolist()[-1] == 1
    late = play(
        scenario(DESK, CHAT), Row(0, kind="chat", talk=50), Row(1, kind="chat", talk=50), Row(2, kind="chat", talk=2), *chats(6)
    )
    assert late.agent.tolist() == [0, 1, 0, 1]


def test_a_contact_that_fills_an_agent_waits_until_he_is_entirely_free_and_is_then_exclusive() -> None:
    rows = [Row(0, kind="chat", talk=10), Row(1, kind="voice", talk=10), Row(12, kind="chat", talk=1)]
    log = play(scenario(BLEND, BOTH), *rows)
    assert seconds(log.answered) == [0, 10, 20]


def test_a_freed_slot_too_small_for_the_first_contact_in_order_serves_the_next() -> None:
    teams = {"blend": {"skills": {"chat": {"at_once": 3, "order": 1}, "voice": {"at_once": 1, "order": 0}}}}
    rows = [*chats(0, 0), Row(0, kind="chat", talk=5), Row(1, kind="voice"), *chats(2)]
    assert seconds(play(scenario(teams, BOTH), *rows).answered)[-2:] == [105, 5]


def test_preference_comes_before_the_policy() -> None:
    teams = {"first": {"count": 1, "skills": {"voice": {"preference": 1}}}, "second": {"count": 1, "skills": {"voice": {}}}}
    assert play(scenario(teams), Row(0), Row(0)).team.tolist() == [1, 0]


def test_teams_of_equal_preference_compete_by_the_policy() -> None:
    teams = {"first": {"count": 1}, "second": {"count": 1}}
    assert play(scenario(teams), Row(0, talk=5), Row(1, talk=1), Row(10)).team.tolist() == [0, 1, 1]


def test_a_freed_agent_follows_order_then_priority_then_wait() -> None:
    kinds = {"low": {"priority": 1}, "high": {"priority": 2}, "late": {"priority": 9}}
    teams = {"all": {"skills": {"low": {}, "high": {}, "late": {"order": 1}}}}
    rows = [Row(0, kind="low"), Row(1, kind="late"), Row(2, kind="low"), Row(3, kind="high"), Row(4, kind="high")]
    assert seconds(play(scenario(teams, kinds), *rows).answered) == [0, 40, 30, 10, 20]


def test_routing_by_longest_wait_ignores_the_priority() -> None:
    kinds = {"low": {"priority": 1}, "high": {"priority": 2}}
    teams = {"all": {"skills": {"low": {}, "high": {}}}}
    rows = [Row(0, kind="low"), Row(2, kind="low"), Row(3, kind="high")]
    assert seconds(play(scenario(teams, kinds, contact="longest_waiting"), *rows).answered) == [0, 10, 20]


def test_overflow_tries_once_and_then_waits_for_a_freed_agent_of_either_team() -> None:
    teams = {"front": {"count": 1}, "back": {"count": 1, "skills": {"voice": {"after": "5s"}, "chat": {}}}}
    rows = [Row(0, talk=60), Row(0, kind="chat", talk=20), Row(1, talk=5), Row(2, talk=5)]
    log = play(scenario(teams, BOTH), *rows)
    assert seconds(log.answered) == [0, 0, 20, 25]
    assert log.overflowed.tolist() == [False, False, True, True]


def test_a_freed_agent_does_not_take_a_contact_before_its_overflow_wait() -> None:
    teams = {"front": {"count": 1}, "back": {"count": 1, "skills": {"voice": {"after": "5s"}, "chat": {}}}}
    log = play(scenario(teams, BOTH), Row(0, talk=60), Row(0, kind="chat", talk=3), Row(1))
    assert seconds(log.answered)[2] == 6


def test_overflow_waits_follow_one_another() -> None:
    teams = {
        "front": {"count": 1},
        "back": {"count": 1, "skills": {"voice": {"after": "5s"}}},
        "last": {"count": 1, "skills": {"voice": {"after": "8s"}}},
    }
    log = play(scenario(teams), Row(0, talk=60), Row(0, talk=60), Row(0, talk=60))
    assert seconds(log.answered) == [0, 5, 8]
    assert log.team.tolist() == [0, 1, 2]


def test_a_full_queue_blocks_before_balking_and_after_asking() -> None:
    world = scenario({"phone": {"count": 1}}, {"voice": {"queue_capacity": 0}})
    log = play(world, Row(0), Row(1, patience=0), Row(10))
    assert log.outcome.tolist() == [ANSWERED, BLOCKED, ANSWERED]
    assert seconds(log.ended)[1] == 1


def test_without_patience_a_contact_leaves_unless_answered_at_once() -> None:
    log = play(scenario({"phone": {"count": 1}}), Row(0, patience=0), Row(1, patience=0))
    assert log.outcome.tolist() == [ANSWERED, ABANDONED]
    assert seconds(log.ended) == [10, 1]


def test_a_slow_team_takes_longer_for_talk_hold_and_wrap_up() -> None:
    world = scenario({"phone": {"count": 1, "skills": {"voice": {"speed": 0.5}}}})
    log = play(world, Row(0, talk=10, hold=2, wrap=3))
    assert seconds(log.ended) + seconds(log.wrapped) == [24, 30]


def test_a_policy_that_looks_at_every_agent_is_asked_about_every_agent() -> None:
    world = scenario(DESK, CHAT)
    numbers = plan(world)
    last_id_wins = Policy("newest", lambda idle_since: -idle_since, None, "test", longest_idle_first=False)
    object.__setattr__(numbers, "agent_policy", (last_id_wins,))
    from simkpi.engine.reference.simulation import simulate

    log = simulate(numbers, demand(world, [Row(0, kind="chat", talk=100), *chats(1, 2, 3)]))
    assert log.agent.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("name", list(load_policies()))
def test_the_longest_idle_of_equals_ranks_first_if_the_policy_says_so(name: str) -> None:
    policy = POLICIES.get(name)
    if policy.rank_agent is not None and policy.longest_idle_first:
        for load in (0, 333_333):
            numbers = {
                "skill": 1_000_000,
                "load": load,
                "now": 100,
                "level": 1,
                "free_slots": 2,
                "busy_time": 0,
                "duty_time": 100,
            }
            asked = numbers_of(policy.rank_agent, AGENT_NUMBERS, name)
            ranks = [policy.rank_agent(*[{**numbers, "idle_since": since}[each] for each in asked]) for since in (0, 1, 50, 100)]
            assert ranks == sorted(ranks)
            assert len(set(ranks)) == len(ranks)


def test_an_unknown_policy_and_one_for_the_other_side_are_refused() -> None:
    with pytest.raises(UnknownName, match="did you mean 'longest_idle'"):
        plan(scenario({"phone": {}}, agent="longest_idel"))
    with pytest.raises(InputError, match=r"routing\.agent"):
        plan(scenario({"phone": {}}, agent="priority"))
    with pytest.raises(InputError, match=r"routing\.contact"):
        plan(scenario({"phone": {}}, contact="least_loaded"))
