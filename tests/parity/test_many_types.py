"""More contact types than a word has bits: the compiled engine keeps a bit for each type of which anybody waits."""

from __future__ import annotations

import pytest

from simkpi.demand.draws import draw
from simkpi.engine.plan import plan
from simkpi.scenario.files import loads
from tests.parity.parity import differences

N_TYPES = 130


def day(orders: int) -> str:
    contacts = "\n".join(
        f"  t{kind}: {{channel: voice, volume: {4 + kind % 5} per day, handle: {{talk: {2 + kind % 7}m}}, "
        f"priority: {kind % 3}, patience: 10m}}"
        for kind in range(N_TYPES)
    )

    def skills(first: int, step: int) -> str:
        served = range(first, N_TYPES, step)
        return ", ".join(f"t{kind}: {{order: {kind * 7 % orders}, after: {kind % 2 * 30}s}}" for kind in served)

    teams = f"  all: {{skills: {{{skills(0, 1)}}}, count: 3}}\n  some: {{skills: {{{skills(5, 3)}}}, count: 2}}"
    return f"simkpi: 1\ncontacts:\n{contacts}\nteams:\n{teams}\nrouting: {{contact: priority}}\n"


@pytest.mark.parametrize("orders", [1, 4])
def test_more_types_than_bits_in_a_word(orders: int) -> None:
    world = loads(day(orders))
    contacts = draw(world, seed=3, replication=0)
    assert len(contacts) > N_TYPES
    assert differences(plan(world), contacts) == {}
