"""Chase-ups: whoever waits for an answer for too long asks again, and the first contact stays in the queue."""

from __future__ import annotations

import pytest

from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER
from simkpi.engine.identities import violations
from simkpi.engine.run import frames, run
from simkpi.scenario.files import loads
from tests.engine.engine_worlds import Row, demand, scenario, seconds
from tests.parity.parity import differing_cells

CONTACTS = {"voice": {"retry": {"chance": 0.5, "after": "1m"}}, "email": {"channel": "email"}}
MAIL = """
simkpi: 1
calendar: {{days: 2}}
contacts:
  email:
    volume: 30 per hour
    handle: {{talk: {{fixed: 2m}}}}
    chase: {{chance: {chance}%, after: {{fixed: 20m}}, by: {{voice: 100%}}}}
  voice: {{volume: 0 per hour, handle: 1m}}
teams: {{desk: {{skills: [email], count: 1}}, phone: {{skills: [voice], count: 3}}}}
"""


@pytest.mark.parametrize("engine", ["reference", "compiled"])
@pytest.mark.parametrize(("asks_after", "came"), [(9, 10), (10, None), (11, None)])
def test_who_still_waits_asks_again_and_who_is_answered_at_that_moment_does_not(engine: str, asks_after: int, came: int) -> None:
    teams = {"desk": {"skills": {"email": {}}}, "phone": {"skills": {"voice": {}}}}
    world = scenario(teams, CONTACTS)
    waits = Row(1, talk=5, kind="email", chase=(asks_after, Row(0, talk=3)))
    contacts = demand(world, [Row(0, talk=11, kind="email"), waits])
    log = run(world, contacts, engine)
    assert seconds(log.answered) == [0, 11, came]  # the e-mail itself is answered at 11, as it would have been
    assert violations(world, contacts, log) == []
    table = frames(world, contacts, log).interactions
    assert table["origin"].to_list() == ["reactive", "reactive", "chase"][: len(table)]
    assert len(table) == (2 if came is None else 3)
    if came is not None:
        assert table["case_id"].to_list()[1] == table["case_id"].to_list()[2]


def test_a_higher_chance_only_adds_chase_ups_and_both_engines_agree() -> None:
    rows = {}
    for chance in (0, 30, 80):
        world = loads(MAIL.format(chance=chance))
        contacts = draw(world, seed=2, replication=0)
        log = run(world, contacts, "reference")
        assert violations(world, contacts, log) == []
        assert differing_cells(log, run(world, contacts, "compiled")) == {}
        table = frames(world, contacts, log).interactions
        rows[chance] = set(table.filter(table["origin"] == "chase")["customer_id"])
        mail = contacts.contact_type == 0
        first = mail & (contacts.arrived < NEVER)
        waited = (log.answered - log.queued)[first & (log.answered < NEVER)]
        assert len(rows[chance]) <= (waited > 20 * 60_000).sum() + (log.answered[first] >= NEVER).sum()
    assert rows[0] < rows[30] < rows[80]


def test_a_world_without_chases_is_drawn_as_before() -> None:
    without = loads(MAIL.format(chance=0).replace("chase: {chance: 0%, after: {fixed: 20m}, by: {voice: 100%}}", "priority: 0"))
    plain, chased = draw(without, seed=2, replication=0), draw(loads(MAIL.format(chance=80)), seed=2, replication=0)
    assert (chased.arrived[: len(plain)] == plain.arrived).all()
    assert (chased.talk[: len(plain)] == plain.talk).all()
