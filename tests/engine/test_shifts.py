"""Agents with timetables: pauses that wait, shifts that end, teams that close, by hand and over generated worlds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from simkpi.demand.rows import Demand
from simkpi.engine.identities import violations
from simkpi.engine.recorder import STATES, EngineLog
from simkpi.engine.run import run
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import timetabled_worlds
from tests.engine.engine_worlds import SECOND, Row, demand, play, scenario, seconds


def shift(**more: Any) -> dict[str, Any]:
    return {"start": "00:00:10", "end": "00:01:40", **more}


def pause(at: int, length: int, **more: Any) -> dict[str, Any]:
    """A pause *at* so many seconds after midnight."""
    return {"at": f"00:00:{at:02}" if at < 60 else f"00:01:{at - 60:02}", "length": f"{length}s", **more}


def states(log: EngineLog, agent: int = 0) -> list[tuple[str, float, float]]:
    return [
        (STATES[state], start / SECOND, end / SECOND)
        for who, state, start, end in zip(log.state_agent, log.state, log.state_from, log.state_to, strict=True)
        if who == agent
    ]


def one_agent(*rows: Row, **more: Any) -> EngineLog:
    world = scenario({"phone": {"shifts": [shift(**more)], "at_close": "finish_contact"}})
    log = play(world, *rows)
    assert violations(world, demand(world, list(rows)), log) == []
    return log


class TestOneAgent:
    def test_serves_whoever_waits_when_the_shift_begins_and_goes_when_it_ends(self) -> None:
        log = one_agent(Row(3, talk=5), Row(98, talk=10))
        assert seconds(log.answered) == [10, 98]
        assert states(log) == [("work", 10, 100), ("overtime", 100, 108)]

    def test_takes_nobody_at_the_very_moment_at_which_the_shift_ends(self) -> None:
        log = one_agent(Row(100, talk=5, patience=3))
        assert seconds(log.answered) == [None]

    def test_takes_a_pause_on_time_when_free(self) -> None:
        log = one_agent(Row(45, talk=5), **{"break": pause(40, 20)})
        assert states(log) == [("work", 10, 40), ("break", 40, 60), ("work", 60, 100)]
        assert seconds(log.answered) == [60]

    def test_begins_a_break_that_is_due_during_a_contact_after_it_in_full_length(self) -> None:
        log = one_agent(Row(35, talk=12), Row(41, talk=3), **{"break": pause(40, 20)})
        assert states(log) == [("work", 10, 47), ("break", 47, 67), ("work", 67, 100)]
        assert seconds(log.answered) == [35, 67]

    def test_comes_late_to_a_meeting_that_ends_on_time(self) -> None:
        log = one_agent(Row(35, talk=12), meetings=[pause(40, 20)])
        assert states(log) == [("work", 10, 47), ("meeting", 47, 60), ("work", 60, 100)]

    def test_works_on_when_the_meeting_is_over_before_the_contact(self) -> None:
        log = one_agent(Row(35, talk=30), Row(50, talk=5), meetings=[pause(40, 20)])
        assert states(log) == [("work", 10, 100)]
        assert seconds(log.answered) == [35, 65]

    def test_skips_a_pause_that_may_be_skipped(self) -> None:
        log = one_agent(Row(35, talk=12), Row(41, talk=3), **{"break": pause(40, 20, when_busy="skip")})
        assert states(log) == [("work", 10, 100)]
        assert seconds(log.answered) == [35, 47]

    def test_takes_a_second_pause_right_after_a_delayed_one(self) -> None:
        log = one_agent(Row(35, talk=20), **{"break": pause(40, 20)}, training=[pause(62, 15, when_busy="delay")])
        assert states(log) == [("work", 10, 55), ("break", 55, 75), ("training", 75, 90), ("work", 90, 100)]

    def test_ends_a_delayed_pause_with_the_shift(self) -> None:
        log = one_agent(Row(35, talk=50), **{"break": pause(40, 40)})
        assert states(log) == [("work", 10, 85), ("break", 85, 100)]

    def test_is_off_during_an_unpaid_pause(self) -> None:
        assert states(one_agent(lunch=pause(40, 20)))[1] == ("off", 40, 60)


class TestSeveralAtOnce:
    def test_an_agent_with_a_pause_due_takes_no_further_chat(self) -> None:
        team = {"skills": {"voice": {"at_once": 3}}, "shifts": [shift(**{"break": pause(40, 20)})]}
        log = play(scenario({"chat": team}), Row(35, talk=12), Row(36, talk=4), Row(42, talk=3))
        assert seconds(log.answered) == [35, 36, 67]

    def test_with_a_meeting_that_is_over_he_takes_chats_again_at_once(self) -> None:
        team = {"skills": {"voice": {"at_once": 3}}, "shifts": [shift(meetings=[pause(40, 20)])]}
        log = play(scenario({"chat": team}), Row(35, talk=60), Row(50, talk=5))
        assert seconds(log.answered) == [35, 60]


class TestClosing:
    def test_who_leaves_last_stays_for_those_who_came_before(self) -> None:
        shifts = [shift(), {"start": "00:00:10", "end": "00:01:20"}]
        world = scenario({"phone": {"shifts": shifts}})
        rows = [Row(70, talk=60), Row(71, talk=40), Row(95, talk=5), Row(101, talk=5, patience=30)]
        log = play(world, *rows)
        assert violations(world, demand(world, rows), log) == []
        # the second agent, whose shift ends at 80, does not stay; the first takes who waited at 100, and nobody who came later
        assert seconds(log.answered) == [70, 71, 130, None]
        assert states(log, 0) == [("work", 10, 100), ("overtime", 100, 135)]
        assert states(log, 1) == [("work", 10, 80), ("overtime", 80, 111)]

    def test_with_finish_contact_the_queue_stays_behind(self) -> None:
        world = scenario({"phone": {"shifts": [shift()], "at_close": "finish_contact"}})
        log = play(world, Row(90, talk=30), Row(95, talk=5))
        assert seconds(log.answered) == [90, None]

    def test_those_who_stayed_go_when_the_next_shift_begins(self) -> None:
        shifts = [shift(), {"start": "00:02:00", "end": "00:03:00"}]
        world = scenario({"phone": {"shifts": shifts}})
        rows = [Row(90, talk=28), Row(91, talk=10), Row(92, talk=10)]
        log = play(world, *rows)
        assert violations(world, demand(world, rows), log) == []
        assert seconds(log.answered) == [90, 118, 120]
        assert log.agent.tolist() == [0, 0, 1]
        assert states(log, 0) == [("work", 10, 100), ("overtime", 100, 128)]


class TestPeople:
    def test_an_agent_by_name_has_a_pace_of_his_own(self) -> None:
        team = {"agents": {"ann": {"shifts": [shift()], "speed": 2}, "ben": {"shifts": [shift()]}}}
        log = play(scenario({"phone": team}), Row(20, talk=10), Row(20, talk=10))
        assert sorted(seconds(log.ended)) == [25, 30]

    def test_a_newcomer_gets_faster_from_day_to_day(self) -> None:
        ramp = {"from": "50%", "over": "2d", "since": "2026-01-05", "step": "1d"}
        team = {"agents": {"new": {"shifts": [shift()], "ramp_up": ramp}}}
        day = 86_400
        rows = [Row(20, talk=12), Row(day + 20, talk=12), Row(2 * day + 20, talk=12)]
        log = play(scenario({"phone": team}, days=3), *rows)
        assert (log.ended - log.answered).tolist() == [24_000, 16_000, 12_000]
        assert log.agent.tolist() == [0, 1, 2]  # one agent of the plan for each pace, all called "new"


@settings(derandomize=True, deadline=None, max_examples=150)
@given(timetabled_worlds())
def test_generated_worlds_break_nothing(world: tuple[Scenario, Demand]) -> None:
    centre, contacts = world
    assert violations(centre, contacts, run(centre, contacts, "reference")) == []


@pytest.mark.parametrize(("column", "complaint"), [("state_to", "outside the shift"), ("state_from", "no state during a part")])
def test_a_forged_state_is_noticed(column: str, complaint: str) -> None:
    from dataclasses import replace

    world = scenario({"phone": {"shifts": [shift()]}})
    rows = [Row(20, talk=10)]
    log = play(world, *rows)
    forged = replace(log, **{column: getattr(log, column) + 5000})
    assert complaint in "\n".join(violations(world, demand(world, rows), forged))
