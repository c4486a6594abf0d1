"""Further rows of contacts: whom transfers, callbacks and closed doors concern, and that nobody else is drawn differently."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.demand.rows import CALL, FIRST, MESSAGE, NEVER, NO_ANSWER, TRANSFERRED, Chains, Demand
from simkpi.scenario.files import load, loads

FEATURES = Path(__file__).resolve().parents[2] / "scenarios" / "features"
CENTRE = """
simkpi: 1
calendar: {from: 2026-01-05, open: 09:00-17:00}
contacts:
  voice: {volume: 90 per hour, handle: {talk: 5m, hold: 20s, wrap: 30s}, patience: 2m%s}
  expert: {channel: voice, volume: 0 per hour, handle: {talk: 8m}, patience: {exponential: 5m, balk: 50%%}}
teams:
  desk: {skills: [voice, expert], count: 9}
"""


def drawn(more: str = "") -> Demand:
    return draw(loads(CENTRE % (", " + more if more else ""), file="centre.yaml"), seed=4, replication=2)


def chains_of(demand: Demand) -> Chains:
    assert demand.chains is not None
    return demand.chains


def transferred(demand: Demand) -> set[int]:
    return set(demand.customer[chains_of(demand).kind == TRANSFERRED].tolist())


def test_a_higher_chance_transfers_the_same_customers_and_more() -> None:
    few, many = (transferred(drawn(f"transfer: {{chance: {chance}, to: expert}}")) for chance in ("20%", "30%"))
    assert few < many
    assert 0.1 < len(few) / 720 < 0.3


def test_everything_but_the_end_of_the_conversation_stays_as_it_was() -> None:
    plain, more = drawn(), drawn("transfer: {chance: 40%, to: expert, share: 50%}, callback: {offer_after: 1m, no_answer: 30%}")
    first = chains_of(more).kind == FIRST
    assert first[: len(plain)].all()
    for field in fields(Demand):
        column = getattr(plain, field.name)
        if isinstance(column, np.ndarray) and field.name not in {"talk", "hold"}:
            assert (getattr(more, field.name)[: len(plain)] == column).all(), field.name
    halved = more.talk[: len(plain)] != plain.talk
    assert (more.talk[: len(plain)][halved] == np.floor(plain.talk[halved] * 0.5 + 0.5)).all()


def test_the_remaining_work_goes_to_the_other_queue() -> None:
    plain, more = drawn(), drawn("transfer: {chance: 40%, to: expert, after: {fixed: 2m}, content: remaining}")
    chains = chains_of(more)
    for row in np.flatnonzero(chains.next >= 0).tolist():
        then = int(chains.next[row])
        assert more.talk[row] == min(plain.talk[row], 120_000)
        assert more.talk[row] + more.talk[then] == plain.talk[row]
        assert more.hold[row] + more.hold[then] == plain.hold[row]


def test_whoever_is_transferred_neither_balks_nor_meets_a_bot() -> None:
    demand = drawn("transfer: {chance: 40%, to: expert}")
    rows = chains_of(demand).kind == TRANSFERRED
    assert rows.any()
    assert (demand.patience[rows] > 0).all()
    assert (demand.bot[rows] == -1).all()
    assert (demand.arrived[rows] == NEVER).all()


def test_a_call_that_is_taken_is_the_contact_and_one_that_is_not_is_ringing() -> None:
    demand = drawn("callback: {offer_after: 1m, accept: 60%, no_answer: 50%, ring: {fixed: 20s}, tries: 3}")
    chains = chains_of(demand)
    calls = np.flatnonzero(chains.kind == CALL)
    rings = chains.fate[calls] == NO_ANSWER
    assert set(demand.talk[calls[rings]].tolist()) == {20_000}
    taken = calls[~rings]
    assert (demand.talk[taken] == demand.talk[chains.head[taken]]).all()
    assert (np.bincount(chains.head[calls]) <= 3).all()
    assert 0.4 < rings.mean() < 0.6


@pytest.mark.parametrize("name", ["transfers", "callbacks", "when_closed"])
def test_rows_lead_to_later_rows_of_the_same_contact(name: str) -> None:
    demand = draw(load(FEATURES / f"{name}.yaml"), seed=1, replication=0)
    chains = chains_of(demand)
    for to in (chains.next, chains.callback_to):
        rows = np.flatnonzero(to >= 0)
        assert (to[rows] > rows).all()
        assert (chains.head[to[rows]] == chains.head[rows]).all()
    assert (chains.head[chains.kind == FIRST] == np.flatnonzero(chains.kind == FIRST)).all()


def test_messages_are_left_outside_the_opening_hours_only() -> None:
    demand = draw(load(FEATURES / "when_closed.yaml"), seed=1, replication=0)
    chains: Any = chains_of(demand)
    hour = demand.arrived[chains.head[chains.kind == MESSAGE]] // 3_600_000 % 24
    assert len(hour)
    assert not ((hour >= 9) & (hour < 17)).any()
