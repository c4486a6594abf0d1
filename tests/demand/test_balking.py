"""How long a queue each customer still joins."""

from __future__ import annotations

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER


@pytest.fixture
def longest(scenario, contact):
    """Build 4000 chats, with calls beside them whom no queue deters, and return the chats' longest queues."""

    def build(chance, **more):
        volume = {"expected": [[1000] * 4]}
        contacts = {"chat": contact(volume, patience={"law": None, "balk_per_waiting": chance}, **more), "voice": contact()}
        demand = draw(scenario(contacts), seed=1, replication=0)
        assert demand.longest_queue is None or (demand.longest_queue[demand.contact_type == 1] == NEVER).all()
        return None if demand.longest_queue is None else demand.longest_queue[demand.contact_type == 0]

    return build


def test_without_a_chance_nothing_is_drawn(longest):
    assert longest(0) is None


def test_who_is_always_deterred_joins_an_empty_queue_only(longest):
    assert (longest(1) == 0).all()


def test_each_waiting_contact_deters_with_the_same_chance(longest):
    joins = longest(0.2)
    for k in range(1, 6):
        assert (joins >= k).mean() == pytest.approx(0.8**k, abs=4 * 0.5 / np.sqrt(len(joins)))


def test_a_higher_chance_shortens_every_queue(longest):
    some, more = longest(0.1), longest(0.3)
    assert (more <= some).all()
    assert (more < some).any()


def test_further_contacts_have_their_own(longest):
    retry = {"retry": {"chance": 1, "at_most": 1, "after": {"fixed": "1m"}, "by": {"chat": 1}}}
    plain, twice = longest(0.2), longest(0.2, **retry)
    half = len(twice) // 2
    assert np.array_equal(twice[:half], plain)
    assert abs(np.corrcoef(twice[:half], twice[half:])[0, 1]) < 4 / np.sqrt(half)
