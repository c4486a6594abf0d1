"""Customers who come back and the agent who handled their case: who answers them, and when, to the tick."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings

from simkpi.engine.plan import plan
from simkpi.engine.recorder import ABANDONED, EngineLog
from simkpi.engine.reference.simulation import simulate
from tests.engine.engine_strategies import returning_worlds
from tests.engine.engine_worlds import Row, demand, play, scenario, seconds

VOICE = {"voice": {"recontact": {"chance": 0.5, "after": "1m"}, "retry": {"chance": 0.5, "after": "1m"}}}


def phone(count: int = 2, wait: str = "30s", **more: Any) -> Any:
    return scenario({"phone": {"count": count}}, {"voice": {**VOICE["voice"], **more}}, last_agent={"voice": wait})


def row(at: float, talk: float = 10, **more: Any) -> Row:
    return Row(at, talk=talk, **more)


def back(after: float, talk: float = 10, **more: Any) -> tuple[float, Row]:
    return after, Row(0, talk=talk, **more)


def further(log: EngineLog, world: Any, *rows: Row) -> tuple[list[float | None], list[int]]:
    """When, and by whom, the further contacts were answered."""
    n_fresh = len(rows)
    return seconds(log.answered)[n_fresh:], log.agent.tolist()[n_fresh:]


def test_who_comes_back_is_answered_by_the_agent_who_knows_the_case_even_if_another_is_idle_for_longer() -> None:
    rows = row(0, again=back(20)), row(1, talk=2)
    # agent 0 has been idle since 10, agent 1 since 3
    for world, agent in ((phone(), 0), (scenario({"phone": {"count": 2}}, VOICE), 1)):
        assert further(play(world, *rows), world, *rows) == ([30], [agent])


def test_he_is_waited_for_at_most_so_long_and_then_anybody_answers() -> None:
    rows = row(0, again=back(5)), row(11, talk=60)
    # at 15 agent 0 is free again but takes the call of 11: agent 1 has been idle since 0
    assert further(play(phone(), *rows), phone(), *rows) == ([15], [0])
    busy = row(0, again=back(20)), row(1, talk=2), row(4, talk=5), row(12, talk=60), row(13, talk=60)
    log = play(phone(count=3), *busy)
    assert log.agent.tolist()[:5] == [0, 1, 2, 1, 2]
    assert further(log, None, *busy) == ([30], [0])


def test_the_wait_for_the_agent_ends_when_he_is_free() -> None:
    world = phone()
    rows = row(0, again=back(5)), row(0, talk=1), row(2, talk=1), row(10, talk=13)
    log = play(world, *rows)
    assert log.agent.tolist()[:4] == [0, 1, 1, 1]
    # 15: agent 0 is idle
    assert further(log, world, *rows) == ([15], [0])
    rows = row(0, again=back(5)), row(0, talk=30), row(12, talk=13)
    log = play(world, *rows)
    assert log.agent.tolist()[:3] == [0, 1, 0]
    # he comes back at 15, agent 0 is free at 25, agent 1 at 30
    assert further(log, world, *rows) == ([25], [0])


def test_after_the_wait_he_goes_to_whoever_is_idle() -> None:
    rows = row(0, again=back(5)), row(0, talk=11), row(12, talk=200)
    log = play(phone(), *rows)
    assert log.agent.tolist()[:3] == [0, 1, 0]
    assert further(log, None, *rows) == ([45], [1])
    assert further(play(phone(wait="0s"), *rows), None, *rows) == ([15], [1])


def test_others_overtake_him_meanwhile() -> None:
    rows = row(0, again=back(5)), row(0, talk=30), row(12, talk=40), row(20, talk=3)
    log = play(phone(), *rows)
    assert seconds(log.answered)[3] == 30
    assert further(log, None, *rows) == ([45], [1])


def test_who_has_waited_longest_for_the_same_agent_comes_first_and_before_all_others() -> None:
    rows = row(0, talk=1, again=back(11)), row(1, talk=1, again=back(11)), row(2, talk=18), row(3, talk=1)
    log = play(phone(count=1, wait="1m"), *rows)
    assert seconds(log.answered) == [0, 1, 2, 40, 20, 30]


def test_a_customer_who_would_not_wait_asks_anybody() -> None:
    for more in ({"patience": 0}, {"longest_queue": 0, "at_queue": True}):
        is_queue = more.pop("at_queue", False)
        rows = [row(0, again=back(5, **more)), row(0, talk=11), row(12, talk=200)]
        log = play(phone(), *rows)
        # nobody waits, so a longest queue of 0 is no reason; no patience is
        assert further(log, None, *rows) == (([45], [1]) if is_queue else ([15], [1]))
    full = phone(queue_capacity=0)
    rows = [row(0, again=back(5)), row(0, talk=11), row(12, talk=200)]
    assert further(play(full, *rows), full, *rows) == ([15], [1])


def test_patience_ends_while_he_waits_for_the_agent() -> None:
    rows = row(0, again=back(5, patience=20)), row(0, talk=11), row(12, talk=200)
    log = play(phone(), *rows)
    assert log.outcome.tolist()[3] == ABANDONED
    assert seconds(log.ended)[3] == 35


def test_an_agent_off_duty_is_not_waited_for() -> None:
    world = scenario({"phone": {"counts": [2, 2, 1, 1, 1, 1]}}, VOICE, last_agent={"voice": "30s"})
    rows = row(0, talk=12), row(1, talk=3, again=back(25))
    log = play(world, *rows)
    assert further(log, world, *rows) == ([29], [0])


def test_an_agent_of_another_skill_is_not_waited_for() -> None:
    kinds = {**VOICE, "chat": {"channel": "chat"}}
    teams = {"phone": {"count": 1}, "desk": {"count": 1, "skills": {"chat": {"at_once": 1}}}}
    world = scenario(teams, kinds, last_agent={"voice": "30s", "chat": "30s"})
    rows = (row(0, again=back(5, kind="chat")),)
    assert further(play(world, *rows), world, *rows) == ([15], [1])


def test_overflow_waits_are_counted_from_the_beginning() -> None:
    teams = {"phone": {"count": 1}, "back": {"count": 1, "skills": {"voice": {"after": "20s"}}}}
    for wait, moment in (("10s", 35), ("20s", 35), ("30s", 45)):
        world = scenario(teams, VOICE, last_agent={"voice": wait})
        rows = row(0, again=back(5)), row(12, talk=200)
        assert further(play(world, *rows), world, *rows) == ([moment], [1]), wait


def test_a_redial_knows_the_agent_of_an_earlier_contact_of_the_case() -> None:
    lost = back(2, patience=0, redial=back(6))
    rows = row(0, again=lost), row(0, talk=11), row(10, talk=5), row(11, talk=5)
    log = play(phone(), *rows)
    # he comes back at 12 and leaves, everybody being busy; at 18 both are idle, agent 0 since 15 and agent 1 since 16
    assert further(log, None, *rows) == ([None, 18], [-1, 0])


@given(returning_worlds())
@settings(derandomize=True, deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
def test_with_one_agent_there_is_nothing_to_prefer(world: Any) -> None:
    """Metamorphic: exactly if there is one agent in all, whom everybody may ask at once, and nobody waits for him only."""
    centre, contacts = world
    numbers = plan(centre)
    first = numbers.teams[0]
    if first.agents:
        return
    skills = tuple(replace(skill, after=0) for skill in first.skills)
    alone = replace(first, n_agents=1, skills=skills, changes=tuple((tick, min(count, 1)) for tick, count in first.changes))
    changes = [change for change, before in zip(alone.changes, ((0, 0), *alone.changes), strict=False) if change[1] != before[1]]
    numbers = replace(numbers, teams=(replace(alone, changes=tuple(changes)),), last_agent=())
    told = replace(numbers, last_agent=(0,) * len(numbers.contact_types))
    logs = [simulate(each, contacts) for each in (numbers, told)]
    assert logs[0].answered.tolist() == logs[1].answered.tolist()
    assert logs[0].outcome.tolist() == logs[1].outcome.tolist()


def test_nobody_comes_back_and_the_rule_costs_nothing() -> None:
    world, plain = phone(), scenario({"phone": {"count": 2}}, VOICE)
    rows = [row(second, talk=7) for second in range(12)]
    logs = [simulate(plan(each), demand(each, rows)) for each in (world, plain)]
    assert logs[0].agent.tolist() == logs[1].agent.tolist()
