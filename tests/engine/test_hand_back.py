"""Deferrable work handed back at the end of a shift: it waits where it was, and a colleague goes on where the other stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.frames import frames
from simkpi.engine.identities import violations
from simkpi.engine.recorder import ANSWERED, HANDED_BACK, OPEN, EngineLog
from simkpi.engine.run import run
from simkpi.scenario.files import load
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_worlds import Row, demand, scenario, seconds

EARLY = {"counts": [1, 0], "at_close": "hand_back"}


def world(end: str = "drain", email: dict[str, Any] | None = None, **teams: dict[str, Any]) -> Scenario:
    types = {"email": {"channel": "email", **(email or {})}, "voice": {}}
    blocks = {name: {"skills": {"email": {}, "voice": {}}, **team} for name, team in teams.items()}
    return scenario(blocks, types, end=end)


def mail(at: float, talk: float, **more: float) -> Row:
    return Row(at, talk, kind="email", **more)


def play(centre: Scenario, *rows: Row) -> EngineLog:
    contacts = demand(centre, list(rows))
    log = run(centre, contacts, "reference")
    assert violations(centre, contacts, log) == []
    return log


def test_a_colleague_goes_on_where_the_other_one_stopped() -> None:
    centre = world(early=EARLY, late={"counts": [0, 1]})
    rows = [mail(4, 20, wrap=3)]
    log = play(centre, *rows)
    # 6 s until 10, then 14 s by the colleague who comes at 10
    assert (seconds(log.answered), seconds(log.ended), seconds(log.wrapped)) == ([4], [24], [27])
    assert log.agent.tolist() == [1]
    tables = frames(centre, demand(centre, rows), log)
    assert tables.legs["kind"].to_list() == ["queue", "agent", "queue", "agent", "wrap"]
    assert tables.legs["end"].to_list() == ["answered", "handed_back", "answered", "answered", "answered"]
    assert tables.legs["place"].to_list()[1:4] == ["early-1", "email", "late-1"]
    assert tables.interactions["talk_time"].to_list() == [20]


def test_without_the_rule_the_agent_finishes_it() -> None:
    log = play(world(early={**EARLY, "at_close": "finish_contact"}, late={"counts": [0, 1]}), mail(4, 20))
    assert (seconds(log.ended), log.agent.tolist()) == ([24], [0])


def test_live_contacts_and_wrap_ups_are_finished() -> None:
    centre = world(early=EARLY, late={"counts": [0, 1]})
    assert seconds(play(centre, Row(4, 20)).ended) == [24]
    log = play(centre, mail(4, 5, wrap=20))
    assert (seconds(log.wrapped), log.agent.tolist()) == ([29], [0])
    log = play(centre, mail(4, 6))
    assert (seconds(log.ended), log.agent.tolist()) == ([10], [0])


def test_what_is_handed_back_is_before_those_who_came_later_and_waits_over_night() -> None:
    centre = world(team={"counts": [1, 0, 0, 1, 1], "at_close": "hand_back"})
    log = play(centre, mail(4, 20), mail(5, 3), mail(15, 2))
    # 6 s until 10; again from 30: 14 s, then the others
    assert seconds(log.ended) == [44, 47, 49]
    assert seconds(log.answered) == [4, 44, 47]


def test_when_the_head_count_only_falls_a_colleague_with_room_goes_on_at_once() -> None:
    centre = world(team={"counts": [2, 1, 1, 0], "at_close": "hand_back"})
    log = play(centre, mail(2, 3), mail(4, 9), mail(8, 12))
    # at 10 agent 0 (from 8) and agent 1 (from 4) work; the higher number is told to finish
    assert seconds(log.answered) == [2, 4, 8]
    assert log.outcome.tolist() == [ANSWERED] * 3
    assert log.agent.tolist() == [0, 0, 0]
    assert seconds(log.ended) == [5, 23, 20]


def test_twice_handed_back_is_three_pieces() -> None:
    centre = world(one={**EARLY}, two={"counts": [0, 1, 0], "at_close": "hand_back"}, three={"counts": [0, 0, 1]})
    log = play(centre, mail(1, 25))
    assert (seconds(log.ended), log.agent.tolist()) == ([26], [2])


def test_work_in_the_background_is_handed_back_also_if_it_is_set_aside() -> None:
    behind = {"skills": {"email": {"background": True, "resume": "2s"}, "voice": {}}}
    centre = world(early={**EARLY, **behind}, late={"counts": [0, 1], **behind})
    log = play(centre, mail(1, 20), Row(4, 10))
    # 3 s until the call; handed back at 10, and 2 s to find the way in, then 17 s
    assert (seconds(log.ended), log.agent.tolist()) == ([29, 14], [1, 0])


def test_nobody_there_to_go_on_leaves_it_open() -> None:
    for end in ("drain", "cut"):
        centre = world(end, early=EARLY)
        log = play(centre, mail(4, 20))
        assert log.outcome.tolist() == [OPEN]
        assert seconds(log.ended) == [None]
        assert frames(centre, demand(centre, [mail(4, 20)]), log).interactions["outcome"].to_list() == ["open"]


def test_agents_with_shifts_hand_back_when_theirs_ends() -> None:
    shifts = [{"start": "00:00", "length": "1h", "count": 1}, {"start": "00:30", "length": "2h", "count": 1}]
    centre = world(team={"shifts": shifts, "at_close": "hand_back"})
    log = play(centre, mail(3000, 900))
    assert (seconds(log.ended), log.agent.tolist()) == ([3900], [1])


@pytest.mark.parametrize("path", ["hand_back"])
def test_the_shipped_scenario_hands_back_and_breaks_no_identity(path: str) -> None:
    centre = load(f"scenarios/features/{path}.yaml")
    contacts = draw(centre, seed=1, replication=0)
    log = run(centre, contacts, "reference")
    assert violations(centre, contacts, log) == []
    assert "handed_back" in frames(centre, contacts, log).legs["end"].to_list()


@pytest.mark.parametrize(
    "forge",
    [
        lambda log: replace(log, leg_to=np.where(log.leg_end == HANDED_BACK, log.leg_to - 1, log.leg_to)),
        lambda log: replace(
            log, ended=log.ended + 1, wrapped=log.wrapped + 1, leg_to=np.where(log.leg_to == 24_000, 24_001, log.leg_to)
        ),
    ],
)
def test_forged_pieces_are_noticed(forge: Callable[[EngineLog], EngineLog]) -> None:
    centre, rows = world(early=EARLY, late={"counts": [0, 1]}), [mail(4, 20)]
    contacts = demand(centre, rows)
    assert violations(centre, contacts, forge(play(centre, *rows))) != []


@st.composite
def centres(draw_: Callable[[Any], Any]) -> tuple[Scenario, Demand]:
    cost = draw_(st.sampled_from([None, 0, 2]))
    skill = {"at_once": draw_(st.integers(1, 2))} | ({} if cost is None else {"background": True, "resume": f"{cost}s"})
    teams = {
        f"team{number}": {
            "counts": draw_(st.lists(st.integers(0, 3), min_size=2, max_size=8)),
            "at_close": draw_(st.sampled_from(["hand_back", "hand_back", "finish_contact", "serve_queue"])),
            "skills": {"email": skill, "voice": {"at_once": 1 if cost is not None else skill["at_once"]}},
        }
        for number in range(draw_(st.integers(1, 2)))
    }
    slower = {"handle": {"talk": "10s", "slower_when_busy": draw_(st.sampled_from([[], [0, 0.5]]))}}
    row = st.builds(
        Row,
        at=st.integers(0, 70),
        talk=st.integers(0, 25),
        wrap=st.sampled_from([0, 3]),
        kind=st.sampled_from(["email", "email", "voice"]),
    )
    centre = world(draw_(st.sampled_from(["drain", "cut"])), slower, **teams)
    return centre, demand(centre, draw_(st.lists(row, min_size=1, max_size=20)))


@given(centres())
@settings(derandomize=True, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_generated_centres_that_hand_back_break_no_identity(made: tuple[Scenario, Demand]) -> None:
    centre, contacts = made
    log = run(centre, contacts, "reference")
    assert violations(centre, contacts, log) == []
    assert len(frames(centre, contacts, log).interactions) == len(contacts)
