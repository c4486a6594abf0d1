"""Each routing policy on contacts of fixed length in whole seconds, which force ties: who is chosen, to the tick."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import simkpi
from simkpi.demand.rows import Demand
from simkpi.engine.plan import Plan, plan
from simkpi.engine.ppm import PPM
from simkpi.engine.recorder import EngineLog
from simkpi.engine.reference.simulation import simulate
from simkpi.engine.routing.policy import POLICIES, is_own, load_policies
from simkpi.errors import InputError, UnknownName
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import worlds
from tests.engine.engine_worlds import Row, play, scenario, seconds

CHAT = {"chat": {"channel": "chat"}}
TWO = {"a": {}, "b": {}}
BOTH = {"one": {"count": 1, "skills": {"a": {}, "b": {}}}}


def chats(*moments: float, talk: float = 100) -> list[Row]:
    return [Row(at, kind="chat", talk=talk) for at in moments]


# --- which agent? -------------------------------------------------------------------------------------------------------


def test_most_free_slots_counts_contacts_and_not_shares() -> None:
    # the one of two is half full with one chat, the one of four has more room with two
    teams = {"two": {"count": 1, "skills": {"chat": {"at_once": 2}}}, "four": {"count": 1, "skills": {"chat": {"at_once": 4}}}}
    assert play(scenario(teams, CHAT, agent="most_free_slots"), *chats(0, 1, 2, 3, 4)).agent.tolist() == [1, 1, 0, 1, 0]
    assert play(scenario(teams, CHAT, agent="least_loaded"), *chats(0, 1, 2, 3, 4)).agent.tolist() == [0, 1, 1, 0, 1]


def test_fewest_free_slots_fills_whoever_is_nearest_to_full() -> None:
    teams = {"two": {"count": 1, "skills": {"chat": {"at_once": 2}}}, "four": {"count": 1, "skills": {"chat": {"at_once": 4}}}}
    assert play(scenario(teams, CHAT, agent="fewest_free_slots"), *chats(0, 1, 2)).agent.tolist() == [0, 0, 1]


def test_least_occupied_takes_the_lowest_share_of_busy_time_even_if_not_the_longest_idle() -> None:
    # at 30 agent 0 was busy for 20 s and is idle since 20, agent 1 for 5 s and idle since 26
    rows = [Row(0, talk=20), Row(21, talk=5), Row(30)]
    assert play(scenario({"phone": {"count": 2}}, agent="least_occupied"), *rows).agent.tolist() == [0, 1, 1]
    assert play(scenario({"phone": {"count": 2}}, agent="longest_idle"), *rows).agent.tolist() == [0, 1, 0]


def test_least_occupied_counts_from_the_moment_of_coming_on_duty() -> None:
    # at 40 agent 0 was busy for 15 of 40 s, agent 1, who came at 20, for 10 of 20
    world = scenario({"phone": {"counts": [1, 1, 2, 2, 2, 2]}}, agent="least_occupied")
    assert play(world, Row(0, talk=15), Row(20, talk=10), Row(40)).agent.tolist() == [0, 1, 0]


def test_several_chats_at_once_are_busy_time_once() -> None:
    # at 20 agent 0 was busy for 14 s, agent 1 for 12, although with chats of 17 s in all
    teams = {"desk": {"count": 2, "skills": {"chat": {"at_once": 2}}}}
    rows = [*chats(1, talk=14), *chats(2, talk=12), *chats(3, talk=5), *chats(20)]
    log = play(scenario(teams, CHAT, agent="least_occupied"), *rows)
    assert log.agent.tolist() == [0, 1, 1, 1]


def test_best_skill_goes_by_level_then_by_speed_then_by_the_longest_idle() -> None:
    skills = {"low": {"level": 1, "speed": 2.0}, "slow": {"level": 2}, "fast": {"level": 2, "speed": 1.5}}
    teams = {name: {"count": 1, "skills": {"voice": skill}} for name, skill in skills.items()}
    log = play(scenario(teams, agent="best_skill"), Row(0, talk=60), Row(1, talk=60), Row(2, talk=60))
    assert log.team.tolist() == [2, 1, 0]


# --- which contact? -----------------------------------------------------------------------------------------------------


def order_of(contact: str, *rows: Row, contacts: dict[str, Any] | None = None, **routing: Any) -> list[float | None]:
    """Moments at which the rows after the first, which keeps the one agent busy for 100 s, are answered, each for 10 s."""
    log = play(scenario(BOTH, contacts or TWO, contact=contact, **routing), Row(0, talk=100, kind="a"), *rows)
    return seconds(log.answered)[1:]


def test_rising_priority_lets_a_lower_type_come_first_once_it_has_waited_enough() -> None:
    urgent = {"a": {"priority": 1}, "b": {}}
    # b gains 2 points a minute: at 100 it has 2 points after 60 s of waiting and 1 after 30 s, a tie that the longer wait settles
    for moment, first in ((40, 110), (71, 110), (70, 100), (69, 100)):
        answered = order_of(
            "rising_priority", Row(moment, kind="b"), Row(75, kind="a"), contacts=urgent, priority_per_minute={"b": 2}
        )
        assert answered[0] == (100 if moment in (40, 70, 69) else first), moment


def test_shortest_due_goes_by_the_end_of_the_target_wait() -> None:
    targets = {"a": "60s", "b": "20s"}
    assert order_of("shortest_due", Row(10, kind="a"), Row(49, kind="b"), target_wait=targets) == [110, 100]
    assert order_of("shortest_due", Row(10, kind="a"), Row(51, kind="b"), target_wait=targets) == [100, 110]
    # due at the same moment: the longer wait
    assert order_of("shortest_due", Row(10, kind="a"), Row(50, kind="b"), target_wait=targets) == [100, 110]


def test_wait_ratio_compares_waits_with_their_targets() -> None:
    targets = {"a": "60s", "b": "20s"}
    # at 100: 90 of 60 s against 40 and 20 of 20 s
    assert order_of("wait_ratio", Row(10, kind="a"), Row(60, kind="b"), target_wait=targets) == [110, 100]
    assert order_of("wait_ratio", Row(10, kind="a"), Row(80, kind="b"), target_wait=targets) == [100, 110]


def test_the_target_wait_is_that_of_the_service_level_unless_it_is_written() -> None:
    world = scenario(BOTH, TWO, target_wait={"b": "7s"})
    spec = world.spec.model_copy(update={"targets": {}})
    assert [each.target_wait for each in plan(replace(world, spec=spec)).urgency] == [20_000, 7_000]
    loaded = simkpi.load(simkpi.scenario.files.shipped("features/wait_ratio"))
    assert [each.target_wait for each in plan(loaded).urgency] == [20_000, 60_000]


def test_longest_queue_serves_the_type_of_which_most_wait_and_ties_go_to_the_longest_wait() -> None:
    rows = [Row(10, kind="a"), Row(20, kind="b"), Row(21, kind="b"), Row(22, kind="b")]
    # queues of 1 and 3, then 1 and 2, then 1 and 1: a has waited longer
    assert order_of("longest_queue", *rows) == [120, 100, 110, 130]


def test_queue_ratio_divides_by_the_weight() -> None:
    rows = [Row(10, kind="a"), Row(11, kind="a"), Row(20, kind="b"), Row(21, kind="b"), Row(22, kind="b")]
    # 2 / 1 against 3 / 2, then 1 / 1 against 3 / 2, then 1 / 1 against 2 / 2: a has waited longer
    assert order_of("queue_ratio", *rows, queue_weight={"b": 2}) == [100, 120, 110, 130, 140]


def test_an_agent_does_first_what_he_does_best() -> None:
    team = {"one": {"count": 1, "skills": {"a": {"level": 1}, "b": {"level": 2}}}}
    log = play(scenario(team, TWO, contact="best_skill"), Row(0, kind="a"), Row(1, kind="a"), Row(2, kind="b"))
    assert seconds(log.answered) == [0, 20, 10]


@pytest.mark.parametrize("policy", ["priority", "longest_waiting", "rising_priority", "queue_ratio", "best_skill"])
def test_a_head_start_counts_as_so_much_wait_in_every_policy(policy: str) -> None:
    for moment, first in ((29, 110), (30, 100), (31, 100)):  # a: 30, 31 and 29 s earlier, with a tie that the lower number wins
        answered = order_of(policy, Row(60 - moment, kind="a"), Row(60, kind="b"), head_start={"b": "30s"})
        assert answered == [first, 210 - first], (policy, moment)


def test_a_head_start_changes_neither_the_wait_nor_the_due_time() -> None:
    answered = order_of("shortest_due", Row(10, kind="a"), Row(20, kind="b"), head_start={"b": "50s"})
    assert answered == [100, 110]


# --- relations ----------------------------------------------------------------------------------------------------------


def columns(log: EngineLog) -> list[list[int]]:
    return [getattr(log, name).tolist() for name in ("queued", "answered", "ended", "wrapped", "agent", "outcome")]


def alike(numbers: Plan, **urgency: int) -> Plan:
    """The same plan with contact types that differ in nothing that policies go by."""
    urgencies = tuple(replace(each, head_start=0, **urgency) for each in numbers.urgency)
    return replace(numbers, urgency=urgencies, priority=(0,) * len(numbers.priority))


def same(numbers: Plan, contacts: Demand, side: str, *names: str) -> None:
    logs = []
    for name in names:
        policy = load_policies().get(name)
        chosen: Any = policy if side == "contact_policy" else (policy,) * len(numbers.contact_types)
        logs.append(columns(simulate(replace(numbers, **{side: chosen}), contacts)))
    assert logs == [logs[0]] * len(names)


relation = settings(derandomize=True, deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))


@given(worlds())
@relation
def test_among_types_that_are_alike_every_policy_by_wait_is_the_longest_wait(world: tuple[Scenario, Demand]) -> None:
    numbers = alike(plan(world[0]), target_wait=20_000, rise=500)
    names = ("longest_waiting", "priority", "rising_priority", "shortest_due", "wait_ratio")
    same(numbers, world[1], "contact_policy", *names)


@given(worlds())
@relation
def test_equal_weights_make_the_queue_ratio_the_longest_queue(world: tuple[Scenario, Demand]) -> None:
    same(alike(plan(world[0]), queue_weight=3 * PPM), world[1], "contact_policy", "longest_queue", "queue_ratio")


@given(worlds())
@relation
def test_a_priority_that_rises_by_nothing_is_the_priority(world: tuple[Scenario, Demand]) -> None:
    numbers = plan(world[0])
    numbers = replace(numbers, urgency=tuple(replace(each, rise=0) for each in numbers.urgency))
    same(numbers, world[1], "contact_policy", "priority", "rising_priority")


@given(worlds())
@relation
def test_a_head_start_for_everybody_is_none(world: tuple[Scenario, Demand]) -> None:
    numbers = plan(world[0])
    none, all_of_them = (
        replace(numbers, urgency=tuple(replace(each, head_start=start) for each in numbers.urgency)) for start in (0, 60_000)
    )
    relative = numbers.contact_policy.name in ("wait_ratio", "rising_priority")  # goes by more than the order of waits
    assert relative or columns(simulate(none, world[1])) == columns(simulate(all_of_them, world[1]))


@given(worlds())
@relation
def test_skills_that_are_alike_make_the_best_skill_the_longest_idle(world: tuple[Scenario, Demand]) -> None:
    numbers = plan(world[0])
    teams = tuple(
        replace(team, skills=tuple(replace(skill, level=2, speed=PPM) for skill in team.skills)) for team in numbers.teams
    )
    numbers = replace(alike(numbers), teams=teams)
    same(numbers, world[1], "agent_policy", "longest_idle", "best_skill")
    same(numbers, world[1], "contact_policy", "longest_idle", "best_skill")


# --- a policy of the user's own -----------------------------------------------------------------------------------------


@pytest.fixture
def own() -> Any:
    """Registers policies that are gone after the test."""
    before = dict(POLICIES._members), dict(POLICIES._aliases)
    yield simkpi.policy
    POLICIES._members, POLICIES._aliases = before


def test_a_scenario_names_a_policy_that_python_registered(own: Any) -> None:
    own("last come", rank_contact=lambda queued_at: -queued_at)
    world = scenario(BOTH, TWO, contact="last-come")
    log = play(world, Row(0, kind="a"), Row(1, kind="a"), Row(2, kind="b"))
    assert seconds(log.answered) == [0, 20, 10]


def test_an_own_policy_may_be_registered_anew_and_is_then_used_at_once(own: Any) -> None:
    world = scenario(BOTH, TWO, contact="mine")
    rows = [Row(0, kind="a"), Row(1, kind="a"), Row(2, kind="b")]
    own("mine", rank_contact=lambda queued_at: -queued_at)
    assert seconds(play(world, *rows).answered) == [0, 20, 10]
    own("mine", rank_contact=lambda queued_at: queued_at)
    assert seconds(play(world, *rows).answered) == [0, 10, 20]


def test_a_shipped_policy_stays(own: Any) -> None:
    with pytest.raises(ValueError, match="is taken by 'priority'"):
        own("priority", rank_contact=lambda queued_at: queued_at)
    assert not is_own(load_policies().get("priority"))


def test_a_number_that_does_not_exist_is_refused_with_the_nearest(own: Any) -> None:
    with pytest.raises(InputError, match=r"asks for 'queued'.*did you mean 'queued_at'"):
        own("wrong", rank_contact=lambda queued: queued)
    with pytest.raises(InputError, match="takes no numbers"):
        own("wrong", rank_agent=lambda: 0)


def test_a_policy_that_nobody_registered_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown routing policy 'last come'"):
        plan(scenario(BOTH, TWO, contact="last come"))
