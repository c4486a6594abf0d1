"""Resolution that depends on who answers: the same draw, compared with the chance times the agent's factor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.run import frames, run
from simkpi.scenario.files import loads
from simkpi.scenario.resolve import Scenario
from tests.parity.parity import differences

TEXT = """
simkpi: 1
calendar: {{days: 2, open: 08:00-12:00}}
contacts:
  voice:
    volume: 120 per hour
    handle: 3m
    resolved: 60%
    recontact: {{chance: 50%, after: 30m}}
bots: {{bot: {{serves: [voice], contains: 20%, solves: 50%, time: 1m}}}}
teams:
  usual: {{skills: {{voice: {{resolves: {usual}}}}}, count: 6}}
  experts:
    skills: [voice]
    agents: {{ann: {{shifts: {{start: 08:00, end: 12:00}}, resolves: {ann}}}, ben: {{shifts: {{start: 08:00, end: 12:00}}}}}}
"""


def centre(usual: str = "100%", ann: str = "100%") -> Scenario:
    return loads(TEXT.format(usual=usual, ann=ann))


def test_without_factors_nothing_is_drawn_for_them() -> None:
    assert draw(centre(), seed=1, replication=0).least_skill is None


def test_a_factor_changes_the_share_resolved_of_those_who_have_it() -> None:
    world = centre(usual="50%", ann="150%")
    contacts = [
        frames(world, rows := draw(world, seed=1, replication=number), run(world, rows, "reference")) for number in range(6)
    ]
    by_agent = {
        name: np.concatenate([one.interactions.filter(agent_id=name)["is_resolved"] for one in contacts])
        for name in ("ann", "ben")
    }
    usual = np.concatenate([one.interactions.filter(team="usual")["is_resolved"].to_numpy() for one in contacts])
    for figures, chance in ((by_agent["ann"], 0.9), (by_agent["ben"], 0.6), (usual, 0.3)):
        assert abs(figures.mean() - chance) < 4 * np.sqrt(chance * (1 - chance) / len(figures))


def test_whoever_is_resolved_by_a_usual_agent_is_by_a_better_one() -> None:
    rows = draw(centre(ann="120%"), seed=1, replication=0)
    plain = draw(centre(), seed=1, replication=0)
    fresh = slice(0, plain.returns.n_fresh if plain.returns else 0)
    assert rows.least_skill is not None
    human = plain.bot_outcome[fresh] != 0
    assert ((rows.least_skill[fresh] <= 1_000_000) == plain.resolved[fresh])[human].all()


@pytest.mark.parametrize(("usual", "ann"), [("50%", "150%"), ("100%", "170%")])
def test_the_engines_agree_and_break_nothing(usual: str, ann: str) -> None:
    world = centre(usual, ann)
    rows = draw(world, seed=2, replication=0)
    assert differences(plan(world), rows) == {}
    log = run(world, rows, "reference")
    assert violations(world, rows, log) == []
    came = frames(world, rows, log).interactions
    assert came.filter(origin="return").height > 20
    # whoever comes back does so after a contact that did not solve the case
    before = came.filter(came["case_id"].is_in(came.filter(origin="return")["case_id"].implode())).sort("case_id", "arrived_at")
    assert not before.filter(before["case_id"] == before["case_id"].shift(-1))["is_resolved"].any()


def test_a_factor_of_all_alike_is_the_chance_times_it() -> None:
    assert plan(centre(usual="50%")).resolution()[0, 0] == 500_000
    assert replace(plan(centre())).features.isdisjoint({"resolution"})
