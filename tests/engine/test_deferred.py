"""Deferrable work: who waits when the horizon begins, nobody stays for it, it is carried over, and it is due in opening hours."""

from __future__ import annotations

import datetime as dt

import pytest

from simkpi.demand.draws import draw
from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.run import frames, run
from simkpi.kpi.score import score
from simkpi.scenario.files import load, loads
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_worlds import Row, demand, play, scenario, seconds

MAIL = {"email": {"channel": "email"}}
DESK = {"skills": {"email": {}}}
WEEK = """
simkpi: 1
calendar: {{from: 2026-01-09, days: 5, open: {{mon-fri: 09:00-17:00}}}}
contacts: {{email: {{volume: 0 per day, handle: {{talk: {{fixed: 6m}}}}, {more}}}}}
teams: {{desk: {{skills: [email], count: 1}}}}
"""


def week(more: str) -> Scenario:
    return loads(WEEK.format(more=more))


def test_whoever_waits_when_the_horizon_begins_is_served_in_order_of_age() -> None:
    world = scenario({"desk": {**DESK, "counts": [0, 1, 1, 1, 1], "interval": "10s"}}, MAIL)
    log = play(world, Row(-5, talk=10, kind="email"), Row(-60, talk=7, kind="email"), Row(0, talk=3, kind="email"))
    assert seconds(log.queued) == [-60, -5, 0]
    assert seconds(log.answered) == [10, 17, 27]


def test_nobody_stays_for_what_can_wait_but_for_calls() -> None:
    team = {"skills": {"email": {}, "voice": {}}, "counts": [1, 0, 0, 1, 1], "interval": "10s"}
    world = scenario({"desk": team}, {"voice": {"channel": "voice"}, **MAIL})
    rows = [Row(0, talk=8), Row(1, talk=4, kind="email"), Row(2, talk=5), Row(9, talk=9, kind="email")]
    log = play(world, *rows)
    # the call of second 2 is taken at 12 (the e-mail of second 1 came first, and is finished after the end of the shift at 10)
    assert seconds(log.answered) == [0, 8, 12, 30]
    assert violations(world, demand(world, rows), log) == []


def test_work_is_carried_over_the_night_and_what_is_left_at_the_end_is_open() -> None:
    world = scenario({"desk": {**DESK, "counts": [[1], [1]], "interval": "10s"}}, MAIL, days=2)
    rows = [
        Row(0, talk=8, kind="email"),
        Row(1, talk=8, kind="email"),
        Row(2, talk=9, kind="email"),
        Row(3, talk=9, kind="email"),
    ]
    log = play(world, *rows)
    assert seconds(log.answered) == [0, 8, 86_400, 86_409]
    log = play(world, *rows, Row(86_405, kind="email"))
    assert seconds(log.answered)[-1] is None
    assert violations(world, demand(world, rows), play(world, *rows)) == []


@pytest.mark.parametrize(
    ("due", "arrived", "promised"),
    [
        ("8 business hours", "2026-01-09T10:00", "2026-01-12T10:00"),  # a Friday: 7 hours then, 1 on Monday
        ("8 business hours", "2026-01-09T09:00", "2026-01-09T17:00"),
        ("8 business hours", "2026-01-10T23:00", "2026-01-12T17:00"),
        ("30 business minutes", "2026-01-09T16:45", "2026-01-12T09:15"),
        ("80 business hours", "2026-01-12T09:00", "2026-01-23T17:00"),
        ("24h", "2026-01-09T10:00", "2026-01-10T10:00"),
    ],
)
def test_an_answer_is_due_in_opening_hours_or_on_the_clock(due: str, arrived: str, promised: str) -> None:
    centre = week(f"due: {due}")
    at = (dt.datetime.fromisoformat(arrived) - centre.start).total_seconds()
    contacts = demand(centre, [Row(at, kind="email")])
    table = frames(centre, contacts, run(centre, contacts, "reference")).interactions
    assert table["due_at"].to_list() == [dt.datetime.fromisoformat(promised)]


def test_on_time_counts_those_due_within_the_horizon_and_shows_the_others_as_censored() -> None:
    centre = week(
        "due: 8 business hours, backlog: {count: 81, age: {fixed: 1h}}"
    )  # received on Friday at 23:00 of the day before
    contacts = draw(centre, seed=1, replication=0)
    tables = frames(centre, contacts, run(centre, contacts, "reference"))
    # ten an hour from 09:00 on: 80 are answered by Friday 17:00, which is when all are due (the last begins at 16:54)
    horizon = (centre.start, centre.start + dt.timedelta(days=5))
    figure = score(tables.interactions, kpis=["on_time", "frt_coverage"], horizon=horizon)
    assert figure["value"].to_list() == [80 / 81, 1.0]


def test_a_larger_backlog_has_the_same_customers_and_more() -> None:
    few, many = (draw(week(f"backlog: {count}"), seed=1, replication=0) for count in (5, 9))
    assert set(few.arrived.tolist()) < set(many.arrived.tolist())
    assert (few.arrived < 0).all()
    assert len(many) == 9


def test_without_a_backlog_nothing_is_drawn_otherwise() -> None:
    mails = "volume: 40 per day"
    plain, more = (
        loads(WEEK.format(more="X").replace("volume: 0 per day", mails).replace("X", x)) for x in ("due: 8h", "backlog: 3")
    )
    without, with_ = (draw(each, seed=3, replication=0) for each in (plain, more))
    assert (with_.talk[3:] == without.talk).all()
    assert (with_.arrived[3:] == without.arrived).all()


def test_the_feature_scenario_carries_work_over() -> None:
    shipped = load("scenarios/features/deferred.yaml")
    contacts = draw(shipped, seed=1, replication=0)
    log = run(shipped, contacts, "reference")
    assert violations(shipped, contacts, log) == []
    assert plan(shipped).features == {"backlog"}
    waited = log.answered[contacts.arrived < 0]
    assert (waited > 9 * 3_600_000 - 1).all()


def test_due_is_written_as_it_is_read() -> None:
    for words in ("8 business hours", "90 business minutes", "24h"):
        resolved = week(f"due: {words}").spec.contacts["email"]
        assert resolved.model_dump(mode="json")["due"] == words
