"""Relations between two runs that hold exactly; each says when."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.plan import Plan, plan
from simkpi.engine.ppm import PPM
from simkpi.engine.recorder import ABANDONED, ANSWERED, BLOCKED, OPEN, EngineLog
from simkpi.engine.reference.simulation import simulate
from simkpi.engine.routing.policy import load_policies
from simkpi.engine.team_plan import SkillPlan, TeamPlan
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import worlds
from tests.engine.engine_worlds import Row, demand, scenario

World = tuple[Scenario, Demand]
MOMENTS = ("queued", "answered", "ended", "wrapped")
ROWS = ("contact_type", "arrived", "talk", "hold", "wrap", "patience", "bot", "bot_time", "bot_outcome", "resolved", "customer")
relation = settings(derandomize=True, deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))


def runs(world: World) -> tuple[Plan, Demand, EngineLog]:
    numbers = plan(world[0])
    return numbers, world[1], simulate(numbers, world[1])


def columns(log: EngineLog) -> dict[str, list[int]]:
    return {name: getattr(log, name).tolist() for name in (*MOMENTS, "agent", "team", "outcome", "overflowed")}


def keep(contacts: Demand, rows: np.ndarray) -> Demand:
    return replace(contacts, **{name: getattr(contacts, name)[rows] for name in ROWS})


def with_teams(numbers: Plan, change: object) -> Plan:
    return replace(numbers, teams=tuple(change(team) for team in numbers.teams))


def with_skills(numbers: Plan, change: object) -> Plan:
    return with_teams(numbers, lambda team: replace(team, skills=tuple(change(skill) for skill in team.skills)))


def under(numbers: Plan, *, agent: str | None = None, contact: str | None = None) -> Plan:
    """The same plan under other policies."""
    if agent is not None:
        numbers = replace(numbers, agent_policy=(load_policies().get(agent),) * len(numbers.contact_types))
    return numbers if contact is None else replace(numbers, contact_policy=load_policies().get(contact))


def finite(ticks: np.ndarray, change: object) -> np.ndarray:
    return np.where(ticks < NEVER, change(np.where(ticks < NEVER, ticks, 0)), NEVER)


@given(worlds(), st.sampled_from([2, 7, 60]))
@relation
def test_another_unit_of_time_scales_every_moment(world: World, factor: int) -> None:
    """Exactly if all agents work at normal speed (else rounding to ticks differs)."""
    numbers, contacts, _ = runs(world)
    numbers = with_skills(numbers, lambda skill: replace(skill, speed=PPM))
    log = simulate(numbers, contacts)

    def slow(team: TeamPlan) -> TeamPlan:
        skills = tuple(replace(skill, after=skill.after * factor) for skill in team.skills)
        return replace(team, skills=skills, changes=tuple((tick * factor, count) for tick, count in team.changes))

    times = {name: getattr(contacts, name) * factor for name in ("arrived", "talk", "hold", "wrap", "bot_time")}
    times["patience"] = finite(contacts.patience, lambda ticks: ticks * factor)
    urgency = tuple(
        replace(each, head_start=each.head_start * factor, target_wait=each.target_wait * factor) for each in numbers.urgency
    )
    # a point of priority weighs as much against a minute that lasts longer
    slower = replace(numbers, priority=tuple(each * factor for each in numbers.priority), urgency=urgency)
    slowed = simulate(replace(with_teams(slower, slow), horizon=numbers.horizon * factor), replace(contacts, **times))
    expected = replace(log, **{name: finite(getattr(log, name), lambda ticks: ticks * factor) for name in MOMENTS})
    assert columns(slowed) == columns(expected)


@given(worlds(), st.sampled_from([1, 86_400_000]))
@relation
def test_the_hour_of_the_day_does_not_matter(world: World, later: int) -> None:
    numbers, contacts, log = runs(world)
    moved = with_teams(numbers, lambda team: replace(team, changes=tuple((tick + later, n) for tick, n in team.changes)))
    other = simulate(replace(moved, horizon=numbers.horizon + later), replace(contacts, arrived=contacts.arrived + later))
    expected = replace(log, **{name: finite(getattr(log, name), lambda ticks: ticks + later) for name in MOMENTS})
    assert columns(other) == columns(expected)


@given(worlds())
@relation
def test_names_do_not_matter(world: World) -> None:
    numbers, contacts, log = runs(world)
    renamed = replace(numbers, contact_types=tuple(f"x{name}" for name in numbers.contact_types))
    renamed = with_teams(renamed, lambda team: replace(team, name=team.name[::-1]))
    assert columns(simulate(renamed, contacts)) == columns(log)


@given(worlds())
@relation
def test_a_contact_type_without_contacts_changes_nothing_even_if_a_team_serves_it(world: World) -> None:
    numbers, contacts, log = runs(world)
    wider = replace(
        numbers,
        contact_types=(*numbers.contact_types, "fax"),
        priority=(*numbers.priority, 9),
        urgency=(*numbers.urgency, numbers.urgency[0]),
        queue_capacity=(*numbers.queue_capacity, 0),
        deferred=(*numbers.deferred, False) if numbers.deferred else (),
        agent_policy=(*numbers.agent_policy, numbers.agent_policy[0]),
    )
    unused = SkillPlan(len(numbers.contact_types), 1, 2 * PPM, 0, 0, 0)
    wider = with_teams(wider, lambda team: replace(team, skills=(*team.skills, unused)))
    assert columns(simulate(wider, contacts)) == columns(log)


@given(worlds(), st.integers(2, 5))
@relation
def test_finer_capacity_units_change_nothing(world: World, factor: int) -> None:
    numbers, contacts, log = runs(world)

    def finer(team: TeamPlan) -> TeamPlan:
        skills = tuple(
            replace(
                skill, weight=skill.weight * factor, reserves=tuple((agents, room * factor) for agents, room in skill.reserves)
            )
            for skill in team.skills
        )
        return replace(team, capacity=team.capacity * factor, skills=skills)

    assert columns(simulate(with_teams(numbers, finer), contacts)) == columns(log)


@given(worlds())
@relation
def test_the_contact_types_order_does_not_matter(world: World) -> None:
    """Exactly if no two contacts arrive at once (ties go to the type that is listed first)."""
    numbers, contacts, _ = runs(world)
    contacts = replace(contacts, arrived=contacts.arrived + np.arange(len(contacts)))
    log = simulate(numbers, contacts)
    last = len(numbers.contact_types) - 1
    turned = replace(
        numbers,
        **{
            name: getattr(numbers, name)[::-1]
            for name in ("contact_types", "priority", "urgency", "queue_capacity", "agent_policy")
        },
    )
    turned = with_skills(turned, lambda skill: replace(skill, contact_type=last - skill.contact_type))
    turned_contacts = replace(contacts, contact_type=(last - contacts.contact_type).astype(np.int16))
    assert columns(simulate(turned, turned_contacts)) == columns(log)


@given(worlds())
@relation
def test_priorities_matter_by_their_order_only(world: World) -> None:
    """But where they rise with the wait."""
    numbers, contacts, log = runs(world)
    assume(numbers.contact_policy.name != "rising_priority")
    assert columns(simulate(replace(numbers, priority=tuple(3 * each - 7 for each in numbers.priority)), contacts)) == columns(
        log
    )


@given(worlds())
@relation
def test_with_infinite_patience_nobody_abandons(world: World) -> None:
    numbers, contacts, _ = runs(world)
    log = simulate(numbers, replace(contacts, patience=np.full(len(contacts), NEVER)))
    assert ABANDONED not in log.outcome


@given(worlds())
@relation
def test_more_patience_of_those_who_were_answered_changes_nothing(world: World) -> None:
    numbers, contacts, log = runs(world)
    longer = np.where((log.outcome == ANSWERED) & (contacts.patience > 0) & (contacts.patience < NEVER), 10**9, contacts.patience)
    assert columns(simulate(numbers, replace(contacts, patience=longer))) == columns(log)


@given(worlds())
@relation
def test_a_bot_that_hands_everything_off_at_once_is_no_bot(world: World) -> None:
    numbers, contacts, _ = runs(world)
    n = len(contacts)
    none = replace(contacts, bot=np.full(n, -1, dtype=np.int16), bot_outcome=np.full(n, -1, dtype=np.int8))
    zero = replace(
        contacts,
        bot=np.zeros(n, dtype=np.int16),
        bot_outcome=np.ones(n, dtype=np.int8),
        bot_time=np.zeros(n, dtype=np.int64),
    )
    assert columns(simulate(numbers, zero)) == columns(simulate(numbers, none))


@given(worlds())
@relation
def test_one_chat_at_a_time_is_voice(world: World) -> None:
    numbers, contacts, _ = runs(world)

    def single(team: TeamPlan) -> TeamPlan:
        skills = (replace(skill, weight=1, reserves=tuple((agents, 1) for agents, _ in skill.reserves)) for skill in team.skills)
        return replace(team, capacity=1, skills=tuple(skills))

    voice, *others = (
        columns(simulate(under(with_teams(numbers, single), agent=name), contacts))
        for name in ("longest_idle", "least_loaded", "most_loaded", "most_free_slots", "fewest_free_slots")
    )
    assert others == [voice] * 4


@given(worlds(), st.integers(0, 29))
@relation
def test_one_more_customer_changes_nothing_that_happened_before(world: World, place: int) -> None:
    numbers, contacts, log = runs(world)
    assume(place < len(contacts))
    without = np.delete(np.arange(len(contacts)), place)
    other = simulate(numbers, keep(contacts, without))
    moment = contacts.arrived[place]
    for name in MOMENTS:
        before, after = getattr(log, name)[without], getattr(other, name)
        # a conversation's end is known when it begins
        told = (log.answered[without] < moment) & (other.answered < moment)
        same = np.minimum(before, moment) == np.minimum(after, moment)
        assert same.all()
        assert (before[told] == after[told]).all()


@given(worlds())
@relation
def test_who_was_blocked_or_left_at_once_changed_nothing_for_the_others(world: World) -> None:
    numbers, contacts, log = runs(world)
    touched = ~((log.outcome == BLOCKED) | ((log.outcome == ABANDONED) & (log.ended == log.queued))) | (contacts.bot >= 0)
    rows = np.flatnonzero(touched)
    expected = {name: [column[row] for row in rows] for name, column in columns(log).items()}
    assert columns(simulate(numbers, keep(contacts, rows))) == expected


@given(worlds())
@relation
def test_a_queue_with_a_place_for_everybody_blocks_nobody(world: World) -> None:
    numbers, contacts, _ = runs(world)
    wide = replace(numbers, queue_capacity=(len(contacts),) * len(numbers.contact_types))
    unlimited = replace(numbers, queue_capacity=(NEVER,) * len(numbers.contact_types))
    log = simulate(wide, contacts)
    assert BLOCKED not in log.outcome
    assert columns(log) == columns(simulate(unlimited, contacts))


@given(worlds())
@relation
def test_twice_the_speed_for_twice_the_work_is_the_same(world: World) -> None:
    numbers, contacts, _ = runs(world)
    plain = simulate(with_skills(numbers, lambda skill: replace(skill, speed=PPM)), contacts)
    fast = with_skills(numbers, lambda skill: replace(skill, speed=2 * PPM))
    double = {name: getattr(contacts, name) * 2 for name in ("talk", "hold", "wrap")}
    assert columns(simulate(fast, replace(contacts, **double))) == columns(plain)


@given(worlds())
@relation
def test_a_cut_run_is_the_drained_run_up_to_the_horizon(world: World) -> None:
    numbers, contacts, _ = runs(world)
    drained, cut = (simulate(replace(numbers, cut=cut), contacts) for cut in (False, True))
    for name in MOMENTS:
        whole = getattr(drained, name)
        assert getattr(cut, name).tolist() == np.where(whole < numbers.horizon, whole, NEVER).tolist()
    over = drained.ended < numbers.horizon
    assert (cut.outcome == np.where(over, drained.outcome, OPEN)).all()


def test_two_equal_teams_are_one_team() -> None:
    """Exactly while nobody comes or goes."""
    rows = [Row(second % 40, talk=7 + second % 5, patience=9) for second in range(60)]
    two, one = scenario({"a": {"count": 2}, "b": {"count": 3}}), scenario({"ab": {"count": 5}})
    logs = [simulate(plan(world), demand(world, rows)) for world in (two, one)]
    assert logs[0].agent.tolist() == logs[1].agent.tolist()
    assert logs[0].ended.tolist() == logs[1].ended.tolist()


def test_an_overflow_wait_that_nobody_reaches_is_no_skill() -> None:
    rows = [Row(second, talk=7, patience=9) for second in range(40)]
    never = {"front": {"count": 2}, "back": {"count": 2, "skills": {"voice": {"after": "10s"}}, "at_close": "finish_contact"}}
    logs = [simulate(plan(world), demand(world, rows)) for world in (scenario(never), scenario({"front": {"count": 2}}))]
    assert columns(logs[0]) == columns(logs[1])
