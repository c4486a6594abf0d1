"""Pick order: which waiting e-mail is taken first."""

from __future__ import annotations

import pytest

from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.run import run
from tests.engine.engine_worlds import Row, demand, scenario, seconds

ROWS = [Row(0, talk=10, kind="email"), *(Row(at, talk, "email") for at, talk in ((1, 5), (2, 9), (3, 2), (4, 5)))]


@pytest.mark.parametrize(
    ("pick", "answered"),
    [
        (None, [0, 10, 15, 24, 26]),
        ("oldest", [0, 10, 15, 24, 26]),
        ("newest", [0, 26, 17, 15, 10]),
        ("easiest", [0, 12, 22, 10, 17]),  # of equal ones the older
    ],
)
@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_agents_take_what_they_pick(pick: str | None, answered: list[int], engine: str) -> None:
    world = scenario({"desk": {"skills": {"email": {}}}}, {"email": {"channel": "email", "pick": pick}})
    contacts = demand(world, ROWS)
    log = run(world, contacts, engine)
    assert seconds(log.answered) == answered
    assert violations(world, contacts, log) == []
    assert ("pick" in plan(world).features) == (pick in ("newest", "easiest"))


def test_the_identity_notices_another_order() -> None:
    by_age, picked = (
        scenario({"desk": {"skills": {"email": {}}}}, {"email": {"channel": "email", "pick": pick}}) for pick in (None, "easiest")
    )
    log = run(by_age, demand(by_age, ROWS), "reference")
    assert "was to be taken first" in " ".join(violations(picked, demand(picked, ROWS), log))


def test_who_leaves_the_queue_is_not_picked_later() -> None:
    world = scenario({"desk": {"skills": {"email": {}}}}, {"email": {"channel": "email", "pick": "easiest"}})
    rows = [Row(0, talk=10, kind="email"), Row(1, talk=1, kind="email", patience=3), Row(2, talk=4, kind="email")]
    for engine in ("reference", "compiled"):
        assert seconds(run(world, demand(world, rows), engine).answered) == [0, None, 10]
