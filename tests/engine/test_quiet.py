"""Wrap-up that takes longer when nobody waits."""

from __future__ import annotations

import pytest

from simkpi.demand.draws import draw
from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.recorder import ANSWERED
from simkpi.engine.run import run
from simkpi.errors import ScenarioError
from simkpi.experiment.replicate import simulate
from simkpi.scenario.files import loads
from tests.engine.engine_worlds import Row, demand, play, scenario, seconds
from tests.engine.naive_engine import Naive

WORLD = scenario({"phone": {"skills": {"voice": {}, "chat": {}}}}, {"voice": {}, "chat": {}})
PLAIN = """
simkpi: 1
calendar: {from: 2026-01-05, days: 1}
contacts: {voice: {volume: 200 per day, handle: {talk: 4m, longer_when_quiet: {fixed: 30s}}, patience: 3m%s}}
teams: {phone: {skills: [voice], count: 3%s}}
"""


def test_who_finishes_while_nobody_waits_takes_longer_and_else_not() -> None:
    rows = [Row(0, talk=10, wrap=5, quiet=20), Row(30, talk=10, wrap=5, quiet=20), Row(40, kind="chat", talk=5)]
    log = play(WORLD, *rows)
    assert log.outcome.tolist() == [ANSWERED] * 3
    # the first wraps up for 25 s since nobody waits; the second for 5 s, since a chat waits that the agent takes
    assert seconds(log.answered) == [0, 35, 50]
    assert seconds(log.wrapped) == [35, 50, 55]
    assert violations(WORLD, demand(WORLD, rows), log) == []


def test_a_contact_that_nobody_of_the_team_takes_does_not_hurry_anybody() -> None:
    world = scenario({"phone": {}, "chat": {"skills": {"chat": {}}}}, {"voice": {}, "chat": {}})
    log = play(world, Row(0, kind="chat", talk=60), Row(1, kind="chat"), Row(2, talk=10, quiet=20), Row(14))
    assert seconds(log.answered) == [0, 60, 2, 32]


def test_it_is_drawn_once_for_each_contact_and_told_as_wrap_up() -> None:
    world = loads(PLAIN % ("", ""))
    found = simulate(world, replications=1, seed=1).interactions
    assert set(found["wrap_time"].drop_nulls().to_list()) == {0.0, 30.0}
    same = simulate(world, replications=1, seed=1, engine="reference").interactions
    assert same.equals(found)


@pytest.mark.parametrize(
    ("more", "team", "word"),
    [(", transfer: {to: voice, chance: 10%}", "", "transfer"), ("", ", at_close: hand_back", "hand_back")],
)
def test_what_decides_itself_when_work_ends_is_refused(more: str, team: str, word: str) -> None:
    with pytest.raises(ScenarioError, match=f"longer_when_quiet: is not possible for contacts with {word}"):
        loads(PLAIN % (more, team))


def test_the_plan_names_the_feature() -> None:
    world = loads(PLAIN % ("", ""))
    assert "longer_when_quiet" in plan(world).features
    assert len(run(WORLD, demand(WORLD, [Row(0, quiet=3)]), "reference")) == 1


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_who_comes_back_does_so_after_the_longer_wrap_up(engine: str) -> None:
    world = scenario({"phone": {}}, {"voice": {"retry": {"chance": "50%", "after": "1m"}}})
    rows = demand(world, [Row(0, talk=10, wrap=5, quiet=20, again=(30, Row(0, talk=10))), Row(100, talk=10)])
    log = run(world, rows, engine)
    assert seconds(log.wrapped) == [35, 110, 75]
    assert seconds(log.queued) == [0, 100, 65]
    assert violations(world, rows, log) == []


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_drawn_customers_who_come_back_or_are_called_again_do_so_too(engine: str) -> None:
    returns = "resolved: 50%, recontact: {chance: 90%, after: 5m, at_most: 3}"
    callback = "callback: {offer_after: 30s, accept: 80%, no_answer: 50%}"
    world = loads(PLAIN % (f", {returns}, {callback}", ""))
    rows = draw(world, seed=1, replication=0)
    assert violations(world, rows, run(world, rows, engine)) == []


def test_the_longer_wrap_up_slows_what_else_the_agent_does() -> None:
    slowed = {"channel": "email", "handle": {"talk": "1m", "slower_when_busy": [0, 0.5]}}
    skills = {"voice": {"at_once": 2}, "email": {"at_once": 2}}
    world = scenario({"phone": {"skills": skills}}, {"voice": {}, "email": slowed})
    rows = demand(world, [Row(0, talk=0, quiet=1), Row(0, kind="email", talk=1)])
    log = run(world, rows, "reference")
    # two thirds of the second's work in the first second, beside the wrap-up; the rest at full pace
    assert seconds(log.ended) == [0, 1.334]
    assert Naive(plan(world), rows).run()["ended"] == log.ended.tolist()
