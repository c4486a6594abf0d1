"""Solved cases that are opened again: a further contact, and the moment in the log of the solved one."""

from __future__ import annotations

from simkpi.demand.draws import draw
from simkpi.engine.identities import violations
from simkpi.engine.run import frames, run
from simkpi.scenario.files import loads

TICKETS = """
simkpi: 1
calendar: {{from: 2026-01-05, days: 4, open: {{mon-fri: 09:00-17:00}}}}
contacts: {{ticket: {{volume: 100 per day, handle: {{talk: {{fixed: 2m}}}}, resolved: 70%{more}}}}}
teams: {{desk: {{skills: [ticket], count: 3}}}}
"""


def test_a_reopened_case_has_its_moment_and_a_contact_that_comes_then() -> None:
    world = loads(TICKETS.format(more=", reopen: {chance: 40%, after: 3h}"))
    contacts = draw(world, seed=1, replication=0)
    log = run(world, contacts, "reference")
    assert violations(world, contacts, log) == []
    table = frames(world, contacts, log).interactions
    again = table.filter(table["reopened_at"].is_not_null())
    assert again["is_resolved"].all()
    assert len(again) > 50
    assert (again["reopened_at"] > again["resolved_at"]).all()
    back = table.filter(table["origin"] == "return")
    assert sorted(back["arrived_at"].to_list()) == sorted(again["reopened_at"].to_list())
    assert set(back["case_id"]) == set(again["case_id"])


def test_a_higher_chance_only_opens_more_and_unresolved_ones_come_back_as_before() -> None:
    plain = ", recontact: {chance: 50%, after: 3h}"
    texts = [f"{plain}, reopen: {{chance: {chance}%, after: 3h}}" for chance in (10, 30)]
    reopened = [draw(loads(TICKETS.format(more=more)), seed=1, replication=0) for more in texts]
    without = draw(loads(TICKETS.format(more=plain)), seed=1, replication=0)
    n_fresh = without.returns.n_fresh
    few, many = ({row for row in range(n_fresh) if each.resolved[row] and each.returns.return_to[row] >= 0} for each in reopened)
    assert few < many
    unsolved = ~without.resolved[:n_fresh]
    after, before = (each.returns.return_after[:n_fresh][unsolved] for each in (reopened[0], without))
    assert (after == before).all()
