"""Redials and repeat contacts have equal logs in both engines: further rows that come about, or not, in opening spans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
import numpy as np
from hypothesis import assume, given, settings

from simkpi.demand.rows import NEVER, Demand, Returns
from simkpi.engine.compiled.tables import KNOWN
from simkpi.engine.plan import plan
from simkpi.engine.recorder import ABANDONED, ANSWERED
from simkpi.engine.reference.simulation import simulate
from simkpi.scenario.resolve import Scenario
from tests.engine.engine_strategies import worlds
from tests.engine.engine_worlds import SECOND, Row, demand, scenario
from tests.parity.parity import differences

DAY = 86_400 * SECOND


def followed(contacts: Demand, redials: list[int], repeats: list[int], after: list[int]) -> Demand:
    """The same contacts, each followed by a redial or a repeat of its own (or -1), so many ticks later; with rows for them."""
    n_fresh, n_further = len(contacts), sum(each > 0 for each in [*redials, *repeats])
    rows = np.concatenate([np.arange(n_fresh), np.resize(np.arange(n_fresh), n_further)])
    columns: dict[str, Any] = {name: column[rows] for name, column in vars(contacts).items() if isinstance(column, np.ndarray)}
    columns["arrived"][n_fresh:] = NEVER
    further = iter(range(n_fresh, n_fresh + n_further))
    to = {name: np.full(len(rows), -1) for name in ("redial_to", "return_to")}
    for name, wanted in (("redial_to", redials), ("return_to", repeats)):
        for row, each in enumerate(wanted):
            if each > 0:
                to[name][row] = next(further)
    delays = {name: np.resize(np.array([*after, 0]), len(rows)) for name in ("redial_after", "return_after")}
    case, attempt = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    return replace(contacts, returns=Returns(n_fresh, case, attempt, **to, **delays), **columns)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(worlds(), st.data())
def test_generated_worlds_whose_customers_come_back_have_equal_logs(world: tuple[Scenario, Demand], data: st.DataObject) -> None:
    centre, contacts = world
    assume(not plan(centre).features - KNOWN)
    n_fresh = len(contacts)
    flags = st.lists(st.integers(0, 1), min_size=n_fresh, max_size=n_fresh)
    delays = data.draw(st.lists(st.integers(0, 30).map(lambda each: each * SECOND), min_size=1, max_size=5))
    numbers = replace(
        plan(centre), open=data.draw(st.sampled_from([((0, DAY),), ((5_000, 20_000), (40_000, 90_000), (86_370_000, DAY))]))
    )
    assert differences(numbers, followed(contacts, data.draw(flags), data.draw(flags), delays)) == {}


def test_a_redial_of_the_same_tick_comes_after_patience_and_before_a_fresh_arrival() -> None:
    world = scenario({"phone": {"count": 1}}, {"voice": {"queue_capacity": 1}})
    contacts = demand(world, [Row(0, talk=30), Row(0, patience=5), Row(5)])
    following = followed(contacts, [0, 1, 0], [0, 0, 0], [0])
    numbers = replace(plan(world), open=((0, DAY),))
    log = simulate(numbers, following)
    assert log.outcome.tolist()[:2] == [ANSWERED, ABANDONED]
    assert log.queued.tolist()[3] == 5000
    assert log.outcome.tolist()[2] != ANSWERED  # blocked: the redial has taken the one place
    assert differences(numbers, following) == {}
