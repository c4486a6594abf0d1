"""Visits to the site: how many, who opens a chat, who would accept an invitation."""

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER

VISITORS = {"opens": 0.05, "before": {"exponential": {"mean": "2m"}}, "stay": {"exponential": {"mean": "4m"}}, "buys": 0.02}


@pytest.fixture
def shop(scenario, contact):
    def build(visits=20_000, **visitors):
        visitors = VISITORS | visitors
        volume = {"from": "08:00", "interval": "4h", "expected": [[visits * visitors["opens"] / 2] * 2], "day_spread": 0.1}
        return draw(scenario({"chat": contact(volume=volume, visitors=visitors)}), seed=1, replication=0)

    return build


def opened(demand):
    visits = demand.visits
    return set(visits.customer[(visits.row >= 0) & (visits.invite_at >= NEVER)].tolist())


def test_visits_are_as_many_as_contacts_over_the_share_that_opens(shop, scenario, contact):
    demand = shop()
    n_visits, n_open = len(demand.visits), len(demand)
    assert abs(n_open / n_visits - 0.05) < 4 * np.sqrt(0.05 * 0.95 / n_visits)
    assert demand.returns is None
    volume = {"from": "08:00", "interval": "4h", "expected": [[500, 500]], "day_spread": 0.1}
    plain = draw(scenario({"chat": contact(volume=volume)}), seed=1, replication=0)
    assert np.array_equal(plain.customer, demand.customer)
    assert np.array_equal(plain.talk, demand.talk)
    assert plain.visits is None


def test_more_who_open_are_the_same_and_others_of_the_same_visitors(shop):
    few, many = shop(opens=0.05), shop(opens=0.10)
    assert opened(few) < opened(many)
    assert set(few.visits.customer.tolist()) == set(many.visits.customer.tolist())


def test_a_visit_begins_before_its_contact(shop):
    demand = shop()
    row = demand.visits.row
    before = demand.arrived[row[row >= 0]] - demand.visits.started[row >= 0]
    assert (before >= 0).all()
    assert abs(before.mean() / 1000 - 120) < 4 * 120 / np.sqrt(len(before))


def test_only_who_is_still_there_can_be_invited_and_some_would_accept(shop):
    demand = shop(invite={"after": "1m", "accepts": 0.10, "free": 1})
    visits, n_fresh = demand.visits, demand.returns.n_fresh
    looks = visits.ended < NEVER
    may = visits.invite_at < NEVER
    assert not may[~looks].any()
    assert (visits.invite_at[may] < visits.ended[may]).all()
    assert abs(may[looks].mean() - np.exp(-0.25)) < 4 * 0.5 / np.sqrt(looks.sum())
    accepts = may & (visits.row >= 0)
    assert abs(accepts.sum() / may.sum() - 0.10) < 4 * 0.3 / np.sqrt(may.sum())
    rows = visits.row[accepts]
    assert sorted(rows) == list(range(n_fresh, len(demand)))
    assert np.array_equal(demand.customer[rows], visits.customer[accepts])
    assert (demand.arrived[rows] == NEVER).all()
    assert abs(visits.buys[looks].mean() - 0.02) < 4 * 0.14 / np.sqrt(looks.sum())


def test_invitations_change_nobody_who_comes_by_himself(shop):
    plain, invited = shop(), shop(invite={"after": "1m", "accepts": 0.10, "free": 1})
    n_fresh = invited.returns.n_fresh
    for name in ("customer", "arrived", "talk", "patience"):
        assert np.array_equal(getattr(plain, name), getattr(invited, name)[:n_fresh])
